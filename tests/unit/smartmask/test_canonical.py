"""The canonical frame and back."""

from __future__ import annotations

import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.smartmask.canonical import FRAME, INNER, MARGIN, from_frame, to_frame
from engine.smartmask.postprocess import iou


def disc_field() -> np.ndarray:
    """Signed distance to a disc that touches the four sides of the inner square."""
    along = np.arange(FRAME) + 0.5 - FRAME / 2
    return (INNER / 2 - np.hypot(along[:, None], along[None, :])).astype(np.float32)


def disc(box: Box) -> Mask:
    """The true ellipse of a box."""
    x = (np.arange(box.width) + 0.5) / box.width * 2 - 1
    y = (np.arange(box.height) + 0.5) / box.height * 2 - 1
    return Mask.from_array(np.hypot(x[None, :], y[:, None]) <= 1, x=box.x, y=box.y)


@pytest.mark.parametrize("side", [64, 500, 1024, 4096])
@pytest.mark.parametrize("share", [(0.1, 0.2, 0.5, 0.25), (0.4, 0.1, 0.3, 0.8)])
def test_a_shape_lands_in_its_box_at_any_canvas_size(
    side: int, share: tuple[float, float, float, float]
) -> None:
    canvas = Box(0, 0, side, side)
    box = Box(*(round(part * side) for part in share))
    mask = from_frame(disc_field(), box, canvas)
    slack = max(1, round(0.03 * max(box.width, box.height)))
    assert np.abs(np.array(mask.box) - np.array(box)).max() <= slack
    assert iou(mask, disc(box)) > 0.93


def test_edges_are_smooth_where_the_shape_is_enlarged() -> None:
    """A bit map enlarged 25 times has steps of 25 px; the field has none over 3 px."""
    box = Box(0, 0, 3000, 3000)
    mask = from_frame(disc_field(), box, Box(0, 0, 3000, 3000))
    crop = mask.crop()
    left = crop.argmax(axis=1)[600:2400]
    assert np.abs(np.diff(left)).max() <= 3


def test_thin_parts_survive_on_a_large_canvas() -> None:
    field = np.full((FRAME, FRAME), -4.0, np.float32)
    field[MARGIN:-MARGIN, 63:65] = 4.0
    field[60:68, MARGIN:-MARGIN] = 4.0
    mask = from_frame(field, Box(500, 300, 2400, 1200), Box(0, 0, 3840, 2160))
    crop = mask.crop()
    assert crop.any(axis=1).all() and crop.any(axis=0).all()
    assert 20 < crop[50].sum() < 80


@pytest.mark.parametrize("side", [12, 30])
def test_thin_parts_stay_connected_when_the_shape_is_small(side: int) -> None:
    field = np.full((FRAME, FRAME), -1.0, np.float32)
    field[MARGIN:-MARGIN, 56:72] = 1.0
    mask = from_frame(field, Box(20, 20, side, side), Box(0, 0, 64, 64))
    crop = mask.crop()
    assert not mask.is_empty and mask.box.height >= side - 2
    assert crop.any(axis=1).all()


@pytest.mark.parametrize("side", [1, 2, 3, 8])
@pytest.mark.parametrize("corner", [(0, 0), (120, 0), (0, 88), (56, 40)])
def test_a_tiny_box_holds_something_of_the_thinnest_shape(
    side: int, corner: tuple[int, int]
) -> None:
    field = np.full((FRAME, FRAME), -6.0, np.float32)
    field[MARGIN:-MARGIN, 63:65] = 6.0
    field[62:66, MARGIN:-MARGIN] = 6.0
    box = Box(*corner, side, side)
    mask = from_frame(field, box, Box(0, 0, 128, 96))
    assert not mask.is_empty
    assert mask.box.intersection(box) == mask.box


def test_a_shape_may_leave_the_canvas_but_not_the_world() -> None:
    canvas = Box(0, 0, 100, 80)
    beyond = from_frame(disc_field(), Box(70, 10, 60, 60), canvas)
    assert beyond.box.right > 100
    everywhere = from_frame(disc_field(), Box(-2000, -2000, 4000, 4000), canvas)
    assert everywhere.box.width <= 300 and everywhere.box.height <= 240
    assert from_frame(disc_field(), Box(10_000, 0, 10, 10), canvas).is_empty
    assert from_frame(disc_field(), Box(5, 5, 0, 10), canvas).is_empty


def test_an_empty_field_draws_nothing() -> None:
    field = np.full((FRAME, FRAME), -3.0, np.float32)
    assert from_frame(field, Box(0, 0, 50, 50), Box(0, 0, 64, 64)).is_empty


@pytest.mark.parametrize("shape", [(20, 31), (300, 140), (7, 90)])
def test_into_the_frame_and_back_is_the_same_shape(shape: tuple[int, int]) -> None:
    height, width = shape
    box = Box(12, 5, width, height)
    truth = disc(box)
    field = to_frame(truth.crop()).astype(np.float32) / 127.5 - 1
    canvas = Box(0, 0, 400, 400)
    assert iou(from_frame(field, truth.box, canvas), truth) > 0.9


def test_a_shape_fills_the_inner_square() -> None:
    frame = to_frame(np.ones((9, 40), bool))
    assert frame.shape == (FRAME, FRAME)
    assert (frame[MARGIN:-MARGIN, MARGIN:-MARGIN] == 255).all()
    assert frame[:MARGIN].max() == 0 and frame[:, -MARGIN:].max() == 0
