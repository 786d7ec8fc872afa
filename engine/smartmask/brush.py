"""What a scribble tells of the brush: how wide it was, and what is left without that width.

Whoever paints a thing over goes beyond its edge by about the radius of the brush. A disc of that
radius fits everywhere into what was drawn, a larger one does not: how much of the scribble is left
when only discs of a growing radius may make it (its granulometry, Matheron 1975) tells the radius,
and what is left when the radius is taken off tells where the thing ends. Both are only hints, for
strokes, outlines and patches are drawn too; the model learns what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RADII = (0.008, 0.014, 0.02, 0.026, 0.032, 0.04, 0.048, 0.056, 0.064, 0.072, 0.08, 0.1)
"""Of the discs, as shares of the side of the padded square."""
BRUSH = 4 + len(RADII)
"""Length of `Brush.features`."""
KEPT = 0.99
"""Of the scribble that the brush's own disc can make; the rest is lost in the grid."""
FINE = 192
"""Side of the grid that radii are measured in."""
LEAST_CORE = 0.05
"""Of the scribble that must be left, else it was a stroke and its core is the scribble itself."""

PAINTED = 8.8
"""Area of a scribble over the square of its greatest inner radius, below which a thing was painted
over (a disc has 3.1, a square 4, a stroke four times its length over its width). Of held-out
strokes and paintings-over, 91 % lie on their side of it."""


@dataclass(frozen=True, slots=True)
class Brush:
    """Hints of a scribble.

    Attributes:
        features: float32 (BRUSH,): placement of the core (as `conditioning.placement_of`), then
            for each of RADII the square root of the share of the scribble, 0..1, that such discs
            cannot make: the corners that tell the radius are a small part of it.
        core: The scribble without the brush's radius, uint8 (size, size), in the same window.
    """

    features: NDArray[np.float32]
    core: NDArray[np.uint8]


def brush_of(
    drawn: NDArray[np.uint8], outside: NDArray[np.bool_], window: NDArray[np.floating]
) -> Brush:
    """Measure the scribble of a zoomed window.

    Args:
        drawn: Its coverage in the window, bytes (size, size).
        outside: (size, size), what is off the canvas; a scribble that ends at the canvas' edge is
            taken to go on beyond it.
        window: Centre x, centre y and log side of the window in the padded square, as the last
            three of `conditioning.scalar_features`.
    """
    import cv2

    size = len(drawn)
    fine = cv2.resize(drawn, (FINE, FINE), interpolation=cv2.INTER_LINEAR)
    scribble = np.asarray(fine > 127 if fine.max() > 127 else fine > 0)
    side = math.exp(float(window[2]))
    discs = [radius / side * FINE for radius in RADII]
    whole = _continued(scribble, outside)
    inside = _distance(whole)
    total = max(int(scribble.sum()), 1)
    shares = _made(scribble, inside, discs)
    core = scribble & (inside > _radius(discs, shares))
    if core.sum() < LEAST_CORE * total:
        core = scribble
    rows, columns = np.flatnonzero(core.any(1)), np.flatnonzero(core.any(0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / FINE
    placement = [
        float(window[0]) + (box[0] + box[2] - 1) * side,
        float(window[1]) + (box[1] + box[3] - 1) * side,
        math.log((box[2] - box[0]) * side),
        math.log((box[3] - box[1]) * side),
    ]
    coarse = cv2.resize(core.astype(np.uint8) * 255, (size, size), interpolation=cv2.INTER_AREA)
    return Brush(
        np.array([*placement, *(math.sqrt(1 - share) for share in shares)], np.float32),
        np.asarray(coarse, np.uint8),
    )


def brush_radius(drawn: NDArray[np.bool_], radii: Sequence[float]) -> float:
    """Radius in pixels of the brush that may have made a scribble, among `radii` and 0."""
    return _radius(radii, _made(drawn, _distance(drawn), radii))


def is_painted_over(drawn: NDArray[np.bool_]) -> bool:
    """Whether a scribble, bool (height, width) on the canvas, covers a thing with its outline
    rather than crossing it with a stroke."""
    import cv2

    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        return False
    # Off the canvas a scribble is taken to go on, so only what lies on it gets a margin.
    part = drawn[max(rows[0] - 2, 0) : rows[-1] + 3, max(columns[0] - 2, 0) : columns[-1] + 3]
    scale = min(FINE / max(part.shape), 1.0)
    # A line of a pixel keeps one, and its margin.
    size = max(3, round(part.shape[1] * scale)), max(3, round(part.shape[0] * scale))
    small = cv2.resize(part.astype(np.uint8), size)
    if not small.any():
        return False
    widest = float(_distance(np.asarray(small > 0)).max())
    return float(small.sum()) < PAINTED * widest**2


def _distance(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel inside from the nearest edge; the frame's border is none."""
    import cv2

    found = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(found, np.float32) - np.float32(0.5)


def _continued(scribble: NDArray[np.bool_], outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The scribble with its outermost pixels on the canvas repeated beyond the canvas."""
    if not outside.any() or outside.all():
        return scribble
    step = len(scribble) // len(outside)
    rows, columns = (np.flatnonzero(~outside.all(axis)) for axis in (1, 0))
    every = np.arange(len(scribble))
    down = np.clip(every, rows[0] * step, (rows[-1] + 1) * step - 1)
    across = np.clip(every, columns[0] * step, (columns[-1] + 1) * step - 1)
    return scribble[np.ix_(down, across)]


def _made(
    scribble: NDArray[np.bool_], inside: NDArray[np.float32], radii: Sequence[float]
) -> list[float]:
    """Share of a scribble that discs of each radius can make.

    Args:
        inside: Distance to the edge, of the scribble as it goes on beyond the canvas.
    """
    total, shares = max(int(scribble.sum()), 1), []
    for radius in radii:
        left = inside > radius
        made = scribble & (_distance(~left) <= radius) if left.any() else left
        shares.append(float(made.sum()) / total)
    return shares


def _radius(discs: Sequence[float], shares: Sequence[float]) -> float:
    """Where the shares fall below KEPT, between the radii that were tried."""
    before, kept = 0.0, 1.0
    for radius, share in zip(discs, shares, strict=True):
        if share < KEPT:
            return before + (radius - before) * (kept - KEPT) / max(kept - share, 1e-6)
        before, kept = radius, share
    return before
