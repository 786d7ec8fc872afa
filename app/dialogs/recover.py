"""The recovery dialog: work that a crash left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.errors import ProjectError

if TYPE_CHECKING:
    from engine.project.autosave import Recovery


class Choice(Enum):
    RECOVER = "recover"
    DELETE = "delete"
    LATER = "later"


class RecoverDialog(QDialog):
    """Esc means later: nothing is deleted without the user's word."""

    def __init__(self, parent: QWidget, recoveries: Sequence[Recovery]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recover unsaved work")
        self.setMinimumWidth(460)
        self.choice = Choice.LATER
        self._recoveries = tuple(recoveries)
        title = QLabel("Unsaved work was found")
        title.setObjectName("big")
        words = QLabel("Scenewright did not close properly last time.")
        words.setWordWrap(True)
        self.list = QListWidget()
        self.list.setIconSize(QSize(96, 64))
        self.list.setAccessibleName("Unsaved work")
        for recovery in self._recoveries:
            self.list.addItem(self._item(recovery))
        self.list.setCurrentRow(0)
        buttons = QHBoxLayout()
        delete, later, recover = (QPushButton(t) for t in ("Delete it", "Later", "Recover"))
        recover.setDefault(True)
        for button, choice in (
            (delete, Choice.DELETE),
            (later, Choice.LATER),
            (recover, Choice.RECOVER),
        ):
            button.clicked.connect(lambda _=False, c=choice: self._finish(c))
        buttons.addWidget(delete)
        buttons.addStretch(1)
        buttons.addWidget(later)
        buttons.addWidget(recover)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        for widget in (title, words, self.list):
            column.addWidget(widget)
        column.addLayout(buttons)

    @property
    def chosen(self) -> Recovery:
        return self._recoveries[max(self.list.currentRow(), 0)]

    @staticmethod
    def _item(recovery: Recovery) -> QListWidgetItem:
        name = recovery.project.name if recovery.project is not None else "Never saved"
        when = datetime.fromtimestamp(recovery.saved_at)
        item = QListWidgetItem(f"{name}\n{when:%d %B %Y, %H:%M}")
        item.setSizeHint(QSize(0, 76))
        try:
            from app.pictures import layout_picture

            layout = recovery.open().layout
            picture = layout_picture(layout, QSize(96, 64), ratio=2.0)
            item.setText(f"{item.text()}\n{_layers(len(layout.layers))}")
        except ProjectError:
            picture = QPixmap()
            item.setText(f"{item.text()}\nDamaged")
        icon = QIcon(picture)
        icon.addPixmap(picture, QIcon.Mode.Selected)
        item.setIcon(icon)
        item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter)
        return item

    def _finish(self, choice: Choice) -> None:
        self.choice = choice
        self.accept()


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
