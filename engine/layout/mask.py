"""Amodal masks: cropped to their content, one bit a pixel, immutable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import EMPTY_BOX, Box

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mask:
    """The silhouette of one object, placed on the canvas.

    Attributes:
        box: The smallest box around the silhouette, in canvas pixels. It may reach outside the
            canvas, because an object that is moved off the edge keeps its hidden part.
        bits: `height` rows of `ceil(width / 8)` bytes, most significant bit first, padded with
            zeros; empty for an empty mask.
    """

    box: Box
    bits: bytes

    @classmethod
    def from_array(cls, array: BoolArray, *, x: int = 0, y: int = 0) -> Mask:
        """Crop a (rows, columns) array whose top left pixel lies at canvas (`x`, `y`)."""
        array = np.asarray(array, dtype=bool)
        rows = np.flatnonzero(array.any(axis=1))
        if rows.size == 0:
            return EMPTY_MASK
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        columns = np.flatnonzero(array[top:bottom].any(axis=0))
        left, right = int(columns[0]), int(columns[-1]) + 1
        crop = array[top:bottom, left:right]
        box = Box(x + left, y + top, right - left, bottom - top)
        return cls(box, np.packbits(crop, axis=1).tobytes())

    @property
    def is_empty(self) -> bool:
        return self.box.is_empty

    @property
    def area(self) -> int:
        """Pixels in the silhouette, hidden and off-canvas ones included."""
        return int(np.bitwise_count(np.frombuffer(self.bits, np.uint8)).sum())

    def crop(self) -> BoolArray:
        """The silhouette inside its own box, shape (box.height, box.width), newly made."""
        if self.is_empty:
            return np.zeros((0, 0), bool)
        packed = np.frombuffer(self.bits, np.uint8).reshape(self.box.height, -1)
        return np.unpackbits(packed, axis=1, count=self.box.width).view(bool)

    def within(self, region: Box) -> BoolArray:
        """The part inside `region`, shape (region.height, region.width)."""
        out = np.zeros((max(region.height, 0), max(region.width, 0)), bool)
        common = self.box.intersection(region)
        if not common.is_empty:
            mine = self.crop()[
                common.y - self.box.y : common.bottom - self.box.y,
                common.x - self.box.x : common.right - self.box.x,
            ]
            out[
                common.y - region.y : common.bottom - region.y,
                common.x - region.x : common.right - region.x,
            ] = mine
        return out

    def on_canvas(self, width: int, height: int) -> BoolArray:
        """The silhouette on a whole canvas, shape (height, width); what is off it is cut."""
        return self.within(Box(0, 0, width, height))

    def moved(self, dx: int, dy: int) -> Mask:
        return self if self.is_empty else Mask(self.box.moved(dx, dy), self.bits)


EMPTY_MASK = Mask(EMPTY_BOX, b"")
