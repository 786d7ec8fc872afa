"""The score of a box: a geometric mean of what must hold together.

    relation   the scene's relations with what stands already (`engine.design.relations`)
    support    the foot on ground, on its carrier, or the box on wall or in the sky: nothing floats
    scale      height against what perspective makes of the thing's size in metres at that row
    overlap    nothing hides or is hidden too much, nothing of one level stands inside another
    canvas     the box is on the canvas
    room       what the scene still wants beside, above, in front of or on it has a place
    group      instances of one element keep together
    planner    nearness to the planner's boxes, better ones count more

A product, not a sum, because one part that fails (a floating dog) is not made good by the others;
each part has a floor, so that the least bad box can be told where all fail. The weights say what
matters first: relations and support are promised to the user, the planner's taste is not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.design import relations as rel
from engine.design.candidates import (
    REACH,
    carrier_scale,
    carriers_of,
    in_hand,
    may_stand_below,
    piled_with,
    surface,
)
from engine.design.hiding import box_part
from engine.design.places import to_ground
from engine.design.relations import Boxes, Values, over
from engine.design.room import room_part
from engine.design.state import State, standing_ground
from planner.scene import Instance, Relation
from planner.scene import RelationKind as Kind

WEIGHTS: Mapping[str, float] = {
    "relation": 4.0,
    "support": 3.0,
    "scale": 1.2,
    "overlap": 2.5,
    "canvas": 3.0,
    "room": 1.5,
    "group": 1.6,
    "planner": 1.0,
}
FLOOR = 0.02


def score_boxes(
    state: State, instance: Instance, boxes: Boxes, *, proposals: Boxes, trust: Values
) -> tuple[Values, dict[str, Values]]:
    """Scores (K,) in 0..1 of boxes (K, 4), and the parts by name.

    Args:
        proposals: The planner's boxes (n, 4), n may be 0.
        trust: Their scores, 0..1.
    """
    parts = {
        "relation": relation_part(state, instance, boxes),
        "support": support_part(state, instance, boxes),
        "scale": scale_part(state, instance, boxes),
        "overlap": overlap_part(state, instance, boxes),
        "canvas": canvas_part(state, boxes),
        "room": room_part(state, instance, boxes),
        "group": group_part(state, instance, boxes),
        "planner": planner_part(state, boxes, proposals, trust),
    }
    return combined(parts, WEIGHTS), parts


def combined(parts: Mapping[str, Values], weights: Mapping[str, float]) -> Values:
    """Weighted geometric mean of the parts, each at least FLOOR."""
    logs = [weights[name] * np.log(np.maximum(value, FLOOR)) for name, value in parts.items()]
    return np.exp(np.sum(logs, axis=0) / sum(weights[name] for name in parts))


def relation_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    like = boxes[:, 0]
    found = [
        value
        for relation in state.plan.relations(instance.element)
        if (value := relation_value(state, relation, instance, boxes)) is not None
    ]
    return rel.overall(found, like)


def relation_value(
    state: State, relation: Relation, instance: Instance, boxes: Boxes
) -> Values | None:
    """One relation with what is placed; None while its partners are missing."""
    if relation.kind is Kind.BETWEEN:
        return _between_value(state, relation, instance, boxes)
    reference = relation.references[0]
    if instance.element == relation.subject:
        if reference == instance.element:
            return None
        partners = state.layers_of(reference)
        if state.plan.is_background(reference):
            values = [to_ground(state, relation.kind, boxes, x) for x in partners]
        else:
            rows = [state.row(x) for x in partners]
            values = [_pair(state, relation.kind, boxes, row, reference) for row in rows]
        if not values:
            return None
        table = np.stack(values)
        # One reference is enough; agreeing with all of them reads better.
        return 0.75 * table.max(axis=0) + 0.25 * table.min(axis=0)
    subjects = state.layers_of(relation.subject)
    if not subjects:
        return None
    others = [x for x in state.layers_of(reference) if state.placed.get(instance) != x]
    values = []
    for subject in subjects:
        row = state.row(subject)[None]
        value = _pair(state, relation.kind, row, boxes, reference)
        for other in others:
            held = _pair(state, relation.kind, row, state.row(other)[None], reference)
            value = np.maximum(value, held)
        values.append(np.broadcast_to(value, boxes[:, 0].shape))
    return np.mean(values, axis=0)


def _pair(state: State, kind: Kind, subject: Boxes, reference: Boxes, element: str) -> Values:
    unit = float(state.stage.height)
    if state.plan.things[element].place == "table":
        # A table-top is a shallow stage.
        unit *= 0.4
    return rel.agreement(kind, subject, reference, unit=unit)


def _between_value(
    state: State, relation: Relation, instance: Instance, boxes: Boxes
) -> Values | None:
    first, second = (*relation.references, *relation.references)[:2]
    unit = float(state.stage.height)
    ones = [state.row(x)[None] for x in state.layers_of(first)]
    twos = [state.row(x)[None] for x in state.layers_of(second)]
    if instance.element == relation.subject:
        pairs = _pairs(ones, twos, same=first == second)
        values = [rel.between(boxes, a, b, unit=unit) for a, b in pairs]
        return np.max(values, axis=0) if values else None
    others = ones if first == second else (twos if instance.element == first else ones)
    subjects = [state.row(x)[None] for x in state.layers_of(relation.subject)]
    if not others or not subjects:
        return None
    values = [rel.between(s, boxes, o, unit=unit) for s in subjects for o in others]
    return np.mean(values, axis=0)


def _pairs(ones: list[Boxes], twos: list[Boxes], *, same: bool) -> list[tuple[Boxes, Boxes]]:
    if same:
        return [(a, b) for i, a in enumerate(ones) for b in ones[i + 1 :]]
    return [(a, b) for a in ones for b in twos]


def support_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    """1 where the thing is carried, 0 where it floats."""
    thing = state.plan.things[instance.element]
    carriers = carriers_of(state, instance)
    if carriers:
        below = _ground_hits(state, instance, boxes) if may_stand_below(state, instance) else 0.0
        load = [_siblings_on(state, instance, x) for x in carriers]
        # "A lamp on each nightstand": the freer carrier first.
        values = [
            _carried(state, instance, boxes, x) * (1.0 if n == min(load) else 0.6)
            for x, n in zip(carriers, load, strict=True)
        ]
        return np.maximum(np.max(values, axis=0), np.multiply(0.7, below))
    if thing.stands or thing.place == "water":
        return _ground_hits(state, instance, boxes)
    height, end = state.stage.height, state.stage.ground
    if thing.place == "ceiling":
        return np.clip(1 - np.abs(boxes[:, 1]) / (0.12 * height), 0, 1)
    if thing.place == "air":
        return np.ones(len(boxes))
    return np.clip(1 - (boxes[:, 3] - end + 0.02 * height) / (0.1 * height), 0, 1)


def _ground_hits(state: State, instance: Instance, boxes: Boxes) -> Values:
    """Share of the foot that is on ground."""
    ground = standing_ground(state, instance)
    row = np.clip(np.rint(boxes[:, 3]).astype(int) - 1, 0, state.stage.height - 1)
    hits = [
        ground[row, _columns(state, rel.middle(boxes) + share * rel.width(boxes))]
        for share in (-0.3, 0.0, 0.3)
    ]
    past = np.maximum(boxes[:, 3] - state.stage.height, 0) / state.stage.height
    return np.mean(hits, axis=0) * np.clip(1 - 8 * past, 0, 1)


def _siblings_on(state: State, instance: Instance, carrier: str) -> int:
    """How many others of the same element the carrier carries."""
    row, count = state.row(carrier), 0
    reach = _reach(row) if in_hand(state, instance) else 0.0
    for layer in state.layers_of(instance.element):
        if layer != state.placed.get(instance):
            other = state.row(layer)
            middle = float(rel.middle(other))
            beside = row[0] - reach < middle < row[2] + reach
            count += bool(beside and row[1] - 2 <= other[3] <= row[3] + 2)
    return count


def _carried(state: State, instance: Instance, boxes: Boxes, carrier: str) -> Values:
    row = state.row(carrier)
    low, high = surface(state, instance, carrier)
    tall = max(float(rel.tall(row)), 1.0)
    share = (boxes[:, 3] - row[1]) / tall
    middle = rel.middle(boxes)
    if in_hand(state, instance):
        beside = np.maximum(np.maximum(row[0] - middle, middle - row[2]), 0)
        off = np.maximum(low - share, 0) + np.maximum(share - high, 0)
        return np.clip(1 - off / 0.2, 0, 1) * (beside <= _reach(row))
    inside = (middle > row[0]) & (middle < row[2])
    off = np.maximum(low - share, 0) + np.maximum(share - high, 0)
    return inside * np.clip(1 - off / 0.25, 0, 1) * np.clip(rel.shared(boxes, row) / 0.75, 0, 1)


def _reach(row: Boxes) -> float:
    return (REACH + 0.05) * float(rel.width(row))


def _columns(state: State, x: Values) -> np.ndarray:
    return np.clip(np.rint(x).astype(int), 0, state.stage.width - 1)


def scale_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    """1 at the believable height, 0.37 at 1.6 times or 1/1.6 of it.

    Less, too, for what fills more than half of the canvas height or is too small to be made out:
    a large thing goes farther back, a small one comes nearer. And less for proportions that are
    not the thing's own.
    """
    thing = state.plan.things[instance.element]
    carriers = carriers_of(state, instance)
    foot = boxes[:, 3]
    scale = 1.0
    if carriers:
        nearest = max(carriers, key=lambda x: float(state.row(x)[3]))
        foot = np.full(len(boxes), float(state.row(nearest)[3]))
        scale = carrier_scale(state, nearest)
    believable = scale * state.stage.tall(thing, foot)
    if carriers:
        believable = np.minimum(believable, np.median(rel.tall(boxes)) * 1.3)
    off = np.log(np.maximum(rel.tall(boxes), 1) / believable) / np.log(1.6)
    share = rel.tall(boxes) / state.stage.height
    # A house is to be seen as a house: what is tall may not shrink to a toy at the horizon.
    small = min(0.16 + (0.02 * thing.height if thing.place == "ground" else 0.0), 0.32)
    legible = 1 - 0.7 * over(share, 0.5, 0.85) - 0.6 * over(-share, -small, -small / 2.5)
    aspect = rel.width(boxes) / np.maximum(rel.tall(boxes), 1) / thing.aspect
    shaped = np.exp(-((np.log(np.maximum(aspect, 0.01)) / np.log(2.2)) ** 2))
    return np.exp(-(off**2)) * legible * (0.3 + 0.7 * shaped)


def overlap_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    """1 where nothing is hidden that should be seen.

    What may be hidden of anything is said in `engine.design.hiding`. Two of one level or of one
    kind may hardly touch. A thing and what carries it may, and fruit in a bowl is a pile.
    """
    family = set(carriers_of(state, instance))
    pile = piled_with(state, instance)
    own = state.plan.things[instance.element]
    depth = np.full(len(boxes), -1.0) if not _grounded(own.place) else boxes[:, 3]
    if family:
        depth = np.full(len(boxes), max(state.depths.get(x, 0.0) for x in family) + 0.5)
    area = np.maximum(rel.width(boxes) * rel.tall(boxes), 1)
    result = box_part(state, instance, boxes, depth)
    for layer in state.others():
        element = state.element_of(layer.id)
        carried = element is not None and state.plan.supports.get(element) == instance.element
        if layer.id in family or carried or state.placed.get(instance) == layer.id:
            continue
        row = state.row(layer.id)
        other_depth = state.depths.get(layer.id, float(row[3]))
        other_area = max(float(rel.width(row) * rel.tall(row)), 1.0)
        inter = rel.crossing(boxes, row)
        if element in pile:
            result = result * (1 - over(inter / np.minimum(area, other_area), 0.25, 0.8))
            continue
        close = np.abs(depth - other_depth) < 0.035 * state.stage.height
        beside = close | (element == instance.element)
        touching = inter / np.minimum(area, other_area)
        result = result * np.where(beside, 1 - over(touching, 0.06, 0.4), 1.0)
    return result


def _grounded(place: str) -> bool:
    return place in ("ground", "table", "water", "air")


def canvas_part(state: State, boxes: Boxes) -> Values:
    canvas = np.array([0.0, 0.0, state.stage.width, state.stage.height])
    area = np.maximum(rel.width(boxes) * rel.tall(boxes), 1)
    return np.clip((rel.crossing(boxes, canvas) / area - 0.7) / 0.28, 0, 1)


def group_part(state: State, instance: Instance, boxes: Boxes) -> Values:
    """1 near the nearest sibling and about as large, falling to 0.3 far away, to 0.15 in size.

    Within two widths is near; a herd is spread, but it is one herd.
    """
    siblings = [x for x in state.layers_of(instance.element) if state.placed.get(instance) != x]
    if not siblings or len(carriers_of(state, instance)) > 1:
        return np.ones(len(boxes))
    wide = np.maximum(rel.width(boxes), 0.07 * state.stage.width)
    away = np.min([np.maximum(rel.gap(boxes, state.row(x)), 0) for x in siblings], axis=0) / wide
    rows = [state.row(x) for x in siblings]
    ratio = np.log(np.maximum(rel.tall(boxes), 1) / np.median([rel.tall(row) for row in rows]))
    alike = np.exp(-((ratio / np.log(1.7)) ** 2))
    return np.clip(1 - (away - 2.0) / 6.0, 0.3, 1.0) * np.maximum(alike, 0.15)


def planner_part(state: State, boxes: Boxes, proposals: Boxes, trust: Values) -> Values:
    """1 on the planner's best box, falling with the distance in place and size; never under 0.1."""
    if not len(proposals):
        return np.ones(len(boxes))
    trust = 0.6 + 0.4 * trust / max(float(trust.max()), 1e-6)
    across = (rel.middle(boxes)[:, None] - rel.middle(proposals)) / (0.16 * state.stage.width)
    down = (boxes[:, None, 3] - proposals[:, 3]) / (0.16 * state.stage.height)
    size = np.log(np.maximum(rel.tall(boxes)[:, None], 1) / np.maximum(rel.tall(proposals), 1))
    near = np.exp(-0.5 * (across**2 + down**2 + (size / 0.6) ** 2))
    return 0.1 + 0.9 * (near * trust).max(axis=1)
