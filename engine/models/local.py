"""Models from a folder on this computer: which of its files make the component, and copying."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from engine.errors import InputError, ModelDamaged
from engine.jobs.context import JobContext
from engine.models import files
from engine.models.catalogue import ALLOWED, Component
from engine.models.check import LEFT_OUT

_CHUNK = 8 << 20
_VARIANT = re.compile(r"^(?P<stem>.+)\.(?:fp16|bf16)(?P<shard>(?:-\d+-of-\d+)?\.safetensors)$")


def find(
    source: Path, parts: Sequence[Component], *, all_asked: bool
) -> dict[str, dict[str, Path]]:
    """Component -> (path inside its folder -> the file to copy).

    Args:
        source: A folder of component folders; with one component also that model's own folder.
        all_asked: Whether it is an error that one is not there.

    Raises:
        InputError: There is no such folder, or nothing of what is asked for in it.
        ModelDamaged: A model's weights are only in a format that can run code.
    """
    source = source.expanduser()
    if not source.is_dir():
        raise InputError(f"There is no folder {source} to install from.")
    homes = {part.name: source / part.name for part in parts if (source / part.name).is_dir()}
    if not homes and len(parts) == 1 and _is_model(source):
        homes = {parts[0].name: source}
    absent = [part.name for part in parts if part.name not in homes]
    if not homes or (absent and all_asked):
        raise InputError(
            f"{source} has no folder {' or '.join(absent)}: name a folder that holds the models' "
            "folders, or one model's own folder together with the component."
        )
    return {part.name: _files(homes[part.name], part) for part in parts if part.name in homes}


def copy(source: Path, target: Path, context: JobContext) -> None:
    """Copy a file; the target appears whole or not at all. Raises Cancelled between chunks."""
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with source.open("rb") as reader, part.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            done += len(chunk)
            context.progress("", done)
    os.replace(part, target)


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("model_index.json", "config.json"))


def _files(home: Path, part: Component) -> dict[str, Path]:
    """The files of a model that are taken over: safetensors and text, one precision of each."""
    if not files.weights(home) and (pickled := files.pickled_weights(home)):
        raise ModelDamaged(
            f"{pickled[0]} is a kind of file that can run code when it is opened, so it is not "
            "installed: only safetensors are. Save the model with safe_serialization=True, or "
            "get it as safetensors."
        )
    wanted = _pipeline_folders(home)
    sources = {file.source: file.path for file in part.files if file.source}
    taken: dict[str, Path] = {}
    variants: dict[str, Path] = {}
    for file in sorted(home.rglob("*")):
        name = file.relative_to(home).as_posix()
        hidden = any(piece.startswith(".") for piece in name.split("/"))
        if not file.is_file() or file.suffix not in ALLOWED or hidden:
            continue
        # A pipeline's folder often holds a single-file checkpoint beside its parts.
        top = name.partition("/")[0]
        if wanted is not None and top != "model_index.json" and top not in wanted:
            continue
        if name in sources:
            variants[sources[name]] = file
        elif match := _VARIANT.match(file.name):
            plain = f"{match['stem']}{match['shard']}"
            variants.setdefault(name.removesuffix(file.name) + plain, file)
        else:
            taken[name] = file
    return {**variants, **taken} if not sources else {**taken, **variants}


def _pipeline_folders(home: Path) -> frozenset[str] | None:
    """The folders that a pipeline's model_index.json names; None for a single model."""
    index = home / "model_index.json"
    if not index.is_file():
        return None
    try:
        values = json.loads(index.read_text("utf-8"))
        named = {k for k, v in values.items() if isinstance(v, list) and v[:1] != [None]}
    except (ValueError, AttributeError) as error:
        raise ModelDamaged(f"{index} cannot be read as JSON.") from error
    return frozenset(named - set(LEFT_OUT))
