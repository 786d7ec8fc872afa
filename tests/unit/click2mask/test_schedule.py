"""Which step does what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.click2mask.config import FAITHFUL, FAST, GRID
from engine.click2mask.morphology import dilated, ring, signed_distance
from engine.click2mask.run import most_calls
from engine.click2mask.schedule import (
    BestOf,
    Timeline,
    final_masks,
    rerun_dilations,
    rerun_masks,
    widest,
)


def disc(radius: float) -> np.ndarray:
    rows, columns = np.ogrid[:GRID, :GRID]
    return np.hypot(rows - 32, columns - 32) <= radius


def stopped(losses: dict[int, float]) -> tuple[int, int]:
    """(step at which the evolution ends, step of the best mask) for L(i) by i."""
    best_of = BestOf(Timeline.of(FAITHFUL))
    for i in range(15, 75):
        if best_of.stops(i, losses.get(i - 1, 1.0)):
            return i, best_of.best
    raise AssertionError("It never stopped.")


def test_papers_timeline() -> None:
    timeline = Timeline.of(FAITHFUL)
    assert (timeline.skipped, timeline.total) == (25, 75)
    assert (timeline.start, timeline.conditional, timeline.last) == (15, 19, 22)


def test_evolution_stops_as_soon_as_the_loss_no_longer_falls() -> None:
    assert stopped({19: 0.5, 20: 0.6}) == (21, 19)
    assert stopped({19: 0.5, 20: 0.4, 21: 0.45}) == (22, 20)


def test_evolution_stops_hard_after_its_last_step() -> None:
    assert stopped({19: 0.5, 20: 0.4, 21: 0.3, 22: 0.2, 23: 0.1}) == (23, 22)
    assert stopped({19: 0.5, 20: 0.4, 21: 0.3, 22: 0.35}) == (23, 21)


def test_rerun_dilation_falls_evenly_over_thirteen_steps() -> None:
    assert rerun_dilations(32, 13) == (32, 29, 27, 24, 21, 19, 16, 13, 11, 8, 5, 3, 0)


def test_rerun_starts_wide_but_leaves_a_quarter_of_the_field() -> None:
    mask = disc(8)
    first = widest(mask, config=FAITHFUL)
    assert dilated(mask, first).mean() <= 0.75 < dilated(mask, first + 1).mean()
    masks = rerun_masks(mask, config=FAITHFUL, timeline=Timeline.of(FAITHFUL))
    sizes = [masks(i).sum() for i in range(20)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[11] > mask.sum() and (masks(12) == mask).all()


def test_large_masks_are_not_dilated_in_a_rerun() -> None:
    mask = disc(17)
    assert mask.mean() > 0.2
    masks = rerun_masks(mask, config=FAITHFUL, timeline=Timeline.of(FAITHFUL))
    assert (masks(0) == mask).all()


def test_only_thin_masks_are_dilated_in_final_runs() -> None:
    timeline = Timeline.of(FAITHFUL)
    usual, thin = disc(8), disc(4)
    assert thin.mean() <= 0.02 < usual.mean()
    assert (final_masks(usual, config=FAITHFUL, timeline=timeline)(0) == usual).all()
    masks = final_masks(thin, config=FAITHFUL, timeline=timeline)
    assert masks(0).sum() > masks(20).sum() > thin.sum()
    assert all((masks(i) == thin).all() for i in range(65, 75))


def test_fast_preset_halves_the_work() -> None:
    assert most_calls(FAITHFUL, 3) == 24 + sum(range(16, 24)) + 75
    for count in (1, 3, 8):
        assert most_calls(FAST, count) <= most_calls(FAITHFUL, count) / 2


def test_partial_reruns_cost_less() -> None:
    assert most_calls(replace(FAITHFUL, rerun=3), 1) < most_calls(FAITHFUL, 1)


def test_ring_lies_on_both_sides_of_the_edge() -> None:
    mask = np.zeros((GRID, GRID), bool)
    mask[:, :45] = True
    distance, band = signed_distance(mask), ring(mask, inside=6, outside=3)
    assert distance[32, 44] == -0.5 and distance[32, 45] == 0.5
    assert np.flatnonzero(band[32]).tolist() == list(range(39, 48))


@pytest.mark.parametrize("full", [False, True])
def test_a_mask_without_an_edge_has_no_ring(full: bool) -> None:
    mask = np.full((GRID, GRID), full)
    assert not ring(mask, inside=6, outside=3).any()
    assert (dilated(mask, 5) == mask).all()
