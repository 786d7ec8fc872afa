"""A strip of cards to choose from: its head, the row of cards, and how one is chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
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

from app.panels.elided import ElidedLabel
from app.theme import LIGHT, Colours, named_icon
from engine.layout.geometry import Box

CARD = QSize(138, 104)


def close_up(box: Box, canvas: Box) -> Box:
    """The part of the canvas that a card shows: the whole, or the surroundings of a small thing."""
    shape = CARD.width() / CARD.height()
    box = box.intersection(canvas)
    if box.is_empty:
        box = canvas
    width = max(box.width * 2.2, canvas.width * 0.4, box.height * 1.5 * shape)
    height = width / shape
    if width >= canvas.width * 0.85 or height >= canvas.height * 0.95:
        return canvas
    x = box.x + box.width / 2 - width / 2
    y = box.y + box.height / 2 - height / 2
    x = min(max(x, 0), canvas.width - width)
    y = min(max(y, 0), max(canvas.height - height, 0))
    return Box(round(x), round(y), round(width), round(height))


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


class CardStrip(QWidget):
    """A line of words and buttons, and under it the cards.

    Signals:
        more_wanted(), discarded(): Of the buttons that every strip has.
    """

    more_wanted = Signal()
    discarded = Signal()

    def __init__(self, *, take: str, discard: str) -> None:
        """
        Args:
            take: Words on the button that takes the chosen one.
            discard: What closing the strip does.
        """
        super().__init__()
        self.setObjectName("bottom")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._colours = LIGHT
        self.cards: list[Card] = []
        self.title = QLabel()
        self.title.setObjectName("heading")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.note = ElidedLabel()
        self.note.setObjectName("note")
        self.more = named_icon(QPushButton("More"), "more")
        self.more.clicked.connect(self.more_wanted)
        self.take = named_icon(QPushButton(take), "check")
        self.take.setObjectName("primary")
        self.close_button = named_icon(QToolButton(), "close")
        self.close_button.setToolTip(discard)
        self.close_button.setAccessibleName(discard.partition(":")[0])
        self.close_button.clicked.connect(self.discarded)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.title)
        self.head.addWidget(self.note, 1)
        for widget in (self.more, self.take, self.close_button):
            self.head.addWidget(widget)
        self._area = QScrollArea()
        self._row = self._row_in(self._area)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 10, 16, 2)
        self.column.setSpacing(6)
        self.column.addLayout(self.head)
        self.column.addWidget(self._area)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda *_: self.show_chosen())
        self.hide()

    def _row_in(self, area: QScrollArea) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        holder = QWidget()
        holder.setObjectName("cards")
        holder.setLayout(row)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedHeight(CARD.height() + 22)
        area.setWidget(holder)
        area.viewport().setObjectName("cards")
        return row

    @property
    def chosen_index(self) -> int | None:
        """Number of the chosen card, from 0."""
        return next((i for i, card in enumerate(self.cards) if card.isChecked()), None)

    def show_chosen(self) -> None:
        """Follow what is chosen now."""
        self.take.setEnabled(self.chosen_index is not None)

    def keep_cards(self, count: int) -> None:
        """Remove all cards but the first `count`."""
        for card in self.cards[count:]:
            self._group.removeButton(card)
            card.setParent(None)
            card.deleteLater()
        self.cards = self.cards[:count]
        while self._row.count() > count:
            self._row.takeAt(self._row.count() - 1)

    def add_card(self, picture: QPixmap) -> Card:
        card = Card(picture, len(self.cards) + 1, self._colours)
        self._group.addButton(card)
        self._row.addWidget(card)
        self.cards.append(card)
        return card

    def end_cards(self) -> None:
        """Leave the room behind the last card free."""
        self._row.addStretch(1)

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
        self.show_chosen()

    def escape(self) -> None:
        """What the Escape key does."""
        self.discarded.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.cards:
            now = next((i for i, c in enumerate(self.cards) if c.hasFocus()), -1)
            self.choose(min(max(now + step, 0), len(self.cards) - 1))
        elif event.key() == Qt.Key.Key_Escape:
            self.escape()
        else:
            super().keyPressEvent(event)
