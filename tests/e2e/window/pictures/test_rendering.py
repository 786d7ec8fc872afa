"""Pictures of the layout: made, looked at, kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.dialogs import ask
from engine.errors import EngineError
from engine.layout.commands import RemoveLayers, SetCaption
from engine.layout.layout import Layout
from engine.project import open_project
from tests.e2e.window import fake_pictures
from tests.e2e.window.conftest import LEFT, Driver
from tests.e2e.window.pictures.conftest import PictureDriver, photo


def test_the_way_from_the_layout_to_a_picture_on_the_disk(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.begin()
    hand.render(count=2, seed=5)
    request = hand.asked[0]
    assert [x.label for x in request.layout.layers] == ["grass", "dog"]
    assert (request.count, request.seed, request.prompt) == (2, 5, "")
    assert [shot.seed for shot in hand.shots] == [5, 6]
    assert hand.window.rendering.is_viewing
    path = tmp_path / "out.png"
    monkeypatch.setattr(ask, "picture_to_save", lambda *_: path)
    hand.do("picture_save")
    hand.driver.wait_for(path.exists)
    assert path.read_bytes() == hand.shots[0].png


def test_the_prompt_follows_the_layout_until_it_is_ones_own(hand: PictureDriver) -> None:
    hand.begin()
    prompt = hand.panel.form.prompt
    hand.driver.wait_for(lambda: "dog on the grass" in prompt.toPlainText())
    hand.window.session.document.do(SetCaption("two cats"))
    hand.driver.wait_for(lambda: "two cats" in prompt.toPlainText())
    prompt.setFocus()
    prompt.selectAll()
    QTest.keyClicks(prompt, "my own words")
    hand.window.session.document.do(SetCaption("three cats"))
    QTest.qWait(400)
    assert prompt.toPlainText() == "my own words"
    hand.render(count=1)
    assert hand.asked[0].prompt == "my own words"
    QTest.mouseClick(hand.panel.form.reset, LEFT)
    hand.driver.wait_for(lambda: "three cats" in prompt.toPlainText())
    hand.render(count=1)
    assert hand.asked[1].prompt == ""


def test_progress_and_previews_are_shown_and_cancel_leaves_nothing(
    hand: PictureDriver, hold: threading.Event
) -> None:
    hand.begin()
    QTest.mouseClick(hand.panel.render_button, LEFT)
    hand.driver.wait_for(lambda: hand.panel.preview.isVisible())
    assert hand.panel.stop.isVisible() and not hand.panel.render_button.isVisible()
    assert hand.panel.progress.maximum() == fake_pictures.STEPS
    QTest.mouseClick(hand.panel.stop, LEFT)
    assert hand.panel.render_button.isVisible() and not hand.panel.preview.isVisible()
    hold.set()
    hand.render(count=1)
    assert len(hand.shots) == 1


def test_editing_goes_on_while_a_picture_is_drawn(
    hand: PictureDriver, hold: threading.Event
) -> None:
    hand.begin()
    QTest.mouseClick(hand.panel.render_button, LEFT)
    hand.driver.wait_for(lambda: bool(hand.asked))
    hand.window.session.document.do(RemoveLayers([hand.dog.id]))
    hold.set()
    hand.driver.wait_for(lambda: bool(hand.shots))
    assert hand.driver.labels == ["grass"]
    request = hand.shots[0].request
    assert request is not None and len(request.layout.layers) == 2


def test_a_failure_is_said_and_the_next_one_works(hand: PictureDriver) -> None:
    hand.begin()
    fake_pictures.SCRIPT.error = EngineError("The picture could not be drawn: no reason.")
    QTest.mouseClick(hand.panel.render_button, LEFT)
    hand.driver.wait_for(lambda: "could not be drawn" in hand.window.toast.text)
    hand.render(count=1)
    assert len(hand.shots) == 1


def test_pictures_and_stars_survive_saving_and_opening(
    hand: PictureDriver, tmp_path: Path, open_window: object
) -> None:
    hand.begin()
    hand.render(count=2)
    hand.panel.list.choose(hand.shots[1].id)
    hand.do("picture_star")
    assert hand.window.isWindowModified()
    path = tmp_path / "mine.ora"
    hand.window.session.save(path)
    assert not hand.window.isWindowModified()
    before = [(s.id, s.png, s.seed, s.starred, s.prompt) for s in hand.shots]
    hand.window.session.new(open_project(path).layout)
    assert hand.shots == ()
    assert hand.window.files.open(path)
    assert [(s.id, s.png, s.seed, s.starred, s.prompt) for s in hand.shots] == before
    assert not hand.window.isWindowModified()


def test_a_new_picture_is_unsaved_work(hand: PictureDriver) -> None:
    hand.begin()
    assert not hand.window.session.is_dirty
    hand.render(count=1)
    assert hand.window.session.is_dirty
    seen = hand.driver.answer("Cancel")
    assert not hand.window.close()
    assert seen


def test_deleting_can_be_taken_back(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=3)
    ids = [shot.id for shot in hand.shots]
    hand.panel.list.choose(ids[1])
    hand.do("picture_delete")
    assert [shot.id for shot in hand.shots] == [ids[0], ids[2]]
    assert hand.panel.list.chosen() == (ids[2],)
    assert hand.window.toast.button.text() == "Undo"
    QTest.mouseClick(hand.window.toast.button, LEFT)
    assert [shot.id for shot in hand.shots] == ids


def test_only_starred_pictures_are_shown_on_demand(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=3)
    hand.panel.list.choose(hand.shots[2].id)
    hand.do("picture_star")
    QTest.mouseClick(hand.panel.starred, LEFT)
    assert hand.panel.model.rowCount() == 1
    QTest.mouseClick(hand.panel.starred, LEFT)
    assert hand.panel.model.rowCount() == 3


def test_a_picture_is_compared_with_its_layout(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=1)
    viewer = hand.window.rendering.viewer
    assert not viewer.shows_layout
    viewer.stage.setFocus()
    QTest.keyPress(viewer.stage, Qt.Key.Key_Space)
    assert viewer.shows_layout and len(viewer.stage.panes) == 1
    QTest.keyRelease(viewer.stage, Qt.Key.Key_Space)
    assert not viewer.shows_layout
    hand.do("picture_beside")
    assert viewer.shows_layout and len(viewer.stage.panes) == 2
    hand.do("picture_beside")
    QTest.keyClick(viewer.stage, Qt.Key.Key_Escape)
    assert hand.window.pictures.middle.currentWidget() is hand.window.canvas


def test_two_pictures_side_by_side(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=2)
    hand.panel.list.selectAll()
    titles = [pane.title for pane in hand.window.rendering.viewer.stage.panes]
    assert sorted(titles) == ["Variation 5", "Variation 6"]


def test_arrow_keys_walk_through_the_gallery(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=3)
    stage = hand.window.rendering.viewer.stage
    for _ in range(5):
        QTest.keyClick(stage, Qt.Key.Key_Right)
    assert hand.panel.list.chosen() == (hand.shots[2].id,)
    QTest.keyClick(stage, Qt.Key.Key_Left)
    assert hand.panel.list.chosen() == (hand.shots[1].id,)


def test_a_picture_becomes_the_background_in_one_step(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=1)
    hand.do("picture_background")
    background = hand.driver.layout.background
    assert background is not None and background.data == hand.shots[0].png
    assert hand.steps[0] == "Use a picture as background"
    hand.do("undo")
    assert hand.driver.layout.background is None


def test_settings_and_layout_of_a_picture_come_back(hand: PictureDriver) -> None:
    hand.begin()
    form = hand.panel.form
    form.negative.setText("people")
    form.regions.setChecked(False)
    hand.render(count=2, seed=40)
    form.negative.setText("")
    form.regions.setChecked(True)
    form.dice.setChecked(True)
    hand.window.session.document.do(RemoveLayers([hand.dog.id]))
    hand.panel.list.choose(hand.shots[1].id)
    hand.do("picture_again")
    assert hand.window.toast.button.text() == "Bring back its layout"
    QTest.mouseClick(hand.window.toast.button, LEFT)
    assert hand.driver.labels == ["grass", "dog"]
    before = len(hand.shots)
    QTest.mouseClick(hand.panel.render_button, LEFT)
    hand.driver.wait_for(lambda: len(hand.shots) == before + 1)
    again = hand.asked[-1]
    assert (again.negative, again.layer_prompts, again.seed, again.count) == (
        "people",
        False,
        41,
        1,
    )
    assert QImage.fromData(hand.shots[0].png) == QImage.fromData(hand.shots[2].png)


def test_copying_puts_the_picture_on_the_clipboard(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=1)
    hand.do("picture_copy")
    clipboard = QGuiApplication.clipboard()
    image = clipboard.image()
    assert (image.width(), image.height()) == hand.shots[0].size
    # To the byte: what makes it again is in there.
    assert clipboard.mimeData().data("image/png").data() == hand.shots[0].png


def test_a_tool_takes_one_back_to_the_canvas(hand: PictureDriver, driver: Driver) -> None:
    hand.begin()
    hand.render(count=1)
    driver.use("box")
    assert not hand.window.rendering.is_viewing
    driver.drag((0.1, 0.1), (0.4, 0.5))
    assert hand.window.canvas.guidance.box is not None


def test_another_project_has_its_own_pictures(hand: PictureDriver, hold: threading.Event) -> None:
    hand.begin()
    QTest.mouseClick(hand.panel.render_button, LEFT)
    hand.driver.wait_for(lambda: bool(hand.asked))
    hand.begin()
    hold.set()
    hand.render(count=1)
    assert len(hand.shots) == 1 and not hand.window.rendering.drawing.is_running


def test_a_dropped_picture_brings_its_request_back(hand: PictureDriver, tmp_path: Path) -> None:
    hand.begin()
    hand.panel.form.negative.setText("people")
    hand.render(count=1, seed=77)
    path = tmp_path / "dropped.png"
    path.write_bytes(hand.shots[0].png)
    hand.window.session.new(Layout(width=200, height=200))
    hand.panel.form.negative.setText("")
    hand.window.pictures.take_picture(path)
    hand.driver.wait_for(lambda: hand.driver.labels == ["grass", "dog"])
    assert hand.panel.form.negative.text() == "people"
    assert hand.panel.form.seed.value() == 77 and not hand.panel.form.dice.isChecked()
    layout = hand.driver.layout
    assert layout.layers[1].mask == hand.dog.mask
    assert (layout.width, layout.height, layout.caption) == (400, 300, "a dog on the grass")


def test_a_dropped_photo_becomes_the_background(hand: PictureDriver, tmp_path: Path) -> None:
    path = tmp_path / "beach.png"
    path.write_bytes(photo().data)
    hand.window.pictures.take_picture(path)
    hand.driver.wait_for(lambda: hand.driver.layout.background is not None)


def test_pictures_of_an_opened_project_still_know_their_layout(
    hand: PictureDriver, tmp_path: Path
) -> None:
    hand.begin()
    hand.render(count=1)
    path = tmp_path / "mine.ora"
    hand.window.session.save(path)
    hand.window.session.new(Layout(width=100, height=100))
    assert hand.window.files.open(path)
    hand.window.session.document.do(RemoveLayers([hand.dog.id]))
    hand.window.side.show_panel(hand.panel)
    hand.panel.list.choose(hand.shots[0].id)
    hand.do("picture_open")
    hand.driver.wait_for(hand.window.rendering.viewer.flip.isEnabled)
    hand.do("picture_layout")
    assert hand.driver.labels == ["grass", "dog"]


def test_words_for_one_object_are_one_undo_step(hand: PictureDriver, driver: Driver) -> None:
    hand.begin()
    driver.select(hand.dog)
    hand.window.side.show_panel(hand.window.layers)
    looks = hand.window.layers.details.looks
    looks.setFocus()
    QTest.keyClicks(looks, "small, brown")
    assert driver.layout.layers[1].prompt == "small, brown"
    assert hand.steps == ("Describe dog",)
    hand.do("undo")
    assert driver.layout.layers[1].prompt == "" and looks.text() == ""
    driver.select(hand.dog, hand.grass)
    assert not looks.isVisible()


def test_pictures_are_found_by_their_prompt(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=4)
    hand.window.session.document.do(SetCaption("two red cats"))
    hand.render(count=4, seed=50)
    hand.panel.search.setText("CATS red")
    assert hand.panel.model.rowCount() == 4
    hand.panel.search.setText("cats 52")
    assert hand.panel.model.rowCount() == 1
    hand.panel.search.clear()
    assert hand.panel.model.rowCount() == 8


def test_all_but_the_starred_ones_are_cleared_and_come_back(hand: PictureDriver) -> None:
    hand.begin()
    hand.render(count=3)
    ids = [shot.id for shot in hand.shots]
    hand.panel.list.choose(ids[1])
    hand.do("picture_star")
    hand.do("picture_clear")
    assert [shot.id for shot in hand.shots] == [ids[1]]
    QTest.mouseClick(hand.window.toast.button, LEFT)
    assert [shot.id for shot in hand.shots] == ids


def test_pictures_that_do_not_fit_into_the_project_are_told_of(
    hand: PictureDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.begin()
    hand.render(count=1)
    room = 2 * len(hand.shots[0].png)
    monkeypatch.setattr("app.render.gallery.MAX_BYTES", room)
    hand.render(count=4)
    assert "gallery is full" in hand.window.toast.text
    assert len(hand.shots) == 5
    kept = hand.window.session.entries("renders/")
    assert 0 < sum(len(data) for name, data in kept.items() if name.endswith(".png")) <= room
