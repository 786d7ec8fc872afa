"""Stages: the ground, the sky or the room that a scene is set into.

A stage gives the amodal masks of its background, the camera (horizon row and eye height, which
together fix the scale of everything that stands on the ground) and the areas where things may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.mask import BoolArray

Colour = tuple[int, int, int]
Curve = NDArray[np.float32]


@dataclass(slots=True)
class Backdrop:
    """One piece of background: its amodal mask over the whole canvas and its colours."""

    label: str
    mask: BoolArray
    top: Colour
    bottom: Colour


@dataclass(slots=True)
class Stage:
    """A prepared stage.

    Attributes:
        horizon: Row of the eye's height; may lie outside the canvas.
        camera: Height of the eye over the ground in metres.
        backdrops: Farthest first.
        areas: Where the foot of a thing may be: name -> mask over the canvas.
        wall: The free wall indoors, else None.
        sky: The free sky (or open water), else None.
        night: Whether it is dark.
    """

    width: int
    height: int
    horizon: float
    camera: float
    backdrops: list[Backdrop] = field(default_factory=list)
    areas: dict[str, BoolArray] = field(default_factory=dict)
    wall: Box | None = None
    sky: Box | None = None
    night: bool = False

    def scale(self, row: float) -> float:
        """Pixels per metre for a thing that stands at `row`: similar triangles at the eye."""
        return max(row - self.horizon, 0.5) / self.camera

    def add(self, label: str, mask: BoolArray, top: Colour, bottom: Colour) -> None:
        if mask.any():
            self.backdrops.append(Backdrop(label, mask, top, bottom))


def _rows(stage: Stage) -> NDArray[np.float32]:
    return np.arange(stage.height, dtype=np.float32)[:, None]


def below(stage: Stage, curve: Curve | float) -> BoolArray:
    """All pixels at or under the curve (one row per column), shape (h, w)."""
    line = np.broadcast_to(np.asarray(curve, np.float32), (stage.width,))
    return _rows(stage) >= line[None, :]


def wave(rng: Random, width: int, base: float, swing: float, turns: float) -> Curve:
    """A soft curve around row `base`, at most about `swing` rows off it."""
    x = np.arange(width, dtype=np.float32) / width
    out = np.full(width, base, np.float32)
    for k, share in ((1, 0.6), (2.3, 0.3), (4.7, 0.1)):
        phase = rng.uniform(0, 2 * math.pi)
        out += (swing * share) * np.sin(2 * math.pi * turns * k * x + phase).astype(np.float32)
    return out


def peaks(rng: Random, width: int, base: float, height: float, count: int) -> Curve:
    """A mountain ridge: the upper edge of `count` triangles with ragged flanks."""
    x = np.arange(width, dtype=np.float32)
    out = np.full(width, base, np.float32)
    for _ in range(count):
        centre, top = rng.uniform(-0.1, 1.1) * width, rng.uniform(0.5, 1.0) * height
        half = top * rng.uniform(0.9, 1.9)
        out = np.minimum(out, base - top * (1 - np.abs(x - centre) / half))
    return out + wave(rng, width, 0, height * 0.05, 6)


def crowns(rng: Random, width: int, base: float, height: float) -> Curve:
    """The upper edge of a far wood: many round crowns."""
    x = np.arange(width, dtype=np.float32)
    out = np.full(width, base - 0.45 * height, np.float32)
    position = -10.0
    while position < width + 10:
        radius = rng.uniform(0.25, 0.6) * height
        bump = np.sqrt(np.maximum(radius**2 - (x - position) ** 2, 0))
        out = np.minimum(out, base - 0.4 * height - bump * rng.uniform(0.6, 1.1))
        position += radius * rng.uniform(0.9, 1.6)
    return out


def blocks(rng: Random, width: int, base: float, height: float) -> Curve:
    """The upper edge of a far town."""
    out = np.full(width, base, np.float32)
    position = 0
    while position < width:
        step = max(3, int(rng.uniform(0.03, 0.1) * width))
        out[position : position + step] = base - rng.uniform(0.2, 1.0) * height
        position += step
    return out


SKIES: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "sky": (((120, 190, 240), (205, 232, 248)), ((92, 168, 226), (224, 240, 250)),
            ((168, 206, 232), (236, 243, 247)), ((140, 205, 235), (250, 240, 220))),
    "sunset sky": (((238, 130, 92), (252, 214, 150)), ((180, 96, 140), (250, 190, 140))),
    "night sky": (((16, 22, 52), (46, 56, 104)), ((10, 14, 34), (30, 42, 78)),
                  ((34, 28, 70), (78, 66, 120))),
}  # fmt: skip
GROUNDS: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "grass": (((140, 196, 96), (92, 164, 70)), ((168, 208, 110), (118, 176, 76)),
              ((112, 172, 92), (74, 140, 66))),
    "field": (((222, 200, 110), (196, 168, 76)), ((176, 190, 92), (140, 158, 66))),
    "sand": (((240, 222, 172), (226, 200, 142)), ((232, 206, 150), (212, 180, 120))),
    "snow": (((240, 246, 252), (220, 232, 244)), ((250, 250, 252), (228, 236, 242))),
    "earth": (((186, 150, 106), (156, 120, 80)), ((204, 172, 120), (172, 136, 88))),
    "square": (((206, 202, 194), (182, 176, 166)), ((216, 196, 172), (190, 166, 140))),
    "sea floor": (((206, 196, 150), (180, 166, 118)),),
}  # fmt: skip
WATERS: tuple[tuple[Colour, Colour], ...] = (
    ((84, 160, 206), (46, 118, 176)), ((110, 190, 206), (52, 146, 178)),
    ((72, 132, 190), (40, 92, 154)),
)  # fmt: skip
WAYS: dict[str, tuple[Colour, Colour]] = {
    "path": ((222, 204, 166), (202, 180, 138)),
    "road": ((128, 130, 138), (104, 106, 116)),
    "river": ((110, 180, 214), (70, 146, 196)),
}
FAR: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "mountain": (((150, 164, 188), (118, 140, 150)), ((128, 132, 150), (150, 156, 150)),
                 ((176, 150, 140), (140, 120, 110))),
    "hill": (((132, 180, 112), (104, 156, 90)), ((160, 190, 120), (128, 168, 96))),
    "dune": (((232, 200, 140), (218, 182, 118)),),
    "forest": (((66, 122, 84), (50, 100, 66)), ((96, 144, 88), (70, 118, 66))),
    "skyline": (((158, 172, 190), (178, 190, 204)), ((140, 140, 160), (170, 170, 186))),
}  # fmt: skip


def _dim(colour: Colour, night: bool) -> Colour:
    if not night:
        return colour
    r, g, b = colour
    return (int(r * 0.34) + 8, int(g * 0.36) + 10, int(b * 0.45) + 24)


def _ground(stage: Stage, rng: Random, label: str, curve: Curve | float) -> BoolArray:
    top, bottom = rng.choice(GROUNDS[label])
    mask = below(stage, curve)
    stage.add(label, mask, _dim(top, stage.night), _dim(bottom, stage.night))
    return mask


def _sky(stage: Stage, rng: Random, *, night: bool = False) -> None:
    label = "night sky" if night else ("sunset sky" if rng.random() < 0.12 else "sky")
    top, bottom = rng.choice(SKIES[label])
    # Amodal: the sky goes on behind hills and houses, a little past the
    # horizon.
    mask = ~below(stage, stage.horizon + 0.06 * stage.height)
    stage.add(label, mask, top, bottom)
    stage.night = night
    stage.sky = Box(0, 0, stage.width, max(int(stage.horizon), 1))


def _far(stage: Stage, rng: Random, label: str) -> None:
    base, reach = stage.horizon + 2, stage.horizon
    w = stage.width
    curve: Curve
    if label == "mountain":
        curve = peaks(rng, w, base, reach * rng.uniform(0.4, 0.8), rng.randint(2, 5))
    elif label in ("hill", "dune"):
        high = reach * rng.uniform(0.12, 0.34)
        curve = wave(rng, w, base - high, high * 0.8, rng.uniform(0.6, 1.4))
    elif label == "forest":
        curve = crowns(rng, w, base, max(reach * rng.uniform(0.2, 0.42), 6))
    else:
        curve = blocks(rng, w, base, reach * rng.uniform(0.35, 0.7))
    top, bottom = rng.choice(FAR[label])
    # Amodal: a far ridge has its foot behind the ground's edge.
    mask = below(stage, curve) & ~below(stage, base + 0.05 * stage.height)
    stage.add(label, mask, _dim(top, stage.night), _dim(bottom, stage.night))


def _fars(stage: Stage, rng: Random, choice: str) -> None:
    for label in rng.choice(choice.split("/")).split("+"):
        if label != "-":
            _far(stage, rng, label)


def _path(stage: Stage, rng: Random, label: str, start: float) -> BoolArray:
    """A way from the edge of the ground towards the viewer, widening by perspective."""
    rows = _rows(stage)[:, 0]
    depth = np.clip((rows - start) / max(stage.height - start, 1), 0, 1)
    x0, x1 = rng.uniform(0.3, 0.7), rng.uniform(0.1, 0.9)
    bend = rng.uniform(-0.25, 0.25)
    centre = (x0 + (x1 - x0) * depth + bend * np.sin(depth * math.pi)) * stage.width
    half = stage.width * (0.012 + rng.uniform(0.09, 0.18) * depth)
    columns = np.arange(stage.width, dtype=np.float32)[None, :]
    mask = (np.abs(columns - centre[:, None]) < half[:, None]) & (rows[:, None] >= start)
    top, bottom = WAYS[label]
    stage.add(label, mask, _dim(top, stage.night), _dim(bottom, stage.night))
    return mask


def _stage(rng: Random, w: int, h: int, horizon: tuple[float, float],
           camera: tuple[float, float]) -> Stage:  # fmt: skip
    # A tall canvas shows more sky, not more lawn.
    lift = 0.14 * min(1.0, max(h / w - 1.0, 0.0) / 0.5)
    return Stage(w, h, (rng.uniform(*horizon) + lift) * h, rng.uniform(*camera))


def open_land(rng: Random, w: int, h: int, *, ground: str = "grass", far: str = "-/hill/forest",
              way: str = "", night: bool = False) -> Stage:  # fmt: skip
    """Flat land under the sky; `way` names a path, road or river that may cross it."""
    stage = _stage(rng, w, h, (0.28, 0.46), (1.5, 2.6))
    _sky(stage, rng, night=night)
    _fars(stage, rng, far)
    edge = wave(rng, w, stage.horizon + 0.012 * h, 0.012 * h, 0.8)
    mask = _ground(stage, rng, rng.choice(ground.split("/")), edge)
    stage.areas["ground"] = mask
    if way and rng.random() < 0.45:
        kind = rng.choice(way.split("/"))
        strip = _path(stage, rng, kind, float(edge.max()))
        if kind == "river":
            stage.areas["ground"] = mask & ~strip
        else:
            stage.areas["way"] = strip
    return stage


def street(
    rng: Random, w: int, h: int, *, far: str = "-/skyline/forest", night: bool = False
) -> Stage:
    """A street seen from its other side: houses' side walk, road, near side walk."""
    stage = _stage(rng, w, h, (0.34, 0.48), (1.8, 2.8))
    _sky(stage, rng, night=night)
    _fars(stage, rng, far)
    room = h - stage.horizon
    y0 = stage.horizon + room * rng.uniform(0.08, 0.16)
    y1 = y0 + room * rng.uniform(0.1, 0.18)
    y2 = y1 + room * rng.uniform(0.3, 0.42)
    lawn = rng.random() < 0.35
    backing = _ground(stage, rng, "grass" if lawn else "square", stage.horizon + 1)
    walks = (((196, 192, 186), (180, 176, 170)), ((208, 196, 182), (190, 178, 164)))
    walk_colour = rng.choice(walks)
    walk = below(stage, y0)
    stage.add("sidewalk", walk, _dim(walk_colour[0], night), _dim(walk_colour[1], night))
    bottom = y2 if rng.random() < 0.7 else h + 1.0
    road = below(stage, y1) & ~below(stage, bottom)
    stage.add("road", road, _dim((122, 124, 132), night), _dim((98, 100, 110), night))
    stage.areas.update({
        "back": backing & ~walk, "walk": walk & ~below(stage, y1), "road": road,
        "ground": walk & ~below(stage, y1), "front": below(stage, bottom),
    })  # fmt: skip
    return stage


