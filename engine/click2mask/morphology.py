"""Distances, rings and dilation of masks, in cells or pixels of whatever grid they lie on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from engine.layout.mask import BoolArray


def signed_distance(mask: BoolArray) -> NDArray[np.float64]:
    """Distance of each cell's middle from the mask's edge, negative inside.

    Without an edge, all cells are infinitely far outside (or inside).
    """
    if mask.all() or not mask.any():
        return np.full(mask.shape, -np.inf if mask.all() else np.inf)
    outside = np.asarray(distance_transform_edt(~mask))
    within = np.asarray(distance_transform_edt(mask))
    return np.where(mask, 0.5 - within, outside - 0.5)


def ring(mask: BoolArray, *, inside: float, outside: float) -> BoolArray:
    """R: cells with a signed distance in (-inside, outside]."""
    distance = signed_distance(mask)
    return (distance > -inside) & (distance <= outside)


def dilated(mask: BoolArray, distance: float) -> BoolArray:
    """The mask and all cells within `distance` (Euclidean) of one of its cells."""
    if distance <= 0 or not mask.any():
        return mask
    return np.asarray(distance_transform_edt(~mask)) <= distance
