"""The real window, driven by mouse and keys in fractions of the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.garbage import collected_here
from app.main import dispose, make_window
from app.settings import Settings
from app.window import MainWindow
from engine.jobs.engine import Engine
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from tests.e2e.window import fake_engine, fake_pictures

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
Fraction = tuple[float, float]


class Driver:
    """A window and the hand on its mouse and keyboard."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    @property
    def layout(self) -> Layout:
        return self.window.session.document.layout

    @property
    def labels(self) -> list[str]:
        return [layer.label for layer in self.layout.layers]

    def at(self, where: Fraction) -> QPoint:
        canvas = self.window.canvas
        x, y = where[0] * canvas.canvas.width, where[1] * canvas.canvas.height
        return canvas.viewport.to_widget(QPointF(x, y)).toPoint()

    def click(self, where: Fraction, *, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseClick(self.window.canvas, LEFT, keys, self.at(where))

    def press(self, where: Fraction) -> None:
        QTest.mousePress(self.window.canvas, LEFT, NO_KEYS, self.at(where))

    def move(self, where: Fraction) -> None:
        QTest.mouseMove(self.window.canvas, self.at(where))
        QApplication.processEvents()

    def release(self, where: Fraction) -> None:
        QTest.mouseRelease(self.window.canvas, LEFT, NO_KEYS, self.at(where))

    def drag(self, *path: Fraction) -> None:
        self.press(path[0])
        for start, end in zip(path, path[1:], strict=False):
            for step in range(1, 6):
                part = step / 5
                x = start[0] + (end[0] - start[0]) * part
                self.move((x, start[1] + (end[1] - start[1]) * part))
        self.release(path[-1])

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
        target = QApplication.focusWidget() or self.window.canvas
        QTest.keyClick(target, key, modifiers)

    def use(self, tool: str) -> None:
        self.window.actions_[f"tool_{tool}"].trigger()

    def type_what(self, words: str) -> None:
        field = self.window.bar.what
        field.setFocus()
        field.clear()
        QTest.keyClicks(field, words)

    def ask(self, words: str) -> None:
        """Type what to add, press Enter and wait for the suggestions."""
        self.type_what(words)
        QTest.keyClick(self.window.bar.what, Qt.Key.Key_Return)
        self.wait_for(lambda: not self.window.suggesting.is_running)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=10_000)

    def open_scene(self, *layers: Layer, size: tuple[int, int] = (400, 300)) -> None:
        self.window.session.new(Layout(width=size[0], height=size[1], layers=layers))

    def select(self, *layers: Layer) -> None:
        self.window.selection.set(layer.id for layer in layers)

    def answer(self, text: str) -> list[str]:
        """Press this button of the next message box; its words are put into the list."""
        seen: list[str] = []
        timer = QTimer(self.window)

        def look() -> None:
            box = QApplication.activeModalWidget()
            if isinstance(box, QMessageBox):
                timer.stop()
                seen.append(f"{box.text()} {box.informativeText()}")
                button(box.buttons(), text).click()

        timer.timeout.connect(look)
        timer.start(10)
        return seen


def button(buttons: list[QAbstractButton], text: str) -> QAbstractButton:
    return next(b for b in buttons if b.text().replace("&", "") == text)


def disc(x: int, y: int, radius: int) -> Mask:
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return Mask.from_array(np.hypot(columns, rows) <= radius, x=x - radius, y=y - radius)


def block(x: int, y: int, width: int, height: int) -> Mask:
    return Mask.filled(Box(x, y, width, height))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def open_window(qtbot: QtBot, settings: Settings, tmp_path: Path) -> Iterator[Callable[[], Driver]]:
    """Opens windows; at the end of the test each one is closed without leaving anything running."""
    fake_engine.SCRIPT = fake_engine.Script()
    fake_pictures.SCRIPT = fake_pictures.Script()
    drivers: list[Driver] = []
    engines: list[Engine] = []

    def open_one() -> Driver:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        own = fake_engine.make_engine(), fake_engine.make_engine()
        engines.extend(own)
        window = make_window(
            app,
            settings=settings,
            engine=own[0],
            downloads=own[1],
            recovery=tmp_path / "recovery",
        )
        window.resize(1100, 760)
        window.show()
        qtbot.waitExposed(window)
        drivers.append(Driver(window, qtbot))
        return drivers[-1]

    with collected_here():
        yield open_one
        end(drivers, engines)


def end(drivers: list[Driver], engines: list[Engine]) -> None:
    for hold in (fake_engine.SCRIPT.hold, fake_pictures.SCRIPT.hold):
        if hold is not None:
            hold.set()
    for driver in drivers:
        window = driver.window
        if window.isVisible():
            window.session.mark_saved()
            assert window.close()
        ticking = [t for t in window.findChildren(QTimer) if t.isActive()]
        assert not [t for t in ticking if t.parent() in (window, window.session)]
    assert all(engine.close(timeout=5) for engine in engines)
    for driver in drivers:
        dispose(driver.window)
        assert not isValid(driver.window)


@pytest.fixture
def driver(open_window: Callable[[], Driver]) -> Driver:
    return open_window()
