"""The figures of the paper's schedule, and what we add to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from engine.click2mask.cleanup import clean, joined
from engine.click2mask.config import FAITHFUL, FAST, GRID, ClickConfig
from engine.click2mask.field import base_potential, bias, gaussian
from engine.click2mask.gradient import potential, significance
from engine.click2mask.morphology import dilated
from engine.click2mask.schedule import Timeline

MIDDLE = (32.0, 32.0)
SCHEDULE = {0: 15.2, 5: 10.3, 10: 7.2, 15: 5.4, 19: 4.3, 23: 3.5}
"""Step -> per cent of the field, for a click in the middle and no gradients."""


def pieces(mask: np.ndarray) -> int:
    return cv2.connectedComponents(mask.astype(np.uint8))[0] - 1


def area(click: tuple[float, float], step: int, *, keep_size: bool = False) -> float:
    config = replace(FAITHFUL, keep_size=keep_size)
    base = base_potential([click], config=config)
    return 100 * float(clean(base + bias(step, base, config=config)).mean())


@pytest.mark.parametrize(("step", "share"), SCHEDULE.items())
def test_mask_shrinks_on_schedule(step: int, share: float) -> None:
    assert area(MIDDLE, step) == pytest.approx(share, abs=0.2)


@pytest.mark.parametrize(
    ("click", "step", "share"),
    [((32, 8), 0, 11.4), ((32, 8), 15, 4.5), ((2, 2), 0, 4.2), ((2, 2), 15, 1.5)],
)
def test_papers_masks_are_small_near_the_border(
    click: tuple[float, float], step: int, share: float
) -> None:
    assert area(click, step) == pytest.approx(share, abs=0.15)


@pytest.mark.parametrize("click", [(32, 8), (2, 2), (63, 40)])
@pytest.mark.parametrize("step", [0, 15])
def test_masks_keep_their_size_near_the_border_when_asked(
    click: tuple[float, float], step: int
) -> None:
    assert area(click, step, keep_size=True) == pytest.approx(area(MIDDLE, step), rel=0.04)


def test_field_peaks_at_the_click_and_covers_the_whole_range() -> None:
    g = gaussian((20, 45), FAITHFUL.blur)
    assert np.unravel_index(g.argmax(), g.shape) == (20, 45)
    assert (g.min(), g.max()) == (0, 1)
    base = base_potential([(45.3, 20.7)], config=FAITHFUL)
    assert (base.min(), base.max()) == (-1, pytest.approx(0.08))


def test_bias_follows_its_powers_and_never_lifts_the_whole_field() -> None:
    base = base_potential([MIDDLE], config=FAITHFUL)
    assert bias(15, base, config=FAITHFUL) == pytest.approx(0.6 * 0.94**15)
    flooding = replace(FAITHFUL, bias=2.0)
    lifted = base + bias(0, base, config=flooding)
    assert not (lifted > 0).all() and bias(0, base, config=flooding) > 0.9


def test_bias_of_a_shorter_run_agrees_at_the_same_share_of_it() -> None:
    base = base_potential([MIDDLE], config=FAITHFUL)
    assert bias(8, base, config=FAITHFUL, total=40) == bias(15, base, config=FAITHFUL)


def test_several_clicks_make_one_mask_that_holds_them_all() -> None:
    clicks = [(12.0, 12.0), (50.0, 48.0)]
    base = base_potential(clicks, config=FAITHFUL)
    mask = clean(base + bias(15, base, config=FAITHFUL))
    assert all(mask[int(y), int(x)] for x, y in clicks)
    assert pieces(mask) == 1


def test_cells_off_the_photo_never_belong_to_a_mask() -> None:
    usable = np.ones((GRID, GRID), bool)
    usable[:20] = False
    base = base_potential([(32.0, 24.0)], config=FAITHFUL, usable=usable)
    mask = clean(base + bias(0, base, config=FAITHFUL))
    assert mask.any() and not mask[:18].any()


def test_clean_joins_islands_fills_holes_and_drops_specks() -> None:
    p = np.full((GRID, GRID), -1.0)
    p[10:30, 10:30] = 1
    p[18:22, 18:22] = -1
    p[40:48, 40:48] = 1
    p[60, 3] = 1
    mask = clean(p)
    assert pieces(mask) == 1
    assert mask[20, 20] and mask[44, 44] and mask[35, 35]
    assert not mask[60, 3]


def test_joined_leaves_one_island_alone() -> None:
    mask = np.zeros((GRID, GRID), bool)
    mask[5:20, 5:12] = True
    assert (joined(mask) == mask).all()


def test_clean_raises_what_is_nowhere_positive_and_lowers_what_is_everywhere() -> None:
    low = gaussian((32, 32), 10.0) - 1.2
    assert 0 < clean(low).mean() < 0.1
    high = gaussian((32, 32), 10.0) + 0.05
    assert 0.1 < clean(high).mean() < 1


def test_significance_only_raises_and_survives_a_flat_gradient() -> None:
    g = np.zeros((GRID, GRID))
    assert (significance(g) == 0).all()
    g[30, 30] = 5
    found = significance(g)
    assert found.min() == 0 and found.argmax() == 30 * GRID + 30


def test_gradient_keeps_the_mask_where_it_is_strong_within_the_ring_alone() -> None:
    base = base_potential([MIDDLE], config=FAITHFUL)
    mask = clean(base + bias(14, base, config=FAITHFUL))
    gradient = np.zeros((GRID, GRID))
    gradient[:, 38:] = 1

    def made(values: np.ndarray) -> np.ndarray:
        return clean(potential(base, 15, mask=mask, gradient=values, config=FAITHFUL, total=75))

    plain, pulled = made(np.zeros((GRID, GRID))), made(gradient)
    assert pulled[32, 42] and not plain[32, 42]
    columns = np.flatnonzero(pulled.any(axis=0))
    reach = np.flatnonzero(mask.any(axis=0)).max() + FAITHFUL.outside + 2
    assert columns.max() <= reach
    assert columns.min() == np.flatnonzero(plain.any(axis=0)).min()


def meaningless(seed: int, grain: float) -> Callable[[], np.ndarray]:
    """Gradients of a scorer that knows nothing, in grains of any width."""
    rng = np.random.default_rng(seed)

    def gradient() -> np.ndarray:
        noise = rng.standard_normal((GRID, GRID))
        return np.abs(gaussian_filter(noise, grain) if grain else noise)

    return gradient


def evolved(
    click: tuple[float, float], config: ClickConfig, gradient: Callable[[], np.ndarray]
) -> list[np.ndarray]:
    """The masks of all steps at which the mask can evolve."""
    timeline = Timeline.of(config)
    base = base_potential([click], config=config)
    step = timeline.start - 1
    masks = [clean(base + bias(step, base, config=config, total=timeline.total))]
    for i in range(timeline.start, timeline.last + 2):
        p = potential(
            base, i, mask=masks[-1], gradient=gradient(), config=config, total=timeline.total
        )
        masks.append(clean(p))
    return masks


@settings(max_examples=25, deadline=None)
@given(
    click=st.tuples(st.integers(2, 61), st.integers(2, 61)),
    config=st.sampled_from([FAITHFUL, FAST]),
    grain=st.sampled_from([0.0, 0.7, 1.5, 4.0, 9.0]),
    seed=st.integers(0, 10**6),
)
@example(click=(50, 45), config=FAITHFUL, grain=0.0, seed=1)
def test_a_scorer_that_knows_nothing_makes_no_mask_larger_than_the_schedules_first(
    click: tuple[int, int], config: ClickConfig, grain: float, seed: int
) -> None:
    base = base_potential([click], config=config)
    first = clean(base + bias(0, base, config=config))
    for mask in evolved(click, config, meaningless(seed, grain)):
        assert mask.any()
        # Islands are joined by strokes of 3 cells between hulls, which reach out a little, and
        # past a corner of the field farther.
        assert mask.mean() <= first.mean() + 0.04
        assert not (mask & ~dilated(first, 8)).any()


def test_without_the_bound_such_a_scorer_floods_the_field() -> None:
    """Why there is a bound: the formula's ring moves on with the mask."""
    free = replace(FAITHFUL, bounded=False)
    assert evolved(MIDDLE, free, meaningless(0, 1.5))[-1].mean() > 0.4


def test_the_bound_changes_nothing_for_a_gradient_of_what_is_in_the_mask() -> None:
    """As a real one: outside the mask the picture is the photo, and no change of it is felt."""
    blob = np.zeros((GRID, GRID))
    blob[26:38, 29:40] = 1.0
    free = replace(FAITHFUL, bounded=False)
    for one, other in zip(
        evolved(MIDDLE, FAITHFUL, lambda: blob), evolved(MIDDLE, free, lambda: blob), strict=True
    ):
        assert (one == other).all()
