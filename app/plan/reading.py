"""From words to the plan: the planner's reading of captions and lists, and its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.plan.relations import read_relations, split_relations
from engine.design.kept import (
    Plan,
    missing,
    new_id,
    scene_of,
    taken_from,
    with_element,
    with_relations,
)
from engine.errors import InputError
from engine.layout.layout import Layout, check_label
from planner.scene import MAX_ELEMENTS, Element, Instance, Scene

# The planner's own code is imported at its first use: opening the window must stay fast.


def _read(parse: Callable[[], Scene]) -> Scene:
    from planner.errors import PlannerError

    try:
        return parse()
    except PlannerError as error:
        raise InputError(str(error)) from error


def from_caption(plan: Plan, caption: str) -> Plan:
    """The plan with the elements that the caption names; raises InputError if it names none."""
    from planner.captions import parse_caption

    return taken_from(plan, _read(lambda: parse_caption(caption)))


def with_more(plan: Plan, text: str) -> tuple[Plan, list[Element], list[str]]:
    """The plan with what "2 dogs left of bench; sky" adds, the new elements, and remarks.

    Raises InputError for nothing, or for more than a plan holds.
    """
    new: list[Element] = []
    wheres: list[str] = []
    for piece in filter(None, (part.strip() for part in text.split(";"))):
        head, where = split_relations(piece)
        for element in _nouns(head or piece):
            element = replace(element, id=new_id(plan))
            if len(plan.elements) >= MAX_ELEMENTS:
                raise InputError(f"A plan holds at most {MAX_ELEMENTS} elements.")
            plan = with_element(plan, element)
            new.append(element)
            wheres.append(where if head else "")
    problems: list[str] = []
    for element, where in zip(new, wheres, strict=True):
        read = read_relations(where, element.id, plan.elements)
        problems += read.problems
        plan = with_relations(plan, element.id, read.relations)
    return plan, new, problems


def _nouns(text: str) -> tuple[Element, ...]:
    from planner.elements import parse_elements

    found = _read(lambda: parse_elements(text))
    if found.absent and not found.elements:
        raise InputError("Only what is to be there can be added: delete the others from the list.")
    return found.elements or (Element(id="", label=check_label(text)),)


def next_one(plan: Plan, layout: Layout) -> Instance | None:
    """What is to be placed next, in the order of the design; what failed comes last."""
    from planner.graph import drawing_order, settle

    left = set(missing(plan, layout))
    order = [i for i in drawing_order(settle(scene_of(plan, layout.caption))) if i in left]
    return next((i for i in order if not plan.spot(i).problem), next(iter(order), None))
