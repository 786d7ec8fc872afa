"""Figures of the evaluation, on masks whose answer is known."""

import pytest

from engine.evaluation.bank import ShapeBank, fitted
from engine.evaluation.metrics import box_iou, diversity, edge_f, inside, iou, is_valid, score
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from tests.unit.evaluation.helpers import disc, dog_case, rectangle

CANVAS = Box(0, 0, 120, 100)


def test_iou_of_masks_and_boxes():
    assert iou(rectangle(0, 0, 10, 10), rectangle(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou(rectangle(0, 0, 10, 10), rectangle(0, 0, 10, 10)) == 1
    assert iou(EMPTY_MASK, EMPTY_MASK) == 0
    assert iou(disc(20, 20, 10), EMPTY_MASK) == 0
    assert box_iou(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert box_iou(Box(0, 0, 4, 4), Box(50, 0, 4, 4)) == 0


def test_edge_f_forgives_a_pixel_and_not_a_shape():
    truth = rectangle(20, 20, 60, 50)
    assert edge_f(truth, truth) == pytest.approx(1)
    assert edge_f(truth.moved(1, 0), truth) == pytest.approx(1)
    assert edge_f(disc(50, 45, 20), truth) < 0.3
    assert edge_f(truth.moved(3000, 0), truth) == 0
    assert edge_f(EMPTY_MASK, truth) == 0


def test_inside_measures_the_part_that_keeps_to_the_guidance():
    mask = rectangle(10, 10, 20, 10)
    assert inside(mask, Guidance.at_box(Box(10, 10, 10, 10))) == pytest.approx(0.5)
    assert inside(mask, Guidance.at_point(15, 15)) == 1
    assert inside(mask, Guidance.at_point(40, 15)) == 0
    stroke = Guidance.from_scribble(rectangle(25, 12, 10, 2))
    assert inside(mask, stroke) == pytest.approx(0.5)
    painted_over = Guidance.from_scribble(rectangle(0, 0, 60, 60))
    assert inside(mask, painted_over) == 1
    assert inside(EMPTY_MASK, painted_over) == 0


def test_diversity_is_none_for_copies_and_full_for_strangers():
    a, b = rectangle(0, 0, 10, 10), rectangle(50, 50, 10, 10)
    assert diversity([a, a, a]) == 0
    assert diversity([a, b]) == 1
    assert diversity([a, EMPTY_MASK]) == 0


@pytest.mark.parametrize(
    ("mask", "valid"),
    [
        (disc(50, 50, 20), True),
        (EMPTY_MASK, False),
        (rectangle(3, 3, 1, 2), False),
        (rectangle(0, 0, 120, 100), False),
        (rectangle(-30, 0, 40, 40), False),
        (rectangle(0, 0, 10, 10).union(rectangle(50, 50, 10, 10)), False),
    ],
)
def test_only_usable_masks_are_valid(mask, valid):
    assert is_valid(mask, CANVAS) is valid


def test_best_of_eight_looks_at_the_first_eight_only():
    case = dog_case()
    far = rectangle(0, 0, 9, 9)
    guidance = Guidance.at_box(case.truth.box)
    assert score([far] * 7 + [case.truth], case=case, guidance=guidance)["best8"] == 1
    assert score([far] * 8 + [case.truth], case=case, guidance=guidance)["best8"] == 0


def test_score_of_the_truth_is_perfect_and_of_empty_masks_is_nothing():
    case = dog_case()
    guidance = Guidance.at_box(case.truth.box)
    perfect = score([case.truth], case=case, guidance=guidance)
    assert perfect == dict.fromkeys(
        ("iou", "best8", "first", "box_iou", "edge_f", "valid", "inside"), 1.0
    )
    nothing = score([EMPTY_MASK, EMPTY_MASK], case=case, guidance=guidance)
    assert set(nothing.values()) == {0.0}


def test_shown_first_is_the_ranking_and_not_the_seed():
    case = dog_case()
    masks = [rectangle(0, 0, 9, 9), case.truth]
    scores = score(masks, case=case, guidance=Guidance.free(), shown_first=case.truth)
    assert (scores["first"], scores["iou"]) == (1.0, 0.5)
    assert "inside" not in scores


def test_a_copied_training_shape_is_noticed_whatever_its_place_and_facing():
    bank = ShapeBank([("dog", half_moon()), ("dog", disc(50, 50, 30)), ("cat", half_moon())])
    copied = fitted(half_moon().crop()[:, ::-1], Box(5, 60, 70, 33))
    case = dog_case()
    scores = score([copied], case=case, guidance=Guidance.free(), bank=bank)
    assert scores["nearest"] > 0.95
    scores = score([rectangle(0, 0, 30, 30)], case=case, guidance=Guidance.free(), bank=bank)
    assert scores["nearest"] < 0.85


def half_moon() -> Mask:
    return disc(50, 50, 30).minus(rectangle(50, 20, 40, 61).minus(rectangle(50, 60, 9, 9)))
