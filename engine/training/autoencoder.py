"""`train autoencoder`: the mask autoencoder of the lite pack."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F

from engine.errors import InputError
from engine.layout.mask import BoolArray
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.canonical import FRAME
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    move,
    options_from,
)
from engine.training.shapes import ShapeBank, random_regions, shape_bank

KL_WEIGHT = 1e-5
REGION_SHARE = 0.06
STRAY = 0.15
"""Of the codes' deviation: the fine part also sees codes that no shape has exactly, as the denoiser
makes them."""
EDGE_WEIGHT = 4.0
"""What a pixel at the outline counts more than others, where the outline is what is learned."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="autoencoder", seconds=3600, batch_size=96, lr=2e-3)
    parser.add_argument(
        "--fine", type=int, default=0, metavar="CHANNELS",
        help="of a part that draws shapes at twice the side (0: none)",
    )  # fmt: skip
    parser.add_argument(
        "--fine-only", action="store_true",
        help="leave the rest of --init as it is, so that what was trained on its codes stays valid",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    if args.fine_only and (args.init is None or not args.fine):
        raise InputError("--fine-only needs --fine and --init, the model to leave as it is.")
    if args.fine < 0 or args.fine % 8:
        raise InputError("--fine must be a multiple of 8.")
    options = options_from(args)
    model = _begun(options.init, fine=args.fine)
    move(model, options.device)
    scale = model.side // FRAME
    train, held_out = (
        shape_bank(options.data, split=split, scale=scale) for split in ("train", "val")
    )
    print(f"{len(train.frames)} silhouettes to train on, {len(held_out.frames)} held out.")
    if args.fine_only:
        model.requires_grad_(False)
        model.refiner.requires_grad_(True)
        print(f"before: {held_out_figures(model, held_out, options.device)}", flush=True)
    draw = _Batches(train, options, scale=scale)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        target = draw(step)
        frames = F.avg_pool2d(target, scale)
        mean, log_variance = model.moments(frames.contiguous(memory_format=torch.channels_last))
        mean, log_variance = mean.float(), log_variance.float()
        width = (0.5 * log_variance).exp()
        if args.fine_only:
            width = width + STRAY * model.get_buffer("code_std") * torch.rand_like(width[:, :1])
        field = model.decode_raw(mean + width * torch.randn_like(mean)).float()
        target = target[:, 0]
        inside = field.sigmoid()
        overlap = (inside * target).sum((1, 2))
        dice = 1 - (2 * overlap + 1) / (inside.sum((1, 2)) + target.sum((1, 2)) + 1)
        kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        weight = 1 + EDGE_WEIGHT * _near_edge(target) if args.fine_only else None
        loss = F.binary_cross_entropy_with_logits(field, target, weight) + 0.5 * dice.mean()
        return loss + KL_WEIGHT * kl, {"dice": float(dice.mean().detach())}

    def on_checkpoint(averaged: torch.nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, ShapeAutoencoder)
        if not args.fine_only:
            standardise(averaged, train, options.device)
        score = held_out_figures(averaged, held_out, options.device)
        print(f"{seconds:.0f} s: {score}", flush=True)
        averaged.save_pretrained(options.out / "model")
        _sheet(averaged, held_out, options.out / "sheet.png", options.device)

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def _begun(init: Path | None, *, fine: int) -> ShapeAutoencoder:
    """A new model, or the one of a folder, with a fine part of its own or a new one."""
    if init is None:
        return ShapeAutoencoder(fine=fine)
    found = ShapeAutoencoder.from_pretrained(init)
    if not fine or fine == found.config["fine"]:
        return found
    sizes = found.config
    model = ShapeAutoencoder(sizes["code_size"], tuple(sizes["channels"]), fine)
    kept = {k: v for k, v in found.state_dict().items() if not k.startswith("refiner.")}
    model.load_state_dict(kept, strict=False)
    return model


class _Batches:
    """Half natural, half drawn where both exist; flips, small affine changes, wavy regions."""

    def __init__(self, bank: ShapeBank, options: TrainOptions, *, scale: int) -> None:
        self.frames = torch.from_numpy(bank.frames)
        self.pools = [
            torch.from_numpy(np.flatnonzero(pool)) for pool in (bank.natural, ~bank.natural)
        ]
        self.pools = [pool for pool in self.pools if len(pool)]
        self.size, self.device = options.batch_size, options.device
        self.rng = np.random.default_rng(options.draw_seed)
        self.regions = torch.from_numpy(random_regions(512, self.rng, scale=scale))

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


def _near_edge(target: torch.Tensor) -> torch.Tensor:
    """1 within some px of the outline, else 0, of coverage (B, S, S)."""
    wide = F.max_pool2d(target[:, None], 7, 1, 3)
    thin = -F.max_pool2d(-target[:, None], 7, 1, 3)
    return (wide - thin)[:, 0]


@torch.no_grad()
def standardise(model: ShapeAutoencoder, bank: ShapeBank, device: str) -> None:
    """Set the code statistics from the bank, as it is and mirrored."""
    codes = []
    for start in range(0, len(bank.frames), 256):
        frames = _seen(bank.frames[start : start + 256], device)
        for view in (frames, frames.flip(-1)):
            codes.append(model.moments(view)[0].float())
    every = torch.cat(codes)
    model.get_buffer("code_mean").copy_(every.mean(0))
    model.get_buffer("code_std").copy_(every.std(0).clamp_min(1e-3))


def _seen(frames: NDArray[np.uint8], device: str) -> torch.Tensor:
    """Frames of any side (N, S, S) as the encoder wants them, (N, 1, FRAME, FRAME) in 0..1."""
    coverage = torch.from_numpy(frames)[:, None].to(device).float() / 255
    return F.avg_pool2d(coverage, coverage.shape[-1] // FRAME)


@torch.no_grad()
def reconstructed(
    model: ShapeAutoencoder, bank: ShapeBank, device: str
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What becomes of silhouettes and what they were, bool (N, S, S) each, at the bank's side."""
    for start in range(0, len(bank.frames), 128):
        frames = bank.frames[start : start + 128]
        field = model.decode(model.encode(_seen(frames, device)))[:, None].float()
        if field.shape[-1] != frames.shape[-1]:
            size = frames.shape[1:]
            field = F.interpolate(field, size, mode="bicubic", align_corners=False, antialias=True)
        yield field[:, 0] > 0, torch.from_numpy(frames).to(device) > 127


def held_out_iou(model: ShapeAutoencoder, bank: ShapeBank, device: str) -> dict[str, float]:
    """Mean IoU of held-out silhouettes with their reconstruction, by kind."""
    scores = [
        (made & true).sum((1, 2)) / (made | true).sum((1, 2)).clamp_min(1)
        for made, true in reconstructed(model, bank, device)
    ]
    return _by_kind(torch.cat(scores), bank)


def held_out_figures(model: ShapeAutoencoder, bank: ShapeBank, device: str) -> str:
    """IoU, outlines and thin parts of held-out silhouettes, for reading.

    An outline's F-score (Csurka et al. 2013) allows 0.5 % of the frame's side, a px at least. Thin
    is what an opening by a disc of 6 % of the side takes away; its share that comes back is given.
    """
    edges, thin = [], []
    for made, true in reconstructed(model, bank, device):
        for one, other in zip(made.cpu().numpy(), true.cpu().numpy(), strict=True):
            edges.append(_outline_f(one, other))
            thin.append(_thin_recall(one, other))
    parts = {
        "IoU": held_out_iou(model, bank, device),
        "outline F": _by_kind(torch.tensor(edges), bank),
        "thin parts": _by_kind(torch.tensor(thin), bank),
    }
    return ", ".join(f"{name} {values}" for name, values in parts.items())


def _by_kind(scores: torch.Tensor, bank: ShapeBank) -> dict[str, float]:
    every = scores.float().cpu().numpy()
    parts = {"natural": bank.natural, "illustration": ~bank.natural}
    return {
        k: round(float(np.nanmean(every[v])), 4)
        for k, v in parts.items()
        if np.isfinite(every[v]).any()
    }


def _disc(radius: int) -> NDArray[np.uint8]:
    import cv2

    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), np.uint8)


def _outline_f(made: BoolArray, true: BoolArray) -> float:
    import cv2

    near = _disc(max(1, round(0.005 * true.shape[0])))
    outlines = [
        m & (cv2.erode(m.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0) for m in (made, true)
    ]
    reach = [cv2.dilate(outline.astype(np.uint8), near) > 0 for outline in outlines]
    right = float((outlines[0] & reach[1]).sum()) / max(int(outlines[0].sum()), 1)
    found = float((outlines[1] & reach[0]).sum()) / max(int(outlines[1].sum()), 1)
    return 2 * right * found / (right + found) if right + found else 0.0


def _thin_recall(made: BoolArray, true: BoolArray) -> float:
    """NaN where a shape has no thin parts to speak of."""
    import cv2

    whole = true.astype(np.uint8)
    opened = cv2.morphologyEx(whole, cv2.MORPH_OPEN, _disc(round(0.03 * true.shape[0])))
    parts = true & (opened == 0)
    if parts.sum() < 0.02 * true.sum():
        return float("nan")
    return float((parts & made).sum() / parts.sum())


@torch.no_grad()
def _sheet(model: ShapeAutoencoder, bank: ShapeBank, path: Path, device: str) -> None:
    """Held-out silhouettes over their reconstructions, 24 pairs."""
    picks = np.random.default_rng(1).permutation(len(bank.frames))[:24]
    few = ShapeBank(bank.frames[picks], bank.natural[picks], tuple(bank.labels[i] for i in picks))
    made = torch.cat([found for found, _ in reconstructed(model, few, device)]).cpu().numpy()
    side = few.frames.shape[-1]
    cells = np.stack([few.frames, made.astype(np.uint8) * 255], 1).reshape(3, 8, 2, side, side)
    sheet = cells.transpose(0, 2, 3, 1, 4).reshape(3 * 2 * side, 8 * side)
    Image.fromarray(sheet).save(path)
