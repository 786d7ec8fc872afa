"""The regions of a semantic map, and a scribble in the canonical frame."""

from __future__ import annotations

import numpy as np

from engine.smartmask.conditioning import OUTLINE, OUTSIDE_ID, outline_frame
from engine.smartmask.regions import MAX_REGIONS, regions_of


def test_regions_say_what_lies_where_largest_first() -> None:
    ids = np.zeros((64, 64), np.uint8)
    ids[32:] = 10
    ids[16:32, 8:16] = 5
    regions = regions_of(ids)
    assert list(regions.classes[:3]) == [10, 5, 0]
    x, y, width, height, bottom, area, fill = regions.geometry[1]
    assert (x, y, bottom) == (-0.625, -0.25, 0.0)
    assert np.allclose(np.exp([width, height, area]), [1 / 8, 1 / 4, 1 / 32])
    assert fill == 1


def test_two_patches_of_a_class_are_two_regions() -> None:
    ids = np.zeros((64, 64), np.uint8)
    ids[10:20, 5:15] = ids[10:20, 40:50] = 13
    assert list(regions_of(ids).classes[:3]) == [13, 13, 0]


def test_the_outside_and_splinters_are_no_regions() -> None:
    ids = np.full((64, 64), OUTSIDE_ID, np.uint8)
    ids[5, 5] = 7
    assert not regions_of(ids).classes.any()


def test_a_crowded_map_keeps_its_largest_regions() -> None:
    ids = np.zeros((64, 64), np.uint8)
    ids[::4, ::4] = ids[1::4, ::4] = ids[::4, 1::4] = 3
    ids[40:, 40:] = 9
    regions = regions_of(ids)
    assert regions.classes[0] == 9
    assert np.count_nonzero(regions.classes) == MAX_REGIONS


def test_a_scribble_fills_the_frame_wherever_it_was_drawn() -> None:
    drawn = np.zeros((64, 64), np.uint8)
    drawn[20:40, 30:36] = 255
    frame = outline_frame(drawn)
    assert frame.shape == (OUTLINE, OUTLINE) and frame.min() == 255
    assert not outline_frame(np.zeros((64, 64), np.uint8)).any()


def test_a_faint_scribble_is_still_seen() -> None:
    drawn = np.zeros((64, 64), np.uint8)
    drawn[20:40, 30:36] = 60
    assert outline_frame(drawn).max() == 60
