"""Looking after installed packs: verifying, removing, and what installing shares with that."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import JobContext, QuietContext
from engine.models import files, packs, transfer
from engine.models.files import Listed


def remove(pack: str, components: tuple[str, ...] = ()) -> int:
    """Delete an installed pack, or some components of it, partial downloads included.

    Returns:
        Bytes that became free.

    Raises:
        InputError: The pack comes with the program.
        ModelMissing: Nothing of that is installed.
        EngineError: A file cannot be deleted.
    """
    if "/" in pack or os.sep in pack:
        raise InputError(f"{pack} is a folder: only packs are removed, by their names.")
    folder = packs.pack_folder(pack)
    if not packs.is_removable(folder):
        raise InputError(f"The pack {pack} comes with the program and cannot be removed.")
    if not _is_a_pack(folder):
        raise InputError(f"{folder} does not look like a pack, so it is not deleted.")
    with alone(folder):
        paths = [folder]
        if components:
            paths = [
                path
                for name in components
                for path in (folder / name, packs.partial_folder(folder, name))
                if name in packs.COMPONENT_NAMES and path.is_dir()
            ]
        if not paths:
            raise ModelMissing(f"The pack {pack} has no {', '.join(components)} in {folder}.")
        freed = sum(f.lstat().st_size for p in paths for f in p.rglob("*") if f.is_file())
        try:
            for path in paths:
                path.unlink() if path.is_symlink() else shutil.rmtree(path)
        except OSError as error:
            raise EngineError(f"{error.filename} cannot be deleted: {error.strerror}.") from error
        if components:
            listed, sources = known_manifest(folder)
            gone = tuple(f"{name}/" for name in components)
            kept = {name: entry for name, entry in listed.items() if not name.startswith(gone)}
            files.save_manifest(
                folder, kept, {k: v for k, v in sources.items() if k not in components}
            )
            if not any((folder / name).is_dir() for name in packs.COMPONENT_NAMES):
                shutil.rmtree(folder, ignore_errors=True)
    packs.forget_models(folder)
    return freed


def _is_a_pack(folder: Path) -> bool:
    marks = (*packs.COMPONENT_NAMES, files.PARTIAL, files.MANIFEST)
    return any((folder / name).exists() for name in marks)


def discard(pack: str) -> int:
    """Delete what unfinished downloads of a pack left; returns the bytes that became free."""
    folder = packs.install_parent() / pack / files.PARTIAL
    freed = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What `verify` found of one file: problem "" when it is as the manifest lists it."""

    path: str
    size: int
    problem: str = ""


def verify(pack: str, context: JobContext | None = None) -> tuple[FileCheck, ...]:
    """Read every file of a pack and compare it with the manifest.

    Raises:
        ModelMissing: The pack is not installed, or has no manifest to compare with.
        ModelDamaged: The manifest cannot be read.
        Cancelled: The user cancelled.
    """
    context, folder = context or QuietContext(), packs.pack_folder(pack)
    listed, _ = read_manifest(folder)
    if not listed:
        raise ModelMissing(f"The pack {pack} has no manifest in {folder}: nothing to verify.")
    checks, done, total = [], 0, sum(entry.size for entry in listed.values())
    for name, entry in listed.items():
        context.progress(f"Verifying {pack}", done, total)
        at = Within(context, f"Verifying {pack}", done, total)
        problem = problem_of(folder / name, entry, at)
        checks.append(FileCheck(path=name, size=entry.size, problem=problem))
        done += entry.size
    models = {name.partition("/")[0] for name in listed}
    for file in files.weights(folder):
        name = file.relative_to(folder).as_posix()
        if name not in listed and name.partition("/")[0] in models:
            size = file.stat().st_size
            checks.append(FileCheck(path=name, size=size, problem="not in the manifest"))
    return tuple(checks)


def problem_of(file: Path, entry: Listed, context: JobContext) -> str:
    """How a file differs from its entry in the manifest, "" when it does not."""
    if not file.is_file():
        return "missing"
    size = file.stat().st_size
    if size != entry.size:
        return f"{size} bytes instead of {entry.size}"
    try:
        transfer.check_digest(file, entry.sha256, name=file.name, report=reporting(context))
    except ModelDamaged:
        return "wrong checksum"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def reporting(context: JobContext) -> transfer.Report:
    """A context as what is told how many bytes were done."""
    return lambda count: context.progress("", count)


@dataclass(slots=True)
class Within:
    """A JobContext whose steps count within a larger total, under its stage unless one is given."""

    context: JobContext
    stage: str
    start: int
    total: int

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: object = None) -> None:
        self.context.progress(stage or self.stage, min(self.start + step, self.total), self.total)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second program from working on the same pack."""
    from filelock import FileLock, Timeout

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise EngineError(
            f"Another program is working on the pack {folder.name}: wait until it has finished."
        ) from error
    except OSError as error:
        raise transfer.disk_error(error, folder) from error


def read_manifest(folder: Path) -> tuple[dict[str, Listed], dict[str, Any]]:
    """A pack's manifest; raises ModelDamaged when it cannot be read."""
    try:
        return files.read_manifest(folder)
    except ValueError as error:
        raise ModelDamaged(
            f"{folder / files.MANIFEST} cannot be read. {packs.remedy(folder.name)}"
        ) from error


def known_manifest(folder: Path) -> tuple[dict[str, Listed], dict[str, Any]]:
    """The manifest; empty where it cannot be read, since installing writes it anew."""
    try:
        return files.read_manifest(folder)
    except ValueError:
        return {}, {}
