"""`train picture-autoencoder`: the latent space of the lite pack's pictures.

A stock `AutoencoderTiny` that reduces by 16, without norms and with most blocks where resolution is
low: a CPU trains it three times as fast as an `AutoencoderKL`. It sees crops at full resolution,
and works at any size.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional as F

from engine.data.generator import generate
from engine.errors import InputError
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    load_matching,
    move,
    options_from,
)

CROPS_PER_SCENE = 4
THING_SHARE = 0.7
"""Of crops that lie around a thing: sky and grass are soon learned."""
HELD_OUT = 24
EDGE_WEIGHT = 1.0
LATENT_CHANNELS = 16
SPREAD = 3.0
"""Colours 0..1 start as latents in +-SPREAD / 2."""
NOISE = 0.05
"""Added to latents, so that nearby ones mean nearby pictures."""
EVEN, EVEN_WEIGHT = 0.8, 5e-3
"""Spread that each latent channel is drawn to."""
LIMIT = 2.5
"""Beyond it latents cost: the decoder bends them to within 3."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="picture-autoencoder", seconds=5400, batch_size=6, lr=1.2e-3)
    parser.add_argument(
        "--crop",
        type=int,
        default=128,
        help="side of the crops in px; a first run at 64 px learns colours and edges cheaply",
    )


def new_autoencoder() -> AutoencoderTiny:
    """The lite picture autoencoder, untrained: 256 px to 16 x 16 x 16.

    It starts as a plain thumbnail, enlarged again: the first hour of a random start goes into
    learning that. The encoder's first two stages keep every pixel, as channels.
    """
    width = (64,) * 5
    model = AutoencoderTiny(
        encoder_block_out_channels=width,
        decoder_block_out_channels=width,
        num_encoder_blocks=(0, 0, 2, 4, 4),
        num_decoder_blocks=(4, 4, 2, 1, 0),
        latent_channels=LATENT_CHANNELS,
    )
    with torch.no_grad():
        for block in model.modules():
            if isinstance(block, AutoencoderTinyBlock):
                last = block.conv[-1]
                assert isinstance(last, nn.Conv2d) and last.bias is not None
                last.weight.zero_()
                last.bias.zero_()
        first, *halving, to_latent = _convolutions(model.encoder.layers)
        _identity(first, gain=1.0)
        for stage, conv in enumerate(halving):
            _halve(conv, kept=(3, 12, 0, 0)[stage])
        # Else the other latents would start below the noise.
        to_latent.weight.mul_(6)
        _identity(to_latent, gain=SPREAD, level=-SPREAD / 2)
        from_latent, *doubling, last = _convolutions(model.decoder.layers)
        _identity(from_latent, gain=1 / SPREAD, level=0.5)
        for conv in doubling:
            _identity(conv, gain=1.0)
        last.weight[:, 3:] *= 0.1
        _identity(last, gain=1.0)
    return model


def _convolutions(layers: nn.Module) -> list[nn.Conv2d]:
    """The convolutions between the blocks, in order."""
    return [layer for layer in layers.children() if isinstance(layer, nn.Conv2d)]


def _identity(conv: nn.Conv2d, *, gain: float, level: float = 0.0) -> None:
    """Let the first three channels pass, times `gain`, plus `level`."""
    kernel = torch.zeros(3, 3)
    kernel[1, 1] = gain
    conv.weight[:3] = 0
    for channel in range(3):
        conv.weight[channel, channel] = kernel
    if conv.bias is not None:
        conv.bias.zero_()
        conv.bias[:3] = level