def shore(
    rng: Random, w: int, h: int, *, far: str = "-/-/hill/mountain", ground: str = "sand"
) -> Stage:
    """Open water beyond a shore."""
    stage = _stage(rng, w, h, (0.28, 0.42), (2.4, 4.0))
    _sky(stage, rng)
    _fars(stage, rng, far)
    top, bottom = rng.choice(WATERS)
    # Amodal: the water lies on the whole floor of the bay, under the shore's edge.
    edge = wave(rng, w, stage.horizon + (h - stage.horizon) * rng.uniform(0.34, 0.55),
                0.05 * h, rng.uniform(0.4, 0.9))  # fmt: skip
    water = below(stage, stage.horizon) & ~below(stage, edge + 0.04 * h)
    label = "sea" if ground == "sand" else "lake"
    stage.add(label, water, top, bottom)
    land = _ground(stage, rng, ground, edge)
    stage.areas["water"] = water & ~land
    stage.areas["ground"] = land
    return stage


def water(
    rng: Random, w: int, h: int, *, far: str = "-/-/hill/mountain/skyline", label: str = "sea"
) -> Stage:
    """Nothing but water up to the horizon, now and then with a strip of quay in front."""
    stage = _stage(rng, w, h, (0.3, 0.52), (3.0, 5.5))
    _sky(stage, rng)
    _fars(stage, rng, far)
    top, bottom = rng.choice(WATERS)
    mask = below(stage, stage.horizon)
    stage.add(label, mask, top, bottom)
    stage.areas["water"] = mask
    if label == "sea" and rng.random() < 0.4:
        quay = _ground(stage, rng, "square", h * rng.uniform(0.84, 0.9))
        stage.areas["ground"] = quay
        stage.areas["water"] = mask & ~quay
    return stage


