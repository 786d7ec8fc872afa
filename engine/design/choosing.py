"""The best of N masks: seated on its support, scored on its own pixels, put at its depth.

box        the mask's box against the box that was asked for
relation   the relations, now of the mask's own box
support    the foot of the mask on its ground or carrier
canvas     the mask is on the canvas
overlap    what the mask hides of others and others of it, in pixels
shape      SmartMask's own score, one piece, neither a filled box nor a few crumbs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.design.candidates import carriers_of, held, in_hand, may_stand_below
from engine.design.hiding import mask_part
from engine.design.relations import Values, as_row, tall, width
from engine.design.scoring import (
    canvas_part,
    combined,
    overlap_part,
    relation_part,
    scale_part,
    support_part,
)
from engine.design.stage import Role
from engine.design.state import State, standing_ground
from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.smartmask.request import Suggestion
from planner.scene import Instance
from planner.scene import RelationKind as Kind

WEIGHTS: Mapping[str, float] = {
    "box": 1.5,
    "relation": 3.0,
    "support": 2.5,
    "canvas": 1.5,
    "scale": 0.8,
    "overlap": 2.0,
    "shape": 1.5,
}
GOOD = 0.55
"""A mask from this score on ends the search for a step."""
USABLE = 0.2
"""Below it a mask is not taken, whatever else is there."""
ODD = 0.25
"""What the least typical of the masks loses of its "shape"; the most typical one loses nothing."""
MOST_SHIFT = 0.35
"""How far a mask may be moved onto its support, as a share of its box's sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A mask that was looked at, `mask` seated; `moved` is (dx, dy) in pixels."""

    suggestion: Suggestion
    mask: Mask
    moved: tuple[int, int]
    index: int
    score: float
    parts: Mapping[str, float]


def seated(mask: Mask, box: Box, *, by_foot: bool = False) -> tuple[Mask, tuple[int, int]]:
    """The mask moved so that its foot is on the box's lower edge, at the box's middle.

    SmartMask with coarse guidance keeps its own idea of the place; a thing that ends a few pixels
    over its ground would float. No further than MOST_SHIFT of the box.

    Args:
        by_foot: The foot comes to the box's middle instead of the mask's middle: a rider whose
            legs hang to one side sits on the horse, not before it.
    """
    if mask.is_empty:
        return mask, (0, 0)
    own = mask.box
    middle = own.x + (float(foot_columns(mask).mean()) if by_foot else own.width / 2)
    dx = box.x + box.width / 2 - middle
    dy = box.bottom - own.bottom
    limit_x, limit_y = MOST_SHIFT * box.width, MOST_SHIFT * box.height
    move = (
        round(float(np.clip(dx, -limit_x, limit_x))),
        round(float(np.clip(dy, -limit_y, limit_y))),
    )
    return mask.moved(*move), move


def choose(
    state: State,
    instance: Instance,
    suggestions: tuple[Suggestion, ...],
    *,
    box: Box,
    depth: float,
    fixed: bool = False,
    typical_first: bool = False,
) -> Choice | None:
    """The best usable mask, None when there is none.

    Args:
        box: Asked for.
        depth: Of the box (see `State.depths`).
        fixed: The user drew the box: masks are not moved, and the best one is taken as it is.
        typical_first: The masks come in the order in which they stand for all that were drawn
            (`postprocess.representatives`); of masks that fit alike the more typical one is
            taken, which is nearer to what was meant (`eval smartmask`, rows "chosen").
    """
    index = depth_index(state, instance, depth)
    choices = []
    for rank, suggestion in enumerate(suggestions):
        typical = 1 - ODD * rank / max(len(suggestions) - 1, 1) if typical_first else 1.0
        if fixed:
            seats = [(suggestion.mask, (0, 0))]
        else:
            seats = [seated(suggestion.mask, box), seated(suggestion.mask, box, by_foot=True)]
        for mask, moved in dict.fromkeys(seats):
            if not mask.is_empty and not mask.clipped(state.layout.canvas).is_empty:
                choices.append(
                    _scored(
                        state,
                        instance,
                        suggestion,
                        mask,
                        moved,
                        box=box,
                        index=index,
                        typical=typical,
                    )  # fmt: skip
                )
    best = max(choices, key=lambda c: (c.score, -c.suggestion.sample), default=None)
    return best if best is not None and (fixed or best.score >= USABLE) else None


def _scored(
    state: State,
    instance: Instance,
    suggestion: Suggestion,
    mask: Mask,
    moved: tuple[int, int],
    *,
    box: Box,
    index: int,
    typical: float,
) -> Choice:
    row = as_row(mask.box)[None]
    parts = {
        "box": np.array([box_agreement(mask.box, box)]),
        "relation": relation_part(state, instance, row),
        "support": np.minimum(support_part(state, instance, row), foot_part(state, instance, mask)),
        "canvas": canvas_part(state, row),
        "scale": scale_part(state, instance, row),
        "overlap": np.minimum(
            mask_part(state, instance, mask, index), np.sqrt(overlap_part(state, instance, row))
        ),
        "shape": np.array([typical * shape_part(mask, suggestion.score)]),
    }
    score = float(combined(parts, WEIGHTS)[0])
    return Choice(
        suggestion=suggestion,
        mask=mask,
        moved=moved,
        index=index,
        score=score,
        parts={name: round(float(value[0]), 3) for name, value in parts.items()},
    )


