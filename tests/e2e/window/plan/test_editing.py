"""The plan: from words to a list, and the list edited in place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

from app.plan.rows import Part
from planner.scene import Relation, RelationKind
from tests.e2e.window.plan.conftest import SIZE, PlanDriver


def test_a_caption_fills_the_list(hand: PlanDriver) -> None:
    hand.driver.open_scene(size=SIZE)
    hand.panel.caption.setFocus()
    QTest.keyClicks(hand.panel.caption, "Two dogs and a tree on the grass")
    assert hand.driver.layout.caption == "Two dogs and a tree on the grass"
    assert hand.window.top.caption.text() == hand.driver.layout.caption
    hand.press(hand.panel.read)
    found = {e.label: e.count for e in hand.plan.elements}
    assert found.items() >= {"dog": 2, "tree": 1, "grass": 1}.items()
    assert next(e for e in hand.plan.elements if e.label == "grass").background
    assert hand.window.session.document.undo_name == "Read caption"
    hand.window.actions_["undo"].trigger()
    assert hand.labels == []


def test_reading_nothing_is_said(hand: PlanDriver) -> None:
    hand.driver.open_scene(size=SIZE)
    hand.press(hand.panel.read)
    assert "first" in hand.window.toast.text
    assert hand.panel.caption.hasFocus() and hand.labels == []


def test_a_caption_of_two_thousand_words_is_cut_and_said(hand: PlanDriver) -> None:
    hand.driver.open_scene(size=SIZE)
    hand.panel.caption.insertPlainText("a dog and a tree and " * 400)
    assert "cut" in hand.window.toast.text
    assert 3_900 < len(hand.driver.layout.caption) <= 4_000


def test_elements_are_added_in_plain_words(hand: PlanDriver) -> None:
    hand.begin()
    hand.panel.what.setFocus()
    QTest.keyClicks(hand.panel.what, "3 benches left of tree; sky")
    QTest.keyClick(hand.panel.what, Qt.Key.Key_Return)
    assert hand.labels == ["grass", "dog", "tree", "bench", "sky"]
    bench, sky = hand.plan.elements[3:]
    assert bench.count == 3 and sky.background
    assert Relation(RelationKind.LEFT_OF, bench.id, ("e3",)) in hand.plan.relations
    assert hand.panel.chosen_ids() == (sky.id,)
    assert hand.panel.what.text() == ""


def test_name_number_and_relations_are_edited_in_place(hand: PlanDriver) -> None:
    hand.begin()
    hand.type(2, Part.NAME, "oak")
    assert hand.labels == ["grass", "dog", "oak"]
    hand.type(2, Part.RELATIONS, "behind dogs; on grass")
    assert {(r.kind, r.references) for r in hand.plan.relations if r.subject == "e3"} == {
        (RelationKind.BEHIND, ("e2",)),
        (RelationKind.ON, ("e1",)),
    }
    hand.click(1, Part.COUNT)
    hand.enter("5")
    assert hand.plan.elements[1].count == 5
    assert "of 7 placed" in hand.panel.number.text()


def test_a_wrong_relation_is_said_and_changes_nothing(hand: PlanDriver) -> None:
    hand.begin()
    before = hand.plan
    hand.type(1, Part.RELATIONS, "left of the moon")
    assert "no other “moon”" in hand.window.toast.text
    assert hand.plan == before


def test_keys_edit_too(hand: PlanDriver) -> None:
    hand.begin()
    hand.click(0)
    QTest.keyClick(hand.panel.list, Qt.Key.Key_F2)
    editor = hand.editor()
    QTest.keyClicks(editor, "lawn")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert hand.labels[0] == "lawn"
    assert isinstance(hand.editor(), QSpinBox)
    QTest.keyClick(hand.editor(), Qt.Key.Key_Escape)
    QTest.keyClick(hand.panel.list, Qt.Key.Key_Delete)
    assert hand.labels == ["dog", "tree"]
    hand.window.actions_["undo"].trigger()
    assert hand.labels == ["lawn", "dog", "tree"]


def test_rows_are_dragged_into_another_order(hand: PlanDriver) -> None:
    hand.begin()
    model = hand.panel.model
    data = model.mimeData([model.index(2)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, model.index(-1))
    assert hand.labels == ["tree", "grass", "dog"]


def test_the_background_mark_switches_without_selecting(hand: PlanDriver) -> None:
    hand.begin()
    hand.click(1)
    hand.click(2, Part.BACKGROUND)
    assert hand.plan.elements[2].background
    assert hand.panel.chosen_ids() == ("e2",)
