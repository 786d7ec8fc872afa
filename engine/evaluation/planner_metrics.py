"""Measures of the planner: boxes, names, relations. Code of its own: nothing that trains, plans or
scores a design is used here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from planner.placer import RelativeBox, ScoredBox

BEST_OF = 4
NEAR = 0.5
""" "Next to": the gap between two boxes is at most this share of their mean diagonal."""


def box_figures(proposed: Sequence[ScoredBox], truth: RelativeBox) -> dict[str, float]:
    """Of one answer: `iou`, `distance` of the centres (share of the padded square), `size` error
    (absolute natural logarithm of the ratio of the mean sides), `acc30`, `acc50`, `best4`."""
    top = proposed[0].box
    common = iou(top, truth)
    (x, y), (tx, ty) = centre(top), centre(truth)
    return {
        "iou": common,
        "distance": math.hypot(x - tx, y - ty),
        "size": abs(math.log(_size(top) / _size(truth))) / 2,
        "acc30": float(common >= 0.3),
        "acc50": float(common >= 0.5),
        "best4": max(iou(p.box, truth) for p in proposed[:BEST_OF]),
    }


def iou(a: RelativeBox, b: RelativeBox) -> float:
    """Intersection over union, 0..1."""
    width = max(0.0, min(a.x2, b.x2) - max(a.x1, b.x1))
    height = max(0.0, min(a.y2, b.y2) - max(a.y1, b.y1))
    common = width * height
    return common / (_size(a) + _size(b) - common)


def centre(box: RelativeBox) -> tuple[float, float]:
    return (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2


def label_f1(said: Sequence[str], truth: Sequence[str]) -> float:
    """F1 of the names as bags of words: three dogs want "dog" three times. 1 for two empty ones."""
    if not said and not truth:
        return 1.0
    common = sum((Counter(said) & Counter(truth)).values())
    return 2 * common / (len(said) + len(truth))


def order_agreement(said: Sequence[str], truth: Sequence[str]) -> float | None:
    """Share of pairs of different names in both lists that are named in the true order; a name
    that comes several times counts by its first place. None without a pair."""
    first = {name: place for place, name in reversed(list(enumerate(said)))}
    right = {name: place for place, name in reversed(list(enumerate(truth)))}
    names = [name for name in right if name in first]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    if not pairs:
        return None
    return sum((first[a] < first[b]) == (right[a] < right[b]) for a, b in pairs) / len(pairs)


def relation_holds(kind: str, subject: RelativeBox, reference: RelativeBox) -> bool:
    """Whether two boxes stand so: "left of", "right of", "above", "below" by the centres, along the
    axis on which they differ more; "next to" by the gap between them."""
    return _HOLDS[kind](subject, reference)


def distinct(boxes: Sequence[RelativeBox], *, limit: float = 0.5) -> int:
    """How many boxes are left when of any two with an IoU over `limit` one is taken away."""
    kept: list[RelativeBox] = []
    for box in boxes:
        if all(iou(box, other) <= limit for other in kept):
            kept.append(box)
    return len(kept)


def matched_iou(boxes: Sequence[RelativeBox], truth: Sequence[RelativeBox]) -> float:
    """Mean IoU over the best assignment of boxes to true boxes; missing ones count 0."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    table = np.array([[iou(box, other) for other in truth] for box in boxes])
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / max(len(boxes), len(truth)))


def _size(box: RelativeBox) -> float:
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def _difference(a: RelativeBox, b: RelativeBox) -> tuple[float, float]:
    (ax, ay), (bx, by) = centre(a), centre(b)
    return ax - bx, ay - by


def _left(a: RelativeBox, b: RelativeBox) -> bool:
    x, y = _difference(a, b)
    return x < 0 and -x >= abs(y)


def _above(a: RelativeBox, b: RelativeBox) -> bool:
    x, y = _difference(a, b)
    return y < 0 and -y >= abs(x)


def _next_to(a: RelativeBox, b: RelativeBox) -> bool:
    across = max(0.0, max(a.x1, b.x1) - min(a.x2, b.x2))
    down = max(0.0, max(a.y1, b.y1) - min(a.y2, b.y2))
    diagonals = [math.hypot(c.x2 - c.x1, c.y2 - c.y1) for c in (a, b)]
    return math.hypot(across, down) <= NEAR * sum(diagonals) / 2


_HOLDS: dict[str, Callable[[RelativeBox, RelativeBox], bool]] = {
    "left of": _left,
    "right of": lambda a, b: _left(b, a),
    "above": _above,
    "below": lambda a, b: _above(b, a),
    "next to": _next_to,
}
