"""Where the next of several objects goes: told by words that relate it to earlier ones. Ours.

Places are made and judged by the designer's own measures of relations, support, scale and
overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.click2mask.morphology import depth
from engine.click2mask.request import in_front_of
from engine.design.choosing import depth_index, depth_of
from engine.design.plan import plan_of
from engine.design.relations import Boxes, as_row, middle
from engine.design.stage import Stage, plan_stage
from engine.design.state import State
from engine.design.steps import best_boxes
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from planner.scene import Instance, Relation, Scene

_ROOM = 0.08
"""Ground behind the farthest thing that stands, as a share of the picture's height."""
_MIDDLE = 0.7
"""A click may be this share as deep inside the visible part of its box as the deepest pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an object goes.

    Attributes:
        click: Pixel (x, y).
        index: Its layer's depth among the layers that are there, 0 = farthest.
    """

    click: tuple[int, int]
    index: int


def place_told(scene: Scene, layout: Layout, ids: Sequence[str], *, seed: int = 0) -> Place:
    """The best place for a scene's last element; `ids` are the layers of the others, in order."""
    state, new = _state(scene, layout, ids), _new(scene)
    near = _at_named(state, new, scene.relations)
    box = best_boxes(state, new, near, np.ones(len(near)), seed=seed)[0]
    index = depth_index(state, new, depth_of(state, new, box))
    return Place(click=click_in(box, layout, index=index), index=index)


def index_painted(layout: Layout, mask: Mask) -> int:
    """The depth of an object whose place no words tell: by its foot, but before what it covers."""
    index = max((i + 1 for i, x in enumerate(layout.layers) if x.mask.overlap(mask)), default=0)
    for above in range(index, len(layout.layers)):
        if layout.layers[above].mask.box.bottom <= mask.box.bottom:
            index = above + 1
    return index


def click_in(box: Box, layout: Layout, *, index: int) -> tuple[int, int]:
    """The pixel (x, y) near a box's middle that is well inside what is seen of the box.

    Args:
        index: Depth of the box; the layers from there on hide it.
    """
    canvas = layout.canvas
    inside = box.intersection(canvas)
    centre = (
        min(max(box.x + box.width // 2, 0), canvas.width - 1),
        min(max(box.y + box.height // 2, 0), canvas.height - 1),
    )
    if inside.is_empty:
        return centre
    hidden = in_front_of(layout, index)
    seen = Mask.filled(inside) if hidden is None else Mask.filled(inside).minus(hidden)
    if seen.is_empty:
        return centre
    return _nearest(seen.crop(), seen.box, centre)


def _nearest(seen: NDArray[np.bool_], box: Box, centre: tuple[int, int]) -> tuple[int, int]:
    inner = depth(np.pad(seen, 1))[1:-1, 1:-1]
    rows, columns = np.nonzero(inner >= _MIDDLE * inner.max())
    away = np.hypot(columns + box.x - centre[0], rows + box.y - centre[1])
    best = int(away.argmin())
    return int(columns[best]) + box.x, int(rows[best]) + box.y


def _new(scene: Scene) -> Instance:
    return Instance(scene.elements[-1].id)


def _state(scene: Scene, layout: Layout, ids: Sequence[str]) -> State:
    """The picture as a design that lacks one thing."""
    plan = plan_of(scene)
    placed = {Instance(e.id): layer for e, layer in zip(scene.elements[:-1], ids, strict=True)}
    depths, last = {}, -1.0
    for layer in layout.layers:
        # In the order they have, as a design that starts from layers takes them.
        last = max(last, float(as_row(layer.mask.box)[3]))
        depths[layer.id] = last
    stage = plan_stage(
        canvas=layout.canvas,
        roles=tuple(plan.roles.values()),
        things=tuple(plan.things.values()),
    )
    backdrops = frozenset(x for name, x in placed.items() if plan.is_background(name.element))
    state = State(
        layout=layout, plan=plan, stage=stage, placed=placed, backdrops=backdrops, depths=depths
    )
    return replace(state, stage=_measured(state, scene.relations))


def _at_named(state: State, new: Instance, relations: Sequence[Relation]) -> Boxes:
    """Boxes (n, 4) of the new thing at the feet of those it is related to.

    They stand for a planner's proposals: among places where the relations hold, the nearer one
    is meant. "In front of the house" is not at the lower edge of the photo.
    """
    thing = state.plan.things[new.element]
    references = dict.fromkeys(r for relation in relations for r in relation.references)
    rows = np.array([state.row(x) for name in references for x in state.layers_of(name)])
    high = state.stage.tall(thing, rows[:, 3])
    x, foot, wide = middle(rows), rows[:, 3], high * thing.aspect
    return np.stack((x - wide / 2, foot - high, x + wide / 2, foot), axis=1)


def _measured(state: State, relations: Sequence[Relation]) -> Stage:
    """The stage with its scale taken from the things that the relations name.

    Nobody knows the photo's horizon; but a dog that is there, 120 px high, says how large a cat
    beside it would be.
    """
    stage, plan = state.stage, state.plan
    named = {reference for relation in relations for reference in relation.references}
    standing = [
        (plan.things[element], state.row(layer))
        for element in sorted(named & plan.things.keys())
        for layer in state.layers_of(element)
        if plan.things[element].stands
    ]
    if not standing:
        return stage
    feet = [float(row[3]) for _, row in standing]
    ground = max(min(stage.ground, min(feet) - _ROOM * stage.height), 0.0)
    horizon = min(stage.horizon, ground)
    thing, row = standing[0]
    camera = thing.height * (float(row[3]) - horizon) / max(float(row[3] - row[1]), 1.0)
    return replace(stage, ground=ground, horizon=horizon, camera=max(camera, 0.05))
