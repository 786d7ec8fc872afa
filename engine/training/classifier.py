"""`train classifier`: learns to tell what a silhouette shows, as a judge for evaluation.

Learns from the VOC/SBD training pictures: every complete silhouette, and cut ones too (they
carry the same class and there are three times as many), much distorted. Judged on complete
silhouettes of pictures that no training sees.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.data.scenes import RealScene
from engine.data.voc import VOC_CLASSES, read_voc
from engine.errors import InputError
from engine.evaluation.silhouette import SilhouetteClassifier, load_classifier, portrait
from engine.training.common import TrainOptions, add_common_arguments, fit, options_from

COMPLETE_SHARE = 0.75
"""Share of a batch drawn from complete silhouettes; the rest are cut ones."""
MIN_AREA = 100
"""Cut silhouettes under this many pixels (pictures of 160 px) show no class."""


@dataclass(frozen=True, slots=True)
class Silhouettes:
    """Frames (n, SIDE, SIDE) uint8, class numbers (n,), and which ones are complete (n,)."""

    frames: NDArray[np.uint8]
    labels: NDArray[np.int64]
    complete: NDArray[np.bool_]

    @classmethod
    def of(cls, scenes: tuple[RealScene, ...], *, only_complete: bool) -> Silhouettes:
        objects = [
            o
            for scene in scenes
            for o in scene.objects
            if o.complete or (not only_complete and o.mask.area >= MIN_AREA)
        ]
        return cls(
            np.stack([portrait(o.crop) for o in objects]),
            np.array([VOC_CLASSES.index(o.label) for o in objects]),
            np.array([o.complete for o in objects]),
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="classifier", seconds=1000, batch_size=64, lr=1.5e-3)


def run(args: argparse.Namespace) -> int:
    if args.data is None:
        raise InputError("Silhouettes come from real pictures: name their folder with --data DIR.")
    train(options_from(args))
    return 0


def train(options: TrainOptions) -> Path:
    """Train and export; returns the model folder, `options.out / "model"`."""
    assert options.data is not None
    data = Silhouettes.of(read_voc(options.data, split="train"), only_complete=False)
    held_out = Silhouettes.of(read_voc(options.data, split="val"), only_complete=True)
    print(f"{len(data.labels)} silhouettes, {int(data.complete.sum())} complete", flush=True)
    model = (
        load_classifier(options.init) if options.init else SilhouetteClassifier(labels=VOC_CLASSES)
    )
    # channels_last: measured, a quarter faster on a CPU.
    nn.Module.to(model, options.device, memory_format=torch.channels_last)  # pyright: ignore
    batches = _Batches(data, model=model, options=options)
    folder = options.out / "model"

    def export(trained: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(trained, SilhouetteClassifier)
        figures = accuracy(trained, held_out)
        _save(trained, folder, figures | {"steps": step, "seconds": round(seconds)})
        print(f"step {step}: {figures} -> {folder}", flush=True)

    fit(
        model,
        options=options,
        loss_of_batch=batches.loss,
        on_checkpoint=export,
        weight_decay=0.05,
        ema_decay=0.998,
    )
    return folder


@torch.inference_mode()
def accuracy(model: SilhouetteClassifier, data: Silhouettes) -> dict[str, float]:
    """Top-1 and top-5 shares on the silhouettes, averaged over both facings of each."""
    ranks = []
    for start in range(0, len(data.labels), 256):
        x = torch.from_numpy(data.frames[start : start + 256])[:, None].float() / 255
        x = x.to(model.device)
        p = model(x).softmax(1) + model(x.flip(3)).softmax(1)
        truth = torch.from_numpy(data.labels[start : start + 256]).to(p.device)
        ranks.append((p > p.gather(1, truth[:, None])).sum(1).cpu())
    rank = torch.cat(ranks)
    return {
        "top1": round(float((rank < 1).float().mean()), 4),
        "top5": round(float((rank < 5).float().mean()), 4),
        "count": len(rank),
    }


@dataclass(slots=True)
class _Batches:
    data: Silhouettes
    model: SilhouetteClassifier
    options: TrainOptions
    rng: np.random.Generator = field(init=False)
    whole: NDArray[np.intp] = field(init=False)
    cut: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.options.draw_seed)
        self.whole = np.flatnonzero(self.data.complete)
        self.cut = np.flatnonzero(~self.data.complete)
        if not self.cut.size:
            self.cut = self.whole

    def loss(self, step: int) -> tuple[Tensor, dict[str, float]]:
        count = self.options.batch_size
        whole = self.rng.random(count) < COMPLETE_SHARE
        index = np.where(
            whole, self.rng.choice(self.whole, count), self.rng.choice(self.cut, count)
        )
        x = torch.from_numpy(self.data.frames[index])[:, None].to(self.options.device).float() / 255
        truth = torch.from_numpy(self.data.labels[index]).to(self.options.device)
        x = distorted(x).to(memory_format=torch.channels_last)
        logits = self.model(x).float()
        loss = functional.cross_entropy(logits, truth, label_smoothing=0.1)
        right = logits.argmax(1) == truth
        return loss, {"top1": float(right.float().mean())}


def distorted(x: Tensor) -> Tensor:
    """Coverage (B, 1, H, W) flipped, turned, sheared, bent, thinned or thickened, partly cut."""
    count, device = len(x), x.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, device=device) * 2 - 1

    angle, shear = 0.15 * uniform(), 0.12 * uniform()
    scale = torch.exp(0.12 * uniform(2))
    flip = torch.where(uniform() < 0, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3, device=device)
    theta[:, 0, 0] = angle.cos() * scale[:, 0] * flip
    theta[:, 0, 1] = (shear - angle.sin()) * scale[:, 1]
    theta[:, 1, 0] = angle.sin() * scale[:, 0] * flip
    theta[:, 1, 1] = angle.cos() * scale[:, 1]
    theta[:, :, 2] = 0.06 * uniform(2)
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    bend = functional.interpolate(
        0.05 * torch.randn(count, 2, 6, 6, device=device),
        size=x.shape[2:],
        mode="bilinear",
        align_corners=True,
    )
    bent = (uniform() < 0).float()[:, None, None, None]
    grid = grid + bend.permute(0, 2, 3, 1) * bent
    x = functional.grid_sample(x, grid, align_corners=False)
    # Masks differ in how generously they were drawn; the class does not.
    change = uniform()[:, None, None, None]
    x = torch.where(change > 0.7, functional.max_pool2d(x, 3, 1, 1), x)
    x = torch.where(change < -0.7, -functional.max_pool2d(-x, 3, 1, 1), x)
    return x * _kept(uniform(2), uniform(2), side=x.shape[2])


def _kept(centre: Tensor, size: Tensor, *, side: int) -> Tensor:
    """1 everywhere but in one rectangle, for a quarter of the batch: what stands in front."""
    axis = torch.linspace(-1, 1, side, device=centre.device)
    half = 0.35 * size.abs() * (size[:, :1] > 0.5)
    hidden_x = (axis - centre[:, :1]).abs() < half[:, :1]
    hidden_y = (axis - centre[:, 1:]).abs() < half[:, 1:]
    return 1 - (hidden_y[:, None, :, None] & hidden_x[:, None, None, :]).float()


def _save(model: SilhouetteClassifier, folder: Path, figures: dict[str, float]) -> None:
    # The averaged weights live in a model that goes on training: write a copy.
    wanted = ("labels", "widths", "blocks", "dropout")
    copy = SilhouetteClassifier(**{key: model.config[key] for key in wanted})
    copy.load_state_dict(model.state_dict())
    copy.half().save_pretrained(folder)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
