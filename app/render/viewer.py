"""A finished picture in large, in place of the canvas: beside the layout, or in turn with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.actions import Actions
from app.canvas import overlay
from app.canvas.scene import paint_layers
from app.canvas.viewport import Viewport, fitted
from app.panels.elided import ElidedLabel
from app.theme import LIGHT, Colours, named_icon
from engine.layout.layout import Layout
from engine.layout.mask import Mask

MARGIN = 20
GAP = 10
BUTTONS = (
    ("picture_star", "picture_copy", "picture_save"),
    ("picture_background", "picture_again"),
    ("picture_delete",),
)
LAYOUT_WORDS = "Layout"


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """One thing to look at: a picture, or a layout painted as on the canvas."""

    title: str
    image: QImage | None = None
    layout: Layout | None = None
    mask: Mask | None = None
    """Outlined over the picture, in canvas pixels."""


class Stage(QWidget):
    """Paints the panes side by side, all at the same place and zoom."""

    left = Signal()
    stepped = Signal(int)
    held = Signal(bool)
    delete_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setMinimumSize(200, 140)
        self.colours: Colours = LIGHT
        self._panes: tuple[Pane, ...] = ()
        self._size = QSize(1, 1)
        self._viewport = Viewport()
        self._fit = True
        self._drag: QPointF | None = None

    @property
    def panes(self) -> tuple[Pane, ...]:
        return self._panes

    def show_panes(self, panes: Sequence[Pane], size: QSize) -> None:
        """`size` is that of the canvas that all panes are drawn on; a new one is fitted."""
        fresh = size != self._size or len(panes) != len(self._panes)
        self._panes, self._size = tuple(panes), size
        if fresh or self._fit:
            self.fit()
        self.update()

    def fit(self) -> None:
        self._fit = True
        room = self._rects()[0].size() if self._panes else self.size()
        self._viewport = fitted(self._size, room, margin=MARGIN)
        self.update()

    def _rects(self) -> list[QRect]:
        """One part of the widget for each pane, side by side, or stacked where that shows more."""
        count = max(len(self._panes), 1)

        def zoom(across: int, down: int) -> float:
            width, height = self._size.width() * across, self._size.height() * down
            return min(self.width() / width, self.height() / height)

        beside, stacked = (count, 1), (1, count)
        across, down = beside if zoom(*beside) >= zoom(*stacked) else stacked
        width = (self.width() - GAP * (across - 1)) // across
        height = (self.height() - GAP * (down - 1)) // down
        return [
            QRect((width + GAP) * (i % across), (height + GAP) * (i // across), width, height)
            for i in range(count)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.colours.desk))
        for pane, rect in zip(self._panes, self._rects(), strict=False):
            painter.save()
            painter.setClipRect(rect)
            self._paint_pane(painter, pane, rect)
            if len(self._panes) > 1:
                self._paint_title(painter, pane.title, rect)
            painter.restore()
        painter.end()

    def _paint_pane(self, painter: QPainter, pane: Pane, rect: QRect) -> None:
        viewport = self._viewport.moved(rect.x(), rect.y())
        canvas = QRectF(0, 0, self._size.width(), self._size.height())
        target = viewport.rect_to_widget(canvas)
        painter.setPen(QPen(QColor(0, 0, 0, 60), 1))
        painter.drawRect(target.adjusted(-0.5, -0.5, 0.5, 0.5))
        if pane.image is not None:
            size = pane.image.size().scaled(
                target.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(target.center())
            # Enlarged a lot, the single pixels are what one wants to see.
            smooth = place.width() < pane.image.width() * 6
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(place, pane.image)
            if pane.mask is not None:
                veil = QColor(LIGHT.accent)
                veil.setAlpha(48)
                overlay.paint_fill(painter, pane.mask, viewport=viewport, colour=veil)
                overlay.paint_outline(
                    painter, pane.mask, viewport=viewport, colour=QColor(LIGHT.accent)
                )
        elif pane.layout is not None:
            painter.save()
            painter.fillRect(target, QColor("white"))
            painter.setClipRect(target.intersected(QRectF(rect)))
            paint_layers(painter, pane.layout.layers, viewport=viewport, clip=rect)
            painter.restore()

    def _paint_title(self, painter: QPainter, title: str, rect: QRect) -> None:
        font = painter.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(title) + 18
        tag = QRectF(rect.x() + 10, rect.y() + 10, width, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 24, 36, 175))
        painter.drawRoundedRect(tag, 12, 12)
        painter.setPen(QColor("white"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fit:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            rect = next((r for r in self._rects() if r.contains(event.position().toPoint())), None)
            at = event.position() - QPointF(rect.topLeft() if rect else QRect().topLeft())
            zoom = self._viewport.zoom * 1.2 ** (event.angleDelta().y() / 120)
            self._move(self._viewport.zoomed(zoom, at))
        event.accept()

    def _move(self, viewport: Viewport) -> None:
        self._fit = False
        self._viewport = viewport.kept_in_sight(self._size, self._rects()[0].size())
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            way = event.position() - self._drag
            self._drag = event.position()
            self._move(self._viewport.moved(way.x(), way.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if step is not None:
            self.stepped.emit(step)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.held.emit(True)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.held.emit(False)
        else:
            super().keyReleaseEvent(event)


class PictureViewer(QWidget):
    """The stage with its buttons above and the picture's facts below."""

    closed = Signal()
    beside_changed = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.stage = Stage()
        self._pictures: tuple[Pane, ...] = ()
        self._layout: Layout | None = None
        self._held = False
        self.flip = named_icon(QToolButton(), "flip")
        self.flip.setText("Hold for the layout")
        self.flip.setToolTip("Shows the layout as long as you hold it  (Space)")
        self.flip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.flip.pressed.connect(lambda: self._hold(True))
        self.flip.released.connect(lambda: self._hold(False))
        self.beside = QToolButton()
        self.beside.setDefaultAction(actions["picture_beside"])
        self.beside.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        actions["picture_beside"].toggled.connect(lambda _: self._show())
        self._beside_action = actions["picture_beside"]
        self.close_button = named_icon(QToolButton(), "close")
        self.close_button.setToolTip("Back to the layout  (Esc)")
        self.close_button.setAccessibleName("Back to the layout")
        self.close_button.clicked.connect(self.closed)
        bar = QWidget()
        bar.setObjectName("top")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(10, 5, 10, 5)
        row.setSpacing(3)
        row.addWidget(self.flip)
        row.addWidget(self.beside)
        row.addStretch(1)
        for group in BUTTONS:
            for name in group:
                button = QToolButton()
                button.setDefaultAction(actions[name])
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                row.addWidget(button)
            row.addSpacing(10)
        row.addWidget(self.close_button)
        self.facts = ElidedLabel()
        self.facts.setObjectName("quiet")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.remark = QLabel()
        self.remark.setObjectName("quiet")
        foot = QWidget()
        foot.setObjectName("bottom")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(foot)
        line.setContentsMargins(16, 6, 16, 6)
        line.addWidget(self.facts, 1)
        line.addWidget(self.remark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.stage, 1)
        column.addWidget(foot)
        self.stage.left.connect(self.closed)
        self.stage.held.connect(self._hold)

    def show_pictures(
        self, pictures: Sequence[Pane], layout: Layout | None, *, facts: str, remark: str
    ) -> None:
        """Show one picture, or several side by side.

        Args:
            layout: What the first one was drawn from; None where that is not known.
        """
        self._pictures, self._layout = tuple(pictures), layout
        self.facts.setText(facts)
        self.remark.setText(remark)
        for widget in (self.flip, self.beside):
            widget.setEnabled(layout is not None)
        self._show()

    @property
    def shows_layout(self) -> bool:
        return any(pane.layout is not None for pane in self.stage.panes)

    def set_colours(self, colours: Colours) -> None:
        self.stage.colours = colours
        self.stage.update()

    def _hold(self, on: bool) -> None:
        self._held = on and self._layout is not None
        self._show()

    def _show(self) -> None:
        if not self._pictures:
            return
        layout = Pane(LAYOUT_WORDS, layout=self._layout)
        if self._held:
            panes = [layout]
        elif len(self._pictures) == 1 and self._beside_action.isChecked() and self._layout:
            panes = [layout, *self._pictures]
        else:
            panes = list(self._pictures)
        self.stage.show_panes(panes, self._canvas())

    def _canvas(self) -> QSize:
        if self._layout is not None:
            return QSize(self._layout.width, self._layout.height)
        image = self._pictures[0].image
        return image.size() if image is not None else QSize(1, 1)
