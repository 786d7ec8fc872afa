"""Which step does what: the steps that are run, the evolution window, masks that start wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.click2mask.config import PAPER_STEPS, ClickConfig
from engine.click2mask.morphology import dilated
from engine.layout.mask import BoolArray

MaskAt = Callable[[int], BoolArray]
"""The mask that is blended with after step i."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Step numbers count the steps that are run, from 0.

    Attributes:
        skipped: Steps of the scheduler left out at the beginning.
        total: Steps run.
        start: First step at which the mask evolves.
        conditional: From here on each step may be the last one of the evolution.
        last: No evolution starts after the step behind this one.
    """

    skipped: int
    total: int
    start: int
    conditional: int
    last: int

    @classmethod
    def of(cls, config: ClickConfig) -> Timeline:
        skipped = int(config.steps * config.skip)
        total = config.steps - skipped
        # Python rounds halves to even, which the paper's figures (22, not 23) come from.
        return cls(
            skipped=skipped,
            total=total,
            start=round(config.start * total),
            conditional=round(config.conditional * total),
            last=round(config.last * total),
        )

    def scaled(self, steps: int) -> int:
        """A number of steps that the paper counts, in steps of this timeline."""
        return round(steps * self.total / PAPER_STEPS)


@dataclass(slots=True)
class BestOf:
    """When the evolution stops, and with which step's mask.

    L(i), the loss of the mask made at step i, is known at step i + 1.
    """

    timeline: Timeline
    best: int = -1
    losses: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.best = self.timeline.conditional

    def stops(self, i: int, loss: float) -> bool:
        """Take L(i - 1) in, at step i; whether the evolution ends here, before a new mask."""
        self.losses[i - 1] = loss
        if i < self.timeline.conditional + 2:
            return False
        if not loss < self.losses[i - 2]:
            return True
        self.best = i - 1
        return i > self.timeline.last


def widest(mask: BoolArray, *, config: ClickConfig) -> int:
    """k0: the most cells a rerun may dilate by and cover at most `rerun_cover` of the field."""
    if mask.mean() > config.rerun_large:
        return 0
    for cells in range(config.rerun_dilation, 0, -1):
        if dilated(mask, cells).mean() <= config.rerun_cover:
            return cells
    return 0


def rerun_dilations(first: int, steps: int) -> tuple[int, ...]:
    """Cells to dilate by in the first steps of a rerun: `first` falling evenly to 0."""
    if first <= 0 or steps < 2:
        return ()
    return tuple(round(float(cells)) for cells in np.linspace(first, 0, steps))


def rerun_masks(mask: BoolArray, *, config: ClickConfig, timeline: Timeline) -> MaskAt:
    """The mask schedule of a rerun: wide at first, then exact."""
    cells = rerun_dilations(widest(mask, config=config), timeline.scaled(config.rerun_steps))
    return _schedule([dilated(mask, c) for c in cells], mask)


def final_masks(mask: BoolArray, *, config: ClickConfig, timeline: Timeline) -> MaskAt:
    """The mask schedule of a final run: exact, but for thin masks, which start wide."""
    if mask.mean() > config.thin:
        return lambda i: mask
    first = widest(mask, config=config)
    exact_from = timeline.total - timeline.scaled(config.thin_exact)
    stretch = PAPER_STEPS / timeline.total
    wide = [dilated(mask, int(first / max(1, i * stretch / 3))) for i in range(exact_from)]
    return _schedule(wide, mask)


def _schedule(first: Sequence[BoolArray], then: BoolArray) -> MaskAt:
    return lambda i: first[i] if i < len(first) else then
