"""Panoptic quality on cases whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.panoptic import panoptic_score


def area(x: int, y: int, width: int, height: int) -> np.ndarray:
    mask = np.zeros((20, 20), bool)
    mask[y : y + height, x : x + width] = True
    return mask


SKY, DOG, CAT = area(0, 0, 20, 10), area(2, 12, 6, 6), area(12, 12, 6, 6)


def test_all_found_is_one() -> None:
    true = [("sky", SKY), ("dog", DOG), ("cat", CAT)]
    score = panoptic_score([(true, true)])
    assert (score.pq, score.sq, score.rq, score.miou, score.found) == (1, 1, 1, 1, 1)
    assert score.segments == 3


def test_a_wrong_name_is_located_but_not_matched() -> None:
    score = panoptic_score([([("sky", SKY), ("cat", DOG)], [("sky", SKY), ("dog", DOG)])])
    assert score.pq == pytest.approx(0.5)
    assert score.found == 1
    assert score.miou == pytest.approx(0.5)


def test_half_a_match_counts_by_its_iou() -> None:
    part = area(2, 12, 6, 4)
    score = panoptic_score([([("dog", part)], [("dog", DOG)])])
    assert score.pq == pytest.approx(24 / 36)
    assert score.rq == 1
    too_small = area(2, 12, 6, 3)
    assert panoptic_score([([("dog", too_small)], [("dog", DOG)])]).pq == 0


def test_a_class_that_is_missed_and_one_made_up() -> None:
    score = panoptic_score([([("dog", DOG)], [("dog", DOG), ("cat", CAT)])])
    assert score.pq == pytest.approx(0.5)
    extra = panoptic_score(
        [([("dog", DOG), ("dog", CAT)], [("dog", DOG), ("sky", SKY), ("cat", CAT)])]
    )
    assert extra.rq == pytest.approx((1 / 1.5 + 0 + 0) / 3)


def test_what_nobody_says_is_not_judged() -> None:
    made_up = area(0, 11, 2, 2)
    score = panoptic_score([([("dog", DOG), ("bird", made_up)], [("dog", DOG)])])
    assert score.pq == 1


def test_no_pictures() -> None:
    assert panoptic_score([]).pq == 0
