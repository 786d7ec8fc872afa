"""Planner boxes: the padded square and back, reading and writing them as text, thinning them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from planner.placer import RelativeBox, ScoredBox

MIN_SIDE = 0.02
"""Boxes with a side under this share of the padded square are no places (algorithms: reject)."""

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)")


def to_square(
    x: float, y: float, width: float, height: float, *, canvas: tuple[int, int]
) -> RelativeBox:
    """A box in canvas pixels, relative to the padded square; see RelativeBox.

    Args:
        canvas: (width, height) of the canvas in pixels, both greater than 0.
    """
    side, left, top = _frame(canvas)
    return RelativeBox(
        (x + left) / side,
        (y + top) / side,
        (x + width + left) / side,
        (y + height + top) / side,
    )


def to_canvas(box: RelativeBox, *, canvas: tuple[int, int]) -> tuple[float, float, float, float]:
    """x, y, width, height of a box in canvas pixels; the inverse of `to_square`, not rounded."""
    side, left, top = _frame(canvas)
    return (
        box.x1 * side - left,
        box.y1 * side - top,
        (box.x2 - box.x1) * side,
        (box.y2 - box.y1) * side,
    )


def canvas_box(aspect: float) -> RelativeBox:
    """The part of the padded square that is canvas, for an aspect = width / height > 0."""
    width, height = min(1.0, aspect), min(1.0, 1 / aspect)
    return RelativeBox((1 - width) / 2, (1 - height) / 2, (1 + width) / 2, (1 + height) / 2)


def clipped(box: RelativeBox, aspect: float) -> RelativeBox:
    """The box cut to the canvas; one that would lose a side's MIN_SIDE is pushed inside."""
    frame = canvas_box(aspect)
    x1, x2 = _clip_side(box.x1, box.x2, frame.x1, frame.x2)
    y1, y2 = _clip_side(box.y1, box.y2, frame.y1, frame.y2)
    return RelativeBox(x1, y1, x2, y2)


def box_text(box: RelativeBox, *, brackets: bool = True) -> str:
    """ "[0.31, 0.22, 0.58, 0.90]", LLaVA-1.5's own form; without brackets "0.31 0.22 0.58 0.90".

    Two decimals, cut to 0..1, never without width or height.
    """
    x1, x2 = _two_decimals(box.x1, box.x2)
    y1, y2 = _two_decimals(box.y1, box.y2)
    numbers = [f"{value:.2f}" for value in (x1, y1, x2, y2)]
    return f"[{', '.join(numbers)}]" if brackets else " ".join(numbers)


def parse_box(text: str) -> RelativeBox | None:
    """The first box in a text, whatever stands around it; None when there is none.

    Tolerates missing brackets, swapped corners, and the 0..1000 scale (any number over 1.5).
    Values outside the scale are cut to it; a side under MIN_SIDE is no box.
    """
    inside = re.search(r"\[([^\]]*)\]", text)
    for part in ([inside[1]] if inside else []) + [text]:
        numbers = [float(n) for n in _NUMBER.findall(part)[:4]]
        if len(numbers) == 4 and all(map(math.isfinite, numbers)):
            return _tidied(numbers)
    return None


def overlap(a: RelativeBox, b: RelativeBox) -> float:
    """Intersection over union, 0..1."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (area(a) + area(b) - common)


def area(box: RelativeBox) -> float:
    """As share of the padded square."""
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def nms(boxes: Iterable[ScoredBox], iou: float = 0.7) -> list[ScoredBox]:
    """Best first, without those that overlap a better one by more than `iou`."""
    kept: list[ScoredBox] = []
    # sorted() is stable: of equal scores the earlier one wins.
    for scored in sorted(boxes, key=lambda s: -s.score):
        if all(overlap(scored.box, other.box) <= iou for other in kept):
            kept.append(scored)
    return kept


def _frame(canvas: tuple[int, int]) -> tuple[float, float, float]:
    """Side of the padded square and where the canvas begins in it, in pixels."""
    width, height = canvas
    side = float(max(width, height))
    return side, (side - width) / 2, (side - height) / 2


def _clip_side(low: float, high: float, start: float, end: float) -> tuple[float, float]:
    size = min(max(min(high, end) - max(low, start), MIN_SIDE), end - start)
    first = min(max(low, start), end - size)
    return first, first + size


def _two_decimals(low: float, high: float) -> tuple[float, float]:
    first = min(max(round(low, 2), 0.0), 1 - MIN_SIDE)
    return first, min(max(round(high, 2), first + MIN_SIDE), 1.0)


def _tidied(numbers: Sequence[float]) -> RelativeBox | None:
    scale = 1000.0 if max(map(abs, numbers)) > 1.5 else 1.0
    x1, y1, x2, y2 = (min(max(n / scale, 0.0), 1.0) for n in numbers)
    x1, x2, y1, y2 = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    # A hair of tolerance: 0.51 - 0.49 is a little under 0.02 in binary.
    if x2 - x1 < MIN_SIDE - 1e-6 or y2 - y1 < MIN_SIDE - 1e-6:
        return None
    return RelativeBox(x1, y1, x2, y2)
