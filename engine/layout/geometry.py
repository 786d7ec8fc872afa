"""Boxes in canvas pixels."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """An axis-aligned box: left, top, width and height in canvas pixels.

    The pixels covered are `x <= column < x + width`, `y <= row < y + height`. A box may reach
    outside the canvas; one of zero or negative width or height is empty.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column past the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row past the box."""
        return self.y + self.height

    @property
    def area(self) -> int:
        """Pixels covered; 0 for an empty box."""
        return max(self.width, 0) * max(self.height, 0)

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def moved(self, dx: int, dy: int) -> Box:
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def intersection(self, other: Box) -> Box:
        """The common part; `Box(0, 0, 0, 0)` when there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = min(self.right, other.right) - x
        height = min(self.bottom, other.bottom) - y
        return Box(x, y, width, height) if width > 0 and height > 0 else EMPTY_BOX

    def union(self, other: Box) -> Box:
        """The smallest box around both; an empty box adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)


EMPTY_BOX = Box(0, 0, 0, 0)
