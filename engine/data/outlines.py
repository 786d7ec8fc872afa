"""How a hand draws round a silhouette: one line along its edge, which wanders and hardly closes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import Mask

Points = NDArray[np.float64]

_PEN = (0.004, 0.02)
"""Width of the line, as shares of the canvas' longer side."""
_FINEST_PEN = 0.1
"""But never more than this share of the root of the silhouette's area."""
_WANDER = (0.005, 0.03)
"""Standard deviation of the line from the edge, as shares of that root."""
_ROUNDED = (0.01, 0.03)
"""Share of the edge over which corners are cut."""
_GAP = (0.0, 0.025)
"""Share of the edge that is left open."""


def outlined(mask: Mask, rng: np.random.Generator, *, width: int, height: int) -> Mask:
    """The line round the largest part of a mask that lies on a canvas of this size."""
    bits = mask.on_canvas(width, height).astype(np.uint8)
    found, _ = cv2.findContours(bits, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = max(found, key=cv2.contourArea)[:, 0].astype(np.float64)
    size = max(float(cv2.contourArea(edge.astype(np.float32))), 1.0) ** 0.5
    count = len(edge)
    wander = _evened(rng.normal(size=(count, 2)), count // 8)
    wander *= rng.uniform(*_WANDER) * size / max(float(wander.std()), 1e-9)
    line = _evened(edge, round(count * rng.uniform(*_ROUNDED))) + wander
    drawn = round(count * (1 - rng.uniform(*_GAP)))
    line = np.roll(line, int(rng.integers(count)), axis=0)[: max(drawn, 2)]
    pen = min(rng.uniform(*_PEN) * max(width, height), _FINEST_PEN * size)
    canvas = np.zeros((height, width), np.uint8)
    points = np.round(line * 8).astype(np.int32)
    cv2.polylines(canvas, [points], False, 1, max(1, round(pen)), cv2.LINE_8, shift=3)
    # A silhouette of a pixel or two has no line round it.
    return Mask.from_array(canvas > 0) if canvas.any() else mask


def _evened(loop: Points, reach: int) -> Points:
    """A closed loop of points (n, 2), each the mean of those about it, near ones counting more."""
    if reach < 1:
        return loop
    weights = np.hanning(2 * reach + 3)[1:-1]
    around = np.pad(loop, ((reach, reach), (0, 0)), mode="wrap")
    x, y = (np.convolve(around[:, i], weights / weights.sum(), "valid") for i in (0, 1))
    return np.stack((x, y), axis=1).astype(np.float64)
