"""Painting the layers of a layout, and a cache of what was painted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QRegion,
)

from app.canvas.colours import edge_colour, layer_colour
from app.canvas.outline import outline
from app.canvas.viewport import Viewport
from engine.layout.geometry import EMPTY_BOX, Box
from engine.layout.layer import Layer
from engine.layout.mask import Mask


@dataclass(frozen=True, slots=True)
class Stroke:
    """A brush or eraser stroke that is being drawn, canvas pixels."""

    layer_id: str
    points: tuple[QPointF, ...]
    size: float
    erase: bool

    def path(self) -> QPainterPath:
        path = QPainterPath(self.points[0])
        if len(self.points) == 1:
            path.lineTo(self.points[0] + QPointF(0.01, 0))
        for point in self.points[1:]:
            path.lineTo(point)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is shown beside the layout's own layers: a gesture or preview not yet applied."""

    moved: frozenset[str] = frozenset()
    dx: int = 0
    dy: int = 0
    stroke: Stroke | None = None
    preview: Mask | None = None
    preview_index: int = 0
    preview_colour: QColor = field(default_factory=lambda: QColor("#888"))
    replaces: str | None = None
    """Layer that the preview stands in for."""


NOTHING_PENDING = Pending()


@dataclass(frozen=True, slots=True)
class _Item:
    mask: Mask
    colour: QColor
    stroke: Stroke | None = None


def _items(layers: Sequence[Layer], pending: Pending) -> Iterator[_Item]:
    for index, layer in enumerate(layers):
        if pending.preview is not None and index == pending.preview_index:
            yield _Item(pending.preview, pending.preview_colour)
        if not layer.visible or layer.id == pending.replaces:
            continue
        mask = layer.mask
        if layer.id in pending.moved:
            mask = mask.moved(pending.dx, pending.dy)
        stroke = pending.stroke
        mine = stroke if stroke is not None and stroke.layer_id == layer.id else None
        yield _Item(mask, layer_colour(layer), mine)
    if pending.preview is not None and pending.preview_index >= len(layers):
        yield _Item(pending.preview, pending.preview_colour)


def paint_layers(
    painter: QPainter,
    layers: Sequence[Layer],
    *,
    viewport: Viewport,
    clip: QRect,
    pending: Pending = NOTHING_PENDING,
) -> None:
    """Paint the visible layers, farthest first, as far as they lie in `clip` (widget pixels)."""
    seen = viewport.rect_to_canvas(QRectF(clip.adjusted(-2, -2, 2, 2)))
    for item in _items(layers, pending):
        box = item.mask.box
        rect = QRectF(box.x, box.y, box.width, box.height)
        if item.stroke is not None:
            _paint_edited(painter, item, viewport=viewport, clip=clip)
        elif rect.intersects(seen):
            _paint_silhouette(painter, item, viewport)


def _paint_silhouette(painter: QPainter, item: _Item, viewport: Viewport) -> None:
    if item.mask.is_empty:
        return
    painter.save()
    painter.setTransform(viewport.transform(), True)
    painter.translate(item.mask.box.x, item.mask.box.y)
    # Any other width takes Qt ten times as long.
    pen = QPen(edge_colour(item.colour), 1)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(item.colour)
    ratio = painter.device().devicePixelRatio()
    painter.drawPath(outline(item.mask, zoom=viewport.zoom, ratio=ratio))
    painter.restore()


