"""`eval planner`: its measures, its cases, its baselines, and the whole report on a tiny model."""

from __future__ import annotations

import json

import pytest

from engine.cli.common import Progress
from engine.cli.main import main
from engine.evaluation.planner import count_rows, place_all, relation_rows
from engine.evaluation.planner_cases import (
    NeighbourPlacer,
    blanked,
    held_out_cases,
    scene_query,
    true_box,
)
from engine.evaluation.planner_metrics import (
    box_figures,
    distinct,
    label_f1,
    matched_iou,
    order_agreement,
    relation_holds,
)
from engine.layout.geometry import Box
from engine.models.packs import load_text_encoder
from engine.training.planner_samples import PlanItem, PlanScene, draw_rows
from engine.training.planner_sources import generated_plans
from planner.baselines import UniformPlacer
from planner.placer import PlaceQuery, RelativeBox, ScoredBox
from tests.unit.planner.tiny import write_lite

LEFT, RIGHT = RelativeBox(0.1, 0.4, 0.3, 0.6), RelativeBox(0.6, 0.4, 0.8, 0.6)
SCENE = PlanScene(
    Box(0, 0, 400, 300),
    "a dog to the left of a bench",
    (PlanItem("bench", 69, Box(250, 150, 100, 60)), PlanItem("dog", 126, Box(50, 150, 60, 60))),
    "test",
    {1: "left of bench"},
)


class _Oracle:
    """Answers with the true boxes."""

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        index = [item.label for item in SCENE.items].index(query.label)
        return [ScoredBox(true_box(SCENE, index), 1.0)]


class _Stubborn:
    """Answers with one and the same box."""

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        return [ScoredBox(RIGHT, 1.0)]


def test_figures_of_a_box():
    same = box_figures([ScoredBox(LEFT, 1)], LEFT)
    assert same["iou"] == pytest.approx(1) and same["best4"] == pytest.approx(1)
    assert same["distance"] == 0 and same["size"] == 0 and same["acc50"] == 1
    far = box_figures([ScoredBox(RIGHT, 1), ScoredBox(LEFT, 0.5)], LEFT)
    assert far["iou"] == 0 and far["acc30"] == 0 and far["best4"] == pytest.approx(1)
    assert far["distance"] == pytest.approx(0.5)
    twice = RelativeBox(0.0, 0.3, 0.4, 0.7)
    assert box_figures([ScoredBox(twice, 1)], LEFT)["size"] == pytest.approx(0.693, abs=1e-3)


def test_names_count_as_often_as_they_come():
    assert label_f1(["dog", "sky"], ["sky", "dog"]) == 1
    assert label_f1(["dog"], ["dog", "dog", "dog"]) == pytest.approx(0.5)
    assert label_f1([], []) == 1 and label_f1(["dog"], []) == 0
    assert order_agreement(["sky", "dog", "cat"], ["sky", "cat", "dog"]) == pytest.approx(2 / 3)
    assert order_agreement(["dog"], ["dog"]) is None


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("left of", True),
        ("right of", False),
        ("above", False),
        ("below", False),
        ("next to", False),
    ],
)
def test_relations_by_the_boxes(kind, holds):
    assert relation_holds(kind, LEFT, RIGHT) is holds


def test_next_to_is_near():
    assert relation_holds("next to", LEFT, RelativeBox(0.32, 0.4, 0.5, 0.6))


def test_counts_and_matches():
    assert distinct([LEFT, LEFT, RIGHT]) == 2
    assert matched_iou([RIGHT, LEFT], [LEFT, RIGHT]) == pytest.approx(1)
    assert matched_iou([LEFT], [LEFT, RIGHT]) == pytest.approx(0.5)


def test_who_knows_the_truth_is_always_right_and_who_repeats_cannot_count():
    placers = {"planner": _Oracle(), "stubborn": _Stubborn()}
    rows = relation_rows(placers, [SCENE], Progress(), seed=0)
    table = {(row["method"], row["reference"]): row["all"] for row in rows}
    assert table["truth", "placed"] == table["planner", "scratch"] == 1
    assert table["stubborn", "placed"] == 0
    twins = PlanScene(SCENE.canvas, "two cups", (_cup(10), _cup(200)), "test")
    counts = count_rows({"stubborn": _Stubborn()}, [twins], Progress(), seed=0)
    assert counts[0]["right"] == 0
    assert len(place_all(UniformPlacer(), twins, seed=0)) == 2


def _cup(x: int) -> PlanItem:
    return PlanItem("cup", 10, Box(x, 100, 60, 60))


def test_what_was_placed_is_on_the_next_map():
    empty = scene_query(SCENE, 0, {}, seed=0)
    later = scene_query(SCENE, 1, {0: RIGHT}, seed=0)
    assert not empty.semantic_map.any() and empty.present == ()
    assert later.semantic_map.any() and later.present[0].box == RIGHT
    assert not blanked(later).semantic_map.any()


def test_cases_are_the_same_for_a_seed():
    first = held_out_cases(None, count=4, seed=3)
    again = held_out_cases(None, count=4, seed=3)
    assert [c.query.label for c in first] == [c.query.label for c in again]
    assert [c.truth for c in first] == [c.truth for c in again]
    assert [c.truth for c in first] != [c.truth for c in held_out_cases(None, count=4, seed=4)]


def test_a_neighbour_lends_the_box_of_its_scene():
    pool = draw_rows(generated_plans(split="train"), size=12, seed=3)
    placer = NeighbourPlacer(pool, load_text_encoder("lite"))
    row = next(row for row in pool.rows if row.caption)
    query = PlaceQuery(
        semantic_map=held_out_cases(None, count=1, seed=0)[0].query.semantic_map,
        aspect=row.aspect,
        present=(),
        caption=row.caption,
        label=row.asks[0].label,
        count=4,
    )
    found = placer.propose(query)
    boxes = {
        a.box
        for r in pool.rows
        if r.caption == row.caption
        for a in r.asks
        if a.label.split(",")[0] == row.asks[0].label.split(",")[0]
    }
    assert found[0].box in boxes and found[0].score == pytest.approx(1, abs=1e-3)


def test_the_report_of_a_random_model(tmp_path, capsys):
    folder = write_lite(tmp_path / "planner")
    statistics = {"": {"count": 1, "mean": [0.5, 0.5, 0.3, 0.3], "spread": [0.1] * 4}}
    (folder / "statistics.json").write_text(json.dumps(statistics), encoding="utf-8")
    assert main(["eval", "planner", "--model", str(folder), "--n", "40", "--quick", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["parse"]["with grammar, temperature 0.8"] == 1.0
    assert report["parse"]["without grammar, temperature 0.8"] < 1.0
    methods = {row["method"] for row in report["boxes"]}
    assert {"planner", "class mean", "neighbour", "uniform", "planner, map blank"} <= methods
    centred = next(row for row in report["boxes"] if row["method"] == "truth, centred")
    assert 0 < centred["iou"] < 1 and centred["size"] == pytest.approx(0)
    for row in report["boxes"]:
        assert 0 <= row["iou"] <= row["best4"] <= 1
    assert report["names"][0]["n"] <= 4
