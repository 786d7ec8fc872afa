"""The plan: designed as a whole, stopped, changed, gone on with, kept in the project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.dialogs import ask
from app.plan.rows import Part
from engine.errors import EngineError
from engine.layout.commands import MoveLayers
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.project import open_project
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import disc
from tests.e2e.window.plan.conftest import PARK, TREE, PlanDriver, placed_count


def test_a_design_is_one_step_and_every_element_is_linked(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    assert sorted(hand.driver.labels) == ["dog", "dog", "grass", "tree"]
    assert hand.driver.labels[0] == "grass"
    assert [hand.state(row) for row in range(3)] == ["placed"] * 3
    assert hand.steps == ("Design scene", "Begin")
    for row, count in enumerate((1, 2, 1)):
        hand.click(row)
        chosen = [hand.driver.layout.layer(i) for i in hand.window.selection.ids]
        assert [x.label for x in chosen] == [hand.labels[row]] * count
    tree = next(x for x in hand.driver.layout.layers if x.label == "tree")
    hand.driver.select(tree)
    assert hand.panel.chosen_ids() == ("e3",)
    hand.window.actions_["undo"].trigger()
    assert hand.driver.labels == [] and hand.state(0) == "to do"
    hand.window.actions_["redo"].trigger()
    assert placed_count(hand) == 4


def test_objects_appear_one_by_one_while_the_window_lives(
    hand: PlanDriver, gate: Callable[[int], None]
) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    assert hand.driver.labels == []
    for count in range(1, 4):
        gate(1)
        hand.driver.wait_for(lambda n=count: len(hand.driver.labels) == n)
        assert hand.window.plan.boxes.boxes, "the box that was followed is shown"
        hand.driver.click((0.99, 0.02))
    hand.driver.wait_for(lambda: hand.state(2) == "placing")
    assert hand.state(1) == "placed"
    gate(1)
    hand.wait()
    assert hand.steps == ("Design scene", "Begin"), "clicks in between do not part the step"


def test_pause_edit_and_go_on(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 1)
    hand.press(hand.panel.pause)
    gate(1)
    hand.wait()
    assert len(hand.driver.labels) == 2 and hand.panel.pause.text() == "Go on"
    hand.type(2, Part.NAME, "oak")
    gate(9)
    hand.press(hand.panel.pause)
    hand.wait()
    assert sorted(hand.driver.labels) == ["dog", "dog", "grass", "oak"]
    assert len(fake_engine.SCRIPT.designs[1].placed) == 2
    assert hand.panel.all.isVisible()


def test_a_pause_without_edits_stays_one_step(
    hand: PlanDriver, gate: Callable[[int], None]
) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    hand.press(hand.panel.pause)
    gate(1)
    hand.wait()
    gate(9)
    hand.press(hand.panel.pause)
    hand.wait()
    assert placed_count(hand) == 4 and hand.steps == ("Design scene", "Begin")


def test_cancel_keeps_what_stands(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(2)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 2)
    hand.press(hand.panel.stop)
    assert "2 of 4 placed" in hand.window.toast.text
    assert len(hand.driver.labels) == 2
    assert hand.panel.all.text() == "Design the rest"
    gate(9)
    hand.design()
    assert placed_count(hand) == 4
    hand.window.actions_["undo"].trigger()
    assert len(hand.driver.labels) == 2


def test_undo_during_a_design_stops_it(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(2)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 2)
    hand.window.actions_["undo"].trigger()
    assert hand.driver.labels == [] and not hand.window.plan.designing.is_open
    gate(9)
    hand.driver.qtbot.wait(80)
    assert hand.driver.labels == [] and hand.labels == ["grass", "dog", "tree"]


def test_an_element_added_on_the_way_is_designed_too(
    hand: PlanDriver, gate: Callable[[int], None]
) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 1)
    hand.click(1, Part.COUNT)
    hand.enter("3")
    gate(9)
    hand.driver.wait_for(lambda: not hand.window.plan.designing.is_open)
    assert hand.driver.labels.count("dog") == 3


def test_edits_of_layers_on_the_way_stay(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    own = Layer(label="ball", mask=disc(60, 60, 20))
    hand.begin(PARK, own)
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 2)
    hand.window.session.document.do(MoveLayers((own.id,), 30, 0))
    gate(9)
    hand.wait()
    assert hand.driver.layout.layer(own.id).mask == own.mask.moved(30, 0)
    assert placed_count(hand) == 4


def test_what_finds_no_place_is_said_and_can_be_tried_again(hand: PlanDriver) -> None:
    fake_engine.SCRIPT.lost = {"tree"}
    hand.begin()
    hand.design()
    assert "No place was found for “tree”" in hand.window.toast.text
    assert hand.state(2) == "failed"
    assert "Everything it could stand on is taken." in hand.panel.model.tip(TREE)
    assert placed_count(hand) == 3
    fake_engine.SCRIPT.lost = set()
    hand.design()
    assert hand.state(2) == "placed"
    first, second = fake_engine.SCRIPT.designs
    assert second.seed != first.seed, "the same seed would fail again"


def test_an_error_is_said_and_what_stands_stays(
    hand: PlanDriver, gate: Callable[[int], None]
) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 1)
    fake_engine.SCRIPT.error = EngineError("The planner is out of order; install it again.")
    gate(1)
    hand.wait()
    assert "out of order" in hand.window.toast.text and "1 of 4" in hand.window.toast.text
    assert hand.driver.labels == ["grass"]
    assert hand.panel.all.isVisible() and hand.panel.all.isEnabled()


def test_relations_that_did_not_come_true_are_told(hand: PlanDriver) -> None:
    fake_engine.SCRIPT.unmet = PARK.relations
    hand.begin()
    hand.design()
    assert hand.panel.notes.text() == "Not as asked: dog left of tree."
    assert hand.steps == ("Design scene", "Begin")
    hand.window.actions_["undo"].trigger()
    hand.press(hand.panel.next)
    hand.wait()
    assert not hand.panel.notes_area.isVisible(), "what does not stand yet is not missed"
    fake_engine.SCRIPT.unmet = ()
    hand.design()
    assert not hand.panel.notes_area.isVisible()


def test_an_opened_project_shows_its_plan_again(
    hand: PlanDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.begin(replace(PARK, notes=("“red” was left out.",)))
    hand.design()
    path = tmp_path / "park.ora"
    monkeypatch.setattr(ask, "file_to_save", lambda *_: path)
    hand.window.actions_["save"].trigger()
    kept, plan = hand.driver.layout, hand.plan
    hand.driver.open_scene()
    assert hand.panel.model.rowCount() == 0
    assert hand.window.files.open(path)
    assert hand.driver.layout == kept == open_project(path).layout
    assert hand.plan == plan and [hand.state(row) for row in range(3)] == ["placed"] * 3
    assert "red" in hand.panel.notes.text()


def test_closing_the_window_ends_a_design(hand: PlanDriver, gate: Callable[[int], None]) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 1)
    hand.window.session.document.mark_saved()
    assert hand.window.close()
    QApplication.processEvents()
    assert hand.driver.labels == ["grass"]


def test_opening_another_project_ends_a_design(
    hand: PlanDriver, gate: Callable[[int], None]
) -> None:
    hand.begin()
    hand.press(hand.panel.all)
    gate(1)
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 1)
    hand.window.session.new(Layout(width=200, height=200))
    gate(9)
    hand.driver.qtbot.wait(80)
    assert hand.driver.labels == [] and hand.labels == []
    assert hand.panel.all.isVisible() and not hand.panel.all.isEnabled()
