"""Boxes: one definition of the padded square, both ways, and a parser that forgives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.boxes import (
    MIN_SIDE,
    box_text,
    canvas_box,
    clipped,
    nms,
    overlap,
    parse_box,
    to_canvas,
    to_square,
)
from planner.placer import RelativeBox, ScoredBox

sides = st.integers(1, 4000)
places = st.floats(-500, 4500)
lengths = st.floats(0.5, 4000)


@given(x=places, y=places, width=lengths, height=lengths, across=sides, down=sides)
def test_a_box_comes_back_from_the_square(x, y, width, height, across, down):
    square = to_square(x, y, width, height, canvas=(across, down))
    assert to_canvas(square, canvas=(across, down)) == pytest.approx(
        (x, y, width, height), abs=1e-6
    )


def test_the_square_is_padded_evenly_on_the_short_side():
    assert to_square(0, 0, 200, 100, canvas=(200, 100)) == RelativeBox(0, 0.25, 1, 0.75)
    assert to_square(0, 0, 100, 200, canvas=(100, 200)) == RelativeBox(0.25, 0, 0.75, 1)
    assert canvas_box(2.0) == RelativeBox(0, 0.25, 1, 0.75)
    assert canvas_box(0.5) == RelativeBox(0.25, 0, 0.75, 1)


@given(values=st.lists(st.floats(-0.5, 1.5), min_size=4, max_size=4), aspect=st.floats(0.3, 3))
def test_a_clipped_box_lies_on_the_canvas_and_can_be_seen(values, aspect):
    x1, y1, x2, y2 = values
    box = clipped(RelativeBox(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), aspect)
    frame = canvas_box(aspect)
    assert frame.x1 - 1e-9 <= box.x1 < box.x2 <= frame.x2 + 1e-9
    assert frame.y1 - 1e-9 <= box.y1 < box.y2 <= frame.y2 + 1e-9
    assert min(box.x2 - box.x1, box.y2 - box.y1) >= MIN_SIDE - 1e-9


@pytest.mark.parametrize(
    "text",
    [
        "[0.31, 0.22, 0.58, 0.90]",
        "It goes to [0.31,0.22,0.58,0.90], I think.",
        "0.31 0.22 0.58 0.90",
        "[0.58, 0.90, 0.31, 0.22]",
        "[310, 220, 580, 900]",
        "In 1 place: [0.31, 0.22, 0.58, 0.90]",
        "(.31; .22; .58; .9)",
    ],
)
def test_a_box_is_read_in_whatever_form_it_comes(text):
    box = parse_box(text)
    assert box is not None
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((0.31, 0.22, 0.58, 0.90))


@pytest.mark.parametrize(
    "text", ["", "on the left", "[0.1, 0.2, 0.3]", "[0.5, 0.5, 0.5, 0.9]", "[0.1, 0.1, 0.11, 0.9]"]
)
def test_what_is_no_box_is_not_made_one(text):
    assert parse_box(text) is None


def test_values_outside_the_scale_are_cut_to_it():
    assert parse_box("[-0.2, 0.1, 1.3, 0.9]") == RelativeBox(0, 0.1, 1, 0.9)


@given(values=st.lists(st.floats(-0.2, 1.2), min_size=4, max_size=4), brackets=st.booleans())
def test_every_box_that_is_written_can_be_read(values, brackets):
    read = parse_box(box_text(RelativeBox(*values), brackets=brackets))
    assert read is not None
    assert read.x1 < read.x2 and read.y1 < read.y2


def test_of_two_boxes_that_nearly_coincide_the_better_stays():
    first, twin = RelativeBox(0.1, 0.1, 0.5, 0.5), RelativeBox(0.1, 0.1, 0.5, 0.52)
    other = RelativeBox(0.6, 0.6, 0.9, 0.9)
    kept = nms([ScoredBox(first, 0.2), ScoredBox(twin, 0.5), ScoredBox(other, 0.1)])
    assert kept == [ScoredBox(twin, 0.5), ScoredBox(other, 0.1)]
    assert overlap(first, twin) > 0.9 and overlap(first, other) == 0
