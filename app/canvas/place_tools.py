"""Tools that say where the next object goes: box and point."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.tools import DRAG_START, Pointer, Tool
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class BoxTool(Tool):
    name = "box"
    hint = "Drag a box where the object should be. Move it from inside, resize it at a corner."
    _anchor = QPointF()
    _box: Box | None = None
    _grab: Callable[[Pointer], Box] | None = None

    def press(self, pointer: Pointer) -> None:
        self._box, self.active = None, True
        old = self.view.guidance.box
        self._grab = self._new_box(pointer.at) if old is None else self._grabbed(old, pointer)

    def _new_box(self, anchor: QPointF) -> Callable[[Pointer], Box]:
        return lambda pointer: spanned(anchor, pointer.at, square=pointer.shift)

    def _grabbed(self, box: Box, pointer: Pointer) -> Callable[[Pointer], Box]:
        corners = (
            QPointF(box.right, box.bottom),
            QPointF(box.x, box.bottom),
            QPointF(box.x, box.y),
            QPointF(box.right, box.y),
        )
        corner = self._corner(box, pointer)
        if corner is not None:
            return self._new_box(corners[corner])
        if overlay.box_rect(box).contains(pointer.at):
            start = pointer.at
            return lambda now: box.moved(
                round(now.at.x() - start.x()), round(now.at.y() - start.y())
            )
        return self._new_box(pointer.at)

    def _corner(self, box: Box, pointer: Pointer) -> int | None:
        """Number of the corner handle under the pointer."""
        for number, handle in enumerate(overlay.handles(box, self.view.viewport)):
            if handle.adjusted(-4, -4, 4, 4).contains(pointer.widget):
                return number
        return None

    def move(self, pointer: Pointer) -> None:
        if self.active and self._grab is not None:
            self._box = self._grab(pointer)
            self.view.update()

    def release(self, pointer: Pointer) -> None:
        if not self.active:
            return
        self.active, box, self._box = False, self._box, None
        self.view.update()
        if box is None:
            return
        box = box.intersection(self.view.canvas)
        if min(box.width, box.height) * self.view.viewport.zoom < DRAG_START or box.is_empty:
            self.view.say("Drag to draw a box on the canvas.")
            return
        self.view.give_guidance(Guidance.at_box(box))

    def stop(self) -> None:
        self._box = None

    def hover(self, pointer: Pointer) -> None:
        box, shape = self.view.guidance.box, Qt.CursorShape.CrossCursor
        if box is not None:
            corner = self._corner(box, pointer)
            if corner is not None:
                diagonals = (Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor)
                shape = diagonals[corner % 2]
            elif overlay.box_rect(box).contains(pointer.at):
                shape = Qt.CursorShape.SizeAllCursor
        self.view.setCursor(shape)

    def paint(self, painter: QPainter) -> None:
        box = self._box
        if box is None:
            return
        view = self.view
        overlay.paint_box(
            painter, box, viewport=view.viewport, colour=view.accent, with_handles=False
        )
        rect = view.viewport.rect_to_widget(overlay.box_rect(box))
        view.tag(painter, f"{box.width} × {box.height} px", rect.bottomLeft(), below=True)


class PointTool(Tool):
    name = "point"
    hint = "Click where the object should be. Drag outwards to say how large."
    _start = Pointer(QPointF(), QPointF())
    _now: Guidance | None = None

    def press(self, pointer: Pointer) -> None:
        inside = QRectF(0, 0, self.view.canvas.width, self.view.canvas.height).contains(pointer.at)
        if not inside:
            self.view.say("Click on the canvas itself.")
            return
        self.active, self._start = True, pointer
        self._now = Guidance.at_point(pointer.at.x(), pointer.at.y())
        self.view.update()

    def move(self, pointer: Pointer) -> None:
        if not self.active:
            return
        way = pointer.widget - self._start.widget
        radius = (way.x() ** 2 + way.y() ** 2) ** 0.5
        spread = radius / self.view.viewport.zoom / 2 if radius >= 8 else None
        self._now = Guidance.at_point(self._start.at.x(), self._start.at.y(), spread=spread)
        self.view.update()

    def release(self, pointer: Pointer) -> None:
        if self.active and self._now is not None:
            guidance, self._now, self.active = self._now, None, False
            self.view.give_guidance(guidance)

    def stop(self) -> None:
        self._now = None

    def paint(self, painter: QPainter) -> None:
        if self._now is not None:
            overlay.paint_point(
                painter, self._now, viewport=self.view.viewport, colour=self.view.accent
            )


class ClickTool(Tool):
    """Where something shall appear in the photo; the clicks stay until it has."""

    name = "click"
    hint = "Say below what shall appear, then click on the photo. Shift adds further clicks."
    sees_photo = True

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.clicks: tuple[tuple[int, int], ...] = ()

    def press(self, pointer: Pointer) -> None:
        canvas = self.view.canvas
        x, y = int(pointer.at.x() // 1), int(pointer.at.y() // 1)
        if not (0 <= x < canvas.width and 0 <= y < canvas.height):
            self.view.say("Click on the photo itself.")
            return
        self.clicks = (*self.clicks, (x, y)) if pointer.shift else ((x, y),)
        self.view.update()
        self.view.clicked.emit(not pointer.shift)

    def forget(self) -> None:
        self.clicks = ()
        self.view.update()

    def cancel(self) -> bool:
        was = bool(self.clicks)
        self.forget()
        return was

    def paint(self, painter: QPainter) -> None:
        for x, y in self.clicks:
            overlay.paint_point(
                painter,
                Guidance.at_point(x + 0.5, y + 0.5),
                viewport=self.view.viewport,
                colour=self.view.accent,
            )


def spanned(one: QPointF, other: QPointF, *, square: bool = False) -> Box:
    """The box of whole pixels between two corners."""
    dx, dy = other.x() - one.x(), other.y() - one.y()
    if square:
        side = max(abs(dx), abs(dy))
        dx, dy = side if dx >= 0 else -side, side if dy >= 0 else -side
    left, right = sorted((round(one.x()), round(one.x() + dx)))
    top, bottom = sorted((round(one.y()), round(one.y() + dy)))
    return Box(left, top, right - left, bottom - top)
