"""Does the scene matter? Changed contexts, and how well placements sit in theirs.

Three figures judge a placement by what is usual in training scenes, without any model:
support (what lies under the lower edge is something this kind of thing stands, lies or floats on),
scale (height beside the neighbours', perspective taken out), overlap (how much of other things it
covers). The truth gives what can be reached, the truth in shuffled layouts what chance gives.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.bank import resized
from engine.evaluation.cases import AnyScene, Case
from engine.evaluation.metrics import Scores
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.mask import Mask

VARIANTS = ("true", "blank layout", "other layout", "other caption")
PLACEMENT_METRICS = {
    "support": "share of samples that stand on something such a thing stands on",
    "scale_error": "|log height - log height expected beside the neighbours|, mean; 0 is best",
    "overlap": "share of the mask that covers other things, mean",
}
_USUAL = 0.04
"""A support that this share of a class' training objects has is a usual one."""
_ENOUGH = 8
_BELOW = 0.01


def variant_of(case: Case, variant: str, other: Case) -> Layout:
    """The layout of a case with part of the context taken from another case, or blanked."""
    match variant:
        case "true":
            return case.layout
        case "blank layout":
            return case.layout.with_layers(())
        case "other layout":
            return case.layout.with_layers(fitted_layout(other.layout, case.layout.canvas).layers)
        case "other caption":
            return replace(case.layout, caption=other.layout.caption)
    raise ValueError(f"unknown variant {variant!r}")


def fitted_layout(layout: Layout, canvas: Box) -> Layout:
    """The layers stretched to another canvas size."""
    layers = []
    for layer in layout.layers:
        bits = layer.mask.on_canvas(layout.width, layout.height)
        mask = Mask.from_array(resized(bits, canvas.width, canvas.height))
        layers.append(replace(layer, mask=mask))
    return replace(
        layout,
        width=canvas.width,
        height=canvas.height,
        layers=tuple(layer for layer in layers if not layer.mask.is_empty),
    )


