"""The right side of the window: its panels as tabs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget


class Side(QWidget):
    shown = Signal(int)

    def __init__(self, **panels: QWidget) -> None:
        """`panels` are the tabs by name, for example `Layers=...`."""
        super().__init__()
        self.setMinimumWidth(280)
        self.tabs = QTabBar()
        self.tabs.setObjectName("side")
        self.tabs.setExpanding(True)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName("Side panels")
        self.stack = QStackedWidget()
        for name, panel in panels.items():
            self.tabs.addTab(name)
            self.stack.addWidget(panel)
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.tabs.currentChanged.connect(self.shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self.stack, 1)

    def show_panel(self, panel: QWidget) -> None:
        self.tabs.setCurrentIndex(self.stack.indexOf(panel))

    def is_shown(self, panel: QWidget) -> bool:
        return self.stack.currentWidget() is panel
