"""Boxes to choose from for one instance: the planner's, and those made around them.

The planner's own boxes come first; beside each stands the same box brought to a believable size
and onto its support. Because a small planner knows little of relations, boxes are also drawn from
everywhere the thing could stand; the score (`engine.design.scoring`) then takes the one that
keeps nearest to the planner among those that satisfy the scene.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.design.relations import Boxes, middle, tall, width
from engine.design.state import State, standing_ground
from engine.design.things import Thing
from planner.scene import Instance
from planner.scene import RelationKind as Kind

DRAWS = 700
"""Boxes drawn from everywhere; scoring them all takes a few milliseconds."""
SEATS = frozenset(
    {"chair", "sofa", "armchair", "bench", "bed", "seat", "stool", "swivel chair", "boat",
     "minibike", "bicycle", "animal", "swing"}
)  # fmt: skip
RAISED = frozenset({"umbrella", "parasol", "balloon", "lantern", "star", "road sign"})
HANGING = frozenset(
    {"handbag", "suitcase", "briefcase", "backpack", "bucket", "basket", "toolbox", "gift"}
)  # fmt: skip
REACH = 0.15
"""How far to the side of a person, as a share of its width, the middle of a held thing may be."""
RIDDEN = ("animal", "bicycle", "minibike")
_STEPS = 64
"""Places across a person at which a thing in the hands may be."""
_SADDLE = 0.2
"""Half of the saddle's length as a share of the mount's."""
_SQUEEZED = 1.1
"""Widths of a holder that what it holds takes side by side, each partly behind the next."""
_SUNK = 0.36
"""Share of its height by which a thing may sink behind the rim of its holder."""
_STREWN = 0.3
"""Share of a seat that all things of one kind on it may cover."""
FLAT = frozenset({"rug", "towel", "plate", "tray", "blanket"})


def candidate_boxes(
    state: State, instance: Instance, proposals: Boxes, *, rng: np.random.Generator
) -> Boxes:
    """Float boxes (K, 4), the planner's own first.

    Args:
        proposals: The planner's, (n, 4) in pixels, n may be 0.
    """
    thing = state.plan.things[instance.element]
    carriers = carriers_of(state, instance)
    if carriers:
        made = _on_carriers(state, instance, thing, carriers, proposals, rng)
        if may_stand_below(state, instance):
            floor = _standing(state, instance, thing, proposals, rng)
            made = np.concatenate((made, floor))
    elif thing.stands or thing.place == "water":
        made = _standing(state, instance, thing, proposals, rng)
    else:
        made = _hung(state, thing, proposals, rng)
    return np.concatenate((proposals.reshape(-1, 4), made))


def carriers_of(state: State, instance: Instance) -> tuple[str, ...]:
    """Layers of the things that may carry or hold the instance; none where it stands on ground."""
    plan = state.plan
    holder = plan.holders.get(instance.element)
    if holder is not None:
        return _drawn(state, holder)
    support = plan.supports.get(instance.element)
    if support is not None and not plan.is_background(support):
        return _drawn(state, support)
    for relation in plan.scene.relations:
        if relation.subject == instance.element and relation.kind is Kind.INSIDE:
            holder = relation.references[0]
            if not plan.is_background(holder):
                return _drawn(state, holder)
    return ()


def _drawn(state: State, element: str) -> tuple[str, ...]:
    """Layers of an element of which there is something to stand on."""
    layers = state.layers_of(element)
    return tuple(x for x in layers if not state.layout.layer(x).mask.is_empty)


def may_stand_below(state: State, instance: Instance) -> bool:
    """Whether the ground will do as well: nobody said what carries it, and it is no crumb."""
    implied = instance.element in state.plan.implied
    return implied and state.plan.things[instance.element].height >= 0.34


def held(state: State, instance: Instance) -> bool:
    """Whether its carriers hold it inside instead of on top."""
    return state.plan.supports.get(instance.element) is None and not in_hand(state, instance)


def in_hand(state: State, instance: Instance) -> bool:
    """Whether its carriers are people with it in their hands."""
    return instance.element in state.plan.holders


def piled_with(state: State, instance: Instance) -> frozenset[str]:
    """Elements that are held by the same holder, the instance's own included; none where none."""
    plan = state.plan
    if not held(state, instance):
        return frozenset()
    holders = {
        r.references[0]
        for r in plan.scene.relations
        if r.kind is Kind.INSIDE
        and r.subject == instance.element
        and r.references[0] in plan.things
    }
    return frozenset(
        r.subject
        for r in plan.scene.relations
        if r.kind is Kind.INSIDE and r.references[0] in holders
    )


