"""An object into the photo: asks the engine, shows the variations, takes one over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout
from engine.render.request import Insertion, InsertRequest, InsertResult, Picture

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """What is to be inserted, as far as the window knows it.

    Attributes:
        request: Everything but the photo's pixels.
        background: The photo, as the layout holds it.
        replaces: Id of the layer whose mask was given and that the insertion stands for.
    """

    request: InsertRequest
    background: Background
    replaces: str | None = None


def photo_of(background: Background, layout: Layout) -> Pixels:
    """The photo at the canvas' size, as the canvas shows it."""
    from engine.project.pictures import photo_pixels

    return np.asarray(photo_pixels(background.data, (layout.width, layout.height)), np.uint8)


def with_insertion(
    layout: Layout,
    insertion: Insertion,
    *,
    background: Background,
    behind: str | None,
    replaces: str | None,
) -> Layout:
    """The layout with the new picture under it and the object as a layer of it."""
    layers = list(layout.layers)
    depths = {layer.id: depth for depth, layer in enumerate(layers)}
    old = layout.layer(replaces) if replaces in depths else None
    if old is not None and replaces is not None:
        layers[depths[replaces]] = _in_place_of(old, insertion.layer)
    else:
        layers.insert(depths.get(behind or "", len(layers)), insertion.layer)
    return replace(layout.with_layers(tuple(layers)), background=background)


def _in_place_of(old: Layer, new: Layer) -> Layer:
    """What the user gave the layer stays; where its pixels came from is new."""
    return replace(old, mask=new.mask, provenance=new.provenance or old.provenance)


