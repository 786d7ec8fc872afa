"""Held-out cases: a layout without one of its objects, and that object as the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from engine.data.coco import MINI, read_coco
from engine.data.scenes import RealScene
from engine.data.voc import read_voc
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

SOURCES = ("voc", "coco", "generated")
SIZE_CLASSES = ("small", "medium", "large")
_SMALL, _MEDIUM = 0.03, 0.12
"""Shares of the canvas that end the size classes."""
_MIN_SHARE = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with its answer.

    Attributes:
        source: One of SOURCES.
        name: Of the picture or scene, and the object's number in it.
        layout: S_k: the objects that are there already, with the whole scene's caption.
        things: For each layer, whether it is a thing rather than background.
        truth: The object's mask.
        natural: Photographic silhouettes rather than artwork.
    """

    source: str
    name: str
    layout: Layout
    things: tuple[bool, ...]
    label: str
    truth: Mask
    natural: bool

    @property
    def size_class(self) -> str:
        share = self.truth.area / (self.layout.width * self.layout.height)
        return SIZE_CLASSES[0 if share < _SMALL else 1 if share < _MEDIUM else 2]


class SceneObject(Protocol):
    """What an object of any source has."""

    @property
    def label(self) -> str: ...
    @property
    def mask(self) -> Mask: ...
    @property
    def background(self) -> bool: ...


class AnyScene(Protocol):
    """What a scene of any source has; objects go from far to near."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def caption(self) -> str: ...
    @property
    def objects(self) -> Sequence[SceneObject]: ...


def case_of(
    scene: AnyScene, target: int, *, keep: Iterable[int], source: str, name: str, natural: bool
) -> Case:
    """The case that asks for object `target` when the objects at `keep` are there."""
    kept = sorted(set(keep) - {target})
    layers = tuple(
        Layer(label=scene.objects[i].label, mask=scene.objects[i].mask, id=f"{i:032x}", ade_class=c)
        for i, c in zip(kept, _ade_classes([scene.objects[i] for i in kept]), strict=True)
    )
    layout = Layout(width=scene.width, height=scene.height, caption=scene.caption, layers=layers)
    return Case(
        source=source,
        name=f"{name}#{target}",
        layout=layout,
        things=tuple(not scene.objects[i].background for i in kept),
        label=scene.objects[target].label,
        truth=scene.objects[target].mask,
        natural=natural,
    )


def _ade_classes(objects: Sequence[SceneObject]) -> list[int]:
    from engine.layout.labels import ade_class_of

    return [getattr(o, "ade_class", ade_class_of(o.label).ade_class) for o in objects]


def voc_cases(scenes: Sequence[RealScene], *, count: int, seed: int) -> list[Case]:
    """Complete silhouettes of held-out pictures, at most `count`, with all others beneath them.

    Half of them, as far as there are so many, have company: else the layout says nothing.
    """
    rng = np.random.default_rng([seed, 1])
    alone: list[tuple[RealScene, int]] = []
    company: list[tuple[RealScene, int]] = []
    for scene in scenes:
        for i, o in enumerate(scene.objects):
            if o.complete and scene.height >= 64 and scene.width >= 64:
                (company if len(scene.objects) > 1 else alone).append((scene, i))
    rng.shuffle(company)
    rng.shuffle(alone)
    half = max(count - len(alone), min(len(company), (count + 1) // 2))
    chosen = company[:half] + alone[: count - half]
    return [
        case_of(s, i, keep=range(len(s.objects)), source="voc", name=s.name, natural=True)
        for s, i in sorted(chosen, key=lambda pair: (pair[0].name, pair[1]))
    ]


def coco_cases(scenes: Sequence[RealScene], *, count: int, seed: int) -> list[Case]:
    """Whole-looking objects of `coco_mini_dev`, with the farther ones beneath them."""
    rng = np.random.default_rng([seed, 2])
    found = [
        (scene, i)
        for scene in scenes
        for i, o in enumerate(scene.objects)
        if o.mask.area >= _MIN_SHARE * scene.width * scene.height
        and o.box.x > 1
        and o.box.y > 1
        and o.box.right < scene.width - 1
        and o.box.bottom < scene.height - 1
    ]
    chosen = [found[i] for i in sorted(rng.permutation(len(found))[:count])]
    return [
        case_of(s, i, keep=range(i), source="coco", name=s.name, natural=True) for s, i in chosen
    ]


def generated_cases(scenes: Iterable[AnyScene], *, count: int, seed: int) -> list[Case]:
    """One thing of each scene, most of it on the canvas, with what lies beneath it."""
    rng = np.random.default_rng([seed, 3])
    cases: list[Case] = []
    for number, scene in enumerate(scenes):
        if len(cases) >= count:
            break
        canvas = scene.width * scene.height
        things = [
            i
            for i, o in enumerate(scene.objects)
            if not o.background
            and o.mask.area >= _MIN_SHARE * canvas
            and o.mask.on_canvas(scene.width, scene.height).sum() >= 0.9 * o.mask.area
        ]
        if things:
            target = int(rng.choice(things))
            cases.append(
                case_of(
                    scene,
                    target,
                    keep=range(target),
                    source="generated",
                    name=f"scene {number}",
                    natural=False,
                )
            )
    return cases


def held_out_cases(data: Path | None, *, count: int, seed: int) -> dict[str, list[Case]]:
    """Cases of every source that is at hand, at most `count` of each.

    Args:
        data: Folder laid out as the data set folder in the README; None for generated scenes
            only, which use artwork that no training sees.
    """
    cases: dict[str, list[Case]] = {}
    if data is not None:
        cases["voc"] = voc_cases(read_voc(data, split="val"), count=count, seed=seed)
    if data is not None and (data / MINI).is_file():
        cases["coco"] = coco_cases(read_coco(data), count=count, seed=seed)
    cases["generated"] = generated_cases(
        generated_scenes(3 * count, seed=seed, split="val"), count=count, seed=seed
    )
    return cases


def generated_scenes(
    count: int, *, seed: int, split: Literal["train", "val"]
) -> Iterable[AnyScene]:
    """Scenes of the lite world without their pictures, drawn as they are asked for."""
    from engine.data.generator import generate

    return (generate(seed * 1_000_003 + i, split=split, image=False) for i in range(count))
