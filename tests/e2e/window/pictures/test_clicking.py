"""The click tool: words and a click, the shape as it grows, one result taken over or none."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.render import room
from app.render.clicking import Clicking
from engine.layout.layout import Background, Layout
from engine.render.request import Picture
from tests.e2e.window import fake_pictures
from tests.e2e.window.conftest import LEFT, Driver
from tests.e2e.window.pictures.conftest import PictureDriver, photo, pixels_of


@pytest.fixture
def clicking(hand: PictureDriver, driver: Driver) -> Clicking:
    """A photo, the click tool, and the words."""
    hand.begin(background=photo())
    hand.window.bar.count.setValue(3)
    driver.use("click")
    return hand.window.pictures.clicking


def grow(driver: Driver, clicking: Clicking) -> None:
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    driver.wait_for(lambda: len(clicking.offers) == 3)


def test_a_click_makes_an_object_and_its_layer_in_one_step(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    grow(driver, clicking)
    request = hand.asked[0]
    assert (request.prompt, request.preset) == ("ball", "fast")
    assert len(request.clicks) == 1
    assert request.clicks[0] == pytest.approx((200, 150), abs=2)
    assert np.array_equal(request.photo, pixels_of(photo()))
    QTest.keyClick(clicking.strip.cards[0], Qt.Key.Key_Right)
    assert "0.80" in clicking.strip.note.text()
    QTest.mouseClick(clicking.strip.take, LEFT)
    driver.wait_for(lambda: bool(hand.steps))
    assert hand.steps == ("Insert ball",) and driver.labels[-1] == "ball"
    layer = driver.layout.layers[-1]
    assert layer.provenance is not None and layer.provenance.kind == "click2mask"
    assert not np.array_equal(pixels_of(driver.layout.background), request.photo)
    hand.do("undo")
    assert driver.labels == ["grass", "dog"]
    assert np.array_equal(pixels_of(driver.layout.background), request.photo)


def test_objects_go_in_one_after_the_other_each_a_step_of_its_own(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    pictures = [pixels_of(driver.layout.background)]
    for number, place in enumerate(((0.3, 0.5), (0.7, 0.5)), 1):
        driver.type_what("ball")
        driver.click(place)
        driver.wait_for(lambda: len(clicking.offers) == 3)
        QTest.mouseClick(clicking.strip.take, LEFT)
        driver.wait_for(lambda steps=number: len(hand.steps) == steps)
        pictures.append(pixels_of(driver.layout.background))
    # The second one was made in the picture with the first.
    assert np.array_equal(hand.asked[1].photo, pictures[1])
    assert driver.labels == ["grass", "dog", "ball", "ball"]
    for count in (1, 0):
        hand.do("undo")
        assert driver.labels == ["grass", "dog", *["ball"] * count]
        assert np.array_equal(pixels_of(driver.layout.background), pictures[count])
    hand.do("redo")
    assert np.array_equal(pixels_of(driver.layout.background), pictures[1])


def test_words_say_behind_which_object_it_goes(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    driver.type_what("a ball behind the dog")
    driver.click((0.5, 0.5))
    driver.wait_for(lambda: len(clicking.offers) == 3)
    dog = driver.layout.layers[-1]
    assert dog.label == "dog" and hand.asked[0].in_front == dog.mask
    QTest.mouseClick(clicking.strip.take, LEFT)
    driver.wait_for(lambda: bool(hand.steps))
    assert driver.labels == ["grass", "a ball behind the dog", "dog"]


def test_the_window_goes_on_while_the_words_are_read(
    hand: PictureDriver, driver: Driver, clicking: Clicking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their first reading loads lists of words, which takes a while."""
    typed_meanwhile = threading.Event()

    def slow(*_: object, **__: object) -> None:
        assert typed_meanwhile.wait(5), "the window stood still"

    monkeypatch.setattr(room, "said_behind", slow)
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    assert not clicking.is_open
    driver.key(Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    typed_meanwhile.set()
    driver.wait_for(lambda: len(clicking.offers) == 3)


def test_what_was_given_up_while_the_words_are_read_does_not_begin(
    hand: PictureDriver, driver: Driver, clicking: Clicking, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = threading.Event()
    monkeypatch.setattr(room, "said_behind", lambda *_, **__: read.wait(5) and None)
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    driver.window.canvas.setFocus()
    driver.key(Qt.Key.Key_Escape)
    read.set()
    came: list[bool] = []
    hand.window.rendering.aside.run(lambda: True, came.append, pytest.fail)
    driver.wait_for(lambda: bool(came))
    assert not clicking.is_open and not hand.asked


def test_several_places_are_clicked_before_it_begins(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    driver.type_what("ball")
    driver.click((0.25, 0.5), keys=Qt.KeyboardModifier.ShiftModifier)
    driver.click((0.5, 0.5), keys=Qt.KeyboardModifier.ShiftModifier)
    assert not clicking.is_open
    QTest.keyClick(hand.window.bar.what, Qt.Key.Key_Return)
    driver.wait_for(lambda: len(clicking.offers) == 3)
    assert len(hand.asked[0].clicks) == 2


def test_the_place_may_come_before_the_words(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    driver.click((0.5, 0.5))
    assert not clicking.is_open and hand.window.bar.what.hasFocus()
    QTest.keyClicks(hand.window.bar.what, "ball")
    QTest.keyClick(hand.window.bar.what, Qt.Key.Key_Return)
    driver.wait_for(lambda: len(clicking.offers) == 3)


def test_the_growing_shape_is_shown_and_can_be_looked_back_at(
    hand: PictureDriver, driver: Driver, clicking: Clicking, hold: threading.Event
) -> None:
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    slider = clicking.click_strip.slider
    driver.wait_for(lambda: slider.maximum() == fake_pictures.STEPS - 1)
    assert hand.window.pictures.middle.currentWidget() is clicking.stage
    live = clicking.stage.panes[0].mask
    slider.setValue(0)
    first = clicking.stage.panes[0].mask
    assert live is not None and first is not None and first.area > live.area
    hold.set()
    driver.wait_for(lambda: len(clicking.offers) == 3)
    assert clicking.stage.panes[0].mask is None
    slider.setValue(1)
    shown = clicking.stage.panes[0].mask
    assert shown is not None and first.area > shown.area > live.area
    assert clicking.click_strip.moment.text() == "Step 1, match 0.30"


def test_a_close_up_is_shown_as_it_is_drawn_unless_the_user_looks_back(
    driver: Driver, clicking: Clicking, hold: threading.Event
) -> None:
    drawn = Picture(sample=1, seed=0, pixels=np.zeros((20, 30, 3), np.uint8))
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    slider = clicking.click_strip.slider
    driver.wait_for(lambda: slider.maximum() == fake_pictures.STEPS - 1)
    pane = clicking.pane_of(drawn)
    assert pane is not None and pane.image is not None and pane.image.width() == 30
    slider.setValue(0)
    assert clicking.pane_of(drawn) is None
    hold.set()
    driver.wait_for(lambda: len(clicking.offers) == 3)


def test_the_growing_can_be_stopped_at_an_earlier_shape(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    grow(driver, clicking)
    assert not clicking.click_strip.redraw.isVisible()
    clicking.click_strip.slider.setValue(2)
    QTest.mouseClick(clicking.click_strip.redraw, LEFT)
    driver.wait_for(lambda: len(hand.asked) == 2 and not clicking.drawing.is_running)
    assert hand.asked[1].stop_at == 2 and hand.asked[1].clicks == hand.asked[0].clicks
    assert len(clicking.offers) == 3


def test_discarding_leaves_the_photo_as_it_was(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    grow(driver, clicking)
    QTest.keyClick(clicking.stage, Qt.Key.Key_Escape)
    assert clicking.is_open and hand.window.pictures.middle.currentWidget() is hand.window.canvas
    QTest.mouseClick(clicking.strip.close_button, LEFT)
    assert not clicking.is_open and hand.steps == () and not hand.window.session.is_dirty


def test_cancelling_while_it_grows(
    hand: PictureDriver, driver: Driver, clicking: Clicking, hold: threading.Event
) -> None:
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    driver.wait_for(lambda: bool(hand.asked))
    QTest.mouseClick(clicking.strip.stop, LEFT)
    assert not clicking.is_open and hand.steps == ()
    hold.set()
    grow(driver, clicking)


def test_a_photo_without_layers_is_not_written_over(hand: PictureDriver, driver: Driver) -> None:
    white = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(white, "PNG")
    background = Background(data=white.getvalue(), format="png", name="white.png")
    darkest = {}
    for name, below in (("photo", background), ("empty", None)):
        hand.window.session.new(Layout(width=400, height=300, background=below))
        driver.use("click")
        driver.wait_for(lambda: middle_of(hand).max() == 255)
        darkest[name] = int(middle_of(hand).min())
    # An empty canvas tells how to begin; a photo is there to be looked at.
    assert darkest["photo"] == 255 and darkest["empty"] < 200


def middle_of(hand: PictureDriver) -> np.ndarray:
    """Red of the pixels around the middle of the canvas as it is shown, (100, 200)."""
    image = hand.window.canvas.grab().toImage()
    x, y = image.width() // 2 - 100, image.height() // 2 - 50
    return np.array(
        [[image.pixelColor(x + i, y + j).red() for i in range(200)] for j in range(100)]
    )


def test_without_a_photo_one_is_asked_for(hand: PictureDriver, driver: Driver) -> None:
    hand.begin()
    driver.use("click")
    driver.type_what("ball")
    driver.click((0.5, 0.5))
    assert hand.window.toast.button.text() == "Open a photo…" and hand.asked == []


def test_another_tool_suggests_layers_again(
    hand: PictureDriver, driver: Driver, clicking: Clicking
) -> None:
    assert not hand.window.bar.style_box.isVisible()
    driver.use("select")
    assert hand.window.bar.style_box.isVisible()
    driver.ask("dog")
    assert hand.window.strip.cards and hand.asked == []
