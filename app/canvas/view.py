"""The canvas widget: shows the document and hands mouse and keys to the chosen tool."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)

from app.canvas import overlay
from app.canvas.decoration import paint_decoration
from app.canvas.desk import Desk
from app.canvas.helper import CanvasHelper
from app.canvas.paper import PaperCache
from app.canvas.scene import (
    NOTHING_PENDING,
    Pending,
    SceneCache,
    Stroke,
    pending_box,
    stroke_box,
)
from app.canvas.tools import Pointer, SelectTool, Tool, holds
from app.state import Selection
from app.theme import LIGHT, Colours
from engine.errors import ScenewrightError
from engine.layout.commands import Command, with_groups
from engine.layout.document import Change, Document
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layer import Layer

SEE_THROUGH, SOLID, FADED = 0.72, 0.94, 0.22
MIN_BRUSH, MAX_BRUSH = 1, 400


class CanvasView(Desk):
    """A layout on its desk. All geometry of tools is in canvas pixels."""

    guidance_given = Signal(object)
    message = Signal(str)
    cursor_moved = Signal(object)
    brush_size_changed = Signal(int)
    delete_wanted = Signal()
    context_menu_wanted = Signal(QPoint)
    gesture_begun = Signal()
    clicked = Signal(bool)
    """The click tool was used; whether that was the last click."""

    def __init__(self, document: Document, selection: Selection) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.selection = selection
        self.guidance = Guidance.free()
        self.brush_size = 24
        self.colours: Colours = LIGHT
        self.paper = PaperCache()
        self.see_through = True
        self._scene = SceneCache()
        self.helper = CanvasHelper()
        self.pending = NOTHING_PENDING
        self.hovered: str | None = None
        self.mouse: QPointF | None = None
        self.pan_from: QPointF | None = None
        self._space = False
        self.tool: Tool = SelectTool(self)
        selection.changed.connect(self.update)
        self.set_document(document)

    # What is shown

    def set_document(self, document: Document) -> None:
        if hasattr(self, "document"):
            self.tool.cancel()
            self.document.changed.disconnect(self._on_change)
        self.document = document
        document.changed.connect(self._on_change)
        self.pending = NOTHING_PENDING
        self.hovered = None
        self.guidance = Guidance.free()
        self.paper.set_photo(document.layout.background)
        self._scene.invalidate()
        self.fit()
        # The fit may be the one there was.
        self.update()

    def release_document(self) -> None:
        self.document.changed.disconnect(self._on_change)

    @property
    def canvas(self) -> Box:
        return self.document.layout.canvas

    @property
    def accent(self) -> QColor:
        # The layers look the same in either theme, and so does what is drawn over them.
        return QColor(LIGHT.accent)

    def set_colours(self, colours: Colours) -> None:
        self.colours = colours
        self.paper.invalidate()
        self.update()

    def set_paper(self, kind: str) -> None:
        self.paper.kind = kind
        self.paper.invalidate()
        self.update()

    def set_see_through(self, on: bool) -> None:
        self.see_through = on
        self.update()

    def _on_change(self, change: Change) -> None:
        if change.fields & {"width", "height"}:
            self._scene.invalidate()
            self.fit()
        if "background" in change.fields:
            self.paper.set_photo(self.document.layout.background)
        self._touch(change.region)
        self.selection.keep(layer.id for layer in self.document.layout.layers)
        self.update()

    def _touch(self, box: Box) -> None:
        if not box.is_empty:
            rect = self.viewport.rect_to_widget(overlay.box_rect(box)).toAlignedRect()
            self._scene.invalidate(rect)

    def set_pending(self, pending: Pending) -> None:
        """Show a gesture or preview in place of the last one."""
        if pending == self.pending:
            return
        layers = self.document.layout.layers
        self._touch(pending_box(layers, self.pending).union(pending_box(layers, pending)))
        self.pending = pending
        self.update()

    def extend_stroke(self, stroke: Stroke) -> None:
        """Like `set_pending`, repainting only under the newest part of the stroke."""
        self.pending = Pending(stroke=stroke)
        self._touch(stroke_box(stroke, last=3))
        self.update()

    def set_hovered(self, layer_id: str | None) -> None:
        if layer_id != self.hovered:
            self.hovered = layer_id
            self.update()

    def set_guidance(self, guidance: Guidance) -> None:
        self.guidance = guidance
        self.update()

    # What tools use

    def hit(self, at: QPointF) -> Layer | None:
        """The nearest visible layer at a canvas point."""
        inside = 0 <= at.x() < self.canvas.width and 0 <= at.y() < self.canvas.height
        layers = reversed(self.document.layout.layers) if inside else ()
        return next((x for x in layers if x.visible and holds(x.mask, at)), None)

    def selected(self) -> list[Layer]:
        return [x for x in self.document.layout.layers if x.id in self.selection]

    def movable(self) -> tuple[str, ...]:
        """Ids that move when the selection moves; empty, with a word why, if one is locked."""
        layout = self.document.layout
        ids = with_groups(layout, self.selection.ids)
        locked = next((x for x in layout.layers if x.id in ids and x.locked), None)
        if locked is not None:
            self.say(f"“{locked.label}” is locked. Unlock it in the list to move it.")
            return ()
        return ids

    def do(self, command: Command, *, merge: bool = False) -> None:
        try:
            self.document.do(command, merge=merge)
        except ScenewrightError as error:
            self.say(str(error))

    def say(self, text: str) -> None:
        self.message.emit(text)

    def give_guidance(self, guidance: Guidance) -> None:
        self.set_guidance(guidance)
        self.guidance_given.emit(guidance)

    def tag(self, painter: QPainter, text: str, at: QPointF, *, below: bool = False) -> None:
        ground, ink = QColor(LIGHT.text), QColor(LIGHT.panel)
        ground.setAlpha(225)
        overlay.paint_tag(
            painter, text, at=at, within=QRectF(self.rect()), ground=ground, ink=ink, below=below
        )

    # Tools

    def set_tool(self, kind: type[Tool]) -> None:
        self.helper.cancel()
        self.tool.cancel()
        self.tool = kind(self)
        self.set_hovered(None)
        self._show_cursor()
        self.update()

    def set_brush_size(self, size: int) -> None:
        size = min(max(size, MIN_BRUSH), MAX_BRUSH)
        if size != self.brush_size:
            self.brush_size = size
            self.brush_size_changed.emit(size)
            self.update()

    def change_brush_size(self, *, up: bool) -> None:
        step = max(1, round(self.brush_size * 0.2))
        self.set_brush_size(self.brush_size + (step if up else -step))

    def _show_cursor(self) -> None:
        if self.pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(self.tool.cursor)

    # Events

    def _pointer(self, event: QMouseEvent) -> Pointer:
        at = event.position()
        return Pointer(self.viewport.to_canvas(at), at, event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        left = event.button() == Qt.MouseButton.LeftButton
        pans = event.button() == Qt.MouseButton.MiddleButton
        if pans or (left and (self._space or self.tool.name == "hand")):
            if not self.tool.active:
                self.pan_from = event.position()
                self._show_cursor()
        elif left and self.pan_from is None and self.helper.press(self, self._pointer(event)):
            self.document.end_merge()
        elif left and self.pan_from is None:
            self.document.end_merge()
            self.gesture_begun.emit()
            self.tool.press(self._pointer(event))
        elif event.button() == Qt.MouseButton.RightButton and not self.tool.cancel():
            self._right_click(event)

    def _right_click(self, event: QMouseEvent) -> None:
        hit = self.hit(self.viewport.to_canvas(event.position()))
        if hit is not None:
            if hit.id not in self.selection:
                self.selection.set([hit.id])
            self.context_menu_wanted.emit(event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self.mouse = at
        pointer = self._pointer(event)
        self.cursor_moved.emit(pointer.at)
        if self.pan_from is not None:
            way = at - self.pan_from
            self.pan_from = at
            self.set_viewport(self.viewport.moved(round(way.x()), round(way.y())))
        elif self.helper.active:
            self.helper.move(self, pointer)
        elif self.tool.active:
            self.tool.move(pointer)
        elif not event.buttons():
            self._hover(pointer)
        if self.tool.has_size:
            self.update()

    def _hover(self, pointer: Pointer) -> None:
        cursor = None if self._space else self.helper.cursor(self, pointer)
        if cursor is not None:
            self.set_hovered(None)
            self.setCursor(cursor)
        else:
            self._show_cursor()
            self.tool.hover(pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.pan_from is not None:
            if event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
                self.pan_from = None
                self._show_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self.helper.active:
            self.helper.release(self, self._pointer(event))
        elif event.button() == Qt.MouseButton.LeftButton:
            self.tool.release(self._pointer(event))

    def leaveEvent(self, event: QEvent) -> None:
        self.mouse = None
        self.cursor_moved.emit(None)
        self.set_hovered(None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat() and not self.tool.active:
                self._space = True
                self._show_cursor()
        elif key == Qt.Key.Key_Escape:
            if not (self.helper.cancel() or self.tool.cancel()):
                self._escape()
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.change_brush_size(up=key == Qt.Key.Key_BracketRight)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not self.tool.active:
            self.delete_wanted.emit()
        elif not self.tool.key(event):
            super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.guidance.mode != GuidanceMode.FREE:
            self.give_guidance(Guidance.free())
        else:
            self.selection.set([])

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self._show_cursor()
        super().focusOutEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        self._scene.resize(self.size(), ratio)
        self._scene.show(self.viewport)
        layers = self.document.layout.layers
        picture = self._scene.updated(layers, self.pending)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paper.paint(
            painter,
            self.rect(),
            ratio,
            canvas=self.canvas,
            viewport=self.viewport,
            colours=self.colours,
        )
        seen = self.viewport.rect_to_widget(overlay.box_rect(self.canvas))
        painter.save()
        painter.setClipRect(seen)
        fades = self.tool.sees_photo and self.paper.has_photo
        painter.setOpacity(FADED if fades else SEE_THROUGH if self.see_through else SOLID)
        painter.drawPixmap(0, 0, picture)
        painter.restore()
        paint_decoration(painter, self)
        self.helper.paint(self, painter)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def picture(self, rect: QRect | None = None) -> QImage:
        """What is on the screen, for tests and thumbnails."""
        return self.grab(rect or self.rect()).toImage()
