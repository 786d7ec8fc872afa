"""The plan in the window: what its panel, its menu and its boxes on the canvas do."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from app.actions import Actions
from app.canvas.view import CanvasView
from app.engine_bridge import EngineBridge
from app.plan import reading
from app.plan.boxes import PlanBox, PlanBoxes
from app.plan.designing import Designing
from app.plan.editing import PlanEditing
from app.plan.panel import PlanPanel
from app.plan.rows import Part
from app.plan.shown import chosen_boxes
from app.state import Selection
from engine.design.kept import (
    Plan,
    elements_of,
    instances,
    is_locked,
    layers_of,
    missing,
    placed,
    plan_of,
    with_box,
)
from engine.design.request import PlannedStep
from engine.layout.document import Change, Document
from engine.layout.geometry import Box
from planner.scene import Instance

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
        self._linked: tuple[str, ...] = ()
        self.panel = PlanPanel()
        self.editing = PlanEditing(document, self.panel, self)
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
        edits = self.editing
        return {
            "plan_show": self._show_panel,
            "plan_read": edits.read_caption,
            "plan_all": self.design_all,
            "plan_anew": self.design_anew,
            "plan_next": self.design_next,
            "plan_again": self.design_again,
            "plan_lock": edits.toggle_lock,
            "plan_pause": self._pause,
            "plan_cancel": self.designing.cancel,
            "plan_name": lambda: self._edit(Part.NAME),
            "plan_where": lambda: self._edit(Part.RELATIONS),
            "plan_background": edits.toggle_background,
            "plan_box": self.draw_box,
            "plan_any_box": edits.forget_boxes,
            "plan_remove": edits.remove_layers,
            "plan_delete": edits.delete,
            "plan_delete_all": lambda: edits.delete(layers=True),
        }

    def _buttons(self) -> dict[str, QAbstractButton]:
        """The panel's buttons that actions of the same effect follow."""
        panel = self.panel
        return {
            "plan_all": panel.all,
            "plan_next": panel.next,
            "plan_again": panel.again,
            "plan_lock": panel.lock,
        }

    def _connect(self) -> None:
        edits = self.editing
        panel, designing, boxes, a = self.panel, self.designing, self.boxes, self._actions
        panel.read_wanted.connect(edits.read_caption)
        panel.add_wanted.connect(edits.add)
        panel.chosen.connect(self._link_layers)
        panel.menu_wanted.connect(self._open_menu)
        panel.notes_closed.connect(edits.close_notes)
        panel.left.connect(self._canvas.setFocus)
        panel.caption.typed.connect(edits.set_caption)
        panel.caption.done.connect(lambda: self._document.end_merge())
        panel.caption.was_cut.connect(self.told)
        panel.model.edited.connect(edits.take_edit)
        panel.model.moved.connect(edits.move)
        panel.list.marked.connect(edits.take_mark)
        panel.list.delete_wanted.connect(edits.delete)
        buttons = {**self._buttons(), "plan_pause": panel.pause, "plan_cancel": panel.stop}
        for name, button in buttons.items():
            button.clicked.connect(a[name].trigger)
        panel.ways.another_wanted.connect(a["plan_anew"].trigger)
        panel.ways.seed_set.connect(edits.set_seed)
        panel.ways.guidance_set.connect(edits.set_guidance)
        edits.told.connect(self.told)
        edits.edited.connect(designing.refresh)
        edits.refused.connect(self.show_plan)
        edits.added.connect(self._choose)
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
        self.editing.set_document(document)
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

    def _show_enabled(self) -> None:
        plan, layout, a = self.plan, self._document.layout, self._actions
        chosen = self.editing.chosen()
        busy = self.designing.is_open
        locked = bool(chosen) and all(is_locked(plan, layout, e.id) for e in chosen)
        self.panel.show_enabled(plan=plan, layout=layout, busy=busy, locked=locked)
        panel = self.panel
        for name, button in self._buttons().items():
            a[name].setEnabled(button.isEnabled())
        a["plan_all"].setText(panel.all.text())
        a["plan_again"].setText("&Place it" if panel.again.text() == "Place" else "Place it &again")
        a["plan_lock"].setText(panel.lock.text())
        a["plan_anew"].setEnabled(bool(placed(plan, layout)) and not busy)
        panel.ways.show_plan(plan, busy=busy, stands=a["plan_anew"].isEnabled())
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

    def _choose(self, element_id: str) -> None:
        self.panel.choose([element_id])
        self._link_layers([element_id])

    def _link_layers(self, element_ids: Collection[str]) -> None:
        self._linking = True
        self._linked = layers_of(self.plan, self._document.layout, element_ids)
        self._selection.set(self._linked)
        self._linking = False
        self._after_choice()

    def _link_elements(self) -> None:
        if self._linking:
            return
        selected, known = self._selection.ids, {x.id for x in self._document.layout.layers}
        if not selected and self._linked and not known.intersection(self._linked):
            # Undone or placed anew: the element stays selected, its layers are other ones.
            self._link_layers(self.panel.chosen_ids())
            return
        self._linked = selected
        self.panel.choose(elements_of(self.plan, selected))
        self._after_choice()

    def _after_choice(self) -> None:
        self._show_enabled()
        self.show_boxes()

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
        chosen = self.editing.chosen()
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
        plan, layout = self.plan, self._document.layout
        waiting = {i.element for i in missing(plan, layout)}
        named = (e.id for e in plan.elements if e.id in waiting and stage.endswith(f" {e.label}"))
        self.panel.model.set_busy(next(named, None))
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
        self.boxes.show(chosen_boxes(plan, layout, self.editing.chosen(), self._proposals))

    def draw_box(self) -> None:
        """Have the user draw where the chosen element goes."""
        chosen = self.editing.chosen()
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

    def _take_box(self, instance: Instance, box: Box) -> None:
        plan, layout = self.plan, self._document.layout
        element = plan.find(instance.element)
        if element is None:
            return
        if instance not in placed(plan, layout):
            self.editing.set(with_box(plan, instance, box), f"Set the place of {element.label}")
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

    def _edit(self, part: Part) -> None:
        chosen = self.panel.chosen_ids()
        if chosen:
            self._show_panel()
            self.panel.list.setFocus()
            self.panel.list.edit_part(self.panel.model.row_of(chosen[-1]), part)

    def _show_panel(self) -> None:
        self.wanted.emit()

    def _open_menu(self, at: QPoint) -> None:
        self.menu.popup(at)
