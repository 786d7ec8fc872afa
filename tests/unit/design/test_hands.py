"""What somebody has in the hands is drawn there: not beside, not in the sky."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.design.choosing import choose
from engine.design.plan import plan_of
from engine.design.request import DesignRequest, DesignResult
from engine.design.run import start
from engine.design.scoring import support_part
from engine.design.steps import Tools
from engine.jobs.context import JobContext, QuietContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult
from planner.scene import Instance
from tests.unit.design.fakes import Stubborn, designed, draw, ellipse, scene
from tests.unit.design.test_hiding import standing
from tests.unit.design.test_run import boxes_by_label


def layer_of(result: DesignResult, label: str) -> Layer:
    return next(layer for layer in result.layout.layers if layer.label == label)


@pytest.mark.parametrize("what", ["umbrella", "handbag", "book", "balloon", "guitar"])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_held_is_in_reach_of_the_hands_and_in_front(what: str, seed: int) -> None:
    told = scene(f"man, {what}, grass*, sky*", (what, "held by", "man"))
    result = designed(told, seed=seed)
    man, thing = layer_of(result, "man"), layer_of(result, what)
    own, held = man.mask.box, thing.mask.box
    reach = own.width // 3
    assert own.x - reach < held.x + held.width / 2 < own.right + reach
    assert held.bottom > own.y + 0.2 * own.height
    assert held.y < own.y + 0.9 * own.height
    assert held.height <= 0.8 * own.height
    assert result.layout.index(thing.id) > result.layout.index(man.id)
    assert not result.unmet


def test_bags_hang_from_the_hand_and_umbrellas_stand_up_from_it() -> None:
    told = scene(
        "woman, suitcase, umbrella, grass*, sky*",
        ("suitcase", "held by", "woman"),
        ("umbrella", "held by", "woman"),
    )
    boxes = boxes_by_label(designed(told).layout)
    (woman,), (suitcase,), (umbrella,) = boxes["woman"], boxes["suitcase"], boxes["umbrella"]
    middle = woman.y + woman.height / 2
    assert suitcase.y + suitcase.height / 2 > middle > umbrella.y + umbrella.height / 2


def test_the_second_suitcase_is_for_the_man_who_has_none() -> None:
    told = scene("2#man, 2#suitcase, road*, sky*", ("suitcase", "held by", "man"))
    men = [Layer(label="man", mask=Mask.filled(Box(x, 60, 40, 100))) for x in (60, 200)]
    # Beside the first man: its middle is outside of him.
    own = Layer(label="suitcase", mask=Mask.filled(Box(40, 110, 30, 40)))
    layout = Layout(width=300, height=200, layers=(*men, own))
    placed = {
        Instance("e1", 0): men[0].id,
        Instance("e1", 1): men[1].id,
        Instance("e2", 0): own.id,
    }
    tools = Tools(Stubborn(0.1, 0.1, 0.2, 0.2), draw, QuietContext())
    request = DesignRequest(layout=layout, scene=told, placed=placed)
    state = start(request, plan_of(told), tools)
    boxes = np.array([[x, 110, x + 30, 150] for x in (88.0, 180.0)])
    first, second = support_part(state, Instance("e2", 1), boxes)
    assert second > first > 0


def test_who_plays_on_a_stage_has_the_guitar_and_not_the_stage() -> None:
    told = scene(
        "girl, guitar, stage, sky*, grass*",
        ("girl", "on", "stage"),
        ("guitar", "on", "stage"),
        ("guitar", "held by", "girl"),
    )
    boxes = boxes_by_label(designed(told).layout)
    (girl,), (guitar,) = boxes["girl"], boxes["guitar"]
    assert girl.x - girl.width / 2 < guitar.x + guitar.width / 2 < girl.right + girl.width / 2
    assert guitar.bottom < girl.bottom


def test_in_the_open_nothing_hangs_in_the_sky() -> None:
    boxes = boxes_by_label(designed(scene("umbrella, sand*, sky*")).layout)
    (umbrella,), (sand,) = boxes["umbrella"], boxes["sand"]
    assert umbrella.bottom > sand.y


def test_a_bench_is_under_the_tree_that_its_reader_sits_under() -> None:
    told = scene(
        "woman, bench, tree, grass*, sky*", ("woman", "on", "bench"), ("woman", "under", "tree")
    )
    layout = Layout(
        width=256, height=192, layers=(Layer(label="tree", mask=ellipse(Box(190, 10, 60, 120))),)
    )
    there = {Instance("e3"): layout.layers[0].id}
    boxes = boxes_by_label(designed(told, layout=layout, placed=there).layout)
    (bench,), (tree,) = boxes["bench"], boxes["tree"]
    assert tree.x < bench.x + bench.width / 2 < tree.right


@pytest.mark.parametrize("what", ["umbrella", "book", "handbag"])
def test_a_holder_of_a_few_pixels_breaks_nothing(what: str) -> None:
    told = scene(f"man, {what}, grass*, sky*", (what, "held by", "man"))
    result = designed(told, boxes={Instance("e1"): Box(100, 120, 2, 12)})
    assert {"man", what} <= {layer.label for layer in result.layout.layers}


def test_a_mount_in_two_pieces_is_ridden_all_the_same() -> None:
    told = scene("woman, horse, grass*, sky*", ("woman", "on", "horse"))
    pieces = np.zeros((40, 60), bool)
    pieces[:, :14] = pieces[:, 46:] = True
    horse = Layer(label="horse", mask=Mask.from_array(pieces, x=100, y=110))
    layout = Layout(width=256, height=192, layers=(horse,))
    result = designed(told, layout=layout, placed={Instance("e2"): horse.id})
    assert "woman" in boxes_by_label(result.layout)


def test_the_ground_holds_no_umbrella_and_says_so() -> None:
    told = scene("umbrella, grass*, sky*", ("umbrella", "held by", "grass"))
    assert [r.kind for r in designed(told).unmet] == ["held by"]


def test_what_stands_beside_on_one_table_says_nothing_of_the_table() -> None:
    told = scene(
        "plate, vase, lemon, table, wall*, floor*",
        ("plate", "on", "table"),
        ("vase", "behind", "plate"),
        ("lemon", "next to", "vase"),
    )
    assert plan_of(told).along == ()
    assert not designed(told).unmet


def test_of_masks_that_fit_alike_the_typical_one_is_taken() -> None:
    state = standing(("grass", Box(0, 100, 256, 92)), ("dog", box := Box(100, 120, 40, 40)))
    instance = Instance("e2")
    mask = ellipse(box)
    masks = tuple(
        Suggestion(sample=k, seed=k, mask=mask, score=score)
        for k, score in ((1, 0.8), (2, 0.8), (3, 0.85))
    )
    best = choose(state, instance, masks, box=box, depth=1.0)
    typical = choose(state, instance, masks, box=box, depth=1.0, typical_first=True)
    assert best is not None and best.suggestion.sample == 3
    assert typical is not None and typical.suggestion.sample == 1


def test_who_does_nothing_stands_and_who_sits_or_rides_does_not() -> None:
    asked: dict[str, str] = {}

    def listening(request: SuggestRequest, context: JobContext) -> SuggestResult:
        asked[request.label.split(",")[0]] = request.label
        return draw(request, context)

    told = scene(
        "man, woman, girl, dog, horse, grass*, sky*",
        ("woman", "on", "horse"),
        caption="A man, a girl and a dog beside a woman on a horse",
    )
    sitting = replace(told.elements[2], label="girl, sitting")
    told = replace(told, elements=(*told.elements[:2], sitting, *told.elements[3:]))
    result = designed(told, drawing=listening)
    assert asked["man"] == "man, standing"
    assert (asked["woman"], asked["girl"], asked["dog"]) == ("woman", "girl, sitting", "dog")
    assert {layer.label for layer in result.layout.layers} >= {"man", "woman", "girl, sitting"}
    man = boxes_by_label(result.layout)["man"][0]
    assert man.height > man.width
    designed(
        scene("man, car, sitting woman, road*, sky*", ("man", "inside", "car")), drawing=listening
    )
    assert (asked["man"], asked["sitting woman"]) == ("man", "sitting woman")
