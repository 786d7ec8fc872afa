"""The bank of silhouettes that the mask autoencoder learns from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.artwork import load_artwork
from engine.layout.mask import BoolArray
from engine.smartmask.canonical import FRAME, MARGIN, to_frame

MIN_SIDE = 12
"""Crops smaller than this, in pixels, say too little about a shape."""


@dataclass(frozen=True, slots=True)
class ShapeBank:
    """Silhouettes in their canonical frames.

    Attributes:
        frames: Coverage 0..255, (N, side, side), the side FRAME or a multiple of it.
        natural: (N,) True for silhouettes of photographed things.
        labels: N names.
    """

    frames: NDArray[np.uint8]
    natural: NDArray[np.bool_]
    labels: tuple[str, ...]


def shape_bank(data: Path | None, *, split: str, scale: int = 1) -> ShapeBank:
    """Complete silhouettes: the artwork's, and with a data folder the real ones of VOC/SBD.

    Args:
        scale: Side of the frames in FRAME px.
    """
    pack = load_artwork()
    frames = [to_frame(s.silhouette(), scale=scale) for s in pack.sprites if pack.split(s) == split]
    labels = [s.name for s in pack.sprites if pack.split(s) == split]
    drawn = len(frames)
    if data is not None:
        from engine.data.voc import read_voc

        for scene in read_voc(data, split=split):
            for item in scene.objects:
                if item.complete and min(item.box.width, item.box.height) >= MIN_SIDE:
                    frames.append(smooth_frame(item.crop, scale=scale))
                    labels.append(item.label)
    natural = np.arange(len(frames)) >= drawn
    return ShapeBank(np.stack(frames), natural, tuple(labels))


def smooth_frame(crop: BoolArray, *, scale: int = 1) -> NDArray[np.uint8]:
    """`to_frame` without the stair steps of a small crop, which are no part of the shape."""
    import cv2

    grown = scale * FRAME / max(min(crop.shape), 1)
    field = to_frame(crop, scale=scale)
    if grown < 2:
        return field
    stairs = min(grown, 6 * scale)
    blurred = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 0.45 * stairs)
    # Steepen what the blur made shallow: an edge is about two pixels wide in the frame.
    steep = (blurred - 127.5) * stairs * 0.6 + 127.5
    return np.clip(steep, 0, 255).astype(np.uint8)


def random_regions(count: int, rng: np.random.Generator, *, scale: int = 1) -> NDArray[np.uint8]:
    """Grounds, skies, walls: filled up to one or two wavy edges, (count, side, side)."""
    side, margin = scale * FRAME, scale * MARGIN
    out = np.zeros((count, side, side), np.uint8)
    across = np.linspace(0, 1, side)
    down = np.arange(side)[:, None]
    for index in range(count):
        edges = []
        for _ in range(2):
            parts = [
                rng.normal(0, 0.5 / k) * np.sin(2 * np.pi * (k * rng.uniform(0.3, 1.2) * across))
                + rng.normal(0, 0.3 / k) * np.cos(2 * np.pi * k * across)
                for k in range(1, rng.integers(2, 9))
            ]
            waves = np.sum(parts, axis=0)
            span = float(np.ptp(waves)) or 1.0
            edges.append((waves - waves.min()) / span * rng.uniform(0, 0.6) * (side - 2 * margin))
        top = margin + edges[0] * (rng.random() < 0.8)
        bottom = side - margin - edges[1] * (rng.random() < 0.4)
        frame = ((down >= top) & (down < bottom)).astype(np.uint8) * 255
        frame[:, :margin] = frame[:, -margin:] = 0
        if rng.random() < 0.5:
            frame = frame[::-1]
        out[index] = frame.T if rng.random() < 0.15 else frame
    return out
