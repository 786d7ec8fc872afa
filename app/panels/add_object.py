"""The bar below the canvas: what to add, where, how many, and the button that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from random import randrange

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.elided import ElidedLabel
from app.panels.field import Field
from app.panels.number import NumberBox
from app.theme import named_icon
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layout import MAX_LABEL, Layout
from engine.smartmask.request import MAX_SUGGESTIONS

MAX_SEED = 2**31 - 1
RANDOM_SEEDS = 1_000_000
STYLES = (("Any", "any"), ("Natural", "natural"), ("Illustration", "illustration"))
PLACES = {
    GuidanceMode.FREE: ("anywhere", "Anywhere"),
    GuidanceMode.BOX: ("box", "In the box"),
    GuidanceMode.POINT: ("point", "At the point"),
    GuidanceMode.SCRIBBLE: ("scribble", "Along the scribble"),
}
OUTLINED = "Inside the outline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the bar says when the user asks for suggestions."""

    label: str
    count: int
    seed: int
    style: str
    behind: str | None


class AddObjectBar(QWidget):
    asked = Signal(object)
    cancelled = Signal()
    insert_wanted = Signal()
    place_chosen = Signal(str)
    cleared = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bottom")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._running = self._clicking = self._photo = self._given = False
        self._behind_ids: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(self._first_row())
        column.addLayout(self._second_row())
        self.set_guidance(Guidance.free())
        self.set_running(False)

    def _first_row(self) -> QHBoxLayout:
        self.what = Field()
        self.what.setObjectName("what")
        self.what.setPlaceholderText("What do you want to add? For example: dog")
        self.what.setAccessibleName("What to add")
        self.what.setMaxLength(MAX_LABEL)
        self.what.returnPressed.connect(self.ask)
        self.what.textChanged.connect(lambda _: self._show_button())
        self.what.left.connect(self.left)
        self.where = QPushButton()
        self.where.setObjectName("chip")
        self.where.setToolTip("Where it should be. Click to choose how to show the place.")
        self.where.setAccessibleName("Where")
        menu = QMenu(self.where)
        for mode, (name, _) in PLACES.items():
            words = {"anywhere": "Anywhere", "box": "Draw a box", "point": "Click a point"}
            action = menu.addAction(words.get(name, "Scribble"))
            named_icon(action, name)
            action.triggered.connect(lambda _=False, m=mode: self._choose_place(m))
        self.where.setMenu(menu)
        self.clear = named_icon(QToolButton(), "close")
        self.clear.setToolTip("Forget the place: anywhere will do")
        self.clear.setAccessibleName("Forget the place")
        self.clear.clicked.connect(self.cleared)
        self.suggest = named_icon(QPushButton("Suggest"), "suggest")
        self.suggest.setObjectName("primary")
        self.suggest.setMinimumSize(120, 36)
        self.suggest.clicked.connect(self.ask)
        self.insert = named_icon(QPushButton("Insert"), "insert")
        self.insert.setMinimumSize(96, 36)
        self.insert.setToolTip(
            "Paint it into the photo. Without a name the selected layer is painted.  (Ctrl+I)"
        )
        self.insert.clicked.connect(self.insert_wanted)
        self.insert.hide()
        self.stop = named_icon(QPushButton("Cancel"), "close")
        self.stop.setMinimumSize(120, 36)
        self.stop.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.what, 1)
        for widget in (self.where, self.clear, self.insert, self.suggest, self.stop):
            row.addWidget(widget)
        return row

    def _second_row(self) -> QHBoxLayout:
        self.count = NumberBox()
        self.count.setRange(1, MAX_SUGGESTIONS)
        self.count.setValue(4)
        self.count.setFixedWidth(52)
        self.count.setToolTip("How many suggestions to show, chosen among many so that they differ")
        self.style_box = QComboBox()
        for text, value in STYLES:
            self.style_box.addItem(text, value)
        self.style_box.setToolTip("Shapes as in photos, or as in drawings")
        self.behind = QComboBox()
        self.behind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.behind.setMaximumWidth(220)
        self.behind.setToolTip("In front of everything, or behind one of the layers")
        self.behind.setMinimumWidth(110)
        self.dice = named_icon(QToolButton(), "dice")
        self.dice.setCheckable(True)
        self.dice.setChecked(True)
        self.dice.setToolTip("On: other shapes every time. Off: the same number, the same shapes.")
        self.dice.setAccessibleName("Other suggestions every time")
        self.dice.toggled.connect(self._show_seed)
        self.seed = NumberBox()
        self.seed.setRange(0, MAX_SEED)
        self.seed.setFixedWidth(104)
        self.seed.setAccessibleName("Variation number")
        self.stage = ElidedLabel()
        self.stage.setObjectName("quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(110)
        row = QHBoxLayout()
        row.setSpacing(8)
        for text, widgets in (
            ("Suggestions", (self.count,)),
            ("Style", (self.style_box,)),
            ("Place", (self.behind,)),
            ("Variation", (self.dice, self.seed)),
        ):
            label = QLabel(text)
            label.setObjectName("quiet")
            label.setBuddy(widgets[-1])
            row.addWidget(label)
            for widget in widgets:
                row.addWidget(widget)
            row.addSpacing(10)
            if self.style_box in widgets:
                self.style_label = label
        row.addStretch(1)
        row.addWidget(self.stage)
        row.addWidget(self.progress)
        self._show_seed()
        return row

    # State

    def set_layers(self, layout: Layout) -> None:
        """Offer the layers, nearest first, as what the object can be behind."""
        chosen = self.behind.currentData()
        with QSignalBlocker(self.behind):
            self.behind.clear()
            self.behind.addItem("In front", None)
            for layer in reversed(layout.layers):
                self.behind.addItem(f"Behind {layer.label}", layer.id)
            self.behind.setCurrentIndex(max(self.behind.findData(chosen), 0))
        self.behind.setEnabled(bool(layout.layers))

    def set_clicking(self, on: bool) -> None:
        """Whether what is named is made at a click, instead of being suggested as a layer."""
        self._clicking = on
        self.suggest.setText("Make it appear" if on else "Suggest")
        self._show_place()

    def _show_place(self) -> None:
        """A click says by itself where it is, so other ways are put away meanwhile.

        It finds its shape in the photo, so the kind of shape is no choice either.
        """
        self.style_label.setVisible(not self._clicking)
        self.style_box.setVisible(not self._clicking)
        self.where.setVisible(not self._clicking)
        self.clear.setVisible(self._given and not self._clicking)
        self.insert.setVisible(self._photo and not self._clicking)

    def set_photo(self, there: bool) -> None:
        """Whether there is a photo that things can be painted into."""
        self._photo = there
        self._show_place()

    def set_guidance(self, guidance: Guidance, *, outlined: bool = False) -> None:
        """Show where the next object goes; `outlined` is a scribble that was drawn round it."""
        name, text = PLACES[guidance.mode]
        if outlined:
            text = OUTLINED
        if guidance.box is not None:
            text = f"{text}, {guidance.box.width} × {guidance.box.height}"
        given = guidance.mode is not GuidanceMode.FREE
        self.where.setText(text)
        self.where.setProperty("given", "true" if given else "false")
        self.where.style().polish(self.where)
        named_icon(self.where, name)
        self._given = given
        self._show_place()
        self.icons_stale.emit()

    icons_stale = Signal()

    def set_running(self, running: bool) -> None:
        self._running = running
        self.stop.setVisible(running)
        self.suggest.setVisible(not running)
        self.stage.setVisible(running)
        self.progress.setVisible(running)
        self._show_button()

    def set_progress(self, stage: str, step: int, total: int) -> None:
        self.stage.setText(stage or "Starting")
        self.progress.setRange(0, total)
        self.progress.setValue(step)

    def clear_wish(self) -> None:
        self.what.clear()
        self.behind.setCurrentIndex(0)

    def ask(self) -> None:
        if not self.what.text().strip():
            self.what.setFocus()
            return
        self.asked.emit(self.wish())

    def wish(self) -> Wish:
        """What the bar says; a new variation number is drawn where the dice says so."""
        if self.dice.isChecked():
            self.seed.setValue(randrange(RANDOM_SEEDS))
        return Wish(
            label=" ".join(self.what.text().split()),
            count=self.count.value(),
            seed=self.seed.value(),
            style=self.style_box.currentData(),
            behind=self.behind.currentData(),
        )

    def _choose_place(self, mode: GuidanceMode) -> None:
        if mode is GuidanceMode.FREE:
            self.cleared.emit()
        else:
            self.place_chosen.emit(PLACES[mode][0])

    def _show_button(self) -> None:
        self.suggest.setEnabled(bool(self.what.text().strip()))

    def _show_seed(self) -> None:
        fixed = not self.dice.isChecked()
        self.seed.setEnabled(fixed)
        words = "The same number gives the same suggestions again"
        self.seed.setToolTip(words if fixed else f"Drawn anew every time. {words}.")


def rule() -> QFrame:
    """A thin upright line between groups of controls."""
    line = QFrame()
    line.setObjectName("rule")
    return line
