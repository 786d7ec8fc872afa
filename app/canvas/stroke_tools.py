"""Tools that draw with round ink: scribble, brush and eraser."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas.scene import NOTHING_PENDING, Stroke, round_pen
from app.canvas.tools import Pointer, Tool
from app.canvas.view import CanvasView
from engine.layout.brush import paint_stroke, stroke_mask
from engine.layout.commands import EditMask
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer


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
    hint = "Scribble over where the object should be, or draw its outline. More strokes add to it."

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
