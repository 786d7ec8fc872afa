"""What a preposition or a verb means between these two things: "in" a chair is on it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.scene import RelationKind

ON, INSIDE, NEXT_TO, ABOVE = (
    RelationKind.ON, RelationKind.INSIDE, RelationKind.NEXT_TO, RelationKind.ABOVE,
)  # fmt: skip

_DEEP = frozenset(
    {"sky", "night sky", "sunset sky", "sea", "lake", "river", "water", "forest", "skyline"}
)
"""Backgrounds that things are in rather than on."""

_FLAT = frozenset(
    [
        "plate",
        "dish",
        "tray",
        "platter",
        "saucer",
        "skateboard",
        "surfboard",
        "snowboard",
        "rug",
        "carpet",
        "mat",
        "blanket",
        "towel",
        "table",
        "desk",
        "counter",
        "windowsill",
        "stage",
        "ledge",
        "sheet",
        "placemat",
        "step",
        "staircase",
        "pan",
    ]
) | {"dining table", "coffee table", "cutting board", "frying pan", "side table"}
_RIDDEN_INSIDE = frozenset({"bus", "train", "airplane", "tram", "car", "school bus", "truck",
                            "double decker bus", "van", "taxi", "ferry", "helicopter"})  # fmt: skip
_OPEN_TOPS = frozenset({"pizza", "cake", "birthday cake", "wedding cake", "sandwich", "hot dog",
                        "cupcake", "pie", "hamburger", "bun", "bread", "toast", "salad"})  # fmt: skip
_OPENINGS = frozenset({"window", "door", "clock", "wall clock", "sign", "flag", "awning", "blind",
                       "curtain", "chimney", "steeple", "headlight", "fan"})  # fmt: skip
_WORN_TOO = frozenset({"helmet", "mask", "crown", "watch", "ribbon", "harness", "leash", "saddle",
                       "feather", "medal", "goggles", "headphones"})  # fmt: skip
_CONTACT = frozenset(
    word
    for stem, forms in {
        "hold": "holds holding held", "carry": "carries carrying carried", "pull": "pulls pulling",
        "push": "pushes pushing", "lead": "leads leading", "walk": "walks walking",
        "pet": "pets petting", "feed": "feeds feeding", "hug": "hugs hugging",
        "kiss": "kisses kissing", "touch": "touches touching", "use": "uses using",
        "eat": "eats eating", "drink": "drinks drinking", "cut": "cuts cutting",
        "prepare": "prepares preparing", "cook": "cooks cooking", "make": "makes making",
        "brush": "brushes brushing", "wash": "washes washing", "lick": "licks licking",
        "bite": "bites biting", "chew": "chews chewing", "sniff": "sniffs sniffing",
        "play": "plays playing", "herd": "herds herding", "chase": "chases chasing",
        "serve": "serves serving", "read": "reads reading", "milk": "milks milking",
    }.items()
    for word in (stem, *forms.split())
)  # fmt: skip
_HOLDING = frozenset(
    [
        "hold",
        "holds",
        "holding",
        "held",
        "carry",
        "carries",
        "carrying",
        "contain",
        "contains",
        "containing",
        "display",
        "displays",
        "displaying",
        "support",
        "supports",
        "hauling",
        "hauls",
    ]
)
_RIDING = frozenset(["ride", "rides", "riding", "rode", "drive", "drives", "driving", "drove"])
_WEARING = frozenset(["wear", "wears", "wearing", "wore", "worn", "dressed"])
_OF_THINGS = frozenset(
    [
        "parked",
        "docked",
        "moored",
        "filled",
        "painted",
        "hanging",
        "hangs",
        "hung",
        "placed",
        "mounted",
        "floating",
        "floats",
        "sailing",
        "plugged",
        "decorated",
        "anchored",
        "stacked",
        "growing",
        "made",
        "covered",
        "topped",
        "tied",
        "attached",
        "stuck",
        "laid",
        "arranged",
        "displayed",
        "located",
        "situated",
        "built",
        "served",
        "flying",
        "draped",
        "folded",
    ]
)


@dataclass(slots=True)
class Item:
    """An element while the caption is read."""

    label: str
    category: str
    count: int = 1
    background: bool = False
    pose: str = ""
    guessed: bool = False

    @property
    def living(self) -> bool:
        return self.category in ("person", "animal")


def is_worn(item_label: str, category: str) -> bool:
    return category == "clothing" or item_label in _WORN_TOO


def is_contact(verb: str) -> bool:
    return verb in _CONTACT


def is_holding(verb: str) -> bool:
    return verb in _HOLDING


def is_riding(verb: str) -> bool:
    return verb in _RIDING


def is_wearing(verb: str) -> bool:
    return verb in _WEARING


def is_of_things(verb: str) -> bool:
    """Whether things rather than people do it: "parked"."""
    return verb in _OF_THINGS


def riding_pose(mount: Item) -> str:
    """How somebody is drawn who rides it; "" where nobody would be seen riding."""
    if mount.label in ("surfboard", "sea", "boogie board"):
        return "surfing"
    if mount.label in ("snowboard",):
        return "snowboarding"
    if mount.label in ("skis",):
        return "skiing"
    if mount.label in ("skateboard", "paddleboard", "kick scooter", "segway"):
        return "standing"
    if mount.label in _RIDDEN_INSIDE:
        return ""
    return "sitting" if mount.category in ("vehicle", "animal") else ""


def riding_kind(mount: Item) -> RelationKind | None:
    if mount.label in _RIDDEN_INSIDE:
        return INSIDE
    rideable = mount.category in ("vehicle", "animal", "boat") or mount.label in (
        "skateboard", "surfboard", "snowboard", "paddleboard", "boogie board", "skis", "sea",
        "roller coaster", "carousel", "ferris wheel",
    )  # fmt: skip
    return ON if rideable else None


def placed_kind(
    kind: RelationKind, phrase: str, subject: Item, reference: Item
) -> RelationKind | None:
    """The relation that a preposition means between these two; None for none that can be drawn."""
    if phrase in ("through", "throughout", "past") and not reference.background:
        return None
    if reference.background:
        return _to_background(kind, phrase, reference)
    if phrase == "out of":
        return INSIDE if reference.label in _RIDDEN_INSIDE or reference.label == "window" else None
    if phrase in ("along", "down", "across"):
        return NEXT_TO
    if kind is INSIDE:
        if reference.living or reference.category == "clothing":
            return None
        if reference.category == "seat" or reference.label in _FLAT:
            return ON
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
    if kind is INSIDE:
        return INSIDE if deep else ON
    if phrase in ("around", "all around", "at") and not deep:
        return ON if reference.label not in ("wall", "mountain") else NEXT_TO
    if phrase == "over" and not deep:
        return ABOVE if reference.label in ("mountain", "hill", "wall", "skyline") else ON
    if kind is ON and reference.label in ("sky", "night sky", "sunset sky", "forest"):
        return INSIDE
    return kind


def held_kind(host: Item, item: Item) -> RelationKind | None:
    """How something lies that its host is "filled with", "topped with" or "of"."""
    if host.living or item.background:
        return None
    if host.background:
        return INSIDE if host.label in _DEEP else ON
    if host.category == "container":
        return INSIDE
    if host.category in ("surface", "seat") or host.label in _OPEN_TOPS:
        return ON if host.label not in ("bookshelf", "bookcase", "cabinet", "shelf", "oven",
                                        "drawer", "closet", "wardrobe") else INSIDE  # fmt: skip
    if host.category in ("vehicle", "boat", "building") or host.label in ("tree", "branch"):
        return INSIDE
    return None


def accompanied_kind(host: Item, item: Item) -> RelationKind | None:
    """How something lies that its host is merely "with": "a table with plates"."""
    if host.background or item.background:
        return None
    if host.living:
        return NEXT_TO
    if item.living:
        return INSIDE if host.category in ("vehicle", "boat") else NEXT_TO
    portable = item.category in ("food", "tableware", "container", "small") or item.label in (
        "plate", "tray", "flower", "bouquet", "laptop", "dish", "napkin",
    )  # fmt: skip
    if host.category == "container":
        big = host.label in ("sink", "toilet", "bathtub", "shower", "fridge", "refrigerator",
                             "microwave", "toaster", "washing machine", "dishwasher")  # fmt: skip
        return NEXT_TO if big or not (portable or item.category == "plant") else INSIDE
    if host.category == "surface" and portable:
        return held_kind(host, item)
    if host.category == "seat" and item.label in ("pillow", "cushion", "blanket", "teddy bear"):
        return ON
    if host.category == "seat" and portable:
        return ON if host.label == "bed" else None
    if host.label in _OPEN_TOPS and item.category in ("food", "tableware"):
        return ON if item.label != "fries" else NEXT_TO
    if item.label in _OPENINGS and host.category in ("building", "vehicle", "fixture"):
        return INSIDE
    return NEXT_TO if item.category == host.category else None
