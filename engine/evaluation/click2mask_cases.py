"""Held-out scenes with one object left out: a picture, a click, a prompt, and what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.click2mask.morphology import middle
from engine.data.generator import Scene, SceneObject, generate
from engine.layout.mask import BoolArray

Pixels = NDArray[np.uint8]

SIDE = 256
MIN_SHARE, MAX_SHARE = 0.012, 0.16
"""Of the picture that an object covers."""
SMALL_SHARE = 0.035
COMPLEX_FILL = 0.5
"""Share of its box that an object fills, below which its outline counts as complex."""
_VISIBLE = 0.9
_TRIES = 40
UNUSUAL = (
    "a purple cow", "a golden teapot", "a tiny castle", "a robot", "a dragon", "a pirate ship",
    "a snowman with a hat", "a giant mushroom", "a treasure chest", "a hot air balloon",
)  # fmt: skip
"""Prompts that the lite models were hardly trained on, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickCase:
    """One question.

    Attributes:
        before, truth: The picture without and with the object, (SIDE, SIDE, 3).
        mask: What is seen of the object, (SIDE, SIDE).
        click: (x, y), in the middle of the mask as far as it has one.
        label: Name of the object; the prompt without its article.
        place: Name of the scene's kind, for captions.
        ground: What lies behind the object at the click ("grass").
    """

    name: str
    before: Pixels
    truth: Pixels
    mask: BoolArray
    click: tuple[int, int]
    label: str
    prompt: str
    place: str
    ground: str = ""

    @property
    def share(self) -> float:
        return float(self.mask.mean())

    @property
    def groups(self) -> tuple[str, ...]:
        """ "small" or "large", and "complex" or "plain"."""
        ys, xs = np.nonzero(self.mask)
        fill = len(ys) / ((np.ptp(ys) + 1) * (np.ptp(xs) + 1))
        return (
            "small" if self.share < SMALL_SHARE else "large",
            "complex" if fill < COMPLEX_FILL else "plain",
        )


def held_out_cases(count: int, *, seed: int = 0) -> list[ClickCase]:
    """The first `count` cases of a seed: scenes of drawings that no training saw."""
    cases, number = [], 0
    while len(cases) < count:
        found = case_of(10_000_019 * (seed + 1) + number, seed=seed)
        number += 1
        if found is not None:
            cases.append(found)
        if number > _TRIES * count:
            break
    return cases


def case_of(scene_seed: int, *, seed: int = 0) -> ClickCase | None:
    """The case of one scene; None where no object can be left out fairly."""
    scene = generate(scene_seed, split="val", size=(SIDE, SIDE), image=False)
    usable = [k for k in range(len(scene.objects)) if _is_fair(scene, k)]
    if not usable:
        return None
    rng = np.random.default_rng([seed, scene_seed])
    index = usable[int(rng.integers(len(usable)))]
    truth = generate(scene_seed, split="val", size=(SIDE, SIDE)).image
    before = generate(scene_seed, split="val", size=(SIDE, SIDE), left_out=index).image
    assert truth is not None and before is not None
    thing = scene.objects[index]
    mask = seen(scene, index)
    return ClickCase(
        name=f"{scene_seed}#{index}",
        before=before,
        truth=truth,
        mask=mask,
        click=middle(mask),
        label=thing.label,
        prompt=with_article(thing.label),
        place=scene.kind,
        ground=ground_at(scene, middle(mask)),
    )


def moved(case: ClickCase, share: float, *, seed: int) -> ClickCase:
    """The case with its click moved by a share of the picture's side, in a drawn direction."""
    rng = np.random.default_rng([seed, case.click[0], case.click[1]])
    for angle in rng.uniform(0, 2 * np.pi, 16):
        x = round(case.click[0] + share * SIDE * np.cos(angle))
        y = round(case.click[1] + share * SIDE * np.sin(angle))
        if 0 <= x < SIDE and 0 <= y < SIDE:
            return replace(case, click=(x, y))
    return case


def unusual(cases: Sequence[ClickCase]) -> list[ClickCase]:
    """The cases with prompts that were hardly trained on instead."""
    return [
        replace(case, prompt=UNUSUAL[k % len(UNUSUAL)], label=UNUSUAL[k % len(UNUSUAL)][2:])
        for k, case in enumerate(cases)
    ]


def removals(cases: Sequence[ClickCase]) -> list[ClickCase]:
    """The way back: the object is there, and what lies behind it is asked for."""
    return [
        replace(case, before=case.truth, truth=case.before, prompt=case.ground, label=case.ground)
        for case in cases
        if case.ground
    ]


def ground_at(scene: Scene, at: tuple[int, int]) -> str:
    """Name of the nearest background at a pixel (x, y); "" where there is none."""
    x, y = at
    names = [
        thing.label
        for thing in scene.objects
        if thing.background and thing.mask.on_canvas(scene.width, scene.height)[y, x]
    ]
    return names[-1] if names else ""


def seen(scene: Scene, index: int) -> BoolArray:
    """What nearer objects leave of an object's mask, (height, width)."""
    mask = scene.objects[index].mask.on_canvas(scene.width, scene.height)
    for nearer in scene.objects[index + 1 :]:
        mask &= ~nearer.mask.on_canvas(scene.width, scene.height)
    return mask


def with_article(label: str) -> str:
    return f"an {label}" if label[:1] in "aeiou" else f"a {label}"


def _is_fair(scene: Scene, index: int) -> bool:
    """Whether nearly all of an object is seen, it has a fair size, and carries nothing."""
    thing: SceneObject = scene.objects[index]
    if thing.background or any(o.parent == index for o in scene.objects):
        return False
    share = seen(scene, index).mean()
    whole = thing.mask.area / (scene.width * scene.height)
    return MIN_SHARE <= share <= MAX_SHARE and share >= _VISIBLE * whole
