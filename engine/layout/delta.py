"""Differences between layouts that lead from one to the other and back, small in memory."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.layout.change import mask_difference
from engine.layout.geometry import EMPTY_BOX, Box
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout
from engine.layout.mask import EMPTY_MASK, Mask, byte_window, set_box

# Rough cost of the Python objects around the bytes that are counted exactly.
_OBJECT_BYTES = 256

# Measured on brush strokes: a quarter smaller than level 1 in the same half millisecond.
_LEVEL = 3


@dataclass(frozen=True, slots=True)
class MaskDelta:
    """Two masks' boxes and the pixels that only one of the masks has.

    Attributes:
        before, after: The boxes of the two masks.
        region: Where they differ; its left edge lies a whole number of bytes from that of the
            box around both. Empty when the same silhouette only stands elsewhere.
        data: The packed differing pixels of `region`, deflated.
    """

    before: Box
    after: Box
    region: Box
    data: bytes

    @classmethod
    def between(cls, before: Mask, after: Mask) -> MaskDelta:
        if before.bits == after.bits and before.box[2:] == after.box[2:]:
            return cls(before.box, after.box, EMPTY_BOX, b"")
        box, difference = mask_difference(before, after)
        changed = set_box(difference).moved(box.x, box.y)
        region, window = byte_window(difference, box=box, region=changed)
        return cls(before.box, after.box, region, zlib.compress(window.tobytes(), _LEVEL))

    def applied(self, mask: Mask, *, forward: bool) -> Mask:
        """The other one of the two masks."""
        target = self.after if forward else self.before
        if self.region.is_empty:
            return Mask(target, mask.bits)
        box = self.before.union(self.after)
        packed = mask.packed(box)
        _, window = byte_window(packed, box=box, region=self.region)
        window ^= np.frombuffer(zlib.decompress(self.data), np.uint8).reshape(window.shape)
        if target != box:
            packed = Mask(box, packed.tobytes()).packed(target)
        return Mask(target, packed.tobytes()) if not target.is_empty else EMPTY_MASK


@dataclass(frozen=True, slots=True)
class LayerDelta:
    """A layer before and after, both without their masks; None where it does not exist."""

    before: Layer | None
    after: Layer | None
    mask: MaskDelta

    @classmethod
    def between(cls, before: Layer | None, after: Layer | None) -> LayerDelta:
        mask = MaskDelta.between(_mask(before), _mask(after))
        return cls(_without_mask(before), _without_mask(after), mask)


def _mask(layer: Layer | None) -> Mask:
    return EMPTY_MASK if layer is None else layer.mask


def _without_mask(layer: Layer | None) -> Layer | None:
    return None if layer is None else replace(layer, mask=EMPTY_MASK)


_FIELDS = ("width", "height", "caption", "background", "extra")


@dataclass(frozen=True, slots=True)
class LayoutDelta:
    """What turns one layout into another one, and back.

    Attributes:
        fields: (before, after) of each field of the layout that differs.
        order: (before, after) layer ids in depth order, None when they are the same.
        layers: Every layer that was added, removed or changed.
    """

    fields: Mapping[str, tuple[Any, Any]]
    order: tuple[tuple[str, ...], tuple[str, ...]] | None
    layers: Mapping[str, LayerDelta]

    @classmethod
    def between(cls, before: Layout, after: Layout) -> LayoutDelta:
        fields = {
            name: (getattr(before, name), getattr(after, name))
            for name in _FIELDS
            if getattr(before, name) != getattr(after, name)
        }
        old = {layer.id: layer for layer in before.layers}
        new = {layer.id: layer for layer in after.layers}
        order = None if list(old) == list(new) else (tuple(old), tuple(new))
        changed = {
            layer_id: LayerDelta.between(one, other)
            for layer_id in old | new
            if (one := old.get(layer_id)) is not (other := new.get(layer_id)) and one != other
        }
        return cls(fields, order, changed)

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.order or self.layers)

    @property
    def size(self) -> int:
        """Bytes kept, estimated upwards: deltas, background files, text."""
        texts = sum(_size(value) for pair in self.fields.values() for value in pair)
        layers = sum(2 * _OBJECT_BYTES + len(d.mask.data) for d in self.layers.values())
        order = sum(len(ids) for ids in self.order) * 8 if self.order else 0
        return _OBJECT_BYTES + texts + layers + order

    def applied(self, layout: Layout, *, forward: bool) -> Layout:
        """The other one of the two layouts."""
        side = 1 if forward else 0
        now = {layer.id: layer for layer in layout.layers}
        for layer_id, delta in self.layers.items():
            bare = delta.after if forward else delta.before
            mask = delta.mask.applied(_mask(now.get(layer_id)), forward=forward)
            if bare is None:
                del now[layer_id]
            else:
                now[layer_id] = replace(bare, mask=mask)
        order = self.order[side] if self.order else now
        fields = {name: pair[side] for name, pair in self.fields.items()}
        return replace(layout, layers=tuple(now[i] for i in order), **fields)


def _size(value: object) -> int:
    if isinstance(value, Background):
        return len(value.data)
    return len(value) if isinstance(value, str) else _OBJECT_BYTES
