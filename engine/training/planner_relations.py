"""What can truly be said of where an object is: relations read off boxes, in several wordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.layout.geometry import Box
from planner.scene import RelationKind as Kind

if TYPE_CHECKING:
    from engine.training.planner_samples import PlanItem

_WORDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.LEFT_OF: ("to the left of", "on the left side of", "left of the"),
    Kind.RIGHT_OF: ("to the right of", "on the right side of", "right of the"),
    Kind.ABOVE: ("over", "on top of", "above the", "higher than"),
    Kind.BELOW: ("beneath", "below the", "at the bottom of", "lower than"),
    Kind.ON: ("on top of", "on the", "standing on", "upon"),
    Kind.UNDER: ("beneath", "underneath", "under the"),
    Kind.IN_FRONT_OF: ("before", "in front of the"),
    Kind.BEHIND: ("behind the", "at the back of"),
    Kind.NEXT_TO: ("beside", "near", "by the", "close to"),
    Kind.INSIDE: ("in", "within", "inside the"),
}
_PLAIN_SHARE = 0.6
"""Of relations that are worded as `planner.graph.relation_text` words them."""
_SKIES = ("sky", "wall", "ceiling", "mountain", "forest", "city")


def relation_texts(
    items: Sequence[PlanItem], index: int, shown: Sequence[int], rng: np.random.Generator
) -> list[str]:
    """True sentences of item `index` to those shown, rare kinds first, one per kind, shuffled a
    little; "left of bench", "between tree and bench"."""
    found: dict[Kind, list[tuple[int, ...]]] = {}
    for kind, references in _relations(items, index, shown):
        found.setdefault(kind, []).append(references)
    weights = {kind: rng.random() * (1 + 2 / len(all_)) for kind, all_ in found.items()}
    texts = []
    for kind in sorted(found, key=lambda k: -weights[k]):
        references = found[kind][int(rng.integers(len(found[kind])))]
        texts.append(_text(kind, [items[i].label for i in references], rng))
    return texts


def _text(kind: Kind, labels: Sequence[str], rng: np.random.Generator) -> str:
    if kind is Kind.BETWEEN:
        return f"between {' and '.join(labels)}"
    words = _WORDINGS[kind]
    said = kind.value if rng.random() < _PLAIN_SHARE else words[int(rng.integers(len(words)))]
    return f"{said} {labels[0]}"


def _relations(
    items: Sequence[PlanItem], index: int, shown: Sequence[int]
) -> Iterator[tuple[Kind, tuple[int, ...]]]:
    item = items[index]
    beside: list[tuple[float, int]] = []
    ground = _ground(items, item, shown)
    if ground is not None:
        yield Kind.ON, (ground,)
    for other in shown:
        reference = items[other]
        if reference.background:
            continue
        if item.parent == other:
            yield Kind.ON, (other,)
            continue
        if reference.parent == index:
            yield Kind.UNDER, (other,)
            continue
        for kind, holds in _TESTS.items():
            if holds(item.box, reference.box):
                yield kind, (other,)
                if kind in (Kind.LEFT_OF, Kind.RIGHT_OF):
                    beside.append((_centre(reference.box)[0], other))
        if item.grounded and reference.grounded and _columns_meet(item.box, reference.box):
            step = item.box.bottom - reference.box.bottom
            if abs(step) > 0.08 * max(item.box.height, reference.box.height):
                yield (Kind.IN_FRONT_OF if step > 0 else Kind.BEHIND), (other,)
    x = _centre(item.box)[0]
    left = [o for c, o in sorted(beside, reverse=True) if c < x]
    right = [o for c, o in sorted(beside) if c > x]
    if left and right:
        yield Kind.BETWEEN, (left[0], right[0])


def _ground(items: Sequence[PlanItem], item: PlanItem, shown: Sequence[int]) -> int | None:
    """The nearest background under the object's foot, where it stands on it."""
    if not item.grounded or item.parent is not None:
        return None
    x, y = item.box.x + item.box.width // 2, item.box.bottom - 1
    for other in reversed(shown):
        stuff = items[other]
        if stuff.background and stuff.mask is not None:
            box = stuff.mask.box
            covers = box.x <= x < box.right and box.y <= y < box.bottom
            if covers and stuff.mask.crop()[y - box.y, x - box.x]:
                return None if any(word in stuff.label for word in _SKIES) else other
    return None


def _centre(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _columns_meet(a: Box, b: Box) -> bool:
    common = min(a.right, b.right) - max(a.x, b.x)
    return common > 0.3 * min(a.width, b.width)


def _left(a: Box, b: Box) -> bool:
    (ax, ay), (bx, by) = _centre(a), _centre(b)
    return bx - ax > 0.3 * (a.width + b.width) and abs(ay - by) < 1.2 * (bx - ax)


def _above(a: Box, b: Box) -> bool:
    (ax, ay), (bx, _) = _centre(a), _centre(b)
    return ay < b.y and abs(ax - bx) < (a.width + b.width) / 2


def _under(a: Box, b: Box) -> bool:
    """Under a tree or a table is inside its box, in the lower part."""
    (ax, ay), (_, by) = _centre(a), _centre(b)
    return b.x <= ax <= b.right and ay > by + 0.2 * b.height


def _next_to(a: Box, b: Box) -> bool:
    gap = max(a.x, b.x) - min(a.right, b.right)
    width, height = min(a.width, b.width), max(a.height, b.height)
    return -0.25 * width < gap < 0.6 * width and abs(a.bottom - b.bottom) < 0.2 * height


def _inside(a: Box, b: Box) -> bool:
    common = a.intersection(b)
    own = a.width * a.height
    return common.width * common.height > 0.9 * own and own < 0.4 * b.width * b.height


_TESTS: dict[Kind, Callable[[Box, Box], bool]] = {
    Kind.LEFT_OF: _left,
    Kind.RIGHT_OF: lambda a, b: _left(b, a),
    Kind.ABOVE: _above,
    Kind.BELOW: lambda a, b: _above(b, a),
    Kind.UNDER: _under,
    Kind.NEXT_TO: _next_to,
    Kind.INSIDE: _inside,
}
