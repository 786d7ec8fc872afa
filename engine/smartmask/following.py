"""Guidance that follows a layer to where it lies now; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask

SAME_FILL = 0.04
"""A silhouette that fills its box as before, up to this share, was scaled, not cut or painted."""


@dataclass(frozen=True, slots=True)
class Way:
    """From the box of a layer's mask when it was applied to the box where it belongs now."""

    source: Box
    target: Box

    @property
    def is_scaled(self) -> bool:
        return self.source[2:] != self.target[2:]

    @property
    def shift(self) -> tuple[int, int]:
        return self.target.x - self.source.x, self.target.y - self.source.y

    def point(self, x: float, y: float) -> tuple[float, float]:
        across, down = self._factors
        return (
            self.target.x + (x - self.source.x) * across,
            self.target.y + (y - self.source.y) * down,
        )

    def length(self, value: float) -> float:
        across, down = self._factors
        return value * (across * down) ** 0.5

    def box(self, box: Box) -> Box:
        left, top = (round(value) for value in self.point(box.x, box.y))
        right, bottom = (round(value) for value in self.point(box.right, box.bottom))
        return Box(left, top, max(right - left, 1), max(bottom - top, 1))

    def mask(self, mask: Mask) -> Mask:
        if not self.is_scaled:
            return mask.moved(*self.shift)
        box = self.box(mask.box)
        rows = np.arange(box.height) * mask.box.height // box.height
        columns = np.arange(box.width) * mask.box.width // box.width
        return Mask.from_array(mask.crop()[np.ix_(rows, columns)], x=box.x, y=box.y)

    @property
    def _factors(self) -> tuple[float, float]:
        return self.target.width / self.source.width, self.target.height / self.source.height


def way_of(source: Box, area: int, mask: Mask) -> Way:
    """How a layer was moved or scaled since its mask was applied.

    What was only painted or cut has not moved: one of two opposite sides is where it was, or both
    went the same way.

    Args:
        source: Box of the mask that was applied, not empty.
        area: Its pixels.
        mask: The layer's mask now, not empty.
    """
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
