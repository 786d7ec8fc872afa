from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import InputError
from engine.layout.commands import (
    AddLayer,
    Command,
    DuplicateLayer,
    EditMask,
    MoveLayers,
    RemoveLayers,
    ReorderLayer,
    SetBackground,
    SetCaption,
    SetLayer,
    Several,
)
from engine.layout.geometry import Box
from engine.layout.layout import MAX_LAYERS, Background, Layout
from engine.layout.mask import EMPTY_MASK, Mask
from tests.unit.layout.scenes import box_layer, layout_of

DOG = box_layer("dog", (10, 10, 20, 10))
CAT = box_layer("cat", (40, 10, 10, 10))
SHEEP = tuple(box_layer(f"sheep{i}", (i * 8, 40, 6, 6), group="flock") for i in range(3))


@pytest.fixture
def layout() -> Layout:
    return layout_of(DOG, CAT, *SHEEP)


def order(layout: Layout) -> list[str]:
    return [layer.id for layer in layout.layers]


def test_a_new_layer_goes_to_the_front_unless_a_depth_is_given(layout: Layout) -> None:
    bird = box_layer("bird", (0, 0, 5, 5))
    assert order(AddLayer(bird).apply(layout))[-1] == "bird"
    assert order(AddLayer(bird, 1).apply(layout))[:3] == ["dog", "bird", "cat"]
    with pytest.raises(InputError, match="depth 9"):
        AddLayer(bird, 9).apply(layout)
    with pytest.raises(InputError, match="already"):
        AddLayer(DOG).apply(layout)
    with pytest.raises(InputError, match="label is empty"):
        AddLayer(replace(bird, label="  ")).apply(layout)


def test_a_full_layout_takes_no_layer_and_says_so_at_once() -> None:
    full = Layout(
        width=64,
        height=64,
        layers=tuple(replace(DOG, id=f"dog{number}") for number in range(MAX_LAYERS)),
    )
    for command in (AddLayer(CAT), DuplicateLayer("dog0")):
        with pytest.raises(InputError, match=r"2000 layers: delete one"):
            command.apply(full)
    room = RemoveLayers(["dog7"]).apply(full)
    assert len(AddLayer(CAT).apply(room).layers) == MAX_LAYERS


def test_moving_one_layer_of_a_group_moves_them_all(layout: Layout) -> None:
    moved = MoveLayers(["sheep1"], 3, -2).apply(layout)
    for sheep in SHEEP:
        assert moved.layer(sheep.id).mask == sheep.mask.moved(3, -2)
    assert moved.layer("dog") is DOG


def test_a_layer_can_leave_the_canvas_and_come_back(layout: Layout) -> None:
    away = MoveLayers(["dog"], -200, 0).apply(layout)
    assert MoveLayers(["dog"], 200, 0).apply(away) == layout


def test_a_layer_is_not_lost_far_from_the_canvas(layout: Layout) -> None:
    with pytest.raises(InputError, match="'dog' would end up more than 8192 px off the canvas"):
        MoveLayers(["dog"], 10**9, 0).apply(layout)
    empty = EditMask("dog", EMPTY_MASK).apply(layout)
    assert MoveLayers(["dog"], 10**9, 0).apply(empty) == empty


def test_reordering_takes_a_layer_to_the_depth_that_is_asked_for(layout: Layout) -> None:
    assert order(ReorderLayer("dog", 4).apply(layout))[-1] == "dog"
    assert order(ReorderLayer("sheep2", 0).apply(layout))[0] == "sheep2"
    assert order(ReorderLayer("dog", 1).apply(layout))[:2] == ["cat", "dog"]
    with pytest.raises(InputError, match="depth -1"):
        ReorderLayer("dog", -1).apply(layout)


def test_a_copy_lies_just_in_front_of_the_original_and_can_be_moved(layout: Layout) -> None:
    locked = SetLayer("dog", "locked", True).apply(layout)
    copied = DuplicateLayer("dog", new_id="dog2").apply(locked)
    assert order(copied)[:3] == ["dog", "dog2", "cat"]
    assert copied.layer("dog2").mask == DOG.mask
    assert MoveLayers(["dog2"], 5, 5).apply(copied).layer("dog2").mask == DOG.mask.moved(5, 5)
    assert DuplicateLayer("dog").new_id != DuplicateLayer("dog").new_id


