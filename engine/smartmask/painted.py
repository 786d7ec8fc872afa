"""Suggestions for a thing that was painted over are drawn to the outline that the paint tells.

The small model reads a scribble through a code of the whole shape, which keeps what it is and
loses where exactly its edge runs. But who paints a thing over tells the edge: it lies about the
brush's radius inside the paint. So the edge of each sample is moved most of the way to that one.
How wide the brush was, the paint tells by its corners (`brush`), too wide for smooth things, and
the sample by its size: the middle of both, drawn a little towards a usual brush, is nearer to the
truth than any of them. On held-out paintings-over (`eval smartmask --kinds dilation`) IoU is higher
by 0.03 to 0.08 for it. Strokes hardly ever look like their own core; what becomes of them says
`stroked`. Who draws an outline tells the edge itself (`outlined`). Ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import BoolArray, Mask
from engine.smartmask.brush import brush_radius, is_painted_over
from engine.smartmask.grid import on_grid

WIDEST = 1.5
"""Of the sample's radius that the paint's may have: smooth things look as if painted broadly."""
SHARE = 0.7
"""Of the way from a sample's edge to that of the paint."""
OUTLINED_SHARE = 0.85
"""The same to an outline, which tells the edge itself."""
USUAL, USUAL_SHARE = 0.05, 0.25
"""Radius of a brush that things are painted over with, as a share of the canvas' longer side, and
how much it counts beside what the paint and the sample tell."""
AGREES, AGREES_ELSE, AGREES_OUTLINED = 0.35, 0.6, 0.2
"""IoU from which on a sample and what was painted over are taken for the same thing: where the
scribble looks like paint (`is_painted_over`), where it looks like a stroke, and where the thing was
drawn round."""
_FINE = 384
"""Longest side of the grid that edges are moved on."""
_COARSE = 3
"""Cells of that grid from one that is compared to the next."""
_MARGIN = 4
_RADII = np.linspace(0.006, 0.1, 24)
"""Of the brush, as shares of the canvas' longer side."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paint:
    """What a scribble tells of an outline.

    Lengths are in cells of a grid with the frame's proportions.

    Attributes:
        frame: Part of the canvas around the scribble.
        inside: How deep each cell lies in the paint.
        radius: Of the brush, as the paint tells.
        usual: Radius that a brush has on such a canvas.
        radii: That a brush may have.
        agrees: See AGREES.
        outlined: The paint's edge is the object's: there was no brush.
    """

    frame: Box
    inside: NDArray[np.float32]
    radius: float
    usual: float
    radii: NDArray[np.float64]
    agrees: float
    outlined: bool


def paint_of(guidance: Guidance, canvas: Box) -> Paint | None:
    """None without a scribble on the canvas."""
    if guidance.scribble is None:
        return None
    drawn = guidance.scribble.clipped(canvas)
    if drawn.is_empty:
        return None
    box = drawn.box
    margin = _MARGIN + max(box.width, box.height) // 4
    frame = Box(
        box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin
    ).intersection(canvas)
    scribble = on_grid(drawn, frame, _FINE)
    scale = scribble.shape[1] / frame.width
    inside = _depth(_continued(scribble))
    radii = _RADII * max(canvas.width, canvas.height) * scale
    radius = 0.0 if guidance.outlined else brush_radius(inside > 0, radii)
    edge = (len(inside) - len(scribble)) // 2
    return Paint(
        frame=frame,
        inside=inside[edge : edge + scribble.shape[0], edge : edge + scribble.shape[1]],
        radius=radius,
        usual=USUAL * max(canvas.width, canvas.height) * scale,
        radii=np.concatenate(([0.0], radii)),
        agrees=_agrees(guidance, drawn, canvas),
        outlined=guidance.outlined,
    )


def _agrees(guidance: Guidance, drawn: Mask, canvas: Box) -> float:
    if guidance.outlined:
        return AGREES_OUTLINED
    painted = is_painted_over(drawn.on_canvas(canvas.width, canvas.height))
    return AGREES if painted else AGREES_ELSE


def drawn_to(mask: Mask, paint: Paint, canvas: Box) -> Mask | None:
    """The mask with its edge on the canvas moved most of the way to the paint's.

    What reaches beyond the canvas stays as it is. None where the mask is something else than what
    was painted over.
    """
    import cv2

    seen = mask.clipped(canvas)
    if seen.is_empty or seen.clipped(paint.frame).is_empty:
        return None
    own = on_grid(seen, paint.frame, _FINE)
    core = paint.inside > _radius(own, paint)
    # Who paints over all there is tells no edge.
    if not core.any() or core.all() or _iou(own, core) <= paint.agrees:
        return None
    share = OUTLINED_SHARE if paint.outlined else SHARE
    field = (1 - share) * _depth(own) + share * _depth(core)
    holes = _holes(own)
    if paint.outlined and holes.any():
        # Who draws round a ring has said nothing of its hole.
        field = np.minimum(field, -_depth(holes))
    size = (paint.frame.width, paint.frame.height)
    moved = Mask.from_array(
        cv2.resize(field, size, interpolation=cv2.INTER_LINEAR) > 0,
        x=paint.frame.x,
        y=paint.frame.y,
    )
    # What a mask has on the canvas far from the paint is no part of what was painted over.
    return moved.union(mask.minus(seen))


def _holes(own: BoolArray) -> BoolArray:
    import cv2

    around = np.pad(~own, 1, constant_values=True).astype(np.uint8)
    _, parts = cv2.connectedComponents(around, connectivity=4)
    return (~own) & (parts != parts[0, 0])[1:-1, 1:-1]


def _likeliest_radius(own: BoolArray, paint: Paint) -> float:
    """Of the brush with which whoever wanted the sample would have painted so."""
    sample, inside = own[::_COARSE, ::_COARSE], paint.inside[::_COARSE, ::_COARSE]
    return max(paint.radii, key=lambda radius: _iou(sample, inside > radius))


def _radius(own: BoolArray, paint: Paint) -> float:
    """The brush's, from what paint and sample tell, and a little from what brushes usually are."""
    if paint.outlined:
        return 0.0
    likeliest = _likeliest_radius(own, paint)
    told = (min(paint.radius, WIDEST * likeliest) + likeliest) / 2
    # Who painted finely shows it in corners.
    usual = min(paint.usual, 2 * paint.radius)
    return USUAL_SHARE * usual + (1 - USUAL_SHARE) * told


def _iou(first: BoolArray, second: BoolArray) -> float:
    return int((first & second).sum()) / max(int((first | second).sum()), 1)


def _continued(scribble: BoolArray) -> BoolArray:
    """The scribble carried on beyond the edges of the canvas that it touches."""
    return np.pad(scribble, max(scribble.shape) // 3, mode="edge")


def _depth(inside: BoolArray) -> NDArray[np.float32]:
    """Signed distance to the edge between the cells, positive inside."""
    import cv2

    within = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    without = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    return np.where(inside, within - 0.5, 0.5 - without).astype(np.float32)
