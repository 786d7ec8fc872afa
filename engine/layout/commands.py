"""Edit commands: each makes a new layout of a layout, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import NO_ADE_CLASS, Layer, Provenance, new_layer_id
from engine.layout.layout import (
    MAX_CAPTION,
    MAX_SIDE,
    Background,
    Layout,
    check_caption,
    check_label,
)
from engine.layout.mask import Mask
from engine.layout.palette import CLASS_COUNT

_NAME_LENGTH = 40


class Command(Protocol):
    """An edit. `apply` is pure; it raises InputError and leaves everything as it was."""

    def name(self, layout: Layout) -> str:
        """What the Edit menu calls it, given the layout it is about to change."""
        ...

    def apply(self, layout: Layout) -> Layout: ...

    @property
    def merge_key(self) -> Hashable:
        """Equal for edits of the same thing; see `Document.do(merge=True)`."""
        ...


@dataclass(frozen=True, slots=True)
class AddLayer:
    """Put a layer at depth `index` (0 = farthest); None puts it in front of all."""

    layer: Layer
    index: int | None = None

    def name(self, layout: Layout) -> str:
        return f"Add {_short(self.layer.label)}"

    @property
    def merge_key(self) -> Hashable:
        return ("add", self.layer.id)

    def apply(self, layout: Layout) -> Layout:
        if any(layer.id == self.layer.id for layer in layout.layers):
            raise InputError(f"A layer with id {self.layer.id!r} is already in this layout.")
        index = len(layout.layers) if self.index is None else self.index
        _check_index(index, len(layout.layers))
        layer = self.layer
        for name, check in _FIELD_CHECKS.items():
            layer = replace(layer, **{name: check(getattr(layer, name))})
        return layout.with_layers((*layout.layers[:index], layer, *layout.layers[index:]))


@dataclass(frozen=True, slots=True)
class RemoveLayers:
    """Delete layers; none of them may be locked."""

    ids: Sequence[str]

    def name(self, layout: Layout) -> str:
        return f"Delete {_names(layout, self.ids)}"

    @property
    def merge_key(self) -> Hashable:
        return ("remove", *self.ids)

    def apply(self, layout: Layout) -> Layout:
        for layer_id in self.ids:
            _unlocked(layout, layer_id, "delete it")
        return layout.with_layers(tuple(x for x in layout.layers if x.id not in self.ids))


@dataclass(frozen=True, slots=True)
class MoveLayers:
    """Shift layers by whole pixels, and with each one every layer of its group.

    They may leave the canvas, but by no more than MAX_SIDE pixels.
    """

    ids: Sequence[str]
    dx: int
    dy: int

    def name(self, layout: Layout) -> str:
        groups = {layout.layer(layer_id).group for layer_id in self.ids}
        group = groups.pop() if len(groups) == 1 else None
        return f"Move {_short(group) if group else _names(layout, self.ids)}"

    @property
    def merge_key(self) -> Hashable:
        return ("move", *self.ids)

    def apply(self, layout: Layout) -> Layout:
        moving = with_groups(layout, self.ids)
        width, height = layout.width + 2 * MAX_SIDE, layout.height + 2 * MAX_SIDE
        reach = Box(-MAX_SIDE, -MAX_SIDE, width, height)
        for layer_id in moving:
            box = _unlocked(layout, layer_id, "move it").mask.box.moved(self.dx, self.dy)
            if box.area and box.intersection(reach).is_empty:
                raise InputError(
                    f"{_label(layout, layer_id)!r} would end up more than {MAX_SIDE} px off the "
                    "canvas: move it less far."
                )
        return layout.with_layers(
            tuple(
                replace(x, mask=x.mask.moved(self.dx, self.dy)) if x.id in moving else x
                for x in layout.layers
            )
        )


@dataclass(frozen=True, slots=True)
class ReorderLayer:
    """Take a layer to depth `index` of the new order (0 = farthest)."""

    id: str
    index: int

    def name(self, layout: Layout) -> str:
        label = _label(layout, self.id)
        nearer = self.index >= layout.index(self.id)
        return f"Bring {label} forward" if nearer else f"Send {label} back"

    @property
    def merge_key(self) -> Hashable:
        return ("reorder", self.id)

    def apply(self, layout: Layout) -> Layout:
        layer = layout.layer(self.id)
        others = tuple(x for x in layout.layers if x.id != self.id)
        _check_index(self.index, len(others))
        return layout.with_layers((*others[: self.index], layer, *others[self.index :]))


@dataclass(frozen=True, slots=True)
class EditMask:
    """Give a layer another mask: what the brush, the eraser and the shape tools end in.

    Attributes:
        provenance: Where the mask comes from if it was drawn anew; None leaves the layer's.
    """

    id: str
    mask: Mask
    provenance: Provenance | None = None

    def name(self, layout: Layout) -> str:
        if self.provenance is not None:
            return f"Draw {_label(layout, self.id)} again"
        before, label = layout.layer(self.id).mask, _label(layout, self.id)
        kept = before.overlap(self.mask)
        if kept == self.mask.area < before.area:
            return f"Erase part of {label}" if kept else f"Erase {label}"
        return f"Paint {label}" if kept == before.area else f"Change shape of {label}"

    @property
    def merge_key(self) -> Hashable:
        return ("mask", self.id)

    def apply(self, layout: Layout) -> Layout:
        layer = _unlocked(layout, self.id, "change its shape")
        # The same mask from elsewhere is no edit: its first origin stays.
        changed = layer.mask != self.mask
        provenance = (self.provenance if changed else None) or layer.provenance
        return _replaced(layout, replace(layer, mask=self.mask, provenance=provenance))


Field = Literal["label", "ade_class", "visible", "locked", "group", "prompt"]


@dataclass(frozen=True, slots=True)
class SetLayer:
    """Set one field of a layer; allowed on locked layers, as these fields are not its shape."""

    id: str
    field: Field
    value: Any

    def name(self, layout: Layout) -> str:
        label = _label(layout, self.id)
        match self.field, self.value:
            case "label", value:
                return f"Rename {label} to {_short(str(value))}"
            case "visible", value:
                return f"{'Show' if value else 'Hide'} {label}"
            case "locked", value:
                return f"{'Lock' if value else 'Unlock'} {label}"
            case "group", None:
                return f"Take {label} out of its group"
            case "group", value:
                return f"Put {label} into {_short(str(value))}"
            case "prompt", _:
                return f"Describe {label}"
            case _:
                return f"Change kind of {label}"

    @property
    def merge_key(self) -> Hashable:
        return ("set", self.id, self.field)

    def apply(self, layout: Layout) -> Layout:
        layer = layout.layer(self.id)
        if self.field not in _FIELD_CHECKS:
            raise InputError(f"A layer has no field {self.field!r} that can be set.")
        value = _FIELD_CHECKS[self.field](self.value)
        return _replaced(layout, replace(layer, **{self.field: value}))


@dataclass(frozen=True, slots=True)
class DuplicateLayer:
    """Put an unlocked copy of a layer, in the same place, just in front of it."""

    id: str
    new_id: str = field(default_factory=new_layer_id)

    def name(self, layout: Layout) -> str:
        return f"Duplicate {_label(layout, self.id)}"

    @property
    def merge_key(self) -> Hashable:
        return ("duplicate", self.new_id)

    def apply(self, layout: Layout) -> Layout:
        copy = replace(layout.layer(self.id), id=self.new_id, locked=False)
        return AddLayer(copy, layout.index(self.id) + 1).apply(layout)


@dataclass(frozen=True, slots=True)
class SetCaption:
    """Say what the whole scene is."""

    text: str

    def name(self, layout: Layout) -> str:
        return "Edit caption"

    @property
    def merge_key(self) -> Hashable:
        return "caption"

    def apply(self, layout: Layout) -> Layout:
        return replace(layout, caption=check_caption(self.text))


@dataclass(frozen=True, slots=True)
class SetBackground:
    """Put a photo under the layers, or take it away with None."""

    background: Background | None

    def name(self, layout: Layout) -> str:
        return "Remove background" if self.background is None else "Set background"

    @property
    def merge_key(self) -> Hashable:
        return "background"

    def apply(self, layout: Layout) -> Layout:
        return replace(layout, background=self.background)


@dataclass(frozen=True, slots=True)
class Several:
    """Commands that make one step together; all or none."""

    commands: Sequence[Command]
    title: str = ""
    """What the Edit menu calls it; the first command's name when empty."""

    def name(self, layout: Layout) -> str:
        return self.title or (self.commands[0].name(layout) if self.commands else "Nothing")

    @property
    def merge_key(self) -> Hashable:
        return tuple(command.merge_key for command in self.commands)

    def apply(self, layout: Layout) -> Layout:
        for command in self.commands:
            layout = command.apply(layout)
        return layout


