"""Which of the drawn boxes are proposed."""

from __future__ import annotations

import numpy as np
import pytest

from planner.boxes import overlap
from planner.choice import APART, middle, overlaps, proposals
from planner.placer import RelativeBox

LEFT = [RelativeBox(0.1 + d, 0.5, 0.3 + d, 0.8) for d in (0.0, 0.01, 0.02, 0.03, 0.04)]
RIGHT = [RelativeBox(0.7 + d, 0.5, 0.9 + d, 0.8) for d in (0.0, 0.02)]


def test_the_first_stands_where_most_boxes_were_drawn():
    first = proposals([*RIGHT, *LEFT], 4)[0]
    assert first.box == LEFT[2]


def test_the_second_stands_where_the_first_does_not():
    _, second = proposals([*LEFT, *RIGHT], 2)
    assert second.box in RIGHT


def test_of_boxes_that_meet_no_other_the_nearest_to_all_comes_first():
    """Overlap alone cannot tell them apart: each meets only itself."""
    drawn = [RelativeBox(x, 0.4, x + 0.1, 0.5) for x in (0.0, 0.2, 0.45, 0.6, 0.8)]
    assert proposals(drawn, 1)[0].box == drawn[2]


def test_a_middle_that_no_box_has_can_be_the_best():
    corners = [(0.1, 0.1), (0.5, 0.1), (0.1, 0.5), (0.5, 0.5)]
    drawn = [RelativeBox(x, y, x + 0.4, y + 0.4) for x, y in corners]
    box = proposals(drawn, 1)[0].box
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((0.3, 0.3, 0.7, 0.7))


def test_equal_boxes_are_one_proposal():
    assert len(proposals([LEFT[0]] * 5, 4)) == 1
    many = proposals([*LEFT, *RIGHT], 8)
    assert all(overlap(a.box, b.box) <= APART for i, a in enumerate(many) for b in many[:i])


def test_scores_are_the_expected_overlap():
    only, *_ = proposals([LEFT[0]], 1)
    assert only.score == pytest.approx(1.0)
    first = proposals([LEFT[0], LEFT[0], RIGHT[0]], 1)[0]
    assert first.score == pytest.approx(2 / 3)


def test_overlaps_are_those_of_pairs():
    rows = np.array([(b.x1, b.y1, b.x2, b.y2) for b in (*LEFT, *RIGHT)])
    pairs = [[overlap(a, b) for b in (*LEFT, *RIGHT)] for a in (*LEFT, *RIGHT)]
    assert overlaps(rows, rows) == pytest.approx(np.array(pairs))


def test_the_middle_of_one_box_is_the_box():
    assert middle(np.array([[0.1, 0.2, 0.5, 0.9]])) == pytest.approx([0.1, 0.2, 0.5, 0.9])
