"""How well segments match the truth: panoptic quality and mean IoU, pure numpy.

Panoptic quality is that of Kirillov et al. 2019: a found and a true segment of one class match
where their IoU exceeds 0.5; per class PQ = sum of their IoUs / (TP + FP/2 + FN/2), and the mean is
taken over classes that occur.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layout.mask import BoolArray

Named = Sequence[tuple[str, BoolArray]]
"""Label and mask of each segment of one picture; no pixel is in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanopticScore:
    """Of several pictures, each 0..1.

    Attributes:
        pq: Panoptic quality, mean over classes.
        sq, rq: Its two factors: how well matched segments fit, how many are matched.
        miou: Mean over classes of intersection over union of all their pixels.
        found: Share of true segments that are matched, whatever the class.
    """

    pq: float
    sq: float
    rq: float
    miou: float
    found: float
    segments: int

    def figures(self) -> dict[str, float]:
        return {
            "pq": round(self.pq, 4),
            "sq": round(self.sq, 4),
            "rq": round(self.rq, 4),
            "miou": round(self.miou, 4),
            "found": round(self.found, 4),
        }


@dataclass(slots=True)
class _Counts:
    iou: float = 0.0
    matched: int = 0
    false: int = 0
    missed: int = 0
    both: int = 0
    either: int = 0


def panoptic_score(cases: Sequence[tuple[Named, Named]]) -> PanopticScore:
    """The score of (found, true) segments of each picture.

    Pixels that no true segment has are not judged: of a found segment they are left out.
    """
    counts: dict[str, _Counts] = defaultdict(_Counts)
    located = total = 0
    for found, true in cases:
        judged = np.zeros(true[0][1].shape, bool) if true else None
        for _, mask in true:
            judged |= mask  # pyright: ignore[reportOperatorIssue]
        if judged is None:
            continue
        found = [(label, mask & judged) for label, mask in found]
        found = [(label, mask) for label, mask in found if mask.any()]
        total += len(true)
        located += sum(any(_iou(mask, other) > 0.5 for _, other in found) for _, mask in true)
        for label in {label for label, _ in (*found, *true)}:
            ours = [mask for name, mask in found if name == label]
            theirs = [mask for name, mask in true if name == label]
            _add(counts[label], ours, theirs)
    seen = [c for c in counts.values() if c.matched + c.missed > 0]
    if not seen:
        return PanopticScore(pq=0.0, sq=0.0, rq=0.0, miou=0.0, found=0.0, segments=0)
    pq = [c.iou / (c.matched + c.false / 2 + c.missed / 2) for c in seen]
    rq = [c.matched / (c.matched + c.false / 2 + c.missed / 2) for c in seen]
    matched = sum(c.matched for c in seen)
    return PanopticScore(
        pq=float(np.mean(pq)),
        sq=sum(c.iou for c in seen) / max(matched, 1),
        rq=float(np.mean(rq)),
        miou=float(np.mean([c.both / max(c.either, 1) for c in seen])),
        found=located / max(total, 1),
        segments=total,
    )


def _add(counts: _Counts, ours: list[BoolArray], theirs: list[BoolArray]) -> None:
    matched = 0
    for true in theirs:
        # Above one half a true segment has at most one partner, so no assignment is needed.
        best = max((_iou(mask, true) for mask in ours), default=0.0)
        if best > 0.5:
            matched += 1
            counts.iou += best
    counts.matched += matched
    counts.false += len(ours) - matched
    counts.missed += len(theirs) - matched
    shape = (*ours, *theirs)[0].shape
    mine, true = np.zeros(shape, bool), np.zeros(shape, bool)
    for mask in ours:
        mine |= mask
    for mask in theirs:
        true |= mask
    counts.both += int((mine & true).sum())
    counts.either += int((mine | true).sum())


def _iou(first: BoolArray, second: BoolArray) -> float:
    both = int((first & second).sum())
    return both / (int(first.sum()) + int(second.sum()) - both) if both else 0.0
