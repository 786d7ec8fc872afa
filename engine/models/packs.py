"""Packs: named folders of models that fit together, and a cache that loads each model once.

A pack is a folder with one standard model folder (config + safetensors) per component:

    lite/text_encoder/   config.json, tokenizer.json, model.safetensors
    lite/smartmask/      model_index.json and the folders of a diffusers pipeline
    lite/manifest.json   size and SHA-256 of every file, written by `write_manifest`

Importing this module imports no torch; loading a model does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from engine.errors import InputError, ModelDamaged, ModelMissing, ScenewrightError
from engine.jobs.context import JobContext, QuietContext
from engine.jobs.engine import is_out_of_memory

if TYPE_CHECKING:
    from engine.smartmask.pipeline import SmartMaskPipeline
    from engine.text.encoder import TextEncoder
    from planner.llava import LlavaPlanner

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models"
"""The packs inside the repository."""

FOLDER_VARIABLE = "SCENEWRIGHT_MODELS"
"""Environment variable: a folder of packs that is looked at before all others."""

MANIFEST = "manifest.json"
_FOR_READERS = (".md", ".csv", ".png")

_SHIPPED_PACKS = ("lite",)
_NEEDED = {
    "text_encoder": ("config.json", "tokenizer.json", "model.safetensors"),
    "smartmask": ("model_index.json",),
    "planner": ("config.json",),
}
_NAMES = {"text_encoder": "the text encoder", "smartmask": "SmartMask", "planner": "the planner"}

_cache: dict[tuple[str, Path], Any] = {}
_lock = threading.Lock()
_digests: dict[tuple[Path, int, int], str] = {}
_SETTLED_NS = 2_000_000_000


def pack_folder(pack: str = "lite") -> Path:
    """The folder of a pack, by its name or by a path that contains a slash.

    Names are looked up in $SCENEWRIGHT_MODELS, among the shipped packs, and among the downloaded
    ones, in that order.

    Raises:
        InputError: The name cannot be one of a pack.
        ModelMissing: No such pack is installed.
    """
    if "/" in pack or os.sep in pack:
        folder = Path(pack).expanduser()
        if not folder.is_dir():
            raise ModelMissing(f"There is no pack at {folder}: name a folder that holds one.")
        return folder.resolve()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", pack):
        raise InputError(f"{pack!r} cannot be the name of a pack; the shipped one is lite.")
    for parent in _parents():
        if (parent / pack).is_dir():
            return parent / pack
    raise ModelMissing(f"The pack {pack} is not installed. {_remedy(pack)}")


def check_component(folder: Path, component: str) -> Path:
    """The folder of one model of a pack, found whole as far as its files tell.

    Every needed file is there, every safetensors file is as long as its header says, and every
    file listed in the pack's manifest has the listed size and SHA-256.

    Raises:
        ModelMissing: The model or one of its files is not there.
        ModelDamaged: A file is cut short, unreadable, or not the one the manifest lists.
    """
    model, remedy = folder / component, _remedy(folder.name)
    for name in _NEEDED[component]:
        if not (model / name).is_file():
            raise ModelMissing(
                f"The pack {folder.name} lacks {_NAMES[component]}: {model / name} is missing. "
                f"{remedy}"
            )
    for name, (size, digest) in _manifest(folder).items():
        if not name.startswith(f"{component}/"):
            continue
        file = folder / name
        if not file.is_file():
            raise ModelMissing(f"The pack {folder.name} is not whole: {file} is missing. {remedy}")
        if file.stat().st_size != size or sha256(file) != digest:
            raise ModelDamaged(f"{file} is not the file the pack was made with. {remedy}")
    weights = _weights(model)
    if not weights:
        raise ModelMissing(f"The pack {folder.name} has no weights in {model}. {remedy}")
    for file in weights:
        if problem := _safetensors_problem(file):
            raise ModelDamaged(f"{file} is damaged: {problem}. {remedy}")
    return model


def pack_hash(pack: str = "lite") -> str:
    """First 16 hex digits of the SHA-256 over the pack's weights, their names included.

    Raises:
        ModelMissing: The pack is not installed, or holds no weights.
    """
    folder = pack_folder(pack)
    files = _weights(folder)
    if not files:
        raise ModelMissing(f"The pack {pack} has no weights in {folder}. {_remedy(pack)}")
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(folder).as_posix()}\n{_known_sha256(file)}\n".encode())
    return whole.hexdigest()[:16]


def load_smartmask(pack: str = "lite", *, context: JobContext | None = None) -> SmartMaskPipeline:
    """The pack's SmartMask pipeline, loaded on the first call and kept.

    Raises:
        ModelMissing, ModelDamaged: See `check_component`; also when the model does not open.
        Cancelled: The user cancelled while it loaded.
    """

    def load(model: Path) -> Any:
        from diffusers.utils import logging

        from engine.smartmask.pipeline import SmartMaskPipeline

        logging.disable_progress_bar()
        return SmartMaskPipeline.from_pretrained(model)

    return _cached(pack, "smartmask", load, context or QuietContext())


def load_text_encoder(pack: str = "lite", *, context: JobContext | None = None) -> TextEncoder:
    """The pack's text encoder, loaded on the first call and kept; raises as `load_smartmask`."""

    def load(model: Path) -> Any:
        from transformers.utils import logging

        from engine.text.encoder import TextEncoder

        logging.disable_progress_bar()
        return TextEncoder.from_pretrained(model)

    return _cached(pack, "text_encoder", load, context or QuietContext())


