"""The stage of a design: horizon, scale, and where each background lies on the canvas.

One eye looks at flat ground, as in the scenes that SmartMask was taught on: a thing of `m` metres
whose foot is at row `y` is `m * (y - horizon) / camera` pixels high (similar triangles).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import geometric_mean

import numpy as np
from numpy.typing import NDArray

from engine.data.world import BACKGROUND_CLASSES
from engine.design.things import Thing
from engine.layout.geometry import Box
from engine.layout.labels import ade_class_of
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.finish import Edges

LEAST_SHARE, MOST_SHARE = 0.065, 0.78
"""Heights of things are kept between these shares of the canvas height."""


class Role(StrEnum):
    """What part of a scene a background is."""

    SKY = "sky"
    FAR = "far"
    WATER = "water"
    WAY = "way"
    LAND = "land"
    FLOOR = "floor"
    WALL = "wall"
    CEILING = "ceiling"


_FLAT = (Role.WATER, Role.LAND, Role.FLOOR, Role.WAY)
"""Parts that lie on the ground, far to near."""
CARRIES = frozenset({Role.LAND, Role.FLOOR, Role.WAY})
_NAMES = {
    Role.SKY: "sky",
    Role.FAR: "mountain hill forest skyline dune tree trees building skyscraper",
    Role.WATER: "sea lake river water pool swimming_pool waterfall ocean pond fountain",
    Role.WAY: "road sidewalk path runway dirt_track street track",
    Role.LAND: "grass field sand snow earth land square lawn sea_floor ground meadow beach stage",
    Role.FLOOR: "floor rug carpet table_top table countertop",
    Role.WALL: "wall curtain fence screen",
    Role.CEILING: "ceiling",
}
_ROLES = {name.replace("_", " "): role for role, names in _NAMES.items() for name in names.split()}


def role_of(label: str) -> Role:
    """The part a background plays; one of unknown kind lies far away, like hills."""
    head = label.partition(",")[0].strip().lower()
    for name in (head, head.split()[-1] if head else ""):
        if name in _ROLES:
            return _ROLES[name]
    ade = BACKGROUND_CLASSES.get(head) or ade_class_of(head).name
    return _ROLES.get(ade, Role.FAR)


def is_backdrop(label: str, mask: Mask, canvas: Box) -> bool:
    """Whether a layer that is there already is a background: its label says so and it is wide."""
    head = label.partition(",")[0].strip().lower()
    named = head in BACKGROUND_CLASSES or head in _ROLES and _ROLES[head] is not Role.FAR
    return named and mask.box.intersection(canvas).width >= 0.3 * canvas.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Attributes:
    horizon: Row of the eye's height; may lie outside the canvas.
    camera: Height of the eye over the ground in metres.
    ground: Row where the ground begins (outdoors about the horizon, indoors the wall's foot).
    indoors: Whether a wall closes the scene.
    least: Least height of a thing as a share of the canvas height.
    """

    width: int
    height: int
    horizon: float
    camera: float
    ground: float
    indoors: bool
    least: float = LEAST_SHARE

    def tall(self, thing: Thing, foot: NDArray[np.floating]) -> NDArray[np.floating]:
        """Believable height in pixels of a thing whose foot is at row `foot`.

        Things that would be too small to draw, or too large to show, are brought near the limits.
        """
        if thing.place == "sky":
            return np.full_like(foot, thing.height * self.height)
        if thing.place == "air":
            return np.full_like(foot, max(thing.height * 0.25, LEAST_SHARE) * self.height)
        row = np.full_like(foot, self.ground) if thing.place in ("wall", "ceiling") else foot
        scale = np.maximum(row - self.horizon, 2.0) / self.camera
        least, most = thing.room * self.least * self.height, MOST_SHARE * self.height
        return np.clip(thing.height * scale, least, most)


