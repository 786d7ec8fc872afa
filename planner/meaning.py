"""What a preposition or a verb means between these two things: "in" a chair is on it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.lexicon import Noun, place_list, word_set
from planner.scene import RelationKind

ON, INSIDE, NEXT_TO, ABOVE, HELD_BY = (
    RelationKind.ON, RelationKind.INSIDE, RelationKind.NEXT_TO, RelationKind.ABOVE,
    RelationKind.HELD_BY,
)  # fmt: skip

_DEEP = word_set("deep", "meaning")
_FLAT = word_set("flat", "meaning")
_RIDDEN_INSIDE = word_set("ridden_inside", "meaning")
_OPEN_TOPS = word_set("open_tops", "meaning")
_OPENINGS = word_set("openings", "meaning")
_WORN_TOO = word_set("worn_too", "meaning")
_CONTACT = word_set("contact", "meaning")
_HOLDING = word_set("holding", "meaning")
_CARRYING = word_set("carrying", "meaning")
_USING = word_set("using", "meaning")
_READING = word_set("reading", "meaning")
_READ = word_set("read", "meaning")
_PLAYING = word_set("playing", "meaning")
_INSTRUMENTS = word_set("instruments", "meaning")
_HATS = word_set("hats", "meaning")
_BODIED = word_set("bodied", "meaning")
_HELD_TOO = word_set("held_too", "meaning")
_NEVER_HELD = word_set("never_held", "meaning")
_RIDING = word_set("riding", "meaning")
_LOOKING = word_set("looking", "meaning")
_LOOKED_ALONG = word_set("looked_along", "meaning")
_TAKING = word_set("taking", "meaning")
_WEARING = word_set("wearing", "meaning")
_CUPBOARDS = word_set("cupboards", "meaning")
_FIXED_BASINS = word_set("fixed_basins", "meaning")
_PORTABLE_TOO = word_set("portable_too", "meaning")
_RIDEABLE_TOO = word_set("rideable_too", "meaning")
_RIDDEN_STANDING = word_set("ridden_standing", "meaning")
_RIDDEN_SURFING = word_set("ridden_surfing", "meaning")
_IMAGES = word_set("images", "meaning")
_ON_SEATS = word_set("on_seats", "meaning")
_OF_THINGS = word_set("of_things", "meaning")


@dataclass(slots=True)
class Item:
    """An element while the caption is read."""

    label: str
    category: str
    count: int = 1
    background: bool = False
    pose: str = ""
    guessed: bool = False
    counted: bool = False

    @property
    def living(self) -> bool:
        return self.category in ("person", "animal")


def is_worn(item_label: str, category: str) -> bool:
    return category == "clothing" or item_label in _WORN_TOO


def is_portable(item: Item) -> bool:
    return item.category in ("food", "tableware", "container", "small")


def is_handy(item: Item) -> bool:
    """Whether somebody may have it in the hands: an umbrella, a bag, a flower."""
    return item.label in _HELD_TOO or (is_portable(item) and item.label not in _NEVER_HELD)


def in_hand_kind(verb: str, holder: Item, item: Item) -> RelationKind:
    """How a thing is to somebody who does something with it: held, or merely near by."""
    if holder.category != "person" or not is_handy(item):
        return NEXT_TO
    held = (
        verb in _CARRYING
        or verb in _USING
        or (verb in _READING and item.label in _READ)
        or (verb in _PLAYING and item.label in _INSTRUMENTS)
    )
    return HELD_BY if held else NEXT_TO


def is_lightly_held(verb: str) -> bool:
    """Whether it may as well lie somewhere, when that is said: who eats a cake has it before him.

    Args:
        verb: "" for what somebody merely is "with".
    """
    return verb not in _CARRYING and verb not in _PLAYING


def has_body(item: Item) -> bool:
    """Whether it has a head for a hat though it does not live: a snowman."""
    return item.label in _BODIED


def is_dish(item: Item) -> bool:
    return item.label in place_list("dishes")


def is_image(thing: Item | Noun) -> bool:
    """Whether what it is "of" is not there itself: "a picture of a dog"."""
    return thing.label in _IMAGES


def is_contact(verb: str) -> bool:
    return verb in _CONTACT


def is_holding(verb: str) -> bool:
    return verb in _HOLDING


def is_riding(verb: str) -> bool:
    return verb in _RIDING


def is_taking(verb: str) -> bool:
    return verb in _TAKING


def is_wearing(verb: str) -> bool:
    return verb in _WEARING


def is_gaze(verb: str, phrase: str) -> bool:
    """Whether a preposition only says where somebody looks: "looks over the bushes"."""
    return verb in _LOOKING and phrase in _LOOKED_ALONG


def is_of_things(verb: str) -> bool:
    """Whether things rather than people do it: "parked"."""
    return verb in _OF_THINGS


def riding_pose(mount: Item) -> str:
    """How somebody is drawn who rides it; "" where nobody would be seen riding."""
    if mount.label in _RIDDEN_SURFING:
        return "surfing"
    if mount.label in _RIDDEN_STANDING:
        return "standing"
    if mount.label == "snowboard":
        return "snowboarding"
    if mount.label == "skis":
        return "skiing"
    if mount.label in _RIDDEN_INSIDE:
        return ""
    return "sitting" if mount.category in ("vehicle", "animal") else ""


def riding_kind(mount: Item) -> RelationKind | None:
    if mount.label in _RIDDEN_INSIDE:
        return INSIDE
    rideable = mount.category in ("vehicle", "animal", "boat") or mount.label in _RIDEABLE_TOO
    return ON if rideable else None


def placed_kind(
    kind: RelationKind, phrase: str, subject: Item, reference: Item
) -> RelationKind | None:
    """The relation that a preposition means between these two; None for none that can be drawn."""
    if phrase in ("through", "throughout", "past") and not reference.background:
        return None
    if phrase == "hanging from" and subject.living:
        # "A person adjusting a thing hanging from the ceiling".
        return None
    if reference.background:
        if phrase == "over" and (subject.category == "sky" or subject.pose == "flying"):
            return ABOVE
        if phrase == "along" and reference.label == "wall" and not is_image(subject):
            return NEXT_TO
        return _to_background(kind, phrase, reference)
    if phrase == "fastened to":
        return NEXT_TO
    if kind is HELD_BY:
        return in_hand_kind("held", reference, subject)
    if phrase == "hanging from" and reference.category in ("building", "vehicle"):
        return INSIDE
    if phrase == "out of":
        return INSIDE if reference.label in _RIDDEN_INSIDE or reference.label == "window" else None
    if phrase in ("along", "down", "across"):
        return NEXT_TO
    if kind is INSIDE:
        if reference.living or reference.category == "clothing":
            return None
        if reference.category == "seat" or reference.label in _FLAT:
            return ON
    if kind is ON and subject.category == "person" and "phone" in reference.label:
        return NEXT_TO
    if kind is ON:
        if reference.label in _RIDDEN_INSIDE and subject.category == "person":
            return INSIDE
        if subject.label in _OPENINGS and reference.category in ("building", "vehicle"):
            return INSIDE
        if reference.category == "clothing" and reference.count == 1 and subject.living:
            return None
    return kind


def _to_background(kind: RelationKind, phrase: str, reference: Item) -> RelationKind | None:
    deep = reference.label in _DEEP
    if kind is NEXT_TO and reference.label in place_list("skies"):
        # "At sunset" is when, not where.
        return None
    if kind in (RelationKind.LEFT_OF, RelationKind.RIGHT_OF):
        return NEXT_TO
    if phrase == "hanging from" and reference.label != "ceiling":
        return ON
    if kind is INSIDE:
        return INSIDE if deep else ON
    if phrase == "along" and reference.label in place_list("waters"):
        return NEXT_TO
    if phrase in ("around", "all around", "at") and not deep:
        return ON if reference.label not in ("wall", "mountain") else NEXT_TO
    if phrase == "over" and not deep:
        return ABOVE if reference.label in ("mountain", "hill", "wall", "skyline") else ON
    if kind is ON and reference.label in ("sky", "night sky", "sunset sky", "forest"):
        return INSIDE
    return kind


def turned_kind(kind: RelationKind, background: Item, thing: Item) -> RelationKind | None:
    """How a thing stands to the background that is told to stand so to it; None for no place.

    "Mountains behind a house": the house is in front of the mountains. Backgrounds are drawn
    first, so that the thing is the one that can be put right.
    """
    label = background.label
    upright = label in (*place_list("skies"), *place_list("inner_backgrounds"))
    match kind:
        case RelationKind.ABOVE:
            return RelationKind.BELOW if label in place_list("skies") else None
        case RelationKind.UNDER if thing.category != "sky" and _carries(label):
            return ON
        case RelationKind.BELOW | RelationKind.UNDER:
            return ABOVE if not upright else None
        case RelationKind.BEHIND:
            return RelationKind.IN_FRONT_OF
        case RelationKind.IN_FRONT_OF:
            return RelationKind.BEHIND if not upright else None
        case RelationKind.NEXT_TO | RelationKind.LEFT_OF | RelationKind.RIGHT_OF:
            return NEXT_TO if label in place_list("beside_which") else None
        case _:
            return None


def between_backgrounds(kind: RelationKind, subject: Item, reference: Item) -> bool:
    """Whether a relation of two backgrounds says how they lie: "a forest behind the lake"."""
    depth = (RelationKind.BEHIND, RelationKind.IN_FRONT_OF)
    height = (ABOVE, RelationKind.BELOW, RelationKind.UNDER)
    skies = bool({subject.label, reference.label} & set(place_list("skies")))
    return kind in depth or (kind in height and skies)


def _carries(label: str) -> bool:
    return label in place_list("grounds") and label not in place_list("waters")


def held_kind(host: Item, item: Item) -> RelationKind | None:
    """How something lies that its host is "filled with", "topped with" or "of"."""
    if host.living or item.background:
        return None
    if host.background:
        return INSIDE if host.label in _DEEP else ON
    if host.category == "container":
        return INSIDE
    if host.category in ("surface", "seat") or host.label in _OPEN_TOPS:
        return INSIDE if host.label in _CUPBOARDS else ON
    if host.category in ("vehicle", "boat", "building") or host.label in ("tree", "branch"):
        return INSIDE
    return None


def accompanied_kind(host: Item, item: Item) -> RelationKind | None:
    """How something lies that its host is merely "with": "a table with plates"."""
    if host.background or item.background:
        return None
    if item.label in _HATS and (host.category == "animal" or has_body(host)):
        return ON
    if host.living:
        # Children "with three toy cars" play with them, they do not carry them.
        handy = is_handy(item) and not item.label.startswith("toy")
        return HELD_BY if host.category == "person" and handy else NEXT_TO
    if item.living:
        return INSIDE if host.category in ("vehicle", "boat") else NEXT_TO
    portable = is_portable(item) or item.label in _PORTABLE_TOO
    if host.category == "container":
        loose = host.label not in _FIXED_BASINS
        return INSIDE if loose and (portable or item.category == "plant") else NEXT_TO
    if host.category == "surface" and portable:
        return held_kind(host, item)
    if host.category == "seat" and item.label in _ON_SEATS:
        return ON
    if host.category == "seat" and portable:
        return ON if host.label == "bed" else None
    if host.label in _OPEN_TOPS and item.category in ("food", "tableware"):
        return ON if item.label != "fries" else NEXT_TO
    if item.label in _OPENINGS and host.category in ("building", "vehicle", "fixture"):
        return INSIDE
    return NEXT_TO if item.category == host.category else None
