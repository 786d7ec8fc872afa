"""Guidance that follows a layer to where it lies now; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask

SAME_FILL = 0.04
"""A silhouette that fills its box as before, up to this share, was scaled, not cut or painted."""

FORM_SIDE = 24
FORM_LENGTH = FORM_SIDE * FORM_SIDE // 4
"""Characters of the text that `form_of` makes."""


@dataclass(frozen=True, slots=True)
class Way:
    """From the box of a layer's mask when it was applied to the box where it belongs now.

    Attributes:
        mirror: Whether it was flipped on the way: left to right, top to bottom.
    """

    source: Box
    target: Box
    mirror: tuple[bool, bool] = (False, False)

    @property
    def is_none(self) -> bool:
        return self.source == self.target and not any(self.mirror)

    @property
    def is_scaled(self) -> bool:
        return self.source[2:] != self.target[2:]

    @property
    def shift(self) -> tuple[int, int]:
        return self.target.x - self.source.x, self.target.y - self.source.y

    def point(self, x: float, y: float) -> tuple[float, float]:
        across, down = self._factors
        left = self.source.right - x if self.mirror[0] else x - self.source.x
        top = self.source.bottom - y if self.mirror[1] else y - self.source.y
        return self.target.x + left * across, self.target.y + top * down

    def length(self, value: float) -> float:
        across, down = self._factors
        return value * (across * down) ** 0.5

    def box(self, box: Box) -> Box:
        corners = self.point(box.x, box.y), self.point(box.right, box.bottom)
        (left, right), (top, bottom) = (
            sorted(map(round, ends)) for ends in zip(*corners, strict=True)
        )
        return Box(left, top, max(right - left, 1), max(bottom - top, 1))

    def mask(self, mask: Mask) -> Mask:
        box, (across, down) = self.box(mask.box), self.mirror
        if self.is_scaled:
            rows = np.arange(box.height) * mask.box.height // box.height
            columns = np.arange(box.width) * mask.box.width // box.width
            mask = Mask.from_array(mask.crop()[np.ix_(rows, columns)])
        mask = mask.mirrored(across=across, down=down)
        return mask.moved(box.x - mask.box.x, box.y - mask.box.y)

    def after(self, *, shift: tuple[int, int], mirror: tuple[bool, bool]) -> Way:
        """The whole way of a mask that had been moved and flipped before it was applied."""
        source = self.source.moved(-shift[0], -shift[1])
        return Way(source, self.target, both(self.mirror, mirror))

    @property
    def _factors(self) -> tuple[float, float]:
        return self.target.width / self.source.width, self.target.height / self.source.height


def both(first: tuple[bool, bool], second: tuple[bool, bool]) -> tuple[bool, bool]:
    """One flip after the other; the same one twice is none."""
    return first[0] != second[0], first[1] != second[1]


def form_of(mask: Mask) -> str:
    """The silhouette in its box, coarse enough to know it again once it was scaled.

    FORM_LENGTH hex digits, row by row; "" for an empty mask.
    """
    if mask.is_empty:
        return ""
    middles = 2 * np.arange(FORM_SIDE) + 1
    rows = middles * mask.box.height // (2 * FORM_SIDE)
    columns = middles * mask.box.width // (2 * FORM_SIDE)
    return np.packbits(mask.crop()[np.ix_(rows, columns)]).tobytes().hex()


def mirror_of(form: str, mask: Mask) -> tuple[bool, bool]:
    """How a layer was flipped since its mask had this form.

    Only what is far more like the form when it is flipped back: a ball that was painted is not.
    """
    ways = ((False, False), (True, False), (False, True), (True, True))
    known = int(form, 16)
    straight, *flipped = (
        (known ^ int(form_of(mask.mirrored(across=across, down=down)), 16)).bit_count()
        for across, down in ways
    )
    least = min(flipped)
    return ways[1 + flipped.index(least)] if 2 * least < straight else ways[0]


def way_of(source: Box, area: int, mask: Mask, *, form: str = "") -> Way:
    """How a layer was moved, scaled or flipped since its mask was applied.

    What was only painted or cut has not moved: one of two opposite sides is where it was, or both
    went the same way.

    Args:
        source: Box of the mask that was applied, not empty.
        area: Its pixels.
        mask: The layer's mask now, not empty.
        form: Its form; "" where that is not known, and so nothing of flips.
    """
    way = _way_of(source, area, mask)
    if not form or way.target[2:] != mask.box[2:]:
        return way
    return replace(way, mirror=mirror_of(form, mask))


def _way_of(source: Box, area: int, mask: Mask) -> Way:
    target = mask.box
    left, right = target.x - source.x, target.right - source.right
    top, bottom = target.y - source.y, target.bottom - source.bottom
    fill = mask.area / target.area / (area / source.area)
    if abs(fill - 1) <= SAME_FILL and (left, right, top, bottom).count(0) < 3:
        return Way(source, target)
    return Way(source, source.moved(_common(left, right), _common(top, bottom)))


def _common(first: int, last: int) -> int:
    return min(first, last, key=abs) if first * last > 0 else 0


def brought(guidance: Guidance, way: Way, canvas: Box) -> Guidance:
    """The guidance as it would have been given for where the layer lies now.

    Whatever would leave the canvas, and no guidance at all, becomes the box of the layer.

    Args:
        way: Its target reaches the canvas.
    """
    instead = Guidance.at_box(way.target.intersection(canvas))
    match guidance.mode:
        case GuidanceMode.BOX if guidance.box is not None:
            box = way.box(guidance.box).intersection(canvas)
            return instead if box.is_empty else Guidance.at_box(box)
        case GuidanceMode.POINT if guidance.point is not None:
            x, y = way.point(*guidance.point)
            if not (0 <= x < canvas.width and 0 <= y < canvas.height):
                return instead
            spread = None if guidance.spread is None else way.length(guidance.spread)
            return Guidance.at_point(x, y, spread=spread)
        case GuidanceMode.SCRIBBLE if guidance.scribble is not None:
            scribble = way.mask(guidance.scribble).clipped(canvas)
            return instead if scribble.is_empty else Guidance.from_scribble(scribble)
        case _:
            return instead