@pytest.mark.parametrize(
    "command",
    [
        EditMask("sheep1", EMPTY_MASK),
        MoveLayers(["sheep1"], 1, 0),
        MoveLayers(["sheep0"], 1, 0),
        RemoveLayers(["dog", "sheep1"]),
        Several([SetCaption("x"), RemoveLayers(["sheep1"])]),
    ],
)
def test_a_locked_layer_keeps_its_shape_place_and_existence(
    layout: Layout, command: Command
) -> None:
    locked = SetLayer("sheep1", "locked", True).apply(layout)
    with pytest.raises(InputError, match="'sheep1' is locked: unlock"):
        command.apply(locked)
    unlocked = SetLayer("sheep1", "locked", False).apply(locked)
    assert command.apply(unlocked) != layout


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("label", "  small   dog ", "small dog"),
        ("ade_class", 126, 126),
        ("visible", False, False),
        ("locked", True, True),
        ("group", " pets ", "pets"),
        ("group", None, None),
        ("prompt", " asleep,\n on its back ", "asleep, on its back"),
    ],
)
def test_fields_are_set_tidily(layout: Layout, field: str, value: object, kept: object) -> None:
    changed = SetLayer("dog", field, value).apply(layout)  # type: ignore[arg-type]
    assert getattr(changed.layer("dog"), field) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("label", "x" * 300),
        ("ade_class", 150),
        ("ade_class", -2),
        ("ade_class", True),
        ("group", "   "),
        ("prompt", "x" * 5000),
        ("mask", EMPTY_MASK),
    ],
)
def test_values_that_make_no_sense_are_refused(layout: Layout, field: str, value: object) -> None:
    with pytest.raises(InputError):
        SetLayer("dog", field, value).apply(layout)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "command",
    [
        RemoveLayers(["nobody"]),
        MoveLayers(["nobody"], 1, 1),
        ReorderLayer("nobody", 0),
        EditMask("nobody", EMPTY_MASK),
        SetLayer("nobody", "visible", True),
        DuplicateLayer("nobody"),
    ],
)
def test_an_unknown_layer_is_named(layout: Layout, command: Command) -> None:
    with pytest.raises(InputError, match="nobody"):
        command.apply(layout)


def test_caption_and_background_are_set(layout: Layout) -> None:
    assert SetCaption(" a  dog ").apply(layout).caption == "a dog"
    photo = Background(data=b"bytes", format="png")
    assert SetBackground(photo).apply(layout).background == photo
    with pytest.raises(InputError):
        SetCaption("x" * 5000).apply(layout)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (AddLayer(box_layer("x", (0, 0, 1, 1), label="red bird")), "Add red bird"),
        (RemoveLayers(["dog"]), "Delete dog"),
        (RemoveLayers(["dog", "cat"]), "Delete 2 layers"),
        (MoveLayers(["dog"], 1, 1), "Move dog"),
        (MoveLayers(["sheep0", "sheep1"], 1, 1), "Move flock"),
        (ReorderLayer("dog", 3), "Bring dog forward"),
        (ReorderLayer("cat", 0), "Send cat back"),
        (EditMask("dog", DOG.mask.minus(Mask.filled(Box(10, 10, 3, 3)))), "Erase part of dog"),
        (EditMask("dog", EMPTY_MASK), "Erase dog"),
        (EditMask("dog", DOG.mask.union(CAT.mask)), "Paint dog"),
        (EditMask("dog", CAT.mask.union(Mask.filled(Box(10, 10, 3, 3)))), "Change shape of dog"),
        (SetLayer("dog", "label", "puppy"), "Rename dog to puppy"),
        (SetLayer("dog", "visible", False), "Hide dog"),
        (SetLayer("dog", "locked", True), "Lock dog"),
        (SetLayer("dog", "group", "pets"), "Put dog into pets"),
        (DuplicateLayer("dog"), "Duplicate dog"),
        (SetCaption("x"), "Edit caption"),
        (SetBackground(None), "Remove background"),
        (Several([SetLayer("dog", "label", "puppy"), SetCaption("x")]), "Rename dog to puppy"),
        (Several([SetCaption("x")], "Apply plan"), "Apply plan"),
    ],
)
def test_the_edit_menu_names_each_command(layout: Layout, command: Command, name: str) -> None:
    assert command.name(layout) == name


def test_a_long_label_is_cut_in_the_menu(layout: Layout) -> None:
    long = SetLayer("dog", "label", "a very " * 20 + "small dog").apply(layout)
    assert len(MoveLayers(["dog"], 1, 1).name(long)) <= 50
