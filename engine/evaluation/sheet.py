"""Contact sheets: guidance, samples and truth of many cases, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.errors import DataError
from engine.evaluation.cases import Case
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask

OBJECTS, SAMPLES, COLUMNS = 28, 4, 14
_TILE, _GAP, _TEXT = 112, 4, 14
_EMPTY = (38, 40, 46)
_OBJECT = (255, 196, 61)
_TRUTH = (120, 214, 130)
_GUIDANCE = (90, 170, 255)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One column of a sheet."""

    case: Case
    guidance: Guidance
    masks: Sequence[Mask]


def write_sheet(path: Path, strips: Sequence[Strip], *, title: str) -> None:
    """A PNG with up to OBJECTS columns: guidance, four samples, and the truth under them.

    Raises:
        DataError: The file cannot be written.
    """
    columns = [_column(strip) for strip in strips[:OBJECTS]]
    if not columns:
        return
    blank = np.full_like(columns[0], 20)
    bands = []
    for start in range(0, len(columns), COLUMNS):
        band = columns[start : start + COLUMNS]
        band += [blank] * (COLUMNS - len(band)) if len(columns) > COLUMNS else []
        bands.append(np.hstack(band))
    picture = Image.fromarray(
        np.vstack([np.full((18, bands[0].shape[1], 3), 20, np.uint8), *bands])
    )
    ImageDraw.Draw(picture).text((4, 3), title, fill=(230, 230, 230))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Flat colours: a palette is a third of the size and looks the same.
        flat = picture.quantize(64, dither=Image.Dither.NONE)
        flat.save(path, optimize=True)
    except OSError as error:
        raise DataError(f"{path}: the sheet cannot be written ({error}).") from error


def _column(strip: Strip) -> Picture:
    case = strip.case
    scale = _TILE / max(case.layout.width, case.layout.height)
    ground = _ground(case, scale)
    empty = Mask(Box(0, 0, 0, 0), b"")
    masks = [*strip.masks[:SAMPLES], *([empty] * (SAMPLES - len(strip.masks)))]
    tiles = [_with_guidance(ground, strip.guidance, scale)]
    tiles += [_painted(ground, mask, case, scale, _OBJECT) for mask in masks]
    tiles.append(_painted(ground, case.truth, case, scale, _TRUTH))
    framed = [np.pad(t, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=20) for t in tiles]
    head = Image.new("RGB", (framed[0].shape[1], _TEXT), (20, 20, 20))
    ImageDraw.Draw(head).text((2, 1), case.label[:18], fill=(220, 220, 220))
    return np.vstack([np.asarray(head), *framed])


def _ground(case: Case, scale: float) -> Picture:
    """The layout in its ADE20K colours, dimmed so that the samples stand out."""
    from engine.layout.palette import display_colours

    colours = display_colours()
    tile = np.full((_TILE, _TILE, 3), 20, np.uint8)
    height, width = round(case.layout.height * scale), round(case.layout.width * scale)
    tile[:height, :width] = _EMPTY
    for number, layer in enumerate(case.layout.layers):
        cover = _coverage(layer.mask, case, scale)[..., None]
        index = layer.ade_class if layer.ade_class >= 0 else (37 * number) % len(colours)
        colour = 40 + colours[index].astype(np.float32) * 0.4
        tile[:] = (tile * (1 - cover) + colour * cover).astype(np.uint8)
    return tile


def _coverage(mask: Mask, case: Case, scale: float) -> NDArray[np.float32]:
    bits = mask.on_canvas(case.layout.width, case.layout.height).astype(np.float32)
    size = round(case.layout.width * scale), round(case.layout.height * scale)
    small = cv2.resize(bits, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    out = np.zeros((_TILE, _TILE), np.float32)
    out[: small.shape[0], : small.shape[1]] = small
    return out


def _painted(
    ground: Picture, mask: Mask, case: Case, scale: float, colour: tuple[int, int, int]
) -> Picture:
    if mask.is_empty:
        return ground
    cover = _coverage(mask, case, scale)[..., None]
    return (ground * (1 - cover) + np.array(colour, np.float32) * cover).astype(np.uint8)


def _with_guidance(ground: Picture, guidance: Guidance, scale: float) -> Picture:
    picture = Image.fromarray(ground)
    draw = ImageDraw.Draw(picture)
    if guidance.mode is GuidanceMode.BOX and guidance.box is not None:
        x, y, w, h = (v * scale for v in guidance.box)
        draw.rectangle((x, y, max(x + w - 1, x), max(y + h - 1, y)), outline=_GUIDANCE, width=2)
    elif guidance.mode is GuidanceMode.POINT and guidance.point is not None:
        x, y = (v * scale for v in guidance.point)
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_GUIDANCE)
    elif guidance.mode is GuidanceMode.SCRIBBLE and guidance.scribble is not None:
        box = guidance.scribble.box
        size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
        bits = cv2.resize(guidance.scribble.crop().astype(np.uint8) * 255, size)
        draw.bitmap((round(box.x * scale), round(box.y * scale)), Image.fromarray(bits), _GUIDANCE)
    return np.asarray(picture)
