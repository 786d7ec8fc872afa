"""Where the words of a picture are written: what to draw, and what to leave out."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from engine.layout.layout import MAX_CAPTION

PROMPT_LINES = 4


class PromptEdit(QPlainTextEdit):
    """Shows what the layout says until the user says it in their own words."""

    entered = Signal()
    left = Signal()
    own_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Prompt")
        self.setTabChangesFocus(True)
        self.setPlaceholderText("Add objects or a caption, or write here what to draw")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * PROMPT_LINES + 18)
        self.is_own = False
        self._automatic = ""
        self.textChanged.connect(self._on_typing)

    def words(self) -> str:
        """The user's own words; empty while the layout speaks."""
        return " ".join(self.toPlainText().split()) if self.is_own else ""

    def show_automatic(self, text: str) -> None:
        """What the layout says now; the user's own words stay."""
        self._automatic = text
        if not self.is_own:
            self._show(text)

    def show_own(self, text: str) -> None:
        self._set_own(bool(text) and text != self._automatic)
        self._show(text if self.is_own else self._automatic)

    def _show(self, text: str) -> None:
        if self.toPlainText() != text:
            with QSignalBlocker(self):
                self.setPlainText(text)

    def _set_own(self, own: bool) -> None:
        if own != self.is_own:
            self.is_own = own
            self.own_changed.emit()

    def _on_typing(self) -> None:
        text = self.toPlainText()
        if len(text) > MAX_CAPTION:
            with QSignalBlocker(self):
                self.setPlainText(text[:MAX_CAPTION])
        self._set_own(bool(text.strip()) and text != self._automatic)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