def load_planner(pack: str = "lite", *, context: JobContext | None = None) -> LlavaPlanner:
    """The pack's planner, loaded on the first call and kept; raises as `load_smartmask`."""

    def load(model: Path) -> Any:
        from transformers.utils import logging

        from planner.llava import LlavaPlanner

        logging.disable_progress_bar()
        return LlavaPlanner.from_pretrained(model)

    return _cached(pack, "planner", load, context or QuietContext())


def forget_models() -> None:
    """Drop every loaded model, so that its memory is freed and its files are read anew."""
    with _lock:
        _cache.clear()


def write_manifest(folder: Path) -> Path:
    """List what the models of a pack are opened from, with size and SHA-256.

    To be run whenever such a file changed. Cards, curves and sheets are for readers: a changed one
    makes no model another one, so they are not listed.
    """
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.name != MANIFEST
        and not file.name.startswith(".")
        and file.suffix not in _FOR_READERS
    )
    entries = {
        file.relative_to(folder).as_posix(): {"size": file.stat().st_size, "sha256": sha256(file)}
        for file in files
    }
    target = folder / MANIFEST
    target.write_text(json.dumps({"version": 1, "files": entries}, indent=1) + "\n", "utf-8")
    return target


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, as hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _known_sha256(file: Path) -> str:
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


def _cached(pack: str, component: str, load: Callable[[Path], Any], context: JobContext) -> Any:
    folder = pack_folder(pack)
    with _lock:
        if (component, folder) not in _cache:
            context.progress(f"Loading {_NAMES[component]}")
            model = check_component(folder, component)
            try:
                loaded = load(model)
            except (ScenewrightError, ImportError):
                raise
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                reason = next(iter(str(error).splitlines()), type(error).__name__)
                raise ModelDamaged(
                    f"{model} does not open ({reason}). {_remedy(folder.name)}"
                ) from error
            context.progress(f"Loading {_NAMES[component]}", 1, 1)
            _cache[component, folder] = loaded
        return _cache[component, folder]


def _parents() -> tuple[Path, ...]:
    own = os.environ.get(FOLDER_VARIABLE)
    downloaded = user_data_path("scenewright", appauthor=False) / "models"
    return (*([Path(own).resolve()] if own else []), SHIPPED, downloaded)


def _remedy(pack: str) -> str:
    if pack in _SHIPPED_PACKS:
        return (
            f"The pack {pack} comes with the program: "
            f"`git checkout -- resources/models/{pack}` restores it."
        )
    return "Install it again, or use the pack lite."


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.safetensors"))


def _manifest(folder: Path) -> dict[str, tuple[int, str]]:
    """File name -> (size in bytes, SHA-256); empty for a pack without a manifest."""
    file = folder / MANIFEST
    if not file.is_file():
        return {}
    try:
        files = json.loads(file.read_text("utf-8"))["files"]
        return {name: (int(entry["size"]), str(entry["sha256"])) for name, entry in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(f"{file} cannot be read. {_remedy(folder.name)}") from error


def _safetensors_problem(file: Path) -> str | None:
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
