"""The plan: say a whole scene, have it designed, stop it, change it, go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox, QWidget

from app.dialogs import ask
from app.plan.commands import SetPlan
from app.plan.panel import PlanPanel
from app.plan.rows import Part
from app.window import MainWindow
from engine.design.kept import Plan, placed, plan_of
from engine.errors import EngineError
from engine.layout.commands import MoveLayers
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.project import open_project
from planner.scene import Element, Instance, Relation, RelationKind
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import LEFT, NO_KEYS, Driver, disc

GRASS = Element(id="e1", label="grass", background=True)
DOGS = Element(id="e2", label="dog", count=2)
TREE = Element(id="e3", label="tree")
PARK = Plan(
    elements=(GRASS, DOGS, TREE), relations=(Relation(RelationKind.LEFT_OF, "e2", ("e3",)),)
)
SIZE = (400, 300)


class PlanDriver:
    """The hand on the Plan panel."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.window: MainWindow = driver.window
        self.panel: PlanPanel = driver.window.plan.panel
        self.window.actions_["plan_show"].trigger()

    @property
    def plan(self) -> Plan:
        return plan_of(self.driver.layout)

    @property
    def labels(self) -> list[str]:
        return [e.label for e in self.plan.elements]

    @property
    def steps(self) -> tuple[str, ...]:
        return self.window.session.document.undo_names

    def begin(self, plan: Plan = PARK, *layers: Layer) -> None:
        """Open a scene that carries a plan."""
        self.driver.open_scene(*layers, size=SIZE)
        self.window.session.document.do(SetPlan(plan, "Begin"))

    def rect(self, row: int, part: Part) -> QPoint:
        view = self.panel.list
        return view.rows.rect(part, view.visualRect(self.panel.model.index(row))).center()

    def click(self, row: int, part: Part = Part.NAME, **keys: Qt.KeyboardModifier) -> None:
        viewport = self.panel.list.viewport()
        QTest.mouseClick(viewport, LEFT, keys.get("keys", NO_KEYS), self.rect(row, part))

    def open(self, row: int, part: Part) -> QWidget:
        """Double click a part and return its editor."""
        self.click(row, part)
        QTest.mouseDClick(self.panel.list.viewport(), LEFT, NO_KEYS, self.rect(row, part))
        return self.editor()

    def editor(self) -> QWidget:
        editor = QApplication.focusWidget()
        assert isinstance(editor, (QLineEdit, QSpinBox))
        assert self.panel.list.isAncestorOf(editor)
        return editor

    def enter(self, text: str) -> None:
        """Type into the open editor and take it."""
        editor = self.editor()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.driver.wait_for(lambda: QApplication.focusWidget() is not editor)

    def type(self, row: int, part: Part, text: str) -> None:
        self.open(row, part)
        self.enter(text)

    def press(self, button: QWidget) -> None:
        assert button.isEnabled() and button.isVisible()
        QTest.mouseClick(button, LEFT)

    def wait(self) -> None:
        self.driver.wait_for(lambda: not self.window.plan.designing.is_running)

    def design(self) -> None:
        self.press(self.panel.all)
        self.wait()

    def state(self, row: int) -> str:
        return self.panel.model.state_words(self.plan.elements[row])

    def drag(self, start: QPointF, end: QPointF) -> None:
        """Drag from one canvas pixel to another."""
        width, height = SIZE
        self.driver.drag(
            (start.x() / width, start.y() / height), (end.x() / width, end.y() / height)
        )


@pytest.fixture
def hand(driver: Driver) -> PlanDriver:
    return PlanDriver(driver)


@pytest.fixture
def gate() -> Iterator[Callable[[int], None]]:
    """Designs wait for a permit for each object; calling it gives some."""
    semaphore = threading.Semaphore(0)
    fake_engine.SCRIPT.gate = semaphore

    def give(count: int = 1) -> None:
        semaphore.release(count)

    yield give
    semaphore.release(99)


def placed_count(hand: PlanDriver) -> int:
    return len(placed(hand.plan, hand.driver.layout))


# From words to a list


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


# Designing


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


# One at a time, again, locked


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


# Boxes on the canvas


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


# The project file


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
