"""Layouts from other programs' masks: id maps (PNG) and COCO JSON. No model, no torch.

Both are flat or unordered: an id map knows no hidden parts, COCO no depth. What is imported can
be completed and put in order as a segmented photo is (`engine.segment.layers.arrange`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.coco import Picture, load_json, pictures_of
from engine.errors import DataError, InputError
from engine.layout.labels import ade_class_of
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import (
    MAX_LAYERS,
    Background,
    Layout,
    check_canvas_size,
    check_label,
)
from engine.layout.mask import BoolArray, Mask
from engine.layout.palette import ade_classes, display_colours
from engine.photo import MAX_PIXELS, Photo, opened_picture
from engine.segment.layers import Segment, arrange, layers_of, scaled
from engine.segment.names import ClassName, class_names
from engine.smartmask.backgrounds import is_background

ADE_NAMES = "ade"
"""Given instead of a file of names: map value v is ADE20K class v - 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A layout made of a file, and remarks for the user."""

    layout: Layout
    notes: tuple[str, ...] = ()


def layout_of_photo(photo: Photo) -> Layout:
    """An empty layout with a photo as its background, canvas as large as the photo.

    Raises InputError for a photo that is too small or too large for a canvas.
    """
    check_canvas_size(photo.width, photo.height)
    return Layout(width=photo.width, height=photo.height, background=photo.background)


def read_names(path: Path | str | None) -> dict[int, str] | None:
    """Names of an id map's values from JSON: {"1": "dog", ...} or ["sky", ...] (from value 1).

    An entry may also be an object with a "label" or "name". "ade" stands for ADE20K's classes,
    None for no names.

    Raises InputError when the file cannot be read as such.
    """
    if path is None:
        return None
    if str(path) == ADE_NAMES:
        return {entry.id + 1: entry.name.strip() for entry in ade_classes()}
    path = Path(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file of names {path}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"The names in {path} cannot be read as JSON ({error}).") from error
    entries = dict(enumerate(content, 1)) if isinstance(content, list) else content
    if not isinstance(entries, dict):
        raise InputError(f'{path} holds no names: it must be like {{"1": "dog", "2": "grass"}}.')
    names: dict[int, str] = {}
    for key, value in entries.items():
        label = _label_in(value)
        if label is None or not str(key).isdecimal():
            raise InputError(f"{path}: the entry {key!r} does not give a number its name.")
        names[int(key)] = check_label(label)
    return names


def import_id_map(
    data: bytes,
    *,
    name: str = "",
    names: Mapping[int, str] | None = None,
    photo: Photo | None = None,
    complete: bool = False,
) -> Imported:
    """A layout of an id map: each value (or colour) one layer, lower values farther.

    Args:
        data: A PNG: grey of 8 or 16 bits or a palette, whose values are ids with 0 = nothing, as
            `export --ids` writes it; or RGB, each colour one layer, black nothing. Colours of
            ADE20K are named by their class.
        names: Labels of the values.
        photo: For the background; the map is scaled to it.
        complete: Guess the depth order and the hidden parts, as for a photo.

    Raises:
        InputError: No such picture, of an impossible size, or with too many layers.
    """
    shown = f"The id map {name}" if name else "The id map"
    values, coloured = _values(data, shown)
    ids = np.unique(values)
    ids = ids[ids != 0]
    if len(ids) == 0:
        raise InputError(f"{shown} is empty: every pixel is 0.")
    if len(ids) > MAX_LAYERS:
        raise InputError(
            f"{shown} has {len(ids)} different values; a layout has room for {MAX_LAYERS} layers. "
            "Is it a photo? Then use `segment`."
        )
    labels = {
        int(value): _colour_label(int(value), number) if coloured else f"layer {value}"
        for number, value in enumerate(ids, 1)
    }
    notes: list[str] = []
    if names and not coloured:
        unnamed = [value for value in labels if value not in names]
        labels |= {value: names[value] for value in labels if value in names}
        if unnamed:
            several = "values have" if len(unnamed) > 1 else "value has"
            notes.append(f"{len(unnamed)} {several} no name: {_some(unnamed)}.")
    found = [(labels[int(value)], values == value) for value in ids]
    return _imported(found, photo=photo, complete=complete, source=name, notes=notes)


def import_coco(
    path: Path,
    *,
    picture: str | None = None,
    photo: Photo | None = None,
    complete: bool = False,
) -> Imported:
    """A layout of one picture of a COCO instances file, far to near by the lowest row.

    Args:
        path: A .json or .json.gz file with images, annotations (polygons or RLE) and categories.
        picture: File name or id of the picture; None where the file has just one.
        photo: For the background; the masks are scaled to it.
        complete: Guess the depth order and the hidden parts, as for a photo.

    Raises:
        InputError: The file cannot be used, or has several pictures and none is named.
    """
    try:
        pictures = list(pictures_of(load_json(path), path))
        chosen = _chosen(pictures, picture, path)
        check_canvas_size(chosen.width, chosen.height)
        rows = [(label, row) for label, row in chosen.objects if not row.get("iscrowd")]
        found = [(label, chosen.bits(row.get("segmentation"))) for label, row in rows]
    except (DataError, ValueError, TypeError) as error:
        raise InputError(f"{error}" if str(path) in str(error) else f"{path}: {error}") from error
    found = [(label, bits) for label, bits in found if bits.any()]
    found.sort(key=lambda item: _lowest_first(*item))
    if not found:
        raise InputError(f"{path}: picture {chosen.name} has no objects.")
    if len(found) > MAX_LAYERS:
        raise InputError(f"{path}: picture {chosen.name} has more than {MAX_LAYERS} objects.")
    crowds = len(chosen.objects) - len(rows)
    notes = [f"{crowds} crowds were left out: they are no single things."] if crowds else []
    return _imported(found, photo=photo, complete=complete, source=path.name, notes=notes)


def _lowest_first(label: str, bits: BoolArray) -> tuple[bool, int, int]:
    return not is_background(label), int(np.flatnonzero(bits.any(axis=1))[-1]), -int(bits.sum())


def _imported(
    found: list[tuple[str, BoolArray]],
    *,
    photo: Photo | None,
    complete: bool,
    source: str,
    notes: list[str],
) -> Imported:
    height, width = found[0][1].shape
    size = (photo.width, photo.height) if photo else (width, height)
    check_canvas_size(*size)
    if size != (width, height):
        notes.append(f"The masks of {width} x {height} px were scaled to the photo.")
    provenance = Provenance(kind="imported", request={"file": source} if source else {})
    if complete:
        named = class_names(dict(enumerate(label for label, _ in found)))
        layers = layers_of(arrange(_flat(found, named)), size=size, provenance=provenance)
    else:
        layers = tuple(
            Layer(
                label=check_label(label),
                ade_class=ade_class_of(label).ade_class,
                mask=Mask.from_array(scaled(bits, size)),
                provenance=provenance,
            )
            for label, bits in found
        )
    background: Background | None = photo.background if photo else None
    layout = Layout(width=size[0], height=size[1], layers=layers, background=background)
    return Imported(layout=layout, notes=(*(photo.notes if photo else ()), *notes))


def _flat(found: list[tuple[str, BoolArray]], names: dict[int, ClassName]) -> list[Segment]:
    """What is seen of each: nearer ones (later in the list) take their pixels."""
    taken = np.zeros(found[0][1].shape, bool)
    segments: list[Segment] = []
    for index in reversed(range(len(found))):
        bits = found[index][1]
        segments.append(Segment(names[index], bits & ~taken, 1.0))
        taken |= bits
    return segments[::-1]


def _values(data: bytes, shown: str) -> tuple[NDArray[Any], bool]:
    """The map's values (height, width), and whether they are colours (red in the lowest byte)."""
    try:
        with opened_picture(data, formats=("PNG",), most=MAX_PIXELS) as image:
            check_canvas_size(*image.size)
            image.load()
            if image.mode == "1":
                return np.asarray(image).astype(np.uint8), False
            if image.mode in ("L", "P") or image.mode.startswith("I"):
                return np.asarray(image), False
            if image.mode == "LA":
                return np.asarray(image.getchannel("L")), False
            rgba = np.asarray(image.convert("RGBA")).astype(np.uint32)
    except InputError:
        raise
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{shown} cannot be read: it must be a whole PNG file.") from error
    colours = rgba[..., 0] | rgba[..., 1] << 8 | rgba[..., 2] << 16
    return np.where(rgba[..., 3] > 127, colours, 0), True


def _colour_label(value: int, number: int) -> str:
    """The ADE20K class of a colour where just one has it, else "layer 3"."""
    colour = (value & 0xFF, value >> 8 & 0xFF, value >> 16)
    same = np.flatnonzero((display_colours() == colour).all(axis=1))
    return ade_classes()[int(same[0])].name.strip() if len(same) == 1 else f"layer {number}"


def _label_in(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("label", value.get("name"))
    return value if isinstance(value, str) and value.strip() else None


def _chosen(pictures: list[Picture], wanted: str | None, path: Path) -> Picture:
    def answers(picture: Picture) -> bool:
        names = (picture.name, str(picture.row.get("file_name")), str(picture.row.get("id")))
        return wanted in names

    found = [p for p in pictures if wanted is None or answers(p)]
    if len(found) == 1:
        return found[0]
    names = _some([p.name for p in pictures])
    if not found:
        raise InputError(f"{path} has no picture {wanted!r}; it has: {names or 'none'}.")
    raise InputError(f"{path} has {len(found)} pictures: name one with --picture ({names}).")


def _some(values: list[Any], most: int = 8) -> str:
    shown = ", ".join(map(str, values[:most]))
    return f"{shown} ..." if len(values) > most else shown
