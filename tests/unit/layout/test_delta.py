"""What an undo step keeps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.layout.delta import LayoutDelta, MaskDelta
from engine.layout.mask import Mask
from tests.unit.layout.scenes import (
    DOG,
    WALL,
    layout_of,
    masks,
)


@given(masks(), masks())
def test_a_mask_delta_leads_there_and_back(before: Mask, after: Mask) -> None:
    delta = MaskDelta.between(before, after)
    assert delta.applied(before, forward=True) == after
    assert delta.applied(after, forward=False) == before


@given(masks(), st.integers(-50, 50), st.integers(-50, 50))
def test_a_move_costs_no_pixels(mask: Mask, dx: int, dy: int) -> None:
    delta = MaskDelta.between(mask, mask.moved(dx, dy))
    assert delta.data == b""
    assert delta.applied(mask, forward=True) == mask.moved(dx, dy)


def test_a_delta_between_equal_layouts_is_empty() -> None:
    layout = layout_of(WALL, DOG)
    assert LayoutDelta.between(layout, replace(layout)).is_empty
