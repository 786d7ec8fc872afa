"""A field for a number."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox


class NumberBox(QSpinBox):
    """Keeps its digits off its border: Qt leaves out the style sheet's padding here."""

    def __init__(self) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(7, 0, 3, 0)
