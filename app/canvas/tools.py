"""The tools: what mouse and keys do on the canvas. A cancelled gesture leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas import overlay
from app.canvas.scene import NOTHING_PENDING, Pending, Stroke, round_pen
from engine.layout.brush import paint_stroke, stroke_mask
from engine.layout.commands import EditMask, MoveLayers
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
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


class StrokeTool(Tool):
    """What scribble, brush and eraser have in common: a stroke of round ink."""

    has_size = True
    cursor = Qt.CursorShape.BlankCursor
    erase = False

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.points: list[QPointF] = []
        self._last = QPointF()

    def press(self, pointer: Pointer) -> None:
        if self.ready():
            self.active, self.points, self._last = True, [pointer.at], pointer.widget
            self.extended()

    def move(self, pointer: Pointer) -> None:
        way = pointer.widget - self._last
        if self.active and abs(way.x()) + abs(way.y()) >= 1.5:
            self.points.append(pointer.at)
            self._last = pointer.widget
            self.extended()

    def release(self, pointer: Pointer) -> None:
        if self.active:
            self.active = False
            points, self.points = [(p.x(), p.y()) for p in self.points], []
            self.finish(points)

    def stop(self) -> None:
        self.points = []

    def ready(self) -> bool:
        return True

    def extended(self) -> None: ...
    def finish(self, points: list[tuple[float, float]]) -> None: ...


class ScribbleTool(StrokeTool):
    name = "scribble"
    hint = "Scribble roughly where and how large the object should be. More strokes add to it."

    def extended(self) -> None:
        self.view.update()

    def finish(self, points: list[tuple[float, float]]) -> None:
        view = self.view
        drawn = stroke_mask(points, radius=view.brush_size / 2, canvas=view.canvas)
        view.update()
        old = view.guidance.scribble
        whole = drawn if old is None else old.union(drawn)
        if whole.is_empty:
            view.say("Scribble on the canvas itself.")
        else:
            view.give_guidance(Guidance.from_scribble(whole))

    def paint(self, painter: QPainter) -> None:
        if not self.points:
            return
        ink = self.view.accent
        ink.setAlpha(120)
        painter.save()
        painter.setTransform(self.view.viewport.transform(), True)
        stroke = Stroke("", tuple(self.points), self.view.brush_size, False)
        painter.strokePath(stroke.path(), round_pen(ink, stroke.size))
        painter.restore()


class BrushTool(StrokeTool):
    name = "brush"
    hint = "Paint to add to the selected object. [ and ] change the size."
    _layer: Layer | None = None

    def ready(self) -> bool:
        chosen = self.view.selected()
        if len(chosen) != 1:
            self.view.say("Select one object first, with the arrow or in the list of layers.")
            return False
        if not chosen[0].visible:
            self.view.say(f"“{chosen[0].label}” is hidden. Show it to change its shape.")
            return False
        if chosen[0].locked:
            self.view.say(f"“{chosen[0].label}” is locked. Unlock it in the list to change it.")
            return False
        self._layer = chosen[0]
        return True

    def extended(self) -> None:
        assert self._layer is not None
        points = tuple(self.points)
        stroke = Stroke(self._layer.id, points, self.view.brush_size, self.erase)
        self.view.extend_stroke(stroke)

    def finish(self, points: list[tuple[float, float]]) -> None:
        layer = self._layer
        assert layer is not None
        radius = self.view.brush_size / 2
        mask = paint_stroke(
            layer.mask, points, radius=radius, canvas=self.view.canvas, erase=self.erase
        )
        self.view.set_pending(NOTHING_PENDING)
        if mask.is_empty:
            self.view.say(f"Nothing of “{layer.label}” would be left. Press Delete to remove it.")
        elif mask != layer.mask:
            self.view.do(EditMask(layer.id, mask))


class EraserTool(BrushTool):
    name = "eraser"
    hint = "Rub out parts of the selected object. [ and ] change the size."
    erase = True


TOOLS: tuple[type[Tool], ...] = (
    SelectTool,
    HandTool,
    BoxTool,
    PointTool,
    ScribbleTool,
    BrushTool,
    EraserTool,
)


def holds(mask: Mask, at: QPointF) -> bool:
    """Whether a canvas point lies on the silhouette."""
    x, y = int(at.x() // 1) - mask.box.x, int(at.y() // 1) - mask.box.y
    if not (0 <= x < mask.box.width and 0 <= y < mask.box.height):
        return False
    row = (mask.box.width + 7) // 8
    return bool(mask.bits[y * row + x // 8] >> (7 - x % 8) & 1)


def spanned(one: QPointF, other: QPointF, *, square: bool = False) -> Box:
    """The box of whole pixels between two corners."""
    dx, dy = other.x() - one.x(), other.y() - one.y()
    if square:
        side = max(abs(dx), abs(dy))
        dx, dy = side if dx >= 0 else -side, side if dy >= 0 else -side
    left, right = sorted((round(one.x()), round(one.x() + dx)))
    top, bottom = sorted((round(one.y()), round(one.y() + dy)))
    return Box(left, top, right - left, bottom - top)
