"""Backgrounds reach the borders they were drawn to; nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask
from engine.smartmask.backgrounds import is_background, reaching_borders
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Sample
from engine.smartmask.suggest import rank

CANVAS = Box(0, 0, 256, 192)
UPPER = Box(0, 0, 256, 90)


def rounded(box: Box, *, radius: int) -> Mask:
    """A rectangle with round corners, as the model draws a sky."""
    rows, columns = np.mgrid[: box.height, : box.width]
    dx = np.clip(np.maximum(radius - columns, columns - (box.width - 1 - radius)), 0, None)
    dy = np.clip(np.maximum(radius - rows, rows - (box.height - 1 - radius)), 0, None)
    return Mask.from_array(np.hypot(dx, dy) <= radius, x=box.x, y=box.y)


def on_canvas(mask: Mask) -> BoolArray:
    return mask.on_canvas(CANVAS.width, CANVAS.height)


@pytest.mark.parametrize("turns", range(4))
def test_a_sky_reaches_its_three_borders_without_round_corners(turns: int) -> None:
    soft = rounded(Box(2, 1, 251, 88), radius=20)
    array = np.rot90(on_canvas(soft), turns)
    canvas = Box(0, 0, array.shape[1], array.shape[0])
    place = np.rot90(on_canvas(Mask.filled(UPPER)), turns)
    guidance = Guidance.at_box(Mask.from_array(place).box)
    mask = reaching_borders(Mask.from_array(array), guidance, canvas)
    seen = np.rot90(mask.on_canvas(canvas.width, canvas.height), -turns)
    assert seen[0].all()
    assert seen[:65, 0].all() and seen[:65, -1].all()
    # The free side keeps its shape.
    assert np.array_equal(seen[60:, 30:-30], on_canvas(soft)[60:, 30:-30])
    assert not seen[89:].any()


def test_a_box_inside_the_canvas_changes_nothing() -> None:
    lake = rounded(Box(40, 60, 120, 60), radius=25)
    assert reaching_borders(lake, Guidance.at_box(Box(38, 58, 124, 64)), CANVAS) is lake


def test_a_road_that_narrows_stays_narrow() -> None:
    """Its box touches both sides, but it is only the near end that reaches them."""
    rows, columns = np.mgrid[:192, :256]
    half = (rows - 100) * 0.7
    road = Mask.from_array((rows >= 102) & (rows < 190) & (abs(columns - 127.5) < half))
    seen = on_canvas(reaching_borders(road, Guidance.at_box(Box(60, 100, 136, 92)), CANVAS))
    assert np.array_equal(seen[:184], on_canvas(road)[:184])
    assert np.array_equal(seen[191], seen[185])
    assert not seen[:, :60].any()


def test_a_skyline_keeps_its_outline() -> None:
    columns = np.arange(256)
    top = 60 + 30 * np.sin(columns / 20)
    hills = (np.arange(192)[:, None] >= top) & (np.arange(192)[:, None] < 150)
    hills[:, :3] = hills[:, 252:] = False
    mask = reaching_borders(Mask.from_array(hills), Guidance.at_box(Box(0, 30, 256, 120)), CANVAS)
    seen = on_canvas(mask)
    assert np.array_equal(seen[:, 20:230], hills[:, 20:230])
    assert seen[140, 0] and seen[140, -1]
    assert not seen[:25].any() and not seen[150:].any()


def test_a_mask_that_ends_far_from_the_border_was_meant_so() -> None:
    patch = rounded(Box(100, 0, 60, 60), radius=10)
    seen = on_canvas(reaching_borders(patch, Guidance.at_box(UPPER), CANVAS))
    assert not seen[:, :100].any() and not seen[:, 160:].any()
    assert seen[0].any()


def test_without_a_place_the_mask_is_its_own() -> None:
    seen = on_canvas(reaching_borders(rounded(Box(1, 2, 252, 80), radius=12), Guidance(), CANVAS))
    assert seen[0].all() and seen[:60, 0].all() and seen[:60, -1].all()


def test_what_lies_beyond_the_canvas_stays() -> None:
    wide = rounded(Box(-30, -20, 316, 110), radius=15)
    mask = reaching_borders(wide, Guidance.at_box(UPPER), CANVAS)
    assert mask == mask.union(wide)
    assert mask.box == wide.box


@pytest.mark.parametrize(
    ("label", "whether"),
    [
        ("sky", True),
        ("blue sky", True),
        ("clear skies", True),
        ("a field of wheat", True),
        ("stone wall with ivy", True),
        ("Sandy beach", True),
        ("mountains", True),
        ("dog", False),
        ("a dog in the grass", False),
        ("wall clock", False),
        ("clock on the wall", False),
        ("sea lion", False),
        ("bottle of water", False),
        ("cloud", False),
        ("...", False),
    ],
)
def test_backgrounds_are_told_from_things(label: str, whether: bool) -> None:
    assert is_background(label) is whether


@pytest.mark.parametrize(("label", "corner"), [("evening sky", True), ("dog", False)])
def test_suggestions_of_backgrounds_alone_are_taken_to_the_border(label: str, corner: bool) -> None:
    request = SuggestRequest(
        layout=Layout(width=CANVAS.width, height=CANVAS.height),
        label=label,
        guidance=Guidance.at_box(UPPER),
    )
    drawn = rounded(Box(1, 1, 253, 88), radius=20)
    (suggestion,) = rank(request, [Sample(mask=drawn, confidence=0.9)])
    assert bool(on_canvas(suggestion.mask)[0, 0]) is corner
    assert (suggestion.mask == drawn) is not corner
