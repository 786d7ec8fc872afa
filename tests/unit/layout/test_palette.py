from __future__ import annotations

import numpy as np

from engine.layout.palette import (
    ADE_CLASSES,
    EMPTY_COLOUR,
    UNCLASSED,
    UNCLASSED_COLOUR,
    class_map_table,
    display_colours,
    model_colours,
)

ALPHA = 0.7


def test_the_list_holds_the_150_classes_under_their_ids() -> None:
    assert [c.id for c in ADE_CLASSES] == list(range(150))
    assert [ADE_CLASSES[i].name for i in (0, 6, 7, 12, 149)] == [
        "wall",
        "road",
        "bed",
        "person",
        "flag",
    ]
    assert all(c.name == " ".join(c.name.split()) != "" for c in ADE_CLASSES)


def test_display_colours_are_those_of_ade20k_where_road_equals_skyscraper() -> None:
    colours = display_colours()
    assert colours.shape == (150, 3)
    assert colours.dtype == np.uint8
    assert colours[2].tolist() == [6, 230, 230]
    assert colours[8].tolist() == [230, 230, 230]
    assert colours[6].tolist() == colours[48].tolist() == [140, 140, 140]


def test_no_class_the_model_sees_can_be_taken_for_guidance() -> None:
    assert (model_colours().min(axis=1) < ALPHA * 255).all()
    assert (display_colours().min(axis=1) >= ALPHA * 255).any()


def test_every_class_the_model_sees_has_a_colour_of_its_own() -> None:
    colours = {tuple(c) for c in model_colours().tolist()}
    assert len(colours) == 150
    assert EMPTY_COLOUR not in colours
    assert UNCLASSED_COLOUR not in colours | {tuple(c) for c in display_colours().tolist()}


def test_only_the_classes_that_must_change_look_different_to_the_model() -> None:
    changed = np.flatnonzero((model_colours() != display_colours()).any(axis=1))
    assert {ADE_CLASSES[i].name for i in changed} == {
        "windowpane",
        "mirror",
        "tower",
        "skyscraper",
    }


def test_the_table_of_a_class_map_shifts_classes_by_one() -> None:
    table = class_map_table(display_colours())
    assert tuple(table[0]) == EMPTY_COLOUR
    assert tuple(table[13]) == ADE_CLASSES[12].rgb
    assert tuple(table[UNCLASSED]) == UNCLASSED_COLOUR
