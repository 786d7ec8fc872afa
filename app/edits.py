"""What the menus and keys do with layers; every edit is a command of the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.actions import Actions
from app.dialogs import ask
from app.session import Session
from app.state import Selection
from engine.errors import ScenewrightError
from engine.layout.commands import (
    Command,
    DuplicateLayer,
    RemoveLayers,
    ReorderLayer,
    SetLayer,
    Several,
)
from engine.layout.layer import Layer
from engine.smartmask.repeat import can_be_repeated

LAYER_ACTIONS = ("duplicate", "delete", "hide", "lock", "group", "deselect")
HISTORY_SHOWN = 25
ONE_LAYER_ACTIONS = ("rename", "forward", "backward", "front", "back")


class Edits(QObject):
    refused = Signal(str)
    rename_wanted = Signal(str)

    def __init__(
        self, window: QWidget, session: Session, selection: Selection, actions: Actions
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._selection = window, session, selection
        self._actions = actions
        for name, handler in self._handlers().items():
            actions.connect(name, handler)
        selection.changed.connect(self.show_state)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "undo": lambda: self._session.document.undo(),
            "redo": lambda: self._session.document.redo(),
            "select_all": self.select_all,
            "deselect": lambda: self._selection.set([]),
            "rename": self.rename,
            "duplicate": self.duplicate,
            "delete": self.delete,
            "hide": lambda: self._toggle("visible"),
            "lock": lambda: self._toggle("locked"),
            "group": self.group,
            "ungroup": self.ungroup,
            "forward": lambda: self._reorder(1),
            "backward": lambda: self._reorder(-1),
            "front": lambda: self._reorder(len(self._session.document.layout.layers)),
            "back": lambda: self._reorder(-len(self._session.document.layout.layers)),
        }

    def do(self, command: Command, *, name: str = "") -> bool:
        """Apply a command; what is not possible is said."""
        try:
            return self._session.document.do(command, name=name)
        except ScenewrightError as error:
            self.refused.emit(str(error))
            return False

    def _chosen(self) -> list[Layer]:
        layers = self._session.document.layout.layers
        return [layer for layer in layers if layer.id in self._selection]

    def show_state(self) -> None:
        """Enable and name the actions after document and selection."""
        document, chosen, a = self._session.document, self._chosen(), self._actions
        a["undo"].setEnabled(document.can_undo)
        a["redo"].setEnabled(document.can_redo)
        a["undo"].setText(f"&Undo: {plain(document.undo_name)}" if document.can_undo else "&Undo")
        a["redo"].setText(f"&Redo: {plain(document.redo_name)}" if document.can_redo else "&Redo")
        a["undo"].setToolTip(f"{a['undo'].text().replace('&', '')}  (Ctrl+Z)")
        a["redo"].setToolTip(f"{a['redo'].text().replace('&', '')}  (Ctrl+Shift+Z)")
        for name in LAYER_ACTIONS:
            a[name].setEnabled(bool(chosen))
        for name in ONE_LAYER_ACTIONS:
            a[name].setEnabled(len(chosen) == 1)
        if len(chosen) == 1:
            layers = document.layout.layers
            for name in ("forward", "front"):
                a[name].setEnabled(layers[-1].id != chosen[0].id)
            for name in ("backward", "back"):
                a[name].setEnabled(layers[0].id != chosen[0].id)
        again = len(chosen) == 1 and not chosen[0].locked and can_be_repeated(chosen[0])
        for name in ("redraw", "redraw_same"):
            a[name].setEnabled(again)
        a["ungroup"].setEnabled(any(layer.group for layer in chosen))
        a["select_all"].setEnabled(bool(document.layout.layers))
        a["remove_photo"].setEnabled(document.layout.background is not None)
        a["hide"].setText("&Show" if chosen and not chosen[0].visible else "&Hide")
        a["lock"].setText("Un&lock" if chosen and chosen[0].locked else "&Lock")

    def fill_history(self, menu: QMenu) -> None:
        """All steps, newest first, the present one marked; a click goes there."""
        menu.clear()
        document = self._session.document
        undone, done = document.redo_names[:HISTORY_SHOWN], document.undo_names[:HISTORY_SHOWN]
        steps = [(name, len(undone) - i) for i, name in enumerate(reversed(undone))]
        steps += [(name, -i) for i, name in enumerate(done)]
        if len(document.undo_names) <= HISTORY_SHOWN:
            steps.append(("As it was opened", -len(done)))
        for name, way in steps:
            action = menu.addAction(plain(name))
            action.setCheckable(True)
            action.setChecked(way == 0)
            action.triggered.connect(lambda _=False, w=way: self._go(w))

    def _go(self, way: int) -> None:
        document = self._session.document
        for _ in range(abs(way)):
            document.redo() if way > 0 else document.undo()

    def select_all(self) -> None:
        self._selection.set(layer.id for layer in self._session.document.layout.layers)

    def rename(self) -> None:
        if self._selection.current is not None:
            self.rename_wanted.emit(self._selection.current)

    def duplicate(self) -> None:
        commands = [DuplicateLayer(layer.id) for layer in self._chosen()]
        if self._do_all(commands, f"Duplicate {len(commands)} layers"):
            self._selection.set(command.new_id for command in commands)

    def delete(self) -> None:
        ids = tuple(layer.id for layer in self._chosen())
        if ids:
            self.do(RemoveLayers(ids))

    def _toggle(self, field: str) -> None:
        chosen = self._chosen()
        if chosen:
            value = not getattr(chosen[0], field)
            verb = {"visible": ("Hide", "Show"), "locked": ("Unlock", "Lock")}[field][value]
            commands = [SetLayer(layer.id, field, value) for layer in chosen]  # type: ignore[arg-type]
            self._do_all(commands, f"{verb} {len(chosen)} layers")

    def group(self) -> None:
        chosen = self._chosen()
        now = next((layer.group for layer in chosen if layer.group), "")
        name = ask.text(self._window, "Group", "Name of the group (its layers move together):", now)
        if name is not None and name.strip():
            commands = [SetLayer(layer.id, "group", name) for layer in chosen]
            self._do_all(commands, f"Put {len(chosen)} layers into {name.strip()}")

    def ungroup(self) -> None:
        grouped = [layer for layer in self._chosen() if layer.group]
        commands = [SetLayer(layer.id, "group", None) for layer in grouped]
        self._do_all(commands, f"Take {len(grouped)} layers out of their group")

    def _do_all(self, commands: Sequence[Command], name: str) -> bool:
        if len(commands) == 1:
            return self.do(commands[0])
        return bool(commands) and self.do(Several(tuple(commands)), name=name)

    def _reorder(self, step: int) -> None:
        chosen = self._chosen()
        if len(chosen) == 1:
            layout = self._session.document.layout
            depth = layout.index(chosen[0].id)
            target = min(max(depth + step, 0), len(layout.layers) - 1)
            self.do(ReorderLayer(chosen[0].id, target))


def plain(text: str) -> str:
    """Text for a menu, where "&" marks a key."""
    return text.replace("&", "&&")
