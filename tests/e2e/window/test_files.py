"""Files: nothing is lost, whatever fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QMenu

from app.dialogs import ask
from app.dialogs.recover import Choice, RecoverDialog
from app.main import offer_recoveries
from app.session import Session
from app.settings import Settings
from engine.layout.commands import SetCaption
from engine.layout.layer import Layer
from engine.project import open_project, save_project
from engine.project.autosave import list_recoveries
from tests.e2e.window.conftest import Driver, block, disc


def edit(driver: Driver, words: str = "edited") -> None:
    driver.window.session.document.do(SetCaption(words))


def test_cancel_in_the_unsaved_prompt_keeps_the_window(driver: Driver) -> None:
    edit(driver)
    seen = driver.answer("Cancel")
    assert not driver.window.close()
    assert "Untitled" in seen[0] and driver.window.isVisible()
    assert driver.layout.caption == "edited"


def test_dont_save_closes(driver: Driver) -> None:
    edit(driver)
    driver.answer("Don't save")
    assert driver.window.close()


def test_save_in_the_prompt_saves_and_closes(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.ora"
    monkeypatch.setattr(ask, "file_to_save", lambda *_: path)
    edit(driver)
    driver.answer("Save")
    assert driver.window.close()
    assert open_project(path).layout.caption == "edited"


def test_a_failing_save_in_the_prompt_keeps_everything(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "file_to_save", lambda *_: tmp_path / "missing" / "mine.ora")
    problems: list[str] = []
    monkeypatch.setattr(ask, "problem", lambda _w, title, text: problems.append(f"{title} {text}"))
    edit(driver)
    driver.answer("Save")
    assert not driver.window.close()
    assert "could not be saved" in problems[0] and "mine.ora" in problems[0]
    assert driver.window.isVisible() and driver.window.isWindowModified()
    assert driver.layout.caption == "edited"


def test_giving_up_the_file_chooser_keeps_the_window(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "file_to_save", lambda *_: None)
    edit(driver)
    driver.answer("Save")
    assert not driver.window.close()


def test_a_damaged_file_leaves_what_is_open(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = []
    monkeypatch.setattr(ask, "problem", lambda _w, title, text: problems.append(text))
    driver.open_scene(Layer(label="tree", mask=disc(100, 100, 30)))
    before = driver.layout
    path = tmp_path / "broken.ora"
    path.write_bytes(b"PK\x03\x04 this is no project")
    assert not driver.window.files.open(path)
    assert "broken.ora" in problems[0]
    assert driver.layout == before


def test_a_name_that_looks_like_a_tag_is_shown_as_it_is(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "a <img src=x> & <b>.ora"
    path.write_bytes(b"PK\x03\x04 this is no project")
    seen = driver.answer("Close")
    assert not driver.window.files.open(path)
    assert path.name in QTextDocumentFragment.fromHtml(seen[0]).toPlainText()


def test_undo_after_a_save_is_unsaved_again(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "file_to_save", lambda *_: tmp_path / "mine.ora")
    edit(driver)
    driver.window.actions_["save"].trigger()
    assert "mine.ora" in driver.window.windowTitle() and not driver.window.isWindowModified()
    driver.window.actions_["undo"].trigger()
    assert driver.window.isWindowModified()


def test_opened_files_are_remembered(driver: Driver, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "park & pond.ora"
    save_project(driver.layout, path)
    driver.window.files.open(path)
    menu = QMenu()
    driver.window.files.fill_recent(menu)
    assert "park && pond.ora" in menu.actions()[0].text()
    assert settings.recent == [path.resolve()]


def test_a_project_dropped_on_the_window_opens(driver: Driver, tmp_path: Path) -> None:
    driver.open_scene(Layer(label="tree", mask=disc(100, 100, 30)))
    path = tmp_path / "dropped.ora"
    save_project(driver.layout, path)
    driver.open_scene()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, button, keys)
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, button, keys)
    QApplication.sendEvent(driver.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(driver.window, event)
    driver.wait_for(lambda: driver.labels == ["tree"])


def test_exports_write_what_they_promise(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Layer(label="tree", ade_class=4, mask=block(0, 0, 100, 300))
    driver.open_scene(tree)
    monkeypatch.setattr(ask, "picture_to_save", lambda *_: tmp_path / "out.png")
    monkeypatch.setattr(ask, "folder_to_fill", lambda *_: tmp_path / "masks")
    driver.window.actions_["export_semantic"].trigger()
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.getpixel((50, 50)) == (4, 200, 3)
        assert picture.getpixel((200, 50)) == (0, 0, 0)
    driver.window.actions_["export_ids"].trigger()
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.getpixel((50, 50)) == 1
    driver.window.actions_["export_masks"].trigger()
    assert len(list((tmp_path / "masks").glob("*.png"))) == 1


def test_a_photo_lies_under_the_layers(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (400, 300), (200, 30, 30)).save(path)
    monkeypatch.setattr(ask, "photo_to_open", lambda *_: path)
    driver.open_scene(Layer(label="tree", mask=disc(100, 150, 40)))
    driver.window.actions_["open_photo"].trigger()
    canvas = driver.window.canvas
    assert canvas.picture().pixelColor(driver.at((0.8, 0.5))).name() == "#c81e1e"
    driver.window.actions_["undo"].trigger()
    assert canvas.picture().pixelColor(driver.at((0.8, 0.5))).name() == "#ffffff"


def test_a_file_that_is_no_photo_is_refused(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = []
    monkeypatch.setattr(ask, "problem", lambda _w, title, text: problems.append(text))
    path = tmp_path / "photo.png"
    path.write_text("no photo")
    monkeypatch.setattr(ask, "photo_to_open", lambda *_: path)
    driver.window.actions_["open_photo"].trigger()
    assert problems and driver.layout.background is None


def test_work_of_a_crash_is_offered_and_recovered(
    open_window: Callable[[], Driver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recovery"
    crashed = Session(recovery=folder)
    crashed.document.do(SetCaption("nearly lost"))
    crashed.snapshot()
    crashed._wait()
    assert crashed._recovery is not None
    crashed._recovery.close()
    assert len(list_recoveries(folder)) == 1

    driver = open_window()

    def choose(dialog: RecoverDialog) -> int:
        assert dialog.list.count() == 1
        dialog.choice = Choice.RECOVER
        return 1

    monkeypatch.setattr(RecoverDialog, "exec", choose)
    offer_recoveries(driver.window, folder)
    assert driver.layout.caption == "nearly lost"
    assert driver.window.isWindowModified()
    assert list_recoveries(folder) == ()


def test_postponing_keeps_the_snapshot(
    open_window: Callable[[], Driver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recovery"
    crashed = Session(recovery=folder)
    crashed.document.do(SetCaption("nearly lost"))
    crashed.snapshot()
    crashed._wait()
    assert crashed._recovery is not None
    crashed._recovery.close()
    driver = open_window()
    monkeypatch.setattr(RecoverDialog, "exec", lambda _: 0)
    offer_recoveries(driver.window, folder)
    assert driver.layout.caption == "" and len(list_recoveries(folder)) == 1


def test_an_undo_is_snapshot_too_and_saving_clears_it(driver: Driver, tmp_path: Path) -> None:
    session = driver.window.session
    session.save(tmp_path / "mine.ora")
    edit(driver, "one")
    edit(driver, "two")
    session.snapshot()
    session.document.undo()
    session.snapshot()
    session._wait()
    assert session._recovery is not None
    snapshot = session._recovery.folder / "snapshot.ora"
    assert open_project(snapshot).layout.caption == "one"
    session.save(tmp_path / "mine.ora")
    assert not snapshot.exists()


def test_the_window_comes_back_as_it_was(open_window: Callable[[], Driver]) -> None:
    first = open_window()
    first.window.actions_["theme_dark"].trigger()
    first.window.resize(1210, 805)
    first.window.canvas.set_brush_size(51)
    assert first.window.close()
    second = open_window()
    assert second.window.settings.theme == "dark"
    assert second.window.theme.colours.window == first.window.theme.colours.window
    assert second.window.canvas.brush_size == 51


def test_opening_the_window_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from app.main import make_app, make_window\n"
        "from app.settings import Settings\n"
        "app = make_app(['x'])\n"
        "window = make_window(app)\n"
        "window.show(); app.processEvents()\n"
        "heavy = {'torch', 'cv2', 'diffusers', 'transformers', 'scipy'} & set(sys.modules)\n"
        "window.close()\n"
        "print(sorted(heavy))\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.strip() == "[]", done.stderr
