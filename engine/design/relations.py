"""How well boxes satisfy a relation: the loop's own measure, 0..1, for many boxes at once.

Boxes are float arrays (..., 4) of left, top, right, bottom in canvas pixels and broadcast against
each other. The last row of a box is where a thing stands, so depth is read off it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from planner.scene import RelationKind as Kind

Boxes = NDArray[np.floating]
Values = NDArray[np.floating]

SATISFIED = 0.5
"""From here on a relation holds."""


def as_row(box: Box) -> Boxes:
    return np.array([box.x, box.y, box.right, box.bottom], np.float64)


def as_box(row: Boxes) -> Box:
    """Rounded to whole pixels, at least 1 px wide and high."""
    left, top = round(float(row[0])), round(float(row[1]))
    right, bottom = round(float(row[2])), round(float(row[3]))
    return Box(left, top, max(right - left, 1), max(bottom - top, 1))


def width(boxes: Boxes) -> Values:
    return boxes[..., 2] - boxes[..., 0]


def tall(boxes: Boxes) -> Values:
    return boxes[..., 3] - boxes[..., 1]


def middle(boxes: Boxes) -> Values:
    return (boxes[..., 0] + boxes[..., 2]) / 2


def level(boxes: Boxes) -> Values:
    return (boxes[..., 1] + boxes[..., 3]) / 2


def shared(a: Boxes, b: Boxes) -> Values:
    """Columns that both boxes have, as a share of the narrower one."""
    both = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    return np.clip(both, 0, None) / np.maximum(np.minimum(width(a), width(b)), 1)


def gap(a: Boxes, b: Boxes) -> Values:
    """Columns between two boxes, negative where they overlap."""
    return np.maximum(a[..., 0] - b[..., 2], b[..., 0] - a[..., 2])


def crossing(a: Boxes, b: Boxes) -> Values:
    """Pixels that both boxes have."""
    across = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    down = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    return np.clip(across, 0, None) * np.clip(down, 0, None)


def agreement(kind: Kind, subject: Boxes, reference: Boxes, *, unit: float) -> Values:
    """How well the relation holds between two things (all kinds but BETWEEN).

    Args:
        unit: Height of the canvas; depth differences are measured against it.
    """
    s, r = subject, reference
    beside = (width(s) + width(r)) / 2
    stacked = (tall(s) + tall(r)) / 2
    match kind:
        case Kind.LEFT_OF:
            return _ramp((middle(r) - middle(s)) / beside, 0.0, 0.9)
        case Kind.RIGHT_OF:
            return _ramp((middle(s) - middle(r)) / beside, 0.0, 0.9)
        case Kind.ABOVE:
            aligned = 0.35 + 0.65 * _ramp(shared(s, r), 0.0, 0.6)
            return _ramp((level(r) - level(s)) / stacked, 0.1, 0.9) * aligned
        case Kind.BELOW:
            aligned = 0.35 + 0.65 * _ramp(shared(s, r), 0.0, 0.6)
            return _ramp((level(s) - level(r)) / stacked, 0.1, 0.9) * aligned
        case Kind.UNDER:
            lower = _ramp((level(s) - level(r)) / (0.3 * tall(r) + 1), 0.0, 1.0)
            # Under a tree is at its foot, not far in front of it.
            away = np.abs(s[..., 3] - r[..., 3]) / unit
            return lower * _ramp(shared(s, r), 0.1, 0.7) * (0.6 + 0.4 * _ramp(-away, -0.3, -0.1))
        case Kind.IN_FRONT_OF:
            return _depth(s, r, unit) * _near(s, r)
        case Kind.BEHIND:
            return _depth(r, s, unit) * _near(s, r)
        case Kind.NEXT_TO:
            away = gap(s, r) / np.maximum(np.maximum(width(s), width(r)), 0.06 * unit)
            apart = _ramp(-shared(s, r), -0.8, -0.25)
            close = _ramp(-away, -1.3, -0.5)
            wide = np.abs(s[..., 3] - r[..., 3]) / np.maximum(np.maximum(tall(s), tall(r)), 1)
            # One of them may hang on the wall: then rows in common count instead of feet.
            rows = np.minimum(s[..., 3], r[..., 3]) - np.maximum(s[..., 1], r[..., 1])
            common = rows / np.maximum(np.minimum(tall(s), tall(r)), 1)
            along = np.maximum(_ramp(-wide, -0.9, -0.35), 0.8 * _ramp(common, 0.1, 0.5))
            return close * apart * along
        case Kind.ON:
            inside = _ramp(shared(s, r), 0.3, 0.8)
            foot = (s[..., 3] - r[..., 1]) / np.maximum(tall(r), 1)
            return inside * _ramp(foot, -0.06, 0.02) * _ramp(-foot, -1.02, -0.9)
        case Kind.INSIDE:
            inside = _ramp(shared(s, r), 0.4, 0.9)
            foot = (s[..., 3] - r[..., 1]) / np.maximum(tall(r), 1)
            return inside * _ramp(foot, 0.02, 0.14) * _ramp(-foot, -1.0, -0.9)
        case Kind.HELD_BY:
            # Where hands can be, from the shoulders to the knees, no more than a hand to the side.
            reach = _ramp(-gap(s, r) / np.maximum(width(r), 1), -0.25, -0.05)
            top, end = r[..., 1] + 0.1 * tall(r), r[..., 1] + 0.8 * tall(r)
            rows = np.minimum(s[..., 3], end) - np.maximum(s[..., 1], top)
            common = rows / np.maximum(np.minimum(tall(s), end - top), 1)
            small = _ramp(-tall(s) / np.maximum(tall(r), 1), -1.4, -1.0)
            return reach * _ramp(common, 0.0, 0.2) * small
        case _:
            return np.zeros(np.broadcast_shapes(s.shape, r.shape)[:-1])


def between(subject: Boxes, first: Boxes, second: Boxes, *, unit: float) -> Values:
    """How well a thing stands between two others, seen from left to right."""
    low = np.minimum(middle(first), middle(second))
    high = np.maximum(middle(first), middle(second))
    share = (middle(subject) - low) / np.maximum(high - low, 1)
    centred = _ramp(share, 0.0, 0.25) * _ramp(-share, -1.0, -0.75)
    away = np.maximum(
        np.abs(subject[..., 3] - first[..., 3]), np.abs(subject[..., 3] - second[..., 3])
    )
    return centred * (0.5 + 0.5 * _ramp(-away, -0.35 * unit, -0.12 * unit))


def against_ground(kind: Kind, subject: Boxes, reference: Boxes, *, unit: float) -> Values:
    """The relation of a thing to a background, whose box is that of its visible part."""
    s, r = subject, reference
    ones = np.ones(np.broadcast_shapes(s.shape, r.shape)[:-1])
    match kind:
        case Kind.HELD_BY:
            return np.zeros_like(ones)
        case Kind.LEFT_OF:
            return _ramp((middle(r) - middle(s)) / (0.25 * width(r)), 0.0, 1.0)
        case Kind.RIGHT_OF:
            return _ramp((middle(s) - middle(r)) / (0.25 * width(r)), 0.0, 1.0)
        case Kind.ABOVE:
            return _ramp((level(r) - level(s)) / (0.5 * tall(r) + 1), 0.0, 0.9)
        case Kind.BELOW | Kind.UNDER:
            return _ramp((level(s) - level(r)) / (0.5 * tall(r) + 1), 0.0, 0.9)
        case Kind.BEHIND:
            return _ramp((r[..., 1] + 0.35 * tall(r) - s[..., 3]) / (0.1 * unit), -1.0, 0.0)
        case Kind.IN_FRONT_OF:
            return _ramp((s[..., 3] - level(r)) / (0.5 * tall(r) + 1), 0.1, 0.9)
        case Kind.INSIDE | Kind.ON:
            inside = crossing(s, r) / np.maximum(width(s) * tall(s), 1)
            foot = _ramp(s[..., 3] - r[..., 1], 0.0, 0.02 * unit)
            return np.maximum(foot * _ramp(-s[..., 3], -r[..., 3] - 2, -r[..., 3]), inside)
        case _:
            return ones


def against_wall(subject: Boxes, wall: Boxes, *, unit: float) -> Values:
    """How well a thing stands against a wall: its foot near the wall's, not out in the room."""
    return _ramp((wall[..., 3] - subject[..., 3]) / unit, -0.1, -0.02)


def over(value: Values, low: float, high: float) -> Values:
    """0 up to `low`, 1 from `high` on."""
    return np.clip((value - low) / (high - low), 0, 1)


def overall(values: Sequence[Values], like: Values) -> Values:
    """Several relations in one figure: their mean, drawn towards the worst one."""
    if not values:
        return np.ones_like(like)
    table = np.stack([np.broadcast_to(v, like.shape) for v in values])
    return 0.5 * table.mean(axis=0) + 0.5 * table.min(axis=0)


def _depth(near: Boxes, far: Boxes, unit: float) -> Values:
    return _ramp((near[..., 3] - far[..., 3]) / unit, -0.01, 0.035)


def _near(s: Boxes, r: Boxes) -> Values:
    """1 where two boxes share columns, less the farther they are apart; never under 0.3."""
    away = gap(s, r) / np.maximum(np.maximum(width(s), width(r)), 1)
    return 0.3 + 0.7 * _ramp(-away, -1.0, -0.15)


def _ramp(value: Values, low: float | Values, high: float | Values) -> Values:
    """0 up to `low`, 1 from `high` on, straight between."""
    return np.clip((value - low) / np.maximum(np.subtract(high, low), 1e-6), 0.0, 1.0)
