"""Installing packs, from the hub or a local folder.

A component grows in the pack's folder `.partial/` and takes its place in one step when every file
is there, has the right checksum, and the whole is a model of the right kind. So a component is
there whole or not at all, and whatever stops a download leaves what came for the next one.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import JobContext
from engine.models import catalogue, files, local, packs, transfer
from engine.models.catalogue import Component
from engine.models.check import adapt_model_index
from engine.models.files import Listed
from engine.models.request import InstallRequest, InstallResult
from engine.models.upkeep import Within, alone, known_manifest, problem_of, reporting

__all__ = ["InstallRequest", "InstallResult", "check_room", "run"]

_SPARE = 64_000_000
"""Bytes that must stay free on the disk."""


def run(request: InstallRequest, context: JobContext) -> InstallResult:
    """Install what the request asks for; what is there and whole is left alone.

    Progress is in bytes of the whole request, under stages like "Downloading Stable Diffusion
    1.5". Cancelling keeps what came; the same request goes on from there.

    Raises:
        ModelMissing: There is no such pack or component, or nobody offers it.
        ModelDamaged: A file has the wrong checksum, or the model is of another kind.
        InputError: The pack comes with the program, or the local folder does not serve.
        EngineError: No network, no room on the disk, or another program installs this pack.
        Cancelled: The user cancelled.
    """
    pack = catalogue.find_pack(request.pack)
    if pack.shipped:
        remedy = packs.remedy(request.pack, *request.components[:1])
        raise InputError(f"There is nothing to install: {_lower(remedy)}")
    parts = _chosen(request)
    folder = packs.install_parent() / request.pack
    result = _Done()
    with alone(folder):
        wanted = [part for part in parts if not _is_present(folder, part, request, context, result)]
        if wanted and request.source is not None:
            _copy(folder, wanted, request, context, result)
        elif wanted:
            _download(folder, wanted, request, context, result)
    return InstallResult(
        pack=request.pack,
        folder=str(folder),
        installed=tuple(result.installed),
        present=tuple(result.present),
        downloaded=result.bytes,
        notes=tuple(result.notes),
    )


@dataclass(slots=True)
class _Done:
    """What a run has done so far."""

    installed: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0


def _chosen(request: InstallRequest) -> list[Component]:
    pack = catalogue.find_pack(request.pack)
    if not request.components:
        return [part for part in pack.components if not part.optional]
    names = dict.fromkeys(request.components)
    parts = [catalogue.find_component(request.pack, name) for name in names]
    for part in parts:
        if not part.downloadable and request.source is None:
            note = f" {part.note}" if part.note else ""
            raise ModelMissing(f"Nobody offers {part.title} for download.{note}")
    return parts


def _is_present(
    folder: Path, part: Component, request: InstallRequest, context: JobContext, result: _Done
) -> bool:
    """Whether a component is there and whole; good files of a damaged one go back to staging."""
    own = folder / part.name
    if not own.is_dir():
        return False
    listed = {
        name: entry
        for name, entry in known_manifest(folder)[0].items()
        if name.startswith(f"{part.name}/")
    }
    if request.source is not None:
        return False
    if not listed:
        # Not ours: somebody put it there. It serves, or its owner has to decide.
        packs.check_component(folder, part.name)
        result.present.append(part.name)
        return True
    good, done, total = [], 0, sum(entry.size for entry in listed.values())
    for name, entry in listed.items():
        at = Within(context, f"Checking {part.title}", done, total)
        if not problem_of(folder / name, entry, at):
            good.append(name)
        done += entry.size
    if len(good) == len(listed):
        result.present.append(part.name)
        return True
    if good:
        staging = packs.partial_folder(folder, part.name)
        for name in good:
            target = staging / name.removeprefix(f"{part.name}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / name, target)
    shutil.rmtree(own)
    return False


def _download(
    folder: Path,
    parts: list[Component],
    request: InstallRequest,
    context: JobContext,
    result: _Done,
) -> None:
    if request.offline or transfer.is_offline():
        names = ", ".join(part.title for part in parts)
        raise EngineError(
            f"{names} would have to be downloaded, but this runs offline: install --from a folder, "
            "or allow the network."
        )
    offers = {part.name: _offers(folder, part, context) for part in parts}
    done = {part.name: _bytes_in(packs.partial_folder(folder, part.name)) for part in parts}
    sizes = {
        part.name: sum(offer.size or file.size for file, offer in offers[part.name])
        for part in parts
    }
    total, before = sum(sizes.values()), sum(done.values())
    check_room(folder, total - before)
    for part in parts:
        staging = packs.partial_folder(folder, part.name)
        stage = f"Downloading {part.title}"
        for file, offer in offers[part.name]:
            target = staging / file.path
            if target.is_file():
                continue
            elsewhere = sum(done.values()) - _partial_bytes(target)
            at = Within(context, stage, elsewhere, total)
            transfer.fetch(
                offer,
                target,
                sha256=file.sha256,
                report=lambda count, at=at: at.progress("", count),
                context=at,
            )
            done[part.name] = _bytes_in(staging)
        commits = dict.fromkeys(f"{offer.repo}@{offer.commit}" for _, offer in offers[part.name])
        _take_place(folder, part, source=" + ".join(commits), context=context)
        done[part.name] = sizes[part.name]
        result.installed.append(part.name)
    result.bytes = max(0, total - before)
    context.progress("Installed", total, total)


def _offers(
    folder: Path, part: Component, context: JobContext
) -> list[tuple[catalogue.ModelFile, transfer.Offer]]:
    """What the hub has of a component: every file of one repository from one commit.

    The answers are kept beside the partial download, so that going on later goes on with the same
    files, and a checksum in the catalogue is held against them before the first byte.
    """
    staging = packs.partial_folder(folder, part.name)
    kept = staging.with_name(f"{part.name}.json")
    if kept.is_file() and staging.is_dir():
        try:
            values = json.loads(kept.read_text("utf-8"))
            offers = [transfer.Offer(**value) for value in values]
            if len(offers) == len(part.files):
                return list(zip(part.files, offers, strict=True))
        except (ValueError, TypeError):
            kept.unlink()
    commits: dict[str, str] = {}
    found = []
    for number, file in enumerate(part.files):
        context.progress(f"Asking for {part.title}", number, len(part.files))
        repo = file.repo or part.repo
        revision = commits.get(repo) or file.revision or part.revision or "main"
        offer = transfer.look_up(repo, file.source or file.path, revision, context=context)
        commits[repo] = offer.commit
        if file.sha256 and len(offer.digest) == 64 and offer.digest != file.sha256:
            raise ModelDamaged(
                f"{offer.path} of {repo} is not the file that the catalogue lists: its checksum is "
                f"{offer.digest[:12]}... instead of {file.sha256[:12]}..., so it is not downloaded."
            )
        found.append((file, offer))
    staging.mkdir(parents=True, exist_ok=True)
    kept.write_text(
        json.dumps([{name: getattr(o, name) for name in o.__slots__} for _, o in found]), "utf-8"
    )
    return found


def _copy(
    folder: Path,
    parts: list[Component],
    request: InstallRequest,
    context: JobContext,
    result: _Done,
) -> None:
    """Install from a local folder."""
    assert request.source is not None
    chosen = local.find(Path(request.source), parts, all_asked=bool(request.components))
    total = sum(f.stat().st_size for found in chosen.values() for f in found.values())
    check_room(folder, total)
    done = 0
    for part in parts:
        if part.name not in chosen:
            result.notes.append(f"{request.source} has no {part.name}.")
            continue
        staging = packs.partial_folder(folder, part.name)
        shutil.rmtree(staging, ignore_errors=True)
        for name, source in chosen[part.name].items():
            at = Within(context, f"Copying {part.title}", done, total)
            local.copy(source, staging / name, at)
            done += source.stat().st_size
        _take_place(folder, part, source="local folder", context=context)
        result.installed.append(part.name)
    result.bytes = done
    context.progress("Installed", total, total)


def _take_place(folder: Path, part: Component, *, source: str, context: JobContext) -> None:
    """Check a component that has arrived, list it in the manifest, and move it to its place."""
    staging, own = packs.partial_folder(folder, part.name), folder / part.name
    adapt_model_index(staging)
    try:
        packs.check_arrived(staging, folder, part.name)
    except ModelDamaged:
        shutil.rmtree(staging, ignore_errors=True)
        staging.with_name(f"{part.name}.json").unlink(missing_ok=True)
        raise
    listed, sources = known_manifest(folder)
    listed = {n: e for n, e in listed.items() if not n.startswith(f"{part.name}/")}
    for file in sorted(f for f in staging.rglob("*") if f.is_file()):
        stat = file.stat()
        name = f"{part.name}/{file.relative_to(staging).as_posix()}"
        at = Within(context, f"Checking {part.title}", 0, stat.st_size)
        digest = transfer.check_digest(file, "", name=file.name, report=reporting(at))
        listed[name] = Listed(size=stat.st_size, sha256=digest, time_ns=stat.st_mtime_ns)
    sources[part.name] = {"from": source, "licence": part.licence}
    if own.is_dir():
        shutil.rmtree(own)
    files.save_manifest(folder, listed, sources)
    os.replace(staging, own)
    staging.with_name(f"{part.name}.json").unlink(missing_ok=True)
    if not any(staging.parent.iterdir()):
        staging.parent.rmdir()
    packs.forget_models(folder)


def check_room(folder: Path, size: int) -> None:
    """Raises EngineError when `size` bytes more do not fit on the disk of `folder`."""
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if size > 0 and size + _SPARE > free:
        raise EngineError(
            f"{packs.human_size(size)} more are needed in {folder}, but only "
            f"{packs.human_size(free)} are free: make room, or name a folder on another disk with "
            f"{packs.FOLDER_VARIABLE}."
        )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _bytes_in(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def _partial_bytes(target: Path) -> int:
    return sum(f.stat().st_size for f in target.parent.glob(f"{target.name}.*.part"))
