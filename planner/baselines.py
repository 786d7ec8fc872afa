"""Placers that have learned little or nothing: what the planner must beat, and its fallback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from planner.boxes import canvas_box, clipped, nms
from planner.placer import PlaceQuery, RelativeBox, ScoredBox
from planner.prompts import head

STATISTICS_FILE = "statistics.json"
"""Class mean boxes, in the planner's model folder."""

THINGS, BACKGROUNDS = "", "(background)"
"""Keys of the statistics over all things and over all backgrounds."""


class UniformPlacer:
    """Any box on the canvas: corners drawn evenly."""

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        rng = np.random.default_rng([query.seed, 11])
        frame = canvas_box(query.aspect)
        found = []
        for _ in range(max(1, query.count)):
            x1, x2 = sorted(rng.uniform(frame.x1, frame.x2, 2))
            y1, y2 = sorted(rng.uniform(frame.y1, frame.y2, 2))
            box = clipped(RelativeBox(float(x1), float(y1), float(x2), float(y2)), query.aspect)
            found.append(ScoredBox(box, 1.0 / max(1, query.count)))
        return nms(found)


class PriorPlacer:
    """The mean box of the class, then boxes drawn around it; of all things for unknown labels.

    Args:
        statistics: Label -> {"count", "mean", "spread"}, each of the last two centre x, centre y,
            width, height as shares of the canvas; "" and "(background)" hold the overall ones.
    """

    def __init__(self, statistics: Mapping[str, Mapping[str, Any]]) -> None:
        self.statistics = statistics

    @classmethod
    def from_file(cls, file: Path) -> PriorPlacer:
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        entry = self._entry(query.label)
        mean, spread = np.array(entry["mean"]), np.array(entry["spread"])
        rng = np.random.default_rng([query.seed, 12])
        found = [ScoredBox(_boxed(mean, query.aspect), 1.0)]
        for _ in range(query.count - 1):
            # Half the spread: the whole one reaches out of the picture for most classes.
            noise = rng.normal(size=4) * 0.5
            score = float(np.exp(-0.5 * np.sum(noise**2) * 4))
            found.append(ScoredBox(_boxed(mean + noise * spread, query.aspect), score))
        return nms(found)

    def _entry(self, label: str) -> Mapping[str, Any]:
        name = head(label).lower()
        if name not in self.statistics and name.split():
            # "red car": the last word says what it is.
            name = name.split()[-1]
        fallback = {"mean": [0.5, 0.6, 0.35, 0.4], "spread": [0.2, 0.15, 0.15, 0.15]}
        return self.statistics.get(name) or self.statistics.get(THINGS) or fallback


def _boxed(values: np.ndarray, aspect: float) -> RelativeBox:
    """A box around (centre x, centre y, width, height) in shares of the canvas."""
    frame = canvas_box(aspect)
    across, down = frame.x2 - frame.x1, frame.y2 - frame.y1
    x, y, width, height = (float(v) for v in values)
    width, height = min(max(width, 0.03), 1.0), min(max(height, 0.03), 1.0)
    box = RelativeBox(
        frame.x1 + (x - width / 2) * across,
        frame.y1 + (y - height / 2) * down,
        frame.x1 + (x + width / 2) * across,
        frame.y1 + (y + height / 2) * down,
    )
    return clipped(box, aspect)
