"""What the rows of layers and of the plan have in common: how they are painted and dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app import icons
from app.canvas.colours import edge_colour, layer_colour
from app.canvas.outline import outline
from app.theme import Colours
from engine.layout.layer import Layer

TILE = 34
"""Side of the square that shows a silhouette."""
ROW_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsEditable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)


def tile_of(row: QRect) -> QRectF:
    """Where the silhouette of a row stands."""
    return QRectF(row.left() + 11, row.center().y() - TILE / 2 + 0.5, TILE, TILE)


def paint_ground(
    painter: QPainter, row: QRect, colours: Colours, *, chosen: bool, hovered: bool
) -> None:
    """What is behind a row that is chosen or under the mouse."""
    if chosen or hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft if chosen else colours.hover))
        painter.drawRoundedRect(row.adjusted(4, 1, -4, -1), 7, 7)


def paint_tile(
    painter: QPainter, tile: QRectF, layer: Layer | None, colours: Colours, *, pen: QPen
) -> None:
    """A layer's silhouette in its square; only the square where there is none."""
    painter.setPen(pen)
    painter.setBrush(QColor(colours.field))
    painter.drawRoundedRect(tile, 6, 6)
    if layer is None or layer.mask.is_empty:
        return
    box = layer.mask.box
    zoom = (TILE - 8) / max(box.width, box.height)
    painter.save()
    painter.translate(tile.center() - QPointF(box.width * zoom / 2, box.height * zoom / 2))
    painter.scale(zoom, zoom)
    colour = layer_colour(layer)
    ink = QPen(edge_colour(colour), 1)
    ink.setCosmetic(True)
    painter.setPen(ink)
    painter.setBrush(colour)
    painter.setOpacity(1.0 if layer.visible else 0.35)
    painter.drawPath(outline(layer.mask, zoom=zoom * 2))
    painter.restore()


def paint_mark(painter: QPainter, rect: QRect, name: str, ink: str, *, side: int) -> None:
    """An icon in the middle of its place."""
    ratio = painter.device().devicePixelRatio()
    at = rect.center() - QPointF(side / 2 - 0.5, side / 2 - 0.5).toPoint()
    painter.drawPixmap(at, icons.pixmap(name, QColor(ink), side=side, ratio=ratio))


def small(font: QFont) -> QFont:
    """The font of a row's second line."""
    made = QFont(font)
    made.setPointSizeF(max(font.pointSizeF() * 0.85, 7))
    return made
