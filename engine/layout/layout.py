"""The layout: the truth about a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer

MIN_SIDE, MAX_SIDE = 64, 8192
MAX_LABEL = 200
MAX_CAPTION = 4000
MAX_LAYERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """A photo under the layers, its file's bytes kept as they came."""

    data: bytes
    format: str
    """Lower-case format name as Pillow gives it: "png", "jpeg", "webp" ..."""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Canvas size, caption, background and ordered layers (first = farthest).

    A layout is a value: an edit makes a new one, so a job, an autosave or an undo step can hold
    it without copying a mask.
    """

    width: int
    height: int
    caption: str = ""
    layers: tuple[Layer, ...] = ()
    background: Background | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def canvas(self) -> Box:
        return Box(0, 0, self.width, self.height)

    def index(self, layer_id: str) -> int:
        """Depth of the layer, 0 = farthest. Raises InputError for an unknown id."""
        for index, layer in enumerate(self.layers):
            if layer.id == layer_id:
                return index
        raise InputError(f"There is no layer with id {layer_id!r} in this layout.")

    def layer(self, layer_id: str) -> Layer:
        return self.layers[self.index(layer_id)]

    def find(self, name: str) -> Layer:
        """The layer that a user means: by id, by "#3" (third from the back), or by label.

        Raises InputError when nothing or more than one layer answers to the name.
        """
        for layer in self.layers:
            if layer.id == name:
                return layer
        if name.startswith("#") and name[1:].isdigit() and 1 <= int(name[1:]) <= len(self.layers):
            return self.layers[int(name[1:]) - 1]
        found = [layer for layer in self.layers if layer.label.casefold() == name.casefold()]
        if len(found) == 1:
            return found[0]
        names = ", ".join(f"#{i} {layer.label}" for i, layer in enumerate(self.layers, 1)) or "none"
        problem = "names more than one layer" if found else "names no layer"
        raise InputError(f"{name!r} {problem}; the layers are: {names}.")

    def with_layers(self, layers: tuple[Layer, ...]) -> Layout:
        """The layout with these layers instead. Raises InputError for more than MAX_LAYERS."""
        if len(layers) > len(self.layers):
            check_layer_count(len(layers))
        return replace(self, layers=layers)


def check_canvas_size(width: int, height: int) -> None:
    """Raise InputError unless both sides lie in MIN_SIDE..MAX_SIDE pixels."""
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise InputError(
            f"A canvas of {width} x {height} px is not possible: "
            f"each side must be {MIN_SIDE} to {MAX_SIDE} px."
        )


def check_layer_count(count: int) -> None:
    """Raise InputError for more layers than a project file can keep."""
    if count > MAX_LAYERS:
        raise InputError(
            f"A layout has room for {MAX_LAYERS} layers: delete one before you add another."
        )


def check_label(label: str) -> str:
    """The label without surrounding or doubled blanks; raises InputError if empty or too long."""
    clean = " ".join(label.split())
    if not clean:
        raise InputError("Say what the object is: the label is empty.")
    if len(clean) > MAX_LABEL:
        raise InputError(
            f"The label has {len(clean)} characters; at most {MAX_LABEL} are possible."
        )
    return clean


def check_caption(caption: str) -> str:
    """The caption with blanks tidied; raises InputError when it is too long."""
    clean = " ".join(caption.split())
    if len(clean) > MAX_CAPTION:
        raise InputError(
            f"The caption has {len(clean)} characters; at most {MAX_CAPTION} are possible."
        )
    return clean
