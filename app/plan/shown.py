"""Which boxes of an element are seen on the canvas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.plan.boxes import PlanBox
from engine.design.kept import Plan, instances, placed, shown_box
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from planner.scene import Element, Instance

MOST_SHOWN = 6
"""Elements whose boxes are shown together."""


def chosen_boxes(
    plan: Plan,
    layout: Layout,
    chosen: Sequence[Element],
    proposals: Mapping[Instance, Collection[Box]],
) -> tuple[PlanBox, ...]:
    """The boxes of the chosen elements; of a single one also the other places proposed."""
    if len(chosen) > MOST_SHOWN:
        return ()
    there = placed(plan, layout)
    shown = [
        box
        for element in chosen
        for instance in instances((element,))
        for box in _boxes_of(
            plan,
            layout,
            element,
            instance,
            layer_id=there.get(instance),
            proposals=proposals.get(instance, ()),
        )
    ]
    return tuple(box for box in shown if box.followed or len(chosen) == 1)


def _boxes_of(
    plan: Plan,
    layout: Layout,
    element: Element,
    instance: Instance,
    *,
    layer_id: str | None,
    proposals: Collection[Box],
) -> list[PlanBox]:
    """The other places that were proposed, faint, and the one that was followed or set."""
    spot = plan.spot(instance)
    shown = [PlanBox(instance=instance, box=box, followed=False) for box in proposals]
    box = shown_box(plan, layout, instance)
    if box is None:
        return shown
    moved = box != spot.box
    locked = layer_id is not None and layout.layer(layer_id).locked
    number = f" {instance.index + 1}" if element.count > 1 else ""
    own = spot.own and not moved
    label = f"{element.label}{number}{', your box' if own else ''}"
    # A single selected layer has a tag of its own.
    bare = layer_id is not None and element.count == 1 and not own
    shown.append(
        PlanBox(
            instance=instance,
            box=box,
            label="" if bare else label,
            movable=not locked,
            solid=layer_id is None and not element.background,
        )
    )
    return shown
