"""Objects into the photo: offered, compared, taken over or left."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.layout.commands import SetBackground
from engine.layout.guidance import GuidanceMode
from engine.smartmask.request import MAX_AMONG
from tests.e2e.window import fake_pictures
from tests.e2e.window.conftest import LEFT, Driver
from tests.e2e.window.pictures.conftest import PictureDriver, photo, pixels_of


def ask(hand: PictureDriver, *, words: str = "ball", count: int = 3) -> None:
    bar = hand.window.bar
    bar.count.setValue(count)
    if words:
        hand.driver.type_what(words)
    QTest.mouseClick(bar.insert, LEFT)
    hand.driver.wait_for(lambda: len(hand.window.pictures.inserting.offers) == count)


def test_an_object_goes_into_the_photo_in_one_step(hand: PictureDriver, driver: Driver) -> None:
    hand.begin(background=photo())
    driver.use("box")
    driver.drag((0.1, 0.1), (0.3, 0.4))
    ask(hand)
    request = hand.asked[-1]
    assert request.guidance.mode is GuidanceMode.BOX and request.mask is None
    assert np.array_equal(request.photo, pixels_of(photo()))
    strip = hand.window.pictures.inserting.strip
    assert hand.window.pictures.middle.currentWidget() is hand.window.pictures.inserting.stage
    assert hand.steps == () and driver.labels == ["grass", "dog"]
    QTest.keyClick(strip.cards[0], Qt.Key.Key_Right)
    QTest.mouseClick(strip.take, LEFT)
    driver.wait_for(lambda: bool(hand.steps))
    assert driver.labels == ["grass", "dog", "ball"]
    after = pixels_of(driver.layout.background)
    mask = driver.layout.layers[-1].mask.on_canvas(400, 300)
    assert np.array_equal(after[~mask], request.photo[~mask])
    assert not np.array_equal(after[mask], request.photo[mask])
    assert hand.steps == ("Insert ball",) and not strip.isVisible()
    hand.do("undo")
    assert driver.labels == ["grass", "dog"]
    assert driver.layout.background == photo()
    hand.do("redo")
    assert np.array_equal(pixels_of(driver.layout.background), after)


def test_discarding_leaves_nothing(hand: PictureDriver) -> None:
    hand.begin(background=photo())
    ask(hand)
    QTest.keyClick(hand.window.pictures.inserting.strip, Qt.Key.Key_Escape)
    assert hand.steps == () and not hand.window.pictures.inserting.is_open
    assert hand.window.pictures.middle.currentWidget() is hand.window.canvas
    assert not hand.window.session.is_dirty


def test_cancelling_leaves_nothing(hand: PictureDriver, hold: threading.Event) -> None:
    hand.begin(background=photo())
    hand.driver.type_what("ball")
    QTest.mouseClick(hand.window.bar.insert, LEFT)
    hand.driver.wait_for(lambda: bool(hand.asked))
    QTest.mouseClick(hand.window.pictures.inserting.strip.stop, LEFT)
    assert not hand.window.pictures.inserting.is_open
    assert not hand.window.pictures.inserting.strip.isVisible() and hand.steps == ()


def test_the_selected_layer_is_painted_where_it_is(hand: PictureDriver, driver: Driver) -> None:
    hand.begin(background=photo())
    driver.select(hand.grass)
    hand.window.bar.what.clear()
    ask(hand, words="", count=1)
    request = hand.asked[-1]
    assert request.label == "grass" and request.mask == hand.grass.mask
    assert [x.label for x in request.layout.layers] == ["dog"]
    assert request.behind == hand.dog.id
    QTest.mouseClick(hand.window.pictures.inserting.strip.take, LEFT)
    driver.wait_for(lambda: bool(hand.steps))
    assert [layer.id for layer in driver.layout.layers] == [hand.grass.id, hand.dog.id]
    assert len(hand.steps) == 1


def test_more_are_drawn_with_seeds_that_no_mask_had(hand: PictureDriver) -> None:
    hand.begin(background=photo())
    ask(hand, count=2)
    first = hand.asked[-1].seed
    QTest.mouseClick(hand.window.pictures.inserting.strip.more, LEFT)
    hand.driver.wait_for(lambda: len(hand.window.pictures.inserting.offers) == 4)
    assert hand.asked[-1].seed >= first + MAX_AMONG
    assert len(hand.window.pictures.inserting.strip.cards) == 4


def test_a_photo_that_changed_meanwhile_is_not_overwritten(hand: PictureDriver) -> None:
    hand.begin(background=photo())
    ask(hand)
    hand.window.session.document.do(SetBackground(photo(200, 150)))
    QTest.mouseClick(hand.window.pictures.inserting.strip.take, LEFT)
    hand.driver.wait_for(lambda: "has changed" in hand.window.toast.text)
    assert hand.steps == ("Set background",)


def test_without_a_photo_one_is_asked_for(hand: PictureDriver) -> None:
    hand.begin()
    assert not hand.window.bar.insert.isVisible()
    hand.do("insert")
    assert hand.window.toast.button.text() == "Open a photo…"
    assert fake_pictures.SCRIPT.requests == []
