"""A thing that was drawn round is meant with all that the line encloses."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.outlined import filled, meant
from engine.smartmask.painted import drawn_to, paint_of
from engine.smartmask.postprocess import iou
from engine.smartmask.request import SuggestRequest
from engine.smartmask.stroked import stroke_of
from engine.smartmask.suggest import run

CANVAS = Box(0, 0, 320, 240)
BODY = [(80, 60), (200, 50), (240, 120), (170, 190), (70, 160)]


def line(
    points: list[tuple[int, int]], *, width: int = 5, closed: bool = False, scale: int = 1
) -> Mask:
    array = np.zeros((scale * CANVAS.height, scale * CANVAS.width), np.uint8)
    moved = scale * np.array(points, np.int32)
    cv2.polylines(array, [moved], closed, 1, scale * width)
    return Mask.from_array(array > 0)


def room(scale: int) -> Box:
    return Box(0, 0, scale * CANVAS.width, scale * CANVAS.height)


def area(points: list[tuple[int, int]], scale: int = 1) -> Mask:
    array = np.zeros((scale * CANVAS.height, scale * CANVAS.width), np.uint8)
    cv2.fillPoly(array, [scale * np.array(points, np.int32)], 1)
    return Mask.from_array(array > 0)


@pytest.mark.parametrize("width", [1, 5, 15])
@pytest.mark.parametrize("scale", [1, 10])
def test_an_outline_is_filled_up_to_the_middle_of_its_line(width: int, scale: int) -> None:
    whole = filled(line(BODY, width=width, closed=True, scale=scale), room(scale))
    assert whole is not None
    assert iou(whole, area(BODY, scale)) > 0.97


def test_one_that_hardly_closes_is_an_outline_too() -> None:
    whole = filled(line([*BODY, (76, 76)]), CANVAS)
    assert whole is not None
    assert iou(whole, area(BODY)) > 0.95


def test_a_tail_that_hangs_on_it_is_kept() -> None:
    tail = line([(240, 120), (290, 100)])
    whole = filled(line(BODY, closed=True).union(tail), CANVAS)
    assert whole is not None
    assert whole.overlap(tail) > 0.95 * tail.area
    assert cv2.connectedComponents(whole.crop().astype(np.uint8))[0] == 2, "it hangs on the body"


@pytest.mark.parametrize("at", [(130, 120), (82, 62), (200, 50)])
def test_a_blot_changes_nothing_else(at: tuple[int, int]) -> None:
    blot = np.zeros((CANVAS.height, CANVAS.width), np.uint8)
    cv2.circle(blot, at, 20, 1, -1)
    blotted = Mask.from_array(blot > 0)
    whole = filled(line(BODY, closed=True).union(blotted), CANVAS)
    assert whole is not None
    assert iou(whole, area(BODY).union(blotted)) > 0.95


def test_a_mark_elsewhere_changes_nothing() -> None:
    mark = line([(300, 20), (302, 220)])
    whole = filled(line(BODY, closed=True).union(mark), CANVAS)
    assert whole is not None
    assert iou(whole, area(BODY).union(mark)) > 0.95


def test_a_fine_pen_on_a_large_canvas_is_seen() -> None:
    array = np.zeros((3000, 4096), np.uint8)
    cv2.polylines(array, [13 * np.array(BODY, np.int32)], True, 1, 1)
    whole = filled(Mask.from_array(array > 0), Box(0, 0, 4096, 3000))
    assert whole is not None
    assert iou(whole, area(BODY, 13)) > 0.97


@pytest.mark.parametrize("shift", [(-120, 0), (0, -110), (170, 0), (0, 120)])
def test_the_edge_of_the_canvas_closes_an_outline_that_runs_off_it(shift: tuple[int, int]) -> None:
    drawn = line(BODY, closed=True).moved(*shift).clipped(CANVAS)
    whole = filled(drawn, CANVAS)
    assert whole is not None
    assert iou(whole, area(BODY).moved(*shift).clipped(CANVAS)) > 0.9


def test_a_stroke_from_edge_to_edge_encloses_no_corner() -> None:
    assert filled(line([(0, 150), (60, 180), (120, 239)]), CANVAS) is None


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_marks_along_an_edge_enclose_nothing() -> None:
    marks = np.zeros((100, 40), bool)
    marks[1:4, 30:33] = marks[8:33, 37:] = marks[62, 39:] = True
    assert filled(Mask.from_array(marks), Box(0, 0, 40, 100)) is None


def test_the_hole_of_a_ring_that_was_drawn_round_is_kept() -> None:
    guidance = meant(Guidance.from_scribble(line(BODY, closed=True)), CANVAS)
    paint = paint_of(guidance, CANVAS)
    assert paint is not None
    hole = Mask.filled(Box(130, 100, 50, 40))
    after = drawn_to(area(BODY).minus(hole), paint, CANVAS)
    assert after is not None
    assert after.overlap(hole) < 0.1 * hole.area


def test_hatching_inside_leaves_no_holes() -> None:
    hatched = line(BODY, closed=True).union(line([(100, 60), (180, 180)]))
    whole = filled(hatched, CANVAS)
    assert whole is not None
    assert iou(whole, area(BODY)) > 0.95


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(line([(80, 60), (80, 180), (220, 180), (220, 60)]), id="open at the top"),
        pytest.param(line([(60, 60), (120, 180), (180, 60), (240, 180)]), id="zigzag"),
        pytest.param(
            line([(40, 200), (250, 190), (285, 160), (265, 150), (240, 195)]), id="small loop"
        ),
        pytest.param(line(BODY, closed=True, width=60), id="painted over, a gap in the middle"),
        pytest.param(area(BODY), id="painted over"),
        pytest.param(Mask.filled(Box(9, 9, 1, 1)), id="speck"),
        pytest.param(EMPTY_MASK, id="nothing"),
    ],
)
def test_anything_else_is_left_as_it_is(drawn: Mask) -> None:
    assert filled(drawn, CANVAS) is None
    guidance = Guidance.from_scribble(drawn)
    assert meant(guidance, CANVAS) is guidance


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_no_scrawl_is_too_odd() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        width, height = (int(side) for side in rng.integers(1, 120, 2))
        scrawl = np.zeros((height, width), np.uint8)
        for _ in range(int(rng.integers(1, 4))):
            points = rng.integers(-10, (width + 10, height + 10), (int(rng.integers(1, 9)), 2))
            closed, pen = bool(rng.integers(2)), int(rng.integers(1, 12))
            cv2.polylines(scrawl, [points.astype(np.int32)], closed, 1, pen)
        sprinkled = rng.random((height, width)) < rng.choice([0, 0, 0, 0.3])
        canvas = Box(0, 0, width, height)
        whole = filled(Mask.from_array((scrawl > 0) ^ sprinkled), canvas)
        assert whole is None or (whole.area > 0 and whole.clipped(canvas) == whole)


def test_other_guidance_is_left_as_it_is() -> None:
    for guidance in (Guidance.free(), Guidance.at_box(Box(3, 3, 9, 9)), Guidance.at_point(3, 3)):
        assert meant(guidance, CANVAS) is guidance


def test_samples_follow_an_outline_closely() -> None:
    guidance = meant(Guidance.from_scribble(line(BODY, closed=True)), CANVAS)
    assert stroke_of(guidance, CANVAS) is None
    paint = paint_of(guidance, CANVAS)
    assert paint is not None
    sample = Mask.filled(Box(100, 60, 120, 160))
    after = drawn_to(sample, paint, CANVAS)
    assert after is not None
    assert iou(sample, area(BODY)) < 0.7
    assert iou(after, area(BODY)) > 0.85


def test_a_layer_keeps_the_line_that_was_drawn_and_is_drawn_the_same_again() -> None:
    drawn = Guidance.from_scribble(line(BODY, closed=True))
    layout = Layout(width=CANVAS.width, height=CANVAS.height)
    request = SuggestRequest(layout=layout, label="dog", guidance=drawn, count=1, steps=2)
    first = run(request, QuietContext())
    assert first.request.guidance == drawn
    assert iou(first.suggestions[0].mask, area(BODY)) > 0.8
    second = run(first.request, QuietContext())
    assert second.suggestions == first.suggestions


def test_what_was_drawn_round_twice_is_meant_the_same() -> None:
    once = meant(Guidance.from_scribble(line(BODY, closed=True)), CANVAS)
    assert meant(once, CANVAS) is once
