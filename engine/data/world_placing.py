"""Placing: puts single things on a stage, to scale, on what carries them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from engine.data import world
from engine.data.artwork import Split, Sprite
from engine.data.world import ObjectClass
from engine.data.world_kinds import SceneKind
from engine.data.world_sprites import Cutout, cut_out, drawable, pick_sprite, sprite_aspect
from engine.data.world_stages import Stage
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray

TRIES = 14
HUNG = frozenset({"wall", "ceiling", "sky"})
MAX_COVERED = 0.5
"""Share of a thing's box that one nearer thing may cover."""


@dataclass(slots=True)
class Placed:
    """One thing in its place.

    Attributes:
        box: Of the cut-out on the canvas; may leave it.
        base: Row of its foot.
        depth: Sort key, farthest first.
        support: Name of the area, or of the thing, that carries it.
        parent: The thing it stands on, if it stands on one.
    """

    kind: ObjectClass
    sprite: Sprite
    cutout: Cutout
    box: Box
    base: float
    depth: float
    support: str
    parent: Placed | None = None
    flip: bool = False

    @property
    def centre(self) -> float:
        return self.box.x + self.box.width / 2

    @property
    def faces(self) -> str:
        """Where it looks on the canvas."""
        if not self.flip or self.sprite.faces == "front":
            return self.sprite.faces
        return "right" if self.sprite.faces == "left" else "left"


