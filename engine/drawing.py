"""Small things that every picture of masks needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont


def edges(ids: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbour differs, bool (height, width)."""
    found = np.zeros(ids.shape, bool)
    found[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    found[:-1] |= ids[:-1] != ids[1:]
    return found


def fitted(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    width: float,
) -> str:
    """The text, cut with an ellipsis where it would be wider than `width` pixels."""
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(f"{text}...", font) > width:
        text = text[:-1]
    return f"{text}..."
