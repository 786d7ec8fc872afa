"""The regions of a semantic map as a short list, beside the map itself (ours, not the paper's).

A small convolutional encoder learns slowly from a palette where a small object lies and what it
is; the same map read as a list of its coloured regions says it at once. Nothing is added that the
map S does not show: a region is a connected patch of one class in the 64 px map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.smartmask.conditioning import OUTSIDE_ID

MAX_REGIONS = 24
MIN_CELLS = 3
"""Patches of fewer cells of the map are splinters at edges."""
GEOMETRY = 7


@dataclass(frozen=True, slots=True)
class Regions:
    """The largest regions, in falling order of area; rows behind the last one are zero.

    Attributes:
        classes: (MAX_REGIONS,) uint8, the id of the map (class + 1), 0 = no region.
        geometry: (MAX_REGIONS, GEOMETRY) float32: centre x, centre y, log width, log height,
            bottom, log area, share of its box that it fills. Places as in `placement_of`: the
            window has side 2 and centre 0; sizes are logs of shares of the window.
    """

    classes: NDArray[np.uint8]
    geometry: NDArray[np.float32]


def regions_of(ids: NDArray[np.uint8]) -> Regions:
    """The regions of a window's id map (size, size), as `conditioning.window_ids` gives it."""
    import cv2

    size = ids.shape[0]
    found: list[tuple[int, int, NDArray[np.int32]]] = []
    present = np.flatnonzero(np.bincount(ids.ravel(), minlength=256))
    for value in present:
        if value in (0, OUTSIDE_ID):
            continue
        count, _, stats, _ = cv2.connectedComponentsWithStats(
            (ids == value).astype(np.uint8), connectivity=8
        )
        for row in stats[1:count]:
            if row[cv2.CC_STAT_AREA] >= MIN_CELLS:
                found.append((int(row[cv2.CC_STAT_AREA]), int(value), row))
    found.sort(key=lambda region: -region[0])
    classes = np.zeros(MAX_REGIONS, np.uint8)
    geometry = np.zeros((MAX_REGIONS, GEOMETRY), np.float32)
    for index, (area, value, (x, y, width, height, _)) in enumerate(found[:MAX_REGIONS]):
        classes[index] = value
        geometry[index] = (
            (2 * x + width) / size - 1,
            (2 * y + height) / size - 1,
            np.log(width / size),
            np.log(height / size),
            2 * (y + height) / size - 1,
            np.log(area / size**2),
            area / (width * height),
        )
    return Regions(classes, geometry)
