"""The hand on the Plan panel, and a park to plan."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox, QWidget

from app.plan.commands import SetPlan
from app.plan.panel import PlanPanel
from app.plan.rows import Part
from app.window import MainWindow
from engine.design.kept import Plan, placed, plan_of
from engine.layout.layer import Layer
from planner.scene import Element, Relation, RelationKind
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import LEFT, NO_KEYS, Driver

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
