"""Rows of the planner: what is shown, what is asked, and that what is said is true."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from engine.errors import DataError
from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.layout.palette import class_map_table, model_colours
from engine.training.planner_relations import relation_texts
from engine.training.planner_samples import (
    MAP_SIDE,
    PlanItem,
    PlanPool,
    PlanScene,
    colours_of,
    draw_row,
    draw_rows,
    paint,
    statistics_of,
)
from engine.training.planner_sources import (
    COUNTING,
    SPATIAL,
    counting_plans,
    generated_plans,
    held_out,
    listed_plans,
    mirrored,
    spatial_plans,
)
from planner.boxes import to_square

CANVAS = Box(0, 0, 200, 100)


def _rectangle(label: str, box: Box, **more) -> PlanItem:
    mask = Mask.from_array(np.ones((box.height, box.width), bool), x=box.x, y=box.y)
    return PlanItem(label, 3, box, mask, **more)


def _park() -> PlanScene:
    items = (
        _rectangle("sky", Box(0, 0, 200, 50), background=True),
        _rectangle("grass", Box(0, 50, 200, 50), background=True),
        _rectangle("tree", Box(20, 10, 40, 60), grounded=True),
        _rectangle("bench", Box(90, 60, 40, 20), grounded=True),
        _rectangle("cat", Box(100, 52, 10, 10), parent=3, grounded=True),
        _rectangle("dog", Box(150, 70, 20, 15), grounded=True, pose="sitting"),
    )
    return PlanScene(CANVAS, "A tree left of a bench with a cat on it", items, "test")


@pytest.fixture(scope="module")
def pool() -> PlanPool:
    return draw_rows(generated_plans(split="train"), size=40, seed=1)


def test_maps_are_painted_on_the_padded_square_later_over_earlier():
    scene = _park()
    classes, numbers = paint(scene.items, size=(200, 100))
    quarter = MAP_SIDE // 4
    assert not classes[:quarter].any() and not classes[-quarter:].any()
    assert numbers[quarter, 0] == 1 and numbers[-quarter - 1, 0] == 2
    assert numbers[quarter + 20, int(40 / 200 * MAP_SIDE)] == 3
    assert (classes[numbers > 0] == 4).all()


def test_a_box_without_silhouette_is_an_ellipse():
    item = PlanItem("ball", -1, Box(0, 0, 100, 100))
    classes, _ = paint([item], size=(100, 100))
    assert classes[MAP_SIDE // 2, MAP_SIDE // 2] == 255
    assert classes[0, 0] == 0
    assert (classes > 0).mean() == pytest.approx(np.pi / 4, abs=0.02)


def test_colours_are_those_of_the_semantic_map():
    classes = np.array([[0, 1], [150, 255]], np.uint8)
    assert np.array_equal(colours_of(classes), class_map_table(model_colours())[classes])


def test_what_is_asked_for_is_not_shown(pool):
    for row, values in zip(pool.rows, pool.maps, strict=True):
        assert 1 <= len(row.asks) <= 4
        shown = {(p.label, p.box) for p in row.present}
        for ask in row.asks:
            assert (ask.label.split(",")[0], ask.box) not in shown
            assert ask.box.x1 < ask.box.x2 and ask.box.y1 < ask.box.y2
        assert bool(row.names) == bool(values.any()) or not row.names
        assert len(row.names) <= len(row.present)


def test_rows_vary_in_what_they_show(pool):
    assert any(not row.present for row in pool.rows) or min(len(r.present) for r in pool.rows) < 3
    assert max(len(row.present) for row in pool.rows) > 4
    assert any(row.caption == "" for row in pool.rows) and any(row.caption for row in pool.rows)
    assert any(a.relation for row in pool.rows for a in row.asks)
    assert any(a.background for row in pool.rows for a in row.asks)


def test_the_same_seed_draws_the_same_pool_and_it_survives_the_disk(pool, tmp_path):
    again = draw_rows(generated_plans(split="train"), size=40, seed=1)
    assert list(again.rows) == list(pool.rows) and np.array_equal(again.maps, pool.maps)
    pool.save(tmp_path)
    back = PlanPool.open(tmp_path)
    assert back is not None
    assert list(back.rows) == list(pool.rows) and np.array_equal(back.maps, pool.maps)
    assert PlanPool.open(tmp_path / "other") is None


def _said(index: int, shown: list[int]) -> set[str]:
    found: set[str] = set()
    for seed in range(60):
        found |= set(relation_texts(_park().items, index, shown, np.random.default_rng(seed)))
    return found


def test_relations_are_true_of_the_boxes():
    bench = _said(3, [0, 1, 2])
    assert {"right of tree", "to the right of tree", "on grass"} <= bench
    assert not any("left" in text or "behind" in text for text in bench)
    assert "on bench" in _said(4, [0, 1, 3])
    dog = _said(5, [2, 3])
    assert "right of bench" in dog and not any(text.startswith("left") for text in dog)
    assert any(text.startswith("under") or text.startswith("beneath") for text in _said(3, [4]))


def test_between_needs_one_on_either_side():
    assert "between tree and dog" in _said(3, [2, 5])
    assert not any("between" in text for text in _said(5, [2, 3]))


def test_nothing_is_said_of_what_is_not_shown():
    assert _said(3, []) == set()


def test_a_mirrored_scene_exchanges_left_and_right():
    scene = _park()
    turned = mirrored(scene)
    assert "right of" in turned.caption
    assert turned.items[2].box == Box(140, 10, 40, 60)
    assert mirrored(turned).items[2].box == scene.items[2].box
    classes, _ = paint(scene.items, size=(200, 100))
    mirror, _ = paint(turned.items, size=(200, 100))
    assert np.array_equal(mirror, classes[:, ::-1])


def test_statistics_hold_the_class_means():
    scene = PlanScene(CANVAS, "", _park().items[:1], "test")
    rows = draw_rows(listed_plans([scene]), size=6, seed=0)
    entry = statistics_of(rows)["sky"]
    assert entry["count"] == 6
    assert entry["mean"] == pytest.approx([0.5, 0.25, 1.0, 0.5], abs=0.01)


def test_a_row_tells_true_places():
    rng = np.random.default_rng(0)
    scene = _park()
    true = {
        item.label: to_square(
            item.box.x, item.box.y, item.box.width, item.box.height, canvas=(200, 100)
        )
        for item in scene.items
    }
    for _ in range(30):
        drawn = draw_row(scene, rng)
        assert drawn is not None
        for ask in drawn[0].asks:
            box = true[ask.label.split(",")[0]]
            assert ask.box.x1 == pytest.approx(box.x1, abs=1e-3)
            assert ask.box.y2 == pytest.approx(box.y2, abs=1e-3)


def _write_nsr(folder) -> None:
    spatial = [
        {
            "image_id": i,
            "obj1": ["dog", [0.1, 0.5, 0.2, 0.2]],
            "obj2": ["bench", [0.6, 0.5, 0.3, 0.3]],
            "prompt": "a dog to the left of a bench",
            "relation": "left",
        }
        for i in range(60)
    ]
    counting = [
        {
            "image_id": i,
            "object_list": [["cup", [0.1, 0.1, 0.2, 0.2]], ["cup", [0.6, 0.1, 0.2, 0.2]]],
            "prompt": "two cups",
        }
        for i in range(60)
    ]
    for name, records in ((SPATIAL, spatial), (COUNTING, counting)):
        with gzip.open(folder / name, "wt", encoding="utf-8") as stream:
            json.dump(records, stream)


def test_a_third_of_nsr_is_held_out_by_picture(tmp_path):
    _write_nsr(tmp_path)
    for read in (spatial_plans, counting_plans):
        train, held = read(tmp_path, split="train"), read(tmp_path, split="val")
        assert len(train) + len(held) == 60
        assert 8 <= len(held) <= 32
    assert 0.28 < np.mean([held_out(i) for i in range(3000)]) < 0.39


def test_nsr_tells_its_own_relation(tmp_path):
    _write_nsr(tmp_path)
    scene = spatial_plans(tmp_path, split="train")[0]
    assert [item.label for item in scene.items] == ["bench", "dog"]
    assert scene.truths == {1: "left of bench"}
    assert mirrored(scene).truths == {1: "right of bench"}


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(DataError, match=SPATIAL):
        spatial_plans(tmp_path, split="train")
    (tmp_path / SPATIAL).write_bytes(b"no gzip")
    with pytest.raises(DataError, match="not readable"):
        spatial_plans(tmp_path, split="train")
