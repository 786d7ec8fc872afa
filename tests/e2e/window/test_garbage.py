"""What Python collects goes on the window's thread, whichever thread has it collected."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QTimer

from engine.errors import EngineError
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import Driver


class Knot:
    """Garbage that only a collection finds, with a timer as the window's parts have them."""

    gone_on: threading.Thread | None = None

    def __init__(self) -> None:
        self.itself = self
        self.timer = QTimer()
        self.timer.start(60_000)

    def __del__(self) -> None:
        Knot.gone_on = threading.current_thread()


def test_a_job_that_fails_leaves_the_windows_garbage_to_the_window(driver: Driver) -> None:
    driver.open_scene()
    Knot.gone_on = None
    gc.collect()
    Knot()
    fake_engine.SCRIPT.error = EngineError("It went wrong.")
    driver.ask("dog")
    driver.wait_for(lambda: Knot.gone_on is not None)
    assert Knot.gone_on is threading.main_thread()


def test_a_job_that_makes_much_leaves_it_too(driver: Driver) -> None:
    """Python collects wherever the most is made, unless it is told not to."""
    driver.open_scene()
    Knot.gone_on = None
    Knot()
    much: list[list[None]] = []
    maker = threading.Thread(target=lambda: much.extend([] for _ in range(200_000)))
    maker.start()
    maker.join()
    assert Knot.gone_on is None
    driver.wait_for(lambda: Knot.gone_on is not None)
    assert Knot.gone_on is threading.main_thread()
