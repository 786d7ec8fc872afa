"""The tools: what mouse and keys do on the canvas. A cancelled gesture leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas.scene import NOTHING_PENDING, Pending
from engine.layout.commands import MoveLayers
from engine.layout.layer import Layer
from engine.layout.mask import Mask

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

DRAG_START = 3.0
"""Widget pixels before a press becomes a drag."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A mouse position: canvas and widget pixels, and the keys held."""

    at: QPointF
    widget: QPointF
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)


class Tool:
    """Base of all tools; `active` is true between press and release."""

    name = ""
    hint = ""
    cursor = Qt.CursorShape.CrossCursor
    has_size = False
    sees_photo = False
    """Whether the layers fade so that the photo under them is seen."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.active = False

    def press(self, pointer: Pointer) -> None: ...
    def move(self, pointer: Pointer) -> None: ...
    def release(self, pointer: Pointer) -> None: ...
    def hover(self, pointer: Pointer) -> None: ...
    def stop(self) -> None: ...

    def key(self, event: QKeyEvent) -> bool:
        return False

    def paint(self, painter: QPainter) -> None: ...

    def cancel(self) -> bool:
        """Drop the running gesture; returns whether there was one."""
        was, self.active = self.active, False
        if was:
            self.stop()
            self.view.set_pending(NOTHING_PENDING)
        return was


class SelectTool(Tool):
    name = "select"
    hint = "Click an object to select it, drag to move it. Arrow keys nudge, Shift adds."
    cursor = Qt.CursorShape.ArrowCursor
    _start = Pointer(QPointF(), QPointF())
    _moving: tuple[str, ...] = ()
    _dragged = False
    _hit: Layer | None = None

    def press(self, pointer: Pointer) -> None:
        selection, hit = self.view.selection, self.view.hit(pointer.at)
        self._start, self._dragged, self._moving, self._hit = pointer, False, (), hit
        chosen = [layer for layer in self.view.selected() if layer.visible]
        # What is selected stays selected, so that a covered object can be dragged.
        if pointer.shift:
            if hit is not None:
                selection.toggle(hit.id)
            return
        if not any(holds(layer.mask, pointer.at) for layer in chosen):
            selection.set([hit.id] if hit is not None else [])
        self.active = bool(selection.ids)

    def move(self, pointer: Pointer) -> None:
        if not self.active:
            return
        way = pointer.widget - self._start.widget
        if not self._dragged:
            if max(abs(way.x()), abs(way.y())) < DRAG_START:
                return
            self._dragged = True
            self._moving = self.view.movable()
            if not self._moving:
                self.active = False
                return
        dx, dy = self._way(pointer)
        self.view.set_pending(Pending(moved=frozenset(self._moving), dx=dx, dy=dy))

    def _way(self, pointer: Pointer) -> tuple[int, int]:
        way = pointer.at - self._start.at
        dx, dy = round(way.x()), round(way.y())
        if pointer.shift:
            return (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        return dx, dy

    def release(self, pointer: Pointer) -> None:
        if not self.active:
            return
        self.active = False
        if not self._dragged:
            self.view.selection.set([self._hit.id] if self._hit is not None else [])
            return
        dx, dy = self._way(pointer)
        self.view.set_pending(NOTHING_PENDING)
        if dx or dy:
            self.view.do(MoveLayers(self._moving, dx, dy))

    def hover(self, pointer: Pointer) -> None:
        hit = self.view.hit(pointer.at)
        self.view.set_hovered(hit.id if hit is not None else None)

    def key(self, event: QKeyEvent) -> bool:
        ways = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        way = ways.get(Qt.Key(event.key()))
        if way is None or self.active or not self.view.selection.ids:
            return False
        ids = self.view.movable()
        if ids:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.view.do(MoveLayers(ids, way[0] * far, way[1] * far), merge=True)
        return True


class HandTool(Tool):
    """Moves the view; the canvas itself does the work, as it does for space and middle button."""

    name = "hand"
    hint = "Drag to move the view. Holding Space does the same in any tool."
    cursor = Qt.CursorShape.OpenHandCursor


def holds(mask: Mask, at: QPointF) -> bool:
    """Whether a canvas point lies on the silhouette."""
    x, y = int(at.x() // 1) - mask.box.x, int(at.y() // 1) - mask.box.y
    if not (0 <= x < mask.box.width and 0 <= y < mask.box.height):
        return False
    row = (mask.box.width + 7) // 8
    return bool(mask.bits[y * row + x // 8] >> (7 - x % 8) & 1)
