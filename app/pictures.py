"""Small pictures of whole layouts."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.canvas.overlay import box_rect
from app.canvas.scene import paint_layers
from app.canvas.viewport import fitted
from engine.layout.layout import Layout


def layout_picture(layout: Layout, size: QSize, *, ratio: float) -> QPixmap:
    """The layers on white paper, fitted into `size`."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    viewport = fitted(QSize(layout.width, layout.height), size, margin=1)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paper = viewport.rect_to_widget(box_rect(layout.canvas))
    painter.fillRect(paper, QColor("white"))
    painter.setClipRect(paper)
    paint_layers(
        painter, layout.layers, viewport=viewport, clip=QRect(0, 0, size.width(), size.height())
    )
    painter.end()
    return picture
