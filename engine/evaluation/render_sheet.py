"""Sheets of `eval render`: one column a scene, one row a method, hits counted under each."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.errors import DataError
from engine.evaluation.render_metrics import Reading
from engine.evaluation.render_scenes import JudgedScene
from engine.render.conditioning import conditioning

COLUMNS, TILE, GAP, LINE, LABEL = 6, 256, 6, 16, 150
PAPER, INK, FAINT = (250, 250, 248), (30, 30, 30), (120, 120, 120)


def write_sheets(
    folder: Path,
    scenes: Sequence[JudgedScene],
    pictures: Mapping[str, Sequence[NDArray[np.uint8]]],
    readings: Mapping[str, Sequence[Reading]],
) -> list[Path]:
    """Write sheet-1.png, sheet-2.png ... with COLUMNS scenes each; raises DataError."""
    written = []
    for start in range(0, len(scenes), COLUMNS):
        part = range(start, min(start + COLUMNS, len(scenes)))
        path = folder / f"sheet-{start // COLUMNS + 1}.png"
        try:
            _sheet(part, scenes, pictures, readings).save(path)
        except OSError as error:
            raise DataError(f"{path}: the sheet cannot be written ({error}).") from error
        written.append(path)
    return written


def _sheet(
    part: range,
    scenes: Sequence[JudgedScene],
    pictures: Mapping[str, Sequence[NDArray[np.uint8]]],
    readings: Mapping[str, Sequence[Reading]],
) -> Image.Image:
    rows = ["fine masks", "coarse scribbles", *pictures]
    cell_w, cell_h = TILE + GAP, TILE + LINE + GAP
    head = 3 * LINE
    sheet = Image.new("RGB", (LABEL + len(part) * cell_w + GAP, head + len(rows) * cell_h), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for row, name in enumerate(rows):
        text = "\n".join(textwrap.wrap(name, 20))
        draw.multiline_text((GAP, head + row * cell_h + 8), text, INK, font)
    for column, number in enumerate(part):
        scene, x = scenes[number], LABEL + column * cell_w
        caption = "\n".join(textwrap.wrap(scene.layout.caption, 42)[:3])
        draw.multiline_text((x, 2), caption, INK, font, spacing=1)
        size = (scene.layout.width, scene.layout.height)
        maps = [conditioning(scene.layout, size), conditioning(scene.coarse, size)]
        tiles = maps + [made[number] for made in pictures.values()]
        for row, tile in enumerate(tiles):
            y = head + row * cell_h
            sheet.paste(Image.fromarray(tile), (x, y))
            if row >= len(maps):
                found = readings[rows[row]][number].found
                hits = sum(thing.hit for thing in found)
                missed = ", ".join(thing.label for thing in found if not thing.hit)
                text = f"{hits} of {len(found)}" + (f"; not {missed}" if missed else "")
                draw.text((x, y + TILE), text[:44], FAINT, font)
    return sheet
