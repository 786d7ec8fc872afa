"""What a panel may draw over the canvas and have dragged there, beside the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from app.canvas.tools import Pointer
    from app.canvas.view import CanvasView


class CanvasHelper:
    """Draws nothing and takes no press; `active` is true between press and release."""

    active = False

    @property
    def shows(self) -> bool:
        """Whether anything is drawn."""
        return False

    def press(self, view: CanvasView, pointer: Pointer) -> bool:
        """Whether the press is for the helper; the tool gets it otherwise."""
        return False

    def move(self, view: CanvasView, pointer: Pointer) -> None: ...
    def release(self, view: CanvasView, pointer: Pointer) -> None: ...

    def cursor(self, view: CanvasView, pointer: Pointer) -> Qt.CursorShape | None:
        """The cursor where a press would be for the helper."""
        return None

    def cancel(self) -> bool:
        """Drop what was begun; returns whether there was anything."""
        return False

    def paint(self, view: CanvasView, painter: QPainter) -> None: ...
