"""Outlines of masks as smooth vector paths, so that layers are crisp at any zoom."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask

Points = NDArray[np.float64]
EXACT_ZOOM = 8.0


def loops(mask: BoolArray) -> list[Points]:
    """The closed borders of a (rows, columns) mask, as (n, 2) corners x, y of its border pixels.

    Outer borders run clockwise on the screen, borders of holes the other way; pixels that touch
    only at a corner belong to different loops.
    """
    padded = np.pad(mask, 1)
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    # Edges leaving each pixel corner rightwards, down, leftwards, up, silhouette on their right.
    leaving = np.stack(
        [
            lower_right & ~upper_right,
            lower_left & ~lower_right,
            upper_left & ~lower_left,
            upper_right & ~upper_left,
        ]
    )
    corners, across = leaving[0].size, leaving.shape[2]
    edges = np.flatnonzero(leaving)
    if edges.size == 0:
        return []
    direction, start = edges // corners, edges % corners
    end = start + np.array([1, across, -1, -across])[direction]
    following = np.full(edges.size, -1, np.int64)
    for turn in (1, 0, 3):
        wanted = (direction + turn) % 4 * corners + end
        at = np.minimum(np.searchsorted(edges, wanted), edges.size - 1)
        free = (following < 0) & (edges[at] == wanted)
        following[free] = at[free]
    corner = np.stack([start % across, start // across], 1).astype(np.float64)
    return [corner[loop] for loop in _cycles(following.tolist())]


def _cycles(following: list[int]) -> list[list[int]]:
    seen = bytearray(len(following))
    found = []
    for first in range(len(following)):
        if seen[first]:
            continue
        cycle, edge = [], first
        while not seen[edge]:
            seen[edge] = 1
            cycle.append(edge)
            edge = following[edge]
        found.append(cycle)
    return found


def smooth(corners: Points) -> Points:
    """The closed loop with its stair steps ironed out; small loops are spared."""
    points = (corners + np.roll(corners, -1, 0)) / 2
    for _ in range(min(12, len(points) // 6)):
        points = (np.roll(points, 1, 0) + 2 * points + np.roll(points, -1, 0)) / 4
    return points


def thinned(points: Points, *, bend: float, every: int) -> Points:
    """The closed loop without points on nearly straight parts, but with every n-th one."""
    before, after = points - np.roll(points, 1, 0), np.roll(points, -1, 0) - points
    keep = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > bend
    keep[::every] = True
    return points[keep]


@lru_cache(maxsize=600)
def _path(bits: bytes, width: int, height: int, step: int, exact: bool) -> QPainterPath:
    mask = Mask(Box(0, 0, width, height), bits).crop()[::step, ::step]
    path = QPainterPath()
    for loop in loops(mask):
        points = loop if exact else smooth(loop)
        points = thinned(points, bend=0.5 if exact else 0.05, every=64 if exact else 6) * step
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
        path.closeSubpath()
    return path


def outline(mask: Mask, *, zoom: float = 1.0, ratio: float = 1.0) -> QPainterPath:
    """The silhouette as a path whose origin is the top left of `mask.box`, in canvas pixels.

    Stair steps are smoothed, except from 800 % zoom on, where single pixels are worked on. What
    a screen with `ratio` device pixels a unit cannot show at this zoom is left out.
    """
    step = 1
    while step * zoom * ratio <= 0.5 and step < 16:
        step *= 2
    return _path(mask.bits, mask.box.width, mask.box.height, step, zoom >= EXACT_ZOOM)
