"""Sprites at work: which drawing shows a thing in a style, and its pixels at any size."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.data import world
from engine.data.artwork import Split, Sprite, load_artwork
from engine.layout.mask import BoolArray

Picture = NDArray[np.uint8]

CACHE_BYTES = 192 * 2**20
OPAQUE = 112
"""Opacity (of 255) from which a scaled pixel counts as covered; a little below one half, so that
thin legs and strings survive being scaled down."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """A drawing at its final size: its silhouette, and its colours when a picture is wanted."""

    mask: BoolArray
    rgba: NDArray[np.uint8] | None


class _Pyramid:
    """One drawing at 128, 64 and 32 px: opacity alone, and colours on demand.

    Colours are premultiplied, so that scaling draws no dark rims. The full size is seldom needed
    and kept apart (`_full`).
    """

    __slots__ = ("alphas", "colours", "sprite")

    def __init__(self, sprite: Sprite) -> None:
        self.sprite = sprite
        self.alphas: list[Picture] = []
        self.colours: list[Picture] = []

    def level(self, colour: bool, width: float, height: float) -> Picture:
        """The smallest stored size that is at least as large as asked for."""
        levels = self.colours if colour else self.alphas
        if not levels:
            levels.extend(_halvings(_full(self.sprite, colour)))
        best: Picture | None = None
        for level in levels:
            if level.shape[1] < width or level.shape[0] < height:
                break
            best = level
        return _full(self.sprite, colour) if best is None else best

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in (*self.alphas, *self.colours))


@lru_cache(maxsize=256)
def _full(sprite: Sprite, colour: bool) -> Picture:
    rgba = sprite.rgba()
    if not colour:
        return np.ascontiguousarray(rgba[..., 3])
    out = rgba.copy()
    alpha = rgba[..., 3:].astype(np.uint16)
    out[..., :3] = (rgba[..., :3] * alpha + 127) // 255
    return out


def _halvings(picture: Picture) -> list[Picture]:
    levels: list[Picture] = []
    for _ in range(3):
        h, w = picture.shape[:2]
        size = (max(1, (w + 1) // 2), max(1, (h + 1) // 2))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        levels.append(picture)
    return levels


_pyramids: OrderedDict[str, _Pyramid] = OrderedDict()


def _pyramid(sprite: Sprite) -> _Pyramid:
    found = _pyramids.get(sprite.id)
    if found is None:
        found = _pyramids[sprite.id] = _Pyramid(sprite)
        if len(_pyramids) % 64 == 0:
            while sum(p.nbytes for p in _pyramids.values()) > CACHE_BYTES:
                _pyramids.popitem(last=False)
    else:
        _pyramids.move_to_end(sprite.id)
    return found


def sprite_aspect(sprite: Sprite) -> float:
    """Width over height of the drawing."""
    return sprite.width / sprite.height


def cut_out(sprite: Sprite, *, width: float, height: float, flip: bool, turn: float,
            colour: bool) -> Cutout:  # fmt: skip
    """The drawing `width` x `height` px, mirrored if `flip`, turned by `turn` degrees.

    The result is cropped loosely; its mask may have empty rims.
    """
    level = _pyramid(sprite).level(colour, width, height)
    h, w = level.shape[:2]
    sx, sy = width / w, height / h
    angle = math.radians(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    a, b = (-sx if flip else sx) * cos, sy * sin
    c, d = -(-sx if flip else sx) * sin, sy * cos
    out_w = max(1, math.ceil(abs(a) * w + abs(b) * h - 1e-6))
    out_h = max(1, math.ceil(abs(c) * w + abs(d) * h - 1e-6))
    # Pixel centres: source centre goes to target centre.
    matrix = np.array(
        [[a, b, (out_w - 1) / 2 - a * (w - 1) / 2 - b * (h - 1) / 2],
         [c, d, (out_h - 1) / 2 - c * (w - 1) / 2 - d * (h - 1) / 2]], np.float64
    )  # fmt: skip
    warped = cv2.warpAffine(level, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR)
    if colour:
        rgba = np.asarray(warped, np.uint8)
        return Cutout(rgba[..., 3] > OPAQUE, rgba)
    return Cutout(np.asarray(warped) > OPAQUE, None)


@cache
def _catalogue(split: Split) -> dict[tuple[str, str], tuple[Sprite, ...]]:
    """(name of the drawing, style) -> drawings of the split."""
    pack = load_artwork()
    found: dict[tuple[str, str], list[Sprite]] = {}
    for sprite in pack.sprites:
        if pack.split(sprite) == split:
            found.setdefault((sprite.name, sprite.style), []).append(sprite)
    return {key: tuple(members) for key, members in found.items()}


@cache
def drawable(split: Split) -> frozenset[str]:
    """Names that have a drawing in the split, in any style."""
    return frozenset(name for name, _ in _catalogue(split))


STYLES = ("fluent", "noto", "blob", "twemoji", "fx", "clipart", "flat", "ink")

Poses = frozenset[str]


def _fits(sprite: Sprite, label: str, poses: Poses | None, banned: Poses) -> bool:
    grown_up = label in ("boy", "girl") and sprite.name != label
    if grown_up and (sprite.pose not in world.CHILD_POSES or sprite.style == "clipart"):
        return False
    if poses is not None:
        return sprite.pose in poses
    return sprite.pose not in banned


@cache
def _choices(
    label: str, style: str, split: Split, poses: Poses | None, banned: Poses
) -> tuple[Sprite, ...]:
    catalogue = _catalogue(split)
    names = [name for name, _ in world.DRAWN_AS.get(label, ((label, 1.0),))]
    return tuple(
        sprite
        for name in names
        for sprite in catalogue.get((name, style), ())
        if _fits(sprite, label, poses, banned)
    )


def pick_sprite(rng: Random, label: str, *, style: str, split: Split, poses: Poses | None = None,
                banned: Poses = frozenset()) -> Sprite | None:  # fmt: skip
    """A drawing of `label`, in `style` where there is one, else in the nearest style.

    `poses` allows only these, `banned` forbids these. None when nothing is fit.
    """
    if style == "mixed":
        order = rng.sample(STYLES, len(STYLES))
    else:
        near = world.FALLBACK_STYLE[style]
        order = [style, *near, *(s for s in STYLES if s != style and s not in near)]
        if rng.random() < 0.12:  # a style's few drawings of a thing are not its only look
            order = [*near, style, *order]
    for candidate in order:
        found = _choices(label, candidate, split, poses, banned)
        if found:
            # Every pose is as likely as any other, however many drawings show it.
            pose = rng.choice(sorted({sprite.pose for sprite in found}))
            return rng.choice([sprite for sprite in found if sprite.pose == pose])
    return None
