"""Pictures with something new in the photo: asked for, compared, one taken over or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.aside import Aside
from app.engine_bridge import EngineBridge
from app.panels.suggestions import shortened
from app.panels.toast import Toast
from app.plan.commands import Place
from app.render.drawing import Drawing
from app.render.images import image_of, png_of
from app.render.strip import PictureStrip
from app.render.viewer import Pane, Stage
from engine.errors import ScenewrightError
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout
from engine.smartmask.placing import redrawn
from engine.smartmask.request import MAX_AMONG

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """What is to appear in the photo, as far as the window knows it.

    Attributes:
        request: Everything but the photo's pixels; has `photo`, `count` and `seed`.
        label: What it is.
        background: The photo, as the layout holds it.
        behind: Id of the layer that it goes behind; None puts it in front.
        replaces: Id of the layer that it stands for.
    """

    request: Any
    label: str
    background: Background
    behind: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """One picture to choose: the whole photo, where in it the new object is, and how that becomes
    a layer."""

    pixels: Pixels
    place: Box
    seed: int
    layer: Callable[[], Layer]
    """Called beside the window's thread."""
    score: float | None = None


def photo_of(background: Background, layout: Layout) -> Pixels:
    """The photo at the canvas' size, as the canvas shows it."""
    from engine.project.pictures import photo_pixels

    return np.asarray(photo_pixels(background.data, (layout.width, layout.height)), np.uint8)


def with_object(
    layout: Layout,
    layer: Layer,
    *,
    background: Background,
    behind: str | None,
    replaces: str | None,
) -> Layout:
    """The layout with the new picture under it and the object as a layer of it."""
    layers = list(layout.layers)
    depths = {other.id: depth for depth, other in enumerate(layers)}
    if replaces is not None and replaces in depths:
        layers[depths[replaces]] = _in_place_of(layout.layer(replaces), layer)
    else:
        layers.insert(depths.get(behind or "", len(layers)), layer)
    return replace(layout.with_layers(tuple(layers)), background=background)


def _in_place_of(old: Layer, new: Layer) -> Layer:
    """What the user gave the layer stays; where its pixels came from is new."""
    return replace(old, mask=new.mask, provenance=redrawn(old, new) or old.provenance)


