"""Pictures of the layout in the window: the Render panel, the gallery and the large view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.aside import Aside
from app.engine_bridge import EngineBridge
from app.panels.toast import Toast
from app.render import making
from app.render.drawing import Drawing
from app.render.gallery import Gallery
from app.render.gallery_view import describe
from app.render.images import image_of
from app.render.keeping import Keeping
from app.render.panel import RenderPanel
from app.render.shots import Shot
from app.render.viewer import Pane, PictureViewer
from app.session import Session
from engine.errors import ScenewrightError
from engine.layout.document import Change, Document
from engine.render.request import Picture, RenderRequest, RenderResult

MOST_COMPARED = 4
PROMPT_DELAY = 200
"""Milliseconds after an edit before the layout's prompt is found anew."""
ONE_PICTURE = (
    "picture_beside",
    "picture_copy",
    "picture_background",
    "picture_again",
    "picture_layout",
)
ANY_PICTURES = ("picture_open", "picture_star", "picture_save", "picture_delete")


class Rendering(QObject):
    wanted = Signal()
    """The panel should be seen."""
    viewing_changed = Signal(bool)
    """The large view should take the canvas' place, or give it back."""

    def __init__(
        self,
        window: QWidget,
        *,
        session: Session,
        document: Document,
        actions: Actions,
        bridge: EngineBridge,
        toast: Callable[[], Toast],
        folder: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._document = document
        self._actions, self._toast = actions, toast
        self._requests: dict[str, RenderRequest | None] = {}
        self._viewing = False
        self.aside = Aside(self)
        self.gallery = Gallery(session, self)
        self.drawing = Drawing(bridge, self)
        self.panel = RenderPanel(self.gallery)
        self.viewer = PictureViewer(actions)
        self.keeping = Keeping(
            window,
            session=session,
            gallery=self.gallery,
            panel=self.panel,
            aside=self.aside,
            toast=toast,
            folder=folder,
            request_of=self._request,
        )
        self.keeping.used.connect(self.close_viewer)
        self.keeping.wanted.connect(self.wanted)
        self._prompt_timer = QTimer(self)
        self._prompt_timer.setSingleShot(True)
        self._prompt_timer.setInterval(PROMPT_DELAY)
        self._prompt_timer.timeout.connect(self._find_prompt)
        for name, handler in self._handlers().items():
            actions.connect(name, handler)
        self._connect()
        document.changed.connect(self._on_change)
        self._prompt_timer.start()
        self.show_enabled()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "render": self.render,
            "render_cancel": self.drawing.cancel,
            "render_show": self._show_panel,
            "picture_open": self.view_chosen,
            **self.keeping.handlers(),
        }

    def _connect(self) -> None:
        panel, drawing, a = self.panel, self.drawing, self._actions
        panel.render_wanted.connect(a["render"].trigger)
        panel.cancel_wanted.connect(a["render_cancel"].trigger)
        panel.list.shown.connect(lambda _: self.view_chosen())
        panel.list.chosen_changed.connect(self._on_chosen)
        panel.list.star_wanted.connect(lambda i: self.gallery.toggle_star((i,)))
        panel.list.delete_wanted.connect(a["picture_delete"].trigger)
        panel.list.copy_wanted.connect(a["picture_copy"].trigger)
        stage = self.viewer.stage
        self.viewer.closed.connect(self.close_viewer)
        stage.stepped.connect(self._step)
        stage.delete_wanted.connect(a["picture_delete"].trigger)
        stage.copy_wanted.connect(a["picture_copy"].trigger)
        drawing.running_changed.connect(self._show_running)
        drawing.progressed.connect(panel.set_progress)
        drawing.previewed.connect(self._show_preview)
        drawing.done.connect(self._take_result)
        drawing.failed.connect(lambda text: self._toast().error(text))
        self.gallery.changed.connect(self._on_gallery)
        self.gallery.full.connect(self._tell_full)

    # The document

    def set_document(self, document: Document) -> None:
        self.drawing.cancel()
        self._document.changed.disconnect(self._on_change)
        self._document = document
        document.changed.connect(self._on_change)
        self._requests.clear()
        self.close_viewer()
        self.gallery.reload()
        self.panel.form.prompt.show_own("")
        self._prompt_timer.start()

    def release_document(self) -> None:
        self._document.changed.disconnect(self._on_change)
        self._prompt_timer.stop()
        self.aside.close()

    def _on_change(self, change: Change) -> None:
        if change.layer_ids or change.structure or change.fields & {"caption"}:
            self._prompt_timer.start()

    def _find_prompt(self) -> None:
        """What the layout says now, once an edit is over: a large one takes a moment."""
        layout = self._document.layout

        def done(text: str) -> None:
            if self._document.layout is layout:
                self.panel.form.prompt.show_automatic(text)

        self.aside.run(lambda: making.prompt_of(layout), done, self._toast().error)

    def find_packs(self) -> None:
        """Offer the packs that are installed now, and say so where none can draw."""
        self.aside.run(making.drawing_lacks, self.panel.show_lack, self._toast().error)
        self.aside.run(making.pack_choices, self.panel.form.set_packs, self._toast().error)

    # Rendering

    def _show_panel(self) -> None:
        self.wanted.emit()
        self.panel.form.prompt.setFocus()

    def render(self) -> None:
        """Ask for pictures of the layout as it is now."""
        self.wanted.emit()
        try:
            self.drawing.ask(self.panel.form.request(self._document.layout))
        except ScenewrightError as error:
            self._toast().error(str(error))

    def _show_running(self, running: bool) -> None:
        self.panel.set_running(running)
        self._actions["render_cancel"].setEnabled(running)

    def _show_preview(self, preview: object) -> None:
        if isinstance(preview, Picture):
            self.panel.preview.show_image(image_of(preview.pixels))

    def _take_result(self, result: RenderResult) -> None:
        def done(shots: tuple[Shot, ...]) -> None:
            if self._document is not document:
                return
            self.gallery.add(shots)
            if result.notes:
                self._toast().hint("  ".join(result.notes))
            if shots:
                self.panel.list.choose(shots[0].id)
                if self.panel.isVisible():
                    self.view_chosen()

        document = self._document
        self.aside.run(lambda: making.shots_of(result), done, self._toast().error)

    def _tell_full(self, count: int) -> None:
        many = "1 picture does" if count == 1 else f"{count} pictures do"
        self._toast().error(
            f"The gallery is full: {many} not fit into the project file and will be gone when it "
            "is closed. Save them as files, or delete others. Starred and new ones are kept first."
        )

    # Which pictures

    def chosen(self) -> tuple[str, ...]:
        return self.panel.list.chosen()

    def _on_gallery(self) -> None:
        if not self.gallery.shots:
            self.close_viewer()
        self.show_enabled()

    def _on_chosen(self) -> None:
        self.show_enabled()
        if self._viewing and self.keeping.chosen():
            self.view_chosen(focus=False)

    def show_enabled(self) -> None:
        shots, a = self.keeping.chosen(), self._actions
        for name in ANY_PICTURES:
            a[name].setEnabled(bool(shots))
        for name in ONE_PICTURE:
            a[name].setEnabled(len(shots) == 1)
        a["render_cancel"].setEnabled(self.drawing.is_running)
        a["picture_clear"].setEnabled(any(not shot.starred for shot in self.gallery.shots))
        starred = bool(shots) and all(shot.starred for shot in shots)
        a["picture_star"].setText("Take the s&tar away" if starred else "S&tar")
        a["picture_star"].setToolTip("Take the star away" if starred else "Star: keep this one")

    # The large view

    @property
    def is_viewing(self) -> bool:
        return self._viewing

    def view_chosen(self, *, focus: bool = True) -> None:
        """Show the selected picture in large, or several side by side."""
        shots = self.keeping.chosen()[:MOST_COMPARED]
        if not shots:
            return
        panes = [Pane(f"Variation {s.seed}", image=QImage.fromData(s.png)) for s in shots]
        request = self._request(shots[0])
        facts = shots[0].prompt if len(shots) == 1 else "Compare"
        remark = describe(replace(shots[0], prompt="")).replace("\n", "   ")
        self.viewer.show_pictures(
            panes,
            request.layout if request is not None else None,
            facts=facts,
            remark=remark if len(shots) == 1 else "",
        )
        if not self._viewing:
            self._viewing = True
            self.viewing_changed.emit(True)
        if focus:
            self.viewer.stage.setFocus()

    def close_viewer(self) -> None:
        if self._viewing:
            self._viewing = False
            self.viewing_changed.emit(False)

    def _step(self, step: int) -> None:
        """To the next picture, older with 1."""
        model = self.panel.list.pictures
        chosen = self.chosen()
        row = model.row_of(chosen[0]) if chosen else -1
        row = min(max(row + step, 0), model.rowCount() - 1)
        if row >= 0:
            self.panel.list.choose(model.shot(model.index(row)).id)

    def _request(self, shot: Shot) -> RenderRequest | None:
        """What the picture was asked with; read from its file beside the window if need be."""
        if shot.request is not None:
            return shot.request
        if shot.id not in self._requests:
            self._requests[shot.id] = None

            def done(request: RenderRequest | None) -> None:
                self._requests[shot.id] = request
                if self._viewing and shot.id in self.chosen():
                    self.view_chosen(focus=False)

            self.aside.run(lambda: making.request_of(shot.png), done, lambda _: None)
        return self._requests[shot.id]
