"""The window of a photo that an insertion is drawn in, and how it comes back. Pure numpy, cv2.

A small object in a large photo would be a few latents to the model, so the window is cut around
the mask and drawn at the model's own size. What comes back is mixed in along a soft edge; every
pixel beyond that edge keeps its very bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask

WHOLE_SHARE = 0.3
"""Of the photo's longest side; a mask that is longer is drawn in the whole photo."""
PADDING = 2.5
"""The window's side in lengths of the mask."""
LONGEST_ASPECT = 3.0
MAX_FEATHER = 512
FULL_SHARE = 0.98
"""Of the photo: a mask that takes more leaves no background to keep."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where an insertion is drawn.

    Attributes:
        window: The part of the photo that the model sees, in photo pixels.
        size: (width, height) in px at which the model draws it.
        alpha: float32 (window.height, window.width), 1 inside the mask, falling to 0 within the
            feather: how much of the drawing is taken.
        hole: bool (height, width) at `size`: what the model is to fill, the feather included.
    """

    window: Box
    size: tuple[int, int]
    alpha: NDArray[np.float32]
    hole: BoolArray


def check_mask(mask: Mask, canvas: Box) -> BoolArray:
    """The mask on the canvas. Raises InputError for an empty one and for one that is all."""
    array = mask.within(canvas)
    area = int(array.sum())
    if area == 0:
        raise InputError(
            "The mask is empty on the photo: draw over the place where the object is to go."
        )
    if area > FULL_SHARE * array.size:
        raise InputError(
            "The mask covers the whole photo, so there is no background to keep: "
            "leave some of the photo free, or render a layout instead."
        )
    return array


def feather_of(feather: int | None, width: int, height: int, *, share: float) -> int:
    """The soft edge in px, a share of the longest side where none is asked for.

    Raises:
        InputError: It is an impossible one.
    """
    if feather is None:
        return max(1, round(share * max(width, height)))
    if not 0 <= feather <= MAX_FEATHER:
        raise InputError(f"A feather of {feather} px is not possible: use 0 to {MAX_FEATHER}.")
    return feather


def frame_of(
    mask: BoolArray,
    *,
    feather: int,
    longest: int,
    multiple: int,
    closest: float = 0.5,
    whole: bool = False,
) -> Frame:
    """The frame of a mask (height, width) on its photo.

    Args:
        feather: Width in px of the soft edge outside the mask.
        longest: Longest side in px that the model draws.
        multiple: Both sides that it draws are multiples of this.
        closest: The window's least side in sizes of the drawing: closer up a small photo would be
            mush.
        whole: Take the whole photo, however small the mask is.
    """
    canvas = Box(0, 0, mask.shape[1], mask.shape[0])
    window = (
        canvas if whole else _window(Mask.from_array(mask).box, canvas, least=closest * longest)
    )
    part = mask[window.y : window.bottom, window.x : window.right]
    alpha = soft_edge(part, feather)
    scale = longest / max(window.width, window.height)
    least = max(multiple, round(longest / LONGEST_ASPECT / multiple) * multiple)
    width, height = (
        max(least, round(side * scale / multiple) * multiple)
        for side in (window.width, window.height)
    )
    # Any pixel of the drawing that touches the mask or its edge is the model's to fill.
    touched = cv2.resize(
        (alpha > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA
    )
    return Frame(window, (width, height), alpha, touched > 0)


def soft_edge(mask: BoolArray, feather: int) -> NDArray[np.float32]:
    """1 inside the mask, falling smoothly to 0 at more than `feather` px from it."""
    if feather == 0:
        return mask.astype(np.float32)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    t = np.clip(1 - distance / (feather + 1), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def seen(photo: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The photo's window at the size of the drawing, RGB uint8."""
    part = _part(photo, frame.window)
    shrinks = frame.size[0] < part.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, frame.size, interpolation=way), dtype=np.uint8)


def composited(
    photo: NDArray[np.uint8], drawing: NDArray[np.uint8], frame: Frame
) -> NDArray[np.uint8]:
    """The photo with the drawing mixed in; a new array, the same bits where `alpha` is 0."""
    box = frame.window
    way = cv2.INTER_AREA if box.width < frame.size[0] else cv2.INTER_CUBIC
    large = cv2.resize(drawing, (box.width, box.height), interpolation=way)
    out = photo.copy()
    part = _part(out, box)
    alpha = frame.alpha[..., None]
    mixed = part.astype(np.float32) * (1 - alpha) + np.asarray(large, np.float32) * alpha
    np.copyto(part, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), where=alpha > 0)
    return out


def window_layout(layout: Layout, window: Box, *, caption: str) -> Layout:
    """What of a layout lies in the window, its top left pixel the new origin."""
    layers = tuple(
        replace(layer, mask=part.moved(-window.x, -window.y))
        for layer in layout.layers
        if not (part := layer.mask.clipped(window)).is_empty
    )
    return Layout(width=window.width, height=window.height, caption=caption, layers=layers)


def _part(photo: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return photo[box.y : box.bottom, box.x : box.right]


def _window(mask: Box, canvas: Box, *, least: float) -> Box:
    """A window around the mask, as square as the photo allows."""
    length = max(mask.width, mask.height)
    if length >= WHOLE_SHARE * max(canvas.width, canvas.height):
        side = max(canvas.width, canvas.height)
    else:
        side = max(math.ceil(PADDING * length), round(least))
    width, height = min(side, canvas.width), min(side, canvas.height)
    # Of a very long photo only as much as the model can look at.
    if width > LONGEST_ASPECT * height:
        width = max(round(LONGEST_ASPECT * height), mask.width)
    if height > LONGEST_ASPECT * width:
        height = max(round(LONGEST_ASPECT * width), mask.height)
    x = mask.x + mask.width // 2 - width // 2
    y = mask.y + mask.height // 2 - height // 2
    x = min(max(x, 0), canvas.width - width)
    y = min(max(y, 0), canvas.height - height)
    return Box(x, y, width, height)
