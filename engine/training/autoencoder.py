"""`train autoencoder`: the mask autoencoder of the lite pack."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.canonical import FRAME
from engine.training.common import TrainOptions, add_common_arguments, fit, move, options_from
from engine.training.shapes import ShapeBank, random_regions, shape_bank

KL_WEIGHT = 1e-5
REGION_SHARE = 0.06


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="autoencoder", seconds=3600, batch_size=96, lr=2e-3)


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    train, held_out = (shape_bank(options.data, split=split) for split in ("train", "val"))
    print(f"{len(train.frames)} silhouettes to train on, {len(held_out.frames)} held out.")
    model = ShapeAutoencoder()
    if options.init is not None:
        model = ShapeAutoencoder.from_pretrained(options.init)
    move(model, options.device)
    draw = _Batches(train, options)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        target = draw(step)
        mean, log_variance = model.moments(target.contiguous(memory_format=torch.channels_last))
        mean, log_variance = mean.float(), log_variance.float()
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        field = model.decode_raw(code).float()
        target = target[:, 0]
        inside = field.sigmoid()
        overlap = (inside * target).sum((1, 2))
        dice = 1 - (2 * overlap + 1) / (inside.sum((1, 2)) + target.sum((1, 2)) + 1)
        kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        loss = F.binary_cross_entropy_with_logits(field, target) + 0.5 * dice.mean()
        return loss + KL_WEIGHT * kl, {"dice": float(dice.mean().detach())}

    def on_checkpoint(averaged: torch.nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, ShapeAutoencoder)
        standardise(averaged, train, options.device)
        score = held_out_iou(averaged, held_out, options.device)
        print(f"{seconds:.0f} s: held-out IoU {score}", flush=True)
        averaged.save_pretrained(options.out / "model")
        _sheet(averaged, held_out, options.out / "sheet.png", options.device)

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


class _Batches:
    """Half natural, half drawn where both exist; flips, small affine changes, wavy regions."""

    def __init__(self, bank: ShapeBank, options: TrainOptions) -> None:
        self.frames = torch.from_numpy(bank.frames)
        self.pools = [
            torch.from_numpy(np.flatnonzero(pool)) for pool in (bank.natural, ~bank.natural)
        ]
        self.pools = [pool for pool in self.pools if len(pool)]
        self.size, self.device = options.batch_size, options.device
        self.rng = np.random.default_rng(options.draw_seed)
        self.regions = torch.from_numpy(random_regions(512, self.rng))

    def __call__(self, step: int) -> torch.Tensor:
        picks = []
        for index, pool in enumerate(self.pools):
            share = self.size // len(self.pools)
            count = self.size - share * (len(self.pools) - 1) if index == 0 else share
            picks.append(pool[torch.randint(len(pool), (count,))])
        batch = self.frames[torch.cat(picks)]
        regions = int(REGION_SHARE * self.size)
        if regions:
            batch[-regions:] = self.regions[torch.randint(len(self.regions), (regions,))]
        target = batch[:, None].to(self.device).float() / 255
        flip = torch.rand(len(target), device=self.device) < 0.5
        target = torch.where(flip[:, None, None, None], target.flip(-1), target)
        return _jitter(target) if step % 2 else target


def _jitter(frames: torch.Tensor) -> torch.Tensor:
    """Small rotations, shears and scalings, so the code covers more than the bank."""
    count = len(frames)
    angle = (torch.rand(count, device=frames.device) - 0.5) * 0.24
    shear = (torch.rand(count, device=frames.device) - 0.5) * 0.2
    theta = torch.zeros(count, 2, 3, device=frames.device)
    theta[:, 0, 0] = angle.cos()
    theta[:, 0, 1] = -angle.sin() + shear
    theta[:, 1, 0] = angle.sin()
    theta[:, 1, 1] = angle.cos()
    grid = F.affine_grid(theta, list(frames.shape), align_corners=False)
    return F.grid_sample(frames, grid, align_corners=False)


@torch.no_grad()
def standardise(model: ShapeAutoencoder, bank: ShapeBank, device: str) -> None:
    """Set the code statistics from the bank, as it is and mirrored."""
    codes = []
    for start in range(0, len(bank.frames), 256):
        frames = torch.from_numpy(bank.frames[start : start + 256])[:, None].to(device).float()
        for view in (frames, frames.flip(-1)):
            codes.append(model.moments(view / 255)[0].float())
    every = torch.cat(codes)
    model.get_buffer("code_mean").copy_(every.mean(0))
    model.get_buffer("code_std").copy_(every.std(0).clamp_min(1e-3))


@torch.no_grad()
def held_out_iou(model: ShapeAutoencoder, bank: ShapeBank, device: str) -> dict[str, float]:
    """Mean IoU of held-out silhouettes with their reconstruction, by kind."""
    scores = []
    for start in range(0, len(bank.frames), 256):
        frames = torch.from_numpy(bank.frames[start : start + 256]).to(device)
        field = model.decode(model.encode(frames[:, None].float() / 255))
        made, true = field > 0, frames > 127
        scores.append((made & true).sum((1, 2)) / (made | true).sum((1, 2)).clamp_min(1))
    every = torch.cat(scores).float().cpu().numpy()
    parts = {"natural": bank.natural, "illustration": ~bank.natural}
    return {k: round(float(every[v].mean()), 4) for k, v in parts.items() if v.any()}


@torch.no_grad()
def _sheet(model: ShapeAutoencoder, bank: ShapeBank, path: Path, device: str) -> None:
    """Held-out silhouettes over their reconstructions, 24 pairs."""
    picks = np.random.default_rng(1).permutation(len(bank.frames))[:24]
    frames = torch.from_numpy(bank.frames[picks]).to(device)
    field = model.decode(model.encode(frames[:, None].float() / 255)).sigmoid()
    rows = [frames.cpu().numpy(), (field * 255).byte().cpu().numpy()]
    cells = np.stack(rows, 1).reshape(3, 8, 2, FRAME, FRAME)
    sheet = cells.transpose(0, 2, 3, 1, 4).reshape(3 * 2 * FRAME, 8 * FRAME)
    Image.fromarray(sheet).save(path)
