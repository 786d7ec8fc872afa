"""A thing that was drawn round is meant with all that the line encloses.

Who draws an outline tells more than who strokes over a thing, but as pixels it is a thin ring, and
the model looks for something that lies along it. So a line that closes, or nearly does, is filled
up to its middle, which is where the hand meant the edge to run; from there on it is paint whose
edge is the thing's (`painted`). At the canvas' edge, where nothing can be drawn, that edge closes
it. On held-out outlines (`eval smartmask --kinds outline`) IoU comes to 0.81 to 0.87. Ours.
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
"""What a line must enclose at least, in shares of its own area, to be an outline. Of 1,440 things
that were painted over and 1,440 strokes none is taken for one, of 1,440 outlines 97 in 100 are."""
SPANS = 0.6
"""Share of the line's width and height that what it encloses must have: a loop is no outline."""
GAPS = (0.0, 0.05, 0.1)
"""Gaps that a line may have, as shares of its longer side; the narrowest that closes it counts."""
_BESIDE = 3
"""Cells from what is inside within which the line begins: the watershed keeps one for itself."""
_GRID = 384
"""Longest side of the grid that this is looked at on."""


def meant(guidance: Guidance, canvas: Box) -> Guidance:
    """The guidance with what its scribble was drawn round, where that is an outline."""
    if guidance.scribble is None or guidance.outlined:
        return guidance
    whole = filled(guidance.scribble, canvas)
    if whole is None:
        return guidance
    return Guidance(mode=GuidanceMode.SCRIBBLE, scribble=whole, outlined=True)


@lru_cache(maxsize=2)
def filled(drawn: Mask, canvas: Box) -> Mask | None:
    """What a closed line was drawn round; None where it is anything else."""
    drawn = drawn.clipped(canvas)
    if drawn.is_empty:
        return None
    box = drawn.box
    whole = _whole(_line(drawn), _sides_at_edge(box, canvas))
    if whole is None:
        return None
    return Mask.from_array(resized(whole, (box.height, box.width)), x=box.x, y=box.y)


@lru_cache(maxsize=2)
def enclosed_part(drawn: Mask, canvas: Box) -> Mask | None:
    """Of `filled` what was not drawn over, for it to be shown."""
    whole = filled(drawn, canvas)
    return None if whole is None else whole.minus(drawn)


def _line(drawn: Mask) -> BoolArray:
    """On the grid, where no part of a line is too thin to be seen."""
    box = drawn.box
    if max(box.width, box.height) <= 8 * _GRID:
        return on_grid(drawn, box, _GRID, least=0, finest=1)
    # Of a huge canvas eight by eight pixels at once, which lie in one byte a row.
    rows = np.arange(0, box.height, 8)
    scale = _GRID / max(box.width, box.height)
    shape = max(1, round(box.height * scale)), max(1, round(box.width * scale))
    return resized(np.bitwise_or.reduceat(drawn.rows, rows, axis=0) > 0, shape, least=0, finest=1)


def _sides_at_edge(box: Box, canvas: Box) -> tuple[bool, bool, bool, bool]:
    """Left, top, right, bottom."""
    return (
        box.x <= canvas.x,
        box.y <= canvas.y,
        box.right >= canvas.right,
        box.bottom >= canvas.bottom,
    )


def _whole(line: BoolArray, at_edge: tuple[bool, bool, bool, bool]) -> BoolArray | None:
    import cv2

    walled = _walled(line, at_edge)
    for gap in GAPS:
        inside = enclosed(walled, gap=gap)[1:-1, 1:-1]
        _, parts = cv2.connectedComponents(line.astype(np.uint8), connectivity=8)
        near = _distance_to(inside)
        own = line & np.isin(parts, np.unique(parts[line & (near < _BESIDE)]))
        if not own.any():
            continue
        width = _width(own)
        if inside.sum() >= ENCLOSED * own.sum() and _spans(inside, own, width=width):
            break
    else:
        return None
    whole = (near <= width / 2) & (inside | own)
    # What leads farther away than corners do is a tail, or a whisker, and hangs together with it.
    away = line & (near > 1.5 * width + 2)
    if away.any():
        whole |= line & (_distance_to(away) <= width + 3)
    return whole | enclosed(whole, gap=0)


def _walled(line: BoolArray, at_edge: tuple[bool, bool, bool, bool]) -> BoolArray:
    """The line in a frame of a cell, closed there where it meets the same edge of the canvas more
    than once."""
    walled = np.pad(line, 1)
    left, top, right, bottom = at_edge
    for there, met, wall in (
        (left, line[:, 0], walled[1:-1, 0]),
        (top, line[0], walled[0, 1:-1]),
        (right, line[:, -1], walled[1:-1, -1]),
        (bottom, line[-1], walled[-1, 1:-1]),
    ):
        ends = np.flatnonzero(met)
        if there and (np.diff(ends) > 1).any():
            wall[ends[0] : ends[-1] + 1] = True
    return walled


def _width(line: BoolArray) -> float:
    """Of most of a line, in cells; blots do not count."""
    import cv2

    depth = _distance_to(~np.pad(line, 1))
    ridge = (depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    return 2 * float(np.median(depth[ridge]))


def _spans(inside: BoolArray, line: BoolArray, *, width: float) -> bool:
    """Whether what is inside is about as wide and as high as the line that it lies in."""
    for axis in (0, 1):
        of_inside, of_line = (np.ptp(np.flatnonzero(a.any(axis))) + 1 for a in (inside, line))
        if of_inside + width < SPANS * of_line:
            return False
    return True


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
