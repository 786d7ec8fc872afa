"""`layout/document.json`: what OpenRaster has no words for.

Keys that this version does not know are kept in `extra` of the layout or layer, under the same
nesting, and written back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.layout.geometry import Box
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import MAX_CAPTION, MAX_LABEL, MAX_LAYERS, Background, Layout
from engine.layout.mask import Mask
from engine.project.origins import is_sound, mend_origins

VERSION = 1
_FAR = 1 << 20
MAX_DIGITS = 300

Json = dict[str, Any]

MIGRATIONS: dict[int, Callable[[Json], Json]] = {}
"""From each version below VERSION, the function that makes a document of the next one."""

Coordinate = Annotated[int, Field(ge=-_FAR, le=_FAR)]
Length = Annotated[int, Field(ge=0, le=_FAR)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class CanvasRecord(_Record):
    width: int
    height: int


class BoxRecord(_Record):
    x: Coordinate
    y: Coordinate
    width: Length
    height: Length


class ProvenanceRecord(_Record):
    kind: str
    request: Json = {}
    seed: int | None = None
    pack: str = ""
    model_hash: str = ""


class LayerRecord(_Record):
    """One layer; `entry` is its picture in the archive and `sha256` that entry's checksum."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
    ade_class: Annotated[int, Field(ge=-1, le=149)] = -1
    visible: bool = True
    locked: bool = False
    group: Annotated[str, Field(max_length=MAX_LABEL)] | None = None
    prompt: str = ""
    provenance: ProvenanceRecord | None = None
    box: BoxRecord
    entry: str
    sha256: str


class BackgroundRecord(_Record):
    name: str = ""
    format: str
    entry: str
    sha256: str


class DocumentRecord(_Record):
    """The whole document; layers farthest first. `stack_sha256` tells a foreign re-save."""

    version: int
    program: str = "Scenewright"
    canvas: CanvasRecord
    caption: Annotated[str, Field(max_length=MAX_CAPTION)] = ""
    background: BackgroundRecord | None = None
    layers: Annotated[list[LayerRecord], Field(max_length=MAX_LAYERS)] = []
    settings: Json = {}
    stack_sha256: str = ""


def parse_document(text: bytes) -> tuple[DocumentRecord, tuple[str, ...]]:
    """The document, brought up to the present version, and what to tell of it.

    What is damaged in the words on where a mask came from is left out, and told.

    Raises:
        ValueError: Not JSON, of a newer version, or a field has a bad value; names the field.
    """
    try:
        raw = json.loads(text, parse_int=_whole)
        notes = mend_origins(raw)
        if not is_sound(raw):
            raise ValueError("it holds a number that is none, or that is endless")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    version = raw.get("version") if isinstance(raw, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("it has no version number")
    if version > VERSION:
        raise NewerVersion(version)
    for step in range(version, VERSION):
        raw = MIGRATIONS[step](raw)
    try:
        return DocumentRecord.model_validate(raw), notes
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"field {field}: {first['msg']}") from None


class NewerVersion(ValueError):
    """The document was written by a newer program."""

    def __init__(self, version: int) -> None:
        super().__init__(f"it has version {version}, this program knows up to {VERSION}")


def dump_document(record: DocumentRecord) -> bytes:
    """Inverse of `parse_document`. Raises ValueError for values that JSON has not."""
    text = json.dumps(record.model_dump(), indent=1, allow_nan=False)
    return text.encode("ascii")


def layer_record(layer: Layer, *, entry: str, sha256: str) -> LayerRecord:
    """Raises ValueError (pydantic's) when a field of the layer is out of its range."""
    known = {
        "id": layer.id,
        "label": layer.label,
        "ade_class": layer.ade_class,
        "visible": layer.visible,
        "locked": layer.locked,
        "group": layer.group,
        "prompt": layer.prompt,
        "provenance": _plain(layer.provenance),
        "box": layer.mask.box._asdict(),
        "entry": entry,
        "sha256": sha256,
    }
    return LayerRecord.model_validate(_with_extra(known, layer.extra))


def layer_of(record: LayerRecord, mask: Mask) -> Layer:
    origin = record.provenance
    return Layer(
        id=record.id,
        label=record.label,
        mask=mask,
        ade_class=record.ade_class,
        visible=record.visible,
        locked=record.locked,
        group=record.group,
        prompt=record.prompt,
        provenance=None
        if origin is None
        else Provenance(
            kind=origin.kind,
            request=origin.request,
            seed=origin.seed,
            pack=origin.pack,
            model_hash=origin.model_hash,
        ),
        extra=unknown_keys(record),
    )


def box_of(record: BoxRecord) -> Box:
    return Box(record.x, record.y, record.width, record.height)


def document_record(
    layout: Layout,
    layers: list[LayerRecord],
    *,
    photo: Json | None,
    settings: Mapping[str, Any],
    stack_sha256: str,
) -> DocumentRecord:
    """Raises ValueError (pydantic's) when a field of the layout is out of its range."""
    known = {
        "version": VERSION,
        "canvas": {"width": layout.width, "height": layout.height},
        "caption": layout.caption,
        "background": photo,
        "settings": dict(settings),
        "stack_sha256": stack_sha256,
    }
    record = DocumentRecord.model_validate(_with_extra(known, layout.extra))
    return record.model_copy(update={"layers": layers})


def photo_record(background: Background, *, entry: str, sha256: str) -> Json:
    return {
        "name": background.name,
        "format": background.format,
        "entry": entry,
        "sha256": sha256,
    }


def unknown_keys(record: _Record, *, but: frozenset[str] = frozenset()) -> Json:
    """What the record and the records directly in it hold beyond their known fields."""
    unknown = dict(record.model_extra or {})
    for name in type(record).model_fields:
        value = getattr(record, name)
        if name not in but and isinstance(value, _Record) and (inner := unknown_keys(value)):
            unknown[name] = inner
    return unknown


def _plain(provenance: Provenance | None) -> Json | None:
    if provenance is None:
        return None
    return {
        "kind": provenance.kind,
        "request": dict(provenance.request),
        "seed": provenance.seed,
        "pack": provenance.pack,
        "model_hash": provenance.model_hash,
    }


def _with_extra(known: Json, extra: Mapping[str, Any]) -> Json:
    """`known` with the kept unknown keys added at the same nesting; what is known wins."""
    merged = dict(known)
    for name, value in extra.items():
        if name not in known:
            merged[name] = value
        elif isinstance(known[name], dict) and isinstance(value, Mapping):
            merged[name] = _with_extra(known[name], value)
    return merged


def _whole(digits: str) -> float:
    """Python refuses to read numbers of thousands of digits; they are as good as endless."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf
