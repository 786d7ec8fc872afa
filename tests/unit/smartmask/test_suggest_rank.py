"""Ranking only orders the display."""

from __future__ import annotations

from dataclasses import replace

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Sample
from engine.smartmask.suggest import rank
from tests.unit.smartmask.tiny import park

WANTED = Box(10, 10, 30, 30)
REQUEST = SuggestRequest(
    layout=park(), label="dog", guidance=Guidance.at_box(WANTED), count=5, seed=40
)
SAMPLES = [
    Sample(Mask.filled(Box(50, 30, 30, 30)), 0.9),
    Sample(EMPTY_MASK, 0.9),
    Sample(Mask.filled(WANTED.moved(0, 1)), 0.7),
    Sample(Mask.filled(WANTED), 0.9),
    Sample(Mask.filled(Box(12, 14, 20, 20)), 0.9),
]


def test_best_first_then_twins_then_empty_ones() -> None:
    ranked = rank(REQUEST, SAMPLES)
    assert [s.sample for s in ranked] == [4, 5, 1, 3, 2]
    assert {s.sample: s.duplicate_of for s in ranked if s.duplicate_of} == {3: 4}
    assert ranked[-1].mask.is_empty
    assert all(0 <= s.score <= 1 for s in ranked)


def test_a_sample_keeps_its_number_seed_and_mask_wherever_it_is_shown() -> None:
    ranked = {s.sample: s for s in rank(REQUEST, SAMPLES)}
    assert sorted(ranked) == [1, 2, 3, 4, 5]
    for number, suggestion in ranked.items():
        assert suggestion.seed == 39 + number
        assert suggestion.mask == SAMPLES[number - 1].mask


def test_more_samples_do_not_renumber_the_first() -> None:
    few = {s.sample: (s.seed, s.mask, s.score) for s in rank(REQUEST, SAMPLES[:3])}
    all_of_them = {s.sample: (s.seed, s.mask, s.score) for s in rank(REQUEST, SAMPLES)}
    assert all(all_of_them[number] == values for number, values in few.items())


def test_equal_ones_stay_in_the_order_of_their_numbers() -> None:
    same = [Sample(Mask.filled(Box(x, 2, 20, 20)), 0.5) for x in (0, 30, 60)]
    free = SuggestRequest(layout=park(), label="dog", count=3)
    assert [s.sample for s in rank(free, same)] == [1, 2, 3]


def test_of_more_samples_those_kept_have_the_numbers_and_seeds_they_were_drawn_with() -> None:
    chosen = rank(replace(REQUEST, count=2, among=5), SAMPLES)
    assert len(chosen) == 2
    for suggestion in chosen:
        assert suggestion.seed == 39 + suggestion.sample
        assert suggestion.mask == SAMPLES[suggestion.sample - 1].mask
    # One of the three that lie together, and not two of them.
    assert {s.sample for s in chosen} & {3, 4, 5} and 1 in {s.sample for s in chosen}
