"""The File menu: new, open, recent, samples, save, export, background photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from app.dialogs import ask
from app.dialogs.new import NewDialog
from app.plan.commands import Place
from app.session import Session
from app.settings import Settings
from app.worker import Run, Worker
from engine.errors import ScenewrightError
from engine.layout.commands import SetBackground
from engine.layout.layout import MAX_SIDE, MIN_SIDE, Background, Layout

if TYPE_CHECKING:
    from engine.photo import Photo
    from engine.project import OpenedProject

T = TypeVar("T")

SAMPLES = Path(__file__).resolve().parent.parent / "resources" / "samples"
SET_PHOTO = "Set background"
PROJECT = ".ora"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")


class Files(QObject):
    """Asks before anything is lost; a failure is said and leaves everything as it was.

    Files are read and written beside the window's thread. One thing is done at a time; each method
    returns when it is done, while the window goes on.

    Signals:
        told(str): A remark for the user.
        busy(str): What takes a while, empty when it is done.
    """

    told = Signal(str)
    busy = Signal(str)

    def __init__(self, window: QWidget, session: Session, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, session, settings
        self._worker = Worker(window)
        self._worker.shown.connect(self.busy)
        self._closing = False

    def folder(self) -> str:
        path = self._session.file.path
        if path is not None:
            return str(path.parent)
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        return self._settings.text("folder", QStandardPaths.writableLocation(documents))

    def _try(self, title: str, words: str, step: Callable[[Run], object]) -> bool:
        """Whether a step worked; what it gives to its `Run` is done beside the window."""

        def run(work: Callable[[], T], /) -> T:
            return self._worker.run(words, work, closing=self._closing)

        try:
            step(run)
        except (ScenewrightError, OSError) as error:
            ask.problem(self._window, title, str(error))
            return False
        return True

    def _is_busy(self) -> bool:
        if self._worker.words:
            self.told.emit(f"{self._worker.words}: one moment, then try again.")
        return bool(self._worker.words)

    # Leaving what is open

    def may_leave(self, *, closing: bool = False) -> bool:
        """Whether the open project can go: saved, or given up by the user's own choice."""
        if self._is_busy():
            return False
        self._closing = closing
        try:
            # More than once where something was edited while the file was written.
            while self._session.is_dirty:
                choice = ask.unsaved(self._window, self._session.title)
                if choice is not ask.Leave.SAVE:
                    return choice is ask.Leave.DISCARD
                if not self.save():
                    return False
            return True
        finally:
            self._closing = False

    # Opening

    def new(self) -> None:
        if self._is_busy():
            return
        layout = self._session.document.layout
        dialog = NewDialog(self._window, size=(layout.width, layout.height))
        done = dialog.exec()
        dialog.deleteLater()
        if done == QDialog.DialogCode.Accepted and self.may_leave():
            self._session.new(dialog.layout_made())

    def choose(self) -> None:
        if self._is_busy():
            return
        path = ask.file_to_open(self._window, self.folder())
        if path is not None:
            self.open(path)

    def open(self, path: Path, *, sample: bool = False) -> bool:
        opened: list[OpenedProject] = []
        left = (-1, -1)
        while not opened or self._session.revision != left:
            # Once more where something was edited while the file was read.
            if not self.may_leave():
                return False
            left = self._session.revision
            opened.clear()
            if not self._read(path, opened):
                return False
        notes = self._session.take(opened[0], path, sample=sample)
        if not sample:
            self._settings.remember(path)
        if notes:
            self.told.emit("  ".join(notes))
        return True

    def _read(self, path: Path, opened: list[OpenedProject]) -> bool:
        def work() -> OpenedProject:
            from engine.project import open_project

            return open_project(path)

        done = self._try(
            "The project could not be opened",
            f"Opening {path.name}",
            lambda run: opened.append(run(work)),
        )
        if not done and not path.exists():
            self._settings.forget(path)
        return done

    def fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for number, path in enumerate(self._settings.recent, 1):
            action = menu.addAction(f"&{number}  {path.name.replace('&', '&&')}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, p=path: self.open(p))
        menu.setToolTipsVisible(True)
        if menu.isEmpty():
            menu.addAction("Nothing opened yet").setEnabled(False)
        else:
            menu.addSeparator()
            menu.addAction("Clear this list", self._settings.forget_all)

    def fill_samples(self, menu: QMenu) -> None:
        menu.clear()
        for path in sorted(SAMPLES.glob("*.ora")):
            name = path.stem.replace("_", " ").replace("-", " ").capitalize()
            menu.addAction(name).triggered.connect(
                lambda _=False, p=path: self.open(p, sample=True)
            )
        if menu.isEmpty():
            menu.addAction("No samples installed").setEnabled(False)

    # Saving

    def save(self) -> bool:
        if self._worker.words:
            self._worker.afterwards(self._save_the_rest)
            return False
        path = self._session.file.path
        return self.save_as() if path is None else self._save_to(path)

    def _save_the_rest(self) -> None:
        """What was edited while the file was written and then saved again."""
        if self._window.isVisible() and self._session.is_dirty:
            self.save()

    def save_as(self) -> bool:
        if self._is_busy():
            return False
        start = Path(self.folder()) / f"{Path(self._session.title).stem}.ora"
        path = ask.file_to_save(self._window, str(start))
        return path is not None and self._save_to(path)

    def _save_to(self, path: Path) -> bool:
        if not self._try(
            "The project could not be saved",
            f"Saving {path.name}",
            lambda run: self._session.save(path, run=run),
        ):
            return False
        self._settings.remember(path)
        self._settings.put("folder", str(path.parent))
        self.told.emit(f"Saved as {path.name}.")
        return True

    # Export and photo

    def export_semantic(self) -> None:
        from engine.project.export import export_semantic

        self._export_picture("Export the semantic map", "semantic", export_semantic)

    def export_ids(self) -> None:
        from engine.project.export import export_ids

        self._export_picture("Export the layer numbers", "layers", export_ids)

    def _export_picture(
        self, title: str, suffix: str, export: Callable[[Layout, Path], None]
    ) -> None:
        if self._is_busy():
            return
        start = Path(self.folder()) / f"{Path(self._session.title).stem}-{suffix}.png"
        path = ask.picture_to_save(self._window, title, str(start))
        layout = self._session.document.layout
        if path is not None and self._try(
            "The export failed",
            f"Exporting {path.name}",
            lambda run: run(lambda: export(layout, path)),
        ):
            self.told.emit(f"Exported {path.name}.")

    def export_masks(self) -> None:
        from engine.project.export import export_masks

        if self._is_busy():
            return
        folder = ask.folder_to_fill(self._window, "Export one mask per layer", self.folder())
        layout = self._session.document.layout
        if folder is not None and self._try(
            "The export failed",
            f"Exporting to {folder.name}",
            lambda run: run(lambda: export_masks(layout, folder)),
        ):
            many = len(layout.layers)
            self.told.emit(f"Exported {many} {'mask' if many == 1 else 'masks'} to {folder.name}.")

    def open_photo(self) -> None:
        if self._is_busy():
            return
        path = ask.photo_to_open(self._window, self.folder())
        if path is not None:
            self.use_photo(path)

    def use_photo(self, path: Path) -> None:
        """Put a photo under the layers; an empty canvas takes its size."""
        from engine.photo import open_photo

        if self._is_busy():
            return
        photos: list[Photo] = []
        done = self._try(
            "The photo could not be opened",
            f"Opening {path.name}",
            lambda run: photos.append(run(lambda: open_photo(path))),
        )
        if done:
            photo, document = photos[0], self._session.document
            size = photo.width, photo.height
            document.do(Place(with_photo(document.layout, photo.background, size), SET_PHOTO))
            if photo.notes:
                self.told.emit("  ".join(photo.notes))

    def remove_photo(self) -> None:
        self._session.document.do(SetBackground(None))


def with_photo(layout: Layout, background: Background, size: tuple[int, int]) -> Layout:
    """The layout over a photo of this size in px, which gives an empty canvas its own size."""
    fits = all(MIN_SIDE <= side <= MAX_SIDE for side in size)
    if layout.layers or not fits:
        return replace(layout, background=background)
    return replace(layout, background=background, width=size[0], height=size[1])


def dropped_file(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """The one project or picture that is being dropped, if it is one."""
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    known = path is not None and path.suffix.lower() in (PROJECT, *PICTURES)
    return path if known else None