def surface(state: State, instance: Instance, carrier: str) -> tuple[float, float]:
    """Rows of a carrier on which a foot may be, as shares of its height from the top down."""
    thing = state.plan.things[instance.element]
    element = state.element_of(carrier)
    if in_hand(state, instance):
        return grip(thing, state.plan.things.get(element or ""))
    under = state.plan.things.get(element or "")
    if held(state, instance):
        return 0.1, 0.75
    ade = under.ade if under else ""
    if ade in FLAT or under is not None and under.height / max(under.aspect, 0.1) < 0.12:
        return 0.35, 0.85
    if ade in SEATS and not (thing.ade == "apparel" and ade == "animal"):
        if thing.ade == "person":
            # Riders sit on the back; on a bench the feet come down to the ground.
            return (0.45, 0.75) if ade in (*RIDDEN, "boat") else (0.8, 1.0)
        return 0.4, 0.72
    return 0.02, 0.22


def grip(thing: Thing, holder: Thing | None) -> tuple[float, float]:
    """Rows of a person on which the foot of a thing in the hands may be, as `surface`.

    What is raised is held at its foot, what hangs at its top, all else at its middle.
    """
    size = thing.height / max(holder.height if holder is not None else 1.7, 0.5)
    if thing.name in RAISED:
        # Over the head, not before the face.
        return 0.24, 0.4
    if thing.name in HANGING:
        return min(0.5 + 0.9 * size, 0.95), min(0.6 + size, 1.0)
    return min(0.38 + 0.5 * size, 0.9), min(0.52 + 0.5 * size, 1.0)


def _pieces(state: State, instance: Instance) -> float:
    """How many things share the holder's width; of a mixed pile some lie behind the others."""
    element = state.plan.scene.element
    own = element(instance.element).count
    return max(own, 0.75 * sum(element(x).count for x in piled_with(state, instance)))


def _is_seat(state: State, carrier: str) -> bool:
    under = state.plan.things.get(state.element_of(carrier) or "")
    return under is not None and under.ade in SEATS


def _is_ridden(state: State, carrier: str) -> bool:
    under = state.plan.things.get(state.element_of(carrier) or "")
    return under is not None and under.ade in RIDDEN


def carrier_scale(state: State, carrier: str) -> float:
    """How much larger than believable a carrier came out; what it carries follows its size."""
    thing = state.plan.things.get(state.element_of(carrier) or "")
    if thing is None:
        return 1.0
    row = state.row(carrier)
    believable = float(state.stage.tall(thing, row[3:4])[0])
    return float(np.clip(tall(row) / believable, 0.6, 1.25))


def _aspects(thing: Thing, proposals: Boxes, count: int, rng: np.random.Generator) -> Boxes:
    """Proportions to try: the thing's own and, where they are near to it, the planner's."""
    own = np.array([thing.aspect])
    if len(proposals):
        said = width(proposals) / np.maximum(tall(proposals), 1)
        own = np.concatenate((own, np.clip(said, 0.7 * thing.aspect, 1.4 * thing.aspect)))
    return rng.choice(own, count)


def _boxes(x: Boxes, foot: Boxes, high: Boxes, aspect: Boxes) -> Boxes:
    wide = high * aspect
    return np.stack((x - wide / 2, foot - high, x + wide / 2, foot), axis=1)


def _sizes(count: int, rng: np.random.Generator) -> Boxes:
    return rng.choice(np.array([0.8, 0.9, 1.0, 1.0, 1.12, 1.25]), count)


def _standing(
    state: State, instance: Instance, thing: Thing, proposals: Boxes, rng: np.random.Generator
) -> Boxes:
    stage, plan = state.stage, state.plan
    rows, columns = np.nonzero(standing_ground(state, instance))
    pick = rng.integers(0, len(rows), DRAWS)
    foot, x = rows[pick] + 1.0, columns[pick] + 0.5
    if len(proposals):
        said_x, said_foot = middle(proposals), proposals[:, 3]
        # The planner's foot, and the row on which its size would be believable.
        level = stage.horizon + tall(proposals) * stage.camera / max(thing.height, 0.05)
        x = np.concatenate((x, said_x, said_x))
        foot = np.concatenate((foot, said_foot, np.clip(level, stage.ground + 2, stage.height)))
    beside = _beside(state, instance, rng)
    x, foot = np.concatenate((x, beside[:, 0])), np.concatenate((foot, beside[:, 1]))
    high = stage.tall(thing, foot) * _sizes(len(foot), rng)
    carries = any(plan.supports.get(e.id) == instance.element for e in plan.scene.elements)
    aspect = _aspects(thing, proposals, len(foot), rng)
    if carries and thing.name in ("table", "desk", "coffee table"):
        aspect = np.maximum(aspect, 1.7)
    wide = np.minimum(high * aspect, 0.94 * stage.width)
    return np.stack((x - wide / 2, foot - high, x + wide / 2, foot), axis=1)


