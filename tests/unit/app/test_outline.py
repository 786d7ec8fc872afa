"""Outlines follow the pixels of their mask."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.canvas.outline import loops, outline, smooth
from engine.layout.mask import Mask


def area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@pytest.mark.parametrize("seed", range(5))
def test_loops_enclose_exactly_the_pixels(seed: int) -> None:
    mask = np.random.default_rng(seed).random((13, 17)) < 0.5
    assert sum(area(loop) for loop in loops(mask)) == mask.sum()


def test_a_hole_has_its_own_loop_the_other_way() -> None:
    mask = np.ones((5, 5), bool)
    mask[2, 2] = False
    assert sorted(area(loop) for loop in loops(mask)) == [-1, 25]


def test_pixels_that_touch_at_a_corner_are_apart() -> None:
    assert len(loops(np.eye(3, dtype=bool))) == 3


def test_smoothing_keeps_the_size() -> None:
    rows, columns = np.mgrid[-40:41, -40:41]
    disc = np.hypot(rows, columns) <= 36
    (loop,) = loops(disc)
    assert area(smooth(loop)) == pytest.approx(disc.sum(), rel=0.01)


@pytest.mark.parametrize("zoom", [0.1, 1.0, 16.0])
def test_the_path_holds_what_the_mask_holds(zoom: float) -> None:
    rows, columns = np.mgrid[0:120, 0:160]
    ring = np.abs(np.hypot(rows - 60, columns - 80) - 40) <= 15
    path = outline(Mask.from_array(ring, x=7, y=9), zoom=zoom)
    box = Mask.from_array(ring).box
    for x, y, inside in ((80, 60, False), (80, 20, True), (120, 60, True), (80, 118, False)):
        assert path.contains(QPointF(x - box.x, y - box.y)) == inside


def test_single_pixels_are_exact_when_they_are_worked_on() -> None:
    mask = Mask.from_array(np.ones((3, 4), bool))
    assert outline(mask, zoom=16).boundingRect().getRect() == (0, 0, 4, 3)
    assert outline(mask, zoom=16).contains(QPointF(0.1, 0.1))
