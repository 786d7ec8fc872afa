"""What would be hidden: of the things that are there, and of a new one, pixel by pixel.

A thing loses what all others together hide of it. Counted box against box, three neighbours that
each take a fifth would go unseen, and the empty corners of boxes would count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.design.candidates import carriers_of, piled_with
from engine.design.relations import Boxes, Values, over
from engine.design.state import State
from engine.layout.mask import Mask
from planner.scene import Instance
from planner.scene import RelationKind as Kind

FILLED = 0.7
"""Share of its box that a thing fills."""
FREE, ASKED, OWN = (0.12, 0.45), (0.3, 0.65), (0.55, 0.85)
"""Hidden shares of a thing: what is still well, and what is as good as gone; of strangers, where
a relation puts the one before the other, and of what carries or holds the other."""


@dataclass(frozen=True, slots=True)
class View:
    """A layer on the canvas.

    Attributes:
        pixels: All of it, bool (height, width).
        sums: Integral (height + 1, width + 1) of what can be seen of it.
        area: Number of its pixels.
    """

    pixels: NDArray[np.bool_]
    sums: NDArray[np.int32]
    area: int

    @property
    def seen(self) -> int:
        return int(self.sums[-1, -1])

    def within(self, boxes: Boxes) -> Values:
        """Visible pixels inside boxes (K, 4)."""
        height, width = self.pixels.shape
        edges = np.rint(boxes).astype(int)
        left, right = (np.clip(edges[:, at], 0, width) for at in (0, 2))
        top, bottom = (np.clip(edges[:, at], 0, height) for at in (1, 3))
        sums = self.sums
        found = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return found.astype(np.float64)


def views(state: State) -> dict[str, View]:
    """Of all visible layers, by id; read off a layout once."""
    import cv2

    layout = state.layout
    if not state.views and layout.layers:
        covered = np.zeros((layout.height, layout.width), bool)
        for layer in reversed(layout.layers):
            if layer.visible:
                own = layer.mask.on_canvas(layout.width, layout.height)
                sums = cv2.integral((own & ~covered).astype(np.uint8))
                state.views[layer.id] = View(own, sums.astype(np.int32), int(own.sum()))
                covered |= own
    return state.views


def limits(state: State, instance: Instance, element: str | None) -> tuple[float, float]:
    """How much of each other an instance and a thing of `element` may hide."""
    plan = state.plan
    if element is None or element not in plan.things:
        return FREE
    carried = {plan.supports.get(element), plan.supports.get(instance.element)}
    if carried & {element, instance.element} or element in piled_with(state, instance):
        return OWN
    pair = {element, instance.element}
    for relation in plan.relations(instance.element):
        if {relation.subject, *relation.references} >= pair and len(pair) == 2:
            if relation.kind is Kind.INSIDE:
                return OWN
            if relation.kind in (Kind.IN_FRONT_OF, Kind.BEHIND, Kind.HELD_BY):
                return ASKED
    return FREE


def box_part(state: State, instance: Instance, boxes: Boxes, depth: Values) -> Values:
    """1 where boxes (K, 4), each at its depth, hide nothing and are not hidden; 0 at the worst."""
    own_area = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    family = set(carriers_of(state, instance))
    hidden, result = np.zeros(len(boxes)), np.ones(len(boxes))
    low, high = FREE
    for layer in state.others():
        element = state.element_of(layer.id)
        if state.placed.get(instance) == layer.id or layer.id in family or not layer.visible:
            continue
        known, (less, most) = views(state)[layer.id], limits(state, instance, element)
        if (less, most) == OWN:
            continue
        crossing = known.within(boxes)
        row_depth = state.depths.get(layer.id, float(state.row(layer.id)[3]))
        nearer = depth >= row_depth
        hidden += np.where(nearer, 0.0, crossing / own_area)
        if (less, most) == ASKED:
            low, high = ASKED
        before = 1 - known.seen / max(known.area, 1)
        lost = FILLED * crossing / max(known.area, 1)
        after = np.where(lost > 0.01, np.minimum(before, less) + lost, 0.0)
        result = result * np.where(nearer, 1 - over(after, less, most), 1.0)
    return result * (1 - over(hidden, low, high))


def mask_part(state: State, instance: Instance, mask: Mask, index: int) -> Values:
    """The same of a mask that is to be layer number `index`, (1,)."""
    layout, known = state.layout, views(state)
    box = mask.box.intersection(layout.canvas)
    if box.is_empty:
        return np.ones(1)
    window = (slice(box.y, box.bottom), slice(box.x, box.right))
    own = mask.on_canvas(layout.width, layout.height)[window]
    above, over_own = np.zeros_like(own), np.zeros_like(own)
    worst, limit = 1.0, FREE
    for position in range(len(layout.layers) - 1, -1, -1):
        layer = layout.layers[position]
        if not layer.visible:
            continue
        other = known[layer.id].pixels[window]
        both = other & own
        if position >= index:
            over_own |= both
        if layer.id in state.backdrops:
            continue
        if both.any():
            allowed = limits(state, instance, state.element_of(layer.id))
            if position >= index:
                limit = max(limit, allowed)
            else:
                area = max(known[layer.id].area, 1)
                before = 1 - known[layer.id].seen / area
                lost = int((both & ~above).sum()) / area
                after = np.array(min(before, allowed[0]) + lost)
                worst = min(worst, 1 - float(over(after, *allowed)))
        above |= other
    hidden = np.array(int(over_own.sum()) / max(int(own.sum()), 1))
    return np.array([min(worst, 1 - float(over(hidden, *limit)))])
