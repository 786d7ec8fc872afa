"""From pictures and annotations of others to layers: photo to layout, id maps, COCO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.aside import Aside
from app.dialogs import ask
from app.engine_bridge import EngineBridge
from app.files import Files
from app.panels.toast import Toast
from app.plan.commands import Place
from app.render.drawing import Drawing
from app.render.offering import Pixels, photo_of
from app.render.strip import PictureStrip
from app.session import Session
from engine.errors import ScenewrightError
from engine.layout.layout import Background, Layout
from engine.segment.request import SegmentRequest, SegmentResult

if TYPE_CHECKING:
    from engine.photo import Photo
    from engine.segment.imports import Imported

FOUND = "Find objects in the photo"


def with_found(layout: Layout, found: Layout) -> Layout:
    """The layout with the layers that were found in its photo behind its own."""
    caption = layout.caption or found.caption
    return replace(
        layout.with_layers((*found.layers, *layout.layers)),
        caption=caption,
    )


class Importing(QObject):
    """Asks for a file, has it read beside the window, and takes it over as one undo step."""

    def __init__(
        self,
        window: QWidget,
        *,
        session: Session,
        files: Files,
        bridge: EngineBridge,
        aside: Aside,
        toast: Callable[[], Toast],
        pack: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._files = window, session, files
        self._aside, self._toast, self._pack = aside, toast, pack
        self._into: Layout | None = None
        self._name = ""
        self._round = 0
        self.drawing = Drawing(bridge, self)
        self.strip = PictureStrip()
        self.strip.set_pictures((), (), ())
        self.strip.cancelled.connect(self.cancel)
        self.drawing.running_changed.connect(self._show_running)
        self.drawing.progressed.connect(self.strip.set_progress)
        self.drawing.done.connect(self._take_result)
        self.drawing.failed.connect(lambda text: self._toast().error(text))

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "import_layout": self.photo_to_layout,
            "photo_layers": self.find_in_photo,
            "import_ids": self.id_map,
            "import_coco": self.coco,
        }

    # Photos

    def photo_to_layout(self) -> None:
        """A photo as a new layout: into an empty one as an undo step, else as a new project."""
        path = ask.photo_to_open(self._window, self._files.folder(), "Photo to layout")
        if path is None:
            return
        if self._session.document.layout.layers and not self._files.may_leave():
            return

        def work() -> Photo:
            from engine.photo import open_photo

            return open_photo(path)

        def done(photo: Photo) -> None:
            if turn == self._round:
                self._into, self._name = None, path.stem
                request = SegmentRequest(
                    photo=photo.pixels, background=photo.background, pack=self._pack()
                )
                if photo.notes:
                    self._toast().hint("  ".join(photo.notes))
                self._send(request)

        turn = self._begin(f"Photo to layout: {path.name}", "Reading the photo")
        self._aside.run(work, done, self._fail)

    def find_in_photo(self) -> None:
        """What the background photo shows, as layers behind the ones there are."""
        layout = self._session.document.layout
        background = layout.background
        if background is None:
            self._toast().offer(
                "There is no photo under the layers yet.", "Open a photo…", self._files.open_photo
            )
            return
        turn = self._begin(FOUND, "Reading the photo")

        def done(photo: Pixels) -> None:
            if turn == self._round:
                self._into = layout
                self._send(SegmentRequest(photo=photo, pack=self._pack()))

        self._aside.run(lambda: photo_of(background, layout), done, self._fail)

    def _begin(self, title: str, stage: str) -> int:
        self.cancel()
        self.strip.show_words(title)
        self.strip.set_running(True)
        self.strip.set_progress(stage, 0, 0)
        self.strip.show()
        return self._round

    def _send(self, request: SegmentRequest) -> None:
        try:
            self.drawing.ask(request)
        except ScenewrightError as error:
            self._fail(str(error))

    def _fail(self, text: str) -> None:
        self.strip.hide()
        self._toast().error(text)

    def cancel(self) -> None:
        self._round += 1
        self.drawing.cancel()
        self.strip.hide()

    def _show_running(self, running: bool) -> None:
        self.strip.setVisible(running)

    def _take_result(self, result: SegmentResult) -> None:
        count = len(result.layout.layers)
        if self._into is not None:
            now = self._session.document.layout
            if now.background is not self._into.background or now.canvas != self._into.canvas:
                self._toast().error("The photo has changed since. Look for its objects anew.")
                return
            self._session.document.do(Place(with_found(now, result.layout), FOUND))
        elif not self.take(result.layout, name=self._name):
            return
        many = "1 layer" if count == 1 else f"{count} layers"
        words = f"{many} found. " if count else "Nothing was found in this photo. "
        self._toast().hint(words + "  ".join(result.notes))

    # Id maps and COCO

    def id_map(self) -> None:
        title = "Import a picture of layer numbers"
        path = ask.file_to_import(self._window, title, self._files.folder(), kind=ask.ID_MAPS)
        if path is None:
            return

        def work() -> Imported:
            from engine.segment.imports import import_id_map

            return import_id_map(path.read_bytes(), name=path.name, photo=_photo(background))

        background = self._ground()
        self._read(path, work)

    def coco(self) -> None:
        title = "Import COCO annotations"
        path = ask.file_to_import(self._window, title, self._files.folder(), kind=ask.COCO)
        if path is None:
            return

        def work() -> list[str]:
            from engine.data.coco import load_json, pictures_of

            return [picture.name for picture in pictures_of(load_json(path), path)]

        def choose(names: list[str]) -> None:
            if turn != self._round:
                return
            name = names[0] if len(names) == 1 else None
            if len(names) > 1:
                name = ask.one_of(self._window, title, "Which picture?", names)
            if name is not None or not names:
                self._read(path, lambda: _coco(path, name, background))
            else:
                self.strip.hide()

        background = self._ground()
        turn = self._begin(f"Importing {path.name}", "Reading the file")
        self._aside.run(work, choose, self._fail)

    def _ground(self) -> Background | None:
        """The photo that an empty canvas has already; what is imported goes over it."""
        layout = self._session.document.layout
        return None if layout.layers else layout.background

    def _read(self, path: Path, work: Callable[[], Imported]) -> None:
        def done(imported: Imported) -> None:
            if turn != self._round:
                return
            self.strip.hide()
            if self.take(imported.layout, name=path.name):
                count = len(imported.layout.layers)
                many = "1 layer" if count == 1 else f"{count} layers"
                self._toast().hint("  ".join((f"{many} imported.", *imported.notes)))

        turn = self._begin(f"Importing {path.name}", "Reading the file")
        self._aside.run(work, done, self._fail)

    def take(self, layout: Layout, *, name: str) -> bool:
        """Go on with an imported layout: undoable on an empty canvas, else as a new project."""
        document = self._session.document
        if not document.layout.layers:
            return document.do(
                Place(replace(layout, extra=document.layout.extra), f"Import {name}")
            )
        if not self._files.may_leave():
            return False
        self._session.new(layout)
        return True


def _photo(background: Background | None) -> Photo | None:
    from engine.photo import photo_from_bytes

    return None if background is None else photo_from_bytes(background.data, background.name)


def _coco(path: Path, picture: str | None, background: Background | None) -> Imported:
    from engine.segment.imports import import_coco

    return import_coco(path, picture=picture, photo=_photo(background))
