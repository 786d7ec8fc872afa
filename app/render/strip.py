"""The strip of pictures to choose from: variations of an insertion, best first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.elided import ElidedLabel
from app.panels.suggestions import CARD, Card
from app.theme import LIGHT, Colours, named_icon


def card_picture(image: QImage, *, colours: Colours, ratio: float) -> QPixmap:
    picture = QPixmap(CARD * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.desk))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    size = image.size().scaled(CARD, Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(0, 0, size.width(), size.height())
    place.moveCenter(QRectF(0, 0, CARD.width(), CARD.height()).center())
    # A large photo is made small in good steps first: drawing it so alone would flicker.
    small = image.scaled(
        QSize(size) * ratio * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    painter.drawImage(place, small if small.width() < image.width() else image)
    painter.end()
    return picture


class PictureStrip(QWidget):
    """Shown while a job runs or there is something to choose from."""

    chosen_changed = Signal()
    taken = Signal()
    more_wanted = Signal()
    discarded = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bottom")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._colours = LIGHT
        self._images: list[QImage] = []
        self.cards: list[Card] = []
        self.title = QLabel()
        self.title.setObjectName("heading")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.note = ElidedLabel()
        self.note.setObjectName("note")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(140)
        self.stop = named_icon(QPushButton("Cancel"), "close")
        self.stop.clicked.connect(self.cancelled)
        self.more = named_icon(QPushButton("More"), "more")
        self.more.setToolTip("Further variations of the same")
        self.more.clicked.connect(self.more_wanted)
        self.take = named_icon(QPushButton("Keep this one"), "check")
        self.take.setObjectName("primary")
        self.take.clicked.connect(self._take)
        self.close_button = named_icon(QToolButton(), "close")
        self.close_button.setToolTip("Discard them all: the photo stays as it was")
        self.close_button.setAccessibleName("Discard them all")
        self.close_button.clicked.connect(self.discarded)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        for widget in (self.progress, self.stop, self.more, self.take, self.close_button):
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
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 10, 16, 2)
        self.column.setSpacing(6)
        self.column.addLayout(head)
        self.column.addWidget(self._area)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda *_: self._on_chosen())
        self.set_running(False)
        self.hide()

    @property
    def chosen(self) -> int | None:
        """Number of the chosen picture, from 0."""
        return next((i for i, card in enumerate(self.cards) if card.isChecked()), None)

    def show_words(self, title: str, note: str = "") -> None:
        self.title.setText(title)
        self.note.setText(note)

    def set_pictures(self, images: Sequence[QImage], tips: Sequence[str]) -> None:
        """Show these; those that were there already keep their place and choice."""
        kept = len(self._images)
        if [i.cacheKey() for i in images[:kept]] != [i.cacheKey() for i in self._images]:
            kept = 0
        for card in self.cards[kept:]:
            self._group.removeButton(card)
            card.setParent(None)
            card.deleteLater()
        self.cards = self.cards[:kept]
        while self._row.count() > kept:
            self._row.takeAt(self._row.count() - 1)
        self._images = list(images)
        for image, tip in zip(images[kept:], tips[kept:], strict=True):
            self._add_card(image, tip)
        self._row.addStretch(1)
        self._area.setVisible(bool(images))
        self.column.setContentsMargins(16, 10, 16, 2 if images else 10)
        self._on_chosen()

    def _add_card(self, image: QImage, tip: str) -> None:
        picture = card_picture(image, colours=self._colours, ratio=self.devicePixelRatioF())
        card = Card(picture, len(self.cards) + 1, self._colours)
        card.setAccessibleName(f"Variation {len(self.cards) + 1}")
        card.setToolTip(tip)
        card.taken.connect(self._take)
        self._group.addButton(card)
        self._row.addWidget(card)
        self.cards.append(card)

    def choose(self, index: int, *, focus: bool = True) -> None:
        if 0 <= index < len(self.cards):
            self.cards[index].setChecked(True)
            if focus:
                self.cards[index].setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(self.cards[index])

    def set_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.stop.setVisible(running)
        for widget in (self.more, self.take):
            widget.setVisible(not running)
        # While it runs, cancelling is what closes the strip.
        self.close_button.setVisible(not running)

    def set_progress(self, stage: str, step: int, total: int) -> None:
        self.note.setText(stage or "Starting")
        self.progress.setRange(0, total)
        self.progress.setValue(step)

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        ratio = self.devicePixelRatioF()
        for card, image in zip(self.cards, self._images, strict=True):
            card.show_picture(card_picture(image, colours=colours, ratio=ratio), colours)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.cards:
            now = next((i for i, c in enumerate(self.cards) if c.hasFocus()), -1)
            self.choose(min(max(now + step, 0), len(self.cards) - 1))
        elif event.key() == Qt.Key.Key_Escape:
            self.discarded.emit()
        else:
            super().keyPressEvent(event)

    def _on_chosen(self) -> None:
        self.take.setEnabled(self.chosen is not None)
        self.chosen_changed.emit()

    def _take(self) -> None:
        if self.chosen is not None and not self.take.isHidden():
            self.taken.emit()
