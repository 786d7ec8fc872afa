"""Project file -> layout. Nothing is handed out until everything has been read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.errors import InputError, ProjectError
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout, check_canvas_size
from engine.project import pictures
from engine.project.archive import Archive, damage_named
from engine.project.foreign import read_stack_layers
from engine.project.schema import (
    BackgroundRecord,
    DocumentRecord,
    NewerVersion,
    box_of,
    layer_of,
    parse_document,
    unknown_keys,
)
from engine.project.stack import MAX_STACK_BYTES, parse_stack
from engine.project.writer import (
    DOCUMENT,
    MAX_DOCUMENT_BYTES,
    MERGED,
    MIMETYPE,
    MIMETYPE_CONTENT,
    PHOTO_LAYER,
    STACK,
    THUMBNAIL,
)

MAX_UNKNOWN_BYTES = 128 << 20
MAX_PIXELS = 1 << 31
"""Of all layers of a file together, so that a small file cannot keep the reader busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedProject:
    """What was read from a file.

    Attributes:
        notes: Remarks for the user about what could not be taken as it was; empty most times.
        unknown: Entries of the archive that this version does not understand; hand them to
            `save_project` to keep them.
        settings: As given to `save_project`.
        foreign: The file was last written by another program: saving to the same name would
            replace its pictures by silhouettes, so ask for another name.
    """

    layout: Layout
    notes: tuple[str, ...] = ()
    unknown: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    foreign: bool = False


def open_project(path: Path | str) -> OpenedProject:
    """Read a project, or any other OpenRaster file as layers.

    Raises:
        ProjectError: The file is missing, damaged, hostile, of a newer version or of another
            kind; names the file and the entry.
    """
    path = Path(path)
    try:
        with Archive(path) as archive:
            return _read(archive)
    except MemoryError:
        raise ProjectError(f"{path} does not fit into memory. Close other programs.") from None


def _read(archive: Archive) -> OpenedProject:
    path = archive.path
    if MIMETYPE not in archive or archive.read(MIMETYPE, limit=256).strip() != MIMETYPE_CONTENT:
        raise ProjectError(
            f"{path} is not a Scenewright project or OpenRaster file: its entry 'mimetype' does "
            "not say image/openraster. Choose another file."
        )
    stack_text = archive.read(STACK, limit=MAX_STACK_BYTES)
    document, notes = _document(archive) if DOCUMENT in archive else (None, ())
    if document is None or document.stack_sha256 != _sha256(stack_text):
        opened = _read_foreign(archive, stack_text, document)
        return replace(opened, notes=(*opened.notes, *notes))
    layers = _own_layers(archive, document)
    background = _own_background(archive, document.background)
    known = {record.entry for record in document.layers}
    known |= {document.background.entry} if document.background else set()
    layout = Layout(
        width=document.canvas.width,
        height=document.canvas.height,
        caption=document.caption,
        layers=layers,
        background=background,
        extra=_layout_extra(document),
    )
    return OpenedProject(
        layout=layout,
        notes=notes,
        unknown=_unknown_entries(archive, known),
        settings=document.settings,
    )


def _document(archive: Archive) -> tuple[DocumentRecord, tuple[str, ...]]:
    text = archive.read(DOCUMENT, limit=MAX_DOCUMENT_BYTES)
    where = f"{archive.path}: entry {DOCUMENT!r}"
    try:
        document, notes = parse_document(text)
        check_canvas_size(document.canvas.width, document.canvas.height)
    except NewerVersion as error:
        raise ProjectError(
            f"{archive.path} was made by a newer Scenewright ({error}). "
            "Update Scenewright to open it."
        ) from None
    except (ValueError, InputError) as error:
        raise ProjectError(f"{where} cannot be used: {error}") from error
    ids = {record.id for record in document.layers}
    if len(ids) < len(document.layers):
        raise ProjectError(f"{where} cannot be used: two layers have the same id.")
    return document, notes


def _own_layers(archive: Archive, document: DocumentRecord) -> tuple[Layer, ...]:
    pixels = sum(record.box.width * record.box.height for record in document.layers)
    if pixels > MAX_PIXELS:
        raise ProjectError(
            f"{archive.path}: entry {DOCUMENT!r} has layers of {pixels} pixels together; "
            f"at most {MAX_PIXELS} are read."
        )
    layers: list[Layer] = []
    for record in document.layers:
        data = _verified(archive, record.entry, record.sha256)
        with damage_named(archive.path, record.entry):
            layers.append(layer_of(record, pictures.mask_from_png(data, box_of(record.box))))
    return tuple(layers)


def _own_background(archive: Archive, record: BackgroundRecord | None) -> Background | None:
    if record is None:
        return None
    data = _verified(archive, record.entry, record.sha256)
    with damage_named(archive.path, record.entry):
        pictures.photo_size(data)
    return Background(data=data, format=record.format, name=record.name)


def _verified(archive: Archive, entry: str, sha256: str) -> bytes:
    data = archive.read(entry)
    if _sha256(data) != sha256:
        raise ProjectError(
            f"{archive.path}: entry {entry!r} is damaged (its checksum is wrong). "
            f"Restore the file from a backup, for example {archive.path.name}~."
        )
    return data


def _layout_extra(document: DocumentRecord) -> dict[str, Any]:
    return unknown_keys(document, but=frozenset({"layers"}))


def _unknown_entries(archive: Archive, known: set[str]) -> dict[str, bytes]:
    ours = {MIMETYPE, STACK, DOCUMENT, MERGED, THUMBNAIL, PHOTO_LAYER} | known
    unknown: dict[str, bytes] = {}
    left = MAX_UNKNOWN_BYTES
    for name in archive.names:
        if name not in ours:
            unknown[name] = archive.read(name, limit=left)
            left -= len(unknown[name])
    return unknown


def _read_foreign(
    archive: Archive, stack_text: bytes, document: DocumentRecord | None
) -> OpenedProject:
    """The stack is the truth; a document that was left in adds what it knows."""
    with damage_named(archive.path, STACK):
        stack = parse_stack(stack_text)
    try:
        check_canvas_size(stack.width, stack.height)
    except InputError as error:
        raise ProjectError(f"{archive.path}: entry {STACK!r} cannot be used: {error}") from error
    found = read_stack_layers(archive, stack, document)
    background, notes = found.background, list(found.notes)
    sources = {layer.source for layer in stack.layers}
    known = sources | ({r.entry for r in document.layers} if document else set())
    if document is not None:
        notes.insert(0, "Another program changed this project; its layers were taken as they are.")
        if document.background is not None:
            known.add(document.background.entry)
    layout = Layout(
        width=stack.width,
        height=stack.height,
        caption=document.caption if document else "",
        layers=found.layers,
        background=background,
        extra=_layout_extra(document) if document else {},
    )
    return OpenedProject(
        layout=layout,
        notes=tuple(notes),
        unknown=_unknown_entries(archive, known),
        settings=document.settings if document else {},
        foreign=True,
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
