"""The window of an insertion: large enough to see, and nothing changed outside the soft edge."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.render.defaults import FAMILIES
from engine.render.insert_frame import (
    check_mask,
    composited,
    feather_of,
    frame_of,
    seen,
    soft_edge,
    window_layout,
)


def disc(width: int, height: int, x: int, y: int, radius: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(256, 256), (900, 120), (70, 1000), (64, 64), (2000, 1400)])
@pytest.mark.parametrize("feather", [0, 1, 9])
def test_outside_the_feather_every_bit_stays(size: tuple[int, int], feather: int) -> None:
    width, height = size
    photo = noise(width, height)
    mask = disc(width, height, width // 3, height // 2, 11)
    frame = frame_of(mask, feather=feather, longest=256, multiple=16)
    drawing = np.full((frame.size[1], frame.size[0], 3), 128, np.uint8)
    result = composited(photo, drawing, frame)
    rows, columns = np.nonzero(mask)
    far = np.ones(mask.shape, bool)
    far[max(rows.min() - feather - 1, 0) : rows.max() + feather + 2,
        max(columns.min() - feather - 1, 0) : columns.max() + feather + 2] = False  # fmt: skip
    assert np.array_equal(result[far], photo[far])
    assert (result[mask] == 128).all()
    changed = (result != photo).any(axis=2)
    assert not changed[_farther(mask, feather + 1)].any()
    assert photo.tobytes() == noise(width, height).tobytes()


def _farther(mask: np.ndarray, distance: int) -> np.ndarray:
    """Pixels whose distance to the mask is more than that, counted plainly."""
    points = np.argwhere(mask)
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    near = np.zeros(mask.shape, bool)
    box = points.min(0) - distance - 2, points.max(0) + distance + 3
    window = np.s_[max(box[0][0], 0) : box[1][0], max(box[0][1], 0) : box[1][1]]
    r, c = rows[window], columns[window]
    squares = (r[..., None] - points[:, 0]) ** 2 + (c[..., None] - points[:, 1]) ** 2
    near[window] = squares.min(-1) <= distance**2
    return ~near


def test_the_edge_falls_smoothly_from_the_mask_outwards() -> None:
    mask = disc(60, 60, 30, 30, 10)
    edge = soft_edge(mask, 8)
    row = edge[30, 30:]
    assert (row[:11] == 1).all()
    assert (np.diff(row[10:]) <= 0).all()
    assert 0 < row[14] < 1
    assert (row[20:] == 0).all()


def test_a_small_object_is_drawn_close_up_and_a_large_one_in_the_whole_photo() -> None:
    small = frame_of(disc(3000, 2000, 2900, 1900, 60), feather=5, longest=512, multiple=8)
    assert small.window.width <= 400
    assert small.window.right <= 3000
    assert small.window.bottom <= 2000
    large = frame_of(disc(3000, 2000, 1500, 1000, 700), feather=5, longest=512, multiple=8)
    assert large.window == Box(0, 0, 3000, 2000)


@pytest.mark.parametrize("size", [(256, 256), (256, 100), (64, 4000), (4000, 64), (333, 517)])
def test_the_drawing_fits_the_model_and_holds_the_whole_hole(size: tuple[int, int]) -> None:
    width, height = size
    mask = disc(width, height, width // 2, height // 2, 20)
    frame = frame_of(mask, feather=4, longest=256, multiple=16)
    assert all(side % 16 == 0 for side in frame.size)
    assert max(frame.size) == 256
    assert min(frame.size) >= 80
    inside = mask[frame.window.y : frame.window.bottom, frame.window.x : frame.window.right]
    assert inside.sum() == mask.sum()
    assert frame.hole.shape == frame.size[::-1]
    assert seen(noise(width, height), frame).shape == (*frame.hole.shape, 3)
    assert 0 < frame.hole.mean() < 1


def test_empty_and_full_masks_are_told_apart_from_good_ones() -> None:
    canvas = Box(0, 0, 100, 80)
    with pytest.raises(InputError, match="mask is empty"):
        check_mask(EMPTY_MASK, canvas)
    with pytest.raises(InputError, match="mask is empty"):
        check_mask(Mask.filled(Box(200, 0, 30, 30)), canvas)
    with pytest.raises(InputError, match="covers the whole photo"):
        check_mask(Mask.filled(canvas), canvas)
    assert check_mask(Mask.filled(Box(90, 70, 30, 30)), canvas).sum() == 100


def test_the_feather_follows_the_photo_unless_it_is_given() -> None:
    assert feather_of(None, 2000, 1000, share=0.01) == 20
    assert feather_of(None, 64, 64, share=0.01) == 1
    assert feather_of(0, 64, 64, share=0.01) == 0
    with pytest.raises(InputError, match="feather"):
        feather_of(-1, 64, 64, share=0.01)


def test_what_is_put_into_illustrations_has_a_cleaner_edge_than_in_photos() -> None:
    lite, photos = FAMILIES["lite"].feather, FAMILIES["sd15"].feather
    assert feather_of(None, 512, 384, share=lite) == 1
    assert feather_of(None, 512, 384, share=photos) == 5


def test_the_layout_of_a_window_shows_what_lies_there() -> None:
    layers = (
        Layer(label="sky", mask=Mask.filled(Box(0, 0, 200, 50))),
        Layer(label="dog", mask=Mask.filled(Box(120, 60, 20, 20))),
    )
    layout = Layout(width=200, height=100, layers=layers)
    part = window_layout(layout, Box(100, 40, 60, 60), caption="a dog")
    assert (part.width, part.height, part.caption) == (60, 60, "a dog")
    assert [(x.label, x.mask.box) for x in part.layers] == [
        ("sky", Box(0, 0, 60, 10)),
        ("dog", Box(20, 20, 20, 20)),
    ]
    assert [x.label for x in window_layout(layout, Box(0, 50, 50, 50), caption="").layers] == []
