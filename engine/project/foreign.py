"""Layers that another program wrote, or wrote anew over ours."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace

from engine.errors import ProjectError
from engine.layout.geometry import Box
from engine.layout.labels import ade_class_of
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import MAX_LABEL, MAX_LAYERS, Background
from engine.layout.mask import Mask
from engine.layout.palette import display_colours
from engine.project import pictures
from engine.project.archive import Archive, damage_named
from engine.project.schema import (
    BackgroundRecord,
    DocumentRecord,
    LayerRecord,
    layer_of,
)
from engine.project.stack import Stack, StackLayer
from engine.project.writer import PHOTO_LAYER, STACK

MAX_FOREIGN_TOTAL = 1 << 30
"""Pixels of all layers together; a layer may be named by many lines of a small stack.xml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLayers:
    """Layers farthest first, the photo under them, and remarks for the user."""

    layers: tuple[Layer, ...]
    background: Background | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(slots=True)
class _Raster:
    """One decoded picture of the stack."""

    place: StackLayer
    data: bytes
    mask: Mask
    colour: pictures.Rgb | None
    opaque: bool


def read_stack_layers(
    archive: Archive, stack: Stack, document: DocumentRecord | None
) -> ForeignLayers:
    """Each raster layer as silhouette (alpha above one half), labelled by its name.

    The bottom one becomes the background photo when it is opaque, covers the canvas exactly and
    has more than one colour. What `document` knows of a layer with the same entry, or else the
    same unique name, is kept.

    Raises:
        ProjectError: A picture is missing, damaged or too large; names the entry.
    """
    if len(stack.layers) > MAX_LAYERS:
        raise ProjectError(
            f"{archive.path}: entry {STACK!r} has {len(stack.layers)} layers; "
            f"at most {MAX_LAYERS} are read."
        )
    records = _Records(document)
    background: Background | None = None
    layers: list[Layer] = []
    empty = 0
    budget = MAX_FOREIGN_TOTAL
    for position, place in enumerate(stack.layers):
        raster = _decoded(archive, place, budget)
        budget -= raster.mask.box.area
        canvas = Box(0, 0, stack.width, stack.height)
        if position == 0 and _is_photo(raster, canvas):
            background = _photo(archive, raster, document.background if document else None)
            continue
        record = records.take(place)
        if raster.mask.is_empty and record is None:
            empty += 1
            continue
        layers.append(_layer(raster, record, number=len(layers) + 1))
    notes = []
    if empty:
        notes.append(f"{empty} empty layers were left out.")
    if stack.ignored:
        notes.append(f"{stack.ignored} elements that are no raster layers were left out.")
    if any(layer.provenance and layer.provenance.kind == "imported" for layer in layers):
        notes.append("Layers of another program were taken as silhouettes, without their colours.")
    return ForeignLayers(layers=tuple(layers), background=background, notes=tuple(notes))


def _decoded(archive: Archive, place: StackLayer, budget: int) -> _Raster:
    if place.source not in archive:
        raise ProjectError(
            f"{archive.path}: entry {place.source!r}, the picture of layer {place.name!r}, "
            "is missing."
        )
    data = archive.read(place.source)
    with damage_named(archive.path, place.source):
        mask, colour, opaque = pictures.raster_from_png(
            data, x=place.x, y=place.y, most=min(budget, pictures.MAX_FOREIGN_PIXELS)
        )
    return _Raster(place, data, mask, colour, opaque)


def _is_photo(raster: _Raster, canvas: Box) -> bool:
    return raster.opaque and raster.mask.box == canvas and raster.colour is None


def _photo(archive: Archive, raster: _Raster, record: BackgroundRecord | None) -> Background:
    """The photo's own bytes where they are still there and meant, else the layer's PNG."""
    if record is not None and raster.place.source == PHOTO_LAYER and record.entry in archive:
        data = archive.read(record.entry)
        if hashlib.sha256(data).hexdigest() == record.sha256:
            return Background(data=data, format=record.format, name=record.name)
    return Background(data=raster.data, format="png", name=raster.place.name)


class _Records:
    """The layers of a document, given out once each."""

    def __init__(self, document: DocumentRecord | None) -> None:
        self._left = list(document.layers) if document else []
        self._labels = Counter(record.label for record in self._left)

    def take(self, place: StackLayer) -> LayerRecord | None:
        for record in self._left:
            unique = self._labels[record.label] == 1 and record.label == place.name
            if record.entry == place.source or unique:
                self._left.remove(record)
                return record
        return None


def _layer(raster: _Raster, record: LayerRecord | None, *, number: int) -> Layer:
    place = raster.place
    label = place.name[:MAX_LABEL].strip() or f"layer {number}"
    group = place.group[:MAX_LABEL] if place.group else None
    if record is not None:
        known = layer_of(record, raster.mask)
        if known.label != label:
            known = replace(known, label=label, ade_class=_class_of(label, raster.colour))
        return replace(known, visible=place.visible, locked=place.locked, group=group)
    return Layer(
        label=label,
        mask=raster.mask,
        id=_steady_id(raster, number),
        ade_class=_class_of(label, raster.colour),
        visible=place.visible,
        locked=place.locked,
        group=group,
        provenance=Provenance(kind="imported"),
    )


def _steady_id(raster: _Raster, number: int) -> str:
    """The same for the same file, so that what refers to a layer by id still does."""
    text = f"{number} {raster.place.source}".encode() + raster.data
    return hashlib.sha256(text).hexdigest()[:32]


def _class_of(label: str, colour: pictures.Rgb | None) -> int:
    """By the label where the table has it, else by a flat ADE colour, else the nearest class."""
    match = ade_class_of(label)
    if match.how in ("exact", "table") or colour is None:
        return match.ade_class
    same = (display_colours() == colour).all(axis=1).nonzero()[0]
    return int(same[0]) if len(same) == 1 else match.ade_class
