"""What an edit changed, as far as a view must know."""

from __future__ import annotations

from dataclasses import dataclass

from engine.layout.geometry import EMPTY_BOX, Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import ByteArray, Mask, set_box


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference between two states of a layout.

    Attributes:
        region: Canvas pixels that may look different, cut to the canvas.
        layer_ids: Layers that were added, removed or have another field value.
        structure: Layers were added, removed or reordered.
        fields: Fields of the layout itself that differ: "caption", "background" ...
    """

    region: Box = EMPTY_BOX
    layer_ids: frozenset[str] = frozenset()
    structure: bool = False
    fields: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.layer_ids or self.structure or self.fields)


_LAYOUT_FIELDS = ("width", "height", "caption", "background", "extra")


def change_between(before: Layout, after: Layout) -> Change:
    """Everything that differs between two layouts."""
    fields = frozenset(f for f in _LAYOUT_FIELDS if getattr(before, f) != getattr(after, f))
    old = {layer.id: layer for layer in before.layers}
    new = {layer.id: layer for layer in after.layers}
    structure = list(old) != list(new)
    region = EMPTY_BOX
    changed = set[str]()
    for layer_id in old.keys() | new.keys() if structure else old:
        one, other = old.get(layer_id), new.get(layer_id)
        if one is not other and one != other:
            changed.add(layer_id)
            region = region.union(_changed_pixels(one, other))
    if structure:
        for layer_id in _reordered(tuple(old), tuple(new)):
            region = region.union(_shown_box(new[layer_id]))
    if fields & {"width", "height", "background"}:
        region = after.canvas
    return Change(
        region=region.intersection(after.canvas),
        layer_ids=frozenset(changed),
        structure=structure,
        fields=fields,
    )


def mask_difference(one: Mask, other: Mask) -> tuple[Box, ByteArray]:
    """The box around both masks, and the packed pixels of it that only one of them has."""
    box = one.box.union(other.box)
    return box, _rows_in(one, box) ^ _rows_in(other, box)


def _rows_in(mask: Mask, box: Box) -> ByteArray:
    return mask.rows if mask.box == box else mask.packed(box)


def _shown_box(layer: Layer | None) -> Box:
    return layer.mask.box if layer is not None and layer.visible else EMPTY_BOX


def _changed_pixels(one: Layer | None, other: Layer | None) -> Box:
    boxes = _shown_box(one).union(_shown_box(other))
    if one is None or other is None or one.visible != other.visible:
        return boxes
    if (one.ade_class, one.label) != (other.ade_class, other.label):
        return boxes
    if boxes.is_empty or one.mask is other.mask:
        return EMPTY_BOX
    if one.mask.bits == other.mask.bits:
        return EMPTY_BOX if one.mask.box == other.mask.box else boxes
    box, difference = mask_difference(one.mask, other.mask)
    return set_box(difference).moved(box.x, box.y)


def _reordered(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """Layers that must be lifted out so that the others keep their order."""
    common = set(before) & set(after)
    old = [i for i in before if i in common]
    new = [i for i in after if i in common]
    while old and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and old[0] == new[0]:
        old, new = old[1:], new[1:]
    if old[1:] == new[:-1]:
        return tuple(old[:1])
    if old[:-1] == new[1:]:
        return tuple(old[-1:])
    return tuple(old)