def under_water(rng: Random, w: int, h: int) -> Stage:
    stage = Stage(w, h, h * rng.uniform(0.3, 0.45), rng.uniform(1.0, 1.6))
    floor = wave(rng, w, h * rng.uniform(0.76, 0.88), 0.03 * h, 0.8)
    top, bottom = rng.choice((((84, 178, 214), (28, 96, 158)), ((64, 160, 190), (24, 86, 128))))
    stage.add("water", np.ones((h, w), bool), top, bottom)
    stage.areas["ground"] = _ground(stage, rng, "sea floor", floor)
    stage.sky = Box(0, 0, w, int(floor.min()))
    return stage


def high_sky(rng: Random, w: int, h: int, *, night: bool = False) -> Stage:
    """Mostly sky; sometimes a strip of land below."""
    stage = Stage(w, h, h * rng.choice((1.05, 1.05, 0.86)), 2.5)
    _sky(stage, rng, night=night)
    stage.sky = Box(0, 0, w, int(min(stage.horizon, h) * 0.95))
    if stage.horizon < h:
        _fars(stage, rng, "hill/forest/skyline/-")
        stage.areas["ground"] = _ground(stage, rng, "grass", stage.horizon)
    return stage


WALLS: tuple[tuple[Colour, Colour], ...] = (
    ((238, 228, 208), (228, 216, 194)), ((206, 222, 226), (192, 210, 216)),
    ((222, 206, 196), (212, 194, 184)), ((214, 224, 204), (200, 212, 190)),
    ((240, 238, 234), (228, 226, 220)), ((186, 200, 214), (174, 188, 204)),
    ((242, 220, 176), (232, 208, 164)),
)  # fmt: skip
FLOORS: tuple[tuple[Colour, Colour], ...] = (
    ((196, 156, 112), (172, 130, 88)), ((160, 120, 86), (134, 98, 68)),
    ((206, 200, 192), (186, 180, 172)), ((178, 170, 160), (156, 148, 140)),
    ((150, 160, 168), (130, 140, 150)), ((222, 204, 176), (204, 184, 152)),
)  # fmt: skip


