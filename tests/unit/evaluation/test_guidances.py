"""Guidance made from true masks, as a user would give it."""

import numpy as np
import pytest

from engine.data.strokes import stroked, thinned
from engine.evaluation.bank import ShapeBank
from engine.evaluation.baselines import baselines, ellipse
from engine.evaluation.guidances import KINDS, guidance_for
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, checked
from engine.layout.mask import Mask
from tests.unit.evaluation.helpers import disc, dog_case, rectangle

CASES = [dog_case(n) for n in range(12)]


@pytest.mark.parametrize("kind", KINDS)
def test_guidance_is_repeatable_and_accepted_by_the_program(kind):
    for case in CASES:
        guidance = guidance_for(case, kind, seed=1)
        assert guidance == guidance_for(case, kind, seed=1)
        checked(guidance, case.layout.canvas)


def test_box_is_exact_and_the_click_is_near_but_not_at_the_middle():
    for case in CASES:
        box = case.truth.box
        assert guidance_for(case, "box", seed=0).box == box
        click = guidance_for(case, "point", seed=0)
        assert click.point is not None and click.spread is None
        assert abs(click.point[0] - (box.x + box.width / 2)) <= 0.1 * box.width + 1
    clicks = {guidance_for(CASES[0], "point", seed=s).point for s in range(9)}
    assert len(clicks) == 9


def test_strokes_run_inside_and_leave_ends_open():
    shares, widths = [], []
    for case in CASES:
        for seed in range(4):
            scribble = guidance_for(case, "stroke", seed=seed).scribble
            assert scribble is not None and not scribble.is_empty
            shares.append(scribble.overlap(case.truth) / scribble.area)
            widths.append(scribble.area / case.truth.area)
            assert scribble.box != case.truth.box
    assert np.mean(shares) > 0.85
    assert max(widths) > 2 * min(widths)


def test_paintings_over_cover_the_truth_by_different_margins():
    margins = set()
    for case in CASES:
        scribble = guidance_for(case, "dilation", seed=0).scribble
        assert scribble is not None
        assert scribble.overlap(case.truth) == case.truth.area
        margins.add(case.truth.box.x - scribble.box.x)
        assert 2 <= case.truth.box.x - scribble.box.x <= 0.08 * 120 + 1
    assert len(margins) > 3


def test_skeleton_is_thin_and_keeps_to_the_middle():
    bits = np.zeros((40, 90), bool)
    bits[10:30, 5:85] = True
    skeleton = thinned(bits)
    assert skeleton[:, 15:75].any(0).all()
    assert skeleton.sum(0)[20:70].max() <= 2
    rows = np.argwhere(skeleton[:, 25:65])[:, 0]
    assert np.abs(rows - 19.5).max() <= 2


def test_box_baselines_fill_the_box():
    case = CASES[0]
    bank = ShapeBank([("dog", disc(40, 40, r)) for r in range(10, 40)])
    found = baselines(case, guidance_for(case, "box", seed=0), bank=bank, seed=0)
    assert list(found) == ["filled box", "ellipse", "mean shape", "retrieved"]
    assert len(found["retrieved"]) == 8
    assert all(m.box == case.truth.box for masks in found.values() for m in masks)
    assert found["filled box"][0].area == case.truth.box.area


def test_retrieved_shapes_are_of_the_class_and_nearest_in_aspect():
    tall = [rectangle(0, 0, 20, 20 + 20 * i) for i in range(40)]
    bank = ShapeBank([*(("dog", m) for m in tall), ("cat", rectangle(0, 0, 900, 20))])
    chosen = bank.similar("dog", Box(0, 0, 30, 30), count=4, rng=np.random.default_rng(0), pool=6)
    assert all(mask.box.height <= 120 for mask in chosen)


def test_classes_without_training_shapes_have_no_retrieval():
    guidance = Guidance.at_box(Box(0, 0, 9, 9))
    assert "retrieved" not in baselines(CASES[0], guidance, bank=ShapeBank([]), seed=0)


def test_scribble_baselines_are_the_scribble_and_a_smaller_one():
    case = CASES[0]
    guidance = guidance_for(case, "dilation", seed=0)
    found = baselines(case, guidance, bank=ShapeBank([]), seed=0)
    (raw,), (eroded,) = found["scribble"], found["scribble eroded"]
    assert raw == guidance.scribble
    assert 0 < eroded.area < raw.area


def test_free_and_point_have_no_baseline():
    assert baselines(CASES[0], Guidance.free(), bank=ShapeBank([]), seed=0) == {}
    assert baselines(CASES[0], Guidance.at_point(3, 3), bank=ShapeBank([]), seed=0) == {}


def test_ellipse_touches_all_sides():
    found = ellipse(Box(3, 4, 20, 11))
    assert found.box == Box(3, 4, 20, 11)
    assert found.area == pytest.approx(np.pi / 4 * 220, rel=0.05)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 9), (2, 40)])
def test_the_smallest_things_get_a_stroke_too(size: tuple[int, int]) -> None:
    speck = Mask.from_array(np.ones(size, bool), x=20, y=20)
    for seed in range(5):
        drawn = stroked(speck, np.random.default_rng(seed), width=64, height=64)
        assert not drawn.is_empty
