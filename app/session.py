"""What is open: the document, its file, and the care that no work is lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.worker import Run, directly
from engine.errors import ProjectError
from engine.layout.document import Document
from engine.layout.layout import Layout

# The project file's code is imported at its first use: it costs a third of the start-up.
if TYPE_CHECKING:
    from engine.project import OpenedProject
    from engine.project.autosave import Recovery, RecoverySession

log = logging.getLogger(__name__)

AUTOSAVE_DELAY = 4_000
"""Milliseconds without an edit before a snapshot is taken."""
AUTOSAVE_LATEST = 30_000
"""Milliseconds after which one is taken even while the user keeps editing."""
DEFAULT_SIZE = (768, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """The file behind the document; `path` is None until it has a name of its own."""

    path: Path | None = None
    title: str = "Untitled"
    settings: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, bytes] = field(default_factory=dict)


class Session(QObject):
    """Opens, saves and snapshots; asks nothing, that is the window's part."""

    document_changed = Signal()
    file_changed = Signal()
    snapshot_failed = Signal(str)
    _snapshot_done = Signal(object)

    def __init__(self, *, recovery: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.file = OpenFile()
        self.document = Document(Layout(width=DEFAULT_SIZE[0], height=DEFAULT_SIZE[1]))
        self._recovery_folder = recovery
        self._recovery: RecoverySession | None = None
        self._worker: ThreadPoolExecutor | None = None
        self._entries = self._entries_saved = 0
        self._kept: tuple[int, int] | None = self.revision
        self._complained = False
        self._soon = self._timer(AUTOSAVE_DELAY)
        self._latest = self._timer(AUTOSAVE_LATEST)
        self._snapshot_done.connect(self._after_snapshot, Qt.ConnectionType.QueuedConnection)
        self.document.history_changed.connect(self._on_history)

    def _timer(self, interval: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(self.snapshot)
        return timer

    @property
    def is_dirty(self) -> bool:
        return self.document.is_dirty or self._entries != self._entries_saved

    @property
    def revision(self) -> tuple[int, int]:
        """Of the layout and of what is kept beside it; differs when either was changed."""
        return self.document.revision, self._entries

    @property
    def title(self) -> str:
        return self.file.path.name if self.file.path is not None else self.file.title

    # What the project carries beside the layout

    def entries(self, prefix: str) -> dict[str, bytes]:
        """Files inside the project whose names begin so."""
        return {name: d for name, d in self.file.unknown.items() if name.startswith(prefix)}

    def keep_entries(self, prefix: str, entries: Mapping[str, bytes]) -> None:
        """Have the project carry these instead of those whose names begin so; it is unsaved then.

        That is no undo step.
        """
        others = {n: d for n, d in self.file.unknown.items() if not n.startswith(prefix)}
        self.file = replace(self.file, unknown={**others, **entries})
        self._entries += 1
        self._on_history()
        self.file_changed.emit()

    # Opening

    def new(self, layout: Layout) -> None:
        self._replace(Document(layout), OpenFile())

    def take(self, opened: OpenedProject, path: Path, *, sample: bool = False) -> tuple[str, ...]:
        """Go on with a project that was read from `path`; returns remarks for the user.

        A sample gets a name when it is saved.
        """
        notes = opened.notes
        own = not (sample or opened.foreign)
        if opened.foreign:
            notes = (*notes, "Made by another program: saving asks for a new name, to keep it.")
        file = OpenFile(
            path=path.resolve() if own else None,
            title=path.stem,
            settings=opened.settings,
            unknown=opened.unknown,
        )
        self._replace(Document(opened.layout), file)
        return notes

    def recover(self, recovery: Recovery) -> tuple[str, ...]:
        """Take over a snapshot left by a crash; it counts as unsaved.

        Raises:
            ProjectError: It cannot be read; it stays where it is.
        """
        opened = self._session().adopt(recovery)
        title = recovery.project.stem if recovery.project is not None else "Recovered"
        file = OpenFile(
            path=recovery.project, title=title, settings=opened.settings, unknown=opened.unknown
        )
        self._replace(Document(opened.layout, saved=False), file, keep_snapshot=True)
        return opened.notes

    def _replace(self, document: Document, file: OpenFile, *, keep_snapshot: bool = False) -> None:
        self.document.history_changed.disconnect(self._on_history)
        self.document, self.file = document, file
        document.history_changed.connect(self._on_history)
        self._entries_saved = self._entries
        self._kept = self.revision
        if not keep_snapshot:
            self._forget_snapshot()
        self.document_changed.emit()
        self.file_changed.emit()

    # Saving

    def save(self, path: Path, *, run: Run = directly) -> None:
        """Write the project as it is now to `path` and go on with that file.

        What is edited while it is written stays unsaved.

        Raises:
            ProjectError: It cannot be written; document, file and snapshot stay as they were.
        """
        self.document.commit()
        layout, revision, file = self.document.layout, self.revision, self.file

        def write() -> None:
            from engine.project import save_project

            save_project(layout, path, settings=file.settings, unknown=file.unknown)

        run(write)
        self.file = replace(self.file, path=path.resolve(), title=path.stem)
        if self.revision == revision:
            self._forget_snapshot()
        else:
            self._kept = None  # The snapshot to come belongs to the new file.
        self._mark_saved(revision)

    def _mark_saved(self, revision: tuple[int, int]) -> None:
        self._entries_saved = revision[1]
        self.document.mark_saved(revision[0])
        self.file_changed.emit()

    def mark_saved(self) -> None:
        """Take what is open for what lies in the file."""
        self._mark_saved(self.revision)

    # Snapshots

    def _on_history(self) -> None:
        if self.is_dirty and self.revision != self._kept:
            self._soon.start()
            if not self._latest.isActive():
                self._latest.start()

    def _session(self) -> RecoverySession:
        from engine.project.autosave import RecoverySession

        if self._recovery is None:
            self._recovery = RecoverySession(self._recovery_folder)
        return self._recovery

    def snapshot(self) -> None:
        """Keep the present state beside the project, on a worker thread."""
        self._soon.stop()
        self._latest.stop()
        if not self.is_dirty or self.revision == self._kept:
            return
        self._kept = self.revision
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="scenewright-autosave")
        future = self._worker.submit(self._write, self.document.layout, self.file)
        future.add_done_callback(self._snapshot_done.emit)

    def _write(self, layout: Layout, file: OpenFile) -> None:
        self._session().write(
            layout, project=file.path, settings=file.settings, unknown=file.unknown
        )

    def _after_snapshot(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None:
            self._complained = False
            return
        log.warning("Autosave failed: %s", error)
        self._kept = None
        if not self._complained:
            self._complained = True
            words = str(error) if isinstance(error, ProjectError) else f"Autosave failed: {error}."
            self.snapshot_failed.emit(words)

    def _forget_snapshot(self) -> None:
        """Only after a save, or when the user chose to let the changes go."""
        self._soon.stop()
        self._latest.stop()
        self._wait()
        if self._recovery is not None:
            self._recovery.clear()

    def _wait(self) -> None:
        """End the worker; a snapshot takes milliseconds."""
        if self._worker is not None:
            self._worker.shutdown(wait=True)
            self._worker = None

    def close(self) -> None:
        """End the session; the window has asked about unsaved changes before."""
        self.document.history_changed.disconnect(self._on_history)
        self._forget_snapshot()
        if self._recovery is not None:
            self._recovery.close()
            self._recovery = None
