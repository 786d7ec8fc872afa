"""What the click scorer learns from: windows of generated pictures, regions, and words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.click2mask.morphology import dilated
from engine.data.world import STYLE_WORDS
from engine.layout.mask import BoolArray
from engine.text.nearest import known_things
from engine.training.picture_pool import PicturePool

Pixels = NDArray[np.uint8]

LEAST_AREA = 0.002
"""Share of the picture that a thing must show to be asked for."""
SCENE_SHARE = 0.08
"""Of samples that are whole pictures with their captions, which whole-picture metrics ask for."""
GROUND_SHARE = 0.15
"""Of samples whose region shows nothing but ground: nothing there is no dog."""
WINDOWS = (1.1, 1.7)
"""Side of the window over that of the region; the scorer is later shown the middle of it."""
SPREAD = (0.02, 0.10)
"""Share of the picture's width that regions are dilated by; Click2Mask dilates by 0.08."""
_TEMPLATES = ("{}", "a {}", "the {}", "one {}", "a picture of a {}", "a drawing of a {}")


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a pool: the pool's index, the picture's row, the value in its map, its name."""

    pool: int
    row: int
    value: int
    label: str
    ground: bool


def items_of(pools: Sequence[PicturePool]) -> list[Item]:
    """Everything in the pools that shows enough of itself."""
    things = set(known_things())
    found = []
    for index, pool in enumerate(pools):
        for row in range(pool.count):
            labels = pool.words[row].labels
            shown = np.bincount(pool.maps[row].ravel(), minlength=len(labels) + 1)
            least = LEAST_AREA * pool.size[0] * pool.size[1]
            for value, label in enumerate(labels, 1):
                if label and shown[value] >= least:
                    ground = label.split(",")[0] not in things
                    found.append(Item(index, row, value, label, ground))
    return found


class Samples:
    """Draws items and makes pictures, regions and words of them; the same seed, the same ones."""

    def __init__(self, pools: Sequence[PicturePool], *, size: int, seed: int) -> None:
        self.pools, self.size = pools, size
        items = items_of(pools)
        self.things: dict[str, list[Item]] = {}
        for item in items:
            if not item.ground:
                self.things.setdefault(name_of(item.label), []).append(item)
        self.grounds = [item for item in items if item.ground]
        self.names = tuple(sorted(self.things))
        # Between evenly and as often as they come: rare things must be learned too.
        weights = np.array([len(self.things[name]) for name in self.names], float) ** 0.5
        self.chances = weights / weights.sum()
        self.rng = np.random.default_rng([seed, 41])

    def draw(self, count: int) -> tuple[Tensor, Tensor, list[str], list[str]]:
        """Pictures (count, 3, S, S) and regions (count, 1, S, S) in 0..1, texts, and names."""
        rows, texts, names = [], [], []
        for _ in range(count):
            item = self._item()
            words = self.pools[item.pool].words[item.row]
            if self.rng.random() < SCENE_SHARE and words.caption:
                rows.append(self.scene(item))
                texts.append(words.caption)
                names.append(words.caption)
            else:
                rows.append(self.view(item))
                texts.append(worded(item.label, words.style, self.rng))
                names.append(name_of(item.label))
        return (
            torch.from_numpy(np.stack([rgb for rgb, _ in rows])).permute(0, 3, 1, 2).float() / 255,
            torch.from_numpy(np.stack([alpha for _, alpha in rows]))[:, None].float(),
            texts,
            names,
        )

    def scene(self, item: Item) -> tuple[Pixels, NDArray[np.float32]]:
        """The whole picture of an item, all of it marked."""
        shape = (self.size, self.size)
        picture = self.pools[item.pool].pictures[item.row]
        small = np.asarray(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA), np.uint8)
        return self._worn(small), np.ones(shape, np.float32)

    def view(self, item: Item) -> tuple[Pixels, NDArray[np.float32]]:
        """One window, (S, S, 3) and (S, S), changed at random."""
        pool = self.pools[item.pool]
        picture, shown = pool.pictures[item.row], pool.maps[item.row] == item.value
        region = self._ground_region(shown) if item.ground else self._region(shown)
        if not region.any():
            region = shown
        top, left, side = window(region, self.rng.uniform(*WINDOWS), self.rng)
        part = np.ascontiguousarray(picture[top : top + side, left : left + side])
        alpha = region[top : top + side, left : left + side].astype(np.float32)
        if self.rng.random() < 0.5:
            part, alpha = part[:, ::-1], alpha[:, ::-1]
        shape = (self.size, self.size)
        method = cv2.INTER_AREA if side >= self.size else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(part.copy(), shape, interpolation=method), np.uint8)
        marked = np.asarray(cv2.resize(alpha.copy(), shape, interpolation=method), np.float32)
        return self._worn(small), marked

    def _item(self) -> Item:
        if self.grounds and self.rng.random() < GROUND_SHARE:
            return self.grounds[int(self.rng.integers(len(self.grounds)))]
        items = self.things[self.names[int(self.rng.choice(len(self.names), p=self.chances))]]
        return items[int(self.rng.integers(len(items)))]

    def _region(self, shown: BoolArray) -> BoolArray:
        """The thing's region as masks mark it: exact, dilated, or a blob around it."""
        kind, width = self.rng.random(), max(shown.shape)
        if kind < 0.25:
            return shown
        if kind < 0.75:
            return dilated(shown, self.rng.uniform(*SPREAD) * width)
        ys, xs = np.nonzero(shown)
        cy, cx = (ys.min() + ys.max()) / 2, (xs.min() + xs.max()) / 2
        grow = self.rng.uniform(1.1, 1.6, 2)
        half = (np.ptp(ys) + 1) / 2 * grow[0] + 1, (np.ptp(xs) + 1) / 2 * grow[1] + 1
        rows, columns = np.ogrid[: shown.shape[0], : shown.shape[1]]
        return ((rows - cy) / half[0]) ** 2 + ((columns - cx) / half[1]) ** 2 <= 1

    def _ground_region(self, shown: BoolArray) -> BoolArray:
        """A disc on the ground, cut to where the ground shows."""
        ys, xs = np.nonzero(shown)
        pick = int(self.rng.integers(len(ys)))
        radius = self.rng.uniform(0.06, 0.2) * max(shown.shape)
        rows, columns = np.ogrid[: shown.shape[0], : shown.shape[1]]
        return shown & (np.hypot(rows - ys[pick], columns - xs[pick]) <= radius)

    def _worn(self, picture: Pixels) -> Pixels:
        """Softer, noisier or otherwise lit: pictures foreseen half-way are no finished ones."""
        out = picture.astype(np.float32)
        if self.rng.random() < 0.4:
            out = cv2.GaussianBlur(out, (0, 0), self.rng.uniform(0.4, 2.0))
        if self.rng.random() < 0.3:
            out += self.rng.normal(0, self.rng.uniform(2, 14), out.shape)
        if self.rng.random() < 0.4:
            out = (out - 128) * self.rng.uniform(0.75, 1.25) + 128
            out += self.rng.normal(0, 10, 3)
        return np.clip(out, 0, 255).astype(np.uint8)


