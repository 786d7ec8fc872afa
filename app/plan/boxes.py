"""The plan's boxes on the canvas: where things go, to be dragged and resized."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from app.canvas import overlay
from app.canvas.helper import CanvasHelper
from app.canvas.place_tools import spanned
from app.canvas.tools import DRAG_START, Pointer
from app.canvas.view import CanvasView
from engine.layout.geometry import Box
from planner.scene import Instance

BORDER = 6.0
"""Widget pixels around a box's line within which it can be taken hold of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBox:
    """A box to show.

    Attributes:
        followed: This one is or will be used; the others are only proposals, shown faintly.
        movable: The user may drag and resize it.
        solid: It can be dragged from anywhere inside, as nothing lies there yet.
    """

    instance: Instance
    box: Box
    label: str = ""
    followed: bool = True
    movable: bool = False
    solid: bool = False


@dataclass(frozen=True, slots=True)
class _Hold:
    """What a drag does: its box for a pointer, and whose box it is."""

    instance: Instance
    box: Callable[[Pointer], Box]
    start: QPointF
    cursor: Qt.CursorShape


class PlanBoxes(QObject, CanvasHelper):
    """Shows `boxes`, and has new ones drawn by `draw_for`."""

    changed = Signal()
    dragged = Signal(object, object)
    """Instance and its new box, cut to the canvas."""
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.boxes: tuple[PlanBox, ...] = ()
        self.drawing: Instance | None = None
        self._hold: _Hold | None = None
        self._now: Box | None = None
        self._far = False

    @property
    def shows(self) -> bool:
        return bool(self.boxes) or self.drawing is not None

    def show(self, boxes: tuple[PlanBox, ...]) -> None:
        if boxes != self.boxes:
            self.boxes = boxes
            self.changed.emit()

    def draw_for(self, instance: Instance | None) -> None:
        """The next drag on the canvas draws the box of this instance."""
        self.drawing = instance
        self.changed.emit()

    # Mouse

    def _hold_at(self, view: CanvasView, pointer: Pointer) -> _Hold | None:
        if self.drawing is not None:
            return _Hold(
                self.drawing, _spanning(pointer.at), pointer.widget, Qt.CursorShape.CrossCursor
            )
        if view.tool.name != "select":
            return None
        for shown in reversed(self.boxes):
            if shown.movable and (hold := _grab(shown, view, pointer)) is not None:
                return hold
        return None

    def press(self, view: CanvasView, pointer: Pointer) -> bool:
        self._hold = self._hold_at(view, pointer)
        self.active, self._now, self._far = self._hold is not None, None, False
        return self.active

    def move(self, view: CanvasView, pointer: Pointer) -> None:
        hold = self._hold
        if hold is None:
            return
        way = pointer.widget - hold.start
        if self._far or max(abs(way.x()), abs(way.y())) >= DRAG_START:
            self._far = True
            self._now = hold.box(pointer)
            self.changed.emit()

    def release(self, view: CanvasView, pointer: Pointer) -> None:
        hold, box, drawing = self._hold, self._now, self.drawing is not None
        self._drop()
        if hold is None:
            return
        box = box.intersection(view.canvas) if box is not None else None
        if box is not None and min(box.width, box.height) * view.viewport.zoom >= DRAG_START:
            self.drawing = None
            self.dragged.emit(hold.instance, box)
        elif drawing:
            self.said.emit("Drag to draw the box on the canvas. Escape leaves it.")
        self.changed.emit()

    def cursor(self, view: CanvasView, pointer: Pointer) -> Qt.CursorShape | None:
        hold = self._hold_at(view, pointer)
        return None if hold is None else hold.cursor

    def cancel(self) -> bool:
        was = self.active or self.drawing is not None
        self.drawing = None
        self._drop()
        if was:
            self.changed.emit()
        return was

    def _drop(self) -> None:
        self._hold = self._now = None
        self.active = False

    # Painting

    def paint(self, view: CanvasView, painter: QPainter) -> None:
        held = self._hold.instance if self._hold is not None else None
        for shown in self.boxes:
            if not shown.followed:
                _paint_faint(painter, view, shown.box)
        for shown in self.boxes:
            if shown.followed and not (shown.instance == held and self._now is not None):
                _paint_strong(
                    painter,
                    view,
                    shown.box,
                    shown.label,
                    handles=shown.movable,
                    veil=shown.solid,
                )
        if self._now is not None:
            box = self._now
            _paint_strong(painter, view, box, f"{box.width} × {box.height} px", handles=False)


def _paint_strong(
    painter: QPainter,
    view: CanvasView,
    box: Box,
    label: str,
    *,
    handles: bool,
    veil: bool = True,
) -> None:
    overlay.paint_box(
        painter, box, viewport=view.viewport, colour=view.accent, with_handles=handles, veil=veil
    )
    if label:
        view.tag(painter, label, view.viewport.rect_to_widget(overlay.box_rect(box)).topLeft())


def _paint_faint(painter: QPainter, view: CanvasView, box: Box) -> None:
    rect = view.viewport.rect_to_widget(overlay.box_rect(box))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(overlay.solid(QColor(255, 255, 255, 70), 2.0))
    painter.drawRect(rect)
    colour = QColor(view.accent)
    colour.setAlpha(165)
    pen = overlay.solid(colour, 1.0)
    pen.setDashPattern([3, 4])
    painter.setPen(pen)
    painter.drawRect(rect)


def _spanning(anchor: QPointF) -> Callable[[Pointer], Box]:
    return lambda pointer: spanned(anchor, pointer.at, square=pointer.shift)


def _grab(shown: PlanBox, view: CanvasView, pointer: Pointer) -> _Hold | None:
    """What a press there would take hold of: a corner, the border, or the inside."""
    box, start = shown.box, pointer.at
    opposite = (
        QPointF(box.right, box.bottom),
        QPointF(box.x, box.bottom),
        QPointF(box.x, box.y),
        QPointF(box.right, box.y),
    )
    for number, handle in enumerate(overlay.handles(box, view.viewport)):
        if handle.adjusted(-4, -4, 4, 4).contains(pointer.widget):
            diagonals = (Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor)
            resize = _spanning(opposite[number])
            return _Hold(shown.instance, resize, pointer.widget, diagonals[number % 2])
    rect = view.viewport.rect_to_widget(overlay.box_rect(box))
    outer = rect.adjusted(-BORDER, -BORDER, BORDER, BORDER)
    inner = rect.adjusted(BORDER, BORDER, -BORDER, -BORDER)
    on_border = outer.contains(pointer.widget) and not _holds(inner, pointer.widget)
    if on_border or (shown.solid and rect.contains(pointer.widget)):

        def shift(now: Pointer) -> Box:
            way = now.at - start
            return box.moved(round(way.x()), round(way.y()))

        return _Hold(shown.instance, shift, pointer.widget, Qt.CursorShape.SizeAllCursor)
    return None


def _holds(rect: QRectF, at: QPointF) -> bool:
    return rect.isValid() and rect.contains(at)
