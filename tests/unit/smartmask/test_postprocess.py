"""Cleaning, agreement with the guidance, duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.postprocess import (
    agreement,
    clean,
    duplicates,
    iou,
    least_area,
    on_canvas_share,
    representatives,
)

CANVAS = Box(0, 0, 100, 80)
BODY = Box(20, 20, 40, 40)


def drawn(*boxes: Box, holes: tuple[Box, ...] = ()) -> Mask:
    array = np.zeros((80, 100), bool)
    for box in boxes:
        array[box.y : box.bottom, box.x : box.right] = True
    for box in holes:
        array[box.y : box.bottom, box.x : box.right] = False
    return Mask.from_array(array)


def test_specks_go_and_large_parts_stay() -> None:
    speck, arm = Box(90, 70, 2, 2), Box(80, 20, 8, 8)
    assert clean(drawn(BODY, arm, speck), CANVAS) == drawn(BODY, arm)


def test_pinholes_are_filled_and_real_holes_stay() -> None:
    pinhole, handle = Box(30, 30, 2, 2), Box(45, 40, 6, 6)
    assert clean(drawn(BODY, holes=(pinhole, handle)), CANVAS) == drawn(BODY, holes=(handle,))


def test_a_bay_is_no_hole() -> None:
    bay = drawn(BODY, holes=(Box(20, 30, 1, 1),))
    assert clean(bay, CANVAS) == bay


def test_next_to_nothing_on_the_canvas_is_empty() -> None:
    assert clean(EMPTY_MASK, CANVAS).is_empty
    assert clean(Mask.filled(Box(10, 10, 1, 2)), CANVAS).is_empty
    assert clean(Mask.filled(Box(200, 10, 30, 30)), CANVAS).is_empty


PLACE = Box(300, 200, 8, 8)


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance.at_box(PLACE),
        Guidance.from_scribble(Mask.filled(PLACE)),
        Guidance.at_point(304.0, 204.0, spread=8.0),
    ],
)
@pytest.mark.parametrize("canvas", [Box(0, 0, 768, 512), Box(0, 0, 8192, 8192)])
def test_a_small_place_takes_a_small_mask(guidance: Guidance, canvas: Box) -> None:
    small = Mask.filled(PLACE)
    assert clean(small, canvas, least=least_area(guidance, canvas)) == small
    assert clean(small, canvas, least=least_area(Guidance.free(), canvas)).is_empty


@pytest.mark.parametrize("side", [1, 2])
def test_the_smallest_boxes_can_be_filled(side: int) -> None:
    box = Box(766, 510, side, side)
    canvas = Box(0, 0, 768, 512)
    full = Mask.filled(box)
    assert clean(full, canvas, least=least_area(Guidance.at_box(box), canvas)) == full


def test_a_speck_in_a_large_box_is_nothing() -> None:
    asked = Guidance.at_box(Box(0, 0, 400, 400))
    canvas = Box(0, 0, 768, 512)
    assert clean(Mask.filled(PLACE), canvas, least=least_area(asked, canvas)).is_empty


def test_a_clean_mask_keeps_its_part_off_the_canvas() -> None:
    half_out = Mask.filled(Box(80, 20, 40, 40))
    assert clean(half_out, CANVAS) == half_out
    assert on_canvas_share(half_out, CANVAS) == pytest.approx(0.5)


def test_iou() -> None:
    assert iou(Mask.filled(BODY), Mask.filled(BODY)) == 1
    assert iou(Mask.filled(BODY), Mask.filled(BODY.moved(20, 0))) == pytest.approx(1 / 3)
    assert iou(Mask.filled(BODY), Mask.filled(BODY.moved(40, 0))) == 0


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance.at_box(BODY),
        Guidance.at_point(40.0, 40.0),
        Guidance.from_scribble(Mask.filled(Box(25, 25, 30, 30))),
    ],
)
def test_a_mask_where_it_was_asked_for_agrees_more(guidance: Guidance) -> None:
    there = agreement(Mask.filled(BODY), guidance, CANVAS)
    beside = agreement(Mask.filled(BODY.moved(15, 0)), guidance, CANVAS)
    away = agreement(Mask.filled(BODY.moved(80, 60)), guidance, CANVAS)
    assert 1 >= there > beside > away >= 0
    assert agreement(EMPTY_MASK, guidance, CANVAS) == 0


def test_anything_agrees_with_no_guidance() -> None:
    assert agreement(Mask.filled(BODY), Guidance.free(), CANVAS) == 1


def test_of_two_near_twins_the_better_ranked_is_kept() -> None:
    masks = [
        Mask.filled(BODY.moved(1, 0)),
        Mask.filled(Box(0, 0, 9, 9)),
        EMPTY_MASK,
        Mask.filled(BODY),
        EMPTY_MASK,
    ]
    assert duplicates(masks, [3, 0, 1, 2, 4]) == {0: 3}
    assert duplicates(masks, [0, 3, 1, 2, 4]) == {3: 0}


def test_the_first_representative_is_the_most_typical_one_then_the_other_kind() -> None:
    tall, wide = Box(40, 10, 20, 60), Box(20, 30, 60, 20)
    masks = [Mask.filled(wide), *(Mask.filled(tall.moved(dx, 0)) for dx in (-4, 0, 4)), EMPTY_MASK]
    assert representatives(masks, 2, [1] * 5) == [2, 0]
    assert representatives(masks, 5, [1] * 5)[-1] == 4


def test_a_rare_shape_comes_before_twins_of_the_common_one() -> None:
    common, rare = Mask.filled(Box(10, 10, 60, 60)), Mask.filled(Box(40, 40, 30, 20))
    assert representatives([common, common, common, common, rare], 2, [1] * 5) == [0, 4]


def test_what_is_worth_little_comes_after_what_is_worth_more() -> None:
    masks = [Mask.filled(Box(10 + 2 * k, 10, 20 + 9 * k, 30)) for k in range(4)]
    assert sorted(representatives(masks, 2, [0.2, 0.9, 0.2, 0.8])) == [1, 3]


def test_fewer_representatives_are_the_first_of_more() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(8, 40, (12, 2))
    masks = [Mask.filled(Box(*rng.integers(0, 40, 2), *map(int, size))) for size in sizes]
    same = [1.0] * 12
    eight = representatives(masks, 8, same)
    assert len(set(eight)) == 8
    assert representatives(masks, 3, same) == eight[:3]
    assert sorted(representatives(masks, 12, same)) == list(range(12))


def test_representatives_of_nothing() -> None:
    assert representatives([], 3, []) == []
    assert representatives([EMPTY_MASK, EMPTY_MASK], 1, [0, 0]) == [0]
