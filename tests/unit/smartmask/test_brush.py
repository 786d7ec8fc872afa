"""What a scribble tells of the brush that drew it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import BoolArray, Mask
from engine.smartmask.brush import BRUSH, RADII, Brush, brush_of, is_painted_over
from engine.smartmask.conditioning import (
    MAP_SIZE,
    OUTSIDE_ID,
    box_of,
    guidance_map,
    scalar_features,
    window_ids,
    zoom_window,
)

CANVAS = Box(0, 0, 256, 192)


def plus(x: int, y: int, arm: int) -> BoolArray:
    """Corners everywhere, so that only the brush rounds them."""
    bits = np.zeros((CANVAS.height, CANVAS.width), bool)
    bits[y - arm : y + arm, x - arm // 3 : x + arm // 3] = True
    bits[y - arm // 3 : y + arm // 3, x - arm : x + arm] = True
    return bits


def painted_over(bits: BoolArray, radius: int) -> BoolArray:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(bits.astype(np.uint8), disc) > 0


def measured(drawn: BoolArray) -> tuple[Brush, Box]:
    """The hints of a scribble and the box of its core on the canvas."""
    guidance = Guidance.from_scribble(Mask.from_array(drawn))
    window = zoom_window(guidance, CANVAS)
    assert window is not None
    shades = np.round(guidance_map(guidance, window, MAP_SIZE, CANVAS) * 255).astype(np.uint8)
    ids = window_ids(np.zeros(drawn.shape, np.uint8), window)
    brush = brush_of(shades, ids == OUTSIDE_ID, scalar_features(guidance, CANVAS)[13:16])
    return brush, box_of(brush.features[:4], CANVAS)


@pytest.mark.parametrize("radius", [8, 13])
def test_a_painted_over_thing_is_found_under_the_paint(radius: int) -> None:
    thing = plus(120, 90, 48)
    drawn = painted_over(thing, radius)
    _, core = measured(drawn)
    truth, scribble = Mask.from_array(thing).box, Mask.from_array(drawn).box
    assert abs(core.width - truth.width) < 0.5 * (scribble.width - truth.width)
    assert abs(core.x + core.width / 2 - (truth.x + truth.width / 2)) <= 2
    assert abs(core.height - truth.height) < 0.5 * (scribble.height - truth.height)


def test_a_wider_brush_leaves_rounder_corners() -> None:
    thing = plus(120, 90, 48)
    narrow, wide = (measured(painted_over(thing, radius))[0] for radius in (6, 16))
    middle = 4 + RADII.index(0.04)
    assert wide.features[middle] < narrow.features[middle] - 0.03


def test_the_edge_of_the_canvas_is_no_edge_of_the_thing() -> None:
    thing = np.zeros((CANVAS.height, CANVAS.width), bool)
    thing[100:, 60:160] = True
    _, core = measured(painted_over(thing, 12))
    assert core.bottom >= CANVAS.height - 3
    assert core.y > 92


def test_a_line_keeps_its_place() -> None:
    line = np.zeros((CANVAS.height, CANVAS.width), np.uint8)
    cv2.line(line, (40, 60), (200, 140), 1, 7)
    brush, core = measured(line > 0)
    assert brush.features.shape == (BRUSH,)
    assert np.isfinite(brush.features).all()
    assert brush.core.any()
    assert math.isclose(core.x + core.width / 2, 120, abs_tol=6)
    assert math.isclose(core.y + core.height / 2, 100, abs_tol=6)


def test_a_mirrored_scribble_has_mirrored_hints() -> None:
    drawn = painted_over(plus(70, 90, 40), 9)
    here, there = measured(drawn)[0], measured(drawn[:, ::-1].copy())[0]
    assert here.features[0] == pytest.approx(-there.features[0], abs=0.02)
    np.testing.assert_allclose(here.features[1:], there.features[1:], atol=0.03)


def test_a_single_pixel_is_measured_too() -> None:
    dot = np.zeros((CANVAS.height, CANVAS.width), bool)
    dot[50, 50] = True
    brush, _ = measured(dot)
    assert np.isfinite(brush.features).all()
    assert brush.core.any()


@pytest.mark.parametrize("corner", [(120, 90), (0, 90)])
def test_a_thing_painted_over_is_told_from_a_stroke(corner: tuple[int, int]) -> None:
    """Also at the canvas' edge, beyond which either is taken to go on."""
    x, y = corner
    for radius in (5, 13):
        blob = np.zeros((CANVAS.height, CANVAS.width), np.uint8)
        cv2.ellipse(blob, (x, y), (30 + radius, 20 + radius), 20, 0, 360, 1, -1)
        assert is_painted_over(blob > 0)
    stroke = np.zeros((CANVAS.height, CANVAS.width), np.uint8)
    cv2.polylines(stroke, [np.array([(x, y), (x + 40, y - 30), (x + 90, y)])], False, 1, 9)
    assert not is_painted_over(stroke > 0)
    assert not is_painted_over(np.zeros((CANVAS.height, CANVAS.width), bool))
