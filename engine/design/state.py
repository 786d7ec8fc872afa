"""Where a design stands: layout, who is placed, how deep each layer lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.design.plan import Plan
from engine.design.relations import Boxes, as_row
from engine.design.stage import CARRIES, Role, Stage, regions, role_of
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from planner.scene import Instance
from planner.scene import RelationKind as Kind

BACK_EDGE = 0.025
"""Rows at a ground's far edge on which nothing stands, as a share of the canvas height."""
_SHORE = 0.06
"""Rows of a far shore, as a share of the canvas height."""
VEHICLES = frozenset({"car", "bus", "van", "truck", "minibike", "bicycle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One moment of a design; every step makes the next one.

    Attributes:
        placed: Instances that stand in the layout, with their layers.
        backdrops: Ids of layers that are backgrounds.
        depths: Id -> row of the foot (of what carries it, for carried things); the farther the
            smaller. Things of wall and sky have negative ones.
        planner_pack: The pack whose planner proposes the boxes, for the layers' provenance.
    """

    layout: Layout
    plan: Plan
    stage: Stage
    placed: Mapping[Instance, str] = field(default_factory=dict)
    backdrops: frozenset[str] = frozenset()
    depths: Mapping[str, float] = field(default_factory=dict)
    planner_pack: str = ""
    grounds: dict[str, NDArray[np.bool_]] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )
    """Answers of `standing_ground` by element; a new state starts with none."""
    views: dict[str, Any] = field(init=False, compare=False, repr=False, default_factory=dict)
    """What `engine.design.hiding` has read off this layout, by layer."""

    def row(self, layer_id: str) -> Boxes:
        """The layer's box on the canvas (of the whole mask where none of it is there)."""
        box = self.layout.layer(layer_id).mask.box
        on_canvas = box.intersection(self.layout.canvas)
        return as_row(box if on_canvas.is_empty else on_canvas)

    def layers_of(self, element: str) -> tuple[str, ...]:
        """Layers of the element's placed instances, by index."""
        found = sorted((i.index, layer) for i, layer in self.placed.items() if i.element == element)
        return tuple(layer for _, layer in found)

    def missing(self, element: str) -> int:
        """How many of its instances are not placed."""
        return self.plan.scene.element(element).count - len(self.layers_of(element))

    def others(self) -> tuple[Layer, ...]:
        """All things, without backgrounds, farthest first."""
        return tuple(
            x for x in self.layout.layers if x.id not in self.backdrops and not x.mask.is_empty
        )

    def element_of(self, layer_id: str) -> str | None:
        for instance, layer in self.placed.items():
            if layer == layer_id:
                return instance.element
        return None


def standing_ground(state: State, instance: Instance) -> NDArray[np.bool_]:
    """Pixels of the canvas on which the foot of an instance may be, bool (height, width).

    The ground that the scene names; else water for what swims, roads for what drives, and the
    other grounds for the rest. Where no ground is known, everything under the stage's ground row
    that is not sky, water or wall.
    """
    if instance.element not in state.grounds:
        ground = _standing_ground(state, instance)
        state.grounds[instance.element] = _inner(ground, round(BACK_EDGE * state.stage.height))
    return state.grounds[instance.element]


def _inner(ground: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """The ground without its rim on the far side: a foot there looks stuck to the wall behind."""
    inner = ground.copy()
    inner[margin:] &= ground[: len(ground) - margin]
    inner[:margin] = False
    return inner if inner.any() else ground


def _standing_ground(state: State, instance: Instance) -> NDArray[np.bool_]:
    layout, plan = state.layout, state.plan
    where = regions(layout, state.backdrops)
    support = plan.supports.get(instance.element)
    if support is not None and plan.is_background(support):
        ids = state.layers_of(support)
        found = np.isin(where, [layout.index(x) + 1 for x in ids])
        if found.any():
            return found
    shore = _far_shore(state, instance, where)
    if shore is not None:
        return shore
    roles = {
        index: role_of(layer.label)
        for index, layer in enumerate(layout.layers, 1)
        if layer.id in state.backdrops
    }
    thing = plan.things[instance.element]
    if thing.place == "water":
        found = _of(where, roles, {Role.WATER})
        if found.any():
            return found
    roads = {i for i, r in roles.items() if r is Role.WAY and _drives(layout.layers[i - 1].label)}
    if thing.ade in VEHICLES and roads:
        return np.isin(where, sorted(roads))
    calm = {i: r for i, r in roles.items() if i not in roads}
    for known in (calm, roles):
        found = _of(where, known, CARRIES)
        if found.any():
            return found
    rows = np.arange(layout.height)[:, None] >= state.stage.ground + 0.02 * layout.height
    blocked = _of(where, roles, {Role.SKY, Role.WATER, Role.WALL})
    free = np.broadcast_to(rows, where.shape) & ~blocked
    return free if free.any() else np.broadcast_to(rows, where.shape)


def _far_shore(
    state: State, instance: Instance, where: NDArray[np.int32]
) -> NDArray[np.bool_] | None:
    """The far rim of the water that a thing is said to be behind; None for other things."""
    layout, plan = state.layout, state.plan
    for relation in plan.scene.relations:
        water = relation.references[0]
        if relation.subject != instance.element or relation.kind is not Kind.BEHIND:
            continue
        if plan.roles.get(water) is Role.WATER:
            found = np.isin(where, [layout.index(x) + 1 for x in state.layers_of(water)])
            rows = np.flatnonzero(found.any(axis=1))
            if len(rows):
                found[rows[0] + max(round(_SHORE * layout.height), 2) :] = False
                return found
    return None


def _of(
    where: NDArray[np.int32], roles: Mapping[int, Role], wanted: set[Role] | frozenset[Role]
) -> NDArray[np.bool_]:
    return np.isin(where, [index for index, role in roles.items() if role in wanted])


def _drives(label: str) -> bool:
    return any(word in label for word in ("road", "street", "runway", "track"))
