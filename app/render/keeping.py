"""What is done with finished pictures: copied, saved, used again, deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app.aside import Aside
from app.dialogs import ask
from app.panels.toast import Toast
from app.plan.commands import Place
from app.render.form import single
from app.render.gallery import Gallery
from app.render.panel import RenderPanel
from app.render.shots import Shot
from app.session import Session
from engine.layout.commands import SetBackground
from engine.layout.layout import Background, Layout
from engine.render.request import RenderRequest


class Keeping(QObject):
    """Works on the pictures that are selected in the gallery.

    Signals:
        used(): A picture went into the layout; the canvas should be seen.
        wanted(): The panel should be seen.
    """

    used = Signal()
    wanted = Signal()

    def __init__(
        self,
        window: QWidget,
        *,
        session: Session,
        gallery: Gallery,
        panel: RenderPanel,
        aside: Aside,
        toast: Callable[[], Toast],
        folder: Callable[[], str],
        request_of: Callable[[Shot], RenderRequest | None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._gallery, self._panel = window, session, gallery, panel
        self._aside, self._toast, self._folder = aside, toast, folder
        self._request = request_of

    def handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "export_bundle": self.export_bundle,
            "picture_star": lambda: self._gallery.toggle_star([s.id for s in self.chosen()]),
            "picture_copy": self.copy,
            "picture_save": self.save,
            "picture_background": self.use_as_background,
            "picture_again": self.use_settings,
            "picture_layout": self.bring_back_layout,
            "picture_delete": lambda: self.delete(self.chosen()),
            "picture_clear": lambda: self.delete(
                [shot for shot in self._gallery.shots if not shot.starred]
            ),
        }

    def chosen(self) -> list[Shot]:
        found = [self._gallery.shot(shot_id) for shot_id in self._panel.list.chosen()]
        return [shot for shot in found if shot is not None]

    def _one(self) -> Shot | None:
        shots = self.chosen()
        return shots[0] if len(shots) == 1 else None

    def copy(self) -> None:
        shot = self._one()
        if shot is not None:
            clipboard = QGuiApplication.clipboard()
            # The clipboard makes its data itself and outlives Python: data made in Python would
            # crash the program at its very end, when the clipboard lets go of it.
            clipboard.setImage(QImage.fromData(shot.png))
            clipboard.mimeData().setData("image/png", shot.png)
            self._toast().hint("Copied.")

    def save(self) -> None:
        """Write the chosen pictures as files; each holds what makes it again."""
        shots = self.chosen()
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

        self._aside.run(work, done, self._toast().error)

    def export_bundle(self) -> None:
        """Everything that draws the layout in other programs, into a folder."""
        title = "Export for ControlNet"
        folder = ask.folder_to_fill(self._window, title, self._folder())
        if folder is None:
            return
        request = self._panel.form.settings(self._session.document.layout)

        def work() -> int:
            from engine.render.bundle import write_bundle

            return len(write_bundle(request, folder))

        def done(count: int) -> None:
            self._toast().hint(f"Exported {count} files to {folder.name}.")

        self._aside.run(work, done, self._toast().error)

    def use_as_background(self) -> None:
        shot = self._one()
        if shot is None:
            return
        background = Background(data=shot.png, format="png", name=f"Picture {shot.seed}.png")
        self._session.document.do(SetBackground(background), name="Use a picture as background")
        self.used.emit()
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
        self._panel.form.show_request(request)
        if not request.layout.layers or same_scene(request.layout, self._session.document.layout):
            self._toast().hint("The settings are as they were. Render draws the same again.")
        elif not self._session.document.layout.layers:
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
        now = self._session.document.layout
        background = layout.background or now.background
        taken = replace(layout, extra=now.extra, background=background)
        self._session.document.do(Place(taken, "Bring back a layout"))
        self.used.emit()
        self._toast().hint("The layout is as it was for this picture. Undo goes back.")

    def delete(self, shots: Sequence[Shot]) -> None:
        """Take pictures away; the message says how to get them back."""
        if not shots:
            return
        after = self._neighbour(shots)
        before = self._gallery.remove([shot.id for shot in shots])
        self._panel.list.choose(after)
        many = "The picture was" if len(shots) == 1 else f"{len(shots)} pictures were"
        gallery_of = self._session.document

        def undo() -> None:
            if self._session.document is gallery_of:
                self._gallery.restore(before)
                self._panel.list.choose(shots[0].id)

        self._toast().offer(f"{many} deleted.", "Undo", undo)

    def _neighbour(self, shots: Sequence[Shot]) -> str | None:
        """The picture that is shown once these are gone."""
        gone = {shot.id for shot in shots}
        everything = self._gallery.shots
        last = max(self._gallery.index(shot.id) for shot in shots)
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