def room(rng: Random, w: int, h: int) -> Stage:
    """A room: a wall, the floor that meets it, perhaps a corner and a ceiling."""
    stage = _stage(rng, w, h, (0.2, 0.36), (1.15, 1.5))
    foot = h * (rng.uniform(0.6, 0.74) + (0.06 if h > w else 0.0))
    line = np.full(w, foot, np.float32)
    if rng.random() < 0.3:
        corner, drop = int(w * rng.choice((rng.uniform(0.06, 0.2), rng.uniform(0.8, 0.94)))), 0.0
        x = np.arange(w, dtype=np.float32)
        drop = rng.uniform(0.3, 0.6)
        line += (
            np.maximum(corner - x, 0) * drop if corner < w / 2 else np.maximum(x - corner, 0) * drop
        )
    floor = below(stage, line)
    wall, ground = rng.choice(WALLS), rng.choice(FLOORS)
    top = 0
    ceiling_row = stage.horizon - (2.75 - stage.camera) * stage.scale(foot)
    # Amodal: the wall goes down to the floor's edge behind the furniture.
    stage.add("wall", ~below(stage, line + 1), *wall)
    if ceiling_row > 0.03 * h and rng.random() < 0.7:
        top = int(ceiling_row)
        shade = rng.randint(225, 250)
        stage.add(
            "ceiling",
            ~below(stage, float(top)),
            (shade, shade, shade),
            (shade - 12, shade - 12, shade - 12),
        )
    stage.add("floor", floor, *ground)
    stage.areas["ground"] = floor & below(stage, foot)
    stage.areas["wallside"] = below(stage, line + 1) & ~below(stage, line + 0.05 * h)
    stage.wall = Box(0, top, w, int(foot) - top)
    return stage


def table_top(rng: Random, w: int, h: int) -> Stage:
    """A table seen from close by, for small things."""
    stage = _stage(rng, w, h, (0.0, 0.16), (0.42, 0.6))
    edge = h * rng.uniform(0.42, 0.56)
    stage.add("wall", ~below(stage, edge + 0.1 * h), *rng.choice(WALLS))
    surface = rng.choice(FLOORS[:2] + (((240, 236, 230), (224, 218, 210)), FLOORS[5]))
    mask = below(stage, edge)
    stage.add("table top", mask, *surface)
    stage.areas["ground"] = mask & ~below(stage, h * 0.99)
    stage.wall = Box(0, 0, w, int(edge))
    return stage


STAGES: dict[str, Callable[..., Stage]] = {
    "open land": open_land, "street": street, "shore": shore, "water": water,
    "under water": under_water, "high sky": high_sky, "room": room, "table top": table_top,
}  # fmt: skip
