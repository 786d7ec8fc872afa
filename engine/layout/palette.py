"""ADE20K-150 classes and the two palettes made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

PALETTE_FILE = Path(__file__).resolve().parents[2] / "resources" / "palette" / "ade20k_150.json"
EMPTY_COLOUR = (0, 0, 0)
UNCLASSED_COLOUR = (255, 105, 195)
"""Of a thing whose label has no ADE class; no class has it in either palette."""

CLASS_COUNT = 150
UNCLASSED = 255
"""What a class map holds where a thing without ADE class lies."""

# SmartMask Eq. 5 lifts fully guided pixels to 0.7..1 in every channel, so a class whose own
# colour lies there (windowpane, mirror, tower) reads as guidance; skyscraper has road's colour.
_MODEL_REPLACEMENTS = {
    8: (0, 15, 120),
    27: (0, 120, 75),
    84: (165, 105, 240),
    48: (255, 225, 105),
}

ColourTable = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class AdeClass:
    """One of the 150 classes: id 0..149, name, and its colour (0..255 each)."""

    id: int
    name: str
    rgb: tuple[int, int, int]


if TYPE_CHECKING:
    ADE_CLASSES: tuple[AdeClass, ...]


def __getattr__(name: str) -> tuple[AdeClass, ...]:
    if name == "ADE_CLASSES":
        return ade_classes()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def ade_classes() -> tuple[AdeClass, ...]:
    """The classes by id, read from resources at the first call."""
    entries = json.loads(PALETTE_FILE.read_text(encoding="utf-8"))
    return tuple(AdeClass(e["id"], e["name"], tuple(e["rgb"])) for e in entries)


def display_colours() -> ColourTable:
    """Exact ADE20K colours, uint8 (150, 3); not injective (road, skyscraper)."""
    return np.array([c.rgb for c in ade_classes()], np.uint8)


def model_colours() -> ColourTable:
    """Colours of the semantic map that the model sees, uint8 (150, 3).

    All differ, none is EMPTY_COLOUR, and each has a channel under 0.7 * 255, so guidance drawn
    with alpha 0.7 (SmartMask Eq. 5) never looks like a class.
    """
    colours = display_colours()
    for class_id, rgb in _MODEL_REPLACEMENTS.items():
        colours[class_id] = rgb
    return colours


def class_map_table(colours: ColourTable) -> ColourTable:
    """Colour of each value of a class map, uint8 (256, 3): 0 empty, class + 1, UNCLASSED."""
    table = np.zeros((256, 3), np.uint8)
    table[0] = EMPTY_COLOUR
    table[1 : CLASS_COUNT + 1] = colours
    table[UNCLASSED] = UNCLASSED_COLOUR
    return table
