"""What is installed: a quick look at the folders, without reading any weights.

Imports neither Qt nor torch.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import ModelMissing
from engine.models import catalogue, packs
from engine.models.catalogue import Component, Pack


class PackStatus(StrEnum):
    INSTALLED = "installed"
    PARTIAL = "partial"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """One model of a pack.

    Attributes:
        status: PARTIAL while a download of it was begun, or a file of it is missing.
        bytes_present, bytes_total: On the disk, and when it is whole; total 0 means unknown.
        folder: Where it lies, or would.
        downloadable: Whether `install` can fetch it.
        Others as in `catalogue.Component`.
    """

    name: str
    title: str
    needed_for: str
    licence: str
    licence_url: str
    repo: str
    optional: bool
    downloadable: bool
    stand_in: str
    note: str
    status: PackStatus
    bytes_present: int
    bytes_total: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """One pack.

    Attributes:
        status: INSTALLED when every component is that is not optional; PARTIAL when some are.
        bytes_present: Of all components, partial downloads included.
        bytes_total: Of what `install` brings, and of what else is there.
        licence: Its licences, each once, separated by "; ".
        folder: Where it lies, or would.
        removable: False for what comes with the program.
        disk_free: Bytes free where packs are installed.
    """

    name: str
    title: str
    summary: str
    status: PackStatus
    bytes_present: int
    bytes_total: int
    licence: str
    folder: Path
    shipped: bool
    removable: bool
    disk_free: int
    components: tuple[ComponentState, ...]

    @property
    def bytes_missing(self) -> int:
        return max(0, self.bytes_total - self.bytes_present)


def pack_states() -> tuple[PackState, ...]:
    """Every pack of the catalogue and every other one that is installed. Takes milliseconds.

    Raises:
        InputError: The user's own catalogue cannot be read.
    """
    known = catalogue.packs()
    others = sorted(name for name in packs.installed_names() if name not in known)
    return (
        *(_state(name, pack) for name, pack in known.items()),
        *(_state(name, _uncatalogued(packs.pack_folder(name))) for name in others),
    )


def pack_state(name: str) -> PackState:
    """The state of one pack.

    Raises:
        ModelMissing: It is neither in the catalogue nor installed.
    """
    known = catalogue.packs()
    if name in known:
        return _state(name, known[name])
    if name in packs.installed_names():
        return _state(name, _uncatalogued(packs.pack_folder(name)))
    raise ModelMissing(f"There is no pack {name}: the packs are {', '.join(known)}.")


def answering_pack(pack: str, component: str) -> str:
    """The name of the pack whose `component` answers for `pack`: its own, or the stand-in's.

    Whoever uses a stand-in must say so, in the window and in the provenance.

    Raises:
        InputError: The name cannot be one of a pack.
        ModelMissing: Nothing answers; names what would and the command that gets it.
    """
    if packs.has_component(pack, component):
        return pack
    known = catalogue.packs().get(pack, _NOTHING)
    part = known.component(component)
    if part and part.stand_in and packs.has_component(part.stand_in, component):
        return part.stand_in
    if known is _NOTHING:
        packs.pack_folder(pack)
    raise ModelMissing(packs.missing_message(pack, component))


def stand_in_note(pack: str, component: str, answering: str) -> str:
    """What the user is told of a stand-in; "" where the pack answers itself."""
    if answering == pack:
        return ""
    name = packs.COMPONENT_NAMES[component]
    return f"The pack {pack} lacks {name}: that of the pack {answering} was used."


_NOTHING = Pack(title="", summary="", components=())


def _state(name: str, pack: Pack) -> PackState:
    folder = packs.home_of(name)
    listed = packs.manifest_sizes(folder)
    parts = tuple(_component_state(part, folder, listed) for part in pack.components)
    needed = [part for part in parts if not part.optional]
    if all(part.status is PackStatus.INSTALLED for part in needed):
        status = PackStatus.INSTALLED
    elif any(part.bytes_present for part in parts):
        status = PackStatus.PARTIAL
    else:
        status = PackStatus.MISSING
    return PackState(
        name=name,
        title=pack.title,
        summary=pack.summary,
        status=status,
        bytes_present=sum(part.bytes_present for part in parts),
        bytes_total=sum(part.bytes_total for part in parts if _counts(part)),
        licence="; ".join(pack.licences),
        folder=folder,
        shipped=pack.shipped,
        removable=packs.is_removable(folder),
        disk_free=_disk_free(packs.install_parent()),
        components=parts,
    )


def _counts(part: ComponentState) -> bool:
    return not part.optional or part.bytes_present > 0


def _component_state(part: Component, folder: Path, listed: dict[str, int]) -> ComponentState:
    own, partial = folder / part.name, packs.partial_folder(folder, part.name)
    files = [file for file in listed if file.startswith(f"{part.name}/")]
    wanted = files or [f"{part.name}/{file.path}" for file in part.files]
    present = _bytes(own) + _bytes(partial)
    here = own.is_dir() and packs.has_needed_files(own, part.name)
    whole = here and all((folder / file).is_file() for file in wanted)
    total = sum(listed[file] for file in files) or part.size
    if whole:
        status, total = PackStatus.INSTALLED, max(total, present)
    else:
        status = PackStatus.PARTIAL if present else PackStatus.MISSING
    return ComponentState(
        name=part.name,
        title=part.title,
        needed_for=part.needed_for,
        licence=part.licence,
        licence_url=part.licence_url,
        repo=part.repo,
        optional=part.optional,
        downloadable=part.downloadable,
        stand_in=part.stand_in,
        note=part.note,
        status=status,
        bytes_present=present,
        bytes_total=total,
        folder=own,
    )


def _uncatalogued(folder: Path) -> Pack:
    """A pack that a user put there himself: nobody knows its licence."""
    names = [name for name in packs.COMPONENT_NAMES if (folder / name).is_dir()]
    return Pack(
        title=folder.name,
        summary="Not in the catalogue.",
        components=tuple(
            Component(
                name=name, title=packs.COMPONENT_NAMES[name], needed_for="", licence="unknown"
            )
            for name in names
        ),
    )


def _bytes(folder: Path) -> int:
    """Size of everything below a folder; links are not followed."""
    return sum(file.lstat().st_size for file in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    return (file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else ()


def _disk_free(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
