"""Taking an object out again: what lies behind it is drawn into its shape. Ours.

The paper only adds. The same blended diffusion takes away, with a mask that does not evolve and
the background's name for a prompt.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from engine.click2mask.morphology import dilated
from engine.click2mask.request import ClickRequest
from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.segment.names import caption_of
from engine.smartmask.backgrounds import is_background

MARGIN = 0.02
"""Of the longest side, by which an object's shape is widened: its rim is never hit exactly."""


def removal(layout: Layout, common: ClickRequest) -> tuple[ClickRequest, Layout]:
    """The request that removes the things under a request's clicks, and the layout without them.

    Args:
        layout: The photo's layers.
        common: An empty prompt stands for the background that most of the shape lies on.

    Raises:
        InputError: Under a click there is no thing; or no background, and no prompt instead.
    """
    gone = {_thing_at(layout, click).id for click in common.clicks}
    shape = kept = EMPTY_MASK
    for layer in reversed(layout.layers):
        if is_background(layer.label) or not layer.visible:
            continue
        if layer.id in gone:
            shape = shape.union(layer.mask.minus(kept))
        else:
            kept = kept.union(layer.mask.minus(shape))
    canvas = layout.canvas
    wide = dilated(
        shape.on_canvas(canvas.width, canvas.height), MARGIN * max(canvas.width, canvas.height)
    )
    request = replace(
        common,
        prompt=common.prompt or _background(layout, shape),
        shape=Mask.from_array(wide),
        in_front=None if kept.is_empty else kept,
    )
    left = tuple(x for x in layout.layers if x.id not in gone)
    # The caption names what was there; drawn from, it would bring the object back.
    return request, replace(layout, layers=left, caption=caption_of([x.label for x in left]))


def _thing_at(layout: Layout, click: tuple[int, int]) -> Layer:
    """The nearest layer at a pixel (x, y)."""
    pixel = Mask.filled(Box(*click, 1, 1))
    seen = [x for x in layout.layers if x.visible and x.mask.overlap(pixel)]
    if seen and not is_background(seen[-1].label):
        return seen[-1]
    what = f"only {seen[-1].label}" if seen else "nothing that the pack's segmenter knows"
    raise InputError(
        f"There is no object to remove at {click[0]},{click[1]}, {what}: click on an object."
    )


def _background(layout: Layout, shape: Mask) -> str:
    found: Counter[str] = Counter()
    for layer in layout.layers:
        if is_background(layer.label):
            found[layer.label] += layer.mask.overlap(shape)
    label = max(found, key=lambda name: found[name], default="")
    if not found[label]:
        raise InputError(
            "The photo's background is not known there: say with the prompt what shall be seen "
            "instead of the object."
        )
    return label
