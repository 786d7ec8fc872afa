"""Contact sheets: suggestions side by side over the scene they were made for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.drawing import edges, fitted
from engine.layout.compositing import compose_sampled
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layout import Layout
from engine.layout.palette import class_map_table, display_colours
from engine.layout.semantic import class_map
from engine.smartmask.request import Suggestion, SuggestResult

TILE = 384
GAP = 12
CAPTION_HEIGHT = 26
PAPER, INK = (250, 250, 248), (30, 30, 30)
SUGGESTION = np.array([255, 122, 0], np.float32)
GUIDANCE = (0, 95, 255)

Picture = NDArray[np.uint8]


def suggestion_sheet(result: SuggestResult) -> Image.Image:
    """One tile for every suggestion that is not empty, in display order, best first.

    Each tile shows the layers in pale class colours, the guidance in blue, and the suggested
    silhouette in orange, with its sample number, seed and score below.
    """
    layout = result.request.layout
    size = tile_size(layout)
    scene = scene_picture(layout, size)
    shown = [s for s in result.suggestions if not s.mask.is_empty]
    columns = min(4, len(shown)) or 1
    rows = -(-len(shown) // columns) or 1
    width, height = size[0] + GAP, size[1] + CAPTION_HEIGHT + GAP
    head = 34
    sheet = Image.new("RGB", (columns * width + GAP, head + rows * height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(15)
    title = f"{result.request.label}  ({result.request.guidance.mode.value})"
    draw.text((GAP, 10), fitted(draw, title, font, columns * width - GAP), INK, font)
    for index, suggestion in enumerate(shown):
        x, y = GAP + index % columns * width, head + index // columns * height
        tile = Image.fromarray(with_suggestion(scene, layout, suggestion))
        draw_guidance(tile, layout, result.request.guidance)
        sheet.paste(tile, (x, y))
        like = "" if suggestion.duplicate_of is None else f", like {suggestion.duplicate_of}"
        text = f"{suggestion.sample}   seed {suggestion.seed}   score {suggestion.score:.3f}{like}"
        draw.text((x, y + size[1] + 4), fitted(draw, text, font, size[0]), INK, font)
    return sheet


def tile_size(layout: Layout) -> tuple[int, int]:
    """(width, height) of a tile: the canvas, its longest side at most TILE pixels."""
    scale = min(1.0, TILE / max(layout.width, layout.height))
    return max(1, round(layout.width * scale)), max(1, round(layout.height * scale))


def scene_picture(layout: Layout, size: tuple[int, int]) -> Picture:
    """The layout in pale class colours with layer outlines, uint8 (height, width, 3)."""
    colours = class_map_table(display_colours()).astype(np.float32) * 0.3 + 255 * 0.7
    colours[0] = 236
    picture = colours[class_map(layout, size=size)]
    picture[edges(compose_sampled(layout, size=size))] *= 0.55
    return picture.astype(np.uint8)


def with_suggestion(scene: Picture, layout: Layout, suggestion: Suggestion) -> Picture:
    """The scene with the suggested silhouette drawn over it, in orange with a dark edge."""
    height, width = scene.shape[:2]
    mask = Image.fromarray(suggestion.mask.on_canvas(layout.width, layout.height))
    cover = np.asarray(
        mask.convert("L").resize((width, height), Image.Resampling.BOX), np.float32
    ) / np.float32(255)
    out = scene.astype(np.float32)
    out += (SUGGESTION - out) * (cover * 0.8)[..., None]
    out[edges(cover >= 0.5)] *= 0.4
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def draw_guidance(tile: Image.Image, layout: Layout, guidance: Guidance) -> None:
    """Draw box, point or scribble onto a tile, in place."""
    draw = ImageDraw.Draw(tile, "RGBA")
    sx, sy = tile.width / layout.width, tile.height / layout.height
    match guidance.mode:
        case GuidanceMode.BOX if guidance.box is not None:
            box = guidance.box
            left, top, right, bottom = box.x * sx, box.y * sy, box.right * sx, box.bottom * sy
            draw.rectangle(
                (left, top, max(left, right - 1), max(top, bottom - 1)), None, GUIDANCE, 2
            )
        case GuidanceMode.POINT if guidance.point is not None:
            x, y = (guidance.point[0] + 0.5) * sx, (guidance.point[1] + 0.5) * sy
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), GUIDANCE, (255, 255, 255), 2)
        case GuidanceMode.SCRIBBLE if guidance.scribble is not None:
            drawn = Image.fromarray(guidance.scribble.on_canvas(layout.width, layout.height))
            small = drawn.convert("L").resize(tile.size, Image.Resampling.BOX)
            draw.bitmap((0, 0), small.point([min(150, v) for v in range(256)]), GUIDANCE)
        case _:
            pass
