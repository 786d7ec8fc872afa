"""The words and rows of the Models dialog."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QTreeWidgetItem

from engine.jobs.context import CancelToken
from engine.models.state import ComponentState, PackState, PackStatus

NAME = Qt.ItemDataRole.UserRole
STATES = {
    PackStatus.INSTALLED: "Installed",
    PackStatus.PARTIAL: "In part",
    PackStatus.MISSING: "Not installed",
}


def size_words(count: int) -> str:
    """Bytes as a person reads them."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    if count >= 1_000_000:
        return f"{count / 1e6:.0f} MB"
    return f"{max(count, 0) / 1e3:.0f} kB"


class Reports(QObject):
    """The job context of a check that runs beside the window."""

    progressed = Signal(str, object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.token = CancelToken()

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: object = None) -> None:
        self.token.raise_if_cancelled()
        self.progressed.emit(stage, step, total)


def permille(step: int, total: int) -> tuple[int, int]:
    """For progress bars: bytes do not fit into Qt's numbers."""
    return (round(step * 1000 / total), 1000) if total else (0, 0)


def part_item(part: ComponentState) -> QTreeWidgetItem:
    here = part.status is PackStatus.INSTALLED
    state = STATES[part.status]
    if part.status is PackStatus.PARTIAL and part.bytes_total:
        state = f"{100 * part.bytes_present // part.bytes_total} %"
    elif not here and not part.downloadable:
        state = f"{part.stand_in.capitalize()} stands in" if part.stand_in else "Not offered"
    size = size_words(part.bytes_total) if part.bytes_total else ""
    item = QTreeWidgetItem([part.title, part.needed_for, size, state])
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
    accept = "" if state.status is PackStatus.INSTALLED else ". Installing means accepting them."
    return words + ", ".join(shown) + accept
