"""`train picture-autoencoder`: the VAE of the lite text-to-image model, on generated pictures.

A stock `AutoencoderKL` that reduces by 16, with few channels where resolution is high: there a
CPU spends its time. It is trained on crops at full resolution, so it works at any size.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F

from engine.data.generator import generate
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    load_matching,
    move,
    options_from,
)

CROP = 128
CROPS_PER_SCENE = 4
HELD_OUT = 24
EDGE_WEIGHT = 1.0
KL_WEIGHT = 2e-4
"""Of the mean KL per latent number: keeps the latents near unit variance and smooth."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="picture-autoencoder", seconds=5400, batch_size=16, lr=1.2e-3)


def new_autoencoder() -> AutoencoderKL:
    """The lite VAE, untrained: 256 px to 16 x 16 x 16."""
    channels = (16, 32, 96, 160, 160)
    return AutoencoderKL(
        block_out_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=256,
    )


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    model = new_autoencoder()
    if options.init is not None:
        load_matching(model, options.init)
    move(model, options.device)
    draw = _Crops(options)
    held_out = [picture_of(seed, split="val") for seed in range(HELD_OUT)]

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        target = draw()
        latent = model.encode(target).latent_dist
        made = model.decode(latent.sample()).sample.float()
        pixel = (made - target).abs().mean()
        edge = edge_error(made, target)
        kl = latent.kl().mean() / latent.mean[0].numel()
        loss = pixel + EDGE_WEIGHT * edge + KL_WEIGHT * kl
        figures = {"pixel": pixel, "edge": edge, "kl": kl}
        return loss, {name: float(value.detach()) for name, value in figures.items()}

    def on_checkpoint(averaged: torch.nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, AutoencoderKL)
        set_scaling(averaged, held_out, options.device)
        quality = held_out_quality(averaged, held_out, options)
        print(f"{seconds:.0f} s: held-out PSNR {quality:.2f} dB", flush=True)
        averaged.save_pretrained(options.out / "model")

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def edge_error(made: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """L1 of horizontal and vertical differences at full, half and quarter resolution.

    Flat illustrations are their edges: plain L1 leaves them soft for long.
    """
    total = made.new_zeros(())
    for level in range(3):
        error = F.avg_pool2d(made - target, 2**level) if level else made - target
        for axis in (-1, -2):
            total = total + error.diff(dim=axis).abs().mean()
    return total / 3


def picture_of(seed: int, *, split: str = "train") -> NDArray[np.uint8]:
    """The picture of a generated scene, uint8 (height, width, 3)."""
    image = generate(seed, split="val" if split == "val" else "train").image
    assert image is not None
    return image


def to_model(pictures: NDArray[np.uint8], device: str) -> torch.Tensor:
    """uint8 (B, H, W, 3) to (B, 3, H, W) in -1..1, channels last."""
    tensor = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2)
    return tensor.float() / 127.5 - 1


class _Crops:
    """Random crops of fresh scenes, half of them mirrored; a scene serves several batches."""

    def __init__(self, options: TrainOptions) -> None:
        self.size, self.device = options.batch_size, options.device
        self.rng = np.random.default_rng([options.seed, 17])
        self.waiting: deque[NDArray[np.uint8]] = deque()

    def __call__(self) -> torch.Tensor:
        while len(self.waiting) < 8 * self.size:
            self._draw_scene()
        crops = []
        for _ in range(self.size):
            # Crops of one scene should not all stand in one batch.
            index = int(self.rng.integers(len(self.waiting)))
            self.waiting.rotate(-index)
            crops.append(self.waiting.popleft())
        return to_model(np.stack(crops), self.device)

    def _draw_scene(self) -> None:
        picture = picture_of(int(self.rng.integers(2**40)))
        height, width = picture.shape[:2]
        for _ in range(CROPS_PER_SCENE):
            top = int(self.rng.integers(height - CROP + 1))
            left = int(self.rng.integers(width - CROP + 1))
            crop = picture[top : top + CROP, left : left + CROP]
            self.waiting.append(crop[:, ::-1] if self.rng.random() < 0.5 else crop)


def _whole(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to multiples of 16, which the model can take."""
    height, width = picture.shape[:2]
    return picture[: height // 16 * 16, : width // 16 * 16]


@torch.no_grad()
def set_scaling(model: AutoencoderKL, pictures: list[NDArray[np.uint8]], device: str) -> None:
    """Write the latents' spread into the config, where every stock pipeline looks for it."""
    means = [
        model.encode(to_model(_whole(picture)[None], device)).latent_dist.mean.flatten()
        for picture in pictures
    ]
    spread = float(torch.cat(means).float().std())
    model.register_to_config(scaling_factor=round(1 / max(spread, 1e-3), 4))


@torch.no_grad()
def held_out_quality(
    model: AutoencoderKL, pictures: list[NDArray[np.uint8]], options: TrainOptions
) -> float:
    """Mean PSNR in dB over held-out pictures; writes a sheet of them over what was made."""
    scores, pairs = [], []
    for picture in pictures:
        target = to_model(_whole(picture)[None], options.device)
        made = model.decode(model.encode(target).latent_dist.mean).sample.clamp(-1, 1)
        scores.append(float(-10 * torch.log10(((made - target) / 2).square().mean())))
        pairs.append(torch.cat((target[0], made[0]), dim=1).permute(1, 2, 0).cpu().numpy())
    _sheet(pairs, options.out / "sheet.png")
    return float(np.mean(scores))


def _sheet(pairs: list[NDArray[np.float32]], path: Path, *, columns: int = 8) -> None:
    cell_width = max(pair.shape[1] for pair in pairs)
    cell_height = max(pair.shape[0] for pair in pairs)
    rows = -(-len(pairs) // columns)
    sheet = np.full((rows * cell_height, columns * cell_width, 3), 255, np.uint8)
    for index, pair in enumerate(pairs):
        top, left = index // columns * cell_height, index % columns * cell_width
        cell = np.clip((pair + 1) * 127.5, 0, 255).astype(np.uint8)
        sheet[top : top + pair.shape[0], left : left + pair.shape[1]] = cell
    Image.fromarray(sheet).save(path)
