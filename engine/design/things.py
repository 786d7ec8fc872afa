"""What is known of a thing before it is drawn: how large it is, what carries it.

Facts of the lite world (`engine.data.world`): heights in metres, and the median proportions of
the drawings. They serve any pack, as they say how things are, not how a model draws them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median

from engine.data import world
from engine.data.artwork import load_artwork
from engine.data.world import ObjectClass, Place
from engine.errors import DataError
from engine.layout.labels import ade_class_of, noun_phrases, singulars

Nearest = Callable[[str], str | None]
"""Label -> name of the nearest thing of the lite world, for words it does not hold."""

TOY_HEIGHT = 0.25
"""Metres; a toy car is no car."""
_OTHER_NAMES = {"child": "boy", "kid": "boy", "lamp": "floor lamp", "shelf": "bookshelf",
                "couch": "sofa", "boat": "motor boat", "plane": "airplane", "tv": "television",
                "people": "person", "workbench": "desk", "carpet": "rug",
                "bike": "bicycle", "baby": "boy", "toddler": "boy"}  # fmt: skip
"""Everyday words whose size and place are those of a thing that the world holds."""
_CARRIED_NAMES = {"lamp": "table lamp", "floor lamp": "table lamp"}
"""What such a word means of something that stands on a piece of furniture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One kind of thing as it is to be placed.

    Attributes:
        name: The class of the lite world it was taken for, "" for none.
        height: Metres; for place "sky" the share of the canvas height.
        place: What carries it (see `engine.data.world`).
        aspect: Width / height of its box.
        ade: Name of its ADE20K class.
        room: How many times the least drawable height it takes; what holds others in it takes more.
    """

    name: str
    height: float
    place: Place
    aspect: float
    ade: str
    room: float = 1.0

    @property
    def stands(self) -> bool:
        """Whether it falls without something under it."""
        return self.place in ("ground", "table")


def thing_of(
    label: str, *, carried: bool = False, nearest: Nearest | None = None, pose: str = ""
) -> Thing:
    """What a label means, with its pose behind a comma ("girl, sitting").

    Args:
        carried: It stands on another thing, so of two kinds (a potted plant of the floor or of
            the table) the smaller one is meant.
        nearest: Asked for words that neither the world nor ADE20K's table holds.
    """
    head, _, said = label.partition(",")
    pose = pose or said.strip()
    kinds = _kinds_of(head, nearest, _OTHER_NAMES | (_CARRIED_NAMES if carried else {}))
    if not kinds:
        return Thing(name="", height=1.0, place="ground", aspect=1.0, ade=ade_class_of(label).name)
    wanted = "table" if carried else "ground"
    kind = next((k for k in kinds if k.place == wanted), kinds[0])
    factor = 1.0
    if kind.ade == "person":
        factor = world.POSE_HEIGHT.get(pose, 1.0)
    elif kind.ade == "animal":
        factor = world.ANIMAL_POSE_HEIGHT.get(pose, 1.0)
    height = kind.height * factor
    if re.match(r"(toy|tiny|miniature|plastic) ", head.strip()) and kind.place != "sky":
        height = min(height, TOY_HEIGHT)
    return Thing(
        name=kind.name,
        height=height,
        place=kind.place,
        aspect=_aspect(kind.name, pose),
        ade=kind.ade,
    )


def _kinds_of(
    label: str, nearest: Nearest | None, other_names: Mapping[str, str]
) -> tuple[ObjectClass, ...]:
    known = _by_name()
    for phrase in noun_phrases(label):
        for form in singulars(phrase):
            form = other_names.get(form, form)
            if form in known:
                return known[form]
    name = nearest(label) if nearest else None
    if name in known:
        return known[name]
    match = ade_class_of(label)
    alike = [k for kinds in known.values() for k in kinds if k.ade == match.name]
    if match.how == "none" or not alike:
        return ()
    if match.name == "person":
        return known["person"]
    # Of many kinds of animal or building the middle one.
    return (sorted(alike, key=lambda k: (k.place, k.height))[len(alike) // 2],)


@cache
def _by_name() -> dict[str, tuple[ObjectClass, ...]]:
    found: dict[str, tuple[ObjectClass, ...]] = {}
    for members in world.groups().values():
        for kind in members:
            if all(k.place != kind.place for k in found.get(kind.name, ())):
                found[kind.name] = (*found.get(kind.name, ()), kind)
    return found


@cache
def _aspects() -> dict[tuple[str, str], float]:
    """(class, pose) and (class, "") -> median width / height of its drawings."""
    values: dict[tuple[str, str], list[float]] = {}
    try:
        sprites = load_artwork().sprites
    except DataError:
        return {}
    for sprite in sprites:
        for key in {(sprite.name, sprite.pose), (sprite.name, "")}:
            values.setdefault(key, []).append(sprite.width / sprite.height)
    return {key: median(found) for key, found in values.items()}


@cache
def _aspect(name: str, pose: str) -> float:
    aspects = _aspects()
    drawn = world.DRAWN_AS.get(name, ((name, 1.0),))[0][0]
    plain = "standing" if (drawn, "standing") in aspects else ""
    for key in ((drawn, pose), (drawn, plain), (drawn, "")):
        if key in aspects:
            return min(max(aspects[key], 0.2), 5.0)
    return 1.0
