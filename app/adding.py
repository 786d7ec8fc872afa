"""From a wish in the bar to a layer: asks for suggestions and shows them until one is taken."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.panels.add_object import Wish
from app.panels.toast import Toast
from app.parts import Parts
from app.plan.planning import Planning
from app.render.room import PictureRoom
from app.state import Selection
from app.trying import Trying
from engine.errors import ScenewrightError
from engine.layout.guidance import Guidance
from engine.smartmask.repeat import fresh_request, request_again
from engine.smartmask.request import AS_THE_PACK, SuggestRequest


class Adding(QObject):
    """New objects, and other masks for those that SmartMask drew.

    Signals:
        added(): A layer was made, or drawn again.
    """

    added = Signal()

    def __init__(
        self,
        parts: Parts,
        *,
        selection: Selection,
        pictures: PictureRoom,
        plan: Planning,
        toast: Toast,
    ) -> None:
        super().__init__(parts.window)
        self._parts, self._suggesting, self._session = parts, parts.suggesting, parts.session
        self._selection, self._pictures, self._plan = selection, pictures, plan
        self._toast, self._trying = toast, Trying(parts)
        suggesting, strip, bar, actions = parts.suggesting, parts.strip, parts.bar, parts.actions
        for name, handler in {
            "more": lambda: suggesting.more(self._session.document.layout),
            "discard": suggesting.discard,
            "redraw": self.redraw,
            "redraw_same": lambda: self.redraw(same=True),
        }.items():
            actions.connect(name, handler)
        bar.asked.connect(self.suggest)
        bar.cancelled.connect(suggesting.cancel)
        suggesting.running_changed.connect(bar.set_running)
        suggesting.running_changed.connect(strip.set_busy)
        suggesting.progressed.connect(bar.set_progress)
        suggesting.offers_changed.connect(self._trying.show)
        suggesting.failed.connect(toast.error)
        suggesting.told.connect(toast.hint)
        self._trying.applied.connect(self._after)
        self._trying.failed.connect(toast.error)
        strip.more_wanted.connect(actions["more"].trigger)
        strip.discarded.connect(suggesting.discard)

    def suggest(self, wish: Wish) -> None:
        if self._pictures.takes(wish):
            return
        self._ask(
            SuggestRequest(
                layout=self._session.document.layout,
                label=wish.label,
                guidance=self._parts.canvas.guidance,
                count=wish.count,
                among=AS_THE_PACK,
                seed=wish.seed,
                style=wish.style,
                behind=wish.behind,
            )
        )

    def redraw(self, *, same: bool = False) -> None:
        """Suggest other masks for the selected layer, or the very one that it was drawn with."""
        layer_id = self._selection.current
        if layer_id is None:
            return
        try:
            make = request_again if same else fresh_request
            request = make(self._session.document.layout, layer_id)
        except ScenewrightError as error:
            self._toast.error(str(error))
        else:
            self._ask(request, redraws=layer_id)

    def _ask(self, request: SuggestRequest, *, redraws: str | None = None) -> None:
        self._pictures.show_canvas()
        self._pictures.discard()
        try:
            self._suggesting.ask(request, redraws=redraws)
        except ScenewrightError as error:
            self._toast.error(str(error))
            return
        if self._plan.designing.is_running:
            words = "A design is running. Suggestions come after it: wait or pause it."
            self._toast.hint(words)

    def show_swaps(self) -> None:
        """Whether taking another suggestion replaces a layer."""
        self._trying.show_swaps()

    def _after(self, layer_id: str) -> None:
        self._selection.set([layer_id])
        self.show_swaps()
        if self._suggesting.redraws is None:
            self._parts.canvas.give_guidance(Guidance.free())
            self._parts.bar.clear_wish()
        self.added.emit()
