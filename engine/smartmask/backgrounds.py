"""Sky, grass, wall and the like: what fills a scene reaches the border it was drawn to.

A sampled shape has soft corners and ends a pixel or two early. On a thing nobody sees it; a sky
with round corners looks wrong.
"""

from __future__ import annotations

import numpy as np

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.labels import head_phrase, singulars
from engine.layout.mask import BoolArray, Mask

NEAR_SHARE = 0.02
"""A place that ends within this share of the canvas from a border is meant to reach it."""
INSET_SHARE = 0.06
"""So much of the mask beside a border may be eaten by soft corners."""
CORNER_SHARE = 0.25
"""Soft corners end within this share of the mask; what is cut off farther in is its shape."""
GAP_SHARE = 0.25
"""A mask that ends farther from the border than this share of its own size was not meant so."""

_WORDS = """
    sky heavens backdrop background skyline
    wall ceiling floor flooring floorboard carpeting tabletop
    ground earth dirt soil mud land terrain grass lawn turf meadow pasture prairie savanna field
    farmland sand beach shore seashore coast desert dune snow ice tundra
    road street highway motorway runway sidewalk pavement square plaza path track trail
    sea ocean water lake pond river stream canal seabed
    mountain hill hillside cliff forest woods jungle
    """
_PHRASES = frozenset({"table top", "sea floor", "ocean floor", "city skyline"})


def is_background(label: str) -> bool:
    """Whether a label names what fills a scene: "blue sky", "field of wheat", not "wall clock"."""
    return any(
        form in _PHRASES or form.rpartition(" ")[2] in _WORDS.split()
        for form in singulars(head_phrase(label))
    )


def reaching_borders(mask: Mask, guidance: Guidance, canvas: Box) -> Mask:
    """The mask of a background, taken to the canvas borders that its place touches.

    Beside such a border the row or column a few percent farther in is repeated outwards, and the
    corner between two of them is filled where only its tip is missing. A mask whose place lies
    inside the canvas comes back as it is. Without a box or scribble the mask is its own place.
    """
    shown = mask.box.intersection(canvas)
    place = guidance.box or (guidance.scribble.box if guidance.scribble else shown)
    gaps, sizes = _gaps(shown, canvas), _sizes(shown)
    touched = [
        side
        for side, (reach, whole) in enumerate(
            zip(_gaps(place, canvas), _sizes(canvas), strict=True)
        )
        if reach <= NEAR_SHARE * whole and gaps[side] <= GAP_SHARE * sizes[side]
    ]
    if shown.is_empty or not touched:
        return mask
    array = mask.within(canvas)
    for side in touched:
        turned = np.rot90(array, side)
        inside = gaps[side] + round(INSET_SHARE * sizes[side])
        turned[:, :inside] |= turned[:, inside : inside + 1]
    for side in touched:
        following = (side + 1) % 4
        if following in touched:
            _fill_corner(np.rot90(array, side), across=sizes[side], down=sizes[following])
    return mask.union(Mask.from_array(array))


def _fill_corner(array: BoolArray, *, across: int, down: int) -> None:
    """Fill the top left corner where both borders are reached a little away from it."""
    for share in np.linspace(0, CORNER_SHARE, 26)[1:]:
        column, row = int(share * across), int(share * down)
        if array[0, column] and array[row, 0]:
            array[:row, :column] = True
            return


# Sides are numbered left, top, right, bottom: after that many quarter turns to the left a side lies
# at the left, and the one after it at the top.


def _gaps(box: Box, canvas: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, canvas.width - box.right, canvas.height - box.bottom


def _sizes(box: Box) -> tuple[int, int, int, int]:
    """The box's extent seen from each side."""
    return box.width, box.height, box.width, box.height
