"""A widget that shows a canvas through a viewport: zoom and pan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.canvas.viewport import Viewport, centred, fitted, next_zoom
from engine.layout.geometry import Box


class Desk(QWidget):
    """The canvas fits into the widget until the user zooms or pans."""

    zoom_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.viewport = Viewport()
        self._fit = True

    @property
    def canvas(self) -> Box:
        """The canvas, for those who show one."""
        raise NotImplementedError

    def fit(self) -> None:
        self.set_viewport(fitted(self._canvas_size(), self.size()))
        self._fit = True

    def zoom_to(self, zoom: float) -> None:
        if zoom == 1.0:
            self.set_viewport(centred(self._canvas_size(), self.size(), zoom=1.0))
        else:
            self._zoom_at(zoom, QPointF(self.rect().center()))

    def zoom_step(self, *, up: bool) -> None:
        self.zoom_to(next_zoom(self.viewport.zoom, up=up))

    def _canvas_size(self) -> QSize:
        return QSize(self.canvas.width, self.canvas.height)

    def _zoom_at(self, zoom: float, at: QPointF) -> None:
        self.set_viewport(self.viewport.zoomed(zoom, at))

    def set_viewport(self, viewport: Viewport) -> None:
        """Show the canvas so, but never out of sight."""
        self._fit = False
        viewport = viewport.kept_in_sight(self._canvas_size(), self.size())
        if viewport == self.viewport:
            return
        self.viewport = viewport
        self.zoom_changed.emit(viewport.zoom)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if not pixels.isNull() and not control:
            self.set_viewport(self.viewport.moved(pixels.x(), pixels.y()))
        elif shift:
            self.set_viewport(self.viewport.moved(angle.y() + angle.x(), 0))
        elif angle.y():
            self._zoom_at(self.viewport.zoom * 1.2 ** (angle.y() / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        pinch = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == pinch:
            self._zoom_at(self.viewport.zoom * (1 + event.value()), event.position())
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fit:
            self.fit()
        else:
            size, old = event.size(), event.oldSize()
            dx, dy = (size.width() - old.width()) // 2, (size.height() - old.height()) // 2
            self.set_viewport(self.viewport.moved(dx, dy))