def plan_stage(
    *,
    canvas: Box,
    roles: Sequence[Role],
    things: Sequence[Thing],
    counts: Sequence[int] = (),
    proposed: float | None = None,
) -> Stage:
    """The stage of a scene.

    Args:
        roles: Of all its backgrounds, those in the layout included.
        things: All its things, one entry an element.
        counts: How many of each there will be, one of each where it is left out; the more, and
            the larger, the farther away the eye.
        proposed: The row at which the ground begins after the planner, or where it begins in the
            layout that the design starts from; kept within what leaves room on both sides.
    """
    height = canvas.height
    indoors = bool({Role.WALL, Role.FLOOR, Role.CEILING} & set(roles))
    if not roles:
        outside = sum(t.place in ("sky", "water") or t.height > 2.6 for t in things)
        inside = sum(t.place in ("wall", "ceiling", "table") for t in things)
        indoors = inside > outside
    low, high, usual = (0.56, 0.7, 0.62) if indoors else (0.34, 0.5, 0.4)
    if not indoors and set(roles) == {Role.SKY}:
        low, high, usual = 0.5, 0.75, 0.6
    row = usual * height if proposed is None else min(max(proposed, low * height), high * height)
    standing = [t.height for t in things if t.place == "ground"]
    number = sum(counts) or len(things)
    away = min(max((number / 7) ** 0.5, 1.0), 1.6)
    if indoors:
        tallest = max(standing, default=0.8)
        if tallest <= 1.0 and any(t.place == "table" for t in things) and len(standing) <= 2:
            return _table_stage(canvas, row, tallest)
        # A wall of 2.4 m over its foot, seen by an eye at 1.5 m.
        horizon, camera = 0.375 * row, 1.5
    else:
        horizon = row - 0.03 * height
        camera = min(max(geometric_mean(standing), 0.7), 3.2) if standing else 2.0 / away
    stage = Stage(
        width=canvas.width, height=height, horizon=horizon, camera=away * camera, ground=row,
        indoors=indoors,
    )  # fmt: skip
    crowd = _crowd(stage, things, counts or (1,) * len(things))
    return replace(stage, camera=stage.camera * min(max(crowd, 1.0), _MOST_STEP_BACK))


def _crowd(stage: Stage, things: Sequence[Thing], counts: Sequence[int]) -> float:
    """How much too large things are, on one line, to stand side by side without hiding each other.

    What is taller than a room is left out: it stands behind the others.
    """
    near = np.array([stage.ground + 0.55 * (stage.height - stage.ground)])
    needed = sum(
        count * thing.aspect * float(stage.tall(thing, near)[0]) ** 2
        for thing, count in zip(things, counts, strict=True)
        if thing.place == "ground" and thing.height <= 2.6
    )
    free = _FREE_SHARE * stage.width * (stage.height - 0.6 * stage.ground)
    return (needed / free) ** 0.5


_FREE_SHARE = 0.33
"""Share of the canvas, its upper part aside, that things on the ground may fill."""
_MOST_STEP_BACK = 1.4


def _table_stage(canvas: Box, row: float, tall: float) -> Stage:
    """A table seen from close by: it takes nearly half of the canvas height."""
    horizon = 0.15 * canvas.height
    camera = tall * (0.85 * canvas.height - horizon) / (0.45 * canvas.height)
    return Stage(
        width=canvas.width, height=canvas.height, horizon=horizon, camera=camera,
        ground=max(row, 0.72 * canvas.height), indoors=True, least=0.1,
    )  # fmt: skip


def backdrop_boxes(
    labels: Sequence[str],
    stage: Stage,
    *,
    carrying: frozenset[str] = frozenset(),
    standing: bool = False,
) -> dict[str, Box]:
    """Where each background lies; together they reach every edge of the canvas they can.

    Sky and wall come down from the top, grounds go down to the bottom edge, far things stand on
    the horizon. Several grounds share the depth in the order of `labels`, far to near, water
    before land.

    Args:
        labels: Of all backgrounds, each once.
        carrying: Those on which a thing stands (a castle on a hill); they get room for it.
        standing: Whether most things stand on ground; then the sky ends there, named or not.
    """
    width, height, ground = stage.width, stage.height, round(stage.ground)
    roles = {label: role_of(label) for label in labels}
    flat = sorted((x for x in labels if roles[x] in _FLAT), key=lambda x: _FLAT.index(roles[x]))
    boxes: dict[str, Box] = {}
    for label, role in roles.items():
        if role in (Role.SKY, Role.WALL):
            ends = flat or standing or role is Role.WALL
            down = ground + _hidden(stage) if ends else height
            boxes[label] = Box(0, 0, width, down)
        elif role is Role.CEILING:
            boxes[label] = Box(0, 0, width, round(0.1 * height))
        elif role is Role.FAR:
            share = _FAR_HEIGHTS.get(label.split()[-1], 0.4)
            high = round(max(share, 0.45 if label in carrying else 0) * ground)
            deep = max(round(0.12 * height) if label in carrying else 0, _hidden(stage))
            boxes[label] = Box(
                0, ground - high, width, high + (deep if flat or standing else height - ground)
            )
    boxes |= _grounds(flat, roles, stage)
    if standing and flat and all(roles[label] is Role.WATER for label in flat):
        # Nobody named the bank that things stand on; it is left free, nearer than the water.
        bank = ground + round(0.4 * (height - ground))
        boxes |= {x: Box(0, boxes[x].y, width, max(bank - boxes[x].y, 1)) for x in flat}
    return boxes


