"""A pool of generated pictures on disk: pixels, layer maps, words, and latents once encoded.

Painting and encoding a scene costs more than a training step, so both are done once. Many
of the pictures are windows of larger scenes, so that small things are also seen large.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderTiny
from numpy.typing import NDArray

from engine.data.generator import Scene, generate
from engine.errors import DataError
from engine.layout.compositing import compose
from engine.layout.semantic import class_table
from engine.training.common import TrainOptions

SIZES = ((256, 256), (256, 192), (192, 256))
"""(width, height) of the pictures; a training batch is of one size."""
SIZE_SHARES = (0.6, 0.25, 0.15)
WINDOW_SHARE = 0.6
"""Of pictures that are windows of scenes about twice as large: what a part of a picture of the
pack's usual size looks like to the model."""
LATENT_CHANNELS, FACTOR = 16, 16
SEEN_SHARE = 0.002
"""Of the picture's area that a layer must show to be named."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is in a picture, in words.

    Attributes:
        caption: Of the whole scene; "" for a window of one.
        style: Of the drawings, a key of `world.STYLE_WORDS`.
        labels: Of the layers by map value - 1; "" for what is hardly seen.
        classes: ADE class + 1 by map value, 0 first.
    """

    caption: str
    style: str
    labels: tuple[str, ...]
    classes: tuple[int, ...]


