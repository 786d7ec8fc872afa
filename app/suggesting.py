"""From "what and where" to a layer: asking the engine, keeping its suggestions, applying one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from app.engine_bridge import EngineBridge
from engine.errors import ScenewrightError
from engine.jobs.context import JobState, Message
from engine.layout.commands import AddLayer, Command, EditMask
from engine.layout.document import Document
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.smartmask.placing import layer_of, redrawn
from engine.smartmask.request import (
    Suggestion,
    SuggestRequest,
    SuggestResult,
    check_request,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion in the strip, with the result it came in."""

    suggestion: Suggestion
    result: SuggestResult

    def layer(self) -> Layer:
        return layer_of(self.result, self.suggestion)

    def index(self, layout: Layout) -> int:
        """Depth at which it goes into the layout; in front if what it hides behind is gone."""
        depths = {layer.id: depth for depth, layer in enumerate(layout.layers)}
        return depths.get(self.result.request.behind or "", len(layout.layers))


@dataclass(frozen=True, slots=True)
class _Applied:
    layer_id: str
    after: int


class Suggesting(QObject):
    """One conversation at a time: the running job, the offers so far, what was applied.

    It is about a new layer, or about another mask for one that is there (`redraws`, its id).
    """

    running_changed = Signal(bool)
    progressed = Signal(str, int, int)
    offers_changed = Signal()
    failed = Signal(str)
    told = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        self._adds = False
        self._last: SuggestRequest | None = None
        self._applied: _Applied | None = None
        self.redraws: str | None = None
        self.offers: tuple[Offer, ...] = ()
        self.notes: tuple[str, ...] = ()
        bridge.message.connect(self._on_message)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    @property
    def label(self) -> str:
        return self._last.label if self._last is not None else ""

    def ask(self, request: SuggestRequest, *, redraws: str | None = None) -> None:
        """Send a request; one that still runs is cancelled. Raises InputError for bad input."""
        request = check_request(request)
        self.redraws = redraws
        self._send(request, adds=False)

    def more(self, layout: Layout) -> None:
        """Further samples of the last request, drawn with the seeds that come next."""
        if self._last is None:
            return
        known = any(layer.id == self._last.behind for layer in layout.layers)
        behind = self._last.behind if known else None
        seed = self._last.seed + self._last.drawn
        # The object itself may lie on the canvas already: it must not see its own earlier shape.
        own = self._applied.layer_id if self._applied and self.redraws is None else ""
        others = tuple(layer for layer in layout.layers if layer.id != own)
        seen = layout.with_layers(others)
        self._send(replace(self._last, layout=seen, behind=behind, seed=seed), adds=True)

    def _send(self, request: SuggestRequest, *, adds: bool) -> None:
        self.cancel()
        self._job = self._bridge.submit(request)
        self._adds, self._last = adds, request
        if not adds:
            self._set_offers((), ())
            self._applied = None
        self.running_changed.emit(True)
        self.progressed.emit("", 0, 0)

    def cancel(self) -> None:
        """Stop the running job; what was offered before stays."""
        if self._job is not None:
            self._bridge.cancel(self._job)
            self._end()

    def discard(self) -> None:
        """Forget the offers."""
        self.cancel()
        self._applied = self.redraws = None
        self._set_offers((), ())

    def _end(self) -> None:
        self._job = None
        self.running_changed.emit(False)

    def _set_offers(self, offers: tuple[Offer, ...], notes: tuple[str, ...]) -> None:
        self.offers, self.notes = offers, notes
        self.offers_changed.emit()

    def _on_message(self, message: Message) -> None:
        if message.job != self._job:
            return
        if not message.is_final:
            self.progressed.emit(message.stage, message.step, message.total)
            return
        self._end()
        if message.state is JobState.DONE:
            self._take(message.result)
        elif message.state is JobState.FAILED:
            self.failed.emit(str(message.error))

    def _take(self, result: SuggestResult) -> None:
        # As it was drawn: the seeds of further samples come after all that were.
        self._last = result.request
        new = tuple(Offer(suggestion, result) for suggestion in result.shown)
        if not new:
            words = "No usable shape came out. Try again, or say differently where it should be."
            self.told.emit(words)
        offers = (*self.offers, *new) if self._adds else new
        self._set_offers(offers, tuple(dict.fromkeys((*self.notes, *result.notes))))

    def replaceable(self, document: Document) -> str | None:
        """Id of the layer whose mask an offer takes the place of; None where it becomes a new one.

        That is the one to be drawn again, or the one applied last if nothing was edited since.
        """
        return self._redrawn(document.layout) or self._just_applied(document)

    def _redrawn(self, layout: Layout) -> str | None:
        there = any(layer.id == self.redraws for layer in layout.layers)
        return self.redraws if there else None

    def _just_applied(self, document: Document) -> str | None:
        applied = self._applied
        fresh = applied is not None and document.revision == applied.after
        return applied.layer_id if applied and fresh else None

    def apply(self, offer: Offer, document: Document) -> str:
        """Make a layer, or another mask, of the offer as one undo step; returns the layer's id.

        Raises:
            InputError: The layer cannot be added or changed; the layout is as it was.
        """
        layer = offer.layer()
        old = self._just_applied(document)
        if old is not None:
            document.undo()
        target = self._redrawn(document.layout) or old
        layer = layer if target is None else replace(layer, id=target)
        try:
            done = document.do(self._command(offer, layer, document.layout))
        except ScenewrightError:
            if old is not None:
                document.redo()
            raise
        # The same mask again changes nothing, so there is nothing to take back for another one.
        self._applied = _Applied(layer.id, document.revision) if done else None
        return layer.id

    def _command(self, offer: Offer, layer: Layer, layout: Layout) -> Command:
        if self._redrawn(layout) is not None:
            origin = redrawn(layout.layer(layer.id), layer)
            return EditMask(layer.id, layer.mask, origin)
        return AddLayer(layer, offer.index(layout))
