"""Held-out scenes for `eval render`, their true regions, and what is left of them as scribbles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.data.generator import generate
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask
from engine.layout.semantic import layer_map

SIZES = ((256, 256), (256, 192), (192, 256))
"""(width, height): multiples of 32, which the judge reads as they are."""
FIRST_SEED = 5_000_000
LEAST_SHARE = 0.003
"""Of the picture that a thing must show to be looked for."""
SIZE_LIMITS = (0.02, 0.08)
SIZE_NAMES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Target:
    """A thing to be found: its label and the pixels it shows, bool (height, width)."""

    label: str
    seen: BoolArray

    @property
    def size(self) -> str:
        """small, medium or large, by its share of the picture."""
        return SIZE_NAMES[int(np.searchsorted(SIZE_LIMITS, self.seen.mean()))]


@dataclass(frozen=True, eq=False)
class JudgedScene:
    """A held-out scene.

    Attributes:
        picture: The generated picture, uint8 (height, width, 3).
        things: Which layers are things rather than backgrounds, by position.
    """

    seed: int
    layout: Layout
    picture: NDArray[np.uint8]
    things: tuple[bool, ...]

    @cached_property
    def layers(self) -> NDArray[np.uint16]:
        """Position of the nearest layer at each pixel from 1, 0 where nothing lies."""
        return layer_map(self.layout)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The things that show enough of themselves to be looked for."""
        found = []
        for number, (layer, thing) in enumerate(
            zip(self.layout.layers, self.things, strict=True), 1
        ):
            seen = self.layers == number
            if thing and seen.mean() >= LEAST_SHARE:
                found.append(Target(layer.label, seen))
        return tuple(found)

    @cached_property
    def coarse(self) -> Layout:
        """The same scene as coarse scribbles: every thing's mask dilated and simplified."""
        layers = tuple(
            replace(layer, mask=coarse_mask(layer)) if thing else layer
            for layer, thing in zip(self.layout.layers, self.things, strict=True)
        )
        return replace(self.layout, layers=layers)


def held_out(count: int, *, seed: int = 0) -> list[JudgedScene]:
    """Scenes of drawings and seeds that no training has seen; the same arguments, the same ones."""
    scenes = []
    for number in range(count):
        scene_seed = FIRST_SEED + 1000 * seed + number
        scenes.append(_scene(scene_seed, SIZES[number % len(SIZES)]))
    return scenes


def other_scene(scene: JudgedScene) -> JudgedScene:
    """One of the same size that has nothing to do with it: what a picture shows by chance."""
    return _scene(2 * FIRST_SEED + scene.seed, (scene.layout.width, scene.layout.height))


def _scene(seed: int, size: tuple[int, int]) -> JudgedScene:
    scene = generate(seed, split="val", size=size)
    assert scene.image is not None
    things = tuple(not item.background for item in scene.objects)
    return JudgedScene(seed, scene.to_layout(), scene.image, things)


def coarse_mask(layer: Layer) -> Mask:
    """A silhouette as a hasty scribble: grown by a tenth of its size, then few straight lines.

    As the coarse scribbles of SmartMask's Fig. 7c: the place is right, the outline is not.
    """
    box = layer.mask.box
    if box.is_empty:
        return layer.mask
    grow = max(2, round(0.1 * (box.width * box.height) ** 0.5))
    pad = 2 * grow
    crop = np.pad(layer.mask.crop().astype(np.uint8), pad)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1,) * 2)
    grown = np.asarray(cv2.dilate(crop, kernel), np.uint8)
    outlines, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    simple = [
        cv2.approxPolyDP(outline, 0.03 * cv2.arcLength(outline, True), True) for outline in outlines
    ]
    drawn = np.zeros_like(grown)
    cv2.fillPoly(drawn, simple, 1)
    return Mask.from_array(drawn > 0, x=box.x - pad, y=box.y - pad)
