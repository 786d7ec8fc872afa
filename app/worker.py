"""Work on files, one piece at a time, beside the window's own thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

T = TypeVar("T")

SHOW_AFTER = 250
"""Milliseconds after which work is worth a word."""


class Run(Protocol):
    """Does the work, here or elsewhere, and returns when it is done."""

    def __call__(self, work: Callable[[], T], /) -> T: ...


def directly(work: Callable[[], T], /) -> T:
    """`Run` in the caller's own thread."""
    return work()


class Worker(QObject):
    """The caller waits for the end, the window does not: it paints and takes edits meanwhile.

    Who asks to close the window during the work gets it closed after it.

    Signals:
        shown(str): What is being done, once it takes a while; empty at its end.
    """

    shown = Signal(str)
    _done = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._words = ""
        self._closing = False
        self._later: list[Callable[[], object]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOW_AFTER)
        self._timer.timeout.connect(lambda: self.shown.emit(self._words))

    @property
    def words(self) -> str:
        """What is being done, empty when nothing is."""
        return self._words

    def run(self, words: str, work: Callable[[], T], *, closing: bool = False) -> T:
        """Do the work and return or raise what it does; events are handled meanwhile.

        Args:
            words: What it is, for the user, such as "Saving park.ora".
            closing: The window closes after it anyway.
        """
        assert not self._words, f"{words} during {self._words}"
        handle = self._window.windowHandle()
        loop = QEventLoop()
        self._done.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
        self._words, self._closing = words, closing
        self._timer.start()
        if handle is not None:
            handle.installEventFilter(self)
        try:
            # Should the program end meanwhile, the loop does, but the file is written first.
            with ThreadPoolExecutor(1, thread_name_prefix="scenewright-files") as thread:
                future = thread.submit(work)
                future.add_done_callback(lambda _: self._done.emit())
                loop.exec()
            return future.result()
        finally:
            if handle is not None:
                handle.removeEventFilter(self)
            self._done.disconnect(loop.quit)
            self._timer.stop()
            self._words = ""
            self.shown.emit("")
            later, self._later = self._later, []
            for step in later:
                QTimer.singleShot(0, self, step)

    def afterwards(self, step: Callable[[], object]) -> None:
        """Do this once, when the present work has ended."""
        if step not in self._later:
            self._later.append(step)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt takes a second closing for granted while it handles one, and the window would go
        # before its work is safe; so it does not even hear of it.
        if event.type() != QEvent.Type.Close:
            return False
        event.ignore()
        if not self._closing:
            self.afterwards(self._close)
        return True

    def _close(self) -> None:
        if self._window.isVisible():
            self._window.close()
