"""The line above the canvas: undo and redo, what the scene shows, and the brush size."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from app.canvas.view import MAX_BRUSH, MIN_BRUSH
from app.panels.number import NumberBox
from engine.layout.commands import SetCaption
from engine.layout.document import Change, Document
from engine.layout.layout import MAX_CAPTION, check_caption


class CaptionField(QLineEdit):
    """Typing is one undo step; the words of the layout win when they change elsewhere."""

    left = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("caption")
        self.setPlaceholderText("What does the scene show? For example: a dog playing in a park")
        self.setAccessibleName("What the scene shows")
        self.setToolTip("Suggestions fit what you write here")
        self.setMaxLength(MAX_CAPTION)
        self.document = document
        document.changed.connect(self._on_change)
        self.textEdited.connect(lambda text: self.document.do(SetCaption(text), merge=True))
        self.returnPressed.connect(self.left)
        self._show()

    def set_document(self, document: Document) -> None:
        self.release_document()
        self.document = document
        document.changed.connect(self._on_change)
        self._show()

    def release_document(self) -> None:
        self.document.changed.disconnect(self._on_change)

    def _on_change(self, change: Change) -> None:
        if "caption" in change.fields:
            self._show()

    def _show(self) -> None:
        # Blanks that the layout does without stay while the user types on after them.
        if check_caption(self.text()) != self.document.layout.caption:
            self._fill()

    def _fill(self) -> None:
        with QSignalBlocker(self):
            self.setText(self.document.layout.caption)
            if not self.hasFocus():
                self.setCursorPosition(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.document.end_merge()
        super().focusOutEvent(event)
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class BrushSize(QWidget):
    """Slider and number for the tools that have a size."""

    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        label = QLabel("Size")
        label.setObjectName("quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(120)
        self.slider.setAccessibleName("Brush size")
        self.number = NumberBox()
        self.number.setRange(MIN_BRUSH, MAX_BRUSH)
        self.number.setSuffix(" px")
        self.number.setFixedWidth(78)
        label.setBuddy(self.number)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (label, self.slider, self.number):
            row.addWidget(widget)
        self.slider.valueChanged.connect(lambda at: self.changed.emit(round(size_at(at / 100))))
        self.number.valueChanged.connect(self.changed)

    def show_size(self, size: int) -> None:
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            if round(size_at(self.slider.value() / 100)) != size:
                self.slider.setValue(round(place_of(size) * 100))
            self.number.setValue(size)


def size_at(place: float) -> float:
    """Brush size at a slider place 0..1; small sizes get most of the way."""
    return MIN_BRUSH + (MAX_BRUSH - MIN_BRUSH) * place**2.5


def place_of(size: float) -> float:
    return ((size - MIN_BRUSH) / (MAX_BRUSH - MIN_BRUSH)) ** 0.4


class ClickSpeed(QComboBox):
    """How much care the click tool takes."""

    def __init__(self) -> None:
        super().__init__()
        self.addItem("Quick", "fast")
        self.addItem("Thorough", "faithful")
        self.setAccessibleName("Care")
        self.setToolTip("Quick tries one shape in fewer steps, thorough compares several")


class TopBar(QWidget):
    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.caption = CaptionField(document)
        self.brush = BrushSize()
        self.speed = ClickSpeed()
        self.speed.hide()
        label = QLabel("Scene")
        label.setObjectName("heading")
        label.setBuddy(self.caption)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 14, 6)
        self._row.setSpacing(6)
        self._row.addWidget(label)
        self._row.addWidget(self.caption, 1)
        self._row.addWidget(self.brush)
        self._row.addWidget(self.speed)
        self._buttons = 0

    def add_button(self, action: QAction) -> None:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._row.insertWidget(self._buttons, button)
        self._buttons += 1
