"""Which drawing of which collection shows which class, part two: the collections.

The tables themselves are in `artwork_tables`. `SKIP` holds what a look at the contact sheets
turned out to be a bust, a face, a sign or another thing in one collection.
"""

from __future__ import annotations

from engine.data.artwork_tables import ANIMALS, VEHICLES

COLLECTIONS: dict[str, tuple[str, str, str]] = {
    "fluent": ("fluent-emoji-flat", "MIT", "Fluent Emoji Flat, Microsoft"),
    "noto": ("noto", "Apache-2.0", "Noto Emoji, Google"),
    "blob": ("noto-v1", "Apache-2.0", "Noto Emoji version 1, Google"),
    "twemoji": ("twemoji", "CC-BY-4.0", "Twemoji, Twitter and contributors"),
    "fx": ("fxemoji", "Apache-2.0", "FxEmojis, Mozilla"),
}
"""Style -> (npm package after `@iconify-json/`, licence, title and author)."""

SKIN_TONES = ("", "light", "medium-light", "medium", "medium-dark", "dark")

SKIP: dict[str, str] = {
    "fluent": "chicken swan boar moose raccoon crocodile statue-of-liberty bus-stop snowboarder",
    "noto": "chicken",
    "blob": "rhinoceros gorilla deer basketball laptop convenience-store canoe snowboarder skier "
    "rose hyacinth blossom first-quarter-moon",
    "twemoji": "duck eagle hedgehog zebra rhinoceros giraffe gorilla orangutan raccoon deer bison "
    "boar statue-of-liberty tennis snowboarder skier racing-car",
    "fx": "bird sailboat ship tent fountain construction keyboard window sunglasses hibiscus "
    "passenger-ship snowboarder laptop santa-claus fire-extinguisher",
}
"""Style -> icons of the tables above that are no whole, unframed object there."""

SKIP_POSES: dict[str, str] = {
    "surfing": "blob twemoji",
    "swimming": "fluent blob twemoji",
    "rowing": "fluent blob twemoji",
}
"""Pose -> styles that draw it together with a piece of water."""

ALIASES: dict[str, str] = {
    "dog": "dogside", "cat": "catside", "pig": "pigside", "mouse": "mouseside",
    "tiger": "tigerside", "leopard": "leopardside", "house": "housebuilding",
    "castle": "europeancastle", "camel": "dromedarycamel", "two-hump-camel": "bactriancamel",
    "whale": "whale", "ewe": "sheep", "spouting-whale": "spurtingwhale",
    "soccer-ball": "soccerball", "volleyball": "", "deciduous-tree": "deciduoustree",
    "evergreen-tree": "evergreen", "minibus": "minibus", "locomotive": "steamlocomotive",
    "jack-o-lantern": "jackolantern", "red-apple": "redapple", "shoe": "mensshoe",
    "t-shirt": "mansshirt", "womans-hat": "womanshat", "sun": "", "rainbow": "",
}  # fmt: skip
"""Icon names of the FxEmojis that differ by more than dashes; "" = nothing of the kind."""

ROTATE: dict[str, float] = {
    "guitar": 38, "violin": 38, "banjo": 38, "broom": 45, "bottle-with-popping-cork": -38,
}  # fmt: skip
"""Degrees counter-clockwise that set a slanting drawing upright."""

FACES_LEFT = frozenset(
    line.split(":")[0] for line in (ANIMALS + VEHICLES).strip().splitlines()
) - {"owl", "butterfly", "ladybug", "ant", "spider", "crab", "lobster", "octopus", "jellyfish",
     "bat", "tram", "penguin", "rocket", "parachute"}  # fmt: skip
"""Classes that face left unless said otherwise; the others face the viewer."""
