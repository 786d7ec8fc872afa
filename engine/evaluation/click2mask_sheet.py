"""Contact sheets of `eval click2mask`: one case, every method, and the evolution of ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.click2mask.composite import enlarged
from engine.click2mask.sheet import CAPTION_HEIGHT, GAP, INK, OUTLINE, PAPER, TILE
from engine.drawing import edges, fitted
from engine.evaluation.click2mask_arms import OURS, Outcome
from engine.evaluation.click2mask_cases import ClickCase
from engine.layout.mask import BoolArray

Pixels = NDArray[np.uint8]

COLUMNS = 8
CLICK = (255, 0, 160)


def case_sheet(case: ClickCase, found: Mapping[str, Outcome]) -> Image.Image:
    """The question, the truth, each method's result, then our mask step by step."""
    tiles: list[tuple[Pixels, str]] = [
        (with_click(case), "before, and the click"),
        (outlined(case.truth, case.mask), "the truth"),
    ]
    tiles += [
        (outlined(one.picture, one.mask), f"{name}  {one.mask.mean():.1%}")
        for name, one in found.items()
    ]
    ours = found.get(OURS)
    for step in ours.evolved.steps if ours and ours.evolved else ():
        width = case.before.shape[0] if step.pixels is None else step.pixels.shape[0]
        picture = case.before if step.pixels is None else step.pixels
        loss = "" if step.loss is None else f"  L {step.loss:.3f}"
        tiles.append(
            (
                outlined(picture, enlarged(step.mask, width)),
                f"step {step.step}  {step.mask.mean():.1%}{loss}",
            )
        )
    height = -(-len(tiles) // COLUMNS) * (TILE + CAPTION_HEIGHT + GAP) + 40
    sheet = Image.new("RGB", (COLUMNS * (TILE + GAP) + GAP, height), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    draw.text((GAP, 9), f"{case.prompt}   ({case.place}, {case.name})", INK, font)
    for index, (picture, words) in enumerate(tiles):
        x = GAP + index % COLUMNS * (TILE + GAP)
        y = 34 + index // COLUMNS * (TILE + CAPTION_HEIGHT + GAP)
        sheet.paste(Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.LANCZOS), (x, y))
        draw.text((x, y + TILE + 3), fitted(draw, words, font, TILE), INK, font)
    return sheet


def outlined(picture: Pixels, mask: BoolArray) -> Pixels:
    out = picture.copy()
    out[edges(mask)] = OUTLINE
    return out


def with_click(case: ClickCase) -> Pixels:
    out = case.before.copy()
    x, y = case.click
    out[max(0, y - 4) : y + 5, x] = CLICK
    out[y, max(0, x - 4) : x + 5] = CLICK
    return out
