"""Scribbles as people draw them, made from a true silhouette for training.

The paper dilates the true mask. People also draw a few open strokes, a rough outline or a blob,
and a model that has only seen dilations takes a stroke for a thin object.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.data.strokes import stroked
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask

Rng = np.random.Generator
SMOOTHED = 0.3
"""Of the dilations."""


def scribble_of(mask: Mask, rng: Rng, *, width: int, height: int) -> Mask:
    """A scribble for the object, on a canvas of the given size."""
    whole = mask.on_canvas(width, height)
    longest = max(width, height)
    kind = rng.random()
    if kind < 0.45:
        drawn = _dilated(whole, rng, longest)
    elif kind < 0.7:
        return stroked(mask.clipped(Box(0, 0, width, height)), rng, width=width, height=height)
    elif kind < 0.81:
        drawn = _strokes(whole, rng, longest)
    elif kind < 0.91:
        drawn = _outline(whole, rng, longest)
    else:
        drawn = _blob(whole, rng, longest)
    found = Mask.from_array(drawn)
    return mask if found.is_empty else found


def _ellipse(radius: float) -> NDArray[np.uint8]:
    size = 2 * max(int(round(radius)), 1) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _dilated(whole: BoolArray, rng: Rng, longest: int) -> BoolArray:
    """Dilation by 2 to 8 % of the canvas, in some cases smoothed.

    Most are left as they are: the corners that a brush leaves tell how wide it was.
    """
    grown = cv2.dilate(whole.astype(np.uint8), _ellipse(rng.uniform(0.02, 0.08) * longest))
    sigma = rng.uniform(0.0, 0.03) * longest
    if rng.random() > SMOOTHED or sigma < 0.5:
        return grown > 0
    return cv2.GaussianBlur(grown * 255, (0, 0), sigma) > rng.uniform(90, 150)


def _strokes(whole: BoolArray, rng: Rng, longest: int) -> BoolArray:
    """A wobbly line through points anywhere inside the silhouette, along its longer axis."""
    rows, columns = np.nonzero(whole)
    count = int(rng.integers(2, 7))
    picks = rng.integers(0, len(rows), count)
    points = np.stack((columns[picks], rows[picks]), axis=1).astype(np.float64)
    spread = np.array([np.ptp(columns), np.ptp(rows)]) + 1.0
    points = points[np.argsort(points @ (spread / spread.sum()))] if rng.random() < 0.7 else points
    curve = _smooth(points, rng, wobble=0.02 * float(spread.max()))
    return _drawn(whole.shape, [curve], rng.uniform(0.008, 0.05) * longest)


def _outline(whole: BoolArray, rng: Rng, longest: int) -> BoolArray:
    """A careless outline, often not closed."""
    contours, _ = cv2.findContours(whole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return whole
    contour = max(contours, key=len)[:, 0].astype(np.float64)
    count = max(4, min(len(contour), int(rng.integers(6, 24))))
    start = int(rng.integers(len(contour)))
    share = rng.uniform(0.6, 1.0)
    picks = (start + np.linspace(0, share * len(contour), count)).astype(int) % len(contour)
    centre = contour.mean(axis=0)
    points = centre + (contour[picks] - centre) * rng.uniform(0.9, 1.15)
    wobble = 0.02 * float(np.ptp(contour, axis=0).max() + 1)
    curve = _smooth(points, rng, wobble=wobble)
    return _drawn(whole.shape, [curve], rng.uniform(0.006, 0.025) * longest)


def _blob(whole: BoolArray, rng: Rng, longest: int) -> BoolArray:
    """A rounded patch over most of the silhouette."""
    sigma = rng.uniform(0.02, 0.06) * longest
    soft = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), sigma)
    return soft > rng.uniform(0.25, 0.6) * float(soft.max())


def _smooth(points: NDArray[np.float64], rng: Rng, *, wobble: float) -> NDArray[np.float64]:
    """A denser curve through the points with a hand's wobble (Chaikin corner cutting)."""
    points = points + rng.normal(0, wobble, points.shape)
    for _ in range(3):
        first, second = points[:-1], points[1:]
        inner = np.stack((0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second), axis=1)
        points = np.concatenate((points[:1], inner.reshape(-1, 2), points[-1:]))
    return points


def _drawn(
    shape: tuple[int, ...], curves: list[NDArray[np.float64]], thickness: float
) -> BoolArray:
    canvas = np.zeros(shape[:2], np.uint8)
    lines = [np.round(curve).astype(np.int32)[:, None] for curve in curves]
    cv2.polylines(canvas, lines, False, 1, max(1, int(round(thickness))))
    return canvas > 0
