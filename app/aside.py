"""Short work beside the window's thread, its outcome handed back through the event loop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.errors import ScenewrightError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Aside(QObject):
    """Nothing waits for it; what comes back after `close` is dropped.

    Work is done one piece after the other, in the order it was asked for.
    """

    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: ThreadPoolExecutor | None = None
        self._open = True
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[str], object],
    ) -> None:
        """Do the work, then call `done` with what it gave, or `failed` with words for the user."""
        if not self._open:
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, thread_name_prefix="scenewright-aside")
        future = self._threads.submit(work)
        future.add_done_callback(lambda f: self._done.emit((f, done, failed)))

    @Slot(object)
    def _deliver(self, parts: tuple[Future[Any], Callable[..., Any], Callable[..., Any]]) -> None:
        future, done, failed = parts
        if not self._open or future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, (ScenewrightError, OSError)):
            failed(str(error))
        else:
            log.error("Work beside the window failed", exc_info=error)
            failed(f"That did not work ({type(error).__name__}: {error}).")

    def close(self) -> None:
        """Wait for the piece that is being done, and drop the rest."""
        self._open = False
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
