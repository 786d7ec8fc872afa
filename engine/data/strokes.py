"""How a hand strokes over a silhouette: lines along its middle, with the wobble of a hand.

Both the training and the evaluation draw scribbles with it (each from its own silhouettes), beside
other kinds of scribbles.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import BoolArray, Mask

_SKELETON_SIDE = 96
_COMPACT = 0.4
"""A middle line shorter than this share of the longer side is none."""


def stroked(mask: Mask, rng: np.random.Generator, *, width: int, height: int) -> Mask:
    """One to three open strokes over a mask that lies on a canvas of this size; one brush."""
    canvas = np.zeros((height, width), np.uint8)
    for points, radius in strokes(mask.crop(), rng):
        moved = points + np.array([mask.box.x, mask.box.y])
        line = np.round(moved * 8).astype(np.int32)
        cv2.polylines(canvas, [line], False, 1, max(1, round(2 * radius)), cv2.LINE_8, shift=3)
    # A line without length draws nothing.
    return Mask.from_array(canvas > 0) if canvas.any() else mask


def strokes(crop: BoolArray, rng: np.random.Generator) -> list[tuple[NDArray[np.float64], float]]:
    """One to three open strokes inside a silhouette: points (n, 2) as x, y, and brush radius.

    The first runs along the longest way through the middle, the others along branches off it;
    each misses its ends and wanders by a part of the local width. All share one brush, from a
    thin pen to nearly the width of the object. A compact silhouette gets a zigzag instead.
    """
    scale = min(1.0, _SKELETON_SIDE / max(crop.shape))
    small = crop.astype(np.uint8)
    if scale < 1:
        size = max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale))
        small = (cv2.resize(small * 255, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
        if not small.any():
            small[small.shape[0] // 2, small.shape[1] // 2] = 1
    depth = cv2.distanceTransform(np.pad(small, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    skeleton = thinned(small > 0)
    if not skeleton.any():
        # Thinning eats up a square of two pixels.
        skeleton = depth == depth.max()
    paths = _paths(skeleton, count=int(rng.integers(1, 4)))
    radii = [float(np.median(depth[path[:, 0], path[:, 1]])) for path in paths]
    brush = rng.uniform(0.25, 0.9) * float(np.median(depth[skeleton])) / scale
    if len(paths[0]) < _COMPACT * max(small.shape):
        # A round thing has no middle line; people fill it with a zigzag.
        return [((_zigzag(small > 0, rng) + 0.5) / scale, max(brush / 3, 0.5))]
    out = []
    for path, radius in zip(paths, radii, strict=True):
        start, end = rng.uniform(0, 0.15), rng.uniform(0.85, 1)
        part = path[int(start * len(path)) : max(int(end * len(path)), int(start * len(path)) + 2)]
        points = _smooth(part[:, ::-1].astype(np.float64) + 0.5)
        points += _wobble(len(points), rng) * 0.3 * radius
        out.append((points / scale, max(brush, 0.5)))
    return out


def _zigzag(bits: BoolArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """A zigzag from left to right that turns inside the silhouette, points (n, 2) as x, y."""
    height, width = bits.shape
    turns = int(rng.integers(3, 7))
    xs = np.linspace(rng.uniform(0.1, 0.25), rng.uniform(0.75, 0.9), turns) * (width - 1)
    ys = np.where(np.arange(turns) % 2, 0.8, 0.2) + rng.uniform(-0.1, 0.1, turns)
    middle = np.argwhere(bits).mean(0)[::-1]
    points = np.stack([xs, ys * (height - 1)], axis=1)
    for k, point in enumerate(points):
        x, y = np.round(middle).astype(int)
        for pull in np.linspace(0, 1, 11):
            x, y = np.round(point + pull * (middle - point)).astype(int)
            if bits[y, x]:
                break
        points[k] = x, y
    return points


def _smooth(points: NDArray[np.float64], reach: int = 4) -> NDArray[np.float64]:
    if len(points) < 3:
        return points
    padded = np.pad(points, ((reach, reach), (0, 0)), mode="edge")
    kernel = np.hanning(2 * reach + 3)[1:-1]
    kernel /= kernel.sum()
    smooth = [np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)]
    return np.stack(smooth, axis=1).astype(np.float64)


def _wobble(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    knots = max(2, count // 10)
    at = np.linspace(0, knots - 1, count)
    return np.stack([np.interp(at, range(knots), rng.normal(0, 1, knots)) for _ in "xy"], axis=1)


def thinned(bits: BoolArray) -> BoolArray:
    """The one-pixel skeleton (Zhang and Suen 1984)."""
    work = np.pad(bits, 1).astype(np.uint8)
    while True:
        before = int(work.sum())
        for step in (0, 1):
            ring = _ring(work)
            neighbours = ring.sum(0)
            changes = ((ring == 0) & (np.roll(ring, -1, axis=0) == 1)).sum(0)
            north, east, south, west = ring[0], ring[2], ring[4], ring[6]
            if step == 0:
                free = (north * east * south == 0) & (east * south * west == 0)
            else:
                free = (north * east * west == 0) & (north * south * west == 0)
            gone = (neighbours >= 2) & (neighbours <= 6) & (changes == 1) & free
            work[1:-1, 1:-1][gone] = 0
        if int(work.sum()) == before:
            return work[1:-1, 1:-1] > 0


def _ring(padded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The eight neighbours of every inner pixel, clockwise from the north, (8, h, w)."""
    height, width = padded.shape
    offsets = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    return np.stack([padded[y : height - 2 + y, x : width - 2 + x] for y, x in offsets])


def _paths(skeleton: BoolArray, *, count: int) -> list[NDArray[np.int64]]:
    """The longest way through the skeleton and the longest branches off it, rows of y, x."""
    pixels = {(int(y), int(x)) for y, x in np.argwhere(skeleton)}
    first = _walk([max(pixels)], pixels)[-1]
    longest = _walk([first], pixels)
    paths = [longest]
    on_paths = set(longest)
    while len(paths) < count:
        branch = _walk(sorted(on_paths), pixels)
        if len(branch) < max(6, len(longest) // 6):
            break
        paths.append(branch)
        on_paths |= set(branch)
    return [np.array(path) for path in paths]


def _walk(starts: list[tuple[int, int]], pixels: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """The shortest way from the nearest start to the pixel that is farthest from all of them."""
    came: dict[tuple[int, int], tuple[int, int] | None] = dict.fromkeys(starts)
    queue = list(starts)
    for y, x in queue:
        for step in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1),
                     (y - 1, x - 1), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x + 1)):  # fmt: skip
            if step in pixels and step not in came:
                came[step] = (y, x)
                queue.append(step)
    path: list[tuple[int, int]] = []
    at: tuple[int, int] | None = queue[-1]
    while at is not None:
        path.append(at)
        at = came[at]
    return path[::-1]
