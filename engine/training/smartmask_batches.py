"""Pools of samples with their shapes coded and their texts encoded, and batches of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.brush import BRUSH, brush_of
from engine.smartmask.conditioning import MODE_SLOTS, OUTLINE, OUTSIDE_ID, outline_frame
from engine.smartmask.regions import GEOMETRY, MAX_REGIONS, regions_of
from engine.text.encoder import TextEncoder
from engine.training.common import TrainOptions
from engine.training.samples import Pool, unpack_frames

OBJECT_WORDS, CONTEXT_WORDS = 10, 32


@dataclass(frozen=True, slots=True)
class Prepared:
    """A pool with codes and encoded texts; index texts with the pool's `text` field.

    `codes` holds every shape as it is and mirrored, (N, 2, code_size), standardised, `likeness`
    every scribble likewise (see `ShapeAutoencoder.encode_outline`), `core` what is left of it
    without its brush's radius, `brush` (N, BRUSH) its hints; all zero in other modes.
    `classes` (N, R) and `geometry` (N, R, 7) are the regions of the layouts.
    """

    pool: Pool
    codes: torch.Tensor
    likeness: torch.Tensor
    core: torch.Tensor
    brush: torch.Tensor
    classes: torch.Tensor
    geometry: torch.Tensor
    tokens: torch.Tensor
    mask: torch.Tensor
    pooled: torch.Tensor


@torch.inference_mode()
def prepare(pool: Pool, autoencoder: ShapeAutoencoder, text: TextEncoder, device: str) -> Prepared:
    """Encode shapes and texts once, so that a training step only looks them up.

    What was encoded is kept beside the pool, for the runs that go on from a checkpoint.
    """
    models = (autoencoder.state_dict(), text.model.state_dict())
    parts = ",".join(field.name for field in fields(Prepared)).encode()
    key = hashlib.sha256(
        parts
        + b"".join(v.float().cpu().numpy().tobytes() for state in models for v in state.values())
    ).hexdigest()[:16]
    kept = pool.folder / f"encoded-{key}.pt"
    if kept.is_file():
        return Prepared(pool=pool, **torch.load(kept, weights_only=True, mmap=True))
    print(f"Encoding the samples in {pool.folder}.", flush=True)
    classes, geometry = _regions(pool)
    encoded = {
        "codes": _codes(pool, autoencoder, device),
        **_scribbles(pool, autoencoder, device),
        "classes": classes,
        "geometry": geometry,
        **_texts(pool.texts, text),
    }
    torch.save(encoded, kept)
    return Prepared(pool=pool, **encoded)


def _codes(pool: Pool, autoencoder: ShapeAutoencoder, device: str) -> torch.Tensor:
    codes = torch.empty(pool.size, 2, autoencoder.config["code_size"], dtype=torch.float16)
    for start in range(0, pool.size, 128):
        packed = np.asarray(pool.arrays["frame"][start : start + 128])
        frames = torch.from_numpy(unpack_frames(packed))[:, None].to(device).float() / 255
        frames = frames.contiguous(memory_format=torch.channels_last)
        for side, view in enumerate((frames, frames.flip(-1))):
            with torch.autocast(device, dtype=torch.bfloat16):
                codes[start : start + 128, side] = autoencoder.encode(view).half().cpu()
    return codes


def _scribbles(pool: Pool, autoencoder: ShapeAutoencoder, device: str) -> dict[str, torch.Tensor]:
    size = autoencoder.config["code_size"]
    codes = {name: torch.zeros(pool.size, 2, size).half() for name in ("likeness", "core")}
    hints = torch.zeros(pool.size, BRUSH)
    scalars = np.asarray(pool.arrays["scalars"])
    scribbled = np.flatnonzero(scalars[:, MODE_SLOTS.index("scribble")])
    for start in range(0, len(scribbled), 128):
        rows = scribbled[start : start + 128]
        drawn = [np.asarray(pool.arrays["guide_zoom"][row]) for row in rows]
        brushes = [
            brush_of(shades, np.asarray(pool.arrays["ids_zoom"][row]) == OUTSIDE_ID, window)
            for row, shades, window in zip(rows, drawn, scalars[rows, 13:16], strict=True)
        ]
        hints[rows] = torch.from_numpy(np.stack([brush.features for brush in brushes]))
        for name, maps in (("likeness", drawn), ("core", [brush.core for brush in brushes])):
            frames = np.stack([outline_frame(shades) for shades in maps])
            outlines = torch.from_numpy(frames).to(device).float() / 255
            for side, view in enumerate((outlines, outlines.flip(-1))):
                with torch.autocast(device, dtype=torch.bfloat16):
                    codes[name][rows, side] = autoencoder.encode_outline(view).half().cpu()
    return {**codes, "brush": hints}


def _regions(pool: Pool) -> tuple[torch.Tensor, torch.Tensor]:
    classes = torch.zeros(pool.size, MAX_REGIONS, dtype=torch.uint8)
    geometry = torch.zeros(pool.size, MAX_REGIONS, GEOMETRY, dtype=torch.float16)
    for row in range(pool.size):
        regions = regions_of(np.asarray(pool.arrays["ids_whole"][row]))
        classes[row] = torch.from_numpy(regions.classes)
        geometry[row] = torch.from_numpy(regions.geometry)
    return classes, geometry


def _texts(texts: list[str], encoder: TextEncoder) -> dict[str, torch.Tensor]:
    words, width = CONTEXT_WORDS, encoder.dimension
    tokens = torch.zeros(len(texts), words, width, dtype=torch.float16)
    mask = torch.zeros(len(texts), words, dtype=torch.bool)
    pooled = torch.zeros(len(texts), width)
    for start in range(0, len(texts), 256):
        batch = encoder.encode(texts[start : start + 256], max_length=words)
        rows, used = slice(start, start + len(batch.tokens)), batch.tokens.shape[1]
        tokens[rows, :used], mask[rows, :used] = batch.tokens.half().cpu(), batch.mask.cpu()
        pooled[rows] = batch.pooled.cpu()
    return {"tokens": tokens, "mask": mask, "pooled": pooled}


class Batches:
    """Draws batches from the pools in proportion to their sizes; mirrors half of what it may."""

    def __init__(self, data: list[Prepared], options: TrainOptions) -> None:
        self.data, self.size, self.device = data, options.batch_size, options.device
        self.rng = np.random.default_rng(options.draw_seed)
        self.shares = np.array([d.pool.size for d in data], float)
        self.shares /= self.shares.sum()

    def __call__(self) -> dict[str, Any]:
        counts = self.rng.multinomial(self.size, self.shares)
        parts = [self._part(d, int(n)) for d, n in zip(self.data, counts, strict=True) if n]
        return {key: torch.cat([part[key] for part in parts]).to(self.device) for key in parts[0]}

    def _part(self, data: Prepared, count: int) -> dict[str, torch.Tensor]:
        rows = np.sort(self.rng.integers(0, data.pool.size, count))
        arrays = {k: np.asarray(v[rows]) for k, v in data.pool.arrays.items() if k != "frame"}
        mirror = arrays["can_mirror"] & (self.rng.random(count) < 0.5)
        for name in ("ids_whole", "ids_zoom", "guide_whole", "guide_zoom"):
            arrays[name][mirror] = arrays[name][mirror][:, :, ::-1]
        for name, columns in (("placement", (0,)), ("scalars", (9, 13))):
            for column in columns:
                arrays[name][mirror, column] *= -1
        texts = torch.from_numpy(arrays["text"]).long()
        picks, sides = torch.from_numpy(rows), torch.from_numpy(mirror).long()
        geometry = data.geometry[picks].float()
        geometry[..., 0] *= 1 - 2.0 * sides[:, None]
        brush = data.brush[picks]
        brush[:, 0] *= 1 - 2.0 * sides
        return {
            **{
                name: torch.from_numpy(arrays[name])
                for name in (
                    "ids_whole", "ids_zoom", "guide_whole", "guide_zoom",
                    "placement", "shape_known",
                )
            },
            "scalars": torch.cat((torch.from_numpy(arrays["scalars"]), brush), dim=1),
            "code": data.codes[picks, sides].float(),
            "likeness": data.likeness[picks, sides].float(),
            "core": data.core[picks, sides].float(),
            "outline": torch.from_numpy(_outlines(arrays["scalars"], arrays["guide_zoom"])),
            "region_classes": data.classes[picks],
            "region_geometry": geometry,
            "object_tokens": data.tokens[texts[:, 0], :OBJECT_WORDS].float(),
            "object_mask": data.mask[texts[:, 0], :OBJECT_WORDS],
            "object_pooled": data.pooled[texts[:, 0]],
            "context_tokens": data.tokens[texts[:, 1]].float(),
            "context_mask": data.mask[texts[:, 1]],
            "context_pooled": data.pooled[texts[:, 1]],
        }  # fmt: skip


def _outlines(scalars: NDArray[np.float32], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frames of the scribbles among these rows, (B, OUTLINE, OUTLINE); black for the rest."""
    frames = np.zeros((len(scalars), OUTLINE, OUTLINE), np.uint8)
    for row in np.flatnonzero(scalars[:, MODE_SLOTS.index("scribble")]):
        frames[row] = outline_frame(drawn[row])
    return frames
