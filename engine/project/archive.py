"""The zip container: written the same for the same content, read with suspicion.

An archive is never extracted to disk. Limits are checked on what the directory of the archive
claims and again on the bytes that really come out.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from engine.errors import ProjectError

MAX_ENTRIES = 10_000
MAX_ENTRY_BYTES = 128 << 20
MAX_TOTAL_BYTES = 2 << 30
MAX_RATIO = 200
_RATIO_FREE_BYTES = 1 << 20
_MAX_DIRECTORY_BYTES = 2 << 20
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    OverflowError,
    NotImplementedError,
)


@contextmanager
def damage_named(path: Path, entry: str) -> Iterator[None]:
    """Turns whatever damaged bytes provoke into a ProjectError that names file and entry."""
    try:
        yield
    except _DAMAGE as error:
        raise ProjectError(
            f"{path}: entry {entry!r} is damaged ({error}). "
            f"Restore the file from a backup, for example {path.name}~."
        ) from error


def zip_bytes(entries: Mapping[str, bytes]) -> bytes:
    """A zip archive of the entries, in their order and with fixed times.

    "mimetype" and what is compressed already (PNG and the like) is stored, the rest deflated.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            stored = name == "mimetype" or not name.endswith((".xml", ".json", ".txt"))
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


class _GuardedFile(io.FileIO):
    """Refuses the huge read with which `zipfile` would load a hostile directory."""

    largest_read: int | None = _MAX_DIRECTORY_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if self.largest_read is not None and size is not None and size > self.largest_read:
            raise zipfile.BadZipFile("its table of contents is too large")
        return super().read(-1 if size is None else size) or b""


class Archive:
    """A zip file opened for reading; a context manager.

    Attributes:
        path: The file, for messages.
        names: Entry names in the order of the archive, folders left out.

    Raises:
        ProjectError: The file is missing, not a zip archive, or breaks a limit or rule.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = MAX_TOTAL_BYTES
        try:
            self._file = _GuardedFile(path)
        except FileNotFoundError:
            raise ProjectError(f"There is no file {path}.") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ProjectError(f"Cannot read {path}: {reason}.") from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._file.largest_read = None
            self._entries = self._checked_entries()
        except ProjectError:
            self._file.close()
            raise
        except _DAMAGE as error:
            self._file.close()
            raise ProjectError(
                f"{path} is not a Scenewright project or OpenRaster file, or it is cut short "
                f"({error}). Choose another file, or its backup {path.name}~ if there is one."
            ) from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def read(self, name: str, *, limit: int = MAX_ENTRY_BYTES) -> bytes:
        """The bytes of one entry, its checksum verified.

        Raises:
            ProjectError: The entry is missing, damaged or larger than `limit` bytes.
        """
        info = self._entries.get(name)
        if info is None:
            raise ProjectError(f"{self.path}: entry {name!r} is missing.")
        if info.file_size > limit:
            raise self._refusal(name, f"has {info.file_size} bytes; at most {limit} are read")
        self._left -= info.file_size
        if self._left < 0:
            raise self._refusal(name, f"brings the file over {MAX_TOTAL_BYTES} bytes of content")
        with damage_named(self.path, name), self._zip.open(info) as stream:
            data = stream.read(limit + 1)
            if len(data) != info.file_size:
                raise zipfile.BadZipFile("its length is wrong")
        return data

    def _checked_entries(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            raise ProjectError(
                f"{self.path} has {len(infos)} entries; at most {MAX_ENTRIES} are read."
            )
        entries: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.orig_filename
            if problem := name_problem(name):
                raise self._refusal(name, problem)
            if name in entries:
                raise self._refusal(name, "occurs twice")
            if info.flag_bits & _ENCRYPTED:
                raise self._refusal(name, "is encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self._refusal(name, "is compressed in a way OpenRaster does not allow")
            if info.file_size > _RATIO_FREE_BYTES + MAX_RATIO * info.compress_size:
                raise self._refusal(name, "unpacks to far more than its size (a zip bomb?)")
            entries[name] = info
        return {name: info for name, info in entries.items() if not name.endswith("/")}

    def _refusal(self, name: str, problem: str) -> ProjectError:
        return ProjectError(f"{self.path}: entry {name!r} {problem}. The file was not opened.")


def name_problem(name: str) -> str:
    """What is wrong with an entry name, in words that follow it; "" when nothing is."""
    if not name or any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for c in name):
        return "has an unusable name"
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "has an absolute or Windows path as its name"
    if ".." in name.split("/"):
        return "points outside the file"
    return ""
