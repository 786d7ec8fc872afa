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


def loops(mask: BoolArray) -> list[Points]:
    """The closed borders of a (rows, columns) mask, as (n, 2) midpoints x, y of pixel edges.

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
    middle = np.stack([start % across + end % across, start // across + end // across], 1) / 2.0
    return [middle[loop] for loop in _cycles(following.tolist())]


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


def smooth(points: Points) -> Points:
    """The closed loop with its stair steps ironed out and needless points left out.

    Shrinking and swelling take turns (Taubin 1995), so that thin parts keep their width.
    """
    for pull in (0.5, -0.52) * (1 if len(points) < 16 else 6):
        points = points + pull * ((np.roll(points, 1, 0) + np.roll(points, -1, 0)) / 2 - points)
    before, after = points - np.roll(points, 1, 0), np.roll(points, -1, 0) - points
    bend = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    keep = bend > 0.01
    keep[::5] = True
    return points[keep]


@lru_cache(maxsize=600)
def _path(bits: bytes, width: int, height: int, step: int) -> QPainterPath:
    mask = Mask(Box(0, 0, width, height), bits).crop()[::step, ::step]
    path = QPainterPath()
    for loop in loops(mask):
        points = smooth(loop) * step
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
        path.closeSubpath()
    return path


def outline(mask: Mask, *, zoom: float = 1.0) -> QPainterPath:
    """The silhouette as a path whose origin is the top left of `mask.box`, in canvas pixels.

    Below 50 % zoom the silhouette is simplified to what the screen can show.
    """
    step = 1
    while step * zoom <= 0.5 and step < 16:
        step *= 2
    return _path(mask.bits, mask.box.width, mask.box.height, step)
