"""What is drawn over the scene: outlines, tags, guidance, the brush ring."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from app.canvas.outline import outline
from app.canvas.viewport import Viewport
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask
from engine.smartmask.outlined import enclosed_part

HANDLE = 8.0
"""Side of a box handle, widget pixels."""


def solid(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A round pen, `width` in the painter's units; cosmetic ones are hairlines on fine screens."""
    return QPen(colour, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def paint_outline(
    painter: QPainter,
    mask: Mask,
    *,
    viewport: Viewport,
    colour: QColor,
    width: float = 2.0,
    dashed: bool = False,
) -> None:
    """A mask's border with a light halo, so that it shows on any ground."""
    if mask.is_empty:
        return
    painter.save()
    painter.setTransform(viewport.transform(), True)
    painter.translate(mask.box.x, mask.box.y)
    zoom = viewport.zoom
    path = outline(mask, zoom=zoom, ratio=painter.device().devicePixelRatio())
    painter.strokePath(path, solid(QColor(255, 255, 255, 210), (width + 2.0) / zoom))
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.strokePath(path, solid(colour, width / zoom, style))
    painter.restore()


def paint_fill(painter: QPainter, mask: Mask, *, viewport: Viewport, colour: QColor) -> None:
    if mask.is_empty:
        return
    painter.save()
    painter.setTransform(viewport.transform(), True)
    painter.translate(mask.box.x, mask.box.y)
    ratio = painter.device().devicePixelRatio()
    painter.fillPath(outline(mask, zoom=viewport.zoom, ratio=ratio), colour)
    painter.restore()


def paint_tag(
    painter: QPainter,
    text: str,
    *,
    at: QPointF,
    within: QRectF,
    ground: QColor,
    ink: QColor,
    below: bool = False,
) -> None:
    """A small label whose left corner lies at `at`, moved so that it stays inside `within`."""
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, 260)
    width, height = metrics.horizontalAdvance(text) + 14, metrics.height() + 5
    y = at.y() + 6 if below else at.y() - height - 6
    rect = QRectF(at.x(), y, width, height)
    rect.moveLeft(min(max(rect.left(), within.left() + 4), within.right() - width - 4))
    rect.moveTop(min(max(rect.top(), within.top() + 4), within.bottom() - height - 4))
    path = QPainterPath()
    path.addRoundedRect(rect, 5, 5)
    painter.fillPath(path, ground)
    painter.setPen(ink)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def box_rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def handles(box: Box, viewport: Viewport) -> list[QRectF]:
    """The four corner handles of a guidance box: top left, top right, bottom right, bottom left."""
    rect = viewport.rect_to_widget(box_rect(box))
    half = HANDLE / 2
    corners = (rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft())
    return [QRectF(c.x() - half, c.y() - half, HANDLE, HANDLE) for c in corners]


def paint_box(
    painter: QPainter,
    box: Box,
    *,
    viewport: Viewport,
    colour: QColor,
    with_handles: bool,
    veil: bool = True,
) -> None:
    rect = viewport.rect_to_widget(box_rect(box))
    if veil:
        tint = QColor(colour)
        tint.setAlpha(28)
        painter.fillRect(rect, tint)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(solid(QColor(255, 255, 255, 220), 3.5))
    painter.drawRect(rect)
    pen = solid(colour, 1.75)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.drawRect(rect)
    if with_handles:
        painter.setPen(solid(colour, 1.5))
        painter.setBrush(QColor("white"))
        for handle in handles(box, viewport):
            painter.drawRoundedRect(handle, 2, 2)


def paint_point(
    painter: QPainter, guidance: Guidance, *, viewport: Viewport, colour: QColor
) -> None:
    assert guidance.point is not None
    at = viewport.to_widget(QPointF(*guidance.point))
    if guidance.spread:
        radius = guidance.spread * 2 * viewport.zoom
        veil = QColor(colour)
        veil.setAlpha(36)
        painter.setBrush(veil)
        pen = solid(colour, 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawEllipse(at, radius, radius)
    painter.setBrush(colour)
    painter.setPen(solid(QColor("white"), 2.5))
    painter.drawEllipse(at, 7, 7)
    painter.setBrush(QColor("white"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(at, 2.5, 2.5)


def paint_guidance(
    painter: QPainter,
    guidance: Guidance,
    *,
    canvas: Box,
    viewport: Viewport,
    colour: QColor,
    with_handles: bool = False,
    previewed: bool = False,
) -> None:
    """Show where the next object goes; of a scribble the edge alone where what it led to is
    `previewed`, which would lie hidden under it."""
    match guidance.mode:
        case GuidanceMode.BOX:
            assert guidance.box is not None
            paint_box(
                painter, guidance.box, viewport=viewport, colour=colour, with_handles=with_handles
            )
        case GuidanceMode.POINT:
            paint_point(painter, guidance, viewport=viewport, colour=colour)
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            if not previewed:
                _paint_veil(
                    painter, guidance.scribble, canvas=canvas, viewport=viewport, colour=colour
                )
            paint_outline(
                painter,
                guidance.scribble,
                viewport=viewport,
                colour=colour,
                width=1.0 if previewed else 1.25,
                dashed=previewed,
            )


def _paint_veil(
    painter: QPainter, drawn: Mask, *, canvas: Box, viewport: Viewport, colour: QColor
) -> None:
    veil = QColor(colour)
    veil.setAlpha(96)
    paint_fill(painter, drawn, viewport=viewport, colour=veil)
    # Who draws an outline sees that it was understood as one.
    inside = enclosed_part(drawn, canvas)
    if inside is not None:
        veil.setAlpha(48)
        paint_fill(painter, inside, viewport=viewport, colour=veil)


def paint_brush_ring(
    painter: QPainter, at: QPointF, *, size: float, viewport: Viewport, erase: bool
) -> None:
    radius = max(size * viewport.zoom / 2, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(solid(QColor(0, 0, 0, 190), 2.5))
    painter.drawEllipse(at, radius, radius)
    style = Qt.PenStyle.DotLine if erase else Qt.PenStyle.SolidLine
    painter.setPen(solid(QColor("white"), 1.25, style))
    painter.drawEllipse(at, radius, radius)
    if radius < 4:
        painter.drawPoint(at)
