"""The picture to look at after every checkpoint: held-out objects and what the model draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.palette import display_colours
from engine.layout.semantic import class_map
from engine.models.packs import pack_folder
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.request import SuggestRequest, check_request
from engine.text.encoder import TextEncoder
from engine.training.samples import Rng, TrainingScene, mixed_source
from engine.training.scribbles import scribble_of

CELL = 112
SAMPLES = 4
OBJECTS = 14


def write_sample_sheet(
    model: Path, path: Path, *, data: Path | None, seed: int, device: str = "cpu"
) -> None:
    """For each guidance mode, OBJECTS held-out objects: scene and truth, then SAMPLES samples."""
    parts = {}
    if not (model / "text_encoder").is_dir():
        text = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
        parts = {"text_encoder": text.model, "tokenizer": text.tokenizer}
    pipeline = SmartMaskPipeline.from_pretrained(model, **parts).to(device)
    draw = mixed_source(data, split="val", natural_share=0.5)
    rows = [_row(pipeline, draw, np.random.default_rng(seed), mode) for mode in GuidanceMode]
    sheet = np.concatenate(rows)
    Image.fromarray(sheet).save(path)


def _row(
    pipeline: SmartMaskPipeline,
    draw: Callable[[Rng], TrainingScene],
    rng: Rng,
    mode: GuidanceMode,
) -> NDArray[np.uint8]:
    columns = []
    while len(columns) < OBJECTS:
        scene = draw(rng)
        whole = [i for i, s in enumerate(scene.items) if s.shape_known and not s.background]
        if not whole:
            continue
        target = int(rng.choice(whole))
        item = scene.items[target]
        layers = tuple(
            Layer(label=s.label, mask=s.mask, ade_class=s.ade_class)
            for i, s in enumerate(scene.items)
            if i != target
        )
        layout = Layout(
            width=scene.canvas.width,
            height=scene.canvas.height,
            caption=scene.caption,
            layers=layers,
        )
        guidance = _guidance(item.mask, mode, scene.canvas, rng)
        request = check_request(
            SuggestRequest(
                layout=layout,
                label=item.label,
                guidance=guidance,
                count=SAMPLES,
                seed=1,
                style=scene.style,
            )
        )
        masks = [item.mask, *(sample.mask for sample in pipeline(request))]
        cells = [_cell(layout, mask, item.label if k == 0 else "") for k, mask in enumerate(masks)]
        columns.append(np.concatenate(cells))
    return np.concatenate(columns, axis=1)


def _guidance(mask: Mask, mode: GuidanceMode, canvas: Box, rng: Rng) -> Guidance:
    match mode:
        case GuidanceMode.FREE:
            return Guidance.free()
        case GuidanceMode.BOX:
            return Guidance.at_box(mask.box)
        case GuidanceMode.POINT:
            box = mask.box
            x = min(max(box.x + box.width / 2, 0), canvas.width - 1)
            y = min(max(box.y + box.height / 2, 0), canvas.height - 1)
            return Guidance.at_point(x, y)
        case GuidanceMode.SCRIBBLE:
            drawn = scribble_of(mask, rng, width=canvas.width, height=canvas.height)
            return Guidance.from_scribble(drawn)


def _cell(layout: Layout, mask: Mask, title: str) -> NDArray[np.uint8]:
    """The scene in pale class colours with one mask over it, (CELL, CELL, 3)."""
    colours = np.full((256, 3), 255, np.uint8)
    colours[1:151] = display_colours() // 2 + 127
    picture = colours[class_map(replace(layout, background=None))]
    picture[mask.on_canvas(layout.width, layout.height)] = (30, 30, 60)
    image = Image.fromarray(picture)
    image.thumbnail((CELL - 4, CELL - 4))
    cell = Image.new("RGB", (CELL, CELL), (90, 90, 90))
    cell.paste(image, ((CELL - image.width) // 2, (CELL - image.height) // 2))
    if title:
        ImageDraw.Draw(cell).text((3, 1), title[:18], fill=(200, 0, 0))
    return np.asarray(cell)
