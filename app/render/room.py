"""All that makes or takes pictures, put together for the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.actions import Actions
from app.canvas.view import CanvasView
from app.engine_bridge import EngineBridge
from app.files import Files
from app.panels.add_object import AddObjectBar
from app.panels.toast import Toast
from app.render import making
from app.render.importing import Importing
from app.render.inserting import Inserting, Wanted
from app.render.rendering import Rendering
from app.session import Session
from app.state import Selection
from app.theme import Colours
from engine.layout.document import Change, Document
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.render.request import InsertRequest, RenderRequest

NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


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
    ) -> None:
        super().__init__(window)
        self._document, self._selection, self._actions = document, selection, actions
        self._canvas, self._bar, self._files = canvas, bar, files
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
        self.importing = Importing(
            window,
            session=session,
            files=files,
            bridge=bridge,
            aside=aside,
            toast=lambda: self.toast,
            pack=self._pack,
        )
        for widget in (canvas, self.rendering.viewer, self.inserting.stage):
            self.middle.addWidget(widget)
        self.strips = (self.inserting.strip, self.importing.strip)
        self._connect()
        document.changed.connect(self._on_change)
        self._show_photo()

    def _connect(self) -> None:
        self.rendering.viewing_changed.connect(lambda _: self._show_middle())
        self.rendering.panel.left.connect(self._canvas.setFocus)
        self.inserting.looking_changed.connect(self._look)
        self.inserting.taken.connect(self.taken)
        self._actions.connect("insert", self.insert)
        for name, handler in self.importing.handlers().items():
            self._actions.connect(name, handler)
        self._bar.insert_wanted.connect(self._actions["insert"].trigger)

    # The middle of the window

    _looking = False

    def _look(self, on: bool) -> None:
        self._looking = on
        self._show_middle()

    def _show_middle(self) -> None:
        rendering, inserting = self.rendering, self.inserting
        wanted = (
            inserting.stage
            if self._looking
            else rendering.viewer
            if rendering.is_viewing
            else self._canvas
        )
        if self.middle.currentWidget() is not wanted:
            had = self.middle.currentWidget()
            focused = had is not None and (had.hasFocus() or had.isAncestorOf(_focus(had)))
            self.middle.setCurrentWidget(wanted)
            self.toast.raise_()
            if focused:
                wanted.setFocus()

    def show_canvas(self) -> None:
        """What the user does next, they do on the canvas."""
        self.rendering.close_viewer()
        self.inserting.look_away()

    # The document

    def set_document(self, document: Document) -> None:
        self._document.changed.disconnect(self._on_change)
        self._document = document
        document.changed.connect(self._on_change)
        self.importing.cancel()
        self.inserting.set_document(document)
        self.rendering.set_document(document)
        self._show_photo()

    def release_document(self) -> None:
        self._document.changed.disconnect(self._on_change)
        self.rendering.release_document()

    def again(self, job: int) -> None:
        """Ask once more for what this job was to do."""
        for part in (self.rendering, self.inserting, self.importing):
            if part.drawing.again(job):
                return
        self.toast.hint("Less memory is used from now on. Try again.")

    def cancel(self) -> None:
        """Stop what runs; the window is closing."""
        self.rendering.drawing.cancel()
        self.inserting.discard()
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
        self.inserting.stage.colours = colours
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
            self.toast.offer(
                "An object goes into a photo: put one under the layers first.",
                "Open a photo…",
                self._files.open_photo,
            )
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
        self.begun.emit()
        self.rendering.close_viewer()
        self.inserting.ask(Wanted(request=request, background=background, replaces=replaces))

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
                self.rendering.show_request(request)

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


def _focus(widget: QWidget) -> QWidget | None:
    return widget.window().focusWidget()
