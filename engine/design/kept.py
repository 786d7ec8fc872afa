"""A plan as a project keeps it: its elements, and what stands of them.

The plan lies in `Layout.extra`, so undo, autosave and the project file treat it as a part of the
layout. Whether an element is placed is never stored, it follows from the layers that exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from planner.scene import (
    MAX_COUNT,
    MAX_ELEMENTS,
    Element,
    Instance,
    Relation,
    RelationKind,
    Scene,
)

KEY = "plan"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What is known of one instance.

    Attributes:
        layer: Id of the layer it was placed as; that layer may be gone by now.
        box: Where it goes or went, canvas pixels.
        shape: The box of the layer's mask when it was placed; another one by now means that the
            user has moved or reshaped it.
        own: The user has set the box.
        problem: Why it could not be placed; "" when nothing went wrong.
    """

    layer: str | None = None
    box: Box | None = None
    shape: Box | None = None
    own: bool = False
    problem: str = ""


NO_SPOT = Spot()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The elements in the user's order, their relations, and one spot for each known instance.

    Attributes:
        notes: What the user should know of the reading of the caption.
        remarks: What the user should know of the last design.
        seed: Of the next design.
        drawn: Whether a design has used the seed; one that places anew then takes the next.
        guidance: Of its designs, as in DesignRequest.
    """

    elements: tuple[Element, ...] = ()
    relations: tuple[Relation, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    spots: Mapping[Instance, Spot] = field(default_factory=dict)
    seed: int = 0
    drawn: bool = False
    guidance: str = "blob"

    def find(self, element_id: str) -> Element | None:
        return next((e for e in self.elements if e.id == element_id), None)

    def spot(self, instance: Instance) -> Spot:
        return self.spots.get(instance, NO_SPOT)


class Standing(StrEnum):
    """How far an element is, in the words of the window."""

    TODO = "to do"
    PARTLY = "partly placed"
    PLACED = "placed"
    FAILED = "failed"


# Questions


def scene_of(plan: Plan, caption: str) -> Scene:
    return Scene(caption=caption, elements=plan.elements, relations=plan.relations)


def instances(elements: Iterable[Element]) -> tuple[Instance, ...]:
    return tuple(Instance(e.id, index) for e in elements for index in range(e.count))


def placed(plan: Plan, layout: Layout) -> dict[Instance, str]:
    """Instances of the plan whose layer exists, with its id."""
    known = {layer.id for layer in layout.layers}
    wanted = instances(plan.elements)
    return {i: layer for i in wanted if (layer := plan.spot(i).layer) in known and layer}


def missing(plan: Plan, layout: Layout) -> tuple[Instance, ...]:
    standing = placed(plan, layout)
    return tuple(i for i in instances(plan.elements) if i not in standing)


def layers_of(plan: Plan, layout: Layout, element_ids: Collection[str]) -> tuple[str, ...]:
    """Ids of the layers that elements were placed as."""
    return tuple(id for i, id in placed(plan, layout).items() if i.element in element_ids)


def elements_of(plan: Plan, layer_ids: Collection[str]) -> tuple[str, ...]:
    """Ids of the elements that layers belong to."""
    known = {e.id for e in plan.elements}
    found = (i.element for i, spot in plan.spots.items() if spot.layer in layer_ids)
    return tuple(dict.fromkeys(e for e in found if e in known))


def standing(plan: Plan, layout: Layout, element: Element) -> tuple[Standing, int]:
    """How far an element is, and how many of it are placed."""
    there = len(layers_of(plan, layout, {element.id}))
    if there == element.count:
        return Standing.PLACED, there
    if problem(plan, layout, element):
        return Standing.FAILED, there
    return (Standing.PARTLY if there else Standing.TODO), there


def problem(plan: Plan, layout: Layout, element: Element) -> str:
    """Why an element, or a part of it, could not be placed; "" when nothing is known."""
    there = placed(plan, layout)
    lost = (plan.spot(i).problem for i in instances((element,)) if i not in there)
    return next((text for text in lost if text), "")


def standing_spot(layer: Layer) -> Spot:
    """The spot of something that was there before the plan."""
    return Spot(layer=layer.id, box=layer.mask.box, shape=layer.mask.box)


def shown_box(plan: Plan, layout: Layout, instance: Instance) -> Box | None:
    """Where an instance goes, or where it stands by now."""
    spot, layer_id = plan.spot(instance), placed(plan, layout).get(instance)
    if layer_id is None:
        return spot.box
    now = layout.layer(layer_id).mask.box
    return spot.box if spot.box is not None and now == spot.shape else now


def own_boxes(plan: Plan) -> dict[Instance, Box]:
    """The boxes that the user has set."""
    wanted = instances(plan.elements)
    return {i: s.box for i in wanted if (s := plan.spot(i)).own and s.box is not None}


def is_locked(plan: Plan, layout: Layout, element_id: str) -> bool:
    """Whether an element has layers and all of them are locked."""
    ids = layers_of(plan, layout, {element_id})
    return bool(ids) and all(layout.layer(i).locked for i in ids)


# Edits: each makes a new plan


def with_element(plan: Plan, element: Element) -> Plan:
    """Put in place of the element with the same id, or at the end."""
    element = replace(element, count=min(max(element.count, 1), MAX_COUNT))
    if plan.find(element.id) is None:
        return replace(plan, elements=(*plan.elements, element)[:MAX_ELEMENTS])
    elements = tuple(element if e.id == element.id else e for e in plan.elements)
    return replace(plan, elements=elements)


def new_id(plan: Plan) -> str:
    taken = {e.id for e in plan.elements} | {i.element for i in plan.spots}
    return next(id for n in range(1, len(taken) + 2) if (id := f"e{n}") not in taken)


def without(plan: Plan, element_ids: Collection[str]) -> Plan:
    """The plan without some elements and all that is said of them."""
    return replace(
        plan,
        elements=tuple(e for e in plan.elements if e.id not in element_ids),
        relations=tuple(
            r for r in plan.relations if not {r.subject, *r.references} & set(element_ids)
        ),
        spots={i: s for i, s in plan.spots.items() if i.element not in element_ids},
    )


def moved(plan: Plan, element_id: str, row: int) -> Plan:
    """The element put between the rows `row - 1` and `row`."""
    source = next((n for n, e in enumerate(plan.elements) if e.id == element_id), None)
    if source is None:
        return plan
    others = [e for e in plan.elements if e.id != element_id]
    others.insert(row if row <= source else row - 1, plan.elements[source])
    return replace(plan, elements=tuple(others))


def with_relations(plan: Plan, subject: str, relations: tuple[Relation, ...]) -> Plan:
    """Say anew how an element stands to others."""
    rest = tuple(r for r in plan.relations if r.subject != subject)
    return replace(plan, relations=(*rest, *relations))


def with_spot(plan: Plan, instance: Instance, spot: Spot) -> Plan:
    return replace(plan, spots={**plan.spots, instance: spot})


def with_box(plan: Plan, instance: Instance, box: Box | None) -> Plan:
    """Set the user's box of an instance, or forget it with None."""
    return with_spot(plan, instance, replace(plan.spot(instance), box=box, own=box is not None))


