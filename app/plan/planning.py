"""The plan in the window: what its panel, its menu and its boxes on the canvas do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.actions import Actions
from app.canvas.view import CanvasView
from app.engine_bridge import EngineBridge
from app.plan import reading
from app.plan.boxes import PlanBox, PlanBoxes
from app.plan.commands import SetPlan
from app.plan.designing import Designing
from app.plan.panel import PlanPanel
from app.plan.relations import read_relations
from app.plan.rows import Part
from app.plan.state import (
    Plan,
    elements_of,
    instances,
    is_locked,
    layers_of,
    linked,
    missing,
    moved,
    placed,
    plan_of,
    with_box,
    with_element,
    with_relations,
    without,
)
from app.state import Selection
from engine.design.request import PlannedStep
from engine.errors import InputError, ScenewrightError
from engine.layout.commands import Command, RemoveLayers, SetCaption, SetLayer, Several
from engine.layout.document import Change, Document
from engine.layout.geometry import Box
from engine.layout.layout import check_label
from planner.scene import Element, Instance

MENU = (
    ("plan_name", "plan_where", "plan_background"),
    ("plan_box", "plan_any_box"),
    ("plan_again", "plan_lock", "plan_remove"),
    ("plan_delete", "plan_delete_all"),
)
PROPOSALS_SHOWN = 4
"""Places beside the one that was followed; more would hide the scene."""


class Planning(QObject):
    told = Signal(str)
    failed = Signal(str)
    wanted = Signal()
    """The panel should be seen."""
    box_wanted = Signal()
    """A box is about to be drawn: the canvas should have the keyboard and the arrow."""

    def __init__(
        self,
        window: QWidget,
        *,
        document: Document,
        selection: Selection,
        actions: Actions,
        bridge: EngineBridge,
        canvas: CanvasView,
    ) -> None:
        super().__init__(window)
        self._document, self._selection, self._actions = document, selection, actions
        self._canvas = canvas
        self._proposals: dict[Instance, tuple[Box, ...]] = {}
        self._step: PlannedStep | None = None
        self._linking = False
        self.panel = PlanPanel()
        self.designing = Designing(bridge, document, self)
        self.boxes = PlanBoxes(self)
        canvas.helper = self.boxes
        self.menu = QMenu(window)
        for group in MENU:
            self.menu.addSeparator()
            for name in group:
                self.menu.addAction(actions[name])
        for name, handler in self._handlers().items():
            actions.connect(name, handler)
        self._connect()
        document.changed.connect(self._on_change)
        document.history_changed.connect(self.designing.on_history)
        self.show_plan()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "plan_show": self._show_panel,
            "plan_read": self.read_caption,
            "plan_all": self.design_all,
            "plan_anew": self.design_anew,
            "plan_next": self.design_next,
            "plan_again": self.design_again,
            "plan_lock": self.toggle_lock,
            "plan_pause": self._pause,
            "plan_cancel": self.designing.cancel,
            "plan_name": lambda: self._edit(Part.NAME),
            "plan_where": lambda: self._edit(Part.RELATIONS),
            "plan_background": self._toggle_background,
            "plan_box": self.draw_box,
            "plan_any_box": self.forget_boxes,
            "plan_remove": self.remove_layers,
            "plan_delete": self.delete,
            "plan_delete_all": lambda: self.delete(layers=True),
        }

    def _connect(self) -> None:
        panel, designing, boxes, a = self.panel, self.designing, self.boxes, self._actions
        panel.read_wanted.connect(self.read_caption)
        panel.add_wanted.connect(self.add)
        panel.chosen.connect(self._link_layers)
        panel.menu_wanted.connect(self._open_menu)
        panel.notes_closed.connect(self._close_notes)
        panel.left.connect(self._canvas.setFocus)
        panel.caption.typed.connect(self._set_caption)
        panel.caption.done.connect(lambda: self._document.end_merge())
        panel.caption.was_cut.connect(self.told)
        panel.model.edited.connect(self._take_edit)
        panel.model.moved.connect(self._move)
        panel.list.marked.connect(self._take_mark)
        panel.list.delete_wanted.connect(self.delete)
        panel.all.clicked.connect(a["plan_all"].trigger)
        panel.next.clicked.connect(a["plan_next"].trigger)
        panel.again.clicked.connect(a["plan_again"].trigger)
        panel.lock.clicked.connect(a["plan_lock"].trigger)
        panel.pause.clicked.connect(a["plan_pause"].trigger)
        panel.stop.clicked.connect(a["plan_cancel"].trigger)
        designing.state_changed.connect(self._show_running)
        designing.progressed.connect(self._show_progress)
        designing.stepped.connect(self._take_step)
        designing.failed.connect(self.failed)
        designing.told.connect(self.told)
        boxes.changed.connect(self._canvas.update)
        boxes.dragged.connect(self._take_box)
        boxes.said.connect(self.told)
        self._selection.changed.connect(self._link_elements)

    # Following the document

    @property
    def plan(self) -> Plan:
        return plan_of(self._document.layout)

    def set_document(self, document: Document) -> None:
        self.release_document()
        self._document = document
        self._proposals, self._step = {}, None
        self.designing.set_document(document)
        document.changed.connect(self._on_change)
        document.history_changed.connect(self.designing.on_history)
        self.show_plan()

    def release_document(self) -> None:
        self._document.changed.disconnect(self._on_change)
        self._document.history_changed.disconnect(self.designing.on_history)

    def _on_change(self, change: Change) -> None:
        if change.structure or change.layer_ids or change.fields & {"extra", "caption"}:
            self.show_plan()

    def show_plan(self) -> None:
        self.panel.show_plan(self.plan, self._document.layout)
        self._show_enabled()
        self.show_boxes()

    def _chosen(self) -> list[Element]:
        plan = self.plan
        return [e for id in self.panel.chosen_ids() if (e := plan.find(id)) is not None]

    def _show_enabled(self) -> None:
        plan, layout, a = self.plan, self._document.layout, self._actions
        chosen = self._chosen()
        busy = self.designing.is_open
        locked = bool(chosen) and all(is_locked(plan, layout, e.id) for e in chosen)
        self.panel.show_enabled(plan=plan, layout=layout, busy=busy, locked=locked)
        panel = self.panel
        for name, button in (
            ("plan_all", panel.all),
            ("plan_next", panel.next),
            ("plan_again", panel.again),
            ("plan_lock", panel.lock),
        ):
            a[name].setEnabled(button.isEnabled())
        a["plan_all"].setText(panel.all.text())
        a["plan_again"].setText("&Place it" if panel.again.text() == "Place" else "Place it &again")
        a["plan_lock"].setText(panel.lock.text())
        a["plan_anew"].setEnabled(bool(placed(plan, layout)) and not busy)
        a["plan_pause"].setEnabled(busy)
        a["plan_cancel"].setEnabled(busy)
        for name in ("plan_name", "plan_where", "plan_box"):
            a[name].setEnabled(len(chosen) == 1)
        for name in ("plan_background", "plan_delete", "plan_delete_all"):
            a[name].setEnabled(bool(chosen))
        a["plan_background"].setChecked(bool(chosen) and all(e.background for e in chosen))
        there = layers_of(plan, layout, {e.id for e in chosen})
        a["plan_remove"].setEnabled(bool(there))
        a["plan_delete_all"].setEnabled(bool(there))
        own = any(plan.spot(i).own for i in instances(chosen))
        a["plan_any_box"].setEnabled(own)

    # Selection: an element and its layers are one

    def _link_layers(self, element_ids: Collection[str]) -> None:
        self._linking = True
        self._selection.set(layers_of(self.plan, self._document.layout, element_ids))
        self._linking = False
        self._after_choice()

    def _link_elements(self) -> None:
        if not self._linking:
            self.panel.choose(elements_of(self.plan, self._selection.ids))
            self._after_choice()

    def _after_choice(self) -> None:
        self._show_enabled()
        self.show_boxes()

    # Editing the plan

    def _do(self, command: Command, title: str = "") -> bool:
        try:
            done = self._document.do(command, name=title)
        except ScenewrightError as error:
            self.told.emit(str(error))
            self.show_plan()
            return False
        if done:
            self.designing.refresh()
        return done

    def _set(self, plan: Plan, title: str) -> bool:
        return self._do(SetPlan(plan, title))

    def _set_caption(self, text: str) -> None:
        try:
            self._document.do(SetCaption(text), merge=True)
        except ScenewrightError as error:
            self.told.emit(str(error))

    def read_caption(self) -> None:
        """Fill the list with what the caption names."""
        caption = self._document.layout.caption
        if not caption:
            self.panel.caption.setFocus()
            self.told.emit("Write what the scene shows first.")
            return
        try:
            plan = linked(reading.from_caption(self.plan, caption), self._document.layout)
        except ScenewrightError as error:
            self.told.emit(str(error))
            return
        if not self._set(plan, "Read caption"):
            self.told.emit("The plan holds what the caption names already.")

    def add(self, text: str) -> None:
        try:
            plan, new, problems = reading.with_more(self.plan, text)
        except ScenewrightError as error:
            self.told.emit(str(error))
            return
        plan = linked(plan, self._document.layout)
        if new and self._set(plan, f"Plan {new[-1].label}"):
            self.panel.what.clear()
            self.panel.choose([new[-1].id])
            self._link_layers([new[-1].id])
            if problems:
                self.told.emit("  ".join(problems))

    def _take_edit(self, element_id: str, part: Part, value: str | int) -> None:
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
        self._set(with_element(plan, element), title)

    def _set_relations(self, plan: Plan, element: Element, text: str) -> None:
        read = read_relations(text, element.id, plan.elements)
        if read.problems:
            self.told.emit("  ".join(read.problems))
        if read.relations or not read.problems:
            new = with_relations(plan, element.id, read.relations)
            self._set(new, f"Say where {element.label} stands")

    def _take_mark(self, element_id: str, part: Part) -> None:
        if part is Part.BACKGROUND:
            self._set_background([element_id])
        else:
            self._set_locked([element_id])

    def _toggle_background(self) -> None:
        self._set_background(self.panel.chosen_ids())

    def _set_background(self, element_ids: Collection[str]) -> None:
        plan = self.plan
        chosen = [e for e in plan.elements if e.id in element_ids]
        on = not all(e.background for e in chosen)
        for element in chosen:
            plan = with_element(plan, replace(element, background=on))
        names = ", ".join(e.label for e in chosen)
        self._set(plan, f"Make {names} {'background' if on else 'an object'}")

    def _move(self, element_id: str, row: int) -> None:
        element = self.plan.find(element_id)
        if element is not None:
            self._set(moved(self.plan, element_id, row), f"Move {element.label} in the plan")

    def _edit(self, part: Part) -> None:
        chosen = self.panel.chosen_ids()
        if chosen:
            self._show_panel()
            self.panel.list.setFocus()
            self.panel.list.edit_part(self.panel.model.row_of(chosen[-1]), part)

    def delete(self, *, layers: bool = False) -> None:
        """Take the chosen elements out of the plan, and out of the scene with `layers`."""
        chosen = self._chosen()
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
        gone = layers_of(self.plan, self._document.layout, set(self.panel.chosen_ids()))
        if gone:
            self._do(RemoveLayers(gone))

    def toggle_lock(self) -> None:
        self._set_locked(self.panel.chosen_ids())

    def _set_locked(self, element_ids: Collection[str]) -> None:
        layout = self._document.layout
        ids = layers_of(self.plan, layout, element_ids)
        if not ids:
            return
        on = not all(layout.layer(i).locked for i in ids)
        names = layout.layer(ids[0]).label if len(ids) == 1 else f"{len(ids)} layers"
        commands = tuple(SetLayer(i, "locked", on) for i in ids)
        self._do(Several(commands), f"{'Lock' if on else 'Unlock'} {names}")

    def _close_notes(self) -> None:
        self._set(replace(self.plan, notes=(), remarks=()), "Close the notes of the plan")

    # Designing

    def design_all(self) -> None:
        """Place what is missing; when nothing is, place all anew but what is locked."""
        plan, layout = self.plan, self._document.layout
        if not plan.elements or self.designing.is_open:
            return
        if missing(plan, layout):
            self.designing.start("Design scene")
        else:
            self.design_anew()

    def design_anew(self) -> None:
        self._again(instances(self.plan.elements), "Design scene again")

    def design_next(self) -> None:
        plan, layout = self.plan, self._document.layout
        if self.designing.is_open:
            return
        following = reading.next_one(plan, layout)
        element = plan.find(following.element) if following is not None else None
        if following is not None and element is not None:
            self.designing.start(f"Place {element.label}", wanted=(following,))

    def design_again(self) -> None:
        chosen = self._chosen()
        if chosen:
            names = chosen[0].label if len(chosen) == 1 else f"{len(chosen)} elements"
            there = layers_of(self.plan, self._document.layout, {e.id for e in chosen})
            self._again(instances(chosen), f"Place {names} again" if there else f"Place {names}")

    def _again(self, asked: Collection[Instance], title: str) -> None:
        """Place instances, those that stand anew; locked layers stay."""
        if self.designing.is_open:
            return
        layout = self._document.layout
        there = placed(self.plan, layout)
        locked = {i for i, id in there.items() if layout.layer(id).locked}
        free = tuple(i for i in asked if i not in locked)
        if not free:
            self.told.emit("All of it is locked. Unlock what should be placed anew.")
            return
        self.designing.start(title, wanted=free, anew=[i for i in free if i in there])

    def _pause(self) -> None:
        designing = self.designing
        if designing.is_paused or designing.is_pausing:
            designing.resume()
        else:
            designing.pause()

    def _show_running(self) -> None:
        designing = self.designing
        if not designing.is_running:
            self.panel.model.set_busy(None)
            self._step = None
        self.panel.set_running(
            running=designing.is_running,
            paused=designing.is_paused,
            pausing=designing.is_pausing,
        )
        self._actions["plan_pause"].setText(self.panel.pause.text())
        self.icons_stale.emit()
        self._after_choice()

    icons_stale = Signal()

    def _show_progress(self, stage: str, step: int, total: int) -> None:
        if self.designing.is_pausing:
            stage = self.panel.stage.text()
        # Nothing known yet: the bar shows that something is going on.
        self.panel.set_progress(stage or "Starting", step, total if stage else 0)

    def _take_step(self, step: PlannedStep) -> None:
        self._step = step
        element = self.plan.find(step.instance.element)
        # A background fills its region: where else it could lie helps nobody.
        others = () if element is None or element.background else step.proposals
        others = tuple(box for box in others if box != step.box)
        self._proposals[step.instance] = others[:PROPOSALS_SHOWN]
        chosen = self.panel.chosen_ids()
        if step.instance.element in chosen:
            self._link_layers(chosen)
        else:
            self.show_boxes()

    # Boxes

    def show_boxes(self) -> None:
        """Show where the chosen elements go, or what the design has just done."""
        if not self.panel.isVisible():
            self.boxes.show(())
            return
        plan, layout = self.plan, self._document.layout
        step = self._step
        if step is not None and self.designing.is_running:
            faint = [
                PlanBox(instance=step.instance, box=box, followed=False)
                for box in self._proposals.get(step.instance, ())
            ]
            strong = PlanBox(instance=step.instance, box=step.box, label=step.label)
            self.boxes.show((*faint, strong))
            return
        there = placed(plan, layout)
        shown: list[PlanBox] = []
        for element in self._chosen():
            for instance in instances((element,)):
                shown += self._boxes_of(plan, element, instance, there.get(instance))
        self.boxes.show(tuple(shown))

    def _boxes_of(
        self, plan: Plan, element: Element, instance: Instance, layer_id: str | None
    ) -> list[PlanBox]:
        spot = plan.spot(instance)
        shown = [
            PlanBox(instance=instance, box=box, followed=False)
            for box in self._proposals.get(instance, ())
        ]
        if spot.box is None:
            return shown
        locked = layer_id is not None and self._document.layout.layer(layer_id).locked
        number = f" {instance.index + 1}" if element.count > 1 else ""
        label = f"{element.label}{number}{', your box' if spot.own else ''}"
        # A single selected layer has a tag of its own.
        bare = layer_id is not None and element.count == 1 and not spot.own
        shown.append(
            PlanBox(
                instance=instance,
                box=spot.box,
                label="" if bare else label,
                movable=not locked,
                solid=layer_id is None and not element.background,
            )
        )
        return shown

    def draw_box(self) -> None:
        """Have the user draw where the chosen element goes."""
        chosen = self._chosen()
        if len(chosen) != 1:
            return
        plan, layout = self.plan, self._document.layout
        mine = instances(chosen)
        there = placed(plan, layout)
        waiting = [i for i in mine if i not in there]
        bare = [i for i in waiting if not plan.spot(i).own]
        self._show_panel()
        self.box_wanted.emit()
        self.boxes.draw_for((bare or waiting or list(mine))[0])
        self.told.emit(f"Draw a box on the canvas where “{chosen[0].label}” should be.")

    def forget_boxes(self) -> None:
        plan = self.plan
        mine = [i for i in instances(self._chosen()) if plan.spot(i).own]
        for instance in mine:
            plan = with_box(plan, instance, None)
        if mine:
            self._set(plan, "Leave the place to the design")

    def _take_box(self, instance: Instance, box: Box) -> None:
        plan, layout = self.plan, self._document.layout
        element = plan.find(instance.element)
        if element is None:
            return
        if instance not in placed(plan, layout):
            self._set(with_box(plan, instance, box), f"Set the place of {element.label}")
        elif self.designing.is_open:
            self.told.emit("A design is under way: let it end or cancel it, then drag the box.")
        else:
            self.designing.start(
                f"Place {element.label} again",
                wanted=(instance,),
                anew=(instance,),
                boxes={instance: box},
            )

    # Showing

    def _show_panel(self) -> None:
        self.wanted.emit()

    def _open_menu(self, at: QPoint) -> None:
        self.menu.popup(at)
