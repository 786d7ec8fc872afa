"""A mask written as text comes back bit for bit; a text that holds none is refused."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given

from engine.layout.brush import paint_stroke
from engine.layout.geometry import Box
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.mask_text import mask_of_text, mask_text
from tests.unit.layout.scenes import masks


@given(masks())
def test_a_mask_comes_back(mask: Mask) -> None:
    if not mask.is_empty:
        assert mask_of_text(mask_text(mask), mask.box) == mask


def test_a_stroke_takes_a_few_hundred_characters() -> None:
    points = [(60, 300), (200, 120), (380, 200), (500, 420), (700, 60)]
    stroke = paint_stroke(EMPTY_MASK, points, radius=8, canvas=Box(0, 0, 768, 512))
    text = mask_text(stroke)
    assert len(text) < 1000
    assert mask_of_text(text, stroke.box) == stroke


def text_of(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        "ÄÖ",
        "AAAA",
        text_of(b""),
        text_of(bytes([4, 0])),
        text_of(bytes([4, 0, 0, 0, 0])),
        text_of(bytes([4, 20, 0])),
        text_of(bytes([1, 1])),
        text_of(b"\xff" * 40),
        text_of(bytes(1 << 22)),
    ],
)
def test_a_text_that_holds_no_such_mask_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        mask_of_text(text, Box(3, 4, 8, 2))


@pytest.mark.parametrize("size", [(0, 0), (-3, -3), (-3, 4), (1 << 20, 1 << 20)])
def test_a_box_that_can_hold_none_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="box"):
        mask_of_text(mask_text(Mask.filled(Box(0, 0, 8, 2))), Box(0, 0, *size))