class Offering(QObject):
    """One conversation at a time; discarded, it leaves nothing.

    Signals:
        looking_changed(bool): The picture should take the canvas' place, or give it back.
        taken(str): The id of the layer that an object was taken over as.
        ended(): Nothing is offered any more.
    """

    looking_changed = Signal(bool)
    taken = Signal(str)
    ended = Signal()
    verb = "Inserting"

    def __init__(
        self,
        window: QWidget,
        *,
        bridge: EngineBridge,
        document: Document,
        aside: Aside,
        toast: Callable[[], Toast],
        strip: PictureStrip | None = None,
    ) -> None:
        super().__init__(window)
        self._document, self._aside, self._toast = document, aside, toast
        self._wanted: Wanted | None = None
        self.offers: tuple[Offer, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._images: list[QImage] = []
        self._before: QImage | None = None
        self._preview: Pane | None = None
        self._adds = self._held = self._hidden = False
        self._round = 0
        self.drawing = Drawing(bridge, self)
        self.strip = strip or PictureStrip()
        self.stage = Stage()
        self.stage.setAccessibleName("The photo with the object")
        self._connect()

    def _connect(self) -> None:
        strip, drawing, stage = self.strip, self.drawing, self.stage
        strip.chosen_changed.connect(self._on_chosen)
        strip.taken.connect(self.take)
        strip.more_wanted.connect(self.more)
        strip.discarded.connect(self.discard)
        strip.cancelled.connect(self.cancel)
        stage.left.connect(self._leave_stage)
        stage.held.connect(self._hold)
        stage.stepped.connect(lambda step: strip.choose((strip.chosen or 0) + step, focus=False))
        drawing.running_changed.connect(strip.set_running)
        drawing.progressed.connect(strip.set_progress)
        drawing.previewed.connect(self._on_preview)
        drawing.done.connect(self._take_result)
        drawing.failed.connect(self._fail)

    # What a kind of offers knows by itself

    def offers_of(self, result: Any) -> tuple[Offer, ...]:
        raise NotImplementedError

    def pane_of(self, preview: Any) -> Pane | None:
        """How an early look is shown."""
        raise NotImplementedError

    def chosen_pane(self, index: int) -> Pane:
        return Pane("", image=self._images[index])

    # State

    @property
    def is_open(self) -> bool:
        return self._wanted is not None

    def set_document(self, document: Document) -> None:
        self.discard()
        self._document = document

    # Asking

    def ask(self, wanted: Wanted) -> None:
        """Begin with what is wanted; what was offered before is gone."""
        self.discard()
        self._wanted, self._adds, self._hidden = wanted, False, False
        self.strip.show_words(f"{self.verb} {shortened(wanted.label)}")
        self.strip.set_pictures((), (), ())
        self.strip.set_running(True)
        self.strip.set_progress("Reading the photo", 0, 0)
        self.strip.show()
        layout, turn = self._document.layout, self._round

        def done(photo: Pixels) -> None:
            if turn == self._round:
                self._before = image_of(photo)
                self.send(replace(wanted.request, photo=photo))

        def failed(text: str) -> None:
            if turn == self._round:
                self._fail(text)

        self._aside.run(lambda: photo_of(wanted.background, layout), done, failed)

    def more(self) -> None:
        """Further variations, with seeds that come after all that masks were chosen among."""
        if self._wanted is not None and not self.drawing.is_running:
            self._adds = True
            last = self._wanted.request
            self.send(replace(last, seed=last.seed + max(last.count, MAX_AMONG)))

    def send(self, request: Any) -> None:
        assert self._wanted is not None
        self._wanted = replace(self._wanted, request=request)
        self._hidden = False
        try:
            self.drawing.ask(request)
        except ScenewrightError as error:
            self._fail(str(error))

    def cancel(self) -> None:
        """Stop; what was offered before stays."""
        self._round += 1
        self.drawing.cancel()
        self._after_job()

    def discard(self) -> None:
        self._round += 1
        self.drawing.cancel()
        was_open = self.is_open
        self._wanted, self.offers, self._images, self._notes = None, (), [], ()
        self._before = self._preview = None
        self._held = False
        self.strip.set_pictures((), (), ())
        self.strip.hide()
        self.looking_changed.emit(False)
        if was_open:
            self.ended.emit()

    def _fail(self, text: str) -> None:
        self._toast().error(text)
        self._after_job()

    def _after_job(self) -> None:
        self._preview = None
        if self.offers:
            self.name_offers()
            self.show_look()
        else:
            self.discard()

    # Showing

    def look_away(self) -> None:
        """Show the canvas again; what was made so far stays in the strip."""
        self._hidden = True
        self.looking_changed.emit(False)

    def _leave_stage(self) -> None:
        """What took long to make is not lost by a key: the strip keeps it."""
        self.look_away()
        self.strip.setFocus()

    def _on_chosen(self) -> None:
        self._hidden = False
        self.name_offers()
        self.show_look()

    def _on_preview(self, preview: Any) -> None:
        self._preview = self.pane_of(preview) or self._preview
        self.show_look()

    def _take_result(self, result: Any) -> None:
        self._preview = None
        fresh = self.offers_of(result)
        old = self.offers if self._adds else ()
        images = self._images if self._adds else []
        self.offers = (*old, *fresh)
        self._images = [*images, *(image_of(offer.pixels) for offer in fresh)]
        self._notes = result.notes
        if not self.offers:
            words = "  ".join(result.notes)
            self._toast().hint(f"No usable picture came out. Try again, or elsewhere. {words}")
            self.discard()
            return
        tips = [f"Variation {o.seed}. Double click or Enter keeps it." for o in self.offers]
        self.strip.set_pictures(self._images, tips, [o.place for o in self.offers])
        self.strip.choose(len(old), focus=True)
        self.name_offers()
        self.show_look()

    def name_offers(self) -> None:
        if self._wanted is None or not self.offers or self.drawing.is_running:
            return
        count = len(self.offers)
        many = "1 variation" if count == 1 else f"{count} variations"
        label = shortened(self._wanted.label)
        hints: list[str] = list(self._notes)
        chosen = self.strip.chosen
        if chosen is not None and chosen < count and self.offers[chosen].score is not None:
            match = f"{self.offers[chosen].score:.2f} of 1"
            hints.insert(0, f"Number {chosen + 1} matches the words: {match}.")
        if not self._notes:
            hints.append("Hold Space on the picture to see the photo without it.")
        self.strip.show_words(f"{label}: {many}", "   ".join(hints))

    def _hold(self, on: bool) -> None:
        self._held = on
        self.show_look()

    def look(self) -> Pane | None:
        """What is to be seen: the live preview, or the chosen variation."""
        chosen = self.strip.chosen
        if self._preview is not None:
            return self._preview
        return None if chosen is None or chosen >= len(self._images) else self.chosen_pane(chosen)

    def show_look(self) -> None:
        pane = Pane("", image=self._before) if self._held else self.look()
        if pane is None or pane.image is None or not self.is_open or self._hidden:
            return
        size = self._before.size() if self._before is not None else QSize(pane.image.size())
        self.stage.show_panes((pane,), size)
        self.looking_changed.emit(True)

    # Taking over

    def take(self) -> None:
        """Make the chosen variation part of the project, as one undo step."""
        chosen, wanted = self.strip.chosen, self._wanted
        if chosen is None or wanted is None or self.drawing.is_running:
            return
        offer, turn = self.offers[chosen], self._round

        def work() -> tuple[bytes, Layer]:
            return png_of(offer.pixels), offer.layer()

        def done(made: tuple[bytes, Layer]) -> None:
            if turn == self._round:
                self._put(made[0], made[1], offer.pixels.shape, wanted)

        self._aside.run(work, done, self._toast().error)

    def _put(self, png: bytes, layer: Layer, shape: Sequence[int], wanted: Wanted) -> None:
        layout = self._document.layout
        same = layout.background is wanted.background
        if not same or (layout.height, layout.width) != tuple(shape[:2]):
            self._toast().error(
                "The photo or the canvas has changed since. Insert the object anew: this "
                "variation belongs to the photo as it was."
            )
            return
        stem = wanted.background.name.rpartition(".")[0] or wanted.background.name
        made = with_object(
            layout,
            layer,
            background=Background(data=png, format="png", name=f"{stem}.png" if stem else ""),
            behind=wanted.behind,
            replaces=wanted.replaces,
        )
        try:
            self._document.do(Place(made, f"Insert {shortened(layer.label, 40)}"))
        except ScenewrightError as error:
            self._toast().error(str(error))
            return
        known = {other.id for other in made.layers}
        self.discard()
        self.taken.emit(layer.id if layer.id in known else wanted.replaces)
