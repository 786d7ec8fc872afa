"""Pictures of designs: a layout in class colours with its labels, and a sheet of all steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.design.request import DesignResult, PlannedStep
from engine.drawing import edges, fitted
from engine.layout.compositing import compose_sampled
from engine.layout.layout import Layout
from engine.layout.occlusion import visible_masks
from engine.layout.palette import class_map_table, display_colours
from engine.layout.semantic import class_map

TILE, GAP, TEXT_HEIGHT, COLUMNS = 384, 12, 26, 4
PAPER, INK, BOX = (250, 250, 248), (30, 30, 30), (0, 95, 255)


def layout_picture(
    layout: Layout, *, longest: int = TILE, names: bool = True, marked: str | None = None
) -> Image.Image:
    """The layers in class colours with dark outlines and, if `names`, their labels.

    Args:
        longest: Longest side of the picture in pixels.
        marked: Id of a layer that is drawn in full colour while the others are pale.
    """
    scale = min(1.0, longest / max(layout.width, layout.height))
    size = max(1, round(layout.width * scale)), max(1, round(layout.height * scale))
    colours = class_map_table(display_colours()).astype(np.float32)
    colours[0] = 236
    classes, ids = class_map(layout, size=size), compose_sampled(layout, size=size)
    share = np.full(ids.shape, 0.4 if marked else 0.62, np.float32)
    if marked is not None:
        share[ids == layout.index(marked) + 1] = 1.0
    # Neighbours of one class still differ a little, so that a herd is not one blot.
    shade = 1 - 0.05 * (ids.astype(np.int64) % 4)[..., None]
    picture = (colours[classes] * share[..., None] + 255 * (1 - share[..., None])) * shade
    picture[edges(ids)] *= 0.45
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    if names:
        _write_names(image, layout, scale)
    return image


def _write_names(image: Image.Image, layout: Layout, scale: float) -> None:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(11)
    for layer_id, mask in visible_masks(layout).items():
        if mask.is_empty:
            continue
        text = layout.layer(layer_id).label
        box = mask.box
        x, y = (box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale
        if box.width > 0.9 * layout.width:
            x, y = 6 + draw.textlength(text, font) / 2, (box.y + 6) * scale + 8
        half = draw.textlength(text, font) / 2
        x = min(max(x, half + 2), image.width - half - 2)
        draw.text((x, y), text, INK, font, anchor="mm", stroke_width=2, stroke_fill=(255, 255, 255))


def step_sheet(result: DesignResult) -> Image.Image:
    """One tile for every step: the new object in full colour, the proposals and the box taken."""
    tiles = [(_step_tile(step), _step_text(step)) for step in result.steps]
    finished = (layout_picture(result.layout), "finished")
    title = result.request.scene.caption or "design"
    return tile_sheet([*tiles, finished], title=title)


def _step_tile(step: PlannedStep) -> Image.Image:
    tile = layout_picture(step.layout, names=False, marked=step.layer)
    draw = ImageDraw.Draw(tile, "RGBA")
    scale = tile.width / step.layout.width
    for box in step.proposals:
        corners = (box.x * scale, box.y * scale, box.right * scale, box.bottom * scale)
        draw.rectangle(corners, None, (*BOX, 90), 1)
    box = step.box
    corners = (box.x * scale, box.y * scale, box.right * scale - 1, box.bottom * scale - 1)
    draw.rectangle(corners, None, BOX, 2)
    return tile


def _step_text(step: PlannedStep) -> str:
    tries = f", {step.tries} tries" if step.tries > 1 else ""
    return f"{step.label}   {step.score:.2f}{tries}" + ("" if step.layer else "   left out")


def tile_sheet(
    tiles: Sequence[tuple[Image.Image, str]], *, title: str, columns: int = COLUMNS
) -> Image.Image:
    """Tiles in rows, each with a line of text under it; the title is on top."""
    columns = max(1, min(columns, len(tiles)))
    width = max(tile.width for tile, _ in tiles) + GAP
    height = max(tile.height for tile, _ in tiles) + TEXT_HEIGHT + GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width + GAP, 34 + rows * height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    draw.text((GAP, 9), fitted(draw, title, font, columns * width - GAP), INK, font)
    for index, (tile, text) in enumerate(tiles):
        x, y = GAP + index % columns * width, 34 + index // columns * height
        sheet.paste(tile, (x, y))
        draw.text((x, y + tile.height + 4), fitted(draw, text, font, tile.width), INK, font)
    return sheet
