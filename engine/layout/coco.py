"""The 133 COCO panoptic classes and their colours, for ControlNets that know those too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.layout.labels import ade_class_of, noun_phrases, singulars
from engine.layout.palette import ade_classes

COCO_FILE = Path(__file__).resolve().parents[2] / "resources" / "palette" / "coco_133.json"


@dataclass(frozen=True, slots=True)
class CocoClass:
    """One class: its COCO id (1..200, with gaps), name, and colour (0..255 each)."""

    id: int
    name: str
    rgb: tuple[int, int, int]
    thing: bool


@cache
def coco_classes() -> dict[str, CocoClass]:
    """The classes by name, read from resources at the first call."""
    return {
        entry["name"]: CocoClass(entry["id"], entry["name"], tuple(entry["rgb"]), entry["thing"])
        for entry in _file()["classes"]
    }


def coco_class_of(label: str) -> CocoClass | None:
    """The class that a label names, else the one its ADE class comes nearest to; None if none."""
    classes, match = coco_classes(), ade_class_of(label)
    for phrase in noun_phrases(label):
        forms = singulars(phrase)
        named = next((form for form in forms if form in classes), None)
        if named is not None:
            return classes[named]
        if match.word in forms:
            # What follows only tells which one: a ceiling lamp is no ceiling.
            break
    if match.how == "none":
        return None
    name = ade_classes()[match.ade_class].name
    return classes.get(_file()["of_ade"].get(name, name))


@cache
def _file() -> dict:
    return json.loads(COCO_FILE.read_text(encoding="utf-8"))
