"""Suggestions for a thing that was stroked over cover the stroke.

Who draws a stroke says "the thing is here", and means all of the stroke: of what hands stroke over,
nine tenths lie on the thing, and of a sample's first placing a seventh of that is missed. So first
the sample is moved and scaled a little, to where it covers the stroke best, which leaves its shape
alone; then, where the middle of the stroke still lies outside (a tail, an arm that the sample does
not have), the stroke itself is joined to it. On held-out strokes (`eval smartmask --kinds stroke`)
IoU is higher by 0.01 to 0.05 for it, and things are recognised as often. What is painted over
instead, edge and all, is drawn to the outline that the paint tells (`painted`). Ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.smartmask.brush import is_painted_over
from engine.smartmask.grid import on_grid, resized

SCALES = (1.0, 0.85, 1.18)
"""By which a sample is tried, about the middle of its box."""
SHIFTS = (0.0, -0.06, 0.06, -0.12, 0.12)
"""The same as shares of its box, across and down."""
PER_SCALE, PER_SHIFT, PER_SIZE = 0.15, 0.15, 0.1
"""What a change costs, in shares of the stroke that are covered: for each unit of log scale, of
shift, and of what the sample would be as a share of its size before."""
MIDDLE = 0.5
"""Of the stroke's half width from which on its depth is taken for its middle."""
LEAST_WIDTH = 0.04
"""Half width of a stroke that is joined, in shares of the root of the sample's area: a thinner one
says where the thing is, but is no part of it that one would want to see."""
_GRID = 96
"""Longest side of the grid that places are compared on."""
_FINE = 768
"""Longest side of the grid that the stroke's middle is looked for on."""
_THIN = 0.2
"""Of a cell that a stroke covers, so that thin ones are not lost."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """Attributes:
    drawn: What was drawn, on the canvas.
    depth: How deep each pixel of `drawn.box` lies in it, in cells of the grid.
    """

    drawn: Mask
    depth: NDArray[np.float32]

    @property
    def half_width(self) -> float:
        """Of its widest part, in pixels of the canvas."""
        return float(self.depth.max()) * self.drawn.box.width / self.depth.shape[1]


def stroke_of(guidance: Guidance, canvas: Box) -> Stroke | None:
    """None without a scribble on the canvas, and where it covers a thing with its outline."""
    import cv2

    if guidance.scribble is None or guidance.outlined:
        return None
    drawn = guidance.scribble.clipped(canvas)
    if drawn.is_empty or is_painted_over(drawn.on_canvas(canvas.width, canvas.height)):
        return None
    cells = np.pad(on_grid(drawn, drawn.box, _FINE, least=_THIN, finest=1), 1).astype(np.uint8)
    depth = cv2.distanceTransform(cells, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return Stroke(drawn=drawn, depth=np.asarray(depth, np.float32))


def covering(mask: Mask, box: Box, stroke: Stroke) -> Box:
    """`box` moved and scaled so that the mask that fills it covers the stroke best.

    Args:
        mask: The sample as it was placed in `box`; it may be cut far off the canvas.
    """
    import cv2

    if mask.is_empty:
        return box
    reach = mask.box.union(stroke.drawn.box)
    margin = max(mask.box.width, mask.box.height) // 4 + 1
    frame = Box(
        reach.x - margin, reach.y - margin, reach.width + 2 * margin, reach.height + 2 * margin
    )
    own = on_grid(mask, frame, _GRID).astype(np.uint8)
    drawn = on_grid(stroke.drawn, frame, _GRID, least=_THIN, finest=stroke.half_width)
    if not own.any() or not drawn.any():
        return box
    side = own.shape[1] / frame.width
    middle_x = (box.x + box.width / 2 - frame.x) * side
    middle_y = (box.y + box.height / 2 - frame.y) * side
    best, found = -np.inf, (1.0, 0.0, 0.0)
    for scale, right, down in product(SCALES, SHIFTS, SHIFTS):
        to = np.array(
            [
                [scale, 0, middle_x * (1 - scale) + right * box.width * side],
                [0, scale, middle_y * (1 - scale) + down * box.height * side],
            ]
        )
        there = cv2.warpAffine(own, to, own.shape[::-1], flags=cv2.INTER_NEAREST) > 0
        worth = (
            float(there[drawn].mean())
            - PER_SCALE * abs(np.log(scale))
            - PER_SHIFT * (abs(right) + abs(down))
            - PER_SIZE * scale**2
        )
        if worth > best:
            best, found = worth, (scale, right, down)
    return _changed(box, *found)


def _changed(box: Box, scale: float, right: float, down: float) -> Box:
    if (scale, right, down) == (1.0, 0.0, 0.0):
        return box
    width, height = max(round(box.width * scale), 1), max(round(box.height * scale), 1)
    middle_x = box.x + box.width * (0.5 + right)
    middle_y = box.y + box.height * (0.5 + down)
    return Box(round(middle_x - width / 2), round(middle_y - height / 2), width, height)


def joined(mask: Mask, stroke: Stroke) -> Mask:
    """The mask and as much of the stroke as lies about those parts of its middle that it misses."""
    import cv2

    if mask.is_empty:
        return mask
    box = stroke.drawn.box
    width = float(stroke.depth.max())
    if stroke.half_width < LEAST_WIDTH * mask.area**0.5:
        return mask
    own = resized(mask.within(box), stroke.depth.shape)
    missed = (stroke.depth > MIDDLE * width) & ~own
    if not missed.any():
        return mask
    near = cv2.distanceTransform((~missed).astype(np.uint8), cv2.DIST_L2, 5) <= width
    part = stroke.drawn.crop() & resized(near, (box.height, box.width))
    return mask.union(Mask.from_array(part, x=box.x, y=box.y))
