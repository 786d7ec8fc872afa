"""Where two pictures differ: the mask of the Edited Alpha-CLIP metric (Click2Mask, evaluation)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import BoolArray

THRESHOLD = 0.1
"""Mean difference over the channels, of 1, above which a pixel counts as changed."""
LEAST_HULL = 100
"""Px of a 512 px picture; smaller hulls are noise."""
SIDE = 512


def changed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> BoolArray:
    """Pixels that changed clearly, specks removed, (height, width)."""
    difference = np.abs(before.astype(np.int16) - after).mean(axis=2) > THRESHOLD * 255
    grey = difference.astype(np.uint8)
    grey = cv2.erode(grey, np.ones((3, 3), np.uint8))
    return cv2.dilate(grey, np.ones((5, 5), np.uint8)).astype(bool)


def edited_region(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> BoolArray:
    """The convex hulls of what changed, on SIDE x SIDE px; what has that size is not resized.

    Where no hull is large enough the raw, possibly empty, mask of changed pixels.
    """
    raw = changed(_sized(before), _sized(after))
    contours, _ = cv2.findContours(raw.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hulls = [cv2.convexHull(contour) for contour in contours]
    large = [hull for hull in hulls if cv2.contourArea(hull) >= LEAST_HULL]
    if not large:
        return raw
    out = np.zeros(raw.shape, np.uint8)
    for hull in large:
        cv2.fillPoly(out, [hull], 1)
    return out.astype(bool)


def _sized(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.shape[:2] == (SIDE, SIDE):
        return picture
    from PIL import Image

    resized = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(resized, dtype=np.uint8)
