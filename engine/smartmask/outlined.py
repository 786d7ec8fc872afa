"""A thing that was drawn round is meant with all that the line encloses.

Who draws an outline tells more than who strokes over a thing, but as pixels it is a thin ring, and
the model looks for something that lies along it. So a line that closes, or nearly does, is filled
up to its middle, which is where the hand meant the edge to run; from there on it is paint whose
edge is the thing's (`painted`). On held-out outlines (`eval smartmask --kinds outline`) IoU is
higher by about 0.2 for it. Ours.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import BoolArray, Mask
from engine.smartmask.grid import on_grid, resized

ENCLOSED = 0.25
"""What a line must enclose at least, in shares of its own area, to be an outline. Of 720 things
that were painted over and 720 strokes none encloses as much, of 720 outlines 9 in 10 do."""
SPANS = 0.6
"""Share of the line's width and height that what it encloses must have: a loop is no outline."""
GAPS = (0.0, 0.05, 0.1, 0.15, 0.2)
"""Gaps that a line may have, as shares of its longer side; the narrowest that closes it counts."""
_GRID = 384
"""Longest side of the grid that this is looked at on."""
_THIN = 0.2
"""Of a cell that a line covers, so that thin ones are not lost."""


def meant(guidance: Guidance, canvas: Box) -> Guidance:
    """The guidance with what its scribble was drawn round, where that is an outline."""
    if guidance.scribble is None or guidance.outlined:
        return guidance
    whole = filled(guidance.scribble.clipped(canvas))
    if whole is None:
        return guidance
    return Guidance(mode=GuidanceMode.SCRIBBLE, scribble=whole, outlined=True)


@lru_cache(maxsize=8)
def filled(drawn: Mask) -> Mask | None:
    """What a closed line was drawn round; None where it is anything else."""
    if drawn.is_empty:
        return None
    line = on_grid(drawn, drawn.box, _GRID, least=_THIN, finest=1)
    inside = _drawn_round(line)
    if inside is None:
        return None
    width = 2 * float(_distance_to(~np.pad(line, 1)).max())
    near = _distance_to(inside)
    # What of the line leads away from what it encloses is a tail, or a whisker.
    whole = (near <= width / 2) | (line & (near > width + 2))
    box = drawn.box
    return Mask.from_array(resized(whole, (box.height, box.width)), x=box.x, y=box.y)


def _drawn_round(line: BoolArray) -> BoolArray | None:
    for gap in GAPS:
        inside = enclosed(line, gap=gap)
        if inside.sum() < ENCLOSED * line.sum() or not inside.any():
            continue
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        spans = np.ptp(rows) / line.shape[0], np.ptp(columns) / line.shape[1]
        if min(spans) >= SPANS:
            return inside
    return None


def enclosed(line: BoolArray, *, gap: float) -> BoolArray:
    """What lies inside a line that is closed but for such a gap, bool (rows, columns).

    Nothing where all that is inside is narrower than the gap.

    Args:
        line: bool (rows, columns).
        gap: As a share of the longer side.
    """
    import cv2

    reach = gap / 2 * max(line.shape)
    edge = int(reach) + 2
    cells = np.pad(line, edge)
    # A line that is as broad as the gap has none; what is left of its inside is the core.
    far = _distance_to(cells) > reach
    _, regions = cv2.connectedComponents(far.astype(np.uint8), connectivity=4)
    core = far & (regions != regions[0, 0])
    if not core.any():
        return np.zeros_like(line)
    # Inside is what lies nearer to the core than to the outside, by ways that do not cross the
    # line: narrow parts hang together with the core, and the gap is parted in its middle.
    sides = np.where(core, 1, np.where(far, 2, 0)).astype(np.int32)
    walls = np.repeat(np.where(cells, 255, 0).astype(np.uint8)[..., None], 3, axis=2)
    inside = (cv2.watershed(walls, sides) == 1) & ~cells
    return inside[edge:-edge, edge:-edge]


def _distance_to(cells: BoolArray) -> NDArray[np.float32]:
    """Of each cell to the next of those, in cells."""
    import cv2

    found = cv2.distanceTransform((~cells).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(found, np.float32)
