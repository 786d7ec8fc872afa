"""Painting: a stage and the things on it as a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.data.world_placing import Placed
from engine.data.world_stages import Backdrop, Stage
from engine.layout.geometry import Box

GRAIN = {"grass": 4.0, "field": 6.0, "sand": 4.0, "earth": 4.0, "forest": 9.0, "sea": 5.0,
         "lake": 5.0, "river": 5.0, "water": 4.0, "road": 3.0, "snow": 3.0}  # fmt: skip
"""Strength of the texture, in grey levels."""


def paint(stage: Stage, placed: list[Placed], *, seed: int) -> NDArray[np.uint8]:
    """The picture, shape (height, width, 3), 0..255."""
    picture = np.zeros((stage.height, stage.width, 3), np.uint8)
    noise = np.random.default_rng(seed % 2**63)
    for drop in stage.backdrops:
        _paint_backdrop(picture, drop, noise)
    for thing in placed:
        _shadow(picture, stage, thing)
        _paint_thing(picture, thing, dark=stage.night)
    return picture


def _paint_backdrop(picture: NDArray[np.uint8], drop: Backdrop, noise: np.random.Generator) -> None:
    rows = np.flatnonzero(drop.mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    part = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None]
    colours = (
        np.asarray(drop.top, np.float32) * (1 - part) + np.asarray(drop.bottom, np.float32) * part
    )
    area = np.repeat(colours[:, None, :], picture.shape[1], axis=1)
    grain = GRAIN.get(drop.label, 0.0)
    if grain:
        # Stretched sideways: ripples, furrows and tufts lie flat.
        small = noise.standard_normal((max(2, (bottom - top) // 2), max(2, picture.shape[1] // 9)))
        texture = cv2.resize(small.astype(np.float32), (picture.shape[1], bottom - top))
        area += (texture * grain)[..., None]
    np.clip(area, 0, 255, out=area)
    np.copyto(picture[top:bottom], area.astype(np.uint8), where=drop.mask[top:bottom, :, None])


def _shadow(picture: NDArray[np.uint8], stage: Stage, thing: Placed) -> None:
    """A flat shadow at the foot of what stands on the ground."""
    if thing.support not in ("ground", "walk", "road", "front", "back", "wallside") or stage.night:
        return
    if thing.kind.name in ("rug", "towel"):
        return
    half = thing.box.width * 0.42
    h, w = picture.shape[:2]
    rise = max(1.0, min(half * 0.16, 0.03 * h))
    y, x = thing.base - rise * 0.4, thing.centre
    y0, y1 = max(0, int(y - rise)), min(h, int(y + rise) + 1)
    x0, x1 = max(0, int(x - half)), min(w, int(x + half) + 1)
    if y0 >= y1 or x0 >= x1:
        return
    rows, columns = np.ogrid[y0:y1, x0:x1]
    inside = ((rows - y) / rise) ** 2 + ((columns - x) / half) ** 2 < 1
    view = picture[y0:y1, x0:x1]
    view[inside] = view[inside] // 8 * 6 + view[inside] // 16


def _paint_thing(picture: NDArray[np.uint8], thing: Placed, *, dark: bool) -> None:
    rgba = thing.cutout.rgba
    assert rgba is not None
    h, w = picture.shape[:2]
    box = thing.box.intersection(Box(0, 0, w, h))
    if box.is_empty:
        return
    dx, dy = box.x - thing.box.x, box.y - thing.box.y
    source = rgba[dy : dy + box.height, dx : dx + box.width]
    view = picture[box.y : box.bottom, box.x : box.right]
    colours = source[..., :3]
    if (
        dark
        and thing.kind.place not in ("sky",)
        and thing.kind.group not in ("campfires", "garden lanterns")
    ):
        colours = (colours.astype(np.uint16) * 168 // 256).astype(np.uint8)
    rest = 255 - source[..., 3:].astype(np.uint16)
    view[...] = colours + ((view * rest + 127) // 255).astype(np.uint8)