class Placer:
    """Fills one stage. All choices come from `rng`, in one fixed order."""

    def __init__(
        self,
        rng: Random,
        stage: Stage,
        kind: SceneKind,
        *,
        style: str,
        split: Split,
        colour: bool,
        limit: int,
    ) -> None:
        self.rng, self.stage, self.kind = rng, stage, kind
        self.style, self.colour, self.limit = style, colour, limit
        self.split: Split = split
        self.placed: list[Placed] = []
        self.focus = stage.width * rng.choice((1 / 3, 1 / 2, 2 / 3)) + rng.uniform(-0.05, 0.05)
        self.focus_row: float | None = None
        self.indoors = stage.wall is not None
        self.unit = min(stage.height, 1.15 * stage.width)
        banned = set(world.WATER_POSES | world.SNOW_POSES)
        if self.indoors:
            banned |= world.ACTIVE_POSES
        self.banned = frozenset(banned)

    @property
    def full(self) -> bool:
        return len(self.placed) >= self.limit

    # -- choosing -----------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        return any(thing.kind.name == name for thing in self.placed)

    def choose(self, groups: str) -> ObjectClass | None:
        """A class of one of the groups (`/` between them) that the split can draw."""
        names = groups.split("/")
        can = drawable(self.split)
        for _ in range(4):
            members = world.groups()[self.rng.choice(names)]
            known = [
                m
                for m in members
                if (m.name in can or m.name in world.DRAWN_AS)
                and not (m.name in world.ONLY_ONE and self.has(m.name))
            ]
            if known:
                return self.rng.choice(known)
        return None

    def sprite_for(self, kind: ObjectClass) -> Sprite | None:
        poses = None
        if kind.group == "water people":
            poses = world.WATER_POSES
        elif kind.group == "winter people" and self.rng.random() < 0.4:
            poses = world.SNOW_POSES
        elif kind.group == "flyers" and kind.name in ("dove", "eagle", "bat"):
            poses = frozenset({"flying"})
        elif kind.group == "children" and self.rng.random() < 0.3:
            poses = frozenset({"running", "walking", "jumping"})
        pick = pick_sprite(
            self.rng, kind.name, style=self.style, split=self.split, poses=poses, banned=self.banned
        )
        if pick is None and poses not in (None, world.WATER_POSES):
            pick = pick_sprite(
                self.rng, kind.name, style=self.style, split=self.split, banned=self.banned
            )
        return pick

    def metres(self, kind: ObjectClass, sprite: Sprite) -> float:
        table = world.POSE_HEIGHT if kind.ade == "person" else world.ANIMAL_POSE_HEIGHT
        return kind.height * table.get(sprite.pose, 1.0) * self.rng.uniform(0.92, 1.08)

    def area(self, name: str) -> BoolArray | None:
        return self.stage.areas.get(name)

    def carries(self, area: BoolArray, x: float, base: float, width: float) -> bool:
        h, w = area.shape
        row = min(max(int(base) - 1, 0), h - 1)
        for dx in (-0.28, 0.0, 0.28):
            column = int(x + dx * width)
            if 0 <= column < w and not area[row, column]:
                return False
        return 0 <= int(x) < w

    def crowded(
        self, x: float, base: float, width: float, height: float, kind: ObjectClass
    ) -> bool:
        """Whether the thing would hide, or be hidden by, too much of another."""
        left, top = x - width / 2, base - height
        for other in self.placed:
            box = other.box
            common_w = min(left + width, box.right) - max(left, box.x)
            common_h = min(base, box.bottom) - max(top, box.y)
            if common_w <= 0 or common_h <= 0:
                continue
            common = common_w * common_h
            far = width * height if base < other.base else box.area
            allowed = MAX_COVERED
            if abs(base - other.base) < 0.03 * self.stage.height:
                allowed = 0.16 if kind.name != other.kind.name else 0.22
            if (kind.place in HUNG) != (other.kind.place in HUNG):
                allowed = 0.62  # a lamp before a window, a tree before a cloud
            elif kind.place in HUNG and other.kind.place != "sky":
                allowed = 0.02  # pictures and windows hang side by side
            if "rug" in (kind.name, other.kind.name):
                allowed = 0.9
            if common > allowed * max(far, 1):
                return True
            whole = common > 0.8 * min(width * height, max(box.area, 1))
            if whole and base < other.base and "rug" not in (kind.name, other.kind.name):
                return True
        return False

    def hang(self, groups: str, *, x: float, bottom: float, depth: float) -> Placed | None:
        """One thing on the wall, its lower edge at row `bottom`."""
        wall = self.stage.wall
        kind = self.choose(groups)
        sprite = self.sprite_for(kind) if kind else None
        if wall is None or kind is None or sprite is None or self.full:
            return None
        height = kind.height * self.stage.scale(wall.bottom)
        if bottom - height < wall.y:
            return None
        return self.put(
            kind,
            sprite,
            x,
            bottom,
            height * sprite_aspect(sprite),
            height,
            "wall",
            depth=depth,
            flip=False,
        )

    def put(
        self,
        kind: ObjectClass,
        sprite: Sprite,
        x: float,
        base: float,
        width: float,
        height: float,
        support: str,
        *,
        parent: Placed | None = None,
        depth: float | None = None,
        turn: float = 0.0,
        flip: bool | None = None,
    ) -> Placed:
        rng = self.rng
        stretch = rng.uniform(0.94, 1.06)
        if flip is None:
            flip = rng.random() < 0.5
            if sprite.faces in ("left", "right") and not 0.2 < x / self.stage.width < 0.8:
                # Whoever is at the edge looks into the scene.
                inward = "right" if x < self.stage.width / 2 else "left"
                flip = sprite.faces != inward if rng.random() < 0.75 else flip
        cutout = cut_out(
            sprite,
            width=max(width * stretch, 2),
            height=max(height, 2),
            flip=flip,
            turn=turn,
            colour=self.colour,
        )
        h, w = cutout.mask.shape
        box = Box(round(x - w / 2), round(base) - h, w, h)
        placed = Placed(
            kind, sprite, cutout, box, base, base if depth is None else depth, support, parent, flip
        )
        self.placed.append(placed)
        return placed

    # -- on, beside and behind other things ---------------------------------------------------

    def stand(
        self,
        groups: str,
        *,
        x: float,
        base: float,
        metres: float | None = None,
        support: str = "ground",
        flip: bool | None = None,
        depth: float | None = None,
        check: bool = True,
        left: bool = False,
    ) -> Placed | None:
        """One thing at a given foot point, to scale; `x` is its middle, or its left edge."""
        if self.full:
            return None
        kind = self.choose(groups)
        sprite = self.sprite_for(kind) if kind else None
        if kind is None or sprite is None:
            return None
        height = (metres or self.metres(kind, sprite)) * self.stage.scale(base)
        width = height * sprite_aspect(sprite)
        if width > 0.75 * self.stage.width:
            height, width = height * 0.75 * self.stage.width / width, 0.75 * self.stage.width
        if left:
            x += width / 2
        area = self.area("ground")
        for attempt in range(8 if check else 1):
            shift = self.rng.uniform(-0.06, 0.06) * attempt * self.stage.width if check else 0.0
            if not 0 <= x + shift < self.stage.width:
                continue
            if area is not None and not self.carries(area, x + shift, base, width * 0.8):
                continue
            if check and self.crowded(x + shift, base, width, height, kind):
                continue
            return self.put(
                kind, sprite, x + shift, base, width, height, support, flip=flip, depth=depth
            )
        return None

    def stack(self, parent: Placed, groups: str, count: int) -> list[Placed]:
        """Things on top of `parent`, side by side, standing on its own silhouette."""
        rng = self.rng
        mask = parent.cutout.mask
        found: list[Placed] = []
        if count < 1:
            return found
        step = parent.box.width * 0.86 / count
        scale = self.stage.scale(parent.base)
        for number in range(count):
            kind = self.choose(groups)
            sprite = self.sprite_for(kind) if kind else None
            if kind is None or sprite is None or self.full:
                continue
            height = max(kind.height * rng.uniform(0.9, 1.15) * scale, 7.0)
            width = height * sprite_aspect(sprite)
            if width > step * 1.25:
                shrink = step * 1.25 / width
                if shrink < 0.6:
                    continue
                height, width = height * shrink, width * shrink
            x = parent.box.x + parent.box.width * 0.07 + step * (number + rng.uniform(0.35, 0.65))
            column = int(x) - parent.box.x
            if not 0 <= column < parent.box.width:
                continue
            covered = np.flatnonzero(mask[:, column])
            if covered.size == 0 or covered[0] > 0.5 * parent.box.height:
                continue
            base = parent.box.y + int(covered[0]) + max(2.0, 0.035 * parent.box.height)
            found.append(
                self.put(
                    kind,
                    sprite,
                    x,
                    base,
                    width,
                    height,
                    parent.kind.name,
                    parent=parent,
                    depth=parent.depth + 0.5 + 0.01 * number,
                )
            )
        return found
