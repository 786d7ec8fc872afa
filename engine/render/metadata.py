"""Renders as PNG files that carry their request: dropped on the window, they can be drawn again.

Two text chunks are written: `parameters`, lines that people and other programs read, and
`scenewright`, the whole record (`engine.render.history`) as compressed JSON. Reading walks the
chunks by itself, because limits must be ours: a hostile file may claim anything.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import InputError
from engine.render.history import record_of, request_of
from engine.render.request import Picture, RenderRequest, RenderResult

KEY = "scenewright"
FOR_READERS = "parameters"
MAX_FILE = 256 << 20
MAX_TEXT = 32 << 20
"""Bytes of a record, unpacked: some thousand layers."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_bytes(result: RenderResult, picture: Picture) -> bytes:
    """The picture as a PNG that carries its request."""
    record = record_of(result, picture)
    info = PngInfo()
    text = parameters_text(record).encode(errors="replace").decode()
    info.add_itxt(FOR_READERS, text)
    info.add_itxt(KEY, json.dumps(record, separators=(",", ":")), zip=True)
    # A machine made it: that is said in the words that the IPTC has for it.
    info.add_itxt("XML:com.adobe.xmp", _XMP)
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def request_from_png(path: Path | str) -> RenderRequest:
    """The request that drew a PNG.

    Raises:
        InputError: The file cannot be read, is no PNG, carries no request of ours, or a damaged
            one.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path} is too large to be a picture of ours.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return request_of_png(data, name=str(path))


def request_of_png(data: bytes, *, name: str = "The picture") -> RenderRequest:
    """`request_from_png` for a file's bytes; `name` is what errors call it."""
    text = _record_text(data, name)
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} carries a request that cannot be read.") from error
    if not isinstance(record, dict):
        raise InputError(f"{name} carries a request that cannot be read.")
    try:
        return request_of(record)
    except RecursionError as error:
        raise InputError(f"{name} carries a request that cannot be read.") from error


def parameters_text(record: Mapping[str, Any]) -> str:
    """The lines that people read: prompt, negative prompt, settings."""
    request = record["request"]
    settings = {
        "Steps": request["steps"],
        "CFG scale": request["guidance"],
        "Seed": request["seed"],
        "Size": f"{record['width']}x{record['height']}",
        "Model": record["pack"],
        "Model hash": record["model_hash"],
        "ControlNet scale": request["control_scale"],
    }
    lines = [record["prompt"]]
    if request["negative"]:
        lines.append(f"Negative prompt: {request['negative']}")
    lines.append(", ".join(f"{name}: {value}" for name, value in settings.items()))
    return "\n".join(lines)


def _record_text(data: bytes, name: str) -> str:
    """The text of our chunk. Raises InputError where there is none, or it is broken."""
    if not data.startswith(_SIGNATURE):
        raise InputError(f"{name} is no PNG file: only a PNG saved by Scenewright has a request.")
    try:
        for kind, body in _chunks(data):
            if kind in (b"iTXt", b"zTXt", b"tEXt"):
                key, _, rest = body.partition(b"\0")
                if key == KEY.encode():
                    return _text(kind, rest)
    except (ValueError, struct.error, zlib.error) as error:
        raise InputError(f"{name} is damaged: {error}.") from error
    raise InputError(f"{name} carries no request: it was not saved by Scenewright.")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk up to the end mark, checksums of text chunks checked."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            raise ValueError("it ends within a chunk")
        if kind == b"IEND":
            return
        body = data[at + 8 : end] if kind.endswith(b"Xt") else b""
        if body:
            (wanted,) = struct.unpack_from(">I", data, end)
            if zlib.crc32(kind + body) != wanted:
                raise ValueError("a checksum is wrong")
        yield kind, body
        at = end + 4
    raise ValueError("it ends too early")


def _text(kind: bytes, rest: bytes) -> str:
    """The text behind the key of a chunk, unpacked up to MAX_TEXT bytes."""
    packed = False
    if kind == b"zTXt":
        packed, rest = True, rest[1:]
    elif kind == b"iTXt":
        if len(rest) < 2:
            raise ValueError("a text chunk is too short")
        packed = rest[0] == 1
        rest = rest[2:].split(b"\0", 2)[-1]
    if packed:
        unpacker = zlib.decompressobj()
        rest = unpacker.decompress(rest, MAX_TEXT)
        if unpacker.unconsumed_tail:
            raise ValueError("its request is too long")
    if len(rest) > MAX_TEXT:
        raise ValueError("its request is too long")
    return rest.decode("utf-8" if kind == b"iTXt" else "latin-1")


_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    "Iptc4xmpExt:DigitalSourceType="
    '"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)
