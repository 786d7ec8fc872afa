"""What the user changes in the plan: each change is a command of the document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.plan import reading
from app.plan.commands import SetPlan
from app.plan.panel import PlanPanel
from app.plan.relations import read_relations
from app.plan.rows import Part
from engine.design.kept import (
    Plan,
    instances,
    layers_of,
    linked,
    moved,
    plan_of,
    with_box,
    with_element,
    with_relations,
    without,
)
from engine.errors import InputError, ScenewrightError
from engine.layout.commands import Command, RemoveLayers, SetCaption, SetLayer, Several
from engine.layout.document import Document
from engine.layout.layout import check_label
from planner.scene import Element


class PlanEditing(QObject):
    told = Signal(str)
    edited = Signal()
    """The plan or its layers were changed by hand."""
    refused = Signal()
    """A change was not possible: what the panel shows may be another thing."""
    added = Signal(str)
    """Id of a new element."""

    def __init__(self, document: Document, panel: PlanPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._panel = document, panel

    def set_document(self, document: Document) -> None:
        self._document = document

    @property
    def plan(self) -> Plan:
        return plan_of(self._document.layout)

    def chosen(self) -> list[Element]:
        """The selected elements, the current one last."""
        plan = self.plan
        return [e for id in self._panel.chosen_ids() if (e := plan.find(id)) is not None]

    def _do(self, command: Command, title: str = "") -> bool:
        try:
            done = self._document.do(command, name=title)
        except ScenewrightError as error:
            self.told.emit(str(error))
            self.refused.emit()
            return False
        if done:
            self.edited.emit()
        return done

    def set(self, plan: Plan, title: str) -> bool:
        return self._do(SetPlan(plan, title))

    def set_caption(self, text: str) -> None:
        try:
            self._document.do(SetCaption(text), merge=True)
        except ScenewrightError as error:
            self.told.emit(str(error))

    def set_seed(self, seed: int) -> None:
        """The next design, all anew or not, is of this variation."""
        if seed != self.plan.seed:
            self.set(replace(self.plan, seed=seed, drawn=False), "Change the variation")

    def set_guidance(self, guidance: str) -> None:
        self.set(replace(self.plan, guidance=guidance), "Change how places are kept")

    def read_caption(self) -> None:
        """Fill the list with what the caption names."""
        caption = self._document.layout.caption
        if not caption:
            self._panel.caption.setFocus()
            self.told.emit("Write what the scene shows first.")
            return
        try:
            plan = linked(reading.from_caption(self.plan, caption), self._document.layout)
        except ScenewrightError as error:
            self.told.emit(str(error))
            return
        if not self.set(plan, "Read caption"):
            self.told.emit("The plan holds what the caption names already.")

    def add(self, text: str) -> None:
        try:
            plan, new, problems = reading.with_more(self.plan, text)
        except ScenewrightError as error:
            self.told.emit(str(error))
            return
        plan = linked(plan, self._document.layout)
        if new and self.set(plan, f"Plan {new[-1].label}"):
            self._panel.what.clear()
            self.added.emit(new[-1].id)
            if problems:
                self.told.emit("  ".join(problems))

    def take_edit(self, element_id: str, part: Part, value: str | int) -> None:
        plan = self.plan
        element = plan.find(element_id)
        if element is None:
            return
        try:
            if part is Part.COUNT:
                element = replace(element, count=int(value))
            elif part is Part.NAME:
                element = replace(element, label=check_label(str(value)))
            else:
                self._set_relations(plan, element, str(value))
                return
        except InputError as error:
            self.told.emit(str(error))
            return
        title = f"Plan {element.count} × {element.label}" if part is Part.COUNT else "Rename"
        self.set(with_element(plan, element), title)

    def _set_relations(self, plan: Plan, element: Element, text: str) -> None:
        read = read_relations(text, element.id, plan.elements)
        if read.problems:
            self.told.emit("  ".join(read.problems))
        if read.relations or not read.problems:
            new = with_relations(plan, element.id, read.relations)
            self.set(new, f"Say where {element.label} stands")

    def take_mark(self, element_id: str, part: Part) -> None:
        if part is Part.BACKGROUND:
            self._set_background([element_id])
        else:
            self._set_locked([element_id])

    def toggle_background(self) -> None:
        self._set_background(self._panel.chosen_ids())

    def _set_background(self, element_ids: Collection[str]) -> None:
        plan = self.plan
        chosen = [e for e in plan.elements if e.id in element_ids]
        on = not all(e.background for e in chosen)
        for element in chosen:
            plan = with_element(plan, replace(element, background=on))
        names = ", ".join(e.label for e in chosen)
        self.set(plan, f"Make {names} {'background' if on else 'an object'}")

    def move(self, element_id: str, row: int) -> None:
        element = self.plan.find(element_id)
        if element is not None:
            self.set(moved(self.plan, element_id, row), f"Move {element.label} in the plan")

    def delete(self, *, layers: bool = False) -> None:
        """Take the chosen elements out of the plan, and out of the scene with `layers`."""
        chosen = self.chosen()
        if not chosen:
            return
        ids = {e.id for e in chosen}
        plan, layout = self.plan, self._document.layout
        gone = layers_of(plan, layout, ids)
        names = chosen[0].label if len(chosen) == 1 else f"{len(chosen)} elements"
        command: Command = SetPlan(without(plan, ids), f"Delete {names} from the plan")
        title = command.name(layout)
        if layers and gone:
            command = Several((RemoveLayers(gone), command))
        if self._do(command, title) and gone and not layers:
            self.told.emit(f"{names} left the plan. The layers stay; Undo brings it back.")

    def remove_layers(self) -> None:
        """Take what the chosen elements were placed as out of the scene; they are to do again."""
        gone = layers_of(self.plan, self._document.layout, set(self._panel.chosen_ids()))
        if gone:
            self._do(RemoveLayers(gone))

    def toggle_lock(self) -> None:
        self._set_locked(self._panel.chosen_ids())

    def _set_locked(self, element_ids: Collection[str]) -> None:
        layout = self._document.layout
        ids = layers_of(self.plan, layout, element_ids)
        if not ids:
            return
        on = not all(layout.layer(i).locked for i in ids)
        names = layout.layer(ids[0]).label if len(ids) == 1 else f"{len(ids)} layers"
        commands = tuple(SetLayer(i, "locked", on) for i in ids)
        self._do(Several(commands), f"{'Lock' if on else 'Unlock'} {names}")

    def close_notes(self) -> None:
        self.set(replace(self.plan, notes=(), remarks=()), "Close the notes of the plan")

    def forget_boxes(self) -> None:
        plan = self.plan
        mine = [i for i in instances(self.chosen()) if plan.spot(i).own]
        for instance in mine:
            plan = with_box(plan, instance, None)
        if mine:
            self.set(plan, "Leave the place to the design")
