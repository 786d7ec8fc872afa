"""Distances, rings and dilation of masks, in cells or pixels of whatever grid they lie on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import BoolArray


def signed_distance(mask: BoolArray) -> NDArray[np.float64]:
    """Distance of each cell's middle from the mask's edge, negative inside.

    Without an edge, all cells are infinitely far outside (or inside).
    """
    if mask.all() or not mask.any():
        return np.full(mask.shape, -np.inf if mask.all() else np.inf)
    return np.where(mask, 0.5 - depth(mask), depth(~mask) - 0.5)


def ring(mask: BoolArray, *, inside: float, outside: float) -> BoolArray:
    """R: cells with a signed distance in (-inside, outside]."""
    distance = signed_distance(mask)
    return (distance > -inside) & (distance <= outside)


def dilated(mask: BoolArray, distance: float) -> BoolArray:
    """The mask and all cells within `distance` (Euclidean) of one of its cells."""
    if distance <= 0 or not mask.any():
        return mask
    return depth(~mask) <= distance


def depth(mask: BoolArray) -> NDArray[np.float64]:
    """Distance of each cell to the nearest one outside the mask, Euclidean; 0 outside.

    There must be such a cell.
    """
    found = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return found.astype(np.float64)


def middle(mask: BoolArray) -> tuple[int, int]:
    """The pixel (x, y) of a mask that is farthest from its edge; the canvas's rim is one."""
    inside = depth(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(inside.argmax()), mask.shape)
    return int(x), int(y)
