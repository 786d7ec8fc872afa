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


def to_frame(crop: BoolArray) -> NDArray[np.uint8]:
    """A cropped silhouette (height, width) as coverage 0..255 in the frame, (FRAME, FRAME)."""
    import cv2

    height, width = crop.shape
    shrinks = height > INNER or width > INNER
    field = cv2.resize(
        crop.astype(np.uint8) * 255,
        (INNER, INNER),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return np.pad(field, MARGIN)


def from_frame(field: NDArray[np.float32], box: Box, canvas: Box) -> Mask:
    """Place a field (FRAME, FRAME), > 0 inside the shape, so that its inner square fills `box`.

    The field itself is enlarged, not its bits, so edges are smooth at any canvas size. The mask
    may reach off the canvas; what lies more than one canvas away is cut.
    """
    import cv2

    if box.is_empty:
        return EMPTY_MASK
    scale_x, scale_y = box.width / INNER, box.height / INNER
    reach = Box(-canvas.width, -canvas.height, 3 * canvas.width, 3 * canvas.height)
    padded = Box(
        int(np.floor(box.x - MARGIN * scale_x)),
        int(np.floor(box.y - MARGIN * scale_y)),
        int(np.ceil(FRAME * scale_x)) + 1,
        int(np.ceil(FRAME * scale_y)) + 1,
    ).intersection(reach)
    if padded.is_empty:
        return EMPTY_MASK
    columns = (np.arange(padded.x, padded.right) + 0.5 - box.x) / scale_x + MARGIN - 0.5
    rows = (np.arange(padded.y, padded.bottom) + 0.5 - box.y) / scale_y + MARGIN - 0.5
    # Shrinking samples a smoothed field, else thin parts alias away.
    blur = max(1 / scale_x, 1 / scale_y)
    if blur > 1.5:
        field = cv2.GaussianBlur(field, (0, 0), 0.4 * blur)
    outside = float(min(field.min(), -1.0))
    enlarged = cv2.remap(
        field.astype(np.float32),
        np.broadcast_to(columns.astype(np.float32), (len(rows), len(columns))).copy(),
        np.broadcast_to(rows.astype(np.float32)[:, None], (len(rows), len(columns))).copy(),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
    return Mask.from_array(enlarged > 0, x=padded.x, y=padded.y)
