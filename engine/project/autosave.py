"""Recovery snapshots: what a crash would lose, kept beside the project, never instead of it.

Each running program has a session folder with a lock that the system gives back when the program
dies, however it dies. A session folder whose lock is free but which still holds a snapshot was
left by a crash. Snapshots go only when the user has saved, or has chosen to discard them.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.project.files import replace_file
from engine.project.reader import OpenedProject, open_project
from engine.project.writer import encode_project

_LOCK = "lock"
_SNAPSHOT = "snapshot.ora"
_INFO = "snapshot.json"
_EMPTY_KEPT_S = 86_400


def recovery_folder() -> Path:
    """Where snapshots lie unless a caller says otherwise."""
    return user_state_path("scenewright", appauthor=False) / "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A snapshot that a crashed program left.

    Attributes:
        folder: Its session folder.
        project: The file the user was working on, None for one never saved.
        saved_at: When the snapshot was taken, in seconds since 1970.
    """

    folder: Path
    project: Path | None
    saved_at: float

    @property
    def snapshot(self) -> Path:
        return self.folder / _SNAPSHOT

    def open(self) -> OpenedProject:
        """The layout as it was at the last autosave.

        Raises:
            ProjectError: The snapshot is damaged; it is left where it is.
        """
        return open_project(self.snapshot)


class RecoverySession:
    """The snapshot of one running program; usable from any thread.

    Raises:
        ProjectError: The recovery folder cannot be written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (recovery_folder() if folder is None else folder) / uuid4().hex
        self._guard = threading.Lock()
        self._lock = FileLock(self.folder / _LOCK, thread_local=False)
        try:
            self.folder.mkdir(parents=True)
            self._lock.acquire(timeout=0)
        except (OSError, Timeout) as error:
            raise ProjectError(
                f"Cannot keep recovery snapshots in {self.folder.parent}: {error}. "
                "Save your work often."
            ) from error

    def write(
        self,
        layout: Layout,
        *,
        project: Path | None = None,
        settings: Mapping[str, Any] | None = None,
        unknown: Mapping[str, bytes] | None = None,
    ) -> None:
        """Replace the snapshot. Meant for a worker thread: it takes a few milliseconds.

        Raises:
            ProjectError: It cannot be written; the snapshot before is kept.
        """
        opened = OpenedProject(layout=layout, settings=settings or {}, unknown=unknown or {})
        self._write(opened, project=project, sync=False)

    def _write(self, opened: OpenedProject, *, project: Path | None, sync: bool) -> bool:
        """Whether the session still runs; after it, a snapshot would look like a crash."""
        data = encode_project(
            opened.layout, settings=opened.settings, unknown=opened.unknown, merged=False
        )
        name = None if project is None else str(project.absolute())
        info = json.dumps({"project": name, "saved_at": time.time()})
        with self._guard:
            if not self._lock.is_locked:
                return False
            replace_file(self.folder / _SNAPSHOT, data, sync=sync)
            replace_file(self.folder / _INFO, info.encode(), sync=sync)
            return True

    def adopt(self, recovery: Recovery) -> OpenedProject:
        """Open a snapshot and take it over, so that it stays safe until the user saves.

        Raises:
            ProjectError: It is damaged, or another window took it; it is left where it is.
        """
        lock = _try_lock(recovery.folder)
        if lock is None:
            raise ProjectError(f"The snapshot in {recovery.folder} is in use by another window.")
        with lock:
            opened = recovery.open()
            if self._write(opened, project=recovery.project, sync=True):
                _remove(recovery.folder)
        return opened

    def clear(self) -> None:
        """Forget the snapshot: the user saved, or chose not to keep the changes."""
        with self._guard:
            for name in (_SNAPSHOT, _INFO):
                (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """End the session. A snapshot not cleared before will be offered at the next start."""
        with self._guard:
            self._lock.release()
            if not (self.folder / _SNAPSHOT).exists():
                _remove(self.folder)


def list_recoveries(folder: Path | None = None) -> tuple[Recovery, ...]:
    """Snapshots left by crashed programs, newest first; those of running ones are not listed."""
    root = recovery_folder() if folder is None else folder
    found: list[Recovery] = []
    for session in sorted(root.glob("*/")) if root.is_dir() else ():
        # Other programs end, save and recover meanwhile; what is gone has nothing to offer.
        with contextlib.suppress(FileNotFoundError):
            found.extend(_left_in(session))
    return tuple(sorted(found, key=lambda recovery: recovery.saved_at, reverse=True))


def discard_recovery(recovery: Recovery) -> None:
    """Delete a snapshot; call it only on the user's word.

    Raises:
        ProjectError: It is in use or cannot be deleted.
    """
    lock = _try_lock(recovery.folder)
    if lock is None:
        raise ProjectError(f"The snapshot in {recovery.folder} is in use by another window.")
    with lock:
        _remove(recovery.folder)
    if recovery.snapshot.exists():
        raise ProjectError(f"Cannot delete {recovery.folder}. Delete the folder yourself.")


def _try_lock(session: Path) -> FileLock | None:
    """The session's lock, None while its program runs."""
    if not session.is_dir():
        return None
    lock = FileLock(session / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return None
    return lock


def _left_in(session: Path) -> tuple[Recovery, ...]:
    """The snapshot of a crashed program; a folder left without one is removed.

    Raises FileNotFoundError when the folder goes away meanwhile.
    """
    age = time.time() - session.stat().st_mtime
    if age < _EMPTY_KEPT_S and not (session / _SNAPSHOT).is_file():
        return ()  # Perhaps a program that is starting just now, before it has its lock.
    lock = _try_lock(session)
    if lock is None:
        return ()
    with lock:
        if (session / _SNAPSHOT).is_file():
            return (_described(session),)
        _remove(session)
        return ()


def _described(session: Path) -> Recovery:
    project, saved_at = None, (session / _SNAPSHOT).stat().st_mtime
    try:
        info = json.loads((session / _INFO).read_bytes())
        project = Path(info["project"]) if info["project"] else None
        saved_at = float(info["saved_at"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # The notes beside the snapshot are a help, the snapshot is what counts.
    return Recovery(folder=session, project=project, saved_at=saved_at)


def _remove(session: Path) -> None:
    shutil.rmtree(session, ignore_errors=True)
