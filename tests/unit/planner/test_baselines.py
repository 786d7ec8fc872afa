"""Placers without a model."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from planner.baselines import PriorPlacer, UniformPlacer
from planner.boxes import canvas_box
from planner.placer import PlaceQuery

QUERY = PlaceQuery(
    semantic_map=np.zeros((4, 4, 3), np.uint8), aspect=2.0, present=(), caption="", label="sky"
)
STATISTICS = {
    "": {"count": 9, "mean": [0.5, 0.7, 0.2, 0.4], "spread": [0.2, 0.1, 0.1, 0.1]},
    "sky": {"count": 4, "mean": [0.5, 0.25, 1.0, 0.5], "spread": [0.01, 0.1, 0.01, 0.1]},
    "car": {"count": 4, "mean": [0.4, 0.8, 0.3, 0.2], "spread": [0.2, 0.1, 0.1, 0.1]},
}


@pytest.mark.parametrize("placer", [UniformPlacer(), PriorPlacer(STATISTICS), PriorPlacer({})])
@pytest.mark.parametrize("label", ["sky", "dog, sitting", "flux capacitor"])
def test_there_is_always_a_box_on_the_canvas(placer, label):
    query = replace(QUERY, label=label)
    frame = canvas_box(query.aspect)
    found = placer.propose(query)
    assert 1 <= len(found) <= query.count
    assert found == placer.propose(query)
    for scored in found:
        assert frame.x1 <= scored.box.x1 < scored.box.x2 <= frame.x2
        assert frame.y1 <= scored.box.y1 < scored.box.y2 <= frame.y2


def test_the_class_mean_comes_first_and_fits_the_canvas():
    box = PriorPlacer(STATISTICS).propose(QUERY)[0].box
    # A canvas twice as wide as high fills the middle half of the square.
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((0.0, 0.25, 1.0, 0.5))


def test_the_last_word_says_what_a_thing_is():
    placer = PriorPlacer(STATISTICS)
    plain = placer.propose(replace(QUERY, label="car"))[0]
    assert placer.propose(replace(QUERY, label="red car"))[0] == plain
    assert placer.propose(replace(QUERY, label="gizmo"))[0] != plain


def test_uniform_boxes_differ_by_seed():
    assert UniformPlacer().propose(QUERY) != UniformPlacer().propose(replace(QUERY, seed=1))


def test_statistics_are_read_from_a_file(tmp_path):
    file = tmp_path / "statistics.json"
    file.write_text(json.dumps(STATISTICS), encoding="utf-8")
    assert PriorPlacer.from_file(file).propose(QUERY) == PriorPlacer(STATISTICS).propose(QUERY)
