"""The files of a pack: its manifest, checksums, and the frame of a safetensors file.

Imports neither Qt nor torch.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
PARTIAL = ".partial"
"""Folder inside a pack's where downloads grow until they are whole."""

INDEX = ".safetensors.index.json"
"""How the name of a list ends that says in which file each weight lies."""

_FOR_READERS = (".md", ".csv", ".png")
_PICKLED = (".bin", ".pth", ".pt", ".ckpt", ".pkl")
_SETTLED_NS = 2_000_000_000
_digests: dict[tuple[Path, int, int], str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file as a manifest lists it.

    Attributes:
        size: Bytes.
        sha256: Hex digest.
        time_ns: When the file was written, if the manifest was made right then; 0 where nobody
            knows, as for a file that came with the program.
    """

    size: int
    sha256: str
    time_ns: int = 0


def write_manifest(folder: Path) -> Path:
    """List what the models of a pack are opened from, with size and SHA-256.

    To be run whenever such a file changed. Cards, curves and sheets are for readers: a changed one
    makes no model another one, so they are not listed.
    """
    listed = {
        file.relative_to(folder).as_posix(): Listed(size=file.stat().st_size, sha256=sha256(file))
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and file.name != MANIFEST
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.suffix not in _FOR_READERS
    }
    return save_manifest(folder, listed)


def save_manifest(
    folder: Path, listed: Mapping[str, Listed], sources: Mapping[str, Any] | None = None
) -> Path:
    """Write a pack's manifest, whole or not at all; `sources` tells where each model is from."""
    from engine.project.files import replace_file

    entries = {
        name: {"size": file.size, "sha256": file.sha256}
        | ({"time_ns": file.time_ns} if file.time_ns else {})
        for name, file in sorted(listed.items())
    }
    values: dict[str, Any] = {"version": 1, "files": entries}
    if sources:
        values["sources"] = dict(sources)
    target = folder / MANIFEST
    replace_file(target, (json.dumps(values, indent=1) + "\n").encode())
    return target


def read_manifest(folder: Path) -> tuple[dict[str, Listed], dict[str, Any]]:
    """File name -> its entry, and component -> where it is from; empty without a manifest.

    Raises:
        ValueError: The manifest cannot be read.
    """
    file = folder / MANIFEST
    if not file.is_file():
        return {}, {}
    try:
        values = json.loads(file.read_text("utf-8"))
        listed = {
            name: Listed(
                size=int(entry["size"]),
                sha256=str(entry["sha256"]),
                time_ns=int(entry.get("time_ns", 0)),
            )
            for name, entry in values["files"].items()
        }
        return listed, dict(values.get("sources", {}))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def is_as_listed(file: Path, entry: Listed) -> bool:
    """Whether a file is the listed one; read only where its time does not vouch for it."""
    stat = file.stat()
    if stat.st_size != entry.size:
        return False
    return stat.st_mtime_ns == entry.time_ns or sha256(file) == entry.sha256


def weights(folder: Path) -> list[Path]:
    """Every safetensors file of a pack or model, partial downloads left out; those that an index
    of shards names included, wherever they lie."""
    found = {file for file in shards(folder) if file.is_file()} | set(folder.rglob("*.safetensors"))
    return sorted(file for file in found if PARTIAL not in file.parts[len(folder.parts) :])


def shards(folder: Path) -> list[Path]:
    """The files that a model's indexes of shards name, there or not.

    With such an index the lite pack's text encoder is opened from the weights of its picture
    model, which has the same one, so that they are shipped once.
    """
    found = set()
    for index in folder.rglob(f"*{INDEX}"):
        if index.with_name(index.name.removesuffix(".index.json")).is_file():
            # Whoever opens the model takes the whole file.
            continue
        try:
            names = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
            found |= {Path(os.path.normpath(index.parent / name)) for name in names}
        except (ValueError, KeyError, TypeError, AttributeError):
            # Opening the model is what tells the user.
            continue
    return sorted(found)


def share_weights(model: Path, other: Path) -> Path:
    """Let a model be opened from another one's file of the same weights; returns the new index.

    Args:
        model: Folder with a model.safetensors, which is removed.
        other: The file that is kept, with the same bytes.

    Raises:
        ValueError: The files differ.
    """
    own = model / "model.safetensors"
    if sha256(own) != sha256(other):
        raise ValueError(f"{own} and {other} are not the same weights.")
    with own.open("rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
    name = Path(os.path.relpath(other, model)).as_posix()
    index = model / f"model{INDEX}"
    names = {key: name for key in sorted(header) if key != "__metadata__"}
    values = {"metadata": {"total_size": other.stat().st_size}, "weight_map": names}
    index.write_text(json.dumps(values, indent=1) + "\n", "utf-8")
    own.unlink()
    return index


def pickled_weights(folder: Path) -> list[Path]:
    """Weights in formats that can run code when they are opened."""
    return sorted(file for file in folder.rglob("*") if file.suffix in _PICKLED)


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, as hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def known_sha256(file: Path) -> str:
    """`sha256`, read again only when the file's size or time has changed."""
    stat = file.stat()
    key = (file, stat.st_size, stat.st_mtime_ns)
    if key not in _digests:
        digest = sha256(file)
        # Two writes within one tick of the clock leave the same time.
        if time.time_ns() - stat.st_mtime_ns < _SETTLED_NS:
            return digest
        _digests[key] = digest
    return _digests[key]


def digest_of_all(folder: Path, files: Iterable[Path], listed: Mapping[str, Listed]) -> str:
    """SHA-256 over files and their names; a digest that the manifest vouches for is not redone."""
    whole = hashlib.sha256()
    for file in files:
        name, stat = file.relative_to(folder).as_posix(), file.stat()
        entry = listed.get(name)
        vouched = entry and (entry.size, entry.time_ns) == (stat.st_size, stat.st_mtime_ns)
        digest = entry.sha256 if entry and vouched else known_sha256(file)
        whole.update(f"{name}\n{digest}\n".encode())
    return whole.hexdigest()


def safetensors_problem(file: Path) -> str | None:
    """What is wrong with the frame of a safetensors file, None when it is sound.

    The format: 8 bytes little-endian header length, a JSON header, then the tensors, whose
    `data_offsets` are counted from the end of the header.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            return f"it has only {size} bytes"
        (length,) = struct.unpack("<Q", start)
        if length > size - 8:
            return f"it ends after {size} bytes, inside its header"
        try:
            header = json.loads(stream.read(length))
            ends = [
                int(entry["data_offsets"][1])
                for name, entry in header.items()
                if name != "__metadata__"
            ]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return "its header cannot be read"
    expected = 8 + length + max(ends, default=0)
    return None if size == expected else f"it has {size} bytes and should have {expected}"


def parameters(folder: Path) -> int:
    """Number of weights in a model's safetensors files, as their headers count them."""
    return sum(_numbers(file) for file in weights(folder))


def _numbers(file: Path) -> int:
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            return 0
        try:
            header = json.loads(stream.read(struct.unpack("<Q", start)[0]))
            shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
            return sum(math.prod(shape) for shape in shapes)
        except (ValueError, KeyError, TypeError, AttributeError, MemoryError, OverflowError):
            # `safetensors_problem` is what tells the user.
            return 0
