"""Eq. 5, windows, guidance maps and placements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.smartmask.conditioning import (
    ALPHA,
    MODE_SLOTS,
    OUTSIDE_ID,
    THING_ID,
    blend,
    box_of,
    colour_table,
    coverage,
    guidance_map,
    placement_of,
    scalar_features,
    whole_window,
    window_ids,
    zoom_window,
)

CANVAS = Box(0, 0, 120, 80)
BOX = Box(30, 20, 40, 20)


def test_blend_is_equation_5() -> None:
    semantic = np.array([[[0.2, 0.4, 0.6]] * 3], np.float32)
    guidance = np.array([[0.0, 0.5, 1.0]], np.float32)
    blended = blend(semantic, guidance)
    np.testing.assert_allclose(blended[0, 0], [0.2, 0.4, 0.6], rtol=1e-6)
    np.testing.assert_allclose(blended[0, 1], [0.48, 0.61, 0.74], rtol=1e-6)
    np.testing.assert_allclose(blended[0, 2], [0.76, 0.82, 0.88], rtol=1e-6)


def test_no_class_colour_can_be_taken_for_guidance() -> None:
    table = colour_table()
    used = [0, *range(1, 151), OUTSIDE_ID, THING_ID]
    assert table[used].min(axis=1).max() < ALPHA
    fully_guided = blend(table[None, used], np.ones((1, len(used)), np.float32))
    assert fully_guided.min() >= ALPHA - 1e-6


def test_every_id_has_a_colour_of_its_own() -> None:
    used = [0, *range(1, 151), OUTSIDE_ID, THING_ID]
    assert len(np.unique(colour_table()[used], axis=0)) == len(used)


def test_the_whole_window_is_the_padded_square_and_marks_the_padding() -> None:
    ids = np.full((80, 120), 7, np.uint8)
    seen = window_ids(ids, whole_window(CANVAS), 60)
    assert (seen[10:50] == 7).all()
    assert (seen[:10] == OUTSIDE_ID).all() and (seen[50:] == OUTSIDE_ID).all()


def test_a_window_shows_the_pixel_under_each_cell() -> None:
    ids = np.arange(64 * 64).reshape(64, 64).astype(np.uint8)
    np.testing.assert_array_equal(window_ids(ids, whole_window(Box(0, 0, 64, 64)), 64), ids)


def test_free_guidance_is_zero_everywhere() -> None:
    assert not guidance_map(Guidance.free(), whole_window(CANVAS), 64, CANVAS).any()


def test_a_box_covers_its_own_area() -> None:
    window = whole_window(CANVAS)
    seen = guidance_map(Guidance.at_box(BOX), window, 60, CANVAS)
    assert seen.sum() == pytest.approx(BOX.area / 4)
    assert seen[20:30, 15:35].min() == pytest.approx(1)
    assert seen.max() == pytest.approx(1)


@pytest.mark.parametrize("spread", [None, 6.0])
def test_a_point_is_a_blob_around_it(spread: float | None) -> None:
    guidance = Guidance.at_point(90.0, 30.0, spread=spread)
    seen = guidance_map(guidance, whole_window(CANVAS), 120, CANVAS)
    row, column = np.unravel_index(int(seen.argmax()), seen.shape)
    assert (column, row) in {(x, y) for x in (89, 90) for y in (49, 50)}
    assert 0.9 < seen.max() <= 1
    if spread is not None:
        assert seen[50, 90 + 6] == pytest.approx(np.exp(-0.5), abs=0.06)


@pytest.mark.parametrize("size", [16, 64, 240])
def test_a_scribble_is_its_coverage(size: int) -> None:
    scribble = Mask.filled(BOX)
    seen = guidance_map(Guidance.from_scribble(scribble), whole_window(CANVAS), size, CANVAS)
    np.testing.assert_allclose(seen, coverage(scribble, whole_window(CANVAS), size))
    cell = (120 / size) ** 2
    assert seen.sum() * cell == pytest.approx(BOX.area, rel=0.02)


def test_the_zoomed_window_depends_on_the_guidance_alone() -> None:
    scribble = Guidance.from_scribble(Mask.filled(BOX))
    assert zoom_window(Guidance.free(), CANVAS) is None
    around_box = zoom_window(Guidance.at_box(BOX), CANVAS)
    assert around_box == zoom_window(scribble, CANVAS)
    assert around_box is not None
    assert (around_box.x + around_box.side / 2, around_box.y + around_box.side / 2) == (50, 30)
    assert around_box.side == pytest.approx(60)


def test_an_open_click_does_not_give_a_size_away() -> None:
    sides = {
        window.side
        for x in (5.0, 60.0, 119.0)
        if (window := zoom_window(Guidance.at_point(x, 40.0), CANVAS)) is not None
    }
    assert len(sides) == 1
    small = zoom_window(Guidance.at_point(60.0, 40.0, spread=2.0), CANVAS)
    large = zoom_window(Guidance.at_point(60.0, 40.0, spread=15.0), CANVAS)
    assert small is not None and large is not None and small.side < large.side


@given(
    canvas=st.tuples(st.integers(64, 4000), st.integers(64, 4000)),
    place=st.tuples(*[st.floats(0, 0.99)] * 2, *[st.floats(0.01, 1.0)] * 2),
)
def test_a_placement_is_the_box_again(
    canvas: tuple[int, int], place: tuple[float, float, float, float]
) -> None:
    whole = Box(0, 0, *canvas)
    longest = max(canvas)
    box = Box(
        int(place[0] * canvas[0]),
        int(place[1] * canvas[1]),
        max(2, int(place[2] * longest)),
        max(2, int(place[3] * longest)),
    )
    again = box_of(placement_of(box, whole), whole)
    assert np.abs(np.array(again) - np.array(box)).max() <= 1


def test_placement_is_measured_in_the_padded_square() -> None:
    assert placement_of(CANVAS, CANVAS).tolist() == pytest.approx([0, 0, 0, np.log(80 / 120)])
    assert placement_of(Box(0, 0, 120, 80), Box(0, 0, 120, 120))[1] == pytest.approx(-1 / 3)


def test_a_wild_placement_stays_a_box_of_bounded_size() -> None:
    wild = np.array([9.0, -9.0, 50.0, -50.0], np.float32)
    box = box_of(wild, CANVAS)
    assert box.width <= 3 * 120 and box.height >= 1 and abs(box.x) < 4 * 120


@pytest.mark.parametrize(
    ("guidance", "slot"),
    [
        (Guidance.free(), "free"),
        (Guidance.at_box(BOX), "box"),
        (Guidance.at_point(4.0, 4.0), "point"),
        (Guidance.at_point(4.0, 4.0, spread=3.0), "point_sized"),
        (Guidance.from_scribble(Mask.filled(BOX)), "scribble"),
    ],
)
def test_scalars_name_the_mode_and_where(guidance: Guidance, slot: str) -> None:
    values = scalar_features(guidance, CANVAS, style="illustration")
    assert MODE_SLOTS[int(values[:5].argmax())] == slot and values[:5].sum() == 1
    assert values[5:8].tolist() == [0, 0, 1]
    assert values[8] == pytest.approx(np.log(1.5))
    has_extent = slot in ("box", "scribble")
    assert values[9:13].any() == has_extent
    if has_extent:
        np.testing.assert_allclose(values[9:13], placement_of(BOX, CANVAS))
    assert values[13:].any() == (slot != "free")
