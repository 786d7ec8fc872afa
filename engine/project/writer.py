"""Layout -> project file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import InputError, ProjectError
from engine.layout.layout import Layout, check_canvas_size
from engine.project import pictures
from engine.project.archive import MAX_ENTRIES, MAX_ENTRY_BYTES, zip_bytes
from engine.project.files import replace_file
from engine.project.schema import (
    Json,
    LayerRecord,
    document_record,
    dump_document,
    layer_record,
    photo_record,
)
from engine.project.stack import MAX_STACK_BYTES, StackLayer, stack_xml

MIMETYPE = "mimetype"
MIMETYPE_CONTENT = b"image/openraster"
STACK = "stack.xml"
DOCUMENT = "layout/document.json"
MERGED = "mergedimage.png"
THUMBNAIL = "Thumbnails/thumbnail.png"
PHOTO_STEM = "layout/photo"
PHOTO_LAYER = "data/background.png"
PHOTO_LAYER_NAME = "background photo"
MAX_DOCUMENT_BYTES = 6 << 20
_SUFFIXES = {"jpeg": "jpg", "tiff": "tif"}


def save_project(
    layout: Layout,
    path: Path | str,
    *,
    settings: Mapping[str, Any] | None = None,
    unknown: Mapping[str, bytes] | None = None,
) -> None:
    """Write the layout to `path`; the previous file stays as "NAME~".

    The same layout gives the same bytes. Until the new file is whole and on the disk the old one
    keeps its name.

    Args:
        settings: JSON values that belong to the project rather than to the program.
        unknown: Entries to be carried along, as `OpenedProject.unknown` holds them.

    Raises:
        ProjectError: The file cannot be written, or the layout cannot be kept in a file.
    """
    path = Path(path)
    data = encode_project(layout, name=str(path), settings=settings, unknown=unknown)
    replace_file(path, data, backup=True)


def encode_project(
    layout: Layout,
    *,
    name: str = "the project",
    settings: Mapping[str, Any] | None = None,
    unknown: Mapping[str, bytes] | None = None,
    merged: bool = True,
) -> bytes:
    """The bytes of the project file; without `merged` no flattened pictures (for autosave).

    Raises:
        ProjectError: The layout holds something that could not be read again; says what.
    """
    try:
        entries = _entries(layout, settings=settings or {}, merged=merged)
    except (ValueError, TypeError, RecursionError, OSError, InputError) as error:
        raise ProjectError(f"Cannot save {name}: {error}") from error
    for entry, data in (unknown or {}).items():
        entries.setdefault(entry, data)
    if len(entries) > MAX_ENTRIES:
        raise ProjectError(f"Cannot save {name}: it has more than {MAX_ENTRIES} entries.")
    for entry, limit in ((STACK, MAX_STACK_BYTES), (DOCUMENT, MAX_DOCUMENT_BYTES)):
        _check_size(name, entry, entries[entry], limit)
    for entry, data in entries.items():
        _check_size(name, entry, data, MAX_ENTRY_BYTES)
    return zip_bytes(entries)


def _entries(layout: Layout, *, settings: Mapping[str, Any], merged: bool) -> dict[str, bytes]:
    check_canvas_size(layout.width, layout.height)
    files: dict[str, bytes] = {}
    records: list[LayerRecord] = []
    for number, layer in enumerate(layout.layers, 1):
        entry = f"data/{entry_stem(layer.id)}.png"
        if entry in files:
            raise ValueError(f"layers share the id {layer.id!r}.")
        if layer.mask.box.area > pictures.MAX_MASK_PIXELS:
            raise ValueError(f"layer {number} ({layer.label}) is too large; make it smaller.")
        files[entry] = pictures.mask_png(layer.mask, pictures.class_colour(layer.ade_class))
        try:
            records.append(layer_record(layer, entry=entry, sha256=_sha256(files[entry])))
        except ValueError as error:
            raise ValueError(f"layer {number} ({layer.label}): {error}") from error
    photo, photo_layer = _add_photo(layout, files)
    stack = stack_xml(
        list(zip(layout.layers, (record.entry for record in records), strict=True)),
        size=(layout.width, layout.height),
        photo=photo_layer,
    )
    document = document_record(
        layout, records, photo=photo, settings=settings, stack_sha256=_sha256(stack)
    )
    entries = {MIMETYPE: MIMETYPE_CONTENT, STACK: stack, DOCUMENT: dump_document(document)}
    entries |= files
    if merged:
        entries[MERGED] = pictures.merged_png(layout)
        entries[THUMBNAIL] = pictures.thumbnail_png(layout)
    return entries


def _add_photo(layout: Layout, files: dict[str, bytes]) -> tuple[Json | None, StackLayer | None]:
    """Put the photo in `files`: its bytes as they came, and as a layer for other programs."""
    background = layout.background
    if background is None:
        return None, None
    pictures.check_photo(background)
    suffix = re.sub(r"[^a-z0-9]", "", background.format.lower())[:8]
    entry = f"{PHOTO_STEM}.{_SUFFIXES.get(suffix, suffix) or 'bin'}"
    files[entry] = background.data
    size = (layout.width, layout.height)
    files[PHOTO_LAYER] = pictures.photo_png(background, size)
    record = photo_record(background, entry=entry, sha256=_sha256(background.data))
    return record, StackLayer(name=PHOTO_LAYER_NAME, source=PHOTO_LAYER, locked=True)


def entry_stem(layer_id: str) -> str:
    """A file name for the layer that every system takes, the id itself where it can be."""
    if re.fullmatch(r"[0-9a-z][0-9a-z_-]{3,63}", layer_id) and layer_id != "background":
        return layer_id
    return hashlib.sha256(layer_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_size(name: str, entry: str, data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise ProjectError(
            f"Cannot save {name}: {entry} would have {len(data)} bytes; at most {limit} "
            "can be read again. Make the layout or its photo smaller."
        )
