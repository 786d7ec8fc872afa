"""What a segmenter finds beside the truth, as one picture to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.drawing import edges, fitted
from engine.layout.mask import BoolArray
from engine.segment.layers import Segment

SIDE, GAP, LINE = 224, 6, 14

Case = tuple[NDArray[np.uint8], Sequence[Segment], Sequence[tuple[str, BoolArray]]]
"""A picture, what was found, and label and mask of what is there."""


def segmenter_sheet(cases: Sequence[Case], *, columns: int = 2) -> Image.Image:
    """Picture, found segments and true ones side by side, `columns` cases to a row."""
    rows = -(-len(cases) // columns) if cases else 1
    width, height = 3 * SIDE + 4 * GAP, SIDE + LINE + GAP
    sheet = Image.new("RGB", (columns * width, rows * height), (255, 255, 255))
    for number, (picture, found, true) in enumerate(cases):
        left, top = number % columns * width + GAP, number // columns * height + GAP
        named = [(segment.name.label, segment.visible) for segment in found]
        for place, image in enumerate(
            (Image.fromarray(picture), painted(named, picture.shape), painted(true, picture.shape))
        ):
            image.thumbnail((SIDE, SIDE))
            sheet.paste(image, (left + place * (SIDE + GAP), top))
    return sheet


def painted(segments: Sequence[tuple[str, BoolArray]], shape: tuple[int, ...]) -> Image.Image:
    """Each segment in a colour of its own with its label in its middle."""
    ids = np.zeros(shape[:2], np.uint16)
    for number, (_, mask) in enumerate(segments, 1):
        ids[mask] = number
    colours = np.random.default_rng(3).integers(70, 256, (len(segments) + 1, 3)).astype(np.uint8)
    colours[0] = 0
    pixels = colours[ids]
    pixels[edges(ids)] = 0
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(11)
    for label, mask in segments:
        rows, columns = np.nonzero(mask)
        if len(rows) == 0:
            continue
        text = fitted(draw, label, font, max(float(np.ptp(columns)) + 30, 40))
        at = (float(np.median(columns)), float(np.median(rows)))
        draw.text(at, text, (0, 0, 0), font, anchor="mm", stroke_width=2, stroke_fill=(255,) * 3)
    return image
