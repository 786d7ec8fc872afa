"""About, and the list of keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import app_icon

FIXED_KEYS = (
    ("Move the view", "Space + drag, middle button"),
    ("Zoom", "Mouse wheel, pinch"),
    ("Nudge the selection", "Arrow keys, Shift for 10"),
    ("Smaller or larger brush", "[ and ]"),
    ("Drop a gesture, forget the place", "Esc"),
    ("Ask for suggestions, add the chosen one", "Enter"),
    ("In a large picture: see the layout or the photo before", "Space, held"),
    ("In a large picture: the next, the one before", "Left and right arrow"),
)


def program_version() -> str:
    try:
        return f"Version {version('scenewright')}"
    except PackageNotFoundError:
        return ""


class AboutDialog(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Scenewright")
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 26, 32, 20)
        column.setSpacing(10)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(72, 72))
        title = QLabel("Scenewright")
        title.setObjectName("big")
        text = (
            f"{program_version()}\n\n"
            "Design a scene object by object: say what, show where,\n"
            "and choose from real shapes.\n\n"
            "Licensed under Apache-2.0. Everything runs on this computer."
        )
        words = QLabel(text.strip())
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setObjectName("quiet")
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        for widget in (picture, title, words):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(buttons)


class ShortcutsDialog(QDialog):
    def __init__(self, parent: QWidget, actions: Sequence[QAction]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(560, 600)
        form = QFormLayout()
        form.setContentsMargins(8, 8, 16, 8)
        form.setVerticalSpacing(8)
        form.setHorizontalSpacing(32)
        rows = list(FIXED_KEYS)
        for action in actions:
            if not action.shortcut().isEmpty():
                name = action.property("title") or action.text()
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                rows.append((str(name).replace("&", "").rstrip("…"), keys))
        for name, keys in rows:
            value = QLabel(keys)
            value.setObjectName("quiet")
            form.addRow(QLabel(name), value)
        holder = QWidget()
        holder.setLayout(form)
        area = QScrollArea()
        area.setWidget(holder)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(area)
        column.addWidget(buttons)
