from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.design.kept import (
    KEY,
    Plan,
    Spot,
    Standing,
    elements_of,
    layers_of,
    linked,
    missing,
    moved,
    new_id,
    placed,
    plan_of,
    problem,
    shown_box,
    standing,
    taken_from,
    with_box,
    with_element,
    with_new_layers,
    with_plan,
    without,
)
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from planner.scene import Element, Instance, Relation, RelationKind, Scene

GRASS = Element(id="e1", label="grass", background=True)
DOGS = Element(id="e2", label="dog", count=2)
BENCH = Element(id="e3", label="bench")
LEFT = Relation(RelationKind.LEFT_OF, "e2", ("e3",))
PLAN = Plan(
    elements=(GRASS, DOGS, BENCH),
    relations=(LEFT,),
    notes=("A note.",),
    remarks=("A remark.",),
    spots={
        Instance("e1"): Spot(layer="g", box=Box(0, 50, 100, 50), shape=Box(0, 0, 10, 10)),
        Instance("e2", 0): Spot(layer="d", box=Box(5, 5, 20, 20), own=True),
        Instance("e2", 1): Spot(problem="Too narrow."),
    },
    seed=7,
    drawn=True,
    guidance="box",
)


def layer(layer_id: str) -> Layer:
    return Layer(id=layer_id, label=layer_id, mask=Mask.filled(Box(0, 0, 10, 10)))


def layout(*ids: str) -> Layout:
    return Layout(width=100, height=100, layers=tuple(layer(i) for i in ids))


def ids(made: Layout) -> list[str]:
    return [x.id for x in made.layers]


def test_a_plan_comes_back_from_the_layout_as_json() -> None:
    kept = with_plan(layout("g"), PLAN)
    text = json.dumps(dict(kept.extra))
    assert plan_of(replace(kept, extra=json.loads(text))) == PLAN


def test_a_plan_of_an_older_project_says_nothing_of_guidance_and_is_read() -> None:
    values = dict(with_plan(layout("g"), PLAN).extra[KEY])
    del values["guidance"], values["drawn"]
    old = plan_of(replace(layout("g"), extra={KEY: values}))
    assert old == replace(PLAN, guidance="blob", drawn=True)


def test_an_empty_plan_leaves_no_trace_and_other_extras_stay() -> None:
    bare = replace(layout(), extra={"other": 1})
    kept = with_plan(bare, PLAN)
    assert kept.extra["other"] == 1
    assert with_plan(kept, Plan()) == bare


@pytest.mark.parametrize(
    "values",
    [
        None,
        3,
        {},
        {"version": 99},
        {"version": 1, "elements": "no"},
        {"version": 1, "elements": [{"id": "a"}]},
        {
            "version": 1,
            "elements": [{"id": "a", "label": "b", "count": "x", "background": 0}],
        },
    ],
)
def test_a_plan_that_cannot_be_read_is_none(values: object) -> None:
    assert plan_of(replace(layout(), extra={KEY: values})) == Plan()


def test_a_relation_to_nothing_is_dropped_when_a_plan_is_read() -> None:
    kept = with_plan(layout(), replace(PLAN, elements=(GRASS, DOGS)))
    assert plan_of(kept).relations == ()


def test_what_is_placed_follows_from_the_layers() -> None:
    assert placed(PLAN, layout("g", "d")) == {Instance("e1"): "g", Instance("e2", 0): "d"}
    assert placed(PLAN, layout("g")) == {Instance("e1"): "g"}
    assert missing(PLAN, layout("g")) == (Instance("e2", 0), Instance("e2", 1), Instance("e3"))
    assert layers_of(PLAN, layout("g", "d"), {"e2"}) == ("d",)
    assert elements_of(PLAN, {"d", "x"}) == ("e2",)


def test_the_standing_of_an_element() -> None:
    both = layout("g", "d")
    assert standing(PLAN, both, GRASS) == (Standing.PLACED, 1)
    assert standing(PLAN, both, DOGS) == (Standing.FAILED, 1)
    assert problem(PLAN, both, DOGS) == "Too narrow."
    assert standing(PLAN, both, BENCH) == (Standing.TODO, 0)
    calm = replace(PLAN, spots={k: replace(s, problem="") for k, s in PLAN.spots.items()})
    assert standing(calm, both, DOGS) == (Standing.PARTLY, 1)


def test_fewer_of_an_element_make_it_complete() -> None:
    one = with_element(PLAN, replace(DOGS, count=1))
    assert standing(one, layout("d"), replace(DOGS, count=1)) == (Standing.PLACED, 1)


def test_deleting_an_element_takes_what_is_said_of_it() -> None:
    rest = without(PLAN, {"e3"})
    assert rest.elements == (GRASS, DOGS) and rest.relations == ()
    assert Instance("e1") not in without(PLAN, {"e1"}).spots


