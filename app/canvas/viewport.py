"""Which part of the canvas is seen, and how large."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import QTransform

MIN_ZOOM, MAX_ZOOM = 0.02, 32.0
ZOOM_STEPS = (0.05, 0.1, 0.167, 0.25, 0.333, 0.5, 0.667, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewport:
    """Canvas pixel (0, 0) lies at (`x`, `y`) of the widget; a pixel is `zoom` wide there."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_widget(self, point: QPointF) -> QPointF:
        return QPointF(point.x() * self.zoom + self.x, point.y() * self.zoom + self.y)

    def to_canvas(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.x) / self.zoom, (point.y() - self.y) / self.zoom)

    def rect_to_widget(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_widget(rect.topLeft()), rect.size() * self.zoom)

    def rect_to_canvas(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_canvas(rect.topLeft()), QSizeF(rect.size()) / self.zoom)

    def transform(self) -> QTransform:
        return QTransform(self.zoom, 0, 0, self.zoom, self.x, self.y)

    def moved(self, dx: float, dy: float) -> Viewport:
        return Viewport(zoom=self.zoom, x=self.x + dx, y=self.y + dy)

    def zoomed(self, zoom: float, at: QPointF) -> Viewport:
        """Another zoom, with the canvas point under `at` (widget) staying where it is."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        held = self.to_canvas(at)
        return Viewport(zoom=zoom, x=at.x() - held.x() * zoom, y=at.y() - held.y() * zoom)

    def kept_in_sight(self, canvas: QSize, widget: QSize, *, margin: int = 60) -> Viewport:
        """Moved back so that at least `margin` pixels of the canvas stay visible."""
        x = min(max(self.x, margin - canvas.width() * self.zoom), widget.width() - margin)
        y = min(max(self.y, margin - canvas.height() * self.zoom), widget.height() - margin)
        # Whole pixels, so that a pan can move the picture instead of painting it again.
        return Viewport(zoom=self.zoom, x=round(x), y=round(y))


def fitted(canvas: QSize, widget: QSize, *, margin: int = 28, most: float = MAX_ZOOM) -> Viewport:
    """The whole canvas, centred, as large as it fits."""
    across = (widget.width() - 2 * margin) / canvas.width()
    down = (widget.height() - 2 * margin) / canvas.height()
    return centred(canvas, widget, zoom=min(max(min(across, down), MIN_ZOOM), most))


def centred(canvas: QSize, widget: QSize, *, zoom: float) -> Viewport:
    x = (widget.width() - canvas.width() * zoom) / 2
    y = (widget.height() - canvas.height() * zoom) / 2
    return Viewport(zoom=zoom, x=round(x), y=round(y))


def next_zoom(zoom: float, *, up: bool) -> float:
    """The next round zoom above or below."""
    if up:
        return next((step for step in ZOOM_STEPS if step > zoom * 1.01), MAX_ZOOM)
    return next((step for step in reversed(ZOOM_STEPS) if step < zoom * 0.99), MIN_ZOOM)
