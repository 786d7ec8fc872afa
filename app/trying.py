"""Suggestions tried on the canvas: the strip shows them, one is previewed, one becomes a layer."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.canvas.colours import label_colour
from app.canvas.scene import NOTHING_PENDING, Pending
from app.parts import Parts
from app.suggesting import Offer
from engine.errors import ScenewrightError


class Trying(QObject):
    """Hovering or choosing a card previews it; taking one adds it as one undo step.

    Signals:
        applied(str): Id of the layer that a suggestion became.
        failed(str): Why it did not.
    """

    applied = Signal(str)
    failed = Signal(str)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts, self._suggesting, self._strip = parts, parts.suggesting, parts.strip
        self._canvas, self._session = parts.canvas, parts.session
        parts.strip.previewed.connect(self._preview)
        parts.strip.applied.connect(self._apply)

    def show(self) -> None:
        """Fill the strip with what is offered now."""
        offers, strip = self._suggesting.offers, self._strip
        fresh = offers and not (set(map(id, offers)) & set(map(id, strip.offers)))
        strip.set_offers(
            offers,
            self._session.document.layout,
            notes=self._suggesting.notes,
            colours=self._parts.theme.colours,
        )
        self.show_swaps()
        for name in ("more", "discard"):
            self._parts.actions[name].setEnabled(bool(offers))
        if fresh:
            # Who types on, perhaps the next object already, keeps the keyboard.
            what = self._parts.bar.what
            typing = what.hasFocus() and " ".join(what.text().split()) != self._suggesting.label
            strip.choose(0, focus=not typing)

    def show_swaps(self) -> None:
        """Whether taking another one replaces the layer that was just added."""
        self._strip.set_swaps(self._suggesting.replaceable(self._session.document) is not None)

    def _preview(self, offer: Offer | None) -> None:
        if offer is None:
            self._canvas.set_pending(NOTHING_PENDING)
            return
        layout = self._session.document.layout
        replaced = self._suggesting.replaceable(self._session.document)
        if replaced is not None and layout.layer(replaced).mask == offer.suggestion.mask:
            self._canvas.set_pending(NOTHING_PENDING)
            return
        self._canvas.set_pending(
            Pending(
                preview=offer.suggestion.mask,
                preview_index=offer.index(layout),
                preview_colour=label_colour(offer.result.request.label, offer.result.ade_class),
                replaces=replaced,
            )
        )

    def _apply(self, offer: Offer) -> None:
        self._canvas.set_pending(NOTHING_PENDING)
        try:
            layer_id = self._suggesting.apply(offer, self._session.document)
        except ScenewrightError as error:
            self.failed.emit(str(error))
        else:
            self.applied.emit(layer_id)
