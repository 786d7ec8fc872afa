"""A request for pictures while it runs: sends it, tells its progress, hands over what comes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.engine_bridge import EngineBridge
from engine.jobs.context import JobState, Message


class Drawing(QObject):
    """At most one job of its kind at a time; nothing here waits for the engine.

    Signals:
        running_changed(bool): A job was sent or has ended.
        progressed(str, object, object): Stage, step, total; these may be bytes, too many for a
            Qt number.
        previewed(object): An early look at what is being made.
        done(object): The result.
        failed(str): Why there is none.
    """

    running_changed = Signal(bool)
    progressed = Signal(str, object, object)
    previewed = Signal(object)
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        self._last: tuple[int, Any] | None = None
        bridge.message.connect(self._on_message)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    def ask(self, request: Any) -> None:
        """Send a request; one that still runs is cancelled.

        Raises:
            EngineError: The engine takes no such request.
        """
        self.cancel()
        self._job = self._bridge.submit(request)
        self._last = self._job, request
        self.running_changed.emit(True)
        self.progressed.emit("", 0, 0)

    def request_of(self, job: int) -> Any:
        """What this job was to do; None if that was not the last one here."""
        return self._last[1] if self._last is not None and self._last[0] == job else None

    def again(self, job: int) -> bool:
        """Ask once more for what this job was to do; False if that was not the last one here."""
        request = self.request_of(job)
        if request is not None:
            self.ask(request)
        return request is not None

    def cancel(self) -> None:
        if self._job is not None:
            self._bridge.cancel(self._job)
            self._end()

    def _end(self) -> None:
        self._job = None
        self.running_changed.emit(False)

    def _on_message(self, message: Message) -> None:
        if message.job != self._job:
            return
        if not message.is_final:
            self.progressed.emit(message.stage, message.step, message.total)
            if message.preview is not None:
                self.previewed.emit(message.preview)
            return
        self._end()
        if message.state is JobState.DONE:
            self.done.emit(message.result)
        elif message.state is JobState.FAILED:
            self.failed.emit(str(message.error))
