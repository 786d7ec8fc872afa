"""The engine thread's messages as Qt signals in the window's thread."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.jobs.context import Message


class EngineLike(Protocol):
    """What the window needs of `engine.jobs.engine.Engine`."""

    def submit(self, request: Any) -> int: ...
    def cancel(self, job: int) -> None: ...
    def subscribe(self, callback: Any) -> Any: ...
    def close(self, timeout: float | None = None) -> bool: ...


class EngineBridge(QObject):
    """Passes requests on at once and messages back through the event loop; never waits."""

    message = Signal(object)
    _arrived = Signal(object)

    def __init__(self, engine: EngineLike, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = engine.subscribe(self._arrived.emit)

    @Slot(object)
    def _deliver(self, message: Message) -> None:
        if self._open:
            self.message.emit(message)

    def submit(self, request: Any) -> int:
        return self._engine.submit(request)

    def cancel(self, job: int) -> None:
        self._engine.cancel(job)

    def close(self) -> None:
        """Stop listening and have the engine end at its next step; does not wait for that."""
        if self._open:
            self._open = False
            self._unsubscribe()
            self._engine.close(0.0)
