"""Round brush and eraser on masks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, hypot

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.mask import EMPTY_MASK, BoolArray, Mask

Point = tuple[float, float]

# The smallest disc that holds a pixel centre wherever it stands: half a pixel's diagonal.
MIN_RADIUS = 0.7072


def paint_stroke(
    mask: Mask, points: Sequence[Point], *, radius: float, canvas: Box, erase: bool = False
) -> Mask:
    """The mask with a stroke added, or taken away; what lies off the canvas stays as it is.

    Args:
        points: (x, y) along the stroke in canvas pixels; a pixel's centre is at +0.5, +0.5.
        radius: Of the round brush, in canvas pixels.

    Raises:
        InputError: The radius is not above 0.
    """
    stroke = stroke_mask(points, radius=radius, canvas=canvas)
    return mask.minus(stroke) if erase else mask.union(stroke)


def stroke_mask(points: Sequence[Point], *, radius: float, canvas: Box) -> Mask:
    """All canvas pixels whose centre lies within `radius` of the line through `points`.

    Raises:
        InputError: The radius is not above 0.
    """
    if not radius > 0:
        raise InputError(f"A brush of radius {radius:g} px is not possible: it must be above 0.")
    if not points:
        return EMPTY_MASK
    radius = max(radius, MIN_RADIUS)
    box = _reach(points, radius).intersection(canvas)
    if box.is_empty:
        return EMPTY_MASK
    out = np.zeros((box.height, box.width), bool)
    segments = pairwise(points) if len(points) > 1 else [(points[0], points[0])]
    for start, end in segments:
        _add_capsule(out, box, start=start, end=end, radius=radius)
    return Mask.from_array(out, x=box.x, y=box.y)


def _reach(points: Sequence[Point], radius: float) -> Box:
    left, top = (floor(min(axis) - radius) for axis in zip(*points, strict=True))
    right, bottom = (ceil(max(axis) + radius) for axis in zip(*points, strict=True))
    return Box(left, top, right - left, bottom - top)


def _add_capsule(out: BoolArray, box: Box, *, start: Point, end: Point, radius: float) -> None:
    """Set the pixels within `radius` of a segment; `out` covers `box` of the canvas.

    The shape is convex, so each row holds one span, found from the two end discs and the two
    parallel edges; that costs work by rows, not by pixels.
    """
    area = _reach((start, end), radius).intersection(box)
    if area.is_empty:
        return
    rows = np.arange(area.y, area.bottom) + 0.5
    left, right = np.full(area.height, np.inf), np.full(area.height, -np.inf)

    def widen(x_low: NDArray[np.float64], x_high: NDArray[np.float64]) -> None:
        np.fmin(left, x_low, out=left)
        np.fmax(right, x_high, out=right)

    with np.errstate(invalid="ignore"):
        for x, y in {start, end}:
            half = np.sqrt(radius * radius - (rows - y) ** 2)  # NaN outside the disc
            widen(x - half, x + half)
    dx, dy = end[0] - start[0], end[1] - start[1]
    if dy:
        side = radius / hypot(dx, dy)
        for sign in (side, -side):
            along = (rows - (start[1] + sign * dx)) / dy
            x = np.where((along >= 0) & (along <= 1), start[0] - sign * dy + along * dx, np.nan)
            widen(x, x)
    # Pixel numbers instead of coordinates: comparing 16-bit integers is four times as fast.
    first = np.clip(np.ceil(left - 0.5), area.x, area.right).astype(np.int16)
    last = np.clip(np.floor(right - 0.5), area.x - 1, area.right - 1).astype(np.int16)
    columns = np.arange(area.x, area.right, dtype=np.int16)
    inside = (columns >= first[:, None]) & (columns <= last[:, None])
    out[area.y - box.y : area.bottom - box.y, area.x - box.x : area.right - box.x] |= inside
