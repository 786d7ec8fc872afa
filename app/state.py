"""What the panels and the canvas share beside the document: the selection."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """Ids of the selected layers; the last one chosen is the current one."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return self._ids

    @property
    def current(self) -> str | None:
        return self._ids[-1] if self._ids else None

    def __contains__(self, layer_id: object) -> bool:
        return layer_id in self._ids

    def set(self, ids: Iterable[str]) -> None:
        ids = tuple(dict.fromkeys(ids))
        if ids != self._ids:
            self._ids = ids
            self.changed.emit()

    def toggle(self, layer_id: str) -> None:
        rest = tuple(i for i in self._ids if i != layer_id)
        self.set(rest if layer_id in self._ids else (*rest, layer_id))

    def keep(self, known: Iterable[str]) -> None:
        """Drop ids that are no longer in the layout."""
        known = set(known)
        self.set(i for i in self._ids if i in known)
