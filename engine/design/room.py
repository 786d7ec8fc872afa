"""Room for what is still to come: one part of the score of a box."""

from __future__ import annotations

import numpy as np

from engine.design import relations as rel
from engine.design.candidates import carriers_of, surface
from engine.design.relations import Boxes, Values, over
from engine.design.state import State
from planner.scene import Instance
from planner.scene import RelationKind as Kind


def room_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    """Whether what is still to come beside, over, on or before the thing finds a place."""
    found = []
    for relation in state.plan.relations(instance.element):
        members = {relation.subject, *relation.references} - {instance.element}
        for other in sorted(members):
            missing = state.missing(other)
            if missing and not state.plan.is_background(other):
                as_subject = relation.subject == instance.element
                found.append(
                    _room(
                        state, relation.kind, boxes, other, missing, instance=instance,
                        as_subject=as_subject,
                    )
                )  # fmt: skip
    return rel.overall(found, boxes[:, 0])


def _room(
    state: State,
    kind: Kind,
    boxes: Boxes,
    other: str,
    missing: int,
    *,
    instance: Instance,
    as_subject: bool,
) -> Values:
    stage, thing = state.stage, state.plan.things[other]
    high = stage.tall(thing, boxes[:, 3])
    side_by_side = missing if kind in (Kind.ON, Kind.BETWEEN) else min(missing, 2)
    wide = high * thing.aspect * side_by_side
    left, right = boxes[:, 0], stage.width - boxes[:, 2]
    on_top = _room_on_top(state, kind, boxes, instance, as_subject=as_subject)
    if on_top is not None:
        return on_top
    if as_subject:
        # The reference comes later: its room is on the other side.
        kind = _MIRRORED.get(kind, kind)
    match kind:
        case Kind.LEFT_OF:
            return _enough(left, wide)
        case Kind.RIGHT_OF:
            return _enough(right, wide)
        case Kind.NEXT_TO:
            return _enough(np.maximum(left, right), wide)
        case Kind.BETWEEN if as_subject:
            return _enough(np.minimum(left, right), wide / missing)
        case Kind.BETWEEN:
            return _enough(_gap_to_partner(state, boxes, other), wide)
        case Kind.ABOVE:
            return _enough(boxes[:, 1], high)
        case Kind.IN_FRONT_OF if thing.stands:
            return _enough(stage.height - boxes[:, 3], np.full(len(boxes), 0.1 * stage.height))
        case Kind.BEHIND if thing.stands:
            return _enough(boxes[:, 3] - stage.ground, np.full(len(boxes), 0.09 * stage.height))
        case Kind.ON:
            return _enough(rel.width(boxes), wide * 0.8)
        case _:
            return np.ones(len(boxes))


def _room_on_top(
    state: State, kind: Kind, boxes: Boxes, instance: Instance, *, as_subject: bool
) -> Values | None:
    """Room before or behind a thing on the shallow top of its carrier; None for other cases."""
    carriers = carriers_of(state, instance)
    if kind not in (Kind.IN_FRONT_OF, Kind.BEHIND) or not carriers:
        return None
    row = state.row(carriers[0])
    low, high = surface(state, instance, carriers[0])
    share = (boxes[:, 3] - row[1]) / max(float(rel.tall(row)), 1.0)
    front = (kind is Kind.IN_FRONT_OF) is not as_subject
    free = (high - share) if front else (share - low)
    return over(free / (high - low), 0.2, 0.7)


_MIRRORED = {
    Kind.LEFT_OF: Kind.RIGHT_OF,
    Kind.RIGHT_OF: Kind.LEFT_OF,
    Kind.ABOVE: Kind.BELOW,
    Kind.BELOW: Kind.ABOVE,
    Kind.IN_FRONT_OF: Kind.BEHIND,
    Kind.BEHIND: Kind.IN_FRONT_OF,
    Kind.ON: Kind.UNDER,
}


def _gap_to_partner(state: State, boxes: Boxes, subject: str) -> Values:
    """Free columns between a box and the other thing that `subject` is to stand between."""
    for relation in state.plan.scene.relations:
        if relation.kind is Kind.BETWEEN and relation.subject == subject:
            rows = [state.row(x) for ref in relation.references for x in state.layers_of(ref)]
            if rows:
                return np.min([rel.gap(boxes, row) for row in rows], axis=0)
    return np.maximum(boxes[:, 0], state.stage.width - boxes[:, 2]) / 2


def _enough(free: Values, need: Values) -> Values:
    return np.clip(free / np.maximum(0.95 * need, 1) - 0.15, 0.0, 0.85) / 0.85
