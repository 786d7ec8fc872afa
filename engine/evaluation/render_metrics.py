"""Figures of one picture against the scene it should show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.render_judge import STRIDE, RenderJudge
from engine.evaluation.render_scenes import LEAST_SHARE, JudgedScene

METRICS = {
    "hit": "share of things whose pixels are read as their class more often than as any other",
    "top1": "share of things whose label comes first of all the judge's labels, in their place",
    "top5": "the same among the first five",
    "named": "share of things whose class is read anywhere: agreement with the words",
    "miou": "mean IoU of the classes of all pixels, backgrounds included",
    "pixels": "share of pixels read as their class",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one thing."""

    label: str
    size: str
    hit: bool
    rank: int
    """Position of its label among the judge's, 0 = first."""
    named: bool
    """Whether its class is read anywhere, on as much of the picture as a thing must show."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One picture judged: its things, and pixels by (true class, read class), int (150, 150)."""

    found: tuple[Found, ...]
    confusion: NDArray[np.int64]


def read_picture(judge: RenderJudge, scene: JudgedScene, picture: NDArray[np.uint8]) -> Reading:
    """Judge a picture of the scene's size."""
    probabilities = judge.read(picture)
    classes = judge.class_map(probabilities)
    class_of = dict(zip(judge.labels, judge.config["classes"], strict=True))
    shares = np.bincount(classes.ravel(), minlength=150) / classes.size
    found = []
    for target in scene.targets:
        if target.label not in class_of:
            continue
        inside = sampled(target.seen)
        if not inside.any():
            continue
        votes = np.bincount(classes[inside], minlength=150)
        scores = probabilities[:, inside].mean(1)
        number = judge.labels.index(target.label)
        rank = int((scores > scores[number]).sum())
        hit = int(votes.argmax()) == class_of[target.label]
        named = bool(shares[class_of[target.label]] >= LEAST_SHARE)
        found.append(Found(target.label, target.size, hit, rank, named))
    return Reading(tuple(found), _confusion(scene, classes, class_of))


def sampled(pixels: NDArray) -> NDArray:
    """Every fourth pixel, where the judge's readings lie."""
    return pixels[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]


def _confusion(
    scene: JudgedScene, classes: NDArray[np.uint8], class_of: dict[str, int]
) -> NDArray[np.int64]:
    table = np.array(
        [-1, *(class_of.get(layer.label, layer.ade_class) for layer in scene.layout.layers)]
    )
    truth = table[sampled(scene.layers)]
    known = truth >= 0
    pairs = truth[known] * 150 + classes[known]
    return np.bincount(pairs, minlength=150 * 150).reshape(150, 150)


@dataclass(slots=True)
class Tally:
    """All readings of one method."""

    found: list[list[Found]] = field(default_factory=list)
    pixels: list[tuple[int, int]] = field(default_factory=list)
    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((150, 150), np.int64))

    def add(self, reading: Reading) -> None:
        self.found.append(list(reading.found))
        right, all_of_them = int(np.trace(reading.confusion)), int(reading.confusion.sum())
        self.pixels.append((right, all_of_them))
        self.confusion += reading.confusion

    def counts(self, key: str) -> NDArray[np.float64]:
        """What a rate counts and of how many, by scene, (2, scenes).

        Args:
            key: "hit", "top1", "named" or "pixels".
        """
        if key == "pixels":
            return np.array(self.pixels, float).T
        rights = [
            sum(f.rank == 0 if key == "top1" else getattr(f, key) for f in scene)
            for scene in self.found
        ]
        return np.array([rights, [len(scene) for scene in self.found]], float)

    def figures(self) -> dict[str, float]:
        """Every metric, and `hit_error`, the standard error of the hit rate over scenes."""
        everything = [found for scene in self.found for found in scene]
        return {
            **_rates(everything),
            "hit_error": _error_over_scenes(self.found),
            "miou": mean_iou(self.confusion),
            "pixels": float(np.trace(self.confusion) / max(self.confusion.sum(), 1)),
            "things": len(everything),
        }

    def by_size(self) -> dict[str, dict[str, float]]:
        sizes: dict[str, list[Found]] = defaultdict(list)
        for scene in self.found:
            for found in scene:
                sizes[found.size].append(found)
        return {size: _rates(found) | {"things": len(found)} for size, found in sizes.items()}


def paired_interval(
    one: Tally,
    other: Tally,
    *,
    key: str = "hit",
    as_share: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Ends of the 95 % bootstrap interval of the difference of two methods' rates, drawn over their
    scenes.

    Args:
        key: Which rate; see `Tally.counts`.
        as_share: Of their ratio rather than of their difference.

    Raises:
        ValueError: The methods were not judged on the same things.
    """
    if [len(scene) for scene in one.found] != [len(scene) for scene in other.found]:
        raise ValueError("the methods were judged on different scenes")
    first, second = one.counts(key), other.counts(key)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, first.shape[1], (draws, first.shape[1]))
    ours, theirs = (
        right[drawn].sum(1) / np.maximum(of[drawn].sum(1), 1) for right, of in (first, second)
    )
    values = ours / np.maximum(theirs, 1e-9) if as_share else ours - theirs
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_iou(confusion: NDArray[np.int64]) -> float:
    """Mean over the classes that truly occur."""
    truth, read, both = confusion.sum(1), confusion.sum(0), np.diag(confusion)
    present = truth > 0
    union = truth + read - both
    return float((both[present] / union[present]).mean()) if present.any() else 0.0


def _rates(found: Iterable[Found]) -> dict[str, float]:
    everything = list(found)
    count = max(len(everything), 1)
    return {
        "hit": sum(f.hit for f in everything) / count,
        "top1": sum(f.rank == 0 for f in everything) / count,
        "top5": sum(f.rank < 5 for f in everything) / count,
        "named": sum(f.named for f in everything) / count,
    }


def _error_over_scenes(scenes: list[list[Found]]) -> float:
    """Standard error of a ratio of sums: things of one scene stand and fall together."""
    hits = np.array([sum(f.hit for f in scene) for scene in scenes], float)
    counts = np.array([len(scene) for scene in scenes], float)
    if len(scenes) < 2 or not counts.sum():
        return 0.0
    residuals = hits - counts * (hits.sum() / counts.sum())
    return float(np.sqrt((residuals**2).sum() * len(scenes) / (len(scenes) - 1)) / counts.sum())