@pytest.mark.parametrize(
    ("element", "row", "order"),
    [
        ("e1", 2, ["e2", "e1", "e3"]),
        ("e1", 3, ["e2", "e3", "e1"]),
        ("e3", 0, ["e3", "e1", "e2"]),
        ("e2", 1, ["e1", "e2", "e3"]),
        ("e2", 2, ["e1", "e2", "e3"]),
        ("none", 0, ["e1", "e2", "e3"]),
    ],
)
def test_reordering(element: str, row: int, order: list[str]) -> None:
    assert [e.id for e in moved(PLAN, element, row).elements] == order


def test_new_ids_are_new() -> None:
    assert new_id(PLAN) == "e4"
    assert new_id(without(PLAN, {"e1"})) == "e1"
    gone = replace(PLAN, elements=())
    assert new_id(gone) not in {i.element for i in gone.spots}


def test_a_box_is_set_and_forgotten_without_losing_the_layer() -> None:
    box = Box(1, 2, 3, 4)
    mine = with_box(PLAN, Instance("e1"), box)
    assert mine.spot(Instance("e1")) == replace(PLAN.spot(Instance("e1")), box=box, own=True)
    free = with_box(mine, Instance("e1"), None).spot(Instance("e1"))
    assert (free.layer, free.box, free.own) == ("g", None, False)


def test_the_box_shown_follows_a_layer_that_was_moved() -> None:
    still = layout("g")
    assert shown_box(PLAN, still, Instance("e1")) == Box(0, 50, 100, 50)
    away = still.with_layers((replace(layer("g"), mask=layer("g").mask.moved(30, 40)),))
    assert shown_box(PLAN, away, Instance("e1")) == Box(30, 40, 10, 10)
    assert shown_box(PLAN, still, Instance("e2", 0)) == Box(5, 5, 20, 20)
    assert shown_box(PLAN, still, Instance("e3")) is None


def test_reading_a_caption_again_keeps_what_is_placed() -> None:
    scene = Scene(
        caption="c",
        elements=(
            Element(id="a", label="Dog", count=3),
            Element(id="b", label="tree"),
            Element(id="c", label="dog"),
        ),
        relations=(Relation(RelationKind.BETWEEN, "b", ("a", "c")),),
        notes=("Left out: red.",),
    )
    made = taken_from(PLAN, scene)
    dogs, tree, other = made.elements
    assert dogs == Element(id="e2", label="Dog", count=3)
    assert len({dogs.id, tree.id, other.id}) == 3
    assert tree.id not in ("e1", "e3"), "an id in use before must not link to another thing"
    assert made.relations == (Relation(RelationKind.BETWEEN, tree.id, (dogs.id, other.id)),)
    assert placed(made, layout("g", "d")) == {Instance("e2", 0): "d"}
    assert made.notes == ("Left out: red.",)


def test_layers_that_are_there_already_are_linked_by_name() -> None:
    plan = Plan(elements=(replace(BENCH, label="Bench, old", count=2), DOGS))
    there = Layout(
        width=100,
        height=100,
        layers=tuple(
            Layer(id=i, label=label, mask=Mask.filled(Box(1, 2, 3, 4)))
            for i, label in (("a", "bench"), ("b", "sofa"))
        ),
    )
    made = linked(plan, there)
    assert placed(made, there) == {Instance("e3", 0): "a"}
    assert made.spot(Instance("e3", 0)).box == Box(1, 2, 3, 4)
    assert linked(made, there) == made


def test_new_layers_lie_on_what_they_lay_on() -> None:
    made = layout("sky", "grass", "dog")
    assert ids(with_new_layers(layout(), made, new={"sky", "grass"}, gone=())) == ["sky", "grass"]
    now = layout("grass", "mine")
    assert ids(with_new_layers(now, made, new={"sky", "dog"}, gone=())) == [
        "sky",
        "grass",
        "dog",
        "mine",
    ]


def test_a_layer_is_replaced_and_edits_in_between_stay() -> None:
    now, made = layout("grass", "old", "mine"), layout("grass", "new")
    assert ids(with_new_layers(now, made, new={"new"}, gone={"old"})) == ["grass", "new", "mine"]
    assert ids(with_new_layers(now, layout("x"), new={"x"}, gone={"gone"})) == [
        "x",
        "grass",
        "old",
        "mine",
    ]


def test_the_same_id_may_come_again() -> None:
    now = layout("grass", "dog")
    again = replace(
        layout("grass", "dog"), layers=(layer("grass"), replace(layer("dog"), label="new"))
    )
    made = with_new_layers(now, again, new={"dog"}, gone={"dog"})
    assert [x.label for x in made.layers] == ["grass", "new"]
