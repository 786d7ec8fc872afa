from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.layout.geometry import EMPTY_BOX, Box
from engine.layout.mask import EMPTY_MASK, Mask
from tests.unit.layout.scenes import arrays, boxes, masks

EVERYWHERE = Box(-80, -80, 260, 260)


def pixels(mask: Mask) -> np.ndarray:
    return mask.within(EVERYWHERE)


def test_a_mask_keeps_only_the_box_around_its_pixels() -> None:
    array = np.zeros((50, 60), bool)
    array[10:20, 30:43] = True
    mask = Mask.from_array(array, x=5, y=-12)
    assert mask.box == Box(35, -2, 13, 10)
    assert mask.area == 130
    assert len(mask.bits) == 10 * 2


@given(arrays(), st.integers(-50, 50), st.integers(-50, 50))
def test_a_mask_gives_back_the_picture_it_was_made_of(array: np.ndarray, x: int, y: int) -> None:
    mask = Mask.from_array(array, x=x, y=y)
    assert np.array_equal(mask.within(Box(x, y, array.shape[1], array.shape[0])), array)
    assert mask.area == array.sum()
    assert mask.crop().sum() == array.sum()
    assert mask.is_empty == (not array.any())


@given(masks(), boxes())
def test_any_region_reads_the_same_bits_packed_and_unpacked(mask: Mask, region: Box) -> None:
    expected = np.zeros((region.height, region.width), bool)
    for row, column in np.argwhere(mask.crop()):
        y, x = row + mask.box.y - region.y, column + mask.box.x - region.x
        if 0 <= y < region.height and 0 <= x < region.width:
            expected[y, x] = True
    assert np.array_equal(mask.within(region), expected)
    assert np.array_equal(mask.packed(region), np.packbits(expected, axis=1))
    assert pixels(mask.clipped(region)).sum() == expected.sum()


@given(masks(), masks())
def test_set_operations_agree_with_whole_pictures(one: Mask, other: Mask) -> None:
    a, b = pixels(one), pixels(other)
    assert np.array_equal(pixels(one.union(other)), a | b)
    assert np.array_equal(pixels(one.minus(other)), a & ~b)
    assert one.overlap(other) == (a & b).sum()


@given(masks(), masks())
def test_equal_pixels_make_equal_masks(one: Mask, other: Mask) -> None:
    both = one.union(other)
    assert both == Mask.from_array(pixels(both), x=EVERYWHERE.x, y=EVERYWHERE.y)
    left = one.minus(other)
    assert left == Mask.from_array(pixels(left), x=EVERYWHERE.x, y=EVERYWHERE.y)


@given(masks(), boxes(), st.integers(0, 1000))
def test_an_edit_replaces_its_region_and_nothing_else(mask: Mask, region: Box, seed: int) -> None:
    new = np.random.default_rng(seed).random((region.height, region.width)) < 0.3
    edited = mask.with_edit(region, new)
    assert np.array_equal(edited.within(region), new)
    outside = pixels(mask.minus(Mask.filled(region)))
    assert np.array_equal(pixels(edited.minus(Mask.filled(region))), outside)


def test_an_object_moved_off_the_canvas_and_back_is_whole_again() -> None:
    mask = Mask.from_array(np.ones((20, 21), bool), x=3, y=4)
    away = mask.moved(-15, 0)
    assert away.on_canvas(64, 64).sum() == 20 * 9
    assert away.moved(15, 0) == mask


def test_the_empty_mask_stays_empty_whatever_is_done_to_it() -> None:
    assert Mask.from_array(np.zeros((5, 5), bool)) == EMPTY_MASK
    assert Mask.filled(EMPTY_BOX) == EMPTY_MASK
    assert EMPTY_MASK.moved(3, 3) == EMPTY_MASK
    assert EMPTY_MASK.minus(Mask.filled(Box(0, 0, 4, 4))) == EMPTY_MASK
    assert EMPTY_MASK.union(EMPTY_MASK).area == 0
    assert not EMPTY_MASK.on_canvas(8, 8).any()
    assert EMPTY_MASK.clipped(Box(0, 0, 8, 8)) == EMPTY_MASK
