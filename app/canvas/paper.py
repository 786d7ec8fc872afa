"""The desk and the ground the layers lie on: white paper, a checkerboard or the photo."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPen, QPixmap

from app.canvas.overlay import box_rect
from app.canvas.viewport import Viewport
from app.theme import Colours
from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layout import Background

KINDS = ("photo", "white", "checker")


class PaperCache:
    """Paints the ground once for every viewport, so that a large photo costs nothing per frame."""

    def __init__(self) -> None:
        self.kind = "photo"
        self._photo: QImage | None = None
        self._background: Background | None = None
        self._pixmap = QPixmap()
        self._key: tuple[object, ...] = ()

    def set_photo(self, background: Background | None) -> None:
        if background is not self._background:
            self._background = background
            self._photo = _upright(background.data) if background is not None else None
            self.invalidate()

    @property
    def has_photo(self) -> bool:
        return self._photo is not None and not self._photo.isNull()

    def invalidate(self) -> None:
        self._key = ()

    def paint(
        self,
        painter: QPainter,
        area: QRect,
        ratio: float,
        *,
        canvas: Box,
        viewport: Viewport,
        colours: Colours,
    ) -> None:
        key = (area.size().toTuple(), ratio, canvas, viewport, colours.desk, self.kind)
        if key != self._key:
            self._key = key
            self._pixmap = QPixmap(area.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(QColor(colours.desk))
            own = QPainter(self._pixmap)
            self._paint_now(own, viewport.rect_to_widget(box_rect(canvas)), area)
            own.end()
        painter.drawPixmap(0, 0, self._pixmap)

    def _paint_now(self, painter: QPainter, rect: QRectF, area: QRect) -> None:
        for spread, alpha in enumerate((52, 36, 25, 17, 11, 6, 3)):
            painter.setPen(QPen(QColor(0, 0, 0, alpha), 1))
            painter.drawRect(
                rect.adjusted(-spread - 0.5, -spread + 0.5, spread + 0.5, spread + 1.5)
            )
        if self.kind == "photo" and self._photo is not None and self.has_photo:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, self._photo)
        elif self.kind == "checker":
            checkerboard(painter, rect.intersected(QRectF(area)), origin=rect.topLeft())
        else:
            painter.fillRect(rect, QColor("white"))


def _upright(data: bytes) -> QImage:
    """The photo as its rotation tag says; of kinds that Qt cannot read, as the engine reads it."""
    device = QBuffer()
    device.setData(data)
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(device)
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        from app.render.images import image_of
        from engine.photo import photo_from_bytes

        with contextlib.suppress(InputError):
            image = image_of(photo_from_bytes(data).pixels)
    return image


def checkerboard(painter: QPainter, rect: QRectF, *, origin: QPointF) -> None:
    side = 8
    tile = QPixmap(side * 2, side * 2)
    tile.fill(QColor("#ffffff"))
    on_tile = QPainter(tile)
    on_tile.fillRect(0, 0, side, side, QColor("#e3e5ea"))
    on_tile.fillRect(side, side, side, side, QColor("#e3e5ea"))
    on_tile.end()
    painter.drawTiledPixmap(rect, tile, rect.topLeft() - origin)
