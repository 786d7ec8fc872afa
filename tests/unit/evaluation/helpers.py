"""Small made-up scenes for the evaluation's tests."""

from __future__ import annotations

import numpy as np

from engine.data.scenes import RealObject, RealScene
from engine.evaluation.cases import Case, case_of
from engine.layout.mask import Mask


def rectangle(x: int, y: int, width: int, height: int) -> Mask:
    return Mask.from_array(np.ones((height, width), bool), x=x, y=y)


def disc(x: int, y: int, radius: int) -> Mask:
    at = np.arange(-radius, radius + 1)
    return Mask.from_array(at[:, None] ** 2 + at**2 <= radius**2, x=x - radius, y=y - radius)


def thing(label: str, mask: Mask, *, background: bool = False) -> RealObject:
    return RealObject(label=label, mask=mask, complete=not background, background=background)


def park(number: int, *, horizon: int = 50, nearness: float = 1.0, split: str = "val") -> RealScene:
    """Sky over grass, a house that stands on the grass and a dog before it, 120 x 100 px."""
    rng = np.random.default_rng(number)
    grass = rectangle(0, horizon, 120, 100 - horizon)
    size = round(nearness * 24)
    bottom = horizon + int(rng.integers(5, 15))
    house = rectangle(int(rng.integers(5, 30)), bottom - size, size, size)
    low = min(bottom + int(rng.integers(8, 20)), 98)
    radius = max(4, size // 3)
    dog = disc(int(rng.integers(70, 100)), low - radius, radius)
    objects = (
        thing("sky", rectangle(0, 0, 120, horizon), background=True),
        thing("grass", grass, background=True),
        thing("house", house),
        thing("dog", dog),
    )
    return RealScene(
        width=120,
        height=100,
        caption=f"a house and a dog, number {number}",
        objects=objects,
        name=f"park {number}",
        split=split,
    )


def dog_case(number: int = 0, *, source: str = "voc", **changes) -> Case:
    scene = park(number, **changes)
    return case_of(scene, 3, keep=range(3), source=source, name=scene.name, natural=True)
