"""Sheets of a text-to-image model in training, drawn through the stock pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
)
from numpy.typing import NDArray
from PIL import Image

from engine.layout.palette import class_map_table, display_colours
from engine.training.picture_pool import draw_sample

STEPS = 16
GUIDANCE = 3.0


@torch.inference_mode()
def write_picture_sheet(folder: Path, path: Path, *, seed: int = 0, count: int = 6) -> None:
    """Held-out layouts, the generated pictures, renders with the layout, and by words alone."""
    from diffusers.utils import logging

    logging.disable_progress_bar()
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder / "text_to_image", torch_dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    controlled = StableDiffusionControlNetPipeline(
        **pipeline.components,
        controlnet=ControlNetModel.from_pretrained(
            folder / "controlnet_seg", torch_dtype=torch.float32
        ),
        requires_safety_checker=False,
    )
    controlled.set_progress_bar_config(disable=True)
    rng = np.random.default_rng([seed, 5])
    columns: list[NDArray[np.uint8]] = []
    for index in range(count):
        picture, layers, words = draw_sample(rng, size=(256, 256), split="val")
        colours = class_map_table(display_colours())[np.array(words.classes, np.uint8)]
        condition = colours[layers]
        listed = ", ".join(dict.fromkeys(label for label in words.labels if label))
        common = {
            "prompt": words.caption or listed,
            "num_inference_steps": STEPS,
            "guidance_scale": GUIDANCE,
            "width": 256,
            "height": 256,
            "output_type": "np",
        }
        by_layout = controlled(
            image=Image.fromarray(condition),
            generator=torch.Generator().manual_seed(index),
            **common,
        )
        by_words = pipeline(generator=torch.Generator().manual_seed(index), **common)
        made = [_pixels(each) for each in (by_layout, by_words)]
        columns.append(np.concatenate((condition, picture, *made), axis=0))
    Image.fromarray(np.concatenate(columns, axis=1)).save(path)


def _pixels(output: Any) -> NDArray[np.uint8]:
    return np.round(output.images[0] * 255).astype(np.uint8)
