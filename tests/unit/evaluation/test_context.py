"""Changed contexts and placements: a sensible placement must score better than a wrong one."""

import numpy as np
import pytest

from engine.evaluation.context import (
    PlacementStatistics,
    fitted_layout,
    partners,
    support_of,
    variant_of,
)
from engine.layout.geometry import Box
from tests.unit.evaluation.helpers import disc, dog_case, park, rectangle


@pytest.fixture(scope="module")
def statistics() -> PlacementStatistics:
    scenes = [
        park(n, horizon=40 + n % 30, nearness=0.7 + n % 7 * 0.1, split="train") for n in range(60)
    ]
    return PlacementStatistics(scenes)


def judged(statistics, mask, case=None):
    case = case or dog_case(3)
    return statistics.judge(mask, label="dog", layout=case.layout, things=case.things)


def test_support_is_what_lies_under_the_lower_edge():
    case = dog_case(3)
    layers = [(layer.label, layer.mask) for layer in case.layout.layers]
    canvas = case.layout.canvas
    assert support_of(disc(100, 80, 6), layers, canvas) == "grass"
    assert support_of(disc(100, 20, 6), layers, canvas) == "sky"
    assert support_of(disc(100, 20, 6), [], canvas) == ""
    house = case.layout.layers[2].mask.box
    assert support_of(rectangle(house.x, house.y - 8, 10, 8), layers, canvas) == "house"


def test_a_dog_on_grass_is_supported_and_one_in_the_sky_is_not(statistics):
    case = dog_case(3)
    assert judged(statistics, case.truth)["support"] == 1
    assert judged(statistics, case.truth.moved(0, 10 - case.truth.box.y))["support"] == 0


def test_a_dog_twice_its_size_is_out_of_scale(statistics):
    case = dog_case(3)
    right = judged(statistics, case.truth)["scale_error"]
    box = case.truth.box
    giant = rectangle(box.x - 20, box.bottom - 3 * box.height, 30, 3 * box.height)
    assert right < 0.35
    assert judged(statistics, giant)["scale_error"] > right + 0.5


def test_scale_follows_the_neighbours(statistics):
    near, far = dog_case(3, nearness=1.2), dog_case(3, nearness=0.6)
    box = near.truth.box
    expected = [
        statistics.expected_log_height(
            "dog", box, [("house", c.layout.layers[2].mask.box)], c.layout.canvas
        )
        for c in (near, far)
    ]
    assert expected[0] > expected[1] + 0.3


def test_overlap_is_the_covered_share_of_things_only(statistics):
    case = dog_case(3)
    house = case.layout.layers[2].mask
    assert judged(statistics, house)["overlap"] == 1
    assert judged(statistics, case.truth)["overlap"] == 0


def test_what_cannot_be_told_is_left_out(statistics):
    case = dog_case(3)
    found = statistics.judge(
        case.truth, label="submarine", layout=case.layout, things=(False, False, True)
    )
    assert set(found) == {"overlap"}
    empty = case.truth.minus(case.truth)
    assert judged(statistics, empty) == {}


def test_variants_change_one_thing():
    case, other = dog_case(1), dog_case(2)
    true = variant_of(case, "true", other)
    blank = variant_of(case, "blank layout", other)
    swapped = variant_of(case, "other layout", other)
    caption = variant_of(case, "other caption", other)
    assert (blank.layers, blank.caption) == ((), true.caption)
    assert swapped.caption == true.caption and swapped.layers != true.layers
    assert caption.layers == true.layers and caption.caption == other.layout.caption
    with pytest.raises(ValueError, match="unknown"):
        variant_of(case, "nonsense", other)


def test_other_layouts_are_stretched_to_the_canvas():
    layout = fitted_layout(dog_case(1).layout, Box(0, 0, 60, 200))
    assert (layout.width, layout.height) == (60, 200)
    grass = layout.layers[1].mask.box
    assert grass == Box(0, 100, 60, 100)


def test_partners_are_other_pictures_with_another_caption():
    cases = [dog_case(n) for n in range(6)]
    for case, other in zip(cases, partners(cases), strict=True):
        assert other.name != case.name
        assert other.layout.caption != case.layout.caption


def test_statistics_of_nothing_say_nothing():
    statistics = PlacementStatistics([])
    case = dog_case(0)
    assert set(judged(statistics, case.truth, case)) == {"overlap"}
    assert np.isfinite(judged(statistics, case.truth, case)["overlap"])
