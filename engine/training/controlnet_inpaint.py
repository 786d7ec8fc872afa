"""`train controlnet-inpaint`: the lite ControlNet that fills a hole in a picture.

Its condition is the picture in 0..1 with the hole at -1, as control_v11p_sd15_inpaint has it. The
UNet and the ControlNet-seg stay as they are; in half of the steps the latter works along, as it
does when an object is inserted.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from numpy.typing import NDArray
from torch import nn

from engine.errors import ModelMissing
from engine.models.packs import pack_folder
from engine.text.encoder import TextEncoder
from engine.training.common import add_common_arguments, fit, load_matching, move, options_from
from engine.training.kept_condition import KeptBatches
from engine.training.picture_pool import PicturePool, add_pool_arguments, encoded_pools
from engine.training.regions import act_on
from engine.training.text_to_image import (
    REGION_SHARE,
    Batch,
    in_half,
    new_controlnet,
    noised,
    open_autoencoder,
    scheduler,
)

SEG_SHARE = 0.5
HOLE_WEIGHT = 2.0
"""Of latents under the hole, beside 1 elsewhere."""
OBJECT_SHARE, BOX_SHARE = 0.6, 0.2
"""Of holes that follow an object, or its box; the rest are blobs anywhere."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="controlnet-inpaint", seconds=7200, batch_size=48, lr=8e-4)
    add_pool_arguments(parser)
    parser.add_argument(
        "--models", type=Path, help="folder with text_to_image and controlnet_seg (default: lite)"
    )


class Learner(nn.Module):
    """Only `inpaint` is trained."""

    def __init__(self, inpaint: ControlNetModel) -> None:
        super().__init__()
        self.inpaint = inpaint


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    models = args.models or pack_folder("lite")
    autoencoder, key = open_autoencoder(models / "text_to_image" / "vae")
    move(autoencoder, options.device)
    unet, seg = _frozen(models, options.device)
    pools = encoded_pools(options, autoencoder, key=key, count=args.samples, painted=args.pool)
    text = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
    model = Learner(new_controlnet())
    load_matching(model.inpaint, options.init or models / "text_to_image" / "unet")
    move(model, options.device)
    acting = act_on((unet, seg, model.inpaint), plain=options.device == "cpu")
    draw = InpaintBatches(pools, text, options)
    draw.embed(seg)
    alphas = scheduler().alphas_cumprod.to(options.device)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        batch, holed, hole = draw.holed(regional=draw.rng.random() < REGION_SHARE)
        texts = batch.texts
        noisy, times, target = noised(batch.latents, alphas)
        acting.begin(batch.regions, times)
        down, middle = model.inpaint(noisy, times, texts, holed, return_dict=False)
        if draw.rng.random() < SEG_SHARE:
            with torch.no_grad():
                more, more_middle = seg(noisy, times, texts, batch.conditions, return_dict=False)
            down = [ours + theirs for ours, theirs in zip(down, more, strict=True)]
            middle = middle + more_middle
        made = unet(
            noisy,
            times,
            texts,
            down_block_additional_residuals=tuple(down),
            mid_block_additional_residual=middle,
            return_dict=False,
        )[0]
        error = (made.float() - target).square().mean(1)
        weight = 1 + (HOLE_WEIGHT - 1) * hole
        inside = (error * hole).sum() / hole.sum().clamp_min(1)
        return (error * weight).mean(), {"hole": float(inside.detach())}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, Learner)
        in_half(averaged.inpaint).save_pretrained(options.out / "model" / "controlnet_inpaint")

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def _frozen(models: Path, device: str) -> tuple[UNet2DConditionModel, ControlNetModel]:
    opened = []
    for kind, folder in (
        (UNet2DConditionModel, models / "text_to_image" / "unet"),
        (ControlNetModel, models / "controlnet_seg"),
    ):
        if not (folder / "config.json").is_file():
            raise ModelMissing(
                f"There is no model in {folder}: train one with `main.py train text-to-image` "
                "and name its folder with --models."
            )
        model = kind.from_pretrained(folder, torch_dtype=torch.float32)
        model.eval().requires_grad_(False)
        move(model, device)
        opened.append(model)
    return opened[0], opened[1]


class InpaintBatches(KeptBatches):
    """Batches with holes."""

    def holed(self, *, regional: bool) -> tuple[Batch, torch.Tensor, torch.Tensor]:
        """A batch, the condition (B, 3, H, W) and the hole (B, h, w), a share of latents."""
        batch, pool, rows = self.drawn(regional=regional)
        holes = np.stack([hole_of(pool, int(row), self.rng) for row in rows])
        pictures = torch.from_numpy(np.asarray(pool.pictures[rows])).to(self.device)
        condition = pictures.permute(0, 3, 1, 2).float() / 255
        mask = torch.from_numpy(holes).to(self.device)[:, None]
        condition = torch.where(mask, -1.0, condition)
        size = batch.latents.shape[-2:]
        coarse = nn.functional.interpolate(mask.float(), size=size, mode="area")
        return batch, condition, coarse[:, 0]


def hole_of(pool: PicturePool, row: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A hole (height, width): an object's surroundings, its box, or a blob anywhere."""
    layers = np.asarray(pool.maps[row])
    height, width = layers.shape
    longest = max(height, width)
    named = [index + 1 for index, label in enumerate(pool.words[row].labels) if label]
    kind = rng.random()
    if named and kind < OBJECT_SHARE + BOX_SHARE:
        found = (layers == named[int(rng.integers(len(named)))]).astype(np.uint8)
        if kind < OBJECT_SHARE:
            size = 2 * int(rng.uniform(0, 0.05) * longest) + 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
            return cv2.dilate(found, kernel) > 0
        x, y, w, h = cv2.boundingRect(found)
    else:
        w, h = (max(int(rng.uniform(0.15, 0.7) * side), 8) for side in (width, height))
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    hole = np.zeros((height, width), np.uint8)
    if kind < OBJECT_SHARE + BOX_SHARE:
        hole[y : y + h, x : x + w] = 1
    else:
        cv2.ellipse(hole, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, 1, -1)
    return hole > 0
