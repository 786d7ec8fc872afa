"""From flat segments to ordered, amodal layers: pure array work, no model.

A panoptic model says what each pixel shows. A layout wants whole objects, far ones first. What
is hidden cannot be seen, but much of it can be told: the meadow goes on behind the cow, and the
two halves of a bench are one bench behind the man that sits on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.layout.layer import Layer, Provenance
from engine.layout.mask import BoolArray, Mask
from engine.segment.names import ClassName

SPECK_SHARE = 0.0004
"""Of the photo; a smaller part is noise, unless it is all there is of a thing twice that size."""
SMALLEST_SHARE = 0.0006
"""Of the photo; a smaller segment makes no layer."""
CONTAINED_SHARE = 0.85
"""Of a segment's area inside another's outline: it lies on it or hangs before it."""
SAME_BASE = 0.015
"""Of the photo's height; of two feet that differ by less, the smaller thing is nearer."""
ACROSS = 3.0
"""A backdrop goes on behind things along rows rather than along columns, as horizons do."""

_BACKDROP_ORDER = (
    ("sky", "heavens"),
    ("ceiling", "wall", "backdrop", "background"),
    ("mountain", "hill", "cliff", "skyline"),
    ("forest", "woods"),
    ("sea", "ocean", "water", "lake", "river"),
)
"""Far to near; everything else that is a backdrop is ground and comes last."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment of a panoptic map.

    Attributes:
        visible: bool (height, width), no pixel shared with another segment.
        score: Of the model, 0..1.
    """

    name: ClassName
    visible: BoolArray
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A segment in its depth order, with what can be told of its hidden parts."""

    name: ClassName
    amodal: BoolArray
    score: float


def arrange(segments: Sequence[Segment]) -> list[Placed]:
    """Clean the segments, order them from far to near, and complete what is hidden.

    Backdrops come first (sky, walls, mountains, water, ground) and fill the holes that things
    leave in them. Of two things the one with the lower base is nearer, and one inside another's
    outline is nearer than that.
    """
    kept = [clean for segment in segments if (clean := _cleaned(segment)) is not None]
    if not kept:
        return []
    backdrops = sorted((s for s in kept if s.name.is_backdrop), key=_backdrop_key)
    things = _things_far_to_near([s for s in kept if not s.name.is_backdrop])
    filled = _filled_backdrops(backdrops)
    return [
        *(Placed(s.name, mask, s.score) for s, mask in zip(backdrops, filled, strict=True)),
        *_completed(things),
    ]


def layers_of(
    placed: Sequence[Placed], *, size: tuple[int, int], provenance: Provenance
) -> tuple[Layer, ...]:
    """Layers of a canvas of `size` (width, height), masks scaled to it if they differ."""
    return tuple(
        Layer(
            label=item.name.label,
            ade_class=item.name.ade_class,
            mask=Mask.from_array(scaled(item.amodal, size)),
            provenance=replace(
                provenance, request={**provenance.request, "score": round(item.score, 4)}
            ),
        )
        for item in placed
    )


def scaled(mask: BoolArray, size: tuple[int, int]) -> BoolArray:
    """The mask at (width, height), its outline smooth."""
    height, width = mask.shape
    if (width, height) == size:
        return mask
    shrinks = size[0] < width or size[1] < height
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    large = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=way)
    return large >= 128


def _cleaned(segment: Segment) -> Segment | None:
    """The segment without specks, None where nothing of use is left."""
    mask = segment.visible
    if mask.sum() < SMALLEST_SHARE * mask.size:
        return None
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    least = min(SPECK_SHARE * mask.size, float(areas.max()))
    keep = np.zeros(count, bool)
    keep[1:] = areas >= least
    return replace(segment, visible=keep[np.asarray(parts, np.intp)])


def parted(segment: Segment) -> list[Segment]:
    """The parts of a counted segment that do not touch, specks left out; a backdrop stays one."""
    if segment.name.is_stuff or segment.name.is_backdrop:
        return [segment]
    clean = _cleaned(segment)
    if clean is None:
        return []
    # A gap of two pixels, as thin as what a nearer twig leaves, parts nothing.
    near = cv2.dilate(clean.visible.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, parts = cv2.connectedComponents(near)
    masks = (clean.visible & (parts == number) for number in range(1, count))
    return [replace(segment, visible=mask) for mask in masks]


def _backdrop_key(segment: Segment) -> tuple[int, float]:
    words = set(segment.name.label.split())
    ranks = (rank for rank, names in enumerate(_BACKDROP_ORDER) if words & set(names))
    return next(ranks, len(_BACKDROP_ORDER)), _middle_row(segment.visible)


def _middle_row(mask: BoolArray) -> float:
    rows = mask.sum(axis=1)
    return float((rows * np.arange(len(rows))).sum() / max(rows.sum(), 1))


def _filled_backdrops(backdrops: Sequence[Segment]) -> list[BoolArray]:
    """Each backdrop with the pixels of things and gaps that are nearest to it.

    Distance along a column counts ACROSS times, so that a horizon goes on straight behind a
    person. Where there is any backdrop, no pixel of the photo stays without one.
    """
    if not backdrops:
        return []
    ids = np.zeros(backdrops[0].visible.shape, np.uint16)
    for number, segment in enumerate(backdrops, 1):
        ids[segment.visible] = number
    found = ndimage.distance_transform_edt(
        ids == 0, sampling=(ACROSS, 1.0), return_distances=False, return_indices=True
    )
    rows, columns = np.asarray(found, np.intp)
    whole = ids[rows, columns]
    return [whole == number for number in range(1, len(backdrops) + 1)]


def _base(mask: BoolArray) -> int:
    return int(np.flatnonzero(mask.any(axis=1))[-1])


def _things_far_to_near(things: Sequence[Segment]) -> list[Segment]:
    if len(things) < 2:
        return list(things)
    height = things[0].visible.shape[0]
    bases = [_base(s.visible) for s in things]
    areas = [int(s.visible.sum()) for s in things]
    step = max(1, math.ceil(SAME_BASE * height))
    order = sorted(range(len(things)), key=lambda k: (bases[k] // step, -areas[k], bases[k], k))
    hulls = [hull(s.visible) for s in things]
    for outer in sorted(range(len(things)), key=lambda k: -areas[k]):
        inside = [
            inner
            for inner in order[: order.index(outer)]
            if areas[inner] < areas[outer]
            and (things[inner].visible & hulls[outer]).sum() >= CONTAINED_SHARE * areas[inner]
        ]
        order = [k for k in order if k not in inside]
        place = order.index(outer) + 1
        order[place:place] = inside
    return [things[k] for k in order]


def _completed(things: Sequence[Segment]) -> list[Placed]:
    """Things with their own outline's part that nearer things hide."""
    placed: list[Placed] = []
    nearer = np.zeros(things[0].visible.shape, bool) if things else np.zeros((0, 0), bool)
    for segment in reversed(things):
        mask = segment.visible
        hidden = hull(mask) & nearer
        whole = np.asarray(ndimage.binary_fill_holes(mask | hidden), bool) & (mask | nearer)
        placed.append(Placed(segment.name, whole, segment.score))
        nearer = nearer | mask
    return placed[::-1]


def hull(mask: BoolArray) -> NDArray[np.bool_]:
    """The convex hull of a mask, bool of the same shape."""
    points = cv2.findNonZero(mask.astype(np.uint8))
    out = np.zeros(mask.shape, np.uint8)
    if points is not None:
        cv2.fillConvexPoly(out, cv2.convexHull(points), 1)
    return out.astype(bool)
