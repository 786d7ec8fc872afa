"""Pictures of the layout in the window: the Render panel, the gallery and the large view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.aside import Aside
from app.dialogs import ask
from app.engine_bridge import EngineBridge
from app.panels.toast import Toast
from app.plan.commands import Place
from app.render import making
from app.render.drawing import Drawing
from app.render.form import single
from app.render.gallery import Gallery
from app.render.gallery_view import describe
from app.render.images import image_of
from app.render.panel import RenderPanel
from app.render.shots import Shot
from app.render.viewer import Pane, PictureViewer
from app.session import Session
from engine.errors import ScenewrightError
from engine.layout.commands import SetBackground
from engine.layout.document import Change, Document
from engine.layout.layout import Background, Layout
from engine.render.request import Picture, RenderRequest, RenderResult

MOST_COMPARED = 4
PROMPT_DELAY = 200
"""Milliseconds after an edit before the layout's prompt is found anew."""
ONE_PICTURE = ("picture_open", "picture_background", "picture_again", "picture_layout")
ANY_PICTURES = ("picture_star", "picture_copy", "picture_save", "picture_delete")


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
        self._window, self._session, self._document = window, session, document
        self._actions, self._toast, self._folder = actions, toast, folder
        self._requests: dict[str, RenderRequest | None] = {}
        self._viewing = False
        self.aside = Aside(self)
        self.gallery = Gallery(session, self)
        self.drawing = Drawing(bridge, self)
        self.panel = RenderPanel(self.gallery)
        self.viewer = PictureViewer(actions)
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
            "export_bundle": self.export_bundle,
            "picture_open": self.view_chosen,
            "picture_star": lambda: self.gallery.toggle_star(self.chosen()),
            "picture_copy": self.copy,
            "picture_save": self.save,
            "picture_background": self.use_as_background,
            "picture_again": self.use_settings,
            "picture_layout": self.bring_back_layout,
            "picture_delete": lambda: self.delete(self._chosen_shots()),
            "picture_clear": lambda: self.delete([s for s in self.gallery.shots if not s.starred]),
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
        """Offer the packs that are installed now."""
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

    def _chosen_shots(self) -> list[Shot]:
        found = [self.gallery.shot(shot_id) for shot_id in self.chosen()]
        return [shot for shot in found if shot is not None]

    def _on_gallery(self) -> None:
        if not self.gallery.shots:
            self.close_viewer()
        self.show_enabled()

    def _on_chosen(self) -> None:
        self.show_enabled()
        if self._viewing and self._chosen_shots():
            self.view_chosen(focus=False)

    def show_enabled(self) -> None:
        shots, a = self._chosen_shots(), self._actions
        for name in ANY_PICTURES:
            a[name].setEnabled(bool(shots))
        for name in ONE_PICTURE:
            a[name].setEnabled(len(shots) == 1)
        a["picture_open"].setEnabled(bool(shots))
        a["picture_copy"].setEnabled(len(shots) == 1)
        a["picture_beside"].setEnabled(len(shots) == 1)
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
        shots = self._chosen_shots()[:MOST_COMPARED]
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

    # What is done with a picture

    def _one(self) -> Shot | None:
        shots = self._chosen_shots()
        return shots[0] if len(shots) == 1 else None

    def copy(self) -> None:
        shot = self._one()
        if shot is not None:
            data = QMimeData()
            data.setImageData(QImage.fromData(shot.png))
            data.setData("image/png", shot.png)
            QGuiApplication.clipboard().setMimeData(data)
            self._toast().hint("Copied.")

    def save(self) -> None:
        """Write the chosen pictures as files; each holds what makes it again."""
        shots = self._chosen_shots()
        stem = Path(self._session.title).stem
        if len(shots) == 1:
            start = Path(self._folder()) / f"{stem}-{shots[0].seed}.png"
            path = ask.picture_to_save(self._window, "Save the picture", str(start))
            targets = {} if path is None else {path: shots[0]}
        else:
            folder = ask.folder_to_fill(self._window, "Save the pictures", self._folder())
            targets = {} if folder is None else _free_names(folder, stem, shots)
        if targets:
            self._write(targets)

    def _write(self, targets: dict[Path, Shot]) -> None:
        def work() -> None:
            from engine.project.files import replace_file

            for path, shot in targets.items():
                replace_file(path, shot.png, sync=False)

        def done(_: None) -> None:
            first = next(iter(targets))
            many = len(targets)
            words = first.name if many == 1 else f"{many} pictures in {first.parent.name}"
            self._toast().hint(f"Saved {words}.")

        self.aside.run(work, done, self._toast().error)

    def export_bundle(self) -> None:
        """Everything that draws the layout in other programs, into a folder."""
        title = "Export for ControlNet"
        folder = ask.folder_to_fill(self._window, title, self._folder())
        if folder is None:
            return
        request = self.panel.form.settings(self._document.layout)

        def work() -> int:
            from engine.render.bundle import write_bundle

            return len(write_bundle(request, folder))

        def done(count: int) -> None:
            self._toast().hint(f"Exported {count} files to {folder.name}.")

        self.aside.run(work, done, self._toast().error)

    def use_as_background(self) -> None:
        shot = self._one()
        if shot is None:
            return
        background = Background(data=shot.png, format="png", name=f"Picture {shot.seed}.png")
        self._document.do(SetBackground(background), name="Use a picture as background")
        self.close_viewer()
        self._toast().hint("It lies under the layers now. Undo takes it away.")

    def use_settings(self) -> None:
        """Show what the picture was asked with, so that Render makes it again."""
        shot = self._one()
        request = self._request(shot) if shot is not None else None
        if shot is None or request is None:
            self._toast().hint("This picture does not tell how it was made.")
            return
        self.show_request(single(request, shot.seed))

    def show_request(self, request: RenderRequest) -> None:
        """Fill the panel; where the layout has changed since, offer to bring it back."""
        self.wanted.emit()
        self.panel.form.show_request(request)
        if not request.layout.layers or same_scene(request.layout, self._document.layout):
            self._toast().hint("The settings are as they were. Render draws the same again.")
        elif not self._document.layout.layers:
            self._take_layout(request.layout)
        else:
            self._toast().offer(
                "The settings are as they were. The layout is another one now.",
                "Bring back its layout",
                lambda: self._take_layout(request.layout),
            )

    def bring_back_layout(self) -> None:
        shot = self._one()
        request = self._request(shot) if shot is not None else None
        if request is None or not request.layout.layers:
            self._toast().hint("This picture does not tell which layout it was drawn from.")
        else:
            self._take_layout(request.layout)

    def _take_layout(self, layout: Layout) -> None:
        """Layers and caption as they were, as one step; what else the project holds stays."""
        now = self._document.layout
        background = layout.background or now.background
        taken = replace(layout, extra=now.extra, background=background)
        self._document.do(Place(taken, "Bring back a layout"))
        self.close_viewer()
        self._toast().hint("The layout is as it was for this picture. Undo goes back.")

    def delete(self, shots: Sequence[Shot]) -> None:
        """Take pictures away; the message says how to get them back."""
        if not shots:
            return
        after = self._neighbour(shots)
        before = self.gallery.remove([shot.id for shot in shots])
        self.panel.list.choose(after)
        many = "The picture was" if len(shots) == 1 else f"{len(shots)} pictures were"
        gallery_of = self._document

        def undo() -> None:
            if self._document is gallery_of:
                self.gallery.restore(before)
                self.panel.list.choose(shots[0].id)

        self._toast().offer(f"{many} deleted.", "Undo", undo)

    def _neighbour(self, shots: Sequence[Shot]) -> str | None:
        """The picture that is shown once these are gone."""
        gone = {shot.id for shot in shots}
        everything = self.gallery.shots
        last = max(self.gallery.index(shot.id) for shot in shots)
        rest = [*everything[last + 1 :], *reversed(everything[:last])]
        return next((shot.id for shot in rest if shot.id not in gone), None)


def same_scene(one: Layout, other: Layout) -> bool:
    """Whether two layouts give the same picture for the same settings."""
    seen = [(x.label, x.ade_class, x.prompt, x.visible, x.mask) for x in one.layers]
    return (one.width, one.height, one.caption) == (
        other.width,
        other.height,
        other.caption,
    ) and seen == [(x.label, x.ade_class, x.prompt, x.visible, x.mask) for x in other.layers]


def _free_names(folder: Path, stem: str, shots: Sequence[Shot]) -> dict[Path, Shot]:
    """A file name for each picture that nothing in the folder has."""
    targets: dict[Path, Shot] = {}
    for shot in shots:
        number, path = 1, folder / f"{stem}-{shot.seed}.png"
        while path.exists() or path in targets:
            number += 1
            path = folder / f"{stem}-{shot.seed}-{number}.png"
        targets[path] = shot
    return targets
