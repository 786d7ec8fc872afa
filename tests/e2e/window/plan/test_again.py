"""The plan: one object at a time, again, locked, and boxes on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.layout.geometry import Box
from planner.scene import Instance
from tests.e2e.window import fake_engine
from tests.e2e.window.plan.conftest import PlanDriver, placed_count


def test_next_one_places_one_and_is_a_step_of_its_own(hand: PlanDriver) -> None:
    hand.begin()
    for count in range(1, 5):
        hand.press(hand.panel.next)
        hand.wait()
        assert placed_count(hand) == count
    assert hand.driver.labels[0] == "grass", "the ground comes first"
    assert len(hand.steps) == 5 and hand.steps[0].startswith("Place ")
    assert not hand.panel.next.isEnabled()
    hand.window.actions_["undo"].trigger()
    assert placed_count(hand) == 3


def test_again_replaces_what_is_selected_and_nothing_else(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    before = {x.id for x in hand.driver.layout.layers}
    hand.click(1)
    dogs = set(hand.window.selection.ids)
    hand.press(hand.panel.again)
    assert hand.panel.list.hasFocus(), "the keyboard stays with the plan"
    hand.wait()
    after = {x.id for x in hand.driver.layout.layers}
    assert before - after == dogs and len(after) == 4
    assert hand.steps[0] == "Place dog again"
    assert set(hand.window.selection.ids) == after - before
    hand.window.actions_["undo"].trigger()
    assert {x.id for x in hand.driver.layout.layers} == before
    assert hand.panel.chosen_ids() == ("e2",)
    assert set(hand.window.selection.ids) == dogs


def test_again_keeps_the_old_one_when_nothing_better_comes(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    fake_engine.SCRIPT.lost = {"tree"}
    before = hand.driver.layout.layers
    hand.click(2)
    hand.press(hand.panel.again)
    hand.wait()
    assert hand.driver.layout.layers == before
    assert "tree" in hand.window.toast.text


def test_what_is_locked_stays_in_later_designs(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(2)
    hand.press(hand.panel.lock)
    tree = next(x for x in hand.driver.layout.layers if x.label == "tree")
    assert tree.locked and hand.panel.lock.text() == "Unlock this"
    assert not hand.panel.again.isEnabled()
    before = {x.id for x in hand.driver.layout.layers}
    assert hand.panel.all.text() == "Design all again"
    hand.design()
    after = {x.id for x in hand.driver.layout.layers}
    assert before & after == {tree.id} and len(after) == 4
    assert hand.driver.layout.layer(tree.id) == tree
    assert hand.steps[0] == "Design scene again"


def test_removing_the_layers_of_one_element(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(1)
    hand.window.actions_["plan_remove"].trigger()
    assert sorted(hand.driver.labels) == ["grass", "tree"]
    assert hand.state(1) == "to do" and len(hand.steps) == 3


def test_deleting_an_element_with_and_without_its_layers(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(2)
    QTest.keyClick(hand.panel.list, Qt.Key.Key_Delete)
    assert hand.labels == ["grass", "dog"] and "tree" in hand.driver.labels
    hand.click(1)
    hand.window.actions_["plan_delete_all"].trigger()
    assert hand.labels == ["grass"] and "dog" not in hand.driver.labels
    hand.window.actions_["undo"].trigger()
    assert hand.labels == ["grass", "dog"] and hand.driver.labels.count("dog") == 2


def test_a_box_drawn_before_is_followed(hand: PlanDriver) -> None:
    hand.begin()
    hand.click(2)
    hand.window.actions_["plan_box"].trigger()
    hand.drag(QPointF(40, 60), QPointF(140, 220))
    assert hand.plan.spot(Instance("e3")).box == Box(40, 60, 100, 160)
    assert hand.driver.labels == []
    hand.drag(QPointF(90, 140), QPointF(110, 150))
    assert hand.plan.spot(Instance("e3")).box == Box(60, 70, 100, 160), "it moves from inside"
    hand.drag(QPointF(160, 230), QPointF(180, 250))
    assert hand.plan.spot(Instance("e3")).box == Box(60, 70, 120, 180), "a corner resizes it"
    hand.design()
    assert fake_engine.SCRIPT.designs[0].boxes == {Instance("e3"): Box(60, 70, 120, 180)}
    tree = next(x for x in hand.driver.layout.layers if x.label == "tree")
    assert tree.mask.box.intersection(Box(60, 70, 120, 180)) == tree.mask.box


def test_a_box_dragged_afterwards_places_its_element_anew(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(2)
    box = hand.plan.spot(Instance("e3")).box
    assert box is not None
    old = hand.window.selection.ids
    shown = [b for b in hand.window.plan.boxes.boxes if b.followed]
    assert [b.box for b in shown] == [box]
    assert len(hand.window.plan.boxes.boxes) == 3, "the other proposals are shown too"
    corner = QPointF(box.right, box.bottom)
    hand.drag(corner, QPointF(box.right - 20, box.bottom - 15))
    hand.wait()
    wanted = Box(box.x, box.y, box.width - 20, box.height - 15)
    assert fake_engine.SCRIPT.designs[1].boxes == {Instance("e3"): wanted}
    assert hand.plan.spot(Instance("e3")).box == wanted
    tree = next(x for x in hand.driver.layout.layers if x.label == "tree")
    assert tree.id not in old and tree.mask.box.intersection(wanted) == tree.mask.box
    assert hand.steps[0] == "Place tree again"
    hand.window.actions_["undo"].trigger()
    assert hand.plan.spot(Instance("e3")).box == box
    assert set(old) <= {x.id for x in hand.driver.layout.layers}


def test_a_placed_object_is_still_moved_by_hand(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(2)
    tree = hand.driver.layout.layer(hand.window.selection.ids[0])
    box = tree.mask.box
    centre = QPointF(box.x + box.width / 2, box.y + box.height / 2)
    hand.drag(centre, centre - QPointF(12, 9))
    assert hand.driver.layout.layer(tree.id).mask == tree.mask.moved(-12, -9)
    shown = [b.box for b in hand.window.plan.boxes.boxes if b.followed]
    assert shown == [tree.mask.moved(-12, -9).box], "its box goes with it"
    assert len(fake_engine.SCRIPT.designs) == 1


def test_boxes_go_with_the_panel_and_escape_ends_drawing(hand: PlanDriver) -> None:
    hand.begin()
    hand.design()
    hand.click(2)
    assert hand.window.plan.boxes.shows
    hand.window.side.show_panel(hand.window.layers)
    assert not hand.window.plan.boxes.shows
    hand.window.actions_["plan_box"].trigger()
    assert hand.window.plan.boxes.drawing == Instance("e3")
    hand.driver.key(Qt.Key.Key_Escape)
    assert hand.window.plan.boxes.drawing is None
