"""The strip of suggestions: see each on the scene, try it on the canvas, take one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.canvas import overlay
from app.canvas.colours import label_colour
from app.canvas.scene import Pending, paint_layers
from app.canvas.viewport import Viewport
from app.panels.cards import CARD, CardStrip, close_up
from app.suggesting import Offer
from app.theme import LIGHT, Colours
from engine.layout.layout import Layout


def shortened(label: str, most: int = 32) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _left_out(offers: Sequence[Offer]) -> tuple[str, ...]:
    """Why there are fewer than were asked for."""
    results = {id(offer.result): offer.result for offer in offers}.values()
    alike = sum(s.duplicate_of is not None for result in results for s in result.suggestions)
    if not alike:
        return ()
    return (f"{alike} more {'was' if alike == 1 else 'were'} nearly the same.",)


def thumbnail(offer: Offer, layout: Layout, *, ratio: float, colours: Colours) -> QPixmap:
    """The suggestion on the scene, as a card shows it."""
    mask = offer.suggestion.mask
    seen = close_up(mask.box, layout.canvas)
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


class SuggestionStrip(CardStrip):
    """Shown while there is something to choose from."""

    previewed = Signal(object)
    applied = Signal(object)

    def __init__(self) -> None:
        super().__init__(take="Add", discard="Discard the suggestions")
        self._offers: tuple[Offer, ...] = ()
        self.more.setToolTip("More suggestions of the same kind")
        self.take.clicked.connect(lambda: self._apply(self.chosen))

    @property
    def offers(self) -> tuple[Offer, ...]:
        return self._offers

    @property
    def chosen(self) -> Offer | None:
        index = self.chosen_index
        return None if index is None else self._offers[index]

    def set_offers(
        self, offers: Sequence[Offer], layout: Layout, *, notes: Sequence[str], colours: Colours
    ) -> None:
        """Show the offers; those that were there already keep their place and choice."""
        goes_on = tuple(offers[: len(self._offers)]) == self._offers
        kept = len(self._offers) if goes_on else 0
        self.keep_cards(kept)
        self._offers, self._colours = tuple(offers), colours
        for offer in self._offers[kept:]:
            self._add_card(offer, layout)
        self.end_cards()
        label = offers[0].result.request.label if offers else ""
        many = "1 suggestion" if len(offers) == 1 else f"{len(offers)} suggestions"
        self.title.setText(f"{shortened(label)}: {many}" if offers else "")
        self.note.setText("   ".join((*notes, *_left_out(offers))))
        self.setVisible(bool(offers))
        self.show_chosen()

    def _add_card(self, offer: Offer, layout: Layout) -> None:
        ratio = self.devicePixelRatioF()
        card = self.add_card(thumbnail(offer, layout, ratio=ratio, colours=self._colours))
        card.hovered.connect(lambda on, o=offer: self.previewed.emit(o if on else self.chosen))
        card.taken.connect(lambda o=offer: self._apply(o))

    def refresh(self, layout: Layout, colours: Colours) -> None:
        """Paint the cards again, for another layout or theme."""
        self._colours = colours
        for card, offer in zip(self.cards, self._offers, strict=True):
            picture = thumbnail(offer, layout, ratio=self.devicePixelRatioF(), colours=colours)
            card.show_picture(picture, colours)

    def set_swaps(self, swaps: bool) -> None:
        """Whether taking another one replaces the layer that was just added."""
        self.take.setText("Use this one" if swaps else "Add")

    def set_busy(self, busy: bool) -> None:
        self.more.setEnabled(not busy)

    def escape(self) -> None:
        self.unchoose() if self.chosen is not None else self.discarded.emit()

    def show_chosen(self) -> None:
        super().show_chosen()
        self.previewed.emit(self.chosen)

    def _apply(self, offer: Offer | None) -> None:
        if offer is not None:
            self.applied.emit(offer)
