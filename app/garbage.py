"""Python's garbage is collected on the window's thread alone.

Qt's objects can end up in reference cycles. Collected on another thread, their timers are stopped
from there, which Qt forbids.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from engine.jobs import garbage

EVERY = 500
"""Milliseconds between two looks at how much there is."""

PATIENCE = 2.0
"""Seconds that another thread waits for its garbage to go; without it, that goes a little later."""

ALL_AFTER = 120.0
"""Seconds between two collections of everything that nobody asked for: they take long."""


class _Collector(QObject):
    _asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._all_at = time.monotonic()
        self._asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._look)
        self.timer.start(EVERY)

    def collect(self) -> None:
        """Collect everything; called from any thread."""
        if QThread.currentThread() is self.thread():
            gc.collect()
            return
        done = Event()
        self._asked.emit(done)
        done.wait(PATIENCE)

    @Slot(object)
    def _answer(self, done: Event) -> None:
        gc.collect()
        self._all_at = time.monotonic()
        done.set()

    def _look(self) -> None:
        """What Python does at every allocation: generation by generation, as they fill up."""
        youngest, middle, oldest = (
            count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if oldest and time.monotonic() - self._all_at >= ALL_AFTER:
            gc.collect()
            self._all_at = time.monotonic()
        elif youngest or middle:
            gc.collect(1 if middle else 0)


@contextmanager
def collected_here() -> Iterator[None]:
    """While it lasts, garbage is collected on this thread, the window's, and on no other."""
    was_on = gc.isenabled()
    gc.disable()
    collector = _Collector()
    garbage.collect_with(collector.collect)
    try:
        yield
    finally:
        garbage.collect_with()
        collector.timer.stop()
        # Goes before Python collects by itself again: Qt holds a lock while it destroys an object,
        # and whatever other object of Qt's is collected meanwhile may wait for that lock for ever.
        del collector
        gc.collect(1)
        if was_on:
            gc.enable()
