"""Filling the slots of a cast: groups on the ground, rows, things in the sky and on walls."""

from __future__ import annotations

import numpy as np

from engine.data import world
from engine.data.artwork import Sprite
from engine.data.world import ObjectClass
from engine.data.world_kinds import Slot
from engine.data.world_placing import TRIES, Placed, Placer
from engine.data.world_sprites import sprite_aspect
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray


def fill_slot(placer: Placer, slot: Slot) -> None:
    rng = placer.rng
    if rng.random() >= slot.chance:
        return
    count = rng.randint(*slot.count)
    if slot.area in ("sky", "air"):
        _floating(placer, slot, count)
    elif slot.area in ("wall", "ceiling"):
        _hanging(placer, slot, count)
    elif slot.row:
        _row(placer, slot, count)
    else:
        _standing(placer, slot, count)


def _rows_for(placer: Placer, area: BoolArray, zone: tuple[float, float]) -> tuple[float, float]:
    rows = np.flatnonzero(area.any(axis=1))
    top, bottom = float(rows[0]), float(rows[-1])
    return top + (bottom - top) * zone[0], top + (bottom - top) * zone[1]


def _foot_row(
    placer: Placer, low: float, high: float, metres: float, share: tuple[float, float]
) -> float:
    """A row in low..high at which the thing has a wanted height, as far as there is one."""
    stage = placer.stage
    per_row = stage.camera / metres * placer.unit
    nearest, farthest = stage.horizon + share[1] * per_row, stage.horizon + share[0] * per_row
    a, b = max(low, min(farthest, high)), min(high, max(nearest, low))
    row = placer.rng.uniform(min(a, b), max(a, b))
    if high > 0.8 * stage.height:  # what may come near, rather does: it is the subject
        row = max(row, placer.rng.uniform(min(a, b), max(a, b)))
    return row


def _standing(placer: Placer, slot: Slot, count: int) -> None:
    area = placer.area(slot.area)
    if area is None or not area.any():
        return
    low, high = _rows_for(placer, area, slot.zone)
    kind = placer.choose(slot.groups)
    last: Placed | None = None
    for number in range(count):
        if placer.full or kind is None:
            return
        anchor = placer.focus if slot.near or last is None else last.centre
        row = placer.focus_row if slot.near else (last.base if last else None)
        spread = 0.22 if slot.near else (0.3 if last else 0.22)
        if slot.zone[1] <= 0.5 and not slot.same and not slot.near:
            anchor, row = None, None
        placed = _try_standing(placer, kind, area, slot, (low, high), anchor, row, spread)
        if placed is not None:
            last = placed
            if slot.zone[1] > 0.5 and placer.focus_row is None:
                placer.focus, placer.focus_row = placed.centre, placed.base
        if number + 1 < count and (not slot.same or kind.name in world.ONLY_ONE):
            kind = placer.choose(slot.groups)


def _try_standing(
    placer: Placer,
    kind: ObjectClass,
    area: BoolArray,
    slot: Slot,
    rows: tuple[float, float],
    anchor: float | None,
    row: float | None,
    spread: float,
) -> Placed | None:
    rng, stage = placer.rng, placer.stage
    sprite = placer.sprite_for(kind)
    if sprite is None:
        return None
    metres, aspect = placer.metres(kind, sprite), sprite_aspect(sprite)
    for attempt in range(TRIES):
        base = _foot_row(placer, *rows, metres, slot.share)
        if row is not None and attempt < TRIES // 2:
            base = min(max(row + rng.gauss(0, 0.05) * stage.height, rows[0]), rows[1])
        height = metres * stage.scale(base)
        # Too large or small things are drawn in: an illustrator would not leave them out.
        wanted = min(max(height, slot.share[0] * placer.unit), slot.share[1] * placer.unit)
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
        if not placer.carries(area, x, base, width):
            continue
        if placer.crowded(x, base, width, height, kind):
            continue
        return placer.put(kind, sprite, x, base, width, height, slot.area)
    return None


def _row(placer: Placer, slot: Slot, count: int) -> None:
    """Things side by side: houses along a street, a fence's pieces, stalls."""
    area = placer.area(slot.area)
    if area is None or not area.any():
        return
    rng, stage = placer.rng, placer.stage
    low, high = _rows_for(placer, area, slot.zone)
    base = rng.uniform(low, high)
    kind = placer.choose(slot.groups)
    sprite = placer.sprite_for(kind) if kind else None
    gap = rng.uniform(-0.01, 0.05) * stage.width if not slot.same else 0.0
    x = rng.uniform(-0.08, 0.25) * stage.width
    for _ in range(count):
        if kind is None or sprite is None or placer.full:
            return
        metres = placer.metres(kind, sprite)
        height = metres * stage.scale(base)
        height = min(max(height, slot.share[0] * placer.unit), slot.share[1] * placer.unit)
        width = height * sprite_aspect(sprite)
        centre = x + width / 2
        if centre > stage.width:
            return
        foot = base + (0 if slot.same else rng.uniform(-0.01, 0.01) * stage.height)
        if placer.carries(area, centre, foot, width * 0.5) and not placer.crowded(
            centre, foot, width, height, kind
        ):
            placer.put(
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
            kind = placer.choose(slot.groups)
            sprite = placer.sprite_for(kind) if kind else None


def _floating(placer: Placer, slot: Slot, count: int) -> None:
    """Things in the sky (sized by the canvas) or in the air and under water (in metres)."""
    free = placer.stage.sky
    if free is None or free.height < 8:
        return
    kind = placer.choose(slot.groups)
    for number in range(count):
        if kind is None or placer.full:
            return
        sprite = placer.sprite_for(kind)
        if sprite is not None:
            _float(placer, slot, kind, sprite, free)
        if number + 1 < count and (not slot.same or kind.name in world.ONLY_ONE):
            kind = placer.choose(slot.groups)


def _float(placer: Placer, slot: Slot, kind: ObjectClass, sprite: Sprite, free: Box) -> None:
    rng, stage = placer.rng, placer.stage
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
        if slot.area == "air" and stage.areas.get("ground") is not None and kind.group == "flyers":
            top = rng.uniform(0.25, 0.7) * stage.height - height / 2
        x = rng.uniform(0.06, 0.94) * stage.width
        base = top + height
        if placer.crowded(x, base, width, height, kind):
            continue
        turn = rng.uniform(-12, 12) if kind.place == "air" else 0.0
        depth = -1000 + top if kind.place == "sky" else base + 0.1 * stage.height
        if kind.group in ("clouds", "sun", "moon", "stars"):
            depth -= 1000
        if kind.group == "clouds":
            depth += 500
        placer.put(
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


def _hanging(placer: Placer, slot: Slot, count: int) -> None:
    """Things on the wall at their usual height, lamps under the ceiling."""
    rng, stage = placer.rng, placer.stage
    wall = stage.wall
    if wall is None or wall.height < 20:
        return
    for _ in range(count):
        kind = placer.choose(slot.groups)
        sprite = placer.sprite_for(kind) if kind else None
        if kind is None or sprite is None or placer.full:
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
            if not placer.crowded(x, base, width, height, kind):
                placer.put(
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
