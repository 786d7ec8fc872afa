"""Where does the next object go: the one question a planner model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RelativeBox:
    """A box relative to the padded square: the smallest square around the canvas, same centre.

    0, 0 is the square's upper left corner, 1, 1 its lower right one; x1 < x2, y1 < y2. This is
    the only definition of planner boxes; `planner.boxes` converts both ways.
    """

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Present:
    """Something that stands in the layout already: label and amodal box."""

    label: str
    box: RelativeBox


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceQuery:
    """One question to the planner (paper section 3.3, stage 2). Same query, same answer.

    Attributes:
        semantic_map: S_k as RGB, uint8 (H, W, 3), of the padded square, black where nothing is.
        aspect: Canvas width / height; tells which part of the padded square is canvas.
        present: The objects in it, farthest first.
        caption: C, the whole scene's caption.
        label: O_(k+1), what is to be placed.
        relation: What the scene says of its place, as short text ("left of bench"), or "".
        count: How many boxes to propose at most.
        seed: Of the sampling.
        temperature: Of the sampling, 0 is greedy.
    """

    semantic_map: NDArray[np.uint8]
    aspect: float
    present: tuple[Present, ...]
    caption: str
    label: str
    relation: str = ""
    count: int = 8
    seed: int = 0
    temperature: float = 0.8


@dataclass(frozen=True, slots=True)
class ScoredBox:
    """A proposed box and its score, 0..1, higher is better: how much of it is probably right."""

    box: RelativeBox
    score: float


class Placer(Protocol):
    """Answers place queries: the LLaVA planner, or a baseline."""

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        """1 to `query.count` boxes in the order in which they are to be tried, near-duplicates
        removed; never none."""
        ...
