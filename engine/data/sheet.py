"""Contact sheets of generated scenes: picture and semantic map side by side, caption beneath."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.artwork import Split
from engine.data.generator import Scene, generate
from engine.errors import DataError, InputError

CELL = 256
CAPTION_ROWS = 2
LINE = 13
GAP = 8


def scene_sheet(path: Path | str, *, seed: int, count: int = 24, split: Split = "train",
                kind: str | None = None) -> tuple[Scene, ...]:  # fmt: skip
    """Write a sheet of `count` scenes with seeds `seed`, `seed` + 1 ... to a PNG; return them.

    Raises InputError for a bad count or kind, DataError when the file cannot be written.
    """
    from PIL import Image, ImageDraw

    if not 1 <= count <= 400:
        raise InputError(f"A sheet of {count} scenes is not possible: 1 to 400.")
    scenes = tuple(generate(seed + i, split=split, kind=kind) for i in range(count))
    columns = min(count, 4 if count > 9 else 3)
    rows = -(-count // columns)
    cell_w, cell_h = 2 * CELL + GAP, CELL + LINE * CAPTION_ROWS + GAP
    sheet = Image.new("RGB", (columns * cell_w + GAP, rows * cell_h + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for number, scene in enumerate(scenes):
        x = GAP + number % columns * cell_w
        y = GAP + number // columns * cell_h
        assert scene.image is not None
        pad_x, pad_y = (CELL - scene.width) // 2, (CELL - scene.height) // 2
        sheet.paste(Image.fromarray(scene.image), (x + pad_x, y + pad_y))
        colours = semantic_colours(scene)
        sheet.paste(Image.fromarray(colours), (x + CELL + pad_x, y + pad_y))
        text = f"{scene.seed} {scene.kind}: {scene.caption}"
        for line, part in enumerate(textwrap.wrap(text, 84)[:CAPTION_ROWS]):
            draw.text((x, y + CELL + line * LINE), part, fill="black")
    try:
        sheet.save(path, "PNG")
    except (OSError, ValueError) as error:
        raise DataError(f"The sheet cannot be written to {path}: {error}.") from error
    return scenes


def semantic_colours(scene: Scene) -> NDArray[np.uint8]:
    """The scene flattened in ADE20K colours, edges of things drawn dark, shape (h, w, 3)."""
    from engine.layout.palette import display_colours

    table = display_colours()
    out = np.zeros((scene.height, scene.width, 3), np.uint8)
    ids = np.zeros((scene.height, scene.width), np.int32)
    for number, item in enumerate(scene.objects, 1):
        x0, y0 = max(item.box.x, 0), max(item.box.y, 0)
        x1, y1 = min(item.box.right, scene.width), min(item.box.bottom, scene.height)
        if x0 >= x1 or y0 >= y1:
            continue
        part = item.crop[y0 - item.box.y : y1 - item.box.y, x0 - item.box.x : x1 - item.box.x]
        out[y0:y1, x0:x1][part] = table[item.ade_class]
        ids[y0:y1, x0:x1][part] = number
    edge = np.zeros(ids.shape, bool)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    out[edge] = out[edge] // 3
    return out
