"""The main job: say what, show where, choose, keep."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.dialogs import ask
from engine.errors import ModelMissing
from engine.layout.guidance import GuidanceMode
from engine.layout.layer import Layer
from engine.project import open_project
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import LEFT, Driver, block, disc


def test_the_whole_way_from_a_box_to_the_file_and_back(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = driver.window
    driver.use("box")
    driver.drag((0.2, 0.3), (0.6, 0.8))
    assert "In the box" in window.bar.where.text()
    driver.ask("dog")
    assert len(window.strip.cards) == 4
    assert driver.labels == []
    driver.key(Qt.Key.Key_Right)
    driver.key(Qt.Key.Key_Return)
    assert driver.labels == ["dog"]
    layer = driver.layout.layers[0]
    assert layer.id in window.selection
    guided = fake_engine.SCRIPT.requests[0].guidance.box
    assert guided is not None and layer.mask.box.intersection(guided) == layer.mask.box

    before = layer.mask.box
    driver.drag((0.4, 0.55), (0.5, 0.55))
    moved = driver.layout.layers[0].mask.box
    assert (moved.x - before.x, moved.y - before.y) == pytest.approx((77, 0), abs=2)
    window.actions_["undo"].trigger()
    assert driver.layout.layers[0].mask.box == before
    window.actions_["redo"].trigger()
    assert driver.layout.layers[0].mask.box == moved

    path = tmp_path / "scene.ora"
    monkeypatch.setattr(ask, "file_to_save", lambda *_: path)
    window.actions_["save"].trigger()
    assert not window.isWindowModified()
    assert open_project(path).layout == driver.layout
    saved = driver.layout
    driver.open_scene()
    assert window.files.open(path)
    assert driver.layout == saved


def test_nothing_is_applied_by_looking(driver: Driver) -> None:
    driver.ask("tree")
    window = driver.window
    for card in window.strip.cards:
        at = QPointF(20, 20)
        QApplication.sendEvent(card, QEnterEvent(at, at, at))
        QTest.mouseClick(card, LEFT)
        QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    assert driver.labels == [] and not window.session.is_dirty
    before = window.canvas.picture()
    window.strip.unchoose()
    assert window.canvas.picture() != before


def test_a_scribble_that_is_begun_takes_the_place_of_the_box(driver: Driver) -> None:
    driver.use("scribble")
    canvas = driver.window.canvas
    edge = driver.at((0.2, 0.5))

    def around() -> QImage:
        # Away from the mouse, whose ring is painted too.
        return canvas.picture(QRect(edge.x() - 6, edge.y() - 6, 12, 12))

    bare = around()
    driver.use("box")
    driver.drag((0.2, 0.3), (0.4, 0.7))
    driver.use("scribble")
    assert around() != bare
    driver.press((0.7, 0.4))
    driver.move((0.8, 0.6))
    assert around() == bare
    driver.release((0.8, 0.6))
    driver.press((0.7, 0.8))
    assert canvas.guidance.scribble is not None
    at = driver.at((0.75, 0.5))
    drawn = canvas.picture(QRect(at.x(), at.y(), 1, 1)).pixelColor(0, 0)
    driver.release((0.7, 0.8))
    assert drawn.name() != "#ffffff", "more strokes add to it, so it stays in sight"


def test_a_point_and_a_scribble_reach_the_request(driver: Driver) -> None:
    driver.use("point")
    driver.click((0.25, 0.5))
    driver.ask("dog")
    guidance = fake_engine.SCRIPT.requests[-1].guidance
    assert guidance.mode is GuidanceMode.POINT and guidance.point is not None
    assert guidance.point == pytest.approx((192, 256), abs=2)

    driver.use("scribble")
    driver.drag((0.5, 0.2), (0.7, 0.3))
    driver.drag((0.5, 0.7), (0.7, 0.6))
    driver.ask("dog")
    scribble = fake_engine.SCRIPT.requests[-1].guidance.scribble
    assert scribble is not None
    assert scribble.box.height > 512 * 0.5, "both strokes are in it"


def test_a_line_round_something_is_shown_to_be_an_outline(driver: Driver) -> None:
    canvas = driver.window.canvas

    def middle() -> str:
        return canvas.picture().pixelColor(driver.at((0.5, 0.5))).name()

    bare = middle()
    driver.use("scribble")
    driver.drag((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    assert middle() == bare, "it is open on the left"
    assert "Along the scribble" in driver.window.bar.where.text()
    driver.drag((0.3, 0.7), (0.3, 0.3))
    assert middle() != bare
    assert "Inside the outline" in driver.window.bar.where.text()


def test_a_scribble_does_not_hide_what_is_proposed_under_it(driver: Driver) -> None:
    canvas = driver.window.canvas
    driver.use("scribble")
    driver.drag((0.3, 0.3), (0.5, 0.5), (0.7, 0.7))

    def colours() -> tuple[str, str]:
        """On the scribble, and beside it."""
        picture = canvas.picture()
        on, beside = driver.at((0.5, 0.5)), driver.at((0.6, 0.42))
        return picture.pixelColor(on).name(), picture.pixelColor(beside).name()

    on, beside = colours()
    assert on != beside
    driver.ask("dog")
    on, beside = colours()
    assert on == beside


def test_suggestions_that_are_nearly_the_same_are_left_out_and_told(driver: Driver) -> None:
    strip = driver.window.strip
    driver.ask("dog")
    assert strip.note.text() == ""
    fake_engine.SCRIPT.alike = 3
    driver.ask("dog")
    assert len(strip.cards) == 1
    assert strip.note.text() == "3 more were nearly the same."


def test_the_place_can_be_forgotten(driver: Driver) -> None:
    driver.use("box")
    driver.drag((0.2, 0.3), (0.6, 0.8))
    QTest.mouseClick(driver.window.bar.clear, LEFT)
    assert driver.window.bar.where.text() == "Anywhere"
    driver.ask("dog")
    assert fake_engine.SCRIPT.requests[-1].guidance.mode is GuidanceMode.FREE


def test_behind_a_layer(driver: Driver) -> None:
    tree, house = (Layer(label=n, mask=disc(200, 150, 40)) for n in ("tree", "house"))
    driver.open_scene(tree, house)
    bar = driver.window.bar
    bar.behind.setCurrentIndex(bar.behind.findText("Behind house"))
    driver.ask("dog")
    driver.window.strip.take.click()
    assert driver.labels == ["tree", "dog", "house"]
    assert bar.behind.currentIndex() == 0


def test_an_unknown_word_is_told(driver: Driver) -> None:
    driver.ask("puppy")
    assert "“puppy” is drawn as “dog”" in driver.window.strip.note.text()


def test_another_suggestion_replaces_the_one_just_added(driver: Driver) -> None:
    window = driver.window
    driver.ask("dog")
    window.strip.take.click()
    first = driver.layout.layers[0]
    assert window.strip.take.text() == "Use this one"
    QTest.mouseDClick(window.strip.cards[2], LEFT)
    assert driver.labels == ["dog"]
    assert driver.layout.layers[0].mask != first.mask
    assert driver.layout.layers[0].provenance != first.provenance
    window.actions_["undo"].trigger()
    assert driver.labels == []


def test_after_an_edit_another_suggestion_is_a_second_layer(driver: Driver) -> None:
    window = driver.window
    driver.ask("dog")
    window.strip.take.click()
    driver.key(Qt.Key.Key_Right)
    assert window.strip.take.text() == "Add"
    QTest.mouseDClick(window.strip.cards[2], LEFT)
    assert driver.labels == ["dog", "dog"]


def test_more_goes_on_with_the_next_seeds(driver: Driver) -> None:
    window = driver.window
    window.bar.dice.setChecked(False)
    window.bar.seed.setValue(7)
    driver.ask("dog")
    window.actions_["more"].trigger()
    driver.wait_for(lambda: len(window.strip.cards) == 8)
    assert [offer.suggestion.seed for offer in window.suggesting.offers] == list(range(7, 15))


def test_a_fixed_variation_gives_the_same_again(driver: Driver) -> None:
    window = driver.window
    window.bar.dice.setChecked(False)
    driver.ask("dog")
    first = [offer.suggestion.mask for offer in window.suggesting.offers]
    driver.ask("dog")
    assert [offer.suggestion.mask for offer in window.suggesting.offers] == first


def test_cancel_stops_the_job_and_the_next_one_works(driver: Driver) -> None:
    window = driver.window
    fake_engine.SCRIPT.hold = threading.Event()
    driver.type_what("dog")
    window.bar.suggest.click()
    driver.wait_for(lambda: window.bar.stage.text() == "Drawing shapes")
    assert window.bar.stop.isVisible()
    window.bar.stop.click()
    assert not window.suggesting.is_running and window.bar.suggest.isVisible()
    fake_engine.SCRIPT.hold = None
    driver.ask("tree")
    assert window.suggesting.label == "tree" and len(window.strip.cards) == 4


def test_a_new_question_takes_the_place_of_a_running_one(driver: Driver) -> None:
    fake_engine.SCRIPT.hold = hold = threading.Event()
    driver.type_what("dog")
    driver.window.bar.suggest.click()
    driver.wait_for(lambda: len(fake_engine.SCRIPT.requests) == 1)
    driver.type_what("tree")
    QTest.keyClick(driver.window.bar.what, Qt.Key.Key_Return)
    hold.set()
    driver.wait_for(lambda: not driver.window.suggesting.is_running)
    assert driver.window.strip.title.text().startswith("tree")


def test_an_error_of_the_engine_is_shown_and_nothing_is_lost(driver: Driver) -> None:
    driver.open_scene(Layer(label="tree", mask=disc(100, 100, 30)))
    before = driver.layout
    fake_engine.SCRIPT.error = ModelMissing("The lite pack is not there: fetch it again.")
    driver.ask("dog")
    assert driver.window.toast.text == "The lite pack is not there: fetch it again."
    assert driver.layout == before
    driver.ask("dog")
    assert len(driver.window.strip.cards) == 4


def test_closing_during_a_job_is_clean(driver: Driver) -> None:
    fake_engine.SCRIPT.hold = threading.Event()
    driver.type_what("dog")
    driver.window.bar.suggest.click()
    driver.wait_for(lambda: len(fake_engine.SCRIPT.requests) == 1)
    assert driver.window.close()


def test_an_empty_label_asks_for_nothing(driver: Driver) -> None:
    assert not driver.window.bar.suggest.isEnabled()
    driver.type_what("   ")
    QTest.keyClick(driver.window.bar.what, Qt.Key.Key_Return)
    assert fake_engine.SCRIPT.requests == [] and not driver.window.suggesting.is_running


def test_the_scene_the_model_sees_is_the_scene_on_the_canvas(driver: Driver) -> None:
    driver.open_scene(Layer(label="tree", mask=block(10, 10, 50, 50)))
    QTest.keyClicks(driver.window.top.caption, "a dog under a tree")
    driver.ask("dog")
    layout = fake_engine.SCRIPT.requests[-1].layout
    assert layout.caption == "a dog under a tree" and layout.layers == driver.layout.layers


def test_the_first_word_typed_is_what_to_add(driver: Driver) -> None:
    window = driver.window
    driver.wait_for(lambda: window.isActiveWindow())
    target = window.focusWidget()
    assert target is window.bar.what
    QTest.keyClicks(target, "dog")
    QTest.keyClick(target, Qt.Key.Key_Return)
    driver.wait_for(lambda: len(window.strip.cards) == 4)


def test_suggestions_do_not_take_the_keyboard_from_the_next_word(driver: Driver) -> None:
    fake_engine.SCRIPT.hold = hold = threading.Event()
    driver.type_what("dog")
    driver.window.bar.suggest.click()
    driver.type_what("tr")
    hold.set()
    driver.wait_for(lambda: len(driver.window.strip.cards) == 4)
    QTest.keyClicks(driver.window.focusWidget(), "ee")
    assert driver.window.bar.what.text() == "tree"
