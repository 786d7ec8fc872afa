"""A field for a number."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox


class NumberBox(QSpinBox):
    """Keeps its digits off its border: Qt leaves out the style sheet's padding here."""

    def __init__(self) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(7, 0, 3, 0)


class FineNumberBox(QDoubleSpinBox):
    """The same for numbers with a decimal."""

    def __init__(self, *, most: float, step: float = 0.1) -> None:
        super().__init__()
        self.setDecimals(1)
        self.setSingleStep(step)
        self.setRange(0.0, most)
        self.lineEdit().setTextMargins(7, 0, 3, 0)
