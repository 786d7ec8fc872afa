"""What is measured on the samples of one request; shares and IoUs are 0..1."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from engine.evaluation.bank import ShapeBank
from engine.evaluation.cases import Case
from engine.evaluation.silhouette import SilhouetteClassifier
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import BoolArray, Mask

BEST_OF = 8
_MIN_SHARE, _MAX_SHARE = 0.0005, 0.95
_EDGE_SHARE = 0.02

Scores = dict[str, float]
"""Metric name -> value; a metric that does not apply is left out."""

METRICS = {
    "iou": "IoU with the truth, mean of the samples",
    "best8": "IoU with the truth, best of the first 8 samples",
    "first": "IoU with the truth of the sample shown first",
    "box_iou": "IoU of the boxes, mean",
    "edge_f": "boundary F-score, tolerance 2 % of the true box's diagonal, mean",
    "inside": "share inside the guidance",
    "diversity": "1 - mean pairwise IoU of the samples",
    "valid": "share of usable masks",
    "top1": "recognised as its class by the silhouette classifier",
    "top5": "class among the classifier's first five",
    "real_top1": "the same of the true silhouettes",
    "real_top5": "the same of the true silhouettes",
    "nearest": "IoU with the nearest training shape of the class, both in their own boxes",
    "real_nearest": "the same of the true silhouettes",
}


def score(
    masks: Sequence[Mask],
    *,
    case: Case,
    guidance: Guidance,
    bank: ShapeBank | None = None,
    classifier: SilhouetteClassifier | None = None,
    shown_first: Mask | None = None,
) -> Scores:
    """All figures of one request's samples.

    Args:
        masks: In the order of seeds, so "best of 8" means the first eight.
        bank: Training shapes for "nearest"; left out when it has none of the class.
        classifier: For recognisability, where it knows the class and the truth is photographic.
        shown_first: The best-ranked sample; the first one when not given.
    """
    if not masks:
        raise ValueError("no masks to score")
    canvas, truth = case.layout.canvas, case.truth
    ious = [iou(mask, truth) for mask in masks]
    scores: Scores = {
        "iou": float(np.mean(ious)),
        "best8": max(ious[:BEST_OF]),
        "first": iou(shown_first, truth) if shown_first is not None else ious[0],
        "box_iou": float(np.mean([box_iou(mask.box, truth.box) for mask in masks])),
        "edge_f": float(np.mean([edge_f(mask, truth) for mask in masks])),
        "valid": float(np.mean([is_valid(mask, canvas) for mask in masks])),
    }
    if guidance.mode is not GuidanceMode.FREE:
        scores["inside"] = float(np.mean([inside(mask, guidance) for mask in masks]))
    if len(masks) > 1:
        scores["diversity"] = diversity(masks[:BEST_OF])
    if classifier is not None and case.natural and case.label in classifier.labels:
        scores |= _recognised(masks, case, classifier)
    if bank is not None and case.label in bank:
        kept = [mask for mask in masks if not mask.is_empty]
        if kept:
            scores["nearest"] = float(np.mean(bank.nearest(case.label, [m.crop() for m in kept])))
            scores["real_nearest"] = float(bank.nearest(case.label, [truth.crop()])[0])
    return scores


def iou(first: Mask, second: Mask) -> float:
    """Intersection over union; two empty masks have 0."""
    both = first.overlap(second) if not first.is_empty and not second.is_empty else 0
    either = first.area + second.area - both
    return both / either if either else 0.0


def box_iou(first: Box, second: Box) -> float:
    both = first.intersection(second).area
    either = first.area + second.area - both
    return both / either if either else 0.0


def edge_f(mask: Mask, truth: Mask) -> float:
    """F-score of the outlines (Csurka et al. 2013): what lies near the other one counts."""
    if mask.is_empty or truth.is_empty:
        return 0.0
    radius = max(1, round(_EDGE_SHARE * float(np.hypot(truth.box.width, truth.box.height))))
    union = mask.box.union(truth.box)
    area = Box(
        union.x - radius - 1,
        union.y - radius - 1,
        union.width + 2 * radius + 2,
        union.height + 2 * radius + 2,
    )
    if area.area > 50_000_000:
        return 0.0  # so far apart that nothing can be near
    size = 2 * radius + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    edges = [_edge(m.within(area)) for m in (mask, truth)]
    near = [cv2.dilate(edge.astype(np.uint8), disc) > 0 for edge in edges]
    precision = float((edges[0] & near[1]).sum() / edges[0].sum())
    recall = float((edges[1] & near[0]).sum() / edges[1].sum())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _edge(bits: BoolArray) -> BoolArray:
    core = cv2.erode(bits.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return bits & (core == 0)


def inside(mask: Mask, guidance: Guidance) -> float:
    """How well a mask keeps to its guidance.

    Box: share of the mask inside it. Point: 1 if the click lies in the mask's box. Scribble: the
    common part as a share of the smaller of the two, so a stroke must be covered and a generous
    painting-over must cover.
    """
    if mask.is_empty:
        return 0.0
    match guidance.mode:
        case GuidanceMode.BOX:
            assert guidance.box is not None
            return mask.clipped(guidance.box).area / mask.area
        case GuidanceMode.POINT:
            assert guidance.point is not None
            x, y = guidance.point
            box = mask.box
            return float(box.x <= x < box.right and box.y <= y < box.bottom)
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            drawn = guidance.scribble
            return mask.overlap(drawn) / min(mask.area, drawn.area)
        case GuidanceMode.FREE:
            raise ValueError("free guidance has no inside")


def diversity(masks: Sequence[Mask]) -> float:
    """1 - mean pairwise IoU; empty masks are left out, fewer than two others have none."""
    kept = [mask for mask in masks if not mask.is_empty]
    if len(kept) < 2:
        return 0.0
    return 1 - float(np.mean([iou(a, b) for a, b in combinations(kept, 2)]))


def is_valid(mask: Mask, canvas: Box) -> bool:
    """Usable: mostly on the canvas, neither a speck nor everything, mostly one piece."""
    if mask.is_empty:
        return False
    seen = mask.clipped(canvas).area
    if seen < 0.5 * mask.area or not _MIN_SHARE <= seen / canvas.area <= _MAX_SHARE:
        return False
    crop = mask.crop().astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(crop, connectivity=8)[2]
    return bool(stats[1:, cv2.CC_STAT_AREA].max() >= 0.8 * mask.area)


def _recognised(masks: Sequence[Mask], case: Case, classifier: SilhouetteClassifier) -> Scores:
    label = classifier.labels.index(case.label)
    found = classifier.probabilities([m.crop() for m in (*masks, case.truth)])
    ranks = (found > found[:, label : label + 1]).sum(1)
    # An empty mask has the same probability for every class: it shows nothing.
    ranks[found.max(1) == 0] = len(classifier.labels)
    return {
        "top1": float((ranks[:-1] < 1).mean()),
        "top5": float((ranks[:-1] < 5).mean()),
        "real_top1": float(ranks[-1] < 1),
        "real_top5": float(ranks[-1] < 5),
    }
