"""Sheets of a text-to-image model in training, drawn as the program draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.data.generator import generate
from engine.jobs.context import QuietContext
from engine.models.packs import forget_models
from engine.render import run as rendering
from engine.render.conditioning import conditioning
from engine.render.request import RenderRequest

SIDE = 256
SIZE, STEPS, GUIDANCE = 512, 16, 4.0


def write_picture_sheet(
    folder: Path, path: Path, *, seed: int = 0, count: int = 6, size: int = SIZE
) -> None:
    """Held-out layouts, the generated pictures, renders with the layout, and by words alone.

    Args:
        folder: With text_to_image and controlnet_seg.
        size: Side in px at which the renders are drawn; the sheet shows them at SIDE.
    """
    # Weights of this folder that were loaded at an earlier checkpoint are old ones.
    forget_models()
    rng = np.random.default_rng([seed, 5])
    columns: list[NDArray[np.uint8]] = []
    for index in range(count):
        scene = generate(int(rng.integers(2**40)), split="val", size=(SIDE, SIDE))
        assert scene.image is not None
        layout = scene.to_layout()
        request = RenderRequest(
            layout=layout,
            seed=index,
            size=size,
            steps=STEPS,
            guidance=GUIDANCE,
            pack=f"{folder.resolve()}/",
        )
        # By words alone the models know only the size that they were trained at.
        by_words = replace(request, size=min(size, SIDE), control_scale=0.0, layer_prompts=False)
        made = [
            rendering.run(each, QuietContext()).pictures[0].pixels for each in (request, by_words)
        ]
        reduced = [cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for each in made]
        shown = (conditioning(layout, (SIDE, SIDE)), scene.image, *reduced)
        columns.append(np.concatenate([np.asarray(each, np.uint8) for each in shown], axis=0))
    forget_models()
    Image.fromarray(np.concatenate(columns, axis=1)).save(path)