def _hidden(stage: Stage) -> int:
    """How far the backgrounds behind a ground go on under it: past its lowest outline."""
    slack = _LAND_SLACK * (stage.height - stage.ground)
    return max(round(0.04 * stage.height), round(slack) + 3)


_LAND_SLACK, _FAR_SLACK, _CEILING_SLACK = 0.12, 0.6, 0.15
"""How far down from the top of its box a background's outline may run, as a share of its height."""
_FAR_HEIGHTS = {"mountain": 0.6, "hill": 0.34, "dune": 0.3, "forest": 0.42, "skyline": 0.5}


def _grounds(flat: Sequence[str], roles: dict[str, Role], stage: Stage) -> dict[str, Box]:
    """Bands of the ground, each reaching to the bottom edge under the nearer ones."""
    if not flat:
        return {}
    top, height, width = round(stage.ground), stage.height, stage.width
    boxes: dict[str, Box] = {}
    base = [x for x in flat if not crosses(x, flat)]
    row = top
    for index, label in enumerate(base):
        boxes[label] = Box(0, row, width, height - row)
        share = 0.45 if roles[label] is Role.WATER else 0.5
        row += round(share * (height - row)) if index + 1 < len(base) else 0
    for label in flat:
        if label in boxes:
            continue
        if label.endswith("path"):
            boxes[label] = Box(round(0.22 * width), top, round(0.56 * width), height - top)
        else:
            strip = round(0.3 * (height - top))
            boxes[label] = Box(0, top + round(0.38 * (height - top)), width, strip)
    return boxes


def crosses(label: str, labels: Iterable[str]) -> bool:
    """Whether it is a strip across another of these grounds (a path through grass)."""
    flat = {x for x in labels if role_of(x) in _FLAT}
    kinds = {role_of(x) for x in flat}
    if label.endswith("path") or label.endswith("river"):
        return bool(kinds & {Role.LAND}) and len(flat) > 1
    return label.endswith("road") and Role.LAND in kinds


def strip(label: str) -> bool:
    """Whether the shape of a background is its own (a winding path), not edge to edge."""
    return label.endswith("path")


def edges_of(label: str, box: Box, *, meets: tuple[str, ...] = ()) -> Edges:
    """How a background is carried on to the edges of the canvas.

    What lies below sky and wall has the outline; a wavy end of the sky would leave gaps over it.
    """
    role = role_of(label)
    down = role in (Role.SKY, Role.WALL, Role.CEILING)
    slack = {Role.FAR: _FAR_SLACK, Role.CEILING: _CEILING_SLACK}.get(role, _LAND_SLACK)
    return Edges(
        box=box, down=down, slack=0.0 if role in (Role.SKY, Role.WALL) else slack, meets=meets
    )


def regions(layout: Layout, backdrops: frozenset[str]) -> NDArray[np.int32]:
    """Which background lies at each pixel, as if nothing stood on it: index + 1, 0 = none."""
    out = np.zeros((layout.height, layout.width), np.int32)
    for index, layer in enumerate(layout.layers, 1):
        if layer.id in backdrops and layer.visible:
            out[layer.mask.on_canvas(layout.width, layout.height)] = index
    return out
