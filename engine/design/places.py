"""How things stand to backgrounds: to the part of a background that other ones leave to be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.design import relations as rel
from engine.design.relations import Boxes, Values
from engine.design.stage import Role, regions, role_of
from engine.design.state import State
from planner.scene import Relation
from planner.scene import RelationKind as Kind

_GROUND_ROLES = (Role.WATER, Role.WAY, Role.LAND, Role.FLOOR)


def shown(state: State, layer: str) -> NDArray[np.bool_]:
    """Pixels of a background that no nearer background covers, bool (height, width)."""
    return regions(state.layout, state.backdrops) == state.layout.index(layer) + 1


def shown_row(state: State, layer: str) -> Boxes:
    """Box (4,) of what is shown of a background; of all of it where nothing is."""
    rows, columns = np.nonzero(shown(state, layer))
    if not len(rows):
        return state.row(layer)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float64)


def to_ground(state: State, kind: Kind, boxes: Boxes, layer: str) -> Values:
    """How well boxes (K, 4) stand so to a background, 0..1."""
    unit = float(state.stage.height)
    role = role_of(state.layout.layer(layer).label)
    if kind is Kind.NEXT_TO:
        if role is Role.WALL:
            return rel.against_wall(boxes, state.row(layer), unit=unit)
        return _beside(state, boxes, layer) if role is not Role.SKY else np.ones(len(boxes))
    if kind is Kind.IN_FRONT_OF and role not in _GROUND_ROLES:
        # Whatever stands or flies is nearer than hills and walls; its layer sees to that.
        return np.ones(len(boxes))
    if kind in (Kind.IN_FRONT_OF, Kind.BEHIND) and role in _GROUND_ROLES:
        return rel.against_ground(kind, boxes, shown_row(state, layer), unit=unit)
    return rel.against_ground(kind, boxes, state.row(layer), unit=unit)


def _beside(state: State, boxes: Boxes, layer: str) -> Values:
    """1 for a foot at the rim of a region, less the farther away or the farther inside it is."""
    import cv2

    region = shown(state, layer)
    if not region.any():
        return np.ones(len(boxes))
    away = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 3)
    deep = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 3)
    row = np.clip(np.rint(boxes[:, 3]).astype(int) - 1, 0, state.stage.height - 1)
    feet = [
        np.clip(np.rint(rel.middle(boxes) + share * rel.width(boxes)).astype(int), 0,
                state.stage.width - 1)
        for share in (-0.3, 0.0, 0.3)
    ]  # fmt: skip
    far = np.min([away[row, x] for x in feet], axis=0) / state.stage.height
    inside = np.max([deep[row, x] for x in feet], axis=0) / state.stage.height
    return (1 - rel.over(far, 0.05, 0.25)) * (1 - 0.9 * rel.over(inside, 0.01, 0.06))


def backgrounds_lie(state: State, relation: Relation) -> bool:
    """Whether two backgrounds lie so to each other: what is behind is seen farther up."""
    subject, reference = (
        [shown(state, layer) for layer in state.layers_of(element)][:1]
        for element in (relation.subject, relation.references[0])
    )
    if not subject or not reference or not subject[0].any() or not reference[0].any():
        return False
    own, other = (float(np.nonzero(x[0])[0].mean()) for x in (subject, reference))
    if relation.kind in (Kind.ABOVE, Kind.BEHIND):
        return own < other
    return own > other
