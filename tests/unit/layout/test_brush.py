from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.layout.brush import paint_stroke, stroke_mask
from engine.layout.geometry import Box
from engine.layout.mask import EMPTY_MASK, Mask

CANVAS = Box(0, 0, 70, 60)
coordinates = st.tuples(
    st.floats(-20, 90, allow_nan=False, width=32), st.floats(-20, 80, allow_nan=False, width=32)
)


def distance_to_line(points: list[tuple[float, float]]) -> np.ndarray:
    """Distance of every canvas pixel's centre to the line through the points."""
    y, x = np.mgrid[0 : CANVAS.height, 0 : CANVAS.width] + 0.5
    best = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(points if len(points) > 1 else points * 2):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length if length else 0 * x
        t = np.clip(t, 0, 1)
        best = np.fmin(best, np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)))
    return best


@given(st.lists(coordinates, min_size=1, max_size=5), st.floats(0.8, 25))
def test_a_stroke_is_all_that_lies_within_its_radius(
    points: list[tuple[float, float]], radius: float
) -> None:
    drawn = stroke_mask(points, radius=radius, canvas=CANVAS).on_canvas(70, 60)
    distance = distance_to_line(points)
    assert drawn[distance < radius - 1e-3].all()
    assert not drawn[distance > radius + 1e-3].any()


@given(coordinates, st.floats(0.01, 0.7))
def test_the_smallest_brush_still_leaves_a_mark(point: tuple[float, float], radius: float) -> None:
    if 0 <= point[0] < 70 and 0 <= point[1] < 60:
        assert not stroke_mask([point], radius=radius, canvas=CANVAS).is_empty


def test_painting_adds_and_erasing_takes_away() -> None:
    mask = Mask.filled(Box(10, 10, 20, 20))
    painted = paint_stroke(mask, [(30, 20), (50, 20)], radius=4, canvas=CANVAS)
    assert painted.minus(mask).area > 0
    assert mask.minus(painted).is_empty
    erased = paint_stroke(painted, [(30, 20), (50, 20)], radius=4, canvas=CANVAS, erase=True)
    assert erased.area < mask.area
    assert erased.minus(mask).is_empty


def test_erasing_everything_leaves_an_empty_mask() -> None:
    mask = Mask.filled(Box(10, 10, 20, 20))
    assert paint_stroke(mask, [(20, 20)], radius=40, canvas=CANVAS, erase=True) == EMPTY_MASK


def test_the_brush_reaches_no_further_than_the_canvas() -> None:
    beyond = Mask.filled(Box(-20, 10, 40, 10))
    stroke = [(-10.0, 15.0), (10.0, 15.0)]
    erased = paint_stroke(beyond, stroke, radius=30, canvas=CANVAS, erase=True)
    assert erased == Mask.filled(Box(-20, 10, 20, 10))
    assert stroke_mask([(-50, -50)], radius=5, canvas=CANVAS) == EMPTY_MASK
    assert stroke_mask([], radius=5, canvas=CANVAS) == EMPTY_MASK


@pytest.mark.parametrize("radius", [0, -3, float("nan")])
def test_a_brush_without_size_is_refused(radius: float) -> None:
    with pytest.raises(InputError, match="radius"):
        stroke_mask([(5, 5)], radius=radius, canvas=CANVAS)
