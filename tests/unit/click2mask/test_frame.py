"""From the photo to the canvas and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.click2mask.composite import enlarged, feather
from engine.click2mask.config import FAITHFUL, GRID, ClickConfig
from engine.click2mask.frame import Frame
from engine.layout.geometry import Box


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def frame(clicks: list[tuple[int, int]], photo: tuple[int, int], *, squash: bool = False) -> Frame:
    return Frame.around(clicks, photo=photo, width=128, squash=squash)


@given(
    width=st.integers(64, 400),
    height=st.integers(64, 400),
    at=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
)
def test_every_click_falls_into_the_cell_that_shows_it(
    width: int, height: int, at: tuple[float, float]
) -> None:
    click = int(at[0] * width), int(at[1] * height)
    f = frame([click], (width, height))
    x, y = f.to_cells(click)
    assert 0 <= x < GRID and 0 <= y < GRID
    assert f.usable[int(y), int(x)]
    assert f.box.width == f.box.height == min(width, height)


def test_wide_photos_are_cut_and_not_squashed() -> None:
    f = frame([(380, 100)], (400, 200))
    assert f.box == Box(200, 0, 200, 200)
    assert frame([(380, 100)], (400, 200), squash=True).box == Box(0, 0, 400, 200)


@pytest.mark.parametrize("click", [(0, 0), (200, 100), (399, 199)])
def test_a_closer_window_lies_around_the_click_and_inside_the_photo(
    click: tuple[int, int],
) -> None:
    f = Frame.around([click], photo=(400, 200), width=128, squash=False, window=0.6)
    assert (f.box.width, f.box.height) == (120, 120)
    assert f.box.intersection(Box(0, 0, 400, 200)) == f.box
    x, y = f.to_cells(click)
    assert 0 <= x < GRID and 0 <= y < GRID
    apart = Frame.around(
        [(100, 100), (250, 100)], photo=(400, 200), width=128, squash=False, window=0.6
    )
    assert apart.box.width > 200, "all clicks keep room around them"


def test_clicks_far_apart_widen_the_window_past_the_photo() -> None:
    f = frame([(10, 100), (390, 100)], (400, 200))
    assert f.box == Box(0, -100, 400, 400)
    assert f.usable.sum() == GRID * GRID // 2
    canvas = f.cut(noise(400, 200))
    assert canvas.shape == (128, 128, 3)
    on_photo = f.mask_on_photo(np.ones((GRID, GRID), bool))
    assert on_photo.shape == (200, 400) and on_photo.all()


def test_photo_is_untouched_where_the_weight_is_zero() -> None:
    photo = noise(300, 200)
    f = frame([(250, 60)], (300, 200))
    weight = np.zeros((128, 128), np.float32)
    weight[40:80, 40:80] = 1
    out = f.put_back(photo, np.full((128, 128, 3), 7, np.uint8), weight)
    touched = (out != photo).any(axis=2)
    ys, xs = np.nonzero(touched)
    assert xs.min() >= 100 + 38 * 200 // 128 and ys.max() <= 82 * 200 // 128 + 2
    assert (out[66:120, 168:220] == 7).all()
    assert (photo == noise(300, 200)).all()


def test_masks_go_to_the_photo_and_back() -> None:
    mask = np.zeros((GRID, GRID), bool)
    mask[10:30, 20:50] = True
    f = frame([(10, 10)], (500, 321))
    assert (f.mask_from_photo(f.mask_on_photo(mask)) == mask).mean() > 0.99


def test_feather_is_whole_in_the_mask_and_fades_outside() -> None:
    mask = np.zeros((GRID, GRID), bool)
    mask[24:40, 24:40] = True
    weight = feather(mask, config=FAITHFUL, width=512)
    inside = enlarged(mask, 512)
    assert (weight[inside] == 1).all()
    row = weight[256, 320:]
    assert row[0] == 1 and row[-1] == 0
    assert (np.diff(row) <= 1e-6).all()
    assert ((row > 0) & (row < 1)).any()
    # The band's size goes with the canvas.
    small = feather(mask, config=FAITHFUL, width=256)
    assert small.mean() == pytest.approx(weight.mean(), rel=0.05)


def test_no_feather_cuts_at_the_mask() -> None:
    mask = np.zeros((GRID, GRID), bool)
    mask[24:40, 24:40] = True
    weight = feather(mask, config=ClickConfig(feather=0), width=256)
    assert (weight == enlarged(mask, 256)).all()