def _beside(state: State, instance: Instance, rng: np.random.Generator) -> Boxes:
    """Feet (n, 2) around the placed partners of its relations, and around its siblings."""
    found = []
    partners = {
        layer
        for relation in state.plan.relations(instance.element)
        for element in (relation.subject, *relation.references)
        if not state.plan.is_background(element)
        for layer in state.layers_of(element)
    }
    for layer in sorted(partners, key=state.layout.index):
        box = state.row(layer)
        spread_x = rng.normal(0, 1, 60) * 1.1 * max(width(box), 0.08 * state.stage.width)
        spread_y = rng.normal(0, 1, 60) * 0.07 * state.stage.height
        found.append(np.stack((middle(box) + spread_x, box[3] + spread_y), axis=1))
    feet = np.concatenate(found) if found else np.zeros((0, 2))
    feet[:, 1] = np.clip(feet[:, 1], state.stage.ground + 2, state.stage.height)
    return feet


def _on_carriers(
    state: State,
    instance: Instance,
    thing: Thing,
    carriers: tuple[str, ...],
    proposals: Boxes,
    rng: np.random.Generator,
) -> Boxes:
    """Feet on the upper outline of the carriers' masks, or inside them."""
    parts = []
    for carrier in carriers:
        mask = state.layout.layer(carrier).mask
        crop, box = mask.crop(), mask.box
        columns = np.flatnonzero(crop.any(axis=0))
        tops = crop.argmax(axis=0)
        pick = columns[rng.integers(0, len(columns), DRAWS // len(carriers))]
        low, high = surface(state, instance, carrier)
        most = np.inf
        size = state.stage.tall(thing, np.full(len(pick), float(box.bottom)))
        size = size * carrier_scale(state, carrier)
        if in_hand(state, instance):
            columns = _within_reach(columns, thing)
            pick = columns[rng.integers(0, len(columns), len(pick))]
        elif thing.ade == "person" and _is_ridden(state, carrier):
            # On the back, not on the head.
            back = columns[np.abs(columns - box.width / 2) < _SADDLE * box.width]
            columns = back if len(back) else columns
            pick = columns[rng.integers(0, len(columns), len(pick))]
        if held(state, instance):
            count = _pieces(state, instance)
            side_by_side = _SQUEEZED * box.width / (count * thing.aspect)
            most = min(0.85 * box.height, side_by_side)
            size = np.minimum(size, most)
            # Most of it looks out over the rim.
            high = min(max(_SUNK * float(size.max()) / box.height, low + 0.05), high)
        share = rng.uniform(low, high, len(pick))
        seat = held(state, instance) or in_hand(state, instance) or high > 0.3
        start = np.zeros(len(pick)) if seat else tops[pick].astype(float)
        foot = box.y + start + share * box.height
        if thing.ade != "person" and not in_hand(state, instance):
            size = np.minimum(size, 0.8 * box.width / thing.aspect)
        count = state.plan.scene.element(instance.element).count // len(carriers)
        if thing.ade != "person" and count > 1 and _is_seat(state, carrier):
            # Three cushions leave the sofa to be seen.
            size = np.minimum(size, (_STREWN * mask.area / (count * thing.aspect)) ** 0.5)
        size = np.maximum(np.minimum(size * _sizes(len(pick), rng), most), 6.0)
        aspect = _aspects(thing, proposals, len(pick), rng)
        parts.append(_boxes(box.x + pick + 0.5, foot, size, aspect))
    return np.concatenate(parts)


def _within_reach(columns: NDArray[np.intp], thing: Thing) -> NDArray[np.intp]:
    """Columns at which the middle of a thing in the hands may be, from the person's own."""
    left, wide = columns.min(), max(int(np.ptp(columns)), 1)
    share = np.linspace(-REACH, 1 + REACH, _STEPS)
    side = np.abs(share - 0.5)
    if thing.name in HANGING:
        share = share[side > 0.35]
    elif thing.name in RAISED:
        share = share[(side > 0.1) & (side < 0.45)]
    else:
        share = share[side < 0.4]
    return np.rint(left + share * wide).astype(np.intp)


def _hung(state: State, thing: Thing, proposals: Boxes, rng: np.random.Generator) -> Boxes:
    """Places on the wall, under the ceiling, in the sky or in the air."""
    stage = state.stage
    high = stage.tall(thing, np.full(DRAWS, stage.ground)) * _sizes(DRAWS, rng)
    aspect = _aspects(thing, proposals, DRAWS, rng)
    if thing.place == "ceiling":
        top = rng.uniform(0, 0.03 * stage.height, DRAWS)
    else:
        end = 0.85 * stage.height if thing.place == "air" else stage.ground - 0.03 * stage.height
        top = rng.uniform(0.03 * stage.height, np.maximum(end - high, 0.04 * stage.height))
    x = rng.uniform(0.03, 0.97, DRAWS) * stage.width
    made = _boxes(x, top + high, high, aspect)
    if not len(proposals):
        return made
    size = float(stage.tall(thing, np.array([stage.ground]))[0])
    foot = np.clip((proposals[:, 1] + proposals[:, 3]) / 2 + size / 2, size, stage.ground)
    same = np.full(len(proposals), size)
    return np.concatenate(
        (_boxes(middle(proposals), foot, same, np.full(len(same), thing.aspect)), made)
    )
