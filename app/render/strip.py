"""The strip of pictures to choose from: variations of an insertion, best first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QProgressBar, QPushButton

from app.panels.cards import CARD, CardStrip, close_up
from app.theme import Colours, named_icon
from engine.layout.geometry import Box


def card_picture(image: QImage, place: Box, *, colours: Colours, ratio: float) -> QPixmap:
    """What a card shows of a photo: the surroundings of what is new at `place`."""
    whole = Box(0, 0, image.width(), image.height())
    seen = close_up(place, whole)
    if seen != whole:
        image = image.copy(seen.x, seen.y, seen.width, seen.height)
    picture = QPixmap(CARD * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.desk))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    size = image.size().scaled(CARD, Qt.AspectRatioMode.KeepAspectRatio)
    spot = QRectF(0, 0, size.width(), size.height())
    spot.moveCenter(QRectF(0, 0, CARD.width(), CARD.height()).center())
    # A large photo is made small in good steps first: drawing it so alone would flicker.
    small = image.scaled(
        QSize(size) * ratio * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    painter.drawImage(spot, small if small.width() < image.width() else image)
    painter.end()
    return picture


class PictureStrip(CardStrip):
    """Shown while a job runs or there is something to choose from."""

    chosen_changed = Signal()
    taken = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(
            take="Keep this one", discard="Discard them all: the photo stays as it was"
        )
        self._images: list[QImage] = []
        self._places: list[Box] = []
        self.more.setToolTip("Further variations of the same")
        self.take.clicked.connect(self._take)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(140)
        self.stop = named_icon(QPushButton("Cancel"), "close")
        self.stop.clicked.connect(self.cancelled)
        at = self.head.indexOf(self.more)
        self.head.insertWidget(at, self.progress)
        self.head.insertWidget(at + 1, self.stop)
        self.set_running(False)

    @property
    def chosen(self) -> int | None:
        """Number of the chosen picture, from 0."""
        return self.chosen_index

    def show_words(self, title: str, note: str = "") -> None:
        self.title.setText(title)
        self.note.setText(note)

    def set_pictures(
        self, images: Sequence[QImage], tips: Sequence[str], places: Sequence[Box]
    ) -> None:
        """Show these; those that were there already keep their place and choice.

        Args:
            places: Where in each picture its new object is.
        """
        kept = len(self._images)
        if [i.cacheKey() for i in images[:kept]] != [i.cacheKey() for i in self._images]:
            kept = 0
        self.keep_cards(kept)
        self._images, self._places = list(images), list(places)
        for image, tip, place in zip(images[kept:], tips[kept:], places[kept:], strict=True):
            ratio = self.devicePixelRatioF()
            card = self.add_card(card_picture(image, place, colours=self._colours, ratio=ratio))
            card.setAccessibleName(f"Variation {len(self.cards)}")
            card.setToolTip(tip)
            card.taken.connect(self._take)
        self.end_cards()
        self._area.setVisible(bool(images))
        self.column.setContentsMargins(16, 10, 16, 2 if images else 10)
        self.show_chosen()

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
        for card, image, place in zip(self.cards, self._images, self._places, strict=True):
            card.show_picture(card_picture(image, place, colours=colours, ratio=ratio), colours)

    def show_chosen(self) -> None:
        super().show_chosen()
        self.chosen_changed.emit()

    def _take(self) -> None:
        if self.chosen is not None and not self.take.isHidden():
            self.taken.emit()
