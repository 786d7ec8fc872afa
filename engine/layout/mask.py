"""Amodal masks: cropped to their content, one bit a pixel, immutable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import EMPTY_BOX, Box

BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mask:
    """The silhouette of one object, placed on the canvas.

    Two masks of the same pixels are equal: the box is always tight and padding always zero.

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
        height, width = array.shape
        return cls.from_packed(np.packbits(array, axis=1), Box(x, y, width, height))

    @classmethod
    def from_packed(cls, packed: ByteArray, box: Box) -> Mask:
        """Crop `box.height` rows of `ceil(box.width / 8)` bytes as `packed` returns them."""
        if _touches_all_sides(packed, box):
            return cls(box, packed.tobytes())
        tight = set_box(packed).moved(box.x, box.y)
        if tight.is_empty:
            return EMPTY_MASK
        rows = packed[tight.y - box.y : tight.bottom - box.y]
        cut = shifted_bits(rows, offset=box.x - tight.x, width=tight.width)
        return cls(tight, cut.tobytes())

    @property
    def is_empty(self) -> bool:
        return self.box.is_empty

    @property
    def area(self) -> int:
        """Pixels in the silhouette, hidden and off-canvas ones included."""
        return int(np.bitwise_count(np.frombuffer(self.bits, np.uint8)).sum())

    @property
    def rows(self) -> ByteArray:
        """The bits as they are kept, shape (box.height, ceil(box.width / 8)), read-only."""
        return np.frombuffer(self.bits, np.uint8).reshape(self.box.height, byte_count(self.box))

    def crop(self) -> BoolArray:
        """The silhouette inside its own box, shape (box.height, box.width), newly made."""
        if self.is_empty:
            return np.zeros((0, 0), bool)
        return np.unpackbits(self.rows, axis=1, count=self.box.width).view(bool)

    def part(self, region: Box) -> BoolArray:
        """Like `within`, but `region` must lie in the mask's box; reads no byte outside it."""
        top, left = region.y - self.box.y, region.x - self.box.x
        first, skipped = divmod(left, 8)
        end = -(-(left + region.width) // 8)
        packed = self.rows[top : top + region.height, first:end]
        bits = np.unpackbits(packed, axis=1, count=skipped + region.width)
        return bits[:, skipped:].view(bool)

    def within(self, region: Box) -> BoolArray:
        """The part inside `region`, shape (region.height, region.width)."""
        out = np.zeros((max(region.height, 0), max(region.width, 0)), bool)
        common = self.box.intersection(region)
        if not common.is_empty:
            out[
                common.y - region.y : common.bottom - region.y,
                common.x - region.x : common.right - region.x,
            ] = self.part(common)
        return out

    def packed(self, region: Box) -> ByteArray:
        """`within(region)` one bit a pixel, shape (region.height, ceil(region.width / 8)).

        Newly made, each row starts at a byte, the padding is zero.
        """
        if region == self.box:
            return self.rows.copy()
        out = np.zeros((max(region.height, 0), byte_count(region)), np.uint8)
        common = self.box.intersection(region)
        if not common.is_empty:
            rows = self.rows[common.y - self.box.y : common.bottom - self.box.y]
            out[common.y - region.y : common.bottom - region.y] = shifted_bits(
                rows, offset=self.box.x - region.x, width=region.width
            )
        return out

    def on_canvas(self, width: int, height: int) -> BoolArray:
        """The silhouette on a whole canvas, shape (height, width); what is off it is cut."""
        return self.within(Box(0, 0, width, height))

    def moved(self, dx: int, dy: int) -> Mask:
        return self if self.is_empty else Mask(self.box.moved(dx, dy), self.bits)

    def mirrored(self, *, across: bool, down: bool) -> Mask:
        """Flipped inside its own box, left to right and top to bottom."""
        if not (across or down):
            return self
        rows, columns = slice(None, None, -1 if down else 1), slice(None, None, -1 if across else 1)
        return Mask.from_array(self.crop()[rows, columns], x=self.box.x, y=self.box.y)

    def union(self, other: Mask) -> Mask:
        """The pixels of either mask."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        box = self.box.union(other.box)
        packed = self.packed(box)
        region, window = byte_window(packed, box=box, region=other.box)
        window |= other.packed(region)
        return Mask.from_packed(packed, box)

    def minus(self, other: Mask) -> Mask:
        """The pixels of this mask that are not in the other."""
        common = self.box.intersection(other.box)
        if common.is_empty:
            return self
        packed = self.packed(self.box)
        region, window = byte_window(packed, box=self.box, region=common)
        window &= ~other.packed(region)
        return Mask.from_packed(packed, self.box)

    def clipped(self, region: Box) -> Mask:
        """The pixels inside `region`."""
        common = self.box.intersection(region)
        return self if common == self.box else Mask.from_packed(self.packed(common), common)

    def overlap(self, other: Mask) -> int:
        """Number of pixels that both masks have."""
        common = self.box.intersection(other.box)
        both = self.packed(common) & other.packed(common)
        return int(np.bitwise_count(both).sum())

    def with_edit(self, region: Box, array: BoolArray) -> Mask:
        """The mask with everything inside `region` replaced by `array` (height, width)."""
        edit = Mask.from_array(array, x=region.x, y=region.y)
        common = self.box.intersection(region)
        if common.is_empty:
            return self.union(edit)
        return self.minus(Mask.filled(common)).union(edit)

    @classmethod
    def filled(cls, box: Box) -> Mask:
        """Every pixel of the box."""
        if box.is_empty:
            return EMPTY_MASK
        row = np.packbits(np.ones(box.width, bool)).tobytes()
        return cls(box, row * box.height)


EMPTY_MASK = Mask(EMPTY_BOX, b"")


def byte_count(box: Box) -> int:
    """Bytes in one packed row of the box."""
    return (max(box.width, 0) + 7) // 8


def shifted_bits(rows: ByteArray, *, offset: int, width: int) -> ByteArray:
    """Packed rows re-cut to `width` bits, source bit 0 landing at bit `offset` (any sign)."""
    count, stride = rows.shape[1], (width + 7) // 8
    step, bit = divmod(offset, 8)
    out = np.zeros((len(rows), stride), np.uint8)
    first, end = max(0, -step), min(count, stride - step)
    if first < end:
        np.right_shift(rows[:, first:end], bit, out=out[:, first + step : end + step])
    if bit:
        first, end = max(0, -step - 1), min(count, stride - step - 1)
        if first < end:
            out[:, first + step + 1 : end + step + 1] |= rows[:, first:end] << (8 - bit)
    if width % 8 and stride:
        out[:, -1] &= 0xFF << (8 - width % 8) & 0xFF
    return out


def _touches_all_sides(packed: ByteArray, box: Box) -> bool:
    if box.is_empty:
        return False
    last = 0x80 >> (box.width - 1) % 8
    top_and_bottom = packed[0].any() and packed[-1].any()
    return bool(top_and_bottom and (packed[:, 0] & 0x80).any() and (packed[:, -1] & last).any())


def byte_window(packed: ByteArray, *, box: Box, region: Box) -> tuple[Box, ByteArray]:
    """The bytes of `packed` (rows of `box`) that hold `region`, as a view, and the box they span.

    The span is `region` widened to whole bytes of `box`, so its columns beyond `region` belong
    to the neighbours and, past the right edge of `box`, to the padding.
    """
    common = box.intersection(region)
    first, end = (common.x - box.x) // 8, -(-(common.right - box.x) // 8)
    right = min(end * 8, box.width)
    span = Box(box.x + first * 8, common.y, right - first * 8, common.height)
    return span, packed[common.y - box.y : common.bottom - box.y, first:end]


def set_box(packed: ByteArray) -> Box:
    """The smallest box around the set bits; EMPTY_BOX when none is set."""
    columns = np.flatnonzero(np.unpackbits(np.bitwise_or.reduce(packed, axis=0)))
    if columns.size == 0:
        return EMPTY_BOX
    rows = np.flatnonzero(np.bitwise_or.reduce(packed, axis=1))
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
