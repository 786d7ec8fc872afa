"""How a design goes about it: its variation, and how closely objects keep to their places."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from app.panels.number import NumberBox
from app.theme import named_icon
from engine.design.kept import Plan

MAX_SEED = 2**31 - 1
GUIDANCES = (
    ("blob", "Loosely: own size and shape"),
    ("box", "Exactly: fill the box"),
)
"""Names of the request, and what the window calls them."""


class DesignWays(QWidget):
    seed_set = Signal(int)
    guidance_set = Signal(str)
    another_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seed = NumberBox()
        self.seed.setRange(0, MAX_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setAccessibleName("Variation number")
        self.seed.setToolTip("The same number designs the same scene; another one, another scene.")
        self.another = named_icon(QToolButton(), "again")
        self.another.setToolTip("Another one: place everything anew with the next number")
        self.another.setAccessibleName("Another one")
        self.guidance = QComboBox()
        self.guidance.setAccessibleName("Keep to the place")
        self.guidance.setToolTip(
            "Loosely: each object is drawn around the middle of its place, as large as suits it.\n"
            "Exactly: each object fills the box of its place."
        )
        for name, words in GUIDANCES:
            self.guidance.addItem(words, name)
        # Its longest entry may be cut; the panel must not become wider for it.
        self.guidance.setMinimumContentsLength(8)
        self.guidance.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.seed.valueChanged.connect(self.seed_set)
        self.another.clicked.connect(self.another_wanted)
        self.guidance.activated.connect(self._tell_guidance)
        variation = QHBoxLayout()
        variation.setSpacing(4)
        variation.addWidget(self.seed, 1)
        variation.addWidget(self.another)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(_label("Places"), 0, 0)
        grid.addWidget(self.guidance, 0, 1)
        grid.addWidget(_label("Variation"), 1, 0)
        grid.addLayout(variation, 1, 1)

    def _tell_guidance(self) -> None:
        self.guidance_set.emit(str(self.guidance.currentData()))

    def show_plan(self, plan: Plan, *, busy: bool, stands: bool) -> None:
        """Show what the plan keeps; while a design runs, nothing of it can be changed."""
        with QSignalBlocker(self.seed):
            self.seed.setValue(plan.seed)
        self.guidance.setCurrentIndex(self.guidance.findData(plan.guidance))
        self.seed.setEnabled(not busy)
        self.guidance.setEnabled(not busy)
        self.another.setEnabled(stands and not busy)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("quiet")
    return label
