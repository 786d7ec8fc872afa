"""The gallery: the pictures of the open project, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.render.shots import MAX_BYTES, PREFIX, Shot, entries_of, fitting, shots_of
from app.session import Session


class Gallery(QObject):
    """Every change goes into the project at once, so that saving and autosave know of it.

    Signals:
        changed(): Pictures came or went, or a star did.
        full(int): More pictures came than fit into the project file; so many are left out.
    """

    changed = Signal()
    full = Signal(int)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shots: tuple[Shot, ...] = ()
        self._left_out = 0

    @property
    def shots(self) -> tuple[Shot, ...]:
        return self._shots

    def shot(self, shot_id: str | None) -> Shot | None:
        return next((shot for shot in self._shots if shot.id == shot_id), None)

    def index(self, shot_id: str | None) -> int:
        """Place in the gallery, -1 for an unknown picture."""
        return next((i for i, shot in enumerate(self._shots) if shot.id == shot_id), -1)

    def reload(self) -> None:
        """Show what the project that is open now carries."""
        self._shots = shots_of(self._session.entries(PREFIX))
        self._left_out = 0
        self.changed.emit()

    def add(self, shots: Sequence[Shot]) -> None:
        """Put new pictures at the head, the first one first."""
        self._set((*shots, *self._shots))

    def remove(self, shot_ids: Collection[str]) -> tuple[Shot, ...]:
        """Take pictures away; returns the gallery before, for `restore`."""
        before = self._shots
        self._set(tuple(shot for shot in before if shot.id not in shot_ids))
        return before

    def restore(self, before: Sequence[Shot]) -> None:
        """Bring back what was removed; what has come since stays."""
        known = {shot.id for shot in before}
        now = {shot.id: shot for shot in self._shots}
        fresh = [shot for shot in self._shots if shot.id not in known]
        self._set((*fresh, *(now.get(shot.id, shot) for shot in before)))

    def toggle_star(self, shot_ids: Collection[str]) -> None:
        """Star all of them, or take the stars away where all have one."""
        chosen = [shot for shot in self._shots if shot.id in shot_ids]
        on = not all(shot.starred for shot in chosen)
        self._set(tuple(replace(s, starred=on) if s.id in shot_ids else s for s in self._shots))

    def _set(self, shots: tuple[Shot, ...]) -> None:
        self._shots = shots
        everything = self._session.file.unknown.items()
        others = sum(len(data) for name, data in everything if not name.startswith(PREFIX))
        kept = fitting(shots, most=MAX_BYTES - others)
        self._session.keep_entries(PREFIX, entries_of(kept))
        self.changed.emit()
        before, self._left_out = self._left_out, len(shots) - len(kept)
        if self._left_out > before:
            self.full.emit(self._left_out)
