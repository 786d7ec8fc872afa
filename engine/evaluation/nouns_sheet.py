"""The sheet that nouns are judged from: one mask for each, drawn as a user would get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.design.things import thing_of
from engine.drawing import fitted
from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layout import Layout
from engine.smartmask.backgrounds import is_background
from engine.smartmask.request import SuggestRequest
from engine.smartmask.suggest import run as suggest

if TYPE_CHECKING:
    from engine.evaluation.nouns import Noun, Verdict

TILE, COLUMNS, TEXT = 120, 12, 30
PAPER, INK, MASK, BAD = (250, 250, 248), (30, 30, 30), (60, 110, 170), (190, 40, 30)
CANVAS, SIDE = 256, 216


def nouns_sheet(
    nouns: Sequence[Noun], verdicts: Mapping[str, Verdict], *, pack: str
) -> Image.Image:
    """A tile for each noun: the best of four masks, the noun, and the thing it was taken for.

    Things are asked for in a box of their usual proportions, backgrounds in the lower half; nouns
    whose mask was judged not to show something sensible stand in red.
    """
    rows = -(-len(nouns) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE, max(rows, 1) * (TILE + TEXT)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for index, noun in enumerate(nouns):
        x, y = index % COLUMNS * TILE, index // COLUMNS * (TILE + TEXT)
        sheet.paste(_tile(noun, pack), (x + 4, y + 4))
        verdict = verdicts.get(noun.word)
        bad = verdict is not None and verdict.taken == noun.taken and not verdict.drawn
        said = noun.word if noun.word == noun.taken else f"{noun.word} > {noun.taken}"
        text = fitted(draw, said, font, TILE - 6)
        draw.text((x + 4, y + TILE - 2), text, BAD if bad else INK, font)
    return sheet


def _tile(noun: Noun, pack: str) -> Image.Image:
    layout = Layout(width=CANVAS, height=CANVAS, caption="", layers=())
    guidance = Guidance.at_box(_box(noun.taken))
    request = SuggestRequest(layout=layout, label=noun.word, guidance=guidance, pack=pack)
    mask = suggest(request, QuietContext()).suggestions[0].mask
    bits = mask.on_canvas(CANVAS, CANVAS)
    pixels = np.where(bits[..., None], np.array(MASK), np.array((232, 232, 228)))
    size = (TILE - 8, TILE - 8)
    return Image.fromarray(pixels.astype(np.uint8)).resize(size, Image.Resampling.LANCZOS)


def _box(name: str) -> Box:
    if is_background(name):
        return Box(0, CANVAS // 2, CANVAS, CANVAS // 2)
    aspect = thing_of(name).aspect
    width, height = round(SIDE * min(aspect, 1)), round(SIDE / max(aspect, 1))
    return Box((CANVAS - width) // 2, (CANVAS - height) // 2, width, height)
