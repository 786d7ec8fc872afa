"""Class names of the public models become short labels with the right ADE class."""

from __future__ import annotations

import pytest

from engine.layout.palette import ade_classes
from engine.segment.names import caption_of, class_names, short_name


def test_a_model_of_the_150_classes_keeps_their_ids() -> None:
    raw = {entry.id: f"{entry.name.strip()}, so called" for entry in ade_classes()}
    names = class_names(raw)
    assert all(name.ade_class == key for key, name in names.items())
    assert names[0].is_stuff
    assert names[2].is_backdrop
    assert not names[12].is_stuff
    assert names[126].label == "animal"


@pytest.mark.parametrize(
    ("raw", "label", "stuff"),
    [
        ("person", "person", False),
        ("wall-other-merged", "wall", True),
        ("floor-wood", "wood floor", True),
        ("tree-merged", "tree", True),
        ("door-stuff", "door", True),
        ("sky, blue sky; heaven", "sky", True),
        ("traffic light", "traffic light", False),
    ],
)
def test_coco_names(raw: str, label: str, stuff: bool) -> None:
    (name,) = class_names({7: raw}).values()
    assert (name.label, name.is_stuff) == (label, stuff)
    assert short_name(raw) == label


def test_the_pack_may_say_itself_what_is_stuff() -> None:
    names = class_names({0: "dog", 1: "tree"}, stuff=[1])
    assert [name.is_stuff for name in names.values()] == [False, True]


def test_captions_count_things_and_name_backdrops_last() -> None:
    found = ["sky", "grass", "dog", "sheep", "sheep", "tree", "tree", "tree"]
    assert caption_of(found) == "three trees, two sheep, a dog, sky and grass"
    assert caption_of(["elephant"]) == "an elephant"
    assert caption_of([]) == ""