def foot_columns(mask: Mask) -> NDArray[np.int64]:
    """Columns of the lowest twentieth of a mask, from the left edge of its box."""
    return np.flatnonzero(mask.crop()[-max(2, mask.box.height // 20) :].any(axis=0))


def foot_part(state: State, instance: Instance, mask: Mask) -> Values:
    """Share of a mask's foot with ground, or with some of its carrier, right under it, (1,).

    The box may be on the bench while the drawing in it stands beside.
    """
    thing = state.plan.things[instance.element]
    carriers = carriers_of(state, instance)
    if not thing.stands or (carriers and (held(state, instance) or in_hand(state, instance))):
        return np.ones(1)
    size = (state.layout.width, state.layout.height)
    columns = np.clip(mask.box.x + foot_columns(mask), 0, size[0] - 1)
    row = min(max(mask.box.bottom - 1, 0), size[1] - 1)
    found = 0.0
    if not carriers or may_stand_below(state, instance):
        share = float(standing_ground(state, instance)[row, columns].mean())
        found = 0.7 * share if carriers else share
    for carrier in carriers:
        below = state.layout.layer(carrier).mask.on_canvas(*size)[max(row - 2, 0) :]
        found = max(found, float(below[:, columns].any(axis=0).mean()))
    # Half of a foot is enough for a rider or for what stands at an edge.
    return np.array([min(found / 0.6, 1.0)])


def box_agreement(own: Box, wanted: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    both = own.intersection(wanted).area
    return both / max(own.area + wanted.area - both, 1)


def shape_part(mask: Mask, score: float) -> float:
    """How much a mask looks like one thing, 0..1."""
    import cv2

    crop = mask.crop().astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(crop, connectivity=8)
    largest = int(stats[1:, cv2.CC_STAT_AREA].max()) if count > 1 else 0
    whole = largest / max(int(crop.sum()), 1)
    filled = float(crop.mean())
    return score * whole**2 * float(np.clip(filled / 0.25, 0.2, 1.0))


def depth_index(state: State, instance: Instance, depth: float) -> int:
    """Where a new layer goes: by its depth among the others, within what the relations demand.

    After everything that it must stand before (its carrier, what it is in front of, what it was
    said to be on), before everything that is in front of it or holds it.
    """
    layout, plan = state.layout, state.plan
    low, high = 0, len(layout.layers)
    for index, layer in enumerate(layout.layers):
        if layer.id in state.backdrops:
            low = index + 1
    low = min(low, high)
    index = low
    for position in range(low, len(layout.layers)):
        known = state.depths.get(layout.layers[position].id)
        if known is None or known <= depth:
            index = position + 1
    for relation in plan.relations(instance.element):
        own = relation.subject == instance.element
        nearer = relation.kind in (Kind.ON, Kind.IN_FRONT_OF, Kind.HELD_BY)
        farther = relation.kind in (Kind.BEHIND, Kind.INSIDE)
        if not nearer and not farther:
            continue
        others = relation.references if own else (relation.subject,)
        for element in others:
            if plan.is_background(element) and relation.kind is not Kind.BEHIND:
                continue
            for layer in state.layers_of(element):
                if layer == state.placed.get(instance):
                    continue
                at = layout.index(layer)
                if nearer is own:
                    index = max(index, at + 1)
                elif not plan.is_background(element) or _hides(state, element):
                    index = min(index, at)
    support = plan.supports.get(instance.element)
    for layer in state.layers_of(support) if support is not None else ():
        index = max(index, layout.index(layer) + 1)
    return min(index, high)


def _hides(state: State, background: str) -> bool:
    """Whether things behind a background are hidden by it: by a hill, their feet by a lake."""
    return state.plan.roles[background] in (Role.FAR, Role.WATER)


def depth_of(state: State, instance: Instance, box: Box) -> float:
    """Row of the foot, or that of the carrier; negative for what hangs."""
    carriers = carriers_of(state, instance)
    row = as_row(box)
    if carriers:
        near = max(carriers, key=lambda x: box_agreement(_grown(state, x), box))
        own = state.depths.get(near, float(state.row(near)[3]))
        return own - 0.5 if held(state, instance) else own + 0.5 + float(row[3]) / 1e4
    place = state.plan.things[instance.element].place
    if place in ("wall", "ceiling", "sky"):
        return -1.0 - float(width(row) * tall(row)) / 1e9
    if _leans_on_wall(state, instance):
        # A shelf against the wall is behind what stands in the room, however low its foot.
        return state.stage.ground + float(row[3]) / 1e4
    return float(row[3])


def _leans_on_wall(state: State, instance: Instance) -> bool:
    return any(
        relation.kind is Kind.NEXT_TO and state.plan.roles.get(reference) is Role.WALL
        for relation in state.plan.scene.relations
        if relation.subject == instance.element
        for reference in relation.references
    )


def _grown(state: State, layer: str) -> Box:
    box = state.layout.layer(layer).mask.box
    return Box(box.x, box.y - box.height, box.width, 2 * box.height)
