"""The semantic map: the layout flattened to ids and classes, kept by dirty rectangle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.layout.compositing import IdMap, compose, compose_sampled, id_type
from engine.layout.geometry import Box
from engine.layout.layer import NO_ADE_CLASS
from engine.layout.layout import Layout
from engine.layout.palette import UNCLASSED


def layer_map(layout: Layout) -> NDArray[np.uint16]:
    """Position of the nearest visible layer at each pixel, uint16 (height, width).

    Counted in depth order from 1 = farthest, hidden layers included in the count; 0 = nothing.
    """
    return compose(layout).astype(np.uint16)


def class_map(layout: Layout, *, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """ADE class + 1 of the nearest visible layer at each pixel, uint8 (height, width).

    0 where nothing lies, UNCLASSED (255) for a layer without ADE class.

    Args:
        size: (width, height) of the map; each pixel takes the canvas pixel under its centre, so
            no class is invented. None keeps the canvas size.

    Raises:
        InputError: A side of `size` is not positive.
    """
    if size is not None and min(size) < 1:
        raise InputError(f"A map of {size[0]} x {size[1]} px is not possible.")
    ids = compose(layout) if size is None else compose_sampled(layout, size=size)
    return look_up(class_table(layout), ids)


def class_table(layout: Layout) -> NDArray[np.uint8]:
    """Value of a class map for each id, uint8 (layers + 1,)."""
    classes = (
        UNCLASSED if layer.ade_class == NO_ADE_CLASS else layer.ade_class + 1
        for layer in layout.layers
    )
    return np.array([0, *classes], np.uint8)


def look_up(table: IdMap, ids: IdMap) -> NDArray[Any]:
    """`table[ids]`, five times as fast where both are bytes."""
    if ids.dtype != np.uint8 or table.dtype != np.uint8:
        return table[ids]
    whole = np.zeros(256, np.uint8)
    whole[: len(table)] = table
    values = bytearray(ids.data).translate(whole.tobytes())
    return np.frombuffer(values, np.uint8).reshape(ids.shape)


class SemanticMap:
    """The id map of a layout, brought up to date where an edit changed it.

    It always equals `compose(layout)` of the layout it was last given.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._ids = compose(layout)

    @property
    def ids(self) -> IdMap:
        """Ids as `compose` gives them: a read-only view, to be asked for anew after an edit."""
        view = self._ids.view()
        view.flags.writeable = False
        return view

    def classes(self) -> NDArray[np.uint8]:
        """The class map at canvas size, newly made (see `class_map`)."""
        return look_up(class_table(self._layout), self._ids)

    def update(self, layout: Layout, region: Box) -> None:
        """Go over to `layout`, which differs from the last one only inside `region`.

        `region` is what `change_between` says: it holds every pixel whose nearest layer is
        another one than before. Layers that merely got another position are renumbered.
        """
        before, self._layout = self._layout, layout
        if before.canvas != layout.canvas or id_type(layout) != self._ids.dtype:
            self._ids = compose(layout)
            return
        self._renumber(before, layout)
        region = region.intersection(layout.canvas)
        if not region.is_empty:
            part = compose(layout, region)
            self._ids[region.y : region.bottom, region.x : region.right] = part

    def _renumber(self, before: Layout, after: Layout) -> None:
        numbers = {layer.id: number for number, layer in enumerate(after.layers, 1)}
        table = np.zeros(len(before.layers) + 1, self._ids.dtype)
        for number, layer in enumerate(before.layers, 1):
            table[number] = numbers.get(layer.id, 0)
        same = np.arange(len(table))
        if np.any((table != same) & (table != 0)):
            self._ids = look_up(table, self._ids)
