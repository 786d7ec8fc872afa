"""The words and rows of the Models dialog."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QMessageBox, QTreeWidgetItem, QWidget

from app.lacking import size_words, stands_in
from engine.jobs.context import CancelToken
from engine.models.memory import Preset
from engine.models.state import ComponentState, PackState, PackStatus

NAME = Qt.ItemDataRole.UserRole
STATES = {
    PackStatus.INSTALLED: "Installed",
    PackStatus.PARTIAL: "In part",
    PackStatus.MISSING: "Not installed",
}

PRESETS = (
    ("Automatic", Preset.AUTO, "Keeps the models in memory while there is room."),
    ("Low", Preset.LOW, "One model in memory at a time: slower, for small graphics cards."),
    ("Very low", Preset.VERY_LOW, "As little as possible: much slower."),
)


class Reports(QObject):
    """The job context of a check that runs beside the window."""

    progressed = Signal(str, object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.token = CancelToken()

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: object = None) -> None:
        self.token.raise_if_cancelled()
        self.progressed.emit(stage, step, total)


class MemoryBox(QComboBox):
    """Which memory preset is in force.

    Signals:
        chosen(Preset): The user took another one.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        for text, preset, tip in PRESETS:
            self.addItem(text, preset.value)
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip("How much memory the models may take")
        self.currentIndexChanged.connect(lambda _: self.chosen.emit(Preset(self.currentData())))

    def show_preset(self, preset: str) -> None:
        """Show a preset without choosing it; "" is the automatic one."""
        with QSignalBlocker(self):
            self.setCurrentIndex(max(self.findData(preset or Preset.AUTO.value), 0))


def permille(step: int, total: int) -> tuple[int, int]:
    """For progress bars: bytes do not fit into Qt's numbers."""
    return (round(step * 1000 / total), 1000) if total else (0, 0)


def part_item(
    part: ComponentState, *, shipped: bool, states: Sequence[PackState]
) -> QTreeWidgetItem:
    here = part.status is PackStatus.INSTALLED
    state = STATES[part.status]
    if part.status is PackStatus.PARTIAL and part.bytes_total:
        state = f"{100 * part.bytes_present // part.bytes_total} %"
    elif not here and not part.downloadable:
        absent = "Not in this version" if shipped else "Not offered"
        state = f"{part.stand_in.capitalize()} stands in" if stands_in(part, states) else absent
    size = size_words(part.bytes_total) if part.bytes_total else ""
    # The window has a tool of another name for it.
    needed_for = part.needed_for.replace("Click2Mask's", "the Click tool's").replace(
        "Click2Mask", "clicking"
    )
    item = QTreeWidgetItem([part.title, needed_for, size, state])
    item.setData(0, NAME, part.name)
    tip = "\n".join(filter(None, (part.note, f"Licence: {part.licence}", part.repo)))
    for column in range(4):
        item.setToolTip(column, tip)
    item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    flags = Qt.ItemFlag.ItemIsEnabled
    if part.downloadable and not here:
        flags |= Qt.ItemFlag.ItemIsUserCheckable
        wanted = not part.optional or part.bytes_present > 0
        item.setCheckState(0, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    item.setFlags(flags)
    return item


def licence_words(state: PackState) -> str:
    """The licences, with links where there are texts to read."""
    links: dict[str, str] = {}
    for part in state.components:
        if part.licence:
            known = part.licence_url if part.licence_url.startswith("https://") else ""
            links[part.licence] = known or links.get(part.licence, "")
    shown = [
        f'<a href="{escape(url)}">{escape(name)}</a>' if url else escape(name)
        for name, url in links.items()
        if name in state.licence
    ]
    words = "Licence: " if len(shown) == 1 else "Licences: "
    installs = state.status is not PackStatus.INSTALLED and not state.shipped
    what = "it" if len(shown) == 1 else "them"
    return words + ", ".join(shown) + (f". Installing means accepting {what}." if installs else "")


def problems_of(pack: str, reports: Reports) -> tuple[str, ...]:
    """What is wrong with a pack's files, one line each; reads all of them."""
    from engine.models.upkeep import verify

    checks = verify(pack, reports)
    return tuple(f"{check.path}: {check.problem}" for check in checks if check.problem)


def may_remove(parent: QWidget, state: PackState) -> bool:
    """Ask whether a pack shall be removed."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Remove models")
    box.setText(f"<b>Remove “{escape(state.title)}” from this computer?</b>")
    box.setInformativeText(
        f"{size_words(state.bytes_present)} become free. To use it again it must be "
        "downloaded again."
    )
    yes = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.exec()
    agreed = box.clickedButton() is yes
    box.deleteLater()
    return agreed