def partners(cases: Sequence[Case]) -> list[Case]:
    """For each case another one with layers, as unlike in place as the list allows."""
    full = [case for case in cases if case.layout.layers] or list(cases)
    out = []
    for number, case in enumerate(cases):
        picture = case.name.partition("#")[0]
        order = [full[(number + len(full) // 2 + i) % len(full)] for i in range(len(full))]
        others = [c for c in order if c.name.partition("#")[0] != picture]
        changed = [c for c in others if c.layout.caption != case.layout.caption]
        out.append((changed or others or [case])[0])
    return out


@dataclass(frozen=True, slots=True)
class _Thing:
    label: str
    box: Box
    longest: int

    @property
    def log_height(self) -> float:
        return float(np.log(max(self.box.height, 1) / self.longest))

    @property
    def bottom(self) -> float:
        return self.box.bottom / self.longest


class PlacementStatistics:
    """What is usual in training scenes: supports of each class, sizes and perspective."""

    def __init__(self, scenes: Iterable[AnyScene]) -> None:
        supports: dict[str, Counter[str]] = defaultdict(Counter)
        rows: list[tuple[int, _Thing]] = []
        has_ground = False
        for number, scene in enumerate(scenes):
            canvas = Box(0, 0, scene.width, scene.height)
            layers = [(o.label, o.mask) for o in scene.objects]
            has_ground |= any(o.background for o in scene.objects)
            for i, o in enumerate(scene.objects):
                mask = layers[i][1]
                if o.background or mask.is_empty:
                    continue
                supports[o.label][support_of(mask, layers[:i], canvas)] += 1
                if _whole(mask.box, canvas):
                    longest = max(scene.width, scene.height)
                    rows.append((number, _Thing(o.label, mask.box, longest)))
        self._usual = {
            label: {s for s, n in counter.items() if n >= _USUAL * counter.total()}
            for label, counter in supports.items()
            # Where no ground is annotated everything stands on nothing, which tells nothing.
            if has_ground and counter.total() >= _ENOUGH
        }
        self._sizes, self._slope = _fit_sizes(rows)

    def judge(self, mask: Mask, *, label: str, layout: Layout, things: Sequence[bool]) -> Scores:
        """The placement figures of one mask in a layout; those that cannot be told are left out.

        Args:
            things: For each layer of the layout, whether it is a thing rather than background.
        """
        if mask.is_empty:
            return {}
        scores: Scores = {}
        layers = [(layer.label, layer.mask) for layer in layout.layers]
        if label in self._usual:
            support = support_of(mask, layers, layout.canvas)
            scores["support"] = float(support in self._usual[label])
        others = [pair for pair, thing in zip(layers, things, strict=True) if thing]
        expected = self.expected_log_height(
            label, mask.box, [(k, m.box) for k, m in others], layout.canvas
        )
        if expected is not None:
            longest = max(layout.width, layout.height)
            scores["scale_error"] = abs(_Thing(label, mask.box, longest).log_height - expected)
        if others:
            covered = Mask.from_array(
                np.logical_or.reduce([m.within(mask.box) for _, m in others]),
                x=mask.box.x,
                y=mask.box.y,
            )
            scores["overlap"] = mask.overlap(covered) / mask.area
        return scores

    def expected_log_height(
        self, label: str, box: Box, neighbours: Sequence[tuple[str, Box]], canvas: Box
    ) -> float | None:
        """Log height (share of the longer side) usual beside the neighbours; None if unknown."""
        longest = max(canvas.width, canvas.height)
        known = [
            _Thing(name, other, longest)
            for name, other in neighbours
            if name in self._sizes and _whole(other, canvas)
        ]
        if label not in self._sizes or not known:
            return None
        nearness = [t.log_height - self._sizes[t.label] - self._slope * t.bottom for t in known]
        here = _Thing(label, box, longest)
        return self._sizes[label] + self._slope * here.bottom + float(np.median(nearness))


def _whole(box: Box, canvas: Box) -> bool:
    return (
        box.x > canvas.x
        and box.y > canvas.y
        and box.right < canvas.right
        and box.bottom < canvas.bottom
    )


def support_of(mask: Mask, layers: Sequence[tuple[str, Mask]], canvas: Box) -> str:
    """Label of the nearest layer under the mask's lower edge; "" for nothing.

    The lower edge is sampled where the mask comes down to within 5 % of its height of its lowest
    row, one percent of the canvas below it; the most frequent answer counts.
    """
    box = mask.box
    band = max(1, round(0.05 * box.height))
    columns = np.flatnonzero(mask.within(Box(box.x, box.bottom - band, box.width, band)).any(0))
    chosen = columns[np.linspace(0, len(columns) - 1, min(len(columns), 9)).astype(int)]
    y = min(box.bottom - 1 + max(1, round(_BELOW * canvas.height)), canvas.bottom - 1)
    found = Counter(_label_at(int(x) + box.x, y, layers) for x in chosen)
    return found.most_common(1)[0][0]


def _label_at(x: int, y: int, layers: Sequence[tuple[str, Mask]]) -> str:
    pixel = Box(x, y, 1, 1)
    for label, mask in reversed(layers):
        if not mask.box.intersection(pixel).is_empty and mask.within(pixel)[0, 0]:
            return label
    return ""


def _fit_sizes(
    rows: Sequence[tuple[int, _Thing]], rounds: int = 20
) -> tuple[dict[str, float], float]:
    """Least squares of log height = size of class + nearness of scene + slope * lower edge."""
    if not rows:
        return {}, 0.0
    labels = sorted({thing.label for _, thing in rows})
    number = {label: i for i, label in enumerate(labels)}
    kind = np.array([number[thing.label] for _, thing in rows])
    scene = np.unique([n for n, _ in rows], return_inverse=True)[1]
    height = np.array([thing.log_height for _, thing in rows])
    bottom = np.array([thing.bottom for _, thing in rows])
    size, nearness, slope = np.zeros(len(labels)), np.zeros(scene.max() + 1), 0.0
    for _ in range(rounds):
        size = _group_mean(height - nearness[scene] - slope * bottom, kind)
        nearness = _group_mean(height - size[kind] - slope * bottom, scene)
        rest = height - size[kind] - nearness[scene]
        within = bottom - _group_mean(bottom, scene)[scene]
        slope = float((rest * within).sum() / max((within**2).sum(), 1e-9))
    return dict(zip(labels, size.tolist(), strict=True)), slope


def _group_mean(values: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.float64]:
    means = np.bincount(group, values) / np.maximum(np.bincount(group), 1)
    return means.astype(np.float64)
