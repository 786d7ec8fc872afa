"""Contact sheets of an evolution: every step's picture with the outline of its mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.click2mask.request import Evolution
from engine.drawing import edges, fitted
from engine.layout.geometry import Box

TILE, GAP, CAPTION_HEIGHT, COLUMNS = 192, 8, 22, 6
PAPER, INK = (250, 250, 248), (30, 30, 30)
OUTLINE = (255, 90, 0)
ROOM, LEAST = 2.0, 0.3
"""Of what is shown of a photo: its side in sides of the masks, and its least share of the photo."""

Pixels = NDArray[np.uint8]


def outlined(look: Evolution, size: tuple[int, int]) -> Pixels:
    """An evolution's picture with the outline of its mask, which is of photo `size` (w, h)."""
    picture = look.pixels.copy()
    height, width = picture.shape[:2]
    mask = look.mask.on_canvas(*size)
    if (width, height) != size:
        small = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
        mask = np.asarray(small)
    line = edges(mask)
    if max(width, height) > 300:
        line[1:] |= line[:-1].copy()
        line[:, 1:] |= line[:, :-1].copy()
    picture[line] = OUTLINE
    return picture


def surroundings(boxes: Sequence[Box], size: tuple[int, int]) -> Box:
    """The part of a photo (w, h), of its shape, in which all boxes lie with room around them."""
    whole = Box(0, 0, *size)
    inside = [part for box in boxes if not (part := box.intersection(whole)).is_empty]
    if not inside:
        return whole
    box = inside[0]
    for other in inside[1:]:
        box = box.union(other)
    share = min(1.0, max(ROOM * box.width / size[0], ROOM * box.height / size[1], LEAST))
    width, height = max(1, round(share * size[0])), max(1, round(share * size[1]))
    x = min(max(round(box.x + (box.width - width) / 2), 0), size[0] - width)
    y = min(max(round(box.y + (box.height - height) / 2), 0), size[1] - height)
    return Box(x, y, width, height)


def cut(picture: Pixels, view: Box, size: tuple[int, int]) -> Pixels:
    """A part of a photo (w, h), in pixels of the photo, out of a picture of any size."""
    across, down = picture.shape[1] / size[0], picture.shape[0] / size[1]
    left, top = int(view.x * across), int(view.y * down)
    right, bottom = round(view.right * across), round(view.bottom * down)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def evolution_sheet(
    looks: Sequence[Evolution], *, size: tuple[int, int], title: str, results: Sequence[Pixels] = ()
) -> Image.Image:
    """All steps of an evolution in order, then the results; `size` is (w, h) of the photo.

    Shown are the surroundings of the masks: of a large photo they are but a spot.
    """
    view = surroundings([look.mask.box for look in looks], size)
    tiles: list[tuple[Pixels, str]] = [
        (
            cut(outlined(look, size), view, size),
            f"{look.step}   {100 * look.mask.area / (size[0] * size[1]):.1f} %"
            + ("" if look.score is None else f"   {look.score:.3f}"),
        )
        for look in looks
    ]
    tiles += [(cut(picture, view, size), f"result {k}") for k, picture in enumerate(results, 1)]
    scale = TILE / max(view.width, view.height)
    tile = max(1, round(view.width * scale)), max(1, round(view.height * scale))
    columns = min(COLUMNS, max(1, len(tiles)))
    step = tile[0] + GAP, tile[1] + CAPTION_HEIGHT + GAP
    head = 34
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * step[0] + GAP, head + rows * step[1] + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    draw.text((GAP, 9), fitted(draw, title, font, columns * step[0] - GAP), INK, font)
    for index, (picture, words) in enumerate(tiles):
        x, y = GAP + index % columns * step[0], head + index // columns * step[1]
        sheet.paste(Image.fromarray(picture).resize(tile, Image.Resampling.LANCZOS), (x, y))
        draw.text((x, y + tile[1] + 3), fitted(draw, words, font, tile[0]), INK, font)
    return sheet
