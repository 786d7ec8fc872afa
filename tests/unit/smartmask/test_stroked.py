"""Samples of what was stroked over cover the stroke."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.stroked import Stroke, covering, joined, stroke_of

CANVAS = Box(0, 0, 320, 240)
BODY = Mask.filled(Box(100, 80, 120, 60))


def line(*points: tuple[int, int], width: int = 17, canvas: Box = CANVAS) -> Mask:
    array = np.zeros((canvas.height, canvas.width), np.uint8)
    cv2.polylines(array, [np.array(points, np.int32)], False, 1, width)
    return Mask.from_array(array > 0)


def stroke(drawn: Mask, canvas: Box = CANVAS) -> Stroke:
    found = stroke_of(Guidance.from_scribble(drawn), canvas)
    assert found is not None
    return found


def covered(mask: Mask, drawn: Mask) -> float:
    return mask.overlap(drawn) / drawn.area


@pytest.mark.parametrize(("dx", "dy"), [(14, 0), (-14, 7), (0, 7), (0, -7)])
def test_a_sample_beside_the_stroke_is_moved_over_it(dx: int, dy: int) -> None:
    drawn = line((110 + dx, 110 + dy), (150 + dx, 90 + dy), (208 + dx, 128 + dy))
    box = covering(BODY, BODY.box, stroke(drawn))
    assert covered(Mask.filled(box), drawn) > covered(BODY, drawn)
    assert box.x - BODY.box.x == pytest.approx(dx, abs=9)
    assert (box.width, box.height) == (120, 60)


def test_one_that_is_too_small_grows_a_little() -> None:
    drawn = line((96, 110), (150, 70), (226, 146))
    box = covering(BODY, BODY.box, stroke(drawn))
    assert box.width == round(120 * 1.18)
    assert covered(Mask.filled(box), drawn) > covered(BODY, drawn) + 0.1


def test_one_that_covers_the_stroke_already_keeps_its_place_and_size() -> None:
    drawn = line((105, 135), (160, 85), (215, 135), width=9)
    box = covering(BODY, BODY.box, stroke(drawn))
    assert box.width <= 120
    assert covered(Mask.filled(box), drawn) > 0.97


def test_a_large_canvas_makes_no_difference() -> None:
    large = Box(0, 0, 3200, 2400)
    drawn = line((1240, 1100), (1640, 900), (2220, 1280), width=170, canvas=large)
    body = Mask.filled(Box(1000, 800, 1200, 600))
    box = covering(body, body.box, stroke(drawn, large))
    assert 60 <= box.x - 1000 <= 200


def test_a_tail_that_the_sample_does_not_have_is_joined() -> None:
    drawn = line((120, 110), (200, 110), (290, 40))
    whole = joined(BODY, stroke(drawn))
    assert covered(whole, drawn) > 0.97
    assert whole.minus(BODY).minus(drawn).is_empty


def test_a_rim_of_the_stroke_is_not() -> None:
    drawn = line((110, 84), (160, 84), (210, 84))
    assert covered(BODY, drawn) < 0.9
    assert joined(BODY, stroke(drawn)) == BODY


def test_a_pen_says_where_a_thing_is_and_is_no_part_of_it() -> None:
    drawn = line((120, 110), (200, 110), (290, 40), width=3)
    assert joined(BODY, stroke(drawn)) == BODY


def test_nothing_stays_nothing() -> None:
    drawn = stroke(line((120, 110), (290, 40)))
    assert covering(EMPTY_MASK, BODY.box, drawn) == BODY.box
    assert joined(EMPTY_MASK, drawn).is_empty


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance.free(),
        Guidance.at_box(Box(3, 3, 40, 30)),
        Guidance.from_scribble(Mask.filled(Box(400, 400, 20, 5))),
        Guidance.from_scribble(Mask.filled(Box(100, 80, 60, 60))),
        Guidance.from_scribble(Mask.filled(CANVAS)),
    ],
)
def test_no_stroke(guidance: Guidance) -> None:
    assert stroke_of(guidance, CANVAS) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 200), (300, 2)])
def test_the_thinnest_strokes_are_no_error(shape: tuple[int, int]) -> None:
    drawn = Mask.filled(Box(7, 9, *shape))
    found = stroke_of(Guidance.from_scribble(drawn), CANVAS)
    if found is not None:
        assert not covering(BODY, BODY.box, found).is_empty
        assert not joined(BODY, found).is_empty
