"""What the canvas shows over the layers: outlines, tags, guidance, the tool's own marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.canvas import overlay
from engine.layout.guidance import GuidanceMode

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

WELCOME = (
    (16, 600, -16, "Type what to add, then press Enter.", "#4a5166"),
    (12, 400, 16, "Draw a box to say where.", "#6d7488"),
)

WELCOME_CLICK = (
    (16, 600, -16, "Open a photo to make things appear in it.", "#4a5166"),
    (12, 400, 16, "File, Open background photo, or drop one here.", "#6d7488"),
)


def paint_decoration(painter: QPainter, view: CanvasView) -> None:
    pending, tool = view.pending, view.tool
    if pending.preview is None and pending.stroke is None:
        _paint_outlines(painter, view)
    if not _is_giving_place(view) and not tool.sees_photo:
        overlay.paint_guidance(
            painter,
            view.guidance,
            canvas=view.canvas,
            viewport=view.viewport,
            colour=view.accent,
            with_handles=tool.name == "box",
            previewed=pending.preview is not None,
        )
    if pending.preview is not None:
        overlay.paint_outline(painter, pending.preview, viewport=view.viewport, colour=view.accent)
    tool.paint(painter)
    if tool.has_size and view.mouse is not None and view.pan_from is None:
        overlay.paint_brush_ring(
            painter,
            view.mouse,
            size=view.brush_size,
            viewport=view.viewport,
            erase=tool.name == "eraser",
        )
    layout = view.document.layout
    bare = not layout.layers and layout.background is None
    bare = bare and view.guidance.mode == GuidanceMode.FREE
    if bare and pending.preview is None and not (tool.active or view.helper.shows):
        _paint_welcome(painter, view)


def _is_giving_place(view: CanvasView) -> bool:
    """Whether a gesture is about to take the place of the guidance there is."""
    name = view.tool.name
    begins = name in ("box", "point") or (name == "scribble" and view.guidance.scribble is None)
    return view.tool.active and begins


def _paint_outlines(painter: QPainter, view: CanvasView) -> None:
    pending = view.pending
    for layer in view.document.layout.layers:
        chosen, hovered = layer.id in view.selection, layer.id == view.hovered
        if not (chosen or hovered):
            continue
        moves = layer.id in pending.moved
        mask = layer.mask.moved(pending.dx, pending.dy) if moves else layer.mask
        overlay.paint_outline(
            painter,
            mask,
            viewport=view.viewport,
            colour=view.accent,
            width=2.0 if chosen else 1.25,
            dashed=not layer.visible,
        )
        box, rect = mask.box, view.viewport.rect_to_widget(overlay.box_rect(mask.box))
        if chosen and len(view.selection.ids) == 1:
            remark = f"at {box.x}, {box.y}" if moves else f"{box.width} × {box.height}"
            view.tag(painter, f"{layer.label}   {remark}", rect.bottomLeft(), below=True)
        elif hovered:
            view.tag(painter, layer.label, rect.topLeft())


def _paint_welcome(painter: QPainter, view: CanvasView) -> None:
    rect = view.viewport.rect_to_widget(overlay.box_rect(view.canvas))
    rect = rect.intersected(QRectF(view.rect()))
    if rect.width() < 260 or rect.height() < 110:
        return
    font = painter.font()
    for size, weight, dy, text, ink in WELCOME_CLICK if view.tool.sees_photo else WELCOME:
        font.setPixelSize(size)
        font.setWeight(font.Weight(weight))
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(rect.translated(0, dy), Qt.AlignmentFlag.AlignCenter, text)
