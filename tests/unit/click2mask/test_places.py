"""Where words put the next object, and how deep."""

from __future__ import annotations

import pytest

from engine.click2mask.places import (
    Place,
    click_in,
    index_painted,
    place_told,
)
from engine.click2mask.telling import index_told, told
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

DOG = ("a fluffy brown dog", Box(90, 120, 80, 80))
BENCH = ("a wooden park bench", Box(60, 150, 120, 60))


def layout_of(*things: tuple[str, Box]) -> Layout:
    layers = tuple(Layer(label=label, mask=Mask.filled(box)) for label, box in things)
    return Layout(width=256, height=256, layers=layers)


def place(prompt: str, *things: tuple[str, Box]) -> Place:
    layout = layout_of(*things)
    scene = told(prompt, [label for label, _ in things])
    assert scene is not None
    return place_told(scene, layout, [x.id for x in layout.layers])


def relations(prompt: str, *earlier: str) -> list[tuple[str, ...]]:
    scene = told(prompt, earlier)
    return [] if scene is None else [(str(r.kind), *r.references) for r in scene.relations]


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a red hat on the dog", [("on", "e1")]),
        ("a hat on the brown dog", [("on", "e1")]),
        ("a hat on it", [("on", "e2")]),
        ("a cat behind the park bench", [("behind", "e2")]),
        ("another dog to the right of the dog", [("right of", "e1")]),
        ("a ball between the dog and the bench", [("between", "e1", "e2")]),
        ("a cat on the bench and next to the dog", [("on", "e2"), ("next to", "e1")]),
        ('a "very; odd" (cat) behind the dog', [("behind", "e1")]),
        ("a ball", []),
        ("a cup on the table", []),
        ("on", []),
        ("42", []),
    ],
)
def test_relations_to_earlier_objects_are_read(prompt: str, found: list[tuple[str, ...]]) -> None:
    assert relations(prompt, DOG[0], BENCH[0]) == found


def test_nothing_is_related_to_nothing() -> None:
    assert told("a hat on the dog", []) is None
    assert relations("a hat on the rock", "123") == []


def test_of_several_alike_one_can_be_named() -> None:
    assert relations("a hat on dog #2", "a dog", "a dog") == [("on", "e2")]
    assert relations("a hat on the white dog", "a brown dog", "a white dog") == [("on", "e2")]


def test_a_hat_goes_on_top_of_the_dog() -> None:
    found = place("a hat on the dog", DOG)
    assert found.index == 1
    assert DOG[1].x < found.click[0] < DOG[1].right
    assert DOG[1].y - 40 < found.click[1] < DOG[1].y + 10


@pytest.mark.parametrize("side", ["left", "right"])
def test_sides_are_the_viewers(side: str) -> None:
    x, _ = place(f"a cat to the {side} of the dog", DOG).click
    assert x < DOG[1].x if side == "left" else x >= DOG[1].right


def test_behind_is_farther_and_the_click_is_not_on_what_hides_it() -> None:
    found = place("a tree behind the bench", BENCH)
    assert found.index == 0
    x, y = found.click
    assert not (BENCH[1].x <= x < BENCH[1].right and BENCH[1].y <= y < BENCH[1].bottom)
    assert place("a ball in front of the bench", BENCH).index == 1


@pytest.mark.parametrize(
    ("prompt", "ground"),
    [
        ("a boat on the lake", ("a lake", Box(0, 120, 256, 136))),
        ("a dog on the grass", ("grass", Box(0, 100, 256, 156))),
        ("a picture on the wall", ("a wall", Box(0, 0, 256, 180))),
        ("a bird in the sky", ("a blue sky", Box(0, 0, 256, 120))),
    ],
)
def test_what_is_on_a_ground_is_clicked_within_it(prompt: str, ground: tuple[str, Box]) -> None:
    found = place(prompt, ground)
    assert found.index == 1
    assert ground[1].y < found.click[1] < ground[1].bottom


def test_the_same_words_give_the_same_place() -> None:
    assert place("a cat next to the dog", DOG, BENCH) == place("a cat next to the dog", DOG, BENCH)


def test_layers_are_found_by_their_insertion_not_by_their_depth() -> None:
    layout = layout_of(BENCH, DOG)
    bench, dog = (x.id for x in layout.layers)
    scene = told("a cat behind the dog", ["a dog", "a bench"])
    assert scene is not None and index_told(scene, layout, [dog, bench], clicks=()) == 1


def test_a_click_is_in_front_of_all_that_words_do_not_put_before_it() -> None:
    layout = layout_of(DOG, BENCH)
    ids = [x.id for x in layout.layers]
    for prompt, index in (("a cat behind the dog", 0), ("a hat on the dog", 2)):
        scene = told(prompt, [DOG[0], BENCH[0]])
        assert scene is not None
        assert index_told(scene, layout, ids, clicks=((100, 160),)) == index


def test_what_is_in_a_thing_goes_behind_its_rim_but_is_seen_where_it_was_clicked() -> None:
    layout = layout_of(("vase", Box(90, 120, 80, 80)))
    scene = told("flowers in the vase", ["vase"])
    assert scene is not None
    for click, index in (((130, 100), 0), ((130, 160), 1)):
        assert index_told(scene, layout, [layout.layers[0].id], clicks=(click,)) == index


def test_without_words_the_lower_foot_is_nearer_but_what_is_covered_stays_behind() -> None:
    layout = layout_of(("a", Box(0, 0, 50, 50)), ("b", Box(100, 100, 50, 50)))
    assert index_painted(layout, Mask.filled(Box(60, 0, 10, 20))) == 0
    assert index_painted(layout, Mask.filled(Box(60, 60, 10, 20))) == 1
    assert index_painted(layout, Mask.filled(Box(60, 60, 10, 100))) == 2
    assert index_painted(layout, Mask.filled(Box(110, 90, 10, 20))) == 2


def test_clicks_stay_on_the_picture() -> None:
    layout = layout_of(("a wall", Box(0, 0, 256, 256)))
    assert click_in(Box(-90, 100, 60, 60), layout, index=1) == (0, 130)
    # Nothing of it is to be seen: its middle will do.
    assert click_in(Box(100, 100, 60, 60), layout, index=0) == (130, 130)
    assert click_in(Box(-20, 100, 60, 60), layout, index=1)[0] in range(0, 40)
