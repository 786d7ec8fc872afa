"""What users call things leads to the class a person would choose."""

from __future__ import annotations

import json

import pytest

from engine.layout.labels import FALLBACK_CLASS, TABLE_FILE, ade_class_of
from engine.layout.palette import ade_classes

CHOSEN = {
    "dog": "animal",
    "puppy": "animal",
    "horse": "animal",
    "giraffe": "animal",
    "bird": "animal",
    "dinosaur": "animal",
    "mouse": "animal",
    "computer mouse": "computer",
    "man": "person",
    "girl": "person",
    "people": "person",
    "firefighter": "person",
    "santa claus": "person",
    "hot dog": "food",
    "banana": "food",
    "birthday cake": "food",
    "coffee": "food",
    "shirt": "apparel",
    "sneakers": "apparel",
    "sunglasses": "apparel",
    "teddy bear": "plaything",
    "guitar": "plaything",
    "surfboard": "plaything",
    "soccer ball": "ball",
    "bike": "bicycle",
    "motorcycle": "minibike",
    "taxi": "car",
    "fire truck": "truck",
    "ambulance": "van",
    "train": "bus",
    "helicopter": "airplane",
    "canoe": "boat",
    "cruise ship": "ship",
    "couch": "sofa",
    "rocking chair": "chair",
    "park bench": "bench",
    "dining table": "table",
    "fridge": "refrigerator",
    "tv": "television receiver",
    "laptop": "computer",
    "wine glass": "glass",
    "fork": "plate",
    "backpack": "bag",
    "umbrella": "canopy",
    "street lamp": "streetlight",
    "stop sign": "signboard",
    "fire hydrant": "pole",
    "lighthouse": "tower",
    "castle": "building",
    "cottage": "house",
    "pine": "tree",
    "palm trees": "palm",
    "roses": "flower",
    "sun": "light",
    "clouds": "sky",
    "beach": "sand",
    "meadow": "field",
    "snowman": "sculpture",
    "boulder": "rock",
    "wristwatch": "clock",
}

PHRASES = {
    "a girl, sitting": "person",
    "red sports car": "car",
    "man riding a horse": "person",
    "horse with a rider": "animal",
    "two small brown dogs": "animal",
    "a bunch of bananas": "food",
    "a cup of coffee": "glass",
    "man painting a wall": "person",
    "oil painting": "painting",
    "cat on a sofa": "animal",
    "boy in a red shirt": "person",
    "Old WOODEN chair": "chair",
    "sleeping cat": "animal",
    "wolves": "animal",
    "a very fluffy bunny": "animal",
}

COCO = """person bicycle car motorcycle airplane bus train truck boat bench bird cat dog horse sheep
cow elephant bear zebra giraffe backpack umbrella handbag tie suitcase frisbee skis snowboard kite
skateboard surfboard bottle cup fork knife spoon bowl banana apple sandwich orange broccoli carrot
pizza donut cake chair couch bed toilet tv laptop mouse remote keyboard microwave oven toaster sink
refrigerator book clock vase scissors toothbrush"""


@pytest.mark.parametrize(("label", "name"), [*CHOSEN.items(), *PHRASES.items()])
def test_a_label_leads_to_the_class_a_person_would_choose(label: str, name: str) -> None:
    match = ade_class_of(label)
    assert (match.name, match.how) in {(name, "table"), (name, "exact")}
    assert ade_classes()[match.ade_class].name == name


def test_every_class_name_leads_to_itself() -> None:
    for entry in ade_classes():
        match = ade_class_of(f"a {entry.name}")
        assert (match.ade_class, match.how) == (entry.id, "exact")


def test_every_common_data_set_class_is_known() -> None:
    assert {ade_class_of(word).how for word in COCO.split()} <= {"exact", "table"}


@pytest.mark.parametrize(
    ("typed", "name"), [("elefant", "animal"), ("umbrela", "canopy"), ("motorcicle", "minibike")]
)
def test_a_misspelled_word_is_taken_for_the_near_one(typed: str, name: str) -> None:
    match = ade_class_of(typed)
    assert (match.name, match.how) == (name, "near")


@pytest.mark.parametrize("label", ["xqzvw", "", "   ", "🐶", "a" * 300, "of the with", ", ; ("])
def test_what_nobody_knows_gets_the_fallback(label: str) -> None:
    match = ade_class_of(label)
    assert (match.ade_class, match.how, match.word) == (FALLBACK_CLASS, "none", "")


def test_a_long_label_is_read_from_its_beginning() -> None:
    assert ade_class_of("dog " + "very " * 60).name == "animal"


def test_the_table_names_each_word_once_and_only_real_classes() -> None:
    table = json.loads(TABLE_FILE.read_text(encoding="utf-8"))
    words = [word for entries in table.values() for word in entries]
    assert len(words) == len(set(words)) > 3000
    assert set(table) <= {entry.name for entry in ade_classes()}
    assert all(word == word.lower().strip() for word in words)