class PicturePool:
    """One memory-mapped folder per size.

    `pictures` (N, h, w, 3) bytes, `maps` (N, h, w) bytes with the position of the nearest layer
    from 1, `latents` (N, 16, h/16, w/16) float16, scaled to unit spread, once `encode` was called.
    """

    def __init__(self, folder: Path, size: tuple[int, int], *, count: int, mode: Any) -> None:
        width, height = size
        self.folder = folder / f"{width}x{height}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.size, self.count = size, count

        def opened(name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
            return np.memmap(self.folder / f"{name}.bin", dtype, mode, shape=(count, *shape))

        self.pictures = opened("pictures", (height, width, 3), np.uint8)
        self.maps = opened("maps", (height, width), np.uint8)
        self.words: list[Words] = []
        shape = (count, LATENT_CHANNELS, height // FACTOR, width // FACTOR)
        file = self.folder / "latents.bin"
        self._latents = (file, shape)

    @property
    def latents(self) -> NDArray[np.float16]:
        file, shape = self._latents
        if not file.is_file():
            raise DataError(f"The pictures in {self.folder} have not been encoded.")
        return np.memmap(file, np.float16, "r", shape=shape)

    @torch.inference_mode()
    def encode(self, model: AutoencoderTiny, *, key: str, batch: int = 8) -> None:
        """Encode all pictures, unless that was done with the same model (`key`)."""
        file, shape = self._latents
        mark = self.folder / "latents.key"
        if file.is_file() and mark.is_file() and mark.read_text("utf-8") == key:
            return
        mark.unlink(missing_ok=True)
        out = np.memmap(file, np.float16, "w+", shape=shape)
        device = model.device.type
        for start in range(0, self.count, batch):
            pictures = torch.from_numpy(self.pictures[start : start + batch]).to(device)
            pixels = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
            with torch.autocast(device, dtype=torch.bfloat16):
                latents = model.encode(pixels, return_dict=False)[0]
            scaled = latents.float() * model.config["scaling_factor"]
            out[start : start + batch] = scaled.half().cpu().numpy()
        out.flush()
        mark.write_text(key, "utf-8")


def add_pool_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--samples", type=int, default=24_000, help="pictures to paint")
    parser.add_argument(
        "--pool",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="pools of pictures that are painted already, instead of one in --out",
    )


def open_pools(
    folder: Path, *, count: int, seed: int, split: str = "train",
    report: Callable[[int], None] = lambda done: None,
) -> list[PicturePool]:  # fmt: skip
    """The pools in a folder, painted now where they are missing or were cut short."""
    pools, done = [], 0
    for index, (size, share) in enumerate(zip(SIZES, SIZE_SHARES, strict=True)):
        wanted = max(round(count * share), 1)
        words_file = folder / f"{size[0]}x{size[1]}" / "words.json"
        kept = json.loads(words_file.read_text("utf-8")) if words_file.is_file() else []
        if len(kept) == wanted:
            pool = _opened(folder, size, kept)
        else:
            pool = PicturePool(folder, size, count=wanted, mode="w+")
            rng = np.random.default_rng([seed, index])
            for row in range(wanted):
                picture, layers, words = draw_sample(rng, size=size, split=split)
                pool.pictures[row], pool.maps[row] = picture, layers
                pool.words.append(words)
                if (done + row) % 1000 == 0:
                    report(done + row)
            (pool.folder / "latents.key").unlink(missing_ok=True)
            plain = [
                {"caption": w.caption, "style": w.style, "labels": w.labels, "classes": w.classes}
                for w in pool.words
            ]
            words_file.write_text(json.dumps(plain), "utf-8")
        done += wanted
        pools.append(pool)
    return pools


def painted_pools(folder: Path) -> list[PicturePool]:
    """The pools in a folder as they are; nothing is painted there.

    Raises:
        DataError: A size is missing, or the painting was cut short.
    """
    pools = []
    for size in SIZES:
        words_file = folder / f"{size[0]}x{size[1]}" / "words.json"
        if not words_file.is_file():
            raise DataError(
                f"{folder} is no finished pool of pictures: {words_file} is missing. Name another "
                "one, or leave out --pool to have pictures painted."
            )
        pools.append(_opened(folder, size, json.loads(words_file.read_text("utf-8"))))
    return pools


def _opened(folder: Path, size: tuple[int, int], kept: Sequence[Any]) -> PicturePool:
    pool = PicturePool(folder, size, count=len(kept), mode="r")
    pool.words = [
        Words(w["caption"], w["style"], tuple(w["labels"]), tuple(w["classes"])) for w in kept
    ]
    return pool


def encoded_pools(
    options: TrainOptions,
    autoencoder: AutoencoderTiny,
    *,
    key: str,
    count: int,
    painted: Sequence[Path] = (),
) -> list[PicturePool]:
    """The pools in the work folder, or those painted before, encoded where they are not.

    Args:
        count: Pictures in the work folder; a pool that was painted before is taken whole.
    """
    pools = [pool for folder in painted for pool in painted_pools(folder)]
    if not pools:
        pools = open_pools(
            options.out / "pool",
            count=count,
            seed=options.seed,
            report=lambda done: print(f"Painted {done} of {count} pictures.", flush=True),
        )
    for pool in pools:
        print(f"Encoding the pictures in {pool.folder}.", flush=True)
        pool.encode(autoencoder, key=key)
    return pools


def draw_sample(
    rng: np.random.Generator, *, size: tuple[int, int], split: str = "train"
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Words]:
    """A picture (h, w, 3), its layer map (h, w) and its words."""
    width, height = size
    number = int(rng.integers(2**40))
    if rng.random() < WINDOW_SHARE:
        return _window(rng, number, size=size, split=split)
    scene = generate(number, split="val" if split == "val" else "train", size=size)
    assert scene.image is not None
    layers = layers_of(scene)
    return scene.image, layers, words_of(scene, layers, caption=scene.caption)


def _window(
    rng: np.random.Generator, number: int, *, size: tuple[int, int], split: str
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Words]:
    """A window of a scene 1.5 to 2.25 times as large, with a thing near its middle."""
    width, height = size
    scale = rng.uniform(1.5, 2.25)
    large = round(width * scale), round(height * scale)
    scene = generate(number, split="val" if split == "val" else "train", size=large)
    assert scene.image is not None
    layers = layers_of(scene)
    things = [item.box for item in scene.objects if not item.background]
    if things:
        box = things[int(rng.integers(len(things)))]
        middle = box.x + box.width / 2, box.y + box.height / 2
    else:
        middle = large[0] / 2, large[1] / 2
    corner = [
        int(np.clip(m - side / 2 + rng.normal(0, side / 8), 0, whole - side))
        for m, side, whole in zip(middle, size, large, strict=True)
    ]
    part = np.s_[corner[1] : corner[1] + height, corner[0] : corner[0] + width]
    return scene.image[part], layers[part], words_of(scene, layers[part], caption="")


def layers_of(scene: Scene) -> NDArray[np.uint8]:
    """Position of the nearest object at each pixel from 1, 0 where nothing lies; (h, w)."""
    return compose(scene.to_layout()).astype(np.uint8)


def words_of(scene: Scene, layers: NDArray[np.uint8], *, caption: str) -> Words:
    shown = np.bincount(layers.ravel(), minlength=len(scene.objects) + 1)[1:]
    labels = tuple(
        item.description if pixels >= SEEN_SHARE * layers.size else ""
        for item, pixels in zip(scene.objects, shown, strict=False)
    )
    classes = tuple(int(value) for value in class_table(scene.to_layout()))
    return Words(caption, scene.style, labels, classes)