def taken_from(plan: Plan, scene: Scene) -> Plan:
    """The elements of a scene in place of the plan's own.

    An element of the same label keeps its id, so that its layers and boxes stay linked.
    """
    wanted = scene.elements[:MAX_ELEMENTS]
    free = {e.label.casefold(): e.id for e in reversed(plan.elements)}
    ids: dict[str, str] = {}
    reserved = set(free.values()) | {i.element for i in plan.spots}
    fresh = (f"e{n}" for n in range(1, MAX_ELEMENTS * 4 + len(reserved)))
    for element in wanted:
        kept = free.pop(element.label.casefold(), None)
        ids[element.id] = kept or next(id for id in fresh if id not in reserved)
    elements = tuple(replace(e, id=ids[e.id]) for e in wanted)
    relations = tuple(
        Relation(r.kind, ids[r.subject], tuple(ids[x] for x in r.references))
        for r in scene.relations
        if {r.subject, *r.references} <= ids.keys()
    )
    known = set(ids.values())
    spots = {i: s for i, s in plan.spots.items() if i.element in known}
    return replace(
        plan, elements=elements, relations=relations, spots=spots, notes=scene.notes, remarks=()
    )


def linked(plan: Plan, layout: Layout) -> Plan:
    """The plan with what is missing linked to layers of that name that belong to no element."""
    taken = set(placed(plan, layout).values())
    free = [layer for layer in layout.layers if layer.id not in taken]
    labels = {e.id: _name(e.label) for e in plan.elements}
    for instance in missing(plan, layout):
        layer = next((x for x in free if _name(x.label) == labels[instance.element]), None)
        if layer is not None:
            free.remove(layer)
            spot = standing_spot(layer)
            plan = with_spot(plan, instance, spot)
    return plan