def _halve(conv: nn.Conv2d, *, kept: int) -> None:
    """Stride 2: the first three channels are averaged, `kept` others become four times as many."""
    conv.weight[:3] = 0
    for channel in range(3):
        conv.weight[channel, channel, 1:, 1:] = 0.25
    start = 0 if kept == 3 else 3
    for index in range(4 * kept):
        out = 3 + index
        conv.weight[out] = 0
        conv.weight[out, start + index // 4, 1 + index // 2 % 2, 1 + index % 2] = 1


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    model = new_autoencoder()
    if options.init is not None:
        load_matching(model, options.init)
    move(model, options.device)
    draw = _Crops(options, side=args.crop)
    held_out = [picture_of(seed, split="val") for seed in range(HELD_OUT)]

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        target = draw()
        latent = encoded(model, target)
        blurred = latent + NOISE * torch.randn_like(latent)
        made = decoded(model, blurred).float()
        pixel = (made - target).abs().mean()
        edge = edge_error(made, target)
        beyond = (latent.float().abs() - LIMIT).relu().square().mean()
        # What is diffused later should weigh alike in all channels.
        uneven = (latent.float().std((0, 2, 3)) / EVEN).log().square().mean()
        loss = pixel + EDGE_WEIGHT * edge + beyond + EVEN_WEIGHT * uneven
        figures = {"pixel": pixel, "edge": edge, "spread": latent.float().std()}
        return loss, {name: float(value.detach()) for name, value in figures.items()}

    def on_checkpoint(averaged: torch.nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, AutoencoderTiny)
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


def encoded(model: AutoencoderTiny, pictures: torch.Tensor) -> torch.Tensor:
    """Unscaled latents (B, 16, h, w) of pictures (B, 3, H, W) in -1..1."""
    return model.encode(pictures, return_dict=False)[0]


def decoded(model: AutoencoderTiny, latents: torch.Tensor) -> torch.Tensor:
    """The inverse of `encoded`, as near as the model comes."""
    return model.decode(latents, return_dict=False)[0]  # pyright: ignore[reportIndexIssue, reportReturnType]


class _Crops:
    """Random crops of fresh scenes, half of them mirrored; a scene serves several batches."""

    def __init__(self, options: TrainOptions, *, side: int) -> None:
        if side % 16 or not 32 <= side <= 128:
            raise InputError(f"Crops of {side} px are not possible: 32 to 128, a multiple of 16.")
        self.side = side
        self.size, self.device = options.batch_size, options.device
        self.rng = np.random.default_rng([options.draw_seed, 17])
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
        scene = generate(int(self.rng.integers(2**40)))
        picture = scene.image
        assert picture is not None
        things = [item.box for item in scene.objects if not item.background]
        for _ in range(CROPS_PER_SCENE):
            height, width = picture.shape[:2]
            x, y = self.rng.random() * width, self.rng.random() * height
            if things and self.rng.random() < THING_SHARE:
                box = things[int(self.rng.integers(len(things)))]
                x, y = box.x + self.rng.random() * box.width, box.y + self.rng.random() * box.height
            top, left = (
                int(np.clip(middle - self.side / 2, 0, whole - self.side))
                for middle, whole in ((y, height), (x, width))
            )
            crop = picture[top : top + self.side, left : left + self.side]
            self.waiting.append(crop[:, ::-1] if self.rng.random() < 0.5 else crop)


def _whole(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to multiples of 16, which the model can take."""
    height, width = picture.shape[:2]
    return picture[: height // 16 * 16, : width // 16 * 16]


@torch.no_grad()
def set_scaling(model: AutoencoderTiny, pictures: list[NDArray[np.uint8]], device: str) -> None:
    """Write the latents' spread into the config, where every stock pipeline looks for it."""
    means = [
        encoded(model, to_model(_whole(picture)[None], device)).flatten() for picture in pictures
    ]
    spread = float(torch.cat(means).float().std())
    model.register_to_config(scaling_factor=round(1 / max(spread, 1e-3), 4))


@torch.no_grad()
def held_out_quality(
    model: AutoencoderTiny, pictures: list[NDArray[np.uint8]], options: TrainOptions
) -> float:
    """Mean PSNR in dB over held-out pictures; writes a sheet of them over what was made."""
    scores, pairs = [], []
    for picture in pictures:
        target = to_model(_whole(picture)[None], options.device)
        made = decoded(model, encoded(model, target)).clamp(-1, 1)
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
