"""All that makes or takes pictures, put together for the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.actions import Actions
from app.canvas.place_tools import ClickTool
from app.canvas.view import CanvasView
from app.engine_bridge import EngineBridge
from app.files import Files
from app.panels.add_object import AddObjectBar, Wish
from app.panels.toast import Toast
from app.render import making
from app.render.clicking import Clicking, said_behind
from app.render.importing import Importing
from app.render.inserting import Inserting
from app.render.offering import Offering, Wanted
from app.render.rendering import Rendering
from app.session import Session
from app.state import Selection
from app.theme import Colours
from engine.click2mask.request import ClickRequest, in_front_of
from engine.layout.document import Change, Document
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.render.request import InsertRequest, RenderRequest
from engine.smartmask.placing import place_index

NO_PIXELS = np.zeros((0, 0, 3), np.uint8)
MOST_RESULTS = 4
"""Of a click: each takes long."""


class PictureRoom(QObject):
    """Keeps the middle of the window: canvas, a picture in large, or a photo with its object.

    Signals:
        begun(): An insertion was asked for; suggestions should make room.
        taken(str): Id of the layer that an insertion was taken over as.
    """

    begun = Signal()
    taken = Signal(str)

    def __init__(
        self,
        window: QWidget,
        *,
        session: Session,
        document: Document,
        selection: Selection,
        actions: Actions,
        bridge: EngineBridge,
        canvas: CanvasView,
        bar: AddObjectBar,
        files: Files,
        preset: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._document, self._selection, self._actions = document, selection, actions
        self._canvas, self._bar, self._files, self._preset = canvas, bar, files, preset
        self.middle = QStackedWidget()
        self.toast = Toast(self.middle)
        self.rendering = Rendering(
            window,
            session=session,
            document=document,
            actions=actions,
            bridge=bridge,
            toast=lambda: self.toast,
            folder=files.folder,
        )
        aside = self.rendering.aside
        self.inserting = Inserting(
            window, bridge=bridge, document=document, aside=aside, toast=lambda: self.toast
        )
        self.clicking = Clicking(
            window, bridge=bridge, document=document, aside=aside, toast=lambda: self.toast
        )
        self.offerings: tuple[Offering, ...] = (self.inserting, self.clicking)
        self.importing = Importing(
            window,
            session=session,
            files=files,
            bridge=bridge,
            aside=aside,
            toast=lambda: self.toast,
            pack=self._pack,
        )
        stages = (offering.stage for offering in self.offerings)
        for widget in (canvas, self.rendering.viewer, *stages):
            self.middle.addWidget(widget)
        self.strips = (*(offering.strip for offering in self.offerings), self.importing.strip)
        self._connect()
        document.changed.connect(self._on_change)
        self._show_photo()

    def _connect(self) -> None:
        self.rendering.viewing_changed.connect(lambda _: self._show_middle())
        self.rendering.panel.left.connect(self._canvas.setFocus)
        for offering in self.offerings:
            offering.looking_changed.connect(lambda on, o=offering: self._look(o, on))
            offering.taken.connect(self.taken)
        self.clicking.ended.connect(self._forget_clicks)
        self._canvas.clicked.connect(self._on_click)
        self._actions.connect("insert", self.insert)
        for name, handler in self.importing.handlers().items():
            self._actions.connect(name, handler)
        self._bar.insert_wanted.connect(self._actions["insert"].trigger)

    # The middle of the window

    _looking: Offering | None = None
    _asked = 0
    """Clicks that were to make something grow; what an earlier one asked for is dropped."""

    def _look(self, offering: Offering, on: bool) -> None:
        if on or self._looking is offering:
            self._looking = offering if on else None
            self._show_middle()

    def _show_middle(self) -> None:
        wanted: QWidget = self._canvas
        if self._looking is not None:
            wanted = self._looking.stage
        elif self.rendering.is_viewing:
            wanted = self.rendering.viewer
        if self.middle.currentWidget() is not wanted:
            focused = self._focus_is_inside()
            self.middle.setCurrentWidget(wanted)
            self.toast.raise_()
            if focused:
                wanted.setFocus()

    def _focus_is_inside(self) -> bool:
        focus = self.middle.window().focusWidget()
        return focus is not None and self.middle.isAncestorOf(focus)

    def show_canvas(self) -> None:
        """What the user does next, they do on the canvas."""
        self.rendering.close_viewer()
        for offering in self.offerings:
            offering.look_away()

    def discard(self) -> None:
        """Let go what is offered for the photo, and what was asked for."""
        self._asked += 1
        for offering in self.offerings:
            offering.discard()

    # The document

    def set_document(self, document: Document) -> None:
        self._document.changed.disconnect(self._on_change)
        self._document = document
        document.changed.connect(self._on_change)
        self.importing.cancel()
        for offering in self.offerings:
            offering.set_document(document)
        self.rendering.set_document(document)
        self._show_photo()

    def release_document(self) -> None:
        self._document.changed.disconnect(self._on_change)
        self.rendering.release_document()

    def again(self, job: int) -> None:
        """Ask once more for what this job was to do."""
        for part in (self.rendering, *self.offerings, self.importing):
            if part.drawing.again(job):
                return
        self.toast.hint("Less memory is used from now on. Try again.")

    def asked(self, job: int) -> object:
        """The request of a job, None if it was not the last one of its kind here."""
        parts = (self.rendering, *self.offerings, self.importing)
        return next((r for x in parts if (r := x.drawing.request_of(job)) is not None), None)

    def cancel(self) -> None:
        """Stop what runs; the window is closing."""
        self.rendering.drawing.cancel()
        self.discard()
        self.importing.cancel()

    def _on_change(self, change: Change) -> None:
        if "background" in change.fields:
            self._show_photo()

    def _show_photo(self) -> None:
        there = self._document.layout.background is not None
        self._bar.set_photo(there)
        self._actions["photo_layers"].setEnabled(there)

    def set_colours(self, colours: Colours) -> None:
        self.rendering.panel.set_colours(colours)
        self.rendering.viewer.set_colours(colours)
        for offering in self.offerings:
            offering.stage.colours = colours
        self.toast.set_colours(colours)
        for strip in self.strips:
            strip.set_colours(colours)

    def _pack(self) -> str:
        return self.rendering.panel.form.pack.currentData() or "lite"

    # Inserting

    def insert(self) -> None:
        """Put what the bar names, or else the selected layer, into the photo."""
        layout = self._document.layout
        background = layout.background
        if background is None:
            self._ask_for_photo()
            return
        chosen = self._one_layer()
        named = bool(self._bar.what.text().strip())
        if not named and chosen is None:
            self.toast.hint("Say what to insert, or select the layer that should become real.")
            self._bar.what.setFocus()
            return
        wish = self._bar.wish()
        form = self.rendering.panel.form
        base = form.settings(layout)
        request = InsertRequest(
            photo=NO_PIXELS,
            label=wish.label,
            layout=layout if layout.layers else None,
            guidance=self._canvas.guidance,
            caption=layout.caption,
            negative=base.negative,
            style=base.style,
            count=wish.count,
            seed=wish.seed,
            behind=wish.behind,
            steps=base.steps,
            scale=base.guidance,
            control_scale=base.control_scale,
            pack=base.pack,
        )
        replaces = None
        if not named and chosen is not None:
            request = for_layer(request, layout, chosen)
            replaces = chosen.id
        self._begin(
            self.inserting,
            Wanted(
                request=request,
                label=request.label,
                background=background,
                behind=request.behind,
                replaces=replaces,
            ),
        )

    def _begin(self, offering: Offering, wanted: Wanted) -> None:
        self.begun.emit()
        self.rendering.close_viewer()
        for other in self.offerings:
            if other is not offering:
                other.discard()
        offering.ask(wanted)

    def _ask_for_photo(self) -> None:
        self.toast.offer(
            "An object goes into a photo: put one under the layers first.",
            "Open a photo…",
            self._files.open_photo,
        )

    # Clicking

    def _on_click(self, last: bool) -> None:
        """A place on the photo was shown; with words to go with it, the object grows there."""
        if self._document.layout.background is None:
            self._forget_clicks()
            self._ask_for_photo()
        elif last and self._bar.what.text().strip():
            self.grow(self._bar.wish())
        elif last:
            self.toast.hint("Say what shall appear there, then press Enter.")
            self._bar.what.setFocus()

    def _forget_clicks(self) -> None:
        tool = self._canvas.tool
        if isinstance(tool, ClickTool):
            tool.forget()

    def takes(self, wish: Wish) -> bool:
        """Whether what the bar asks for is for the click tool; it is begun then."""
        tool = self._canvas.tool
        if not isinstance(tool, ClickTool):
            return False
        if tool.clicks:
            self.grow(wish)
        else:
            self.toast.hint("Now click on the photo where it shall appear.")
            self._canvas.setFocus()
        return True

    def grow(self, wish: Wish) -> None:
        """Have it grow where was clicked, behind what the words or the bar say."""
        tool, document = self._canvas.tool, self._document
        if not isinstance(tool, ClickTool) or document.layout.background is None:
            return
        clicks, layout = tool.clicks, document.layout
        self._asked += 1
        asked = self._asked

        def work() -> str | None:
            # Reading the words loads lists of them, which the window does not wait for.
            return wish.behind or said_behind(wish.label, layout, clicks=clicks)

        def done(behind: str | None) -> None:
            if asked == self._asked and document is self._document and tool.clicks:
                self._grow(wish, layout, clicks, behind=behind)

        self.rendering.aside.run(work, done, self.toast.error)

    def _grow(
        self,
        wish: Wish,
        layout: Layout,
        clicks: tuple[tuple[int, int], ...],
        *,
        behind: str | None,
    ) -> None:
        background = layout.background
        assert background is not None
        request = ClickRequest(
            photo=NO_PIXELS,
            clicks=clicks,
            prompt=wish.label,
            count=min(wish.count, MOST_RESULTS),
            seed=wish.seed,
            preset=self._preset(),
            pack=self._pack(),
            in_front=in_front_of(layout, place_index(layout, behind)),
        )
        wanted = Wanted(request=request, label=wish.label, background=background, behind=behind)
        self._begin(self.clicking, wanted)
        tool = self._canvas.tool
        if isinstance(tool, ClickTool):
            tool.clicks = clicks

    def _one_layer(self) -> Layer | None:
        ids = self._selection.ids
        return self._document.layout.layer(ids[0]) if len(ids) == 1 else None

    # Dropped files

    def take_picture(self, path: Path) -> None:
        """A dropped picture: its request where it holds one of ours, else it is a photo."""

        def work() -> RenderRequest | None:
            return making.request_of(path.read_bytes()) if path.suffix.lower() == ".png" else None

        def done(request: RenderRequest | None) -> None:
            if request is None:
                self._files.use_photo(path)
            else:
                self.rendering.keeping.show_request(request)

        self.rendering.aside.run(work, done, self.toast.error)


def for_layer(request: InsertRequest, layout: Layout, layer: Layer) -> InsertRequest:
    """The request for the object that a layer shows, in its place and depth."""
    index = layout.index(layer.id)
    others = tuple(x for x in layout.layers if x.id != layer.id)
    nearer = layout.layers[index + 1].id if index + 1 < len(layout.layers) else None
    words = f"{layer.label}, {layer.prompt}" if layer.prompt else layer.label
    return replace(
        request,
        label=words[:200],
        mask=layer.mask.clipped(layout.canvas),
        layout=layout.with_layers(others) if others else None,
        behind=nearer,
    )
