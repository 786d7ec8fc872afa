"""What of the things placed can be seen well enough to stay."""

from __future__ import annotations

import numpy as np

from engine.data.world_placing import Placed
from engine.layout.geometry import Box


def visible_enough(placed: list[Placed], width: int, height: int) -> list[Placed]:
    """The things of which at least 0.3 of what lies on the canvas shows, in depth order.

    What stands on a thing that goes, goes too.
    """
    order = sorted(placed, key=lambda p: p.depth)
    taken = np.zeros((height, width), bool)
    kept: list[Placed] = []
    gone: set[int] = set()
    for thing in reversed(order):
        box = thing.box.intersection(Box(0, 0, width, height))
        if box.is_empty:
            gone.add(id(thing))
            continue
        part = thing.cutout.mask[
            box.y - thing.box.y : box.bottom - thing.box.y,
            box.x - thing.box.x : box.right - thing.box.x,
        ]
        view = taken[box.y : box.bottom, box.x : box.right]
        whole, inside = np.count_nonzero(thing.cutout.mask), np.count_nonzero(part)
        shown = np.count_nonzero(part & ~view)
        if inside < 12 or inside < 0.45 * whole or shown < 0.3 * inside:
            gone.add(id(thing))
            continue
        view |= part
        kept.append(thing)
    kept.reverse()
    return [t for t in kept if t.parent is None or id(t.parent) not in gone]
