"""`stack.xml` of OpenRaster: what every program that opens the file sees.

Layers stand front to back there, the other way round than in a layout. Layers of one group that
lie together become a nested stack. See openraster.org, "Layer Stack Specification".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree import ElementTree

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from engine.layout.layer import Layer

MAX_STACK_BYTES = 1 << 20
_MAX_DEPTH = 64
_OPENRASTER_VERSION = "0.0.5"
_FAR = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLayer:
    """One raster layer of a stack; (x, y) is its top left pixel on the canvas."""

    name: str
    source: str
    x: int = 0
    y: int = 0
    visible: bool = True
    locked: bool = False
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A parsed stack.xml; layers farthest first. `ignored` counts what is no raster layer."""

    width: int
    height: int
    layers: tuple[StackLayer, ...]
    ignored: int = 0


def stack_xml(
    layers: Sequence[tuple[Layer, str]], *, size: tuple[int, int], photo: StackLayer | None
) -> bytes:
    """The stack of the layers (farthest first, each with its entry) above the photo.

    A layer's name is its label, so that other programs show it and give it back.
    """
    width, height = size
    image = ElementTree.Element(
        "image", version=_OPENRASTER_VERSION, w=str(width), h=str(height), xres="72", yres="72"
    )
    root = ElementTree.SubElement(image, "stack", name="root")
    for group, members in groupby(reversed(layers), key=lambda item: item[0].group):
        parent = root
        if group is not None:
            parent = ElementTree.SubElement(root, "stack", name=_printable(group))
        for layer, entry in members:
            _add(
                parent,
                StackLayer(
                    name=layer.label,
                    source=entry,
                    x=layer.mask.box.x,
                    y=layer.mask.box.y,
                    visible=layer.visible,
                    locked=layer.locked,
                ),
            )
    if photo is not None:
        _add(root, photo)
    ElementTree.indent(image)
    return ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)


def _add(parent: ElementTree.Element, layer: StackLayer) -> None:
    attributes = {
        "name": _printable(layer.name),
        "src": layer.source,
        "x": str(layer.x),
        "y": str(layer.y),
        "opacity": "1.0",
        "visibility": "visible" if layer.visible else "hidden",
        "composite-op": "svg:src-over",
    }
    if layer.locked:
        attributes["edit-locked"] = "true"
    ElementTree.SubElement(parent, "layer", attributes)


def _printable(text: str) -> str:
    """The text without characters that XML 1.0 cannot hold."""
    return "".join(c if _fits_xml(ord(c)) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _fits_xml(code: int) -> bool:
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF


def parse_stack(text: bytes) -> Stack:
    """Nested stacks flattened: their names joined by "/" are the group, offsets add up.

    Raises:
        ValueError: Not XML of this kind, with a DTD or entities, or a field has a bad value.
    """
    try:
        image = fromstring(text, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise ValueError(str(error)) from error
    root = image.find("stack")
    if image.tag != "image" or root is None:
        raise ValueError("it has no image with a stack")
    found = list(_walk(root, _Place()))
    layers = [layer for layer in found if layer is not None]
    return Stack(
        width=_integer(image, "w", None),
        height=_integer(image, "h", None),
        layers=tuple(reversed(layers)),
        ignored=len(found) - len(layers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a layer takes over from the stacks around it."""

    names: tuple[str, ...] = ()
    x: int = 0
    y: int = 0
    visible: bool = True
    locked: bool = False


def _walk(stack: ElementTree.Element, place: _Place) -> Iterator[StackLayer | None]:
    """Front to back; None for an element that is neither layer nor stack."""
    if len(place.names) > _MAX_DEPTH:
        raise ValueError(f"its stacks are nested more than {_MAX_DEPTH} deep")
    for element in stack:
        if element.tag not in ("stack", "layer"):
            yield None
            continue
        name = " ".join(element.get("name", "").split())
        inner = _Place(
            names=(*place.names, name),
            x=place.x + _integer(element, "x", 0),
            y=place.y + _integer(element, "y", 0),
            visible=place.visible and element.get("visibility", "visible") != "hidden",
            locked=place.locked or element.get("edit-locked", "false") in ("true", "1"),
        )
        if element.tag == "stack":
            yield from _walk(element, inner)
        else:
            yield StackLayer(
                name=name,
                source=element.get("src", ""),
                x=inner.x,
                y=inner.y,
                visible=inner.visible,
                locked=inner.locked,
                group="/".join(filter(None, place.names)) or None,
            )


def _integer(element: ElementTree.Element, name: str, default: int | None) -> int:
    text = element.get(name)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not abs(value) <= _FAR:
        raise ValueError(f"{element.tag} has {name}={text!r}, a whole number was expected")
    return round(value)
