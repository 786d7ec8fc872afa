"""From sampled masks to suggestions: clean, find duplicates, rank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import EMPTY_MASK, BoolArray, Mask

SPECK_SHARE = 0.02
"""Parts under this share of the largest part are specks."""
PINHOLE_SHARE = 0.004
"""Holes under this share of the silhouette are pinholes."""
MIN_CANVAS_SHARE = 0.0002
"""A mask with less of the canvas than this is no suggestion, unless a small place was given."""
MIN_PLACE_SHARE = 0.05
"""Where a place was given, a mask is one from this share of the place on."""
DUPLICATE_IOU = 0.9
_CELLS = 64
"""Side of the frame in which many masks are compared with each other."""


def least_area(guidance: Guidance, canvas: Box) -> float:
    """Pixels on the canvas from which on a mask is a suggestion.

    Who gives a place of a few pixels wants an object of a few pixels.
    """
    least = max(4.0, MIN_CANVAS_SHARE * canvas.area)
    place = guidance.box or (guidance.scribble.box if guidance.scribble else None)
    if place is not None:
        least = min(least, MIN_PLACE_SHARE * place.area)
    elif guidance.spread is not None:
        least = min(least, MIN_PLACE_SHARE * guidance.spread**2)
    return max(least, 1.0)


def clean(mask: Mask, canvas: Box, *, least: float = 4) -> Mask:
    """Without specks and pinholes; empty with fewer than `least` pixels on the canvas."""
    crop = mask.crop()
    if not crop.any():
        return EMPTY_MASK
    crop = _without_small_parts(crop, share=SPECK_SHARE, of_largest=True)
    padded = np.pad(~crop, 1, constant_values=True)
    holes = _without_small_parts(padded, share=PINHOLE_SHARE * crop.sum() / padded.sum())
    tidy = Mask.from_array(~holes[1:-1, 1:-1], x=mask.box.x, y=mask.box.y)
    return tidy if tidy.clipped(canvas).area >= least else EMPTY_MASK


def _without_small_parts(array: BoolArray, *, share: float, of_largest: bool = False) -> BoolArray:
    """Drop connected parts smaller than `share` of the largest one, or of all set pixels."""
    import cv2

    count, parts, stats, _ = cv2.connectedComponentsWithStats(
        array.view(np.uint8), connectivity=8 if of_largest else 4
    )
    if count <= 1:
        return array
    areas = stats[1:, cv2.CC_STAT_AREA]
    limit = share * (areas.max() if of_largest else areas.sum())
    keep = np.concatenate(([False], areas >= limit))
    # Mostly there is nothing to drop, and picking pixel by pixel takes long on large canvases.
    return array if keep[1:].all() else keep[np.asarray(parts, np.int32)]


def iou(first: Mask, second: Mask) -> float:
    """Intersection over union of two masks, 0 when they do not meet."""
    common = first.box.intersection(second.box)
    if common.is_empty:
        return 0.0
    both = int((first.within(common) & second.within(common)).sum())
    return both / (first.area + second.area - both)


def agreement(mask: Mask, guidance: Guidance, canvas: Box) -> float:
    """How well a mask keeps to the guidance, 0..1; 1 in free mode."""
    area = mask.area
    if area == 0:
        return 0.0
    match guidance.mode:
        case GuidanceMode.FREE:
            return 1.0
        case GuidanceMode.BOX:
            assert guidance.box is not None
            inside = int(mask.within(guidance.box).sum()) / area
            common = mask.box.intersection(guidance.box).area
            return inside * common / max(mask.box.union(guidance.box).area, 1)
        case GuidanceMode.POINT:
            assert guidance.point is not None
            box = mask.box
            dx = (guidance.point[0] - box.x) / max(box.width, 1) - 0.5
            dy = (guidance.point[1] - box.y) / max(box.height, 1) - 0.5
            # Up to half the box away is beside the click, farther is elsewhere.
            return float(np.clip(1.5 - 2 * max(abs(dx), abs(dy)), 0, 1))
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            drawn = guidance.scribble
            common = mask.box.intersection(drawn.box)
            if common.is_empty:
                return 0.0
            both = int((mask.within(common) & drawn.within(common)).sum())
            boxes = common.area / max(mask.box.union(drawn.box).area, 1)
            return 0.5 * both / min(area, drawn.area) + 0.5 * boxes


def on_canvas_share(mask: Mask, canvas: Box) -> float:
    """Share of the silhouette that lies on the canvas, 0..1."""
    area = mask.area
    return int(mask.within(canvas.intersection(mask.box)).sum()) / area if area else 0.0


def representatives(masks: Sequence[Mask], count: int, worth: Sequence[float]) -> list[int]:
    """Indices of the `count` masks that stand for all of them best, the most typical one first.

    Each next one is that with which the masks are nearest, on average, to one of those taken
    (greedy facility location with IoU as nearness): so the first few of them are the best few for
    any smaller count. What was drawn often counts as likely, so this is also a guess at which
    masks come nearest to the one that is wanted. Masks of less than the usual worth count as likely
    too, but come after the others; near-twins of those taken come after these, empty masks last.
    """
    usable = [k for k, mask in enumerate(masks) if not mask.is_empty]
    empty = [k for k, mask in enumerate(masks) if mask.is_empty]
    near = _nearness([masks[k] for k in usable])
    worths = np.array([worth[k] for k in usable])
    poor = worths < np.median(worths) if usable else worths > 0
    reached = np.zeros(len(usable), np.float32)
    taken: list[int] = []
    while len(taken) < min(count, len(usable)):
        gains = np.maximum(near, reached).sum(axis=1)
        gains[poor] -= len(usable)
        gains[(near[taken] > DUPLICATE_IOU).any(axis=0)] -= 2 * len(usable)
        gains[taken] = -np.inf
        taken.append(int(gains.argmax()))
        reached = np.maximum(reached, near[taken[-1]])
    return [*(usable[k] for k in taken), *empty][:count]


def _nearness(masks: Sequence[Mask]) -> NDArray[np.float32]:
    """IoU of every pair, (N, N), of their shares of the cells of a frame around all."""
    import cv2

    if not masks:
        return np.zeros((0, 0), np.float32)
    frame = masks[0].box
    for mask in masks[1:]:
        frame = frame.union(mask.box)
    # On a large canvas every few pixels tell enough, in a tenth of the time.
    step = max(1, min(frame.width, frame.height) // (4 * _CELLS))
    cells = np.stack(
        [
            cv2.resize(
                mask.within(frame)[::step, ::step].astype(np.float32),
                (_CELLS, _CELLS),
                interpolation=cv2.INTER_AREA,
            ).ravel()
            for mask in masks
        ]
    )
    both = np.stack([np.minimum(cells, row).sum(axis=1) for row in cells])
    areas = cells.sum(axis=1)
    return both / np.maximum(areas[:, None] + areas[None] - both, 1e-6)


def duplicates(masks: list[Mask], order: list[int]) -> dict[int, int]:
    """Index of a mask -> index of a better-ranked one that is nearly the same."""
    kept: list[int] = []
    found: dict[int, int] = {}
    for index in order:
        if masks[index].is_empty:
            continue
        twin = next((k for k in kept if iou(masks[k], masks[index]) > DUPLICATE_IOU), None)
        if twin is None:
            kept.append(index)
        else:
            found[index] = twin
    return found
