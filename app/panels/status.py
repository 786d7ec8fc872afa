"""The status bar: what the tool does, where the mouse is, how large things are shown."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton

from app.panels.elided import ElidedLabel
from engine.layout.layout import Layout


class StatusBar(QStatusBar):
    def __init__(
        self, *, zoom_out: QAction, actual: QAction, zoom_in: QAction, fit: QAction
    ) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.hint = ElidedLabel()
        self.hint.setContentsMargins(10, 0, 0, 0)
        self.place = QLabel()
        self.size_label = QLabel()
        self.zoom = QToolButton()
        self.zoom.setToolTip("Show at 100 %")
        self.zoom.setAccessibleName("Zoom")
        self.zoom.clicked.connect(actual.trigger)
        self.zoom.setMinimumWidth(58)
        self.place.setMinimumWidth(90)
        self.size_label.setContentsMargins(14, 0, 10, 0)
        self.busy = QLabel()
        self.busy.setContentsMargins(0, 0, 6, 0)
        self.busy_bar = QProgressBar()
        self.busy_bar.setRange(0, 0)
        self.busy_bar.setTextVisible(False)
        self.busy_bar.setFixedWidth(80)
        self.show_busy("")
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.addWidget(self.hint, 1)
        for widget in (self.busy, self.busy_bar, self.place, self.size_label):
            self.addPermanentWidget(widget)
        self.addPermanentWidget(_button(zoom_out))
        self.addPermanentWidget(self.zoom)
        self.addPermanentWidget(_button(zoom_in))
        self.addPermanentWidget(_button(fit))

    def show_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{zoom * 100:.0f} %")

    def show_busy(self, words: str) -> None:
        """What takes a while; nothing with empty words."""
        self.busy.setText(f"{words} …")
        for widget in (self.busy, self.busy_bar):
            widget.setVisible(bool(words))

    def show_layout(self, layout: Layout) -> None:
        self.size_label.setText(f"{layout.width} × {layout.height} px")

    def show_place(self, at: QPointF | None) -> None:
        self.place.setText("" if at is None else f"{int(at.x() // 1)}, {int(at.y() // 1)}")


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button
