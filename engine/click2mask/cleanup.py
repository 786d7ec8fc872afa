"""From potential to mask: threshold, holes, islands, smoothing; all on the field's grid."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from engine.click2mask.field import Field
from engine.layout.mask import BoolArray

NUDGE = 0.3
LEAST_SHARE = 0.001
"""Share of the field below which an island is dropped."""
_TOLERANCE = 0.1
"""Of a hull's simplification, as a share of its perimeter."""
_STROKE = 3
_KEPT = 0.45


def clean(potential: Field) -> BoolArray:
    """The mask P > 0 as one smooth piece without holes.

    Islands under LEAST_SHARE of the field vanish, the others are joined to the largest one. A
    potential that is nowhere positive is raised by NUDGE, one that is nowhere negative lowered.
    """
    if (potential <= 0).all():
        potential = potential + NUDGE
    elif (potential >= 0).all():
        potential = potential - NUDGE
    mask = joined(filled(potential > 0))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    smooth = cv2.GaussianBlur(filled(closed).astype(np.float32), (7, 7), 3)
    return np.asarray(smooth > _KEPT)


def filled(mask: NDArray[Any]) -> BoolArray:
    """The mask with its holes."""
    return np.asarray(binary_fill_holes(mask))


def joined(mask: BoolArray) -> BoolArray:
    """The mask without tiny islands, each other one tied to the largest.

    An island becomes its convex hull, simplified; every corner is tied to the nearest point of
    the largest island, and the polygon of corners and points is filled and stroked.
    """
    image = mask.astype(np.uint8)
    contours, _ = cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = [_cells(contour, image.shape) for contour in contours]
    kept = [k for k, area in enumerate(areas) if area >= LEAST_SHARE * mask.size]
    if not kept:
        return mask
    largest = max(kept, key=lambda k: areas[k])
    out = np.zeros_like(image)
    for k in kept:
        cv2.drawContours(out, contours, k, 1, cv2.FILLED)
    ground = contours[largest].reshape(-1, 2)
    for k in kept:
        if k == largest:
            continue
        hull = cv2.convexHull(contours[k])
        corners = cv2.approxPolyDP(hull, _TOLERANCE * cv2.arcLength(hull, True), True)
        corners = corners.reshape(-1, 2)
        feet = np.array([_nearest(corner, ground) for corner in corners])
        bridge = cv2.convexHull(np.concatenate([corners, feet]).astype(np.int32))
        cv2.fillPoly(out, [bridge], 1)
        cv2.polylines(out, [bridge], True, 1, _STROKE)
    return out.astype(bool)


def _cells(contour: NDArray[Any], shape: tuple[int, ...]) -> int:
    """Cells inside a contour, its own included: cv2.contourArea leaves out half of the edge."""
    canvas = np.zeros(shape, np.uint8)
    cv2.drawContours(canvas, [contour], 0, 1, cv2.FILLED)
    return int(np.count_nonzero(canvas))


def _nearest(point: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    return points[np.square(points - point).sum(1).argmin()]
