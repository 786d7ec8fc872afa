"""Questions and file choosers."""

from __future__ import annotations

from enum import Enum
from html import escape
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

PROJECTS = "Scenewright projects and OpenRaster files (*.ora)"
PHOTOS = "Photos (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff *.gif)"
ID_MAPS = "Pictures of layer numbers (*.png)"
COCO = "COCO annotations (*.json)"


class Leave(Enum):
    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def unsaved(parent: QWidget, title: str) -> Leave:
    """What to do with changes that are not saved."""
    box = QMessageBox(parent)
    box.setObjectName("unsaved")
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"<b>Save the changes to “{escape(title)}”?</b>")
    box.setInformativeText("If you don't save, they are lost.")
    save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    drop = box.addButton("Don't save", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.setEscapeButton(stay)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if clicked is save:
        return Leave.SAVE
    return Leave.DISCARD if clicked is drop else Leave.CANCEL


def problem(parent: QWidget, title: str, text: str) -> None:
    """Say that something failed, and why."""
    box = QMessageBox(parent)
    box.setObjectName("problem")
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setText(f"<b>{escape(title)}</b>")
    # Files name their own entries and labels: what looks like a tag there is none.
    box.setInformativeText(f"<p>{escape(text, quote=False)}</p>")
    box.addButton("Close", QMessageBox.ButtonRole.AcceptRole)
    box.exec()
    box.deleteLater()


def file_to_open(parent: QWidget, folder: str) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, "Open a project", folder, PROJECTS)
    return Path(name) if name else None


def file_to_save(parent: QWidget, start: str) -> Path | None:
    return _saver(parent, "Save the project", start, kind=PROJECTS, suffix="ora")


def picture_to_save(parent: QWidget, title: str, start: str) -> Path | None:
    return _saver(parent, title, start, kind="PNG pictures (*.png)", suffix="png")


def _saver(parent: QWidget, title: str, start: str, *, kind: str, suffix: str) -> Path | None:
    dialog = QFileDialog(parent, title, start, kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    # Set before the dialog looks whether the file exists, so that it asks about the right one.
    dialog.setDefaultSuffix(suffix)
    done = dialog.exec()
    names = dialog.selectedFiles()
    dialog.deleteLater()
    return Path(names[0]) if done and names else None


def folder_to_fill(parent: QWidget, title: str, start: str) -> Path | None:
    name = QFileDialog.getExistingDirectory(parent, title, start)
    return Path(name) if name else None


def photo_to_open(
    parent: QWidget, folder: str, title: str = "Open a background photo"
) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, title, folder, PHOTOS)
    return Path(name) if name else None


def file_to_import(parent: QWidget, title: str, folder: str, *, kind: str) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(parent, title, folder, kind)
    return Path(name) if name else None


def text(parent: QWidget, title: str, label: str, now: str) -> str | None:
    """A line of text, None when the user changed their mind."""
    words, done = QInputDialog.getText(parent, title, label, QLineEdit.EchoMode.Normal, now)
    return words if done else None


def one_of(parent: QWidget, title: str, label: str, names: list[str]) -> str | None:
    """One of several names, None when the user changed their mind."""
    name, done = QInputDialog.getItem(parent, title, label, names, 0, False)
    return name if done else None