class Inserting(QObject):
    """One conversation at a time; discarded, it leaves nothing.

    Signals:
        looking_changed(bool): The picture should take the canvas' place, or give it back.
        taken(str): The id of the layer that an insertion was taken over as.
    """

    looking_changed = Signal(bool)
    taken = Signal(str)

    def __init__(
        self,
        window: QWidget,
        *,
        bridge: EngineBridge,
        document: Document,
        aside: Aside,
        toast: Callable[[], Toast],
    ) -> None:
        super().__init__(window)
        self._document, self._aside, self._toast = document, aside, toast
        self._wanted: Wanted | None = None
        self._insertions: tuple[Insertion, ...] = ()
        self._images: list[QImage] = []
        self._before: QImage | None = None
        self._preview: QImage | None = None
        self._adds = False
        self._held = False
        self._hidden = False
        self._round = 0
        self.drawing = Drawing(bridge, self)
        self.strip = PictureStrip()
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
        stage.left.connect(self.discard)
        stage.held.connect(self._hold)
        stage.stepped.connect(lambda step: strip.choose((strip.chosen or 0) + step, focus=False))
        drawing.running_changed.connect(strip.set_running)
        drawing.progressed.connect(strip.set_progress)
        drawing.previewed.connect(self._show_preview)
        drawing.done.connect(self._take_result)
        drawing.failed.connect(self._fail)

    @property
    def is_open(self) -> bool:
        return self._wanted is not None

    @property
    def offers(self) -> tuple[Insertion, ...]:
        return self._insertions

    def set_document(self, document: Document) -> None:
        self.discard()
        self._document = document

    # Asking

    def ask(self, wanted: Wanted) -> None:
        """Begin with what is wanted; what was offered before is gone."""
        self.discard()
        self._wanted, self._adds, self._hidden = wanted, False, False
        self.strip.show_words(f"Inserting {shortened(wanted.request.label)}")
        self.strip.set_pictures((), ())
        self.strip.set_running(True)
        self.strip.set_progress("Reading the photo", 0, 0)
        self.strip.show()
        layout, turn = self._document.layout, self._round

        def done(photo: Pixels) -> None:
            if turn == self._round:
                self._before = image_of(photo)
                self._send(replace(wanted.request, photo=photo))

        def failed(text: str) -> None:
            if turn == self._round:
                self._fail(text)

        self._aside.run(lambda: photo_of(wanted.background, layout), done, failed)

    def more(self) -> None:
        """Further variations, with the seeds that come next."""
        if self._wanted is not None and not self.drawing.is_running:
            self._adds = True
            last = self._wanted.request
            self._send(replace(last, seed=last.seed + last.count))

    def _send(self, request: InsertRequest) -> None:
        assert self._wanted is not None
        self._wanted = replace(self._wanted, request=request)
        try:
            self.drawing.ask(request)
        except ScenewrightError as error:
            self._fail(str(error))

    def cancel(self) -> None:
        """Stop; what was offered before stays."""
        self.drawing.cancel()
        self._after_job()

    def discard(self) -> None:
        self._round += 1
        self.drawing.cancel()
        self._wanted, self._insertions, self._images = None, (), []
        self._before = self._preview = None
        self._held = False
        self.strip.set_pictures((), ())
        self.strip.hide()
        self.looking_changed.emit(False)

    def _fail(self, text: str) -> None:
        self._toast().error(text)
        self._after_job()

    def _after_job(self) -> None:
        self._preview = None
        if self._insertions:
            self._name()
            self._show()
        else:
            self.discard()

    # Showing

    def look_away(self) -> None:
        """Show the canvas again; what was made so far stays in the strip."""
        self._hidden = True
        self.looking_changed.emit(False)

    def _on_chosen(self) -> None:
        self._hidden = False
        self._show()

    def _show_preview(self, preview: object) -> None:
        if isinstance(preview, Picture):
            self._preview = image_of(preview.pixels)
            self._show()

    def _take_result(self, result: InsertResult) -> None:
        self._preview = None
        old = self._insertions if self._adds else ()
        images = self._images if self._adds else []
        self._insertions = (*old, *result.insertions)
        self._images = [*images, *(image_of(i.picture.pixels) for i in result.insertions)]
        if not self._insertions:
            self._toast().hint("No usable picture came out. Try again, or another place.")
            self.discard()
            return
        tips = [
            f"Variation {i.picture.seed}. Double click or Enter keeps it." for i in self._insertions
        ]
        self.strip.set_pictures(self._images, tips)
        self._name(result.notes)
        self.strip.choose(len(old), focus=True)
        self._show()

    def _name(self, notes: Sequence[str] = ()) -> None:
        assert self._wanted is not None
        count = len(self._insertions)
        many = "1 variation" if count == 1 else f"{count} variations"
        hint = "Hold Space on the picture to see the photo without it."
        label = shortened(self._wanted.request.label)
        self.strip.show_words(f"{label}: {many}", "   ".join(notes) or hint)

    def _hold(self, on: bool) -> None:
        self._held = on
        self._show()

    def _show(self) -> None:
        """The live preview, the chosen variation, or the photo as it was while held."""
        chosen = self.strip.chosen
        image = self._preview
        if image is None and chosen is not None and chosen < len(self._images):
            image = self._images[chosen]
        if self._held:
            image = self._before
        if image is None or not self.is_open or self._hidden:
            return
        size = self._before.size() if self._before is not None else QSize(image.size())
        self.stage.show_panes((Pane("", image=image),), size)
        self.looking_changed.emit(True)

    # Taking over

    def take(self) -> None:
        """Make the chosen variation part of the project, as one undo step."""
        chosen, wanted = self.strip.chosen, self._wanted
        if chosen is None or wanted is None or self.drawing.is_running:
            return
        insertion, turn = self._insertions[chosen], self._round

        def done(png: bytes) -> None:
            if turn == self._round:
                self._put(insertion, wanted, png)

        self._aside.run(lambda: png_of(insertion.picture.pixels), done, self._toast().error)

    def _put(self, insertion: Insertion, wanted: Wanted, png: bytes) -> None:
        layout = self._document.layout
        height, width = insertion.picture.pixels.shape[:2]
        same = layout.background is wanted.background
        if not same or (layout.width, layout.height) != (width, height):
            self._toast().error(
                "The photo or the canvas has changed since. Insert the object anew: this "
                "variation belongs to the photo as it was."
            )
            return
        name = wanted.background.name.rpartition(".")[0] or wanted.background.name
        background = Background(data=png, format="png", name=f"{name}.png" if name else "")
        made = with_insertion(
            layout,
            insertion,
            background=background,
            behind=wanted.request.behind,
            replaces=wanted.replaces,
        )
        try:
            self._document.do(Place(made, f"Insert {shortened(insertion.layer.label, 40)}"))
        except ScenewrightError as error:
            self._toast().error(str(error))
            return
        known = {layer.id for layer in made.layers}
        self.discard()
        replaced = wanted.replaces if wanted.replaces in known else None
        self.taken.emit(replaced or insertion.layer.id)
