"""`train segmenter`: the lite segmenter, on generated pictures with their true layer maps.

What is frequent in the generated world has a class of its own, so that a dog comes back as "dog"
and not as ADE20K's "animal"; everything else has its ADE20K class. Query and class are tied
(`segmenter_model`), so no matching is needed, and every decoder layer is graded.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from engine.training.picture_pool import PicturePool, open_pools, painted_pools
from engine.training.segmenter_model import SIDE, new_processor, new_segmenter
from engine.training.segmenter_sheet import segmenter_sheet

NOTE = (
    "This small model knows illustrations; in photos it finds little and is often wrong. "
    "A full pack has a model for photos."
)
CELLS = SIDE // 4
"""Side of the masks that the model predicts; the loss is taken there."""
NOTHING_WEIGHT = 0.2
"""Of a query whose class is not there; most are not."""
LEAST_SHARE = 0.0008
"""Of the picture that a thing must show to be a target."""
CROP_SHARE, LEAST_CROP = 0.4, 0.6
"""Of the pictures that are cut, and the smallest part of a side that is left."""
OWN_CLASS_SHARE = 0.004
"""Of all things in the pool; a rarer label is learned as its ADE20K class."""
GENERAL_ONLY = ("person", "sky")
HELD_OUT = 60
"""Validation pictures for the curve; each takes about 50 ms at a checkpoint."""
THRESHOLD = 0.3
"""With the overlap the best of a grid over the held-out pictures: mean IoU .280, and .254 at 0.35,
half of it for masks and an overlap of 0.5. Panoptic quality hardly changes."""
SETTINGS = {
    "threshold": THRESHOLD,
    "mask_threshold": THRESHOLD,
    "overlap": 0.3,
    "split": True,
    "note": NOTE,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="segmenter", seconds=7200, batch_size=8, lr=6e-4)
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


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The truth of a batch, in the cells of the predicted masks.

    Attributes:
        named: long (B, CELLS, CELLS), class of each cell's middle, -1 where nobody says.
        pairs: long (n, 2), picture and class of each class that a picture shows.
        shares: float (n, CELLS, CELLS), the share of each cell that the class covers.
    """

    named: torch.Tensor
    pairs: torch.Tensor
    shares: torch.Tensor


class Learner(nn.Module):
    """The model and how it is graded, after each decoder layer alike."""

    def __init__(self, labels: tuple[str, ...], **sizes: Any) -> None:
        super().__init__()
        self.model = new_segmenter(labels, **sizes)

    def losses(
        self, pixels: torch.Tensor, targets: Targets
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        """Loss of a batch, pixels (B, 3, SIDE, SIDE) in -1..1."""
        output = self.model(pixel_values=pixels, output_auxiliary_logits=True)
        last = {
            "class_queries_logits": output.class_queries_logits,
            "masks_queries_logits": output.masks_queries_logits,
        }
        graded = [self._graded(each, targets) for each in (*output.auxiliary_logits, last)]
        loss = torch.stack([sum(parts.values(), torch.zeros(())) for parts in graded]).mean()
        return loss, {key: float(value.detach()) for key, value in graded[-1].items()}

    def _graded(
        self, given: Mapping[str, torch.Tensor], targets: Targets
    ) -> dict[str, torch.Tensor]:
        """Which class a cell shows, how well the shown classes' masks fit, which are shown."""
        # A quarter of the cells, as Mask2Former's point sampling: all of them took a third of a
        # step.
        down, right = torch.randint(0, 2, (2,)).tolist()
        part = (..., slice(down, None, 2), slice(right, None, 2))
        masks = given["masks_queries_logits"][part].float()
        classes = given["class_queries_logits"].float()
        named = nn.functional.cross_entropy(masks, targets.named[part], ignore_index=-1)
        picture, shown = targets.pairs.unbind(1)
        chosen = masks[picture, shown].flatten(1)
        shares = targets.shares[part].flatten(1)
        fit = nn.functional.binary_cross_entropy_with_logits(chosen, shares)
        inside = chosen.sigmoid()
        both = 2 * (inside * shares).sum(1) + 1
        dice = (1 - both / (inside.sum(1) + shares.sum(1) + 1)).mean()
        count = classes.shape[1]
        wanted = torch.full(classes.shape[:2], count, device=classes.device)
        wanted[picture, shown] = shown
        weight = torch.ones(count + 1, device=classes.device)
        weight[count] = NOTHING_WEIGHT
        present = nn.functional.cross_entropy(classes.transpose(1, 2), wanted, weight=weight)
        return {"cells": 2 * named, "fit": 2 * fit, "dice": dice, "shown": 2 * present}


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    if args.pool:
        pools = painted_pools(args.pool)
    else:
        pools = open_pools(
            options.out / "pool",
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
    batches = Batches(pools, labels, classes, seed=options.draw_seed)
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
    learner.model.half().save_pretrained(folder)
    learner.model.float().load_state_dict(state)
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

    def draw(self, count: int, device: str) -> tuple[torch.Tensor, Targets]:
        """Pixels (count, 3, SIDE, SIDE) in -1..1 and their targets."""
        pictures: list[NDArray[np.uint8]] = []
        maps: list[NDArray[np.int16]] = []
        for _ in range(count):
            pool = self.pools[int(self.rng.choice(len(self.pools), p=self._shares))]
            row = int(self.rng.integers(pool.count))
            picture, layers = self._cut(np.array(pool.pictures[row]), np.array(pool.maps[row]))
            table = np.full(256, -1, np.int16)
            for value, class_id in label_ids(pool, row, self.labels, self.classes).items():
                table[value] = class_id
            pictures.append(picture)
            maps.append(table[layers])
        pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        return pixels, targets_of(maps, device=device)

    def _cut(
        self, picture: NDArray[np.uint8], layers: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        if self.rng.random() < CROP_SHARE:
            part = tuple(self._span(side) for side in layers.shape)
            picture, layers = picture[part], layers[part]
        if self.rng.random() < 0.5:
            picture, layers = picture[:, ::-1], layers[:, ::-1]
        size, whole = (SIDE, SIDE), np.ascontiguousarray
        pixels = cv2.resize(whole(picture), size, interpolation=cv2.INTER_LINEAR)
        # Layer numbers are never blended.
        numbers = cv2.resize(whole(layers), size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(pixels, np.uint8), np.asarray(numbers, np.uint8)

    def _span(self, side: int) -> slice:
        length = int(side * self.rng.uniform(LEAST_CROP, 1))
        start = int(self.rng.integers(side - length + 1))
        return slice(start, start + length)


def targets_of(maps: Sequence[NDArray[np.int16]], *, device: str) -> Targets:
    """Targets of class maps (side, side), -1 where nobody says what is shown."""
    step = maps[0].shape[0] // CELLS
    middle = step // 2
    pairs, shares = [], []
    for picture, classes in enumerate(maps):
        cells = classes.reshape(CELLS, step, CELLS, step)
        for class_id in np.unique(classes):
            if class_id < 0:
                continue
            share = (cells == class_id).mean((1, 3), dtype=np.float32)
            if share.sum() >= LEAST_SHARE * share.size:
                pairs.append((picture, int(class_id)))
                shares.append(share)
    named = np.stack([classes[middle::step, middle::step] for classes in maps])
    empty = np.zeros((0, CELLS, CELLS), np.float32)
    return Targets(
        torch.from_numpy(named.astype(np.int64)).to(device),
        torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).to(device),
        torch.from_numpy(np.stack(shares) if shares else empty).to(device),
    )