def name_of(label: str) -> str:
    """ "girl, sitting" -> "girl"."""
    return label.split(",")[0].strip()


def worded(label: str, style: str, rng: np.random.Generator) -> str:
    """A label as a person might type it."""
    name = name_of(label)
    said = label.replace(",", "") if rng.random() < 0.4 else label
    text = _TEMPLATES[int(rng.integers(len(_TEMPLATES)))].format(
        said if rng.random() < 0.5 else name
    )
    if rng.random() < 0.1 and style in STYLE_WORDS:
        words = STYLE_WORDS[style]
        text = f"{text}, {words[int(rng.integers(len(words)))]}"
    return text


def window(region: BoolArray, factor: float, rng: np.random.Generator) -> tuple[int, int, int]:
    """Top, left and side of a square around a region, somewhat beside its middle, inside."""
    height, width = region.shape
    ys, xs = np.nonzero(region)
    side = max(np.ptp(ys), np.ptp(xs)) + 1
    side = int(np.clip(round(side * factor), 0.2 * max(height, width), min(height, width)))
    jitter = rng.uniform(-0.08, 0.08, 2) * side
    top = np.clip(round((ys.min() + ys.max() + 1 - side) / 2 + jitter[0]), 0, height - side)
    left = np.clip(round((xs.min() + xs.max() + 1 - side) / 2 + jitter[1]), 0, width - side)
    return int(top), int(left), side
