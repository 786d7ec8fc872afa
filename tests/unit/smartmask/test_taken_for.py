"""What a model is told of a word that it does not know."""

from __future__ import annotations

import pytest

from engine.models.packs import pack_folder
from engine.smartmask.suggest import taken_for
from engine.text.encoder import TextEncoder

KNOWN = ("dog", "person", "house", "chair")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("dog, lying", "dog, lying"),
        ("cowboy, sitting", "person, sitting"),
        ("puppy, lying", "dog, lying"),
        ("cottage, sitting", "house"),
        ("cowboy", "person"),
    ],
)
def test_the_nearest_thing_keeps_the_pose_if_it_lives(
    encoder: TextEncoder, label: str, told: str
) -> None:
    found, note = taken_for(label, KNOWN, encoder)
    assert found == told
    assert bool(note) is (label != told)
