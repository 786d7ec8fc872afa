"""Samples of what was painted over are drawn to the outline that the paint tells."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.brush import is_painted_over
from engine.smartmask.painted import drawn_to, paint_of
from engine.smartmask.postprocess import iou

CANVAS = Box(0, 0, 320, 240)


def thing(dx: int = 0, dy: int = 0) -> Mask:
    """A body with a neck and a head."""
    array = np.zeros((480, 640), np.uint8)
    cv2.ellipse(array, (300 + dx, 280 + dy), (60, 34), 0, 0, 360, 1, -1)
    cv2.rectangle(array, (338 + dx, 200 + dy), (360 + dx, 280 + dy), 1, -1)
    cv2.circle(array, (356 + dx, 196 + dy), 22, 1, -1)
    return Mask.from_array(array > 0, x=-160, y=-120)


def painted(mask: Mask, radius: int) -> Guidance:
    """The scribble of someone who covers the thing with a brush, as far as the canvas goes."""
    room = Box(-60, -60, 440, 360)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    grown = cv2.dilate(mask.within(room).astype(np.uint8), disc) > 0
    return Guidance.from_scribble(Mask.from_array(grown, x=-60, y=-60).clipped(CANVAS))


def rough(mask: Mask) -> Mask:
    """What a small model might make of it: about there, about so large, the neck too thick."""
    room = Box(-60, -60, 440, 360)
    bits = cv2.GaussianBlur(mask.within(room).astype(np.float32), (0, 0), 9) > 0.4
    return Mask.from_array(bits, x=-54, y=-56)


@pytest.mark.parametrize("radius", [6, 14, 24])
def test_the_edge_comes_nearer_to_the_thing(radius: int) -> None:
    true = thing()
    paint = paint_of(painted(true, radius), CANVAS)
    assert paint is not None
    before = rough(true)
    after = drawn_to(before, paint, CANVAS)
    assert after is not None
    assert iou(after, true) > iou(before, true) + 0.05


def test_what_was_painted_up_to_the_edge_of_the_canvas_goes_on_beyond_it() -> None:
    true = thing(dx=130)
    paint = paint_of(painted(true, 10), CANVAS)
    assert paint is not None
    before = rough(true)
    assert before.box.right > CANVAS.right
    after = drawn_to(before, paint, CANVAS)
    assert after is not None
    assert iou(after.clipped(CANVAS), true.clipped(CANVAS)) > iou(
        before.clipped(CANVAS), true.clipped(CANVAS)
    )
    assert after.minus(after.clipped(CANVAS)) == before.minus(before.clipped(CANVAS))


def test_a_sample_that_is_something_else_is_not_drawn() -> None:
    paint = paint_of(painted(thing(), 10), CANVAS)
    assert paint is not None
    for other in (Mask.filled(Box(4, 4, 60, 40)), Mask.filled(CANVAS), EMPTY_MASK):
        assert drawn_to(other, paint, CANVAS) is None


def test_a_thing_around_a_stroke_is_not_drawn_to_it() -> None:
    array = np.zeros((240, 320), np.uint8)
    cv2.polylines(array, [np.array([(90, 160), (140, 90), (230, 150)], np.int32)], False, 1, 13)
    paint = paint_of(Guidance.from_scribble(Mask.from_array(array > 0)), CANVAS)
    assert paint is not None
    whole = Mask.filled(Box(80, 70, 170, 110))
    assert drawn_to(whole, paint, CANVAS) is None


def test_large_canvases_keep_their_pixels() -> None:
    large = Box(0, 0, 4 * CANVAS.width, 4 * CANVAS.height)

    def enlarged(mask: Mask) -> Mask:
        bits = mask.within(CANVAS).astype(np.uint8).repeat(4, 0).repeat(4, 1) > 0
        return Mask.from_array(bits)

    drawn = painted(thing(), 10).scribble
    assert drawn is not None
    paint = paint_of(Guidance.from_scribble(enlarged(drawn)), large)
    assert paint is not None
    after = drawn_to(enlarged(rough(thing())), paint, large)
    assert after is not None
    assert iou(after, enlarged(thing())) > iou(enlarged(rough(thing())), enlarged(thing())) + 0.05


@pytest.mark.parametrize("guidance", [Guidance.free(), Guidance.at_box(Box(3, 3, 40, 30))])
def test_other_guidance_tells_no_outline(guidance: Guidance) -> None:
    assert paint_of(guidance, CANVAS) is None


@pytest.mark.parametrize("side", [1, 2, 3])
def test_specks_can_be_painted(side: int) -> None:
    speck = Mask.filled(Box(7, 9, side, side))
    paint = paint_of(Guidance.from_scribble(speck), CANVAS)
    assert paint is not None
    drawn = drawn_to(speck, paint, CANVAS)
    assert drawn is None or not drawn.is_empty


def test_who_paints_over_the_whole_canvas_tells_no_edge() -> None:
    paint = paint_of(Guidance.from_scribble(Mask.filled(CANVAS)), CANVAS)
    assert paint is not None
    large = Mask.filled(Box(20, 10, 240, 200))
    assert drawn_to(large, paint, CANVAS) is None


def test_a_line_across_a_large_canvas_is_no_paint() -> None:
    canvas = Box(0, 0, 2400, 400)
    line = Mask.filled(Box(50, 100, 2300, 1))
    around = Mask.filled(Box(50, 60, 2300, 80))
    paint = paint_of(Guidance.from_scribble(line), canvas)
    assert paint is None or drawn_to(around, paint, canvas) is None
    assert not is_painted_over(line.on_canvas(canvas.width, canvas.height))
