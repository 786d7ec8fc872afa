"""The canonical frame: every shape, however small, stretched to one square.

A shape code describes a silhouette in its own box, so a far bird has as many pixels as a near
house. The frame is FRAME px wide; the box is stretched (both ways, independently) to the inner
square that leaves MARGIN px on each side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.mask import EMPTY_MASK, BoolArray, Mask

FRAME = 128
MARGIN = 4
INNER = FRAME - 2 * MARGIN


def to_frame(crop: BoolArray, *, scale: int = 1) -> NDArray[np.uint8]:
    """A cropped silhouette (height, width) as coverage 0..255 in the frame, `scale` times as large.

    Returns:
        (scale * FRAME, scale * FRAME).
    """
    import cv2

    height, width = crop.shape
    inner = scale * INNER
    shrinks = height > inner or width > inner
    field = cv2.resize(
        crop.astype(np.uint8) * 255,
        (inner, inner),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return np.pad(field, scale * MARGIN).astype(np.uint8)


def from_frame(field: NDArray[np.float32], box: Box, canvas: Box) -> Mask:
    """Place a square field, > 0 inside the shape, so that the shape just fills `box`.

    The field itself is enlarged, not its bits, so edges are smooth at any canvas size. The mask
    may reach off the canvas; what lies more than one canvas away is cut.
    """
    import cv2

    if box.is_empty or not (field > 0).any():
        return EMPTY_MASK
    reach = Box(-canvas.width, -canvas.height, 3 * canvas.width, 3 * canvas.height)
    target = box.intersection(reach)
    if target.is_empty:
        return EMPTY_MASK
    left, top, right, bottom = _extent(field > 0)
    scale_x, scale_y = box.width / (right - left), box.height / (bottom - top)
    shrinks = max(1 / scale_x, 1 / scale_y)
    # Shrinking samples a smoothed field, else thin parts alias away.
    if shrinks > 1.5:
        field = np.asarray(cv2.GaussianBlur(field, (0, 0), 0.4 * shrinks), np.float32)
    to_field = np.array(
        [
            [1 / scale_x, 0, (target.x + 0.5 - box.x) / scale_x + left - 0.5],
            [0, 1 / scale_y, (target.y + 0.5 - box.y) / scale_y + top - 0.5],
        ]
    )
    placed = cv2.warpAffine(
        field.astype(np.float32),
        to_field,
        (target.width, target.height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(min(field.min(), -1.0)),
    )
    inside = placed > 0
    if shrinks > 1.5 and target == box and not inside.any():
        # Thinner than a pixel: its ridge is what can be drawn of it.
        inside = placed >= (placed.min() + placed.max()) / 2
    return Mask.from_array(inside, x=target.x, y=target.y)


def _extent(inside: BoolArray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the shape in the frame; specks do not count."""
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    parts = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 0.02 * stats[1:, cv2.CC_STAT_AREA].max()]
    x, y, width, height = (parts[:, i] for i in range(4))
    return int(x.min()), int(y.min()), int((x + width).max()), int((y + height).max())
