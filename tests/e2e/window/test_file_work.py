"""A large file is written and read while the window goes on, and no edit is lost over it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

import engine.project
import engine.project.export
from app.dialogs import ask
from engine.errors import ProjectError
from engine.layout.commands import MoveLayers, SetCaption
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.project import open_project, save_project
from tests.e2e.window.conftest import Driver, block


class Slow:
    """A function that goes on only once it is let; calls do something in the window meanwhile."""

    def __init__(self, real: Callable[..., Any], driver: Driver) -> None:
        self.real, self.driver = real, driver
        self.gate = threading.Event()
        self.running = threading.Event()

    def __call__(self, *args: Any, **options: Any) -> Any:
        assert threading.current_thread() is not threading.main_thread()
        self.running.set()
        assert self.gate.wait(20), "nobody got to act while the file was worked on"
        return self.real(*args, **options)

    def meanwhile(self, *steps: Callable[[], object]) -> None:
        """Do these one by one in the window's thread while the work is under way, then let it."""
        left = list(steps)
        timer = QTimer(self.driver.window.files)

        def next_step() -> None:
            if not self.running.is_set():
                return
            if left:
                left.pop(0)()
                return
            timer.stop()
            self.gate.set()

        timer.timeout.connect(next_step)
        timer.start(10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "large.ora"


@pytest.fixture
def saving(driver: Driver, path: Path, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """The window works on `path`; its next saves are slow."""
    driver.window.session.save(path)
    slow = Slow(engine.project.save_project, driver)
    monkeypatch.setattr(engine.project, "save_project", slow)
    return slow


def edit(driver: Driver, words: str) -> None:
    driver.window.session.document.do(SetCaption(words))


def problems(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr(ask, "problem", lambda _w, title, text: seen.append(f"{title} {text}"))
    return seen


def test_what_is_edited_while_a_file_is_written_stays_unsaved(
    driver: Driver, saving: Slow, path: Path
) -> None:
    edit(driver, "before")
    saving.meanwhile(lambda: edit(driver, "meanwhile"))
    assert driver.window.files.save()
    assert open_project(path).layout.caption == "before"
    assert driver.layout.caption == "meanwhile" and driver.window.isWindowModified()
    driver.window.actions_["undo"].trigger()
    assert not driver.window.isWindowModified()


def test_it_shows_what_it_does_until_it_is_done(driver: Driver, saving: Slow) -> None:
    status = driver.window.status
    edit(driver, "before")
    seen: list[str] = []

    def wait_for_words() -> None:
        driver.wait_for(lambda: status.busy.isVisible())
        seen.append(status.busy.text())

    saving.meanwhile(wait_for_words)
    driver.window.actions_["save"].trigger()
    assert seen == ["Saving large.ora …"]
    assert not status.busy.isVisible() and not status.busy_bar.isVisible()


def test_a_second_save_takes_what_came_meanwhile(driver: Driver, saving: Slow, path: Path) -> None:
    edit(driver, "before")
    save = driver.window.actions_["save"].trigger
    saving.meanwhile(lambda: edit(driver, "meanwhile"), save, save)
    save()
    driver.wait_for(lambda: not driver.window.isWindowModified())
    assert open_project(path).layout.caption == "meanwhile"


def test_a_window_closed_while_it_saves_closes_after_it(
    driver: Driver, saving: Slow, path: Path
) -> None:
    edit(driver, "before")
    closed: list[bool] = []
    saving.meanwhile(
        lambda: closed.append(driver.window.close()), lambda: closed.append(driver.window.close())
    )
    assert driver.window.files.save()
    assert closed == [False, False]
    driver.wait_for(lambda: not driver.window.isVisible())
    assert open_project(path).layout.caption == "before"


def test_closing_twice_while_the_last_save_fails_keeps_the_window(
    driver: Driver, saving: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise ProjectError("Cannot write large.ora: No space left on device.")

    saving.real = full
    seen = problems(monkeypatch)
    edit(driver, "before")
    driver.answer("Save")
    saving.meanwhile(lambda: driver.window.close())
    assert not driver.window.close()
    QApplication.processEvents()
    assert driver.window.isVisible() and driver.layout.caption == "before"
    assert driver.window.isWindowModified()
    assert len(seen) == 1 and "No space left" in seen[0]


def test_an_edit_during_the_last_save_is_asked_about(
    driver: Driver, saving: Slow, path: Path
) -> None:
    edit(driver, "before")
    driver.answer("Save")

    def change() -> None:
        edit(driver, "meanwhile")
        driver.answer("Cancel")

    saving.meanwhile(change)
    assert not driver.window.close()
    assert driver.layout.caption == "meanwhile" and driver.window.isWindowModified()
    assert open_project(path).layout.caption == "before"


def test_an_edit_while_another_project_is_read_is_asked_about(
    driver: Driver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_project(Layout(width=64, height=64, caption="the other"), path)
    slow = Slow(open_project, driver)
    monkeypatch.setattr(engine.project, "open_project", slow)

    def change() -> None:
        edit(driver, "meanwhile")
        driver.answer("Cancel")

    slow.meanwhile(change)
    assert not driver.window.files.open(path)
    assert driver.layout.caption == "meanwhile"
    driver.answer("Don't save")
    assert driver.window.files.open(path)
    assert driver.layout.caption == "the other"


def test_nothing_else_begins_while_a_file_is_read(
    driver: Driver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_project(Layout(width=64, height=64, caption="the other"), path)
    slow = Slow(open_project, driver)
    monkeypatch.setattr(engine.project, "open_project", slow)
    for question in ("file_to_open", "file_to_save", "picture_to_save", "folder_to_fill"):
        monkeypatch.setattr(ask, question, lambda *_: pytest.fail("asked for a file"))
    window = driver.window
    actions = ("new", "open", "save_as", "export_semantic", "export_masks", "open_photo")
    heard: list[str] = []
    slow.meanwhile(
        *(window.actions_[name].trigger for name in actions),
        lambda: heard.append(window.toast.text),
    )
    assert window.files.open(path)
    assert "Opening large.ora" in heard[0]
    assert driver.layout.caption == "the other"


def test_an_opened_project_is_painted_at_once(driver: Driver, path: Path) -> None:
    tree = Layer(label="tree", mask=block(0, 0, 100, 300))
    size = driver.layout.width, driver.layout.height
    save_project(Layout(width=size[0], height=size[1], layers=(tree,)), path)
    QApplication.processEvents()
    canvas = driver.window.canvas
    seen: list[int] = []
    paint = canvas.paintEvent

    def watched(event: QPaintEvent) -> None:
        seen.append(len(canvas.document.layout.layers))
        paint(event)

    canvas.paintEvent = watched
    assert driver.window.files.open(path)
    driver.wait_for(lambda: seen[-1:] == [1])


def test_exports_hold_what_there_was_when_they_began(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Layer(label="tree", ade_class=4, mask=block(0, 0, 100, 300))
    driver.open_scene(tree)
    slow = Slow(engine.project.export.export_masks, driver)
    monkeypatch.setattr(engine.project.export, "export_masks", slow)
    monkeypatch.setattr(ask, "folder_to_fill", lambda *_: tmp_path / "masks")
    slow.meanwhile(
        lambda: driver.window.session.document.do(MoveLayers([tree.id], 200, 0)),
    )
    driver.window.actions_["export_masks"].trigger()
    from PIL import Image

    (file,) = (tmp_path / "masks").glob("*.png")
    with Image.open(file) as picture:
        assert picture.convert("L").getbbox() == (0, 0, 100, 300)


def test_a_drag_that_is_saved_halfway_is_what_lies_in_the_file(driver: Driver, path: Path) -> None:
    dog = Layer(label="dog", mask=block(10, 10, 20, 20))
    driver.open_scene(dog)
    drag = driver.window.session.document.begin()
    drag.preview(MoveLayers([dog.id], 50, 0))
    driver.window.session.save(path)
    drag.cancel()
    assert open_project(path).layout == driver.layout
    assert not driver.window.isWindowModified()
