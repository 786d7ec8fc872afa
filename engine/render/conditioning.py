"""The picture that the seg ControlNet sees: the layout's semantic map in exact ADE20K colours.

It is the layout's one map, sampled (never blended) at the size of the picture. The palette is not
injective - road and skyscraper share (140, 140, 140) - so a colour is never decoded back into a
class: what belongs to which layer is asked of the id map of the same size.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.layout.compositing import compose_sampled
from engine.layout.labels import ade_class_of
from engine.layout.layer import NO_ADE_CLASS
from engine.layout.layout import Layout
from engine.layout.palette import class_map_table, display_colours
from engine.layout.semantic import class_map

Size = tuple[int, int]
LEAST_SIDE = 16
"""Px; two latents of Stable Diffusion, and the least that ComfyUI draws."""


def picture_size(layout: Layout, *, longest: int, multiple: int) -> Size:
    """(width, height) of the picture of a canvas: longest side as near as can be to `longest`.

    Both sides are multiples of `multiple` and at least LEAST_SIDE; the aspect is kept to within one
    multiple as far as that goes.
    """
    scale = longest / max(layout.width, layout.height)
    least = -(-LEAST_SIDE // multiple) * multiple
    width, height = (
        max(least, round(side * scale / multiple) * multiple)
        for side in (layout.width, layout.height)
    )
    return width, height


def conditioning(layout: Layout, size: Size) -> NDArray[np.uint8]:
    """The semantic map in ADE20K colours, RGB uint8 (height, width, 3); black where nothing lies.

    A layer without ADE class takes the class its label comes nearest to.
    """
    return class_map_table(display_colours())[class_map(classed(layout), size=size)]


def ids_at(layout: Layout, size: Size) -> NDArray[np.integer]:
    """The id map of the same pixels: 0 = nothing, else position in depth order from 1."""
    return compose_sampled(layout, size=size)


def classed(layout: Layout) -> Layout:
    """The layout with a class for every layer, looked up by its label where it has none."""
    layers = tuple(
        layer
        if layer.ade_class != NO_ADE_CLASS
        else replace(layer, ade_class=ade_class_of(layer.label).ade_class)
        for layer in layout.layers
    )
    return replace(layout, layers=layers)