def _name(label: str) -> str:
    """The label without the pose behind its comma."""
    return label.partition(",")[0].strip().casefold()


# The layout that carries the plan


def with_new_layers(
    layout: Layout, made: Layout, *, new: Collection[str], gone: Collection[str]
) -> Layout:
    """The layout with layers of another one, each right above the one it lies on there.

    `new` are ids of layers of `made` to be taken over, `gone` of layers to be dropped first. The
    user may have edited the layout since the design began; what was edited stays.
    """
    layers: list[Layer] = [x for x in layout.layers if x.id not in gone]
    for depth, layer in enumerate(made.layers):
        ids = [x.id for x in layers]
        if layer.id not in new or layer.id in ids:
            continue
        below = next((x.id for x in reversed(made.layers[:depth]) if x.id in ids), None)
        layers.insert(0 if below is None else ids.index(below) + 1, layer)
    return layout.with_layers(tuple(layers))


def plan_of(layout: Layout) -> Plan:
    """The plan that a layout carries; an empty one if there is none or it cannot be read."""
    values = layout.extra.get(KEY)
    try:
        return _read(values) if isinstance(values, Mapping) else Plan()
    except (KeyError, TypeError, ValueError):
        return Plan()


def with_design(
    layout: Layout, scene: Scene, there: Mapping[Instance, str], *, seed: int
) -> Layout:
    """The layout with the plan of a scene, whose placed instances are given with their layers."""
    plan = Plan(
        elements=scene.elements,
        relations=scene.relations,
        spots={i: standing_spot(layout.layer(layer)) for i, layer in there.items()},
        seed=seed,
        drawn=True,
    )
    return with_plan(layout, plan)


def with_plan(layout: Layout, plan: Plan) -> Layout:
    extra = {name: value for name, value in layout.extra.items() if name != KEY}
    if plan != Plan():
        extra[KEY] = _values(plan)
    return replace(layout, extra=extra)


def _values(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values."""
    return {
        "version": VERSION,
        "elements": [
            {"id": e.id, "label": e.label, "count": e.count, "background": e.background}
            for e in plan.elements
        ],
        "relations": [
            {"kind": r.kind.value, "subject": r.subject, "references": list(r.references)}
            for r in plan.relations
        ],
        "notes": list(plan.notes),
        "remarks": list(plan.remarks),
        "spots": [
            {
                "element": i.element,
                "index": i.index,
                "layer": s.layer,
                "box": None if s.box is None else list(s.box),
                "shape": None if s.shape is None else list(s.shape),
                "own": s.own,
                "problem": s.problem,
            }
            for i, s in plan.spots.items()
        ],
        "seed": plan.seed,
        "drawn": plan.drawn,
        "guidance": plan.guidance,
    }


def _read(values: Mapping[str, Any]) -> Plan:
    """Inverse of `_values`. Raises KeyError, TypeError or ValueError for anything else."""
    if values["version"] != VERSION:
        raise ValueError(f"a plan of version {values['version']}")
    elements = tuple(
        Element(
            id=str(e["id"]),
            label=str(e["label"]),
            count=min(max(int(e["count"]), 1), MAX_COUNT),
            background=bool(e["background"]),
        )
        for e in values["elements"][:MAX_ELEMENTS]
    )
    ids = {e.id for e in elements}
    if len(ids) < len(elements):
        raise ValueError("two elements have the same id")
    relations = tuple(
        Relation(RelationKind(r["kind"]), r["subject"], tuple(r["references"]))
        for r in values["relations"]
        if {r["subject"], *r["references"]} <= ids
    )
    spots = {
        Instance(str(s["element"]), int(s["index"])): Spot(
            layer=None if s["layer"] is None else str(s["layer"]),
            box=_read_box(s["box"]),
            shape=_read_box(s["shape"]),
            own=bool(s["own"]),
            problem=str(s["problem"]),
        )
        for s in values["spots"]
    }
    return Plan(
        elements=elements,
        relations=relations,
        notes=tuple(str(note) for note in values["notes"]),
        remarks=tuple(str(remark) for remark in values["remarks"]),
        spots=spots,
        seed=int(values["seed"]),
        # Plans of older projects do not say.
        drawn=bool(values.get("drawn", True)),
        guidance="box" if values.get("guidance") == "box" else "blob",
    )


def _read_box(values: Any) -> Box | None:
    return None if values is None else Box(*(int(value) for value in values))
