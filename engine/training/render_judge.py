"""`train render-judge`: learns to say what each pixel of a generated picture shows.

Renders are softer and noisier than generated pictures, so the pictures are blurred, blotched,
noised, and their colours shifted, before the network sees them: it must recognise things by their
shape, not by the crispness of their edges.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.data import world
from engine.evaluation.render_judge import STRIDE, RenderJudge, load_judge, to_input
from engine.training.common import TrainOptions, add_common_arguments, fit, move, options_from
from engine.training.picture_pool import PicturePool, open_pools, painted_pools

HELD_OUT = 96
IGNORED = -100
_LONG_TAIL = 0.5
"""Rare labels count more: weight = frequency to the power of minus this."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="render-judge", seconds=2400, batch_size=16, lr=1.5e-3)
    parser.add_argument("--samples", type=int, default=12_000, help="pool of pictures")
    parser.add_argument(
        "--pool", type=Path, help="folder of a pool that is painted already (default: --out/pool)"
    )


def run(args: argparse.Namespace) -> int:
    train(options_from(args), samples=args.samples, pool=args.pool)
    return 0


def judged_labels() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Labels of all generated things and backgrounds, and the ADE class of each."""
    ids = world.ade_ids()
    of_label = dict(world.BACKGROUND_CLASSES)
    for members in world.groups().values():
        for member in members:
            of_label.setdefault(member.name, member.ade)
    labels = tuple(sorted(of_label))
    return labels, tuple(ids[of_label[label]] for label in labels)


def train(options: TrainOptions, *, samples: int, pool: Path | None = None) -> Path:
    """Train and export; returns the model folder, `options.out / "model"`."""
    labels, classes = judged_labels()
    if pool is not None:
        pools = painted_pools(pool)
    else:
        pools = open_pools(
            options.out / "pool",
            count=samples,
            seed=options.seed + 100,
            report=lambda done: print(f"Painted {done} of {samples} pictures.", flush=True),
        )
    held_out = open_pools(
        options.out / "held-out", count=HELD_OUT, seed=options.seed + 200, split="val"
    )
    model = (
        load_judge(options.init)
        if options.init is not None
        else RenderJudge(labels=labels, classes=classes)
    )
    move(model, options.device)
    draw = _Batches(pools, labels, options)
    weights = draw.label_weights().to(options.device)
    folder = options.out / "model"

    def loss_of_batch(step: int) -> tuple[Tensor, Mapping[str, float]]:
        pictures, truth = draw()
        features = model.features(pictures).flatten(2)
        # Neighbours say much the same, and hundreds of labels at each took half of a step.
        asked = torch.randperm(features.shape[2], device=features.device)[: features.shape[2] // 4]
        truth = truth.flatten(1)[:, asked]
        logits = model.head(features[:, :, asked, None])[..., 0].float()
        loss = functional.cross_entropy(logits, truth, weights, ignore_index=IGNORED)
        right = (logits.argmax(1) == truth)[truth != IGNORED]
        return loss, {"pixels": float(right.float().mean())}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, RenderJudge)
        figures = held_out_figures(averaged, held_out, labels)
        _save(averaged, folder, figures | {"steps": step, "seconds": round(seconds)})
        print(f"{seconds:.0f} s: {figures} -> {folder}", flush=True)

    fit(
        model,
        options=options,
        loss_of_batch=loss_of_batch,
        on_checkpoint=on_checkpoint,
        weight_decay=0.05,
        ema_decay=0.998,
    )
    return folder


class _Batches:
    """Distorted pictures (B, 3, h, w) and the label of every fourth pixel (B, h/4, w/4)."""

    def __init__(
        self, pools: list[PicturePool], labels: tuple[str, ...], options: TrainOptions
    ) -> None:
        self.pools, self.labels = pools, labels
        self.size, self.device = options.batch_size, options.device
        self.rng = np.random.default_rng([options.draw_seed, 31])
        shares = np.array([pool.count for pool in pools], float)
        self.shares = shares / shares.sum()

    def __call__(self) -> tuple[Tensor, Tensor]:
        pool = self.pools[int(self.rng.choice(len(self.pools), p=self.shares))]
        rows = np.sort(self.rng.integers(0, pool.count, self.size))
        truth = np.stack([label_map(pool, int(row), self.labels) for row in rows])
        pictures = to_input(pool.pictures[rows]).to(self.device)
        answers = torch.from_numpy(truth).to(self.device)
        if self.rng.random() < 0.5:
            pictures, answers = pictures.flip(3), answers.flip(2)
        return distorted(pictures).contiguous(memory_format=torch.channels_last), answers

    def label_weights(self) -> Tensor:
        """Of each label, by how many pictures show it; their mean over the pictures is 1."""
        counts = np.zeros(len(self.labels))
        index = {label: number for number, label in enumerate(self.labels)}
        for pool in self.pools:
            for words in pool.words:
                for label in {text.split(",")[0] for text in words.labels if text}:
                    if label in index:
                        counts[index[label]] += 1
        weights = (counts + 1.0) ** -_LONG_TAIL
        weights /= (weights * counts).sum() / max(counts.sum(), 1)
        return torch.from_numpy(weights).float()


def label_map(pool: PicturePool, row: int, labels: tuple[str, ...]) -> NDArray[np.int64]:
    """Label numbers of a picture at every fourth pixel, IGNORED where hardly anything is seen."""
    table = np.full(257, IGNORED, np.int64)
    index = {label: number for number, label in enumerate(labels)}
    for number, text in enumerate(pool.words[row].labels, 1):
        table[number] = index.get(text.split(",")[0], IGNORED)
    return table[pool.maps[row][STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]]


def distorted(x: Tensor) -> Tensor:
    """Pictures (B, 3, h, w) in -1..1, worsened by lot, picture by picture."""
    count, _, height, width = x.shape
    x = x.clone()

    def chance(share: float) -> Tensor:
        return torch.rand(count, device=x.device) < share

    def strengths(spread: float, like: Tensor) -> Tensor:
        return spread * torch.rand(len(like), 1, 1, 1, device=x.device)

    # What an autoencoder does to edges: fine detail gone, sizes kept.
    kind = torch.rand(count, device=x.device)
    soft, blurred = kind < 0.45, (kind >= 0.45) & (kind < 0.65)
    if soft.any():
        scale = float(torch.empty(1).uniform_(0.35, 1))
        small = functional.interpolate(x[soft], scale_factor=scale, mode="bilinear", antialias=True)
        x[soft] = functional.interpolate(small, size=(height, width), mode="bilinear")
    if blurred.any():
        x[blurred] = functional.avg_pool2d(x[blurred], 3, 1, 1, count_include_pad=False)
    # Blotches of colour, as a denoiser that is unsure leaves them.
    if (some := chance(0.5)).any():
        coarse = torch.randn(int(some.sum()), 3, height // 16, width // 16, device=x.device)
        coarse = coarse * strengths(0.12, coarse)
        x[some] += functional.interpolate(coarse, size=(height, width), mode="bilinear")
    if (some := chance(0.5)).any():
        noise = torch.randn_like(x[some])
        x[some] += noise * strengths(0.1, noise)
    gain = 1 + 0.15 * torch.randn(count, 3, 1, 1, device=x.device)
    offset = 0.12 * torch.randn(count, 3, 1, 1, device=x.device)
    shifted = chance(0.6)[:, None, None, None]
    return torch.where(shifted, x * gain + offset, x).clamp(-1, 1)


@torch.inference_mode()
def held_out_figures(
    model: RenderJudge, pools: list[PicturePool], labels: tuple[str, ...]
) -> dict[str, float]:
    """Shares of right labels and right classes, over the pixels of undistorted held-out scenes."""
    _, classes = judged_labels()
    table = np.array(classes)
    right = right_class = total = 0
    for pool in pools:
        for row in range(pool.count):
            truth = label_map(pool, row, labels)
            read = model.read(pool.pictures[row])
            known = truth != IGNORED
            right += int((read.argmax(0) == truth)[known].sum())
            wanted = table[np.where(known, truth, 0)]
            right_class += int((model.class_map(read) == wanted)[known].sum())
            total += int(known.sum())
    return {
        "label_accuracy": round(right / max(total, 1), 4),
        "class_accuracy": round(right_class / max(total, 1), 4),
        "pictures": sum(pool.count for pool in pools),
    }


def _save(model: RenderJudge, folder: Path, figures: dict[str, Any]) -> None:
    # The averaged weights live in a model that goes on training: write a copy.
    wanted = ("labels", "classes", "widths")
    copy = RenderJudge(**{key: model.config[key] for key in wanted})
    copy.load_state_dict(model.state_dict())
    copy.half().save_pretrained(folder)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
