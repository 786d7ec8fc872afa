"""Short messages over the canvas: hints go by themselves, errors stay until closed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app import icons
from app.theme import LIGHT, Colours, named_icon

HINT_MS = 5_000
OFFER_MS = 12_000
"""How long a hint stays that has a button."""
MAX_WIDTH = 640


class Toast(QFrame):
    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self.setAccessibleName("Message")
        self._colours = LIGHT
        self._kind = "hint"
        self.sign = QLabel()
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton()
        self.button.clicked.connect(self._press)
        self.button.hide()
        self._do: Callable[[], object] | None = None
        self.close_button = named_icon(QToolButton(), "close")
        self.close_button.setAccessibleName("Close the message")
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.sign)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self.label.text() if self.isVisible() else ""

    def hint(self, text: str) -> None:
        self._show(text, "hint")
        self._timer.start(HINT_MS)

    def error(self, text: str) -> None:
        self._timer.stop()
        self._show(text, "error")

    def offer(self, text: str, button: str, do: Callable[[], object]) -> None:
        """A hint with something to be done about it."""
        self.hint(text)
        self.add_button(button, do)
        self._timer.start(OFFER_MS)

    def add_button(self, text: str, do: Callable[[], object]) -> None:
        """Give the message that is shown a button."""
        self._do = do
        self.button.setText(text)
        self.button.show()
        self._place()

    def _press(self) -> None:
        do = self._do
        self.hide()
        if do is not None:
            do()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._dress()

    def _show(self, text: str, kind: str) -> None:
        self._kind, self._do = kind, None
        self.button.hide()
        self.label.setText(text)
        self._dress()
        self.show()
        self.raise_()
        self._place()

    def _dress(self) -> None:
        error = self._kind == "error"
        self.setProperty("kind", self._kind)
        self.style().polish(self)
        ink = QColor(self._colours.error if error else self._colours.accent)
        ratio = self.devicePixelRatioF()
        name = "warning" if error else "info"
        self.sign.setPixmap(icons.pixmap(name, ink, side=20, ratio=ratio))

    def _place(self) -> None:
        over = self.parentWidget()
        assert over is not None
        most = min(MAX_WIDTH, over.width() - 32)
        frame = 20 + 10 + 10 + 14 + 8 + self.close_button.sizeHint().width()
        if not self.button.isHidden():
            frame += self.button.sizeHint().width() + 10
        words = self.label.fontMetrics().horizontalAdvance(self.label.text()) + 4
        width = min(most, words + frame)
        self.label.setFixedWidth(width - frame)
        self.adjustSize()
        self.move((over.width() - self.width()) // 2, 14)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