def _paint_edited(painter: QPainter, item: _Item, *, viewport: Viewport, clip: QRect) -> None:
    """A layer under the brush is painted apart, so that the eraser shows what lies beneath."""
    assert item.stroke is not None
    ratio = painter.device().devicePixelRatio()
    image = QImage(clip.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    own = QPainter(image)
    own.setRenderHint(QPainter.RenderHint.Antialiasing)
    own.translate(-clip.topLeft())
    _paint_silhouette(own, item, viewport)
    own.setTransform(viewport.transform(), True)
    if item.stroke.erase:
        own.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    own.strokePath(item.stroke.path(), round_pen(item.colour, item.stroke.size))
    own.end()
    painter.drawImage(clip.topLeft(), image)


def round_pen(colour: QColor, width: float) -> QPen:
    return QPen(
        colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )


def pending_box(layers: Sequence[Layer], pending: Pending) -> Box:
    """Canvas pixels that differ because of what is pending."""
    box = EMPTY_BOX
    for layer in layers:
        if layer.id in pending.moved:
            box = box.union(layer.mask.box).union(layer.mask.box.moved(pending.dx, pending.dy))
        if layer.id == pending.replaces:
            box = box.union(layer.mask.box)
    if pending.preview is not None:
        box = box.union(pending.preview.box)
    if pending.stroke is not None:
        box = box.union(stroke_box(pending.stroke))
    return box


def stroke_box(stroke: Stroke, *, last: int | None = None) -> Box:
    """Pixels under a stroke, or under its `last` points."""
    points = stroke.points[-last:] if last else stroke.points
    bounds = QPolygonF(list(points)).boundingRect()
    grow = stroke.size / 2 + 2
    return to_box(bounds.adjusted(-grow, -grow, grow, grow))


def to_box(rect: QRectF) -> Box:
    left, top = math.floor(rect.left()), math.floor(rect.top())
    return Box(left, top, math.ceil(rect.right()) - left, math.ceil(rect.bottom()) - top)


class SceneCache:
    """The layers as last painted, at the widget's resolution; repainted by dirty rectangle."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._dirty = QRegion()
        self._viewport = Viewport()

    def resize(self, size: QSize, ratio: float) -> None:
        if self._pixmap.size() == size * ratio and self._pixmap.devicePixelRatio() == ratio:
            return
        self._pixmap = QPixmap(size * ratio)
        self._pixmap.setDevicePixelRatio(ratio)
        # A pixmap has room for transparency only once it was filled with it.
        self._pixmap.fill(Qt.GlobalColor.transparent)
        self.invalidate()

    def invalidate(self, rect: QRect | None = None) -> None:
        """Mark widget pixels, or all of them, as out of date."""
        whole = QRect(0, 0, 32767, 32767)
        self._dirty = self._dirty.united(whole if rect is None else rect.adjusted(-3, -3, 3, 3))

    def show(self, viewport: Viewport) -> None:
        """Follow the viewport: a pan moves what is there, a zoom repaints all."""
        old, self._viewport = self._viewport, viewport
        if old == viewport:
            return
        dx, dy = viewport.x - old.x, viewport.y - old.y
        ratio = self._pixmap.devicePixelRatio()
        across, down = dx * ratio, dy * ratio
        if old.zoom != viewport.zoom or across % 1 or down % 1 or not self._dirty.isEmpty():
            self.invalidate()
            return
        exposed = QRegion()
        size = self._pixmap.size()
        self._pixmap.scroll(
            int(across), int(down), QRect(0, 0, size.width(), size.height()), exposed
        )
        for rect in rects(exposed):
            left, top = math.floor(rect.left() / ratio), math.floor(rect.top() / ratio)
            right, bottom = math.ceil(rect.right() / ratio), math.ceil(rect.bottom() / ratio)
            self.invalidate(QRect(left, top, right - left + 1, bottom - top + 1))

    def updated(self, layers: Sequence[Layer], pending: Pending) -> QPixmap:
        """The picture of the layers, after painting what is out of date."""
        ratio = self._pixmap.devicePixelRatio()
        size = self._pixmap.size() / ratio
        dirty = self._dirty.intersected(QRect(0, 0, size.width() + 1, size.height() + 1))
        self._dirty = QRegion()
        if dirty.isEmpty():
            return self._pixmap
        painter = QPainter(self._pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mode = QPainter.CompositionMode
        # One by one: the two strips that a pan lays open have the whole widget as their bounds.
        for clip in rects(dirty):
            painter.setClipRect(clip)
            painter.setCompositionMode(mode.CompositionMode_Source)
            painter.fillRect(clip, Qt.GlobalColor.transparent)
            painter.setCompositionMode(mode.CompositionMode_SourceOver)
            paint_layers(painter, layers, viewport=self._viewport, clip=clip, pending=pending)
        painter.end()
        return self._pixmap


def rects(region: QRegion) -> list[QRect]:
    """The rectangles of a region, or their bounds when they are many."""
    if region.rectCount() > 6:
        return [region.boundingRect()]
    return list(region)  # type: ignore[call-overload]
