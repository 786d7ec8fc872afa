"""Contact sheets of an evolution: every step's picture with the outline of its mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.click2mask.request import Evolution
from engine.drawing import edges, fitted

TILE, GAP, CAPTION_HEIGHT, COLUMNS = 192, 8, 22, 6
PAPER, INK = (250, 250, 248), (30, 30, 30)
OUTLINE = (255, 90, 0)

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


def evolution_sheet(
    looks: Sequence[Evolution], *, size: tuple[int, int], title: str, results: Sequence[Pixels] = ()
) -> Image.Image:
    """All steps of an evolution in order, then the results; `size` is (w, h) of the photo."""
    tiles: list[tuple[Pixels, str]] = [
        (
            outlined(look, size),
            f"{look.step}   {100 * look.mask.area / (size[0] * size[1]):.1f} %"
            + ("" if look.score is None else f"   {look.score:.3f}"),
        )
        for look in looks
    ]
    tiles += [(picture, f"result {k}") for k, picture in enumerate(results, 1)]
    scale = TILE / max(size)
    tile = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
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
