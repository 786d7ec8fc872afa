"""`train segmenter`: the lite segmenter, on generated pictures with their true layer maps.

What is frequent in the generated world has a class of its own, so that a dog comes back as "dog"
and not as ADE20K's "animal"; everything else has its ADE20K class. MaskFormer's queries learn
slowly alone, so two helpers work along and are thrown away: every decoder layer is graded
(transformers' auxiliary loss), and a linear reader of the pixel features names every second cell.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.evaluation.panoptic import PanopticScore, panoptic_score
from engine.layout.palette import ade_classes
from engine.segment.settings import SETTINGS_FILE
from engine.smartmask.backgrounds import is_background
from engine.training.common import add_common_arguments, fit, load_matching, move, options_from
from engine.training.picture_pool import PicturePool, open_pools
from engine.training.segmenter_model import SIDE, new_processor, new_segmenter
from engine.training.segmenter_sheet import segmenter_sheet

NOTE = (
    "This small model knows illustrations; in photos it finds little and is often wrong. "
    "A full pack has a model for photos."
)
CELLS = SIDE // 4
"""Side of the masks that the model predicts; the loss is taken there."""
LEAST_SHARE = 0.0008
"""Of the picture that a thing must show to be a target."""
CROP_SHARE, LEAST_CROP = 0.4, 0.6
"""Of the pictures that are cut, and the smallest part of a side that is left."""
OWN_CLASS_SHARE = 0.002
"""Of all things in the pool; a rarer label is learned as its ADE20K class."""
GENERAL_ONLY = ("person", "sky")
PIXEL_WEIGHT = 1.0
HELD_OUT = 60
"""Validation pictures for the curve; each takes about 50 ms at a checkpoint."""
THRESHOLD = 0.35
SETTINGS = {"threshold": THRESHOLD, "mask_threshold": THRESHOLD / 2, "overlap": 0.6, "note": NOTE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="segmenter", seconds=7200, batch_size=16, lr=1e-3)
    parser.add_argument("--samples", type=int, default=24_000, help="pool of pictures")
    parser.add_argument(
        "--pool", type=Path, help="folder of a pool painted before (default: OUT/pool)"
    )


def class_of_labels(pools: Sequence[PicturePool]) -> dict[str, str]:
    """Label of the generated world -> class that the segmenter learns it as.

    A label seen often enough is a class of its own; a rare one goes to its ADE20K class, and
    people are one class, as in every panoptic vocabulary.
    """
    counts: Counter[str] = Counter()
    ade: dict[str, int] = {}
    for pool in pools:
        for words in pool.words:
            for label, ade_class in zip(words.labels, words.classes[1:], strict=False):
                if label:
                    name = label.split(",")[0]
                    counts[name] += 1
                    ade[name] = ade_class - 1
    least = OWN_CLASS_SHARE * sum(counts.values())
    names = [entry.name.strip() for entry in ade_classes()]
    classes: dict[str, str] = {}
    for label in sorted(counts):
        general = names[ade[label]]
        own = counts[label] >= least and general not in GENERAL_ONLY
        classes[label] = label if own else general
    return classes


class Learner(nn.Module):
    """The model that is kept, and the pixel reader that is not."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__()
        self.model = new_segmenter(labels)
        # At every second cell: it is there to guide the features, not to be read.
        self.reader = nn.Conv2d(self.model.config.mask_feature_size, len(labels), 1, stride=2)

    def losses(
        self, pixels: torch.Tensor, targets: list[Target]
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Loss of a batch, pixels (B, 3, SIDE, SIDE) in -1..1."""
        self.model.config.use_auxiliary_loss = True
        output = self.model(
            pixel_values=pixels,
            mask_labels=[target.masks for target in targets],
            class_labels=[target.classes for target in targets],
            # Without it transformers drops what its auxiliary loss needs.
            output_hidden_states=True,
        )
        named = self.reader(output.pixel_decoder_last_hidden_state)
        pixel = nn.functional.cross_entropy(
            named.float(), torch.stack([target.named for target in targets]), ignore_index=-1
        )
        loss = output.loss.float().reshape(()) + PIXEL_WEIGHT * pixel
        return loss, {"queries": float(output.loss.detach()), "pixels": float(pixel.detach())}


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The truth of one picture.

    Attributes:
        masks: float (n, CELLS, CELLS), the share of each cell that a segment covers.
        classes: long (n,), label ids.
        named: long (CELLS / 2, CELLS / 2), label id of every second cell, -1 where nobody says.
    """

    masks: torch.Tensor
    classes: torch.Tensor
    named: torch.Tensor

    def on(self, device: str) -> Target:
        return Target(self.masks.to(device), self.classes.to(device), self.named.to(device))


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    pools = open_pools(
        args.pool or options.out / "pool",
        count=args.samples,
        seed=options.seed,
        report=lambda done: print(f"{done} pictures painted", flush=True),
    )
    held_out = open_pools(
        options.out / "held_out", count=HELD_OUT, seed=options.seed + 1, split="val"
    )
    # Rare things of the held-out pictures may be missing in a small pool.
    classes = class_of_labels(held_out) | class_of_labels(pools)
    labels = tuple(sorted({classes[label] for label in class_of_labels(pools)}))
    classes = {label: name for label, name in classes.items() if name in labels}
    batches = Batches(pools, labels, classes, seed=options.seed)
    learner = Learner(labels)
    if options.init:
        load_matching(learner.model, options.init)
    move(learner, options.device)
    count = sum(p.numel() for p in learner.model.parameters())
    print(f"{count / 1e6:.2f} M parameters, {len(labels)} classes", flush=True)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        pixels, targets = batches.draw(options.batch_size, options.device)
        return learner.losses(pixels, targets)

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, Learner)
        folder = export(averaged, options.out / "model", labels)
        score = check(folder, held_out, labels, classes, sheet=options.out / "sheet.png")
        row = {"step": step, "seconds": round(seconds), **score.figures()}
        with (options.out / "held_out.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(f"held out: {row}", flush=True)

    fit(learner, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def export(learner: Learner, folder: Path, labels: tuple[str, ...]) -> Path:
    """Write the model as a stock transformers folder in half precision."""
    state = {key: value.clone() for key, value in learner.model.state_dict().items()}
    learner.model.config.use_auxiliary_loss = False
    learner.model.to(torch.float16).save_pretrained(folder)
    learner.model.to(torch.float32).load_state_dict(state)
    new_processor().save_pretrained(folder)
    stuff = [number for number, label in enumerate(labels) if is_background(label)]
    settings = {**SETTINGS, "stuff": stuff}
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    return folder


def check(
    folder: Path,
    pools: Sequence[PicturePool],
    labels: tuple[str, ...],
    classes: Mapping[str, str],
    *,
    sheet: Path | None = None,
) -> PanopticScore:
    """Segment held-out pictures with the exported folder, as a user's photo would be."""
    from engine.segment.model import open_segmenter, panoptic

    segmenter = open_segmenter(folder)
    cases, shown = [], []
    for pool in pools:
        for row in range(pool.count):
            picture = np.array(pool.pictures[row])
            ids = label_ids(pool, row, labels, classes)
            truth = [
                (labels[class_id], mask)
                for class_id, mask in truth_of(np.array(pool.maps[row]), ids, labels)
            ]
            found = panoptic(segmenter, picture)
            cases.append(([(segment.name.label, segment.visible) for segment in found], truth))
            if len(shown) < 12 and row % 3 == 0:
                shown.append((picture, found, truth))
    if sheet is not None:
        segmenter_sheet(shown).save(sheet)
    return panoptic_score(cases)


def label_ids(
    pool: PicturePool, row: int, labels: Sequence[str], classes: Mapping[str, str]
) -> dict[int, int]:
    """Map value -> label id, for the layers that are seen well enough to be named."""
    ids = {label: number for number, label in enumerate(labels)}
    names = (classes.get(words.split(",")[0], "") for words in pool.words[row].labels)
    return {value: ids[name] for value, name in enumerate(names, 1) if name in ids}


def truth_of(
    layers: NDArray[np.uint8], ids: Mapping[int, int], labels: Sequence[str]
) -> list[tuple[int, NDArray[np.bool_]]]:
    """Label id and mask of each segment; all of a backdrop is one."""
    merged: dict[tuple[int, int], NDArray[np.bool_]] = {}
    for value, class_id in ids.items():
        mask = layers == value
        if mask.sum() < LEAST_SHARE * layers.size:
            continue
        key = (class_id, 0 if is_background(labels[class_id]) else value)
        merged[key] = merged[key] | mask if key in merged else mask
    return [(class_id, mask) for (class_id, _), mask in merged.items()]


class Batches:
    """Pictures squeezed to SIDE, cut and mirrored at random, with their targets."""

    def __init__(
        self,
        pools: Sequence[PicturePool],
        labels: tuple[str, ...],
        classes: Mapping[str, str],
        *,
        seed: int,
    ) -> None:
        self.pools, self.labels, self.classes = pools, labels, classes
        self.rng = np.random.default_rng(seed)
        self._shares = np.array([pool.count for pool in pools]) / sum(p.count for p in pools)

    def draw(self, count: int, device: str) -> tuple[torch.Tensor, list[Target]]:
        """Pixels (count, 3, SIDE, SIDE) in -1..1 and the target of each."""
        pictures: list[NDArray[np.uint8]] = []
        targets: list[Target] = []
        while len(pictures) < count:
            pool = self.pools[int(self.rng.choice(len(self.pools), p=self._shares))]
            row = int(self.rng.integers(pool.count))
            picture, layers = self._cut(np.array(pool.pictures[row]), np.array(pool.maps[row]))
            ids = label_ids(pool, row, self.labels, self.classes)
            target = target_of(layers, ids, self.labels)
            if target is None:
                continue
            pictures.append(picture)
            targets.append(target)
        pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        return pixels, [target.on(device) for target in targets]

    def _cut(
        self, picture: NDArray[np.uint8], layers: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        if self.rng.random() < CROP_SHARE:
            part = tuple(self._span(side) for side in layers.shape)
            picture, layers = picture[part], layers[part]
        if self.rng.random() < 0.5:
            picture, layers = picture[:, ::-1], layers[:, ::-1]
        size = (SIDE, SIDE)
        picture = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_LINEAR)
        nearest = cv2.INTER_NEAREST
        return np.asarray(picture), np.asarray(
            cv2.resize(np.ascontiguousarray(layers), size, interpolation=nearest)
        )

    def _span(self, side: int) -> slice:
        length = int(side * self.rng.uniform(LEAST_CROP, 1))
        start = int(self.rng.integers(side - length + 1))
        return slice(start, start + length)


def target_of(
    layers: NDArray[np.uint8], ids: Mapping[int, int], labels: Sequence[str]
) -> Target | None:
    """The target of a layer map (SIDE, SIDE); None where it shows nothing that has a name."""
    segments = truth_of(layers, ids, labels)
    if not segments:
        return None
    step = SIDE // CELLS
    masks = np.stack([mask for _, mask in segments])
    shares = masks.reshape(-1, CELLS, step, CELLS, step).mean((2, 4), dtype=np.float32)
    named = np.full((CELLS // 2, CELLS // 2), -1, np.int64)
    middle = step // 2
    for class_id, mask in segments:
        named[mask[middle :: 2 * step, middle :: 2 * step]] = class_id
    return Target(
        torch.from_numpy(shares),
        torch.tensor([class_id for class_id, _ in segments]),
        torch.from_numpy(named),
    )
