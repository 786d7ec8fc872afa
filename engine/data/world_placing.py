"""Placing: puts one thing after another on a stage, to scale, on what carries it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from engine.data import world
from engine.data.artwork import Split, Sprite
from engine.data.world import ObjectClass
from engine.data.world_kinds import SceneKind, Slot
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

    def choose(self, groups: str) -> ObjectClass | None:
        """A class of one of the groups (`/` between them) that the split can draw."""
        names = groups.split("/")
        can = drawable(self.split)
        for _ in range(4):
            members = world.groups()[self.rng.choice(names)]
            known = [m for m in members if m.name in can or m.name in world.DRAWN_AS]
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

    # -- placing ------------------------------------------------------------------------------

    def slot(self, slot: Slot) -> None:
        rng = self.rng
        if rng.random() >= slot.chance:
            return
        count = rng.randint(*slot.count)
        if slot.area in ("sky", "air"):
            self._floating(slot, count)
        elif slot.area in ("wall", "ceiling"):
            self._hanging(slot, count)
        elif slot.row:
            self._row(slot, count)
        else:
            self._standing(slot, count)

    def _area(self, name: str) -> BoolArray | None:
        return self.stage.areas.get(name)

    def _rows_for(self, area: BoolArray, zone: tuple[float, float]) -> tuple[float, float]:
        rows = np.flatnonzero(area.any(axis=1))
        top, bottom = float(rows[0]), float(rows[-1])
        return top + (bottom - top) * zone[0], top + (bottom - top) * zone[1]

    def _foot_row(
        self, low: float, high: float, metres: float, share: tuple[float, float]
    ) -> float:
        """A row in low..high at which the thing has a wanted height, as far as there is one."""
        stage = self.stage
        per_row = stage.camera / metres * self.unit
        nearest, farthest = stage.horizon + share[1] * per_row, stage.horizon + share[0] * per_row
        a, b = max(low, min(farthest, high)), min(high, max(nearest, low))
        row = self.rng.uniform(min(a, b), max(a, b))
        if high > 0.8 * stage.height:  # what may come near, rather does: it is the subject
            row = max(row, self.rng.uniform(min(a, b), max(a, b)))
        return row

    def _standing(self, slot: Slot, count: int) -> None:
        area = self._area(slot.area)
        if area is None or not area.any():
            return
        low, high = self._rows_for(area, slot.zone)
        kind = self.choose(slot.groups)
        last: Placed | None = None
        for number in range(count):
            if self.full or kind is None:
                return
            anchor = self.focus if slot.near or last is None else last.centre
            row = self.focus_row if slot.near else (last.base if last else None)
            spread = 0.22 if slot.near else (0.3 if last else 0.22)
            if slot.zone[1] <= 0.5 and not slot.same and not slot.near:
                anchor, row = None, None
            placed = self._try_standing(kind, area, slot, (low, high), anchor, row, spread)
            if placed is not None:
                last = placed
                if slot.zone[1] > 0.5 and self.focus_row is None:
                    self.focus, self.focus_row = placed.centre, placed.base
            if not slot.same and number + 1 < count:
                kind = self.choose(slot.groups)

    def _try_standing(
        self,
        kind: ObjectClass,
        area: BoolArray,
        slot: Slot,
        rows: tuple[float, float],
        anchor: float | None,
        row: float | None,
        spread: float,
    ) -> Placed | None:
        rng, stage = self.rng, self.stage
        sprite = self.sprite_for(kind)
        if sprite is None:
            return None
        metres, aspect = self.metres(kind, sprite), sprite_aspect(sprite)
        for attempt in range(TRIES):
            base = self._foot_row(*rows, metres, slot.share)
            if row is not None and attempt < TRIES // 2:
                base = min(max(row + rng.gauss(0, 0.05) * stage.height, rows[0]), rows[1])
            height = metres * stage.scale(base)
            # Too large or small things are drawn in: an illustrator would not leave them out.
            wanted = min(max(height, slot.share[0] * self.unit), slot.share[1] * self.unit)
            if not 0.5 <= wanted / max(height, 1e-6) <= 1.9:
                continue
            height, width = wanted, wanted * aspect
            if width > 0.8 * stage.width or max(width, height) < 9:
                continue
            if anchor is None or attempt > TRIES * 0.7:
                x = rng.uniform(0.02, 0.98) * stage.width
            else:
                x = anchor + rng.gauss(0, spread * (1 + attempt * 0.12)) * stage.width
            x = min(max(x, -0.05 * stage.width), 1.05 * stage.width)
            if width < 0.6 * stage.width and rng.random() < 0.85:
                x = min(max(x, width * 0.5), stage.width - width * 0.5)
            if not self._carries(area, x, base, width):
                continue
            if self._crowded(x, base, width, height, kind):
                continue
            return self._put(kind, sprite, x, base, width, height, slot.area)
        return None

    def _carries(self, area: BoolArray, x: float, base: float, width: float) -> bool:
        h, w = area.shape
        row = min(max(int(base) - 1, 0), h - 1)
        for dx in (-0.28, 0.0, 0.28):
            column = int(x + dx * width)
            if 0 <= column < w and not area[row, column]:
                return False
        return 0 <= int(x) < w

    def _crowded(
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
        return self._put(
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

    def _put(
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

    def _row(self, slot: Slot, count: int) -> None:
        """Things side by side: houses along a street, a fence's pieces, stalls."""
        area = self._area(slot.area)
        if area is None or not area.any():
            return
        rng, stage = self.rng, self.stage
        low, high = self._rows_for(area, slot.zone)
        base = rng.uniform(low, high)
        kind = self.choose(slot.groups)
        sprite = self.sprite_for(kind) if kind else None
        gap = rng.uniform(-0.01, 0.05) * stage.width if not slot.same else 0.0
        x = rng.uniform(-0.08, 0.25) * stage.width
        for _ in range(count):
            if kind is None or sprite is None or self.full:
                return
            metres = self.metres(kind, sprite)
            height = metres * stage.scale(base)
            height = min(max(height, slot.share[0] * self.unit), slot.share[1] * self.unit)
            width = height * sprite_aspect(sprite)
            centre = x + width / 2
            if centre > stage.width:
                return
            foot = base + (0 if slot.same else rng.uniform(-0.01, 0.01) * stage.height)
            if self._carries(area, centre, foot, width * 0.5) and not self._crowded(
                centre, foot, width, height, kind
            ):
                self._put(
                    kind,
                    sprite,
                    centre,
                    foot,
                    width,
                    height,
                    slot.area,
                    flip=False if slot.same else None,
                )
            x += width + gap
            if not slot.same:
                kind = self.choose(slot.groups)
                sprite = self.sprite_for(kind) if kind else None

    def _floating(self, slot: Slot, count: int) -> None:
        """Things in the sky (sized by the canvas) or in the air and under water (in metres)."""
        free = self.stage.sky
        if free is None or free.height < 8:
            return
        kind = self.choose(slot.groups)
        for number in range(count):
            if kind is None or self.full:
                return
            sprite = self.sprite_for(kind)
            if sprite is not None:
                self._float(slot, kind, sprite, free)
            if not slot.same and number + 1 < count:
                kind = self.choose(slot.groups)

    def _float(self, slot: Slot, kind: ObjectClass, sprite: Sprite, free: Box) -> None:
        rng, stage = self.rng, self.stage
        aspect = sprite_aspect(sprite)
        for _ in range(TRIES // 2):
            if kind.place == "sky":
                height = kind.height * rng.uniform(0.75, 1.4) * min(stage.height, stage.width)
            else:
                share = (max(slot.share[0], 0.05), min(slot.share[1], 0.3))
                height = min(max(kind.height * rng.uniform(0.1, 0.35), share[0]), share[1])
                height *= stage.height
            width = height * aspect
            if width > 0.5 * stage.width:
                height *= 0.5 * stage.width / width
                width = 0.5 * stage.width
            if max(height, width) < 7:
                continue
            top = rng.uniform(0.03, 0.85) * max(free.height - height, 1)
            if (
                slot.area == "air"
                and stage.areas.get("ground") is not None
                and kind.group == "flyers"
            ):
                top = rng.uniform(0.25, 0.7) * stage.height - height / 2
            x = rng.uniform(0.06, 0.94) * stage.width
            base = top + height
            if self._crowded(x, base, width, height, kind):
                continue
            turn = rng.uniform(-12, 12) if kind.place == "air" else 0.0
            depth = -1000 + top if kind.place == "sky" else base + 0.1 * stage.height
            if kind.group in ("clouds", "sun", "moon", "stars"):
                depth -= 1000
            if kind.group == "clouds":
                depth += 500
            self._put(
                kind,
                sprite,
                x,
                base,
                width,
                height,
                "sky" if kind.place == "sky" else "air",
                depth=depth,
                turn=turn,
            )
            return

    def _hanging(self, slot: Slot, count: int) -> None:
        """Things on the wall at their usual height, lamps under the ceiling."""
        rng, stage = self.rng, self.stage
        wall = stage.wall
        if wall is None or wall.height < 20:
            return
        for _ in range(count):
            kind = self.choose(slot.groups)
            sprite = self.sprite_for(kind) if kind else None
            if kind is None or sprite is None or self.full:
                continue
            scale = stage.scale(wall.bottom)
            height = kind.height * rng.uniform(0.85, 1.2) * scale
            height = min(height, wall.height * 0.8)
            width = height * sprite_aspect(sprite)
            for _ in range(TRIES):
                x = rng.uniform(0.08, 0.92) * stage.width
                middle = wall.bottom - rng.uniform(1.45, 1.75) * scale
                base = middle + height / 2
                if kind.name == "curtain":
                    base = wall.bottom - 0.05 * scale
                if slot.area == "ceiling":
                    base = wall.y + height
                elif base - height < wall.y + 2:
                    base = wall.y + 2 + height
                if base > wall.bottom - 2 or width > 0.6 * stage.width:
                    break
                if not self._crowded(x, base, width, height, kind):
                    self._put(
                        kind,
                        sprite,
                        x,
                        base,
                        width,
                        height,
                        slot.area,
                        depth=-400 if slot.area == "wall" else 5000,
                        flip=False,
                    )
                    break

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
        area = self._area("ground")
        for attempt in range(8 if check else 1):
            shift = self.rng.uniform(-0.06, 0.06) * attempt * self.stage.width if check else 0.0
            if not 0 <= x + shift < self.stage.width:
                continue
            if area is not None and not self._carries(area, x + shift, base, width * 0.8):
                continue
            if check and self._crowded(x + shift, base, width, height, kind):
                continue
            return self._put(
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
                self._put(
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
