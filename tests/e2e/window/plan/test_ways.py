"""Variation and closeness of a design: what the user sets is what is asked for, and stays."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.e2e.window import fake_engine
from tests.e2e.window.plan.conftest import PlanDriver, placed_count


def set_variation(hand: PlanDriver, number: int) -> None:
    field = hand.panel.ways.seed
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, str(number))
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_the_variation_that_is_set_is_designed(hand: PlanDriver) -> None:
    hand.begin()
    set_variation(hand, 41)
    hand.design()
    assert [r.seed for r in fake_engine.SCRIPT.designs] == [41]
    assert hand.panel.ways.seed.value() == 41
    set_variation(hand, 7)
    hand.design()
    assert fake_engine.SCRIPT.designs[-1].seed == 7, "all again, of the number that was set"
    assert placed_count(hand) == 4


def test_another_one_takes_the_next_variation_and_shows_it(hand: PlanDriver) -> None:
    hand.begin()
    assert not hand.panel.ways.another.isEnabled(), "there is none yet to be another"
    hand.design()
    hand.press(hand.panel.ways.another)
    hand.wait()
    first, second = fake_engine.SCRIPT.designs
    assert second.seed == first.seed + 1 == hand.panel.ways.seed.value()
    assert placed_count(hand) == 4
    hand.window.actions_["undo"].trigger()
    assert hand.panel.ways.seed.value() == first.seed


def test_places_are_kept_as_closely_as_is_set(hand: PlanDriver) -> None:
    hand.begin()
    field = hand.panel.ways.guidance
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert hand.plan.guidance == "box"
    hand.design()
    assert fake_engine.SCRIPT.designs[-1].guidance == "box"
    hand.window.actions_["undo"].trigger()
    hand.window.actions_["undo"].trigger()
    assert hand.plan.guidance == "blob" and field.currentText().startswith("Loosely")


def test_pause_says_what_it_does(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    assert not hand.panel.ways.seed.isEnabled(), "a design under way keeps to its variation"
    assert "object that is being placed" in hand.panel.pause.toolTip()
    hand.press(hand.panel.pause)
    assert "as soon as this object stands" in hand.panel.stage.text()
    gate(1)
    hand.wait()
    assert "between two objects" in hand.panel.stage.text()
    gate(9)
