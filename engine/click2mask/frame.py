"""The square part of a photo that the models work on, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.click2mask.config import GRID
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray

Pixels = NDArray[np.uint8]

_MARGIN = 0.15
"""Room around several clicks, as a share of the window's side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A window of a photo, stretched to `width` x `width` px.

    Attributes:
        photo: The photo's box.
        box: The window in photo pixels; it may reach past the photo, which is mirrored there.
        width: Side of the square canvas that the models see.
    """

    photo: Box
    box: Box
    width: int

    @classmethod
    def around(
        cls,
        clicks: Sequence[tuple[int, int]],
        *,
        photo: tuple[int, int],
        width: int,
        squash: bool,
        window: float = 1.0,
    ) -> Frame:
        """The window for clicks in a photo of (width, height).

        A square of the photo around the clicks, its side the share `window` of the photo's shorter
        side; a larger one, at last past the photo's long sides, where the clicks lie too far
        apart. With `squash` the whole photo.
        """
        w, h = photo
        whole = Box(0, 0, w, h)
        if squash or (w == h and window >= 1):
            return cls(photo=whole, box=whole, width=width)
        xs, ys = [x for x, _ in clicks], [y for _, y in clicks]
        spread = max(max(xs) - min(xs), max(ys) - min(ys)) + 1
        least = max(1, round(window * min(w, h)))
        side = min(max(w, h), max(least, round(spread / (1 - 2 * _MARGIN))))
        left = _placed((min(xs) + max(xs)) / 2, side, w)
        top = _placed((min(ys) + max(ys)) / 2, side, h)
        return cls(photo=whole, box=Box(left, top, side, side), width=width)

    @property
    def usable(self) -> BoolArray:
        """Cells of the field whose middle lies on the photo, (GRID, GRID)."""
        middles = (np.arange(GRID) + 0.5) / GRID
        x, y = self.box.x + middles * self.box.width, self.box.y + middles * self.box.height
        inside_x = (x >= 0) & (x < self.photo.width)
        inside_y = (y >= 0) & (y < self.photo.height)
        return inside_y[:, None] & inside_x[None, :]

    def to_cells(self, click: tuple[int, int]) -> tuple[float, float]:
        """A pixel (x, y) of the photo in cells of the field."""
        return (
            (click[0] + 0.5 - self.box.x) * GRID / self.box.width,
            (click[1] + 0.5 - self.box.y) * GRID / self.box.height,
        )

    def cut(self, pixels: Pixels) -> Pixels:
        """The window of the photo at the canvas's size, uint8 (width, width, 3)."""
        inside = self.box.intersection(self.photo)
        part = pixels[inside.y : inside.bottom, inside.x : inside.right]
        if inside != self.box:
            part = cv2.copyMakeBorder(
                part,
                inside.y - self.box.y,
                self.box.bottom - inside.bottom,
                inside.x - self.box.x,
                self.box.right - inside.right,
                cv2.BORDER_REFLECT if min(part.shape[:2]) > 1 else cv2.BORDER_REPLICATE,
            )
        return resized(np.asarray(part, np.uint8), (self.width, self.width))

    def mask_on_photo(self, mask: BoolArray) -> BoolArray:
        """A mask of the field or of the canvas at the photo's size, (height, width)."""
        size = (self.box.width, self.box.height)
        large = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
        out = np.zeros((self.photo.height, self.photo.width), bool)
        inside = self.box.intersection(self.photo)
        out[inside.y : inside.bottom, inside.x : inside.right] = large[_local(inside, self.box)]
        return out

    def mask_from_photo(self, mask: BoolArray) -> BoolArray:
        """A mask of the photo's size on the field: cells of which at least half is covered."""
        inside = self.box.intersection(self.photo)
        window = np.zeros((self.box.height, self.box.width), np.float32)
        window[_local(inside, self.box)] = mask[inside.y : inside.bottom, inside.x : inside.right]
        shrinks = min(window.shape) >= GRID
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return cv2.resize(window, (GRID, GRID), interpolation=method) >= 0.5

    def put_back(self, photo: Pixels, canvas: Pixels, weight: NDArray[np.float32]) -> Pixels:
        """The photo with the canvas laid over it.

        Args:
            weight: 0..1, shape (width, width); where it is 0 the photo's pixels stay untouched.
        """
        size = (self.box.width, self.box.height)
        inside = self.box.intersection(self.photo)
        local = _local(inside, self.box)
        new = resized(canvas, size)[local].astype(np.float32)
        w = cv2.resize(weight, size, interpolation=cv2.INTER_LINEAR)[local][..., None]
        out = photo.copy()
        view = out[inside.y : inside.bottom, inside.x : inside.right]
        mixed = np.rint(view + (new - view) * w).clip(0, 255).astype(np.uint8)
        np.copyto(view, mixed, where=w > 0)
        return out


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture at (width, height), Lanczos up, by area down."""
    if pixels.shape[1::-1] == size:
        return np.ascontiguousarray(pixels)
    smaller = size[0] < pixels.shape[1] and size[1] < pixels.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)


def _placed(middle: float, side: int, length: int) -> int:
    """Start of a window of `side` about `middle` in 0..length, inside it or around all of it."""
    if side >= length:
        return (length - side) // 2
    return min(max(round(middle - side / 2), 0), length - side)


def _local(inside: Box, box: Box) -> tuple[slice, slice]:
    x, y = inside.x - box.x, inside.y - box.y
    return slice(y, y + inside.height), slice(x, x + inside.width)
