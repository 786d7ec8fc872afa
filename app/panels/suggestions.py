"""The strip of suggestions: see each on the scene, try it on the canvas, take one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas import overlay
from app.canvas.colours import label_colour
from app.canvas.scene import Pending, paint_layers
from app.canvas.viewport import Viewport
from app.panels.elided import ElidedLabel
from app.suggesting import Offer
from app.theme import LIGHT, Colours, named_icon
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.mask import Mask

CARD = QSize(138, 104)


def close_up(mask: Mask, layout: Layout) -> Box:
    """The part of the canvas that a card shows: the whole, or the surroundings of a small thing."""
    shape = CARD.width() / CARD.height()
    box = mask.box.intersection(layout.canvas)
    if box.is_empty:
        box = layout.canvas
    width = max(box.width * 2.2, layout.width * 0.4, box.height * 1.5 * shape)
    height = width / shape
    if width >= layout.width * 0.85 or height >= layout.height * 0.95:
        return layout.canvas
    x = box.x + box.width / 2 - width / 2
    y = box.y + box.height / 2 - height / 2
    x = min(max(x, 0), layout.width - width)
    y = min(max(y, 0), max(layout.height - height, 0))
    return Box(round(x), round(y), round(width), round(height))


def shortened(label: str, most: int = 32) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def thumbnail(offer: Offer, layout: Layout, *, ratio: float, colours: Colours) -> QPixmap:
    """The suggestion on the scene, as a card shows it."""
    mask = offer.suggestion.mask
    seen = close_up(mask, layout)
    zoom = min(CARD.width() / seen.width, CARD.height() / seen.height)
    x = (CARD.width() - seen.width * zoom) / 2 - seen.x * zoom
    y = (CARD.height() - seen.height * zoom) / 2 - seen.y * zoom
    viewport = Viewport(zoom=zoom, x=x, y=y)
    picture = QPixmap(CARD * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.desk))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paper = viewport.rect_to_widget(overlay.box_rect(layout.canvas))
    painter.fillRect(paper, QColor("white"))
    painter.setClipRect(paper)
    scene = Pending(
        preview=mask,
        preview_index=offer.index(layout),
        preview_colour=QColor(LIGHT.accent),
    )
    faded = layout.layers
    painter.setOpacity(0.4)
    paint_layers(painter, faded, viewport=viewport, clip=QRect(QRect(0, 0, 0, 0).topLeft(), CARD))
    painter.setOpacity(1.0)
    fill = label_colour(offer.result.request.label, offer.result.ade_class)
    overlay.paint_fill(painter, scene.preview or mask, viewport=viewport, colour=fill)
    overlay.paint_outline(painter, mask, viewport=viewport, colour=QColor(LIGHT.accent), width=1.5)
    painter.end()
    return picture


class Card(QAbstractButton):
    """One suggestion: hover tries it, a click keeps it on the canvas, a double click takes it."""

    hovered = Signal(bool)
    taken = Signal()

    def __init__(self, picture: QPixmap, number: int, colours: Colours) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFixedSize(CARD + QSize(8, 8))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Suggestion {number}")
        self.setToolTip("Click to see it on the canvas, double click or Enter to add it")
        self._picture, self._number, self._colours = picture, number, colours

    def show_picture(self, picture: QPixmap, colours: Colours) -> None:
        self._picture, self._colours = picture, colours
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hovered.emit(True)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(False)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.setChecked(True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.taken.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.setChecked(True)
            self.taken.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(4, 4, CARD.width(), CARD.height())
        path = QPainterPath()
        path.addRoundedRect(inner, 7, 7)
        painter.setClipPath(path)
        painter.drawPixmap(QPointF(4, 4), self._picture)
        painter.setClipping(False)
        chosen = self.isChecked()
        busy = chosen or self.underMouse() or self.hasFocus()
        pen = QPen(
            QColor(self._colours.accent if busy else self._colours.line), 3 if chosen else 1.5
        )
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner, 7, 7)
        self._paint_number(painter)

    def _paint_number(self, painter: QPainter) -> None:
        text = str(self._number)
        width = max(18.0, painter.fontMetrics().horizontalAdvance(text) + 10)
        rect = QRectF(9, 9, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.accent if self.isChecked() else "#c01d2230"))
        painter.drawRoundedRect(rect, 9, 9)
        painter.setPen(QColor(self._colours.on_accent if self.isChecked() else "white"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


class SuggestionStrip(QWidget):
    """Shown while there is something to choose from."""

    previewed = Signal(object)
    applied = Signal(object)
    more_wanted = Signal()
    discarded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bottom")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._offers: tuple[Offer, ...] = ()
        self._layout: Layout | None = None
        self._colours = LIGHT
        self.cards: list[Card] = []
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setObjectName("heading")
        self.note = ElidedLabel()
        self.note.setObjectName("note")
        self.more = named_icon(QPushButton("More"), "more")
        self.more.setToolTip("More suggestions of the same kind")
        self.more.clicked.connect(self.more_wanted)
        self.add = named_icon(QPushButton("Add"), "check")
        self.add.setObjectName("primary")
        self.add.clicked.connect(lambda: self._apply(self.chosen))
        self.close_button = named_icon(QToolButton(), "close")
        self.close_button.setToolTip("Discard the suggestions")
        self.close_button.setAccessibleName("Discard the suggestions")
        self.close_button.clicked.connect(self.discarded)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        for widget in (self.more, self.add, self.close_button):
            head.addWidget(widget)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        holder = QWidget()
        holder.setObjectName("cards")
        holder.setLayout(self._row)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFixedHeight(CARD.height() + 22)
        self._area.setWidget(holder)
        self._area.viewport().setObjectName("cards")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 2)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._area)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda *_: self._show_chosen())
        self.hide()

    @property
    def offers(self) -> tuple[Offer, ...]:
        return self._offers

    @property
    def chosen(self) -> Offer | None:
        for card, offer in zip(self.cards, self._offers, strict=True):
            if card.isChecked():
                return offer
        return None

    def set_offers(
        self, offers: Sequence[Offer], layout: Layout, *, notes: Sequence[str], colours: Colours
    ) -> None:
        """Show the offers; those that were there already keep their place and choice."""
        kept = self._offers if tuple(offers[: len(self._offers)]) == self._offers else ()
        if not kept:
            for card in self.cards:
                self._group.removeButton(card)
                card.setParent(None)
                card.deleteLater()
            self.cards = []
            while self._row.count():
                self._row.takeAt(0)
        elif self._row.count() > len(self.cards):
            self._row.takeAt(self._row.count() - 1)
        self._offers, self._layout, self._colours = tuple(offers), layout, colours
        for offer in self._offers[len(kept) :]:
            self._add_card(offer)
        self._row.addStretch(1)
        label = offers[0].result.request.label if offers else ""
        many = "1 suggestion" if len(offers) == 1 else f"{len(offers)} suggestions"
        self.title.setText(f"{shortened(label)}: {many}" if offers else "")
        self.note.setText("   ".join(notes))
        self.setVisible(bool(offers))
        self._show_chosen()

    def _add_card(self, offer: Offer) -> None:
        assert self._layout is not None
        number = len(self.cards) + 1
        picture = thumbnail(
            offer, self._layout, ratio=self.devicePixelRatioF(), colours=self._colours
        )
        card = Card(picture, number, self._colours)
        card.hovered.connect(lambda on, o=offer: self.previewed.emit(o if on else self.chosen))
        card.taken.connect(lambda o=offer: self._apply(o))
        self._group.addButton(card)
        self._row.addWidget(card)
        self.cards.append(card)

    def refresh(self, layout: Layout, colours: Colours) -> None:
        """Paint the cards again, for another layout or theme."""
        self._layout, self._colours = layout, colours
        for card, offer in zip(self.cards, self._offers, strict=True):
            picture = thumbnail(offer, layout, ratio=self.devicePixelRatioF(), colours=colours)
            card.show_picture(picture, colours)

    def set_swaps(self, swaps: bool) -> None:
        """Whether taking another one replaces the layer that was just added."""
        self.add.setText("Use this one" if swaps else "Add")

    def set_busy(self, busy: bool) -> None:
        self.more.setEnabled(not busy)

    def choose(self, index: int, *, focus: bool = True) -> None:
        if 0 <= index < len(self.cards):
            self.cards[index].setChecked(True)
            if focus:
                self.cards[index].setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(self.cards[index])

    def unchoose(self) -> None:
        self._group.setExclusive(False)
        for card in self.cards:
            card.setChecked(False)
        self._group.setExclusive(True)
        self._show_chosen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.cards:
            now = next((i for i, c in enumerate(self.cards) if c.hasFocus()), -1)
            self.choose(min(max(now + step, 0), len(self.cards) - 1))
        elif event.key() == Qt.Key.Key_Escape:
            self.unchoose() if self.chosen is not None else self.discarded.emit()
        else:
            super().keyPressEvent(event)

    def _show_chosen(self) -> None:
        self.add.setEnabled(self.chosen is not None)
        self.previewed.emit(self.chosen)

    def _apply(self, offer: Offer | None) -> None:
        if offer is not None:
            self.applied.emit(offer)
