"""A label no model knows is taken for the nearest known thing, and the user is told."""

from __future__ import annotations

import json

import pytest

from engine.models.packs import pack_folder
from engine.text.encoder import TextEncoder
from engine.text.nearest import NAMES_FILE, known_things, nearest_known, note_on

THINGS = ("dog", "cat", "person", "girl", "car", "truck", "house", "tree", "airplane", "cake")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")


@pytest.mark.parametrize(
    ("label", "name"),
    [("dog", "dog"), ("Dogs", "dog"), ("a girl, sitting", "girl"), ("old red cars", "car")],
)
def test_a_known_thing_needs_no_note(encoder: TextEncoder, label: str, name: str) -> None:
    thing = nearest_known(label, encoder, THINGS)
    assert (thing.name, thing.known, thing.note) == (name, True, "")
    assert note_on(label, encoder, THINGS) == ""


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("puppy", "dog"),
        ("small brown puppy", "dog"),
        ("kitten", "cat"),
        ("automobile", "car"),
        ("cottage", "house"),
        ("jet", "airplane"),
        ("cupcakes", "cake"),
        ("kitten on a car", "cat"),
    ],
)
def test_an_unknown_word_is_taken_for_the_nearest(
    encoder: TextEncoder, label: str, name: str
) -> None:
    thing = nearest_known(label, encoder, THINGS)
    assert (thing.name, thing.known, thing.is_word) == (name, False, True)
    assert f'"{label}"' in thing.note
    assert f'"{name}"' in thing.note


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("couch", "sofa"),
        ("two baseball players", "person"),
        ("stop sign", "road sign"),
        ("wine bottle", "bottle"),
        ("city street", "road"),
        ("kitchen", "wall"),
        ("tropical beach", "sand"),
        ("wiimote", "camera"),
    ],
)
def test_the_table_of_names_goes_before_nearness_of_meaning(
    encoder: TextEncoder, label: str, name: str
) -> None:
    things = (*known_things(), "road", "wall", "floor", "sand", "sky", "sea")
    assert nearest_known(label, encoder, things).name == name


def test_a_name_of_the_table_that_the_model_does_not_know_is_passed_over(
    encoder: TextEncoder,
) -> None:
    thing = nearest_known("couch", encoder, THINGS)
    assert (thing.name in THINGS, thing.how) == (True, "meaning")


def test_every_name_of_the_table_leads_to_a_thing_of_the_lite_world() -> None:
    index = pack_folder("lite") / "smartmask" / "model_index.json"
    table = json.loads(NAMES_FILE.read_text("utf-8"))
    assert set(table) <= set(json.loads(index.read_text("utf-8"))["known_labels"])
    words = [word for words in table.values() for word in words.split(", ")]
    assert len(words) == len(set(words)), "no word leads to two things"


@pytest.mark.parametrize("label", ["xqzvw", "🐶", "zzz " * 70, "?!"])
def test_gibberish_is_taken_for_something_and_called_unknown(
    encoder: TextEncoder, label: str
) -> None:
    thing = nearest_known(label, encoder, THINGS)
    assert thing.name in THINGS
    assert not thing.known
    assert not thing.is_word
    assert len(thing.note) < 150


def test_the_things_of_the_lite_world_are_known(encoder: TextEncoder) -> None:
    assert len(known_things()) >= 150
    assert [thing for thing in known_things() if note_on(thing, encoder)] == []
    assert encoder.known("puppy").name == "dog"