def with_groups(layout: Layout, ids: Sequence[str]) -> tuple[str, ...]:
    """The layers named and all others of their groups, in depth order.

    Raises InputError for an unknown id.
    """
    groups = {layout.layer(layer_id).group for layer_id in ids} - {None}
    return tuple(x.id for x in layout.layers if x.id in ids or x.group in groups)


def _unlocked(layout: Layout, layer_id: str, purpose: str) -> Layer:
    layer = layout.layer(layer_id)
    if layer.locked:
        raise InputError(f"{_short(layer.label)!r} is locked: unlock the layer to {purpose}.")
    return layer


def _replaced(layout: Layout, layer: Layer) -> Layout:
    return layout.with_layers(tuple(layer if x.id == layer.id else x for x in layout.layers))


def _check_index(index: int, last: int) -> None:
    if not 0 <= index <= last:
        raise InputError(f"There is no depth {index} here: it goes from 0 (farthest) to {last}.")


def _short(text: str) -> str:
    return text if len(text) <= _NAME_LENGTH else text[: _NAME_LENGTH - 1].rstrip() + "…"


def _label(layout: Layout, layer_id: str) -> str:
    return _short(layout.layer(layer_id).label)


def _names(layout: Layout, ids: Sequence[str]) -> str:
    return _label(layout, ids[0]) if len(ids) == 1 else f"{len(ids)} layers"


def _check_class(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"An ADE20K class is a whole number, not {value!r}.")
    if not NO_ADE_CLASS <= value < CLASS_COUNT:
        raise InputError(f"There is no ADE20K class {value}: they go from 0 to {CLASS_COUNT - 1}.")
    return value


def _check_group(value: Any) -> str | None:
    return None if value is None else check_label(value)


def _check_prompt(value: Any) -> str:
    clean = " ".join(str(value).split())
    if len(clean) > MAX_CAPTION:
        raise InputError(
            f"The description has {len(clean)} characters; at most {MAX_CAPTION} are possible."
        )
    return clean


_FIELD_CHECKS: dict[str, Callable[[Any], Any]] = {
    "label": check_label,
    "ade_class": _check_class,
    "visible": bool,
    "locked": bool,
    "group": _check_group,
    "prompt": _check_prompt,
}
