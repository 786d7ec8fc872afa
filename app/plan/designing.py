"""A design while it runs: asks the engine, takes over each object as it comes, stops, goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from app.engine_bridge import EngineBridge
from app.plan.commands import Place
from engine.design.kept import (
    Plan,
    Spot,
    missing,
    own_boxes,
    placed,
    plan_of,
    scene_of,
    standing_spot,
    with_new_layers,
    with_plan,
    with_spot,
)
from engine.design.request import DesignRequest, DesignResult, PlannedStep
from engine.errors import ScenewrightError
from engine.jobs.context import JobState, Message
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from planner.scene import Instance, Relation

NO_PLACE = "No good place or shape was found for it."


@dataclass
class _Run:
    """One press of a button, over all its pauses.

    Attributes:
        title: Name of its undo step.
        wanted: What is to be placed; None means all that is missing, as the plan changes.
        anew: Which of them stand already and are replaced when their successor comes.
        boxes: Boxes that the user has just set for some of them.
        seed: Of its requests.
        total: Objects to place, for the progress.
        revision: Of the document after the last object; what comes next joins that step.
    """

    title: str
    wanted: tuple[Instance, ...] | None
    anew: frozenset[Instance]
    boxes: Mapping[Instance, Box]
    seed: int
    total: int = 0
    revision: int | None = None
    done: set[Instance] = field(default_factory=set)
    failed: set[Instance] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    """Ids of the layers that came from the present job."""


class Designing(QObject):
    """At most one design at a time; nothing here waits for the engine."""

    state_changed = Signal()
    progressed = Signal(str, int, int)
    stepped = Signal(object)
    failed = Signal(str)
    told = Signal(str)

    def __init__(
        self, bridge: EngineBridge, document: Document, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._document = document
        self._run: _Run | None = None
        self._job: int | None = None
        self._request: DesignRequest | None = None
        self._stop_next = False
        self._stale = False
        bridge.message.connect(self._on_message)

    # State

    @property
    def is_open(self) -> bool:
        """Whether a design runs or is paused."""
        return self._run is not None

    @property
    def is_running(self) -> bool:
        return self._job is not None

    @property
    def is_paused(self) -> bool:
        return self.is_open and not self.is_running

    @property
    def is_pausing(self) -> bool:
        """Whether it will pause when the present object stands."""
        return self._stop_next

    def set_document(self, document: Document) -> None:
        self._end()
        self._document = document

    # What the user asks for

    def start(
        self,
        title: str,
        *,
        wanted: tuple[Instance, ...] | None = None,
        anew: Collection[Instance] = (),
        boxes: Mapping[Instance, Box] | None = None,
    ) -> None:
        """Begin a design; `title` names its undo step.

        Args:
            wanted: The instances to place, None for all that are missing.
            anew: Those of them that stand already and are to be replaced.
            boxes: Where some of them go; becomes a part of the plan when they stand there.
        """
        self._end()
        layout = self._document.layout
        plan = plan_of(layout)
        asked = missing(plan, layout) if wanted is None else wanted
        # The same seed would give the same again.
        again = bool(anew) or any(plan.spot(i).problem for i in asked)
        seed = plan.seed + 1 if again and plan.drawn else plan.seed
        self._run = _Run(title, wanted, frozenset(anew), dict(boxes or {}), seed, len(asked))
        self._submit()

    def pause(self) -> None:
        """Stop when the present object stands."""
        if self.is_running and not self._stop_next:
            self._stop_next = True
            self.state_changed.emit()

    def resume(self) -> None:
        if self.is_paused:
            self._submit()
        elif self._stop_next:
            self._stop_next = False
            self.state_changed.emit()

    def cancel(self) -> None:
        """Stop now; what stands stays."""
        run = self._run
        if run is None:
            return
        self._end()
        many = f"{len(run.done)} of {run.total} placed"
        self.told.emit(f"Stopped: {many}. Undo takes them back." if run.done else "Stopped.")

    def refresh(self) -> None:
        """The plan was edited: go on with it as it is now, after the present object."""
        if self.is_running:
            self._stale = True

    # Talking to the engine

    def _submit(self) -> None:
        run = self._run
        assert run is not None
        layout = self._document.layout
        plan = plan_of(layout)
        there = placed(plan, layout)
        waiting = run.anew - run.done
        open_ones = tuple(
            i
            for i in (missing(plan, layout) if run.wanted is None else run.wanted)
            if (i not in there or i in waiting) and i not in run.failed and plan.find(i.element)
        )
        run.total = max(len(run.done) + len(run.failed) + len(open_ones), 1)
        if not open_ones:
            self._finish(())
            return
        old = {there[i] for i in waiting if i in there}
        request = DesignRequest(
            layout=with_plan(
                layout.with_layers(tuple(x for x in layout.layers if x.id not in old)), Plan()
            ),
            scene=scene_of(plan, layout.caption),
            placed={i: id for i, id in there.items() if id not in old},
            boxes={i: b for i, b in (own_boxes(plan) | dict(run.boxes)).items() if i in open_ones},
            only=None if run.wanted is None and not run.failed else open_ones,
            seed=run.seed,
            guidance=plan.guidance,
        )
        run.taken = set()
        self._stop_next = self._stale = False
        self._request = request
        try:
            self._job = self._bridge.submit(request)
        except ScenewrightError as error:
            self._end()
            self.failed.emit(str(error))
            return
        self.progressed.emit("", len(run.done), run.total)
        self.state_changed.emit()

    def _halt(self) -> None:
        """End the present job, not the design."""
        if self._job is not None:
            self._bridge.cancel(self._job)
        self._job, self._stop_next, self._stale = None, False, False

    def _end(self) -> None:
        self._halt()
        if self._run is not None:
            self._run = None
            self._request = None
            self.state_changed.emit()

    def _on_message(self, message: Message) -> None:
        run = self._run
        if run is None or message.job != self._job:
            return
        if message.state is JobState.DONE:
            self._job = None
            self._take_result(message.result)
        elif message.state is JobState.FAILED:
            count = len(run.done)
            self._end()
            kept = f" {count} of {run.total} placed before that stay." if count else ""
            self.failed.emit(f"{message.error}{kept}")
        elif message.state is JobState.CANCELLED:
            self._end()
        else:
            if isinstance(message.preview, PlannedStep):
                self._take_step(message.preview)
            if self._job is not None:
                stood = len(run.done) + len(run.failed)
                self.progressed.emit(message.stage, min(stood, run.total), run.total)

    def _take_step(self, step: PlannedStep) -> None:
        assert self._run is not None
        self._take_layout(step.layout, (step,))
        self.stepped.emit(step)
        if self._stop_next:
            self._halt()
            self.state_changed.emit()
        elif self._stale:
            self._halt()
            self._submit()

    def _take_layout(
        self,
        made: Layout,
        steps: Collection[PlannedStep],
        standing: Mapping[Instance, str] | None = None,
    ) -> None:
        """Show what the job has made so far, and note it in the plan.

        `standing` are instances for which the job has found a layer that was there before.
        """
        run, request = self._run, self._request
        assert run is not None and request is not None
        layout, plan = self._document.layout, plan_of(self._document.layout)
        if run.revision is None:
            plan = replace(plan, remarks=(), seed=run.seed, drawn=True)
        begun = {x.id for x in request.layout.layers}
        now = {x.id for x in made.layers} - begun
        new, gone = now - run.taken, run.taken - now
        for step in steps:
            old = plan.spot(step.instance)
            if step.layer is not None:
                if step.instance in run.anew - run.done and old.layer is not None:
                    gone |= {old.layer}
                own = step.instance in run.boxes or old.own
                shape = step.layout.layer(step.layer).mask.box
                spot = Spot(layer=step.layer, box=step.box, shape=shape, own=own)
                run.done.add(step.instance)
                run.failed.discard(step.instance)
            else:
                spot = replace(old, problem=step.note or NO_PLACE)
                run.failed.add(step.instance)
            plan = with_spot(plan, step.instance, spot)
        run.taken = now
        layout = with_new_layers(layout, made, new=new, gone=gone)
        for instance, layer_id in (standing or {}).items():
            known = any(x.id == layer_id for x in layout.layers)
            if known and instance not in placed(plan, layout):
                plan = with_spot(plan, instance, standing_spot(layout.layer(layer_id)))
        self._do(with_plan(layout, plan))

    def _do(self, layout: Layout) -> None:
        run = self._run
        assert run is not None
        self._own_edit = True
        try:
            if self._document.do(Place(layout, run.title), join=run.revision):
                run.revision = self._document.revision
        finally:
            self._own_edit = False

    _own_edit = False

    def on_history(self) -> None:
        """The user who takes the design back while it runs wants it to end."""
        run = self._run
        if run is None or not run.done or self._own_edit:
            return
        document = self._document
        if document.redo_name == run.title and document.revision != run.revision:
            self._end()
            self.told.emit("The design was taken back and stopped. Redo brings it back.")

    def _take_result(self, result: DesignResult) -> None:
        """What the steps have not told: objects of a last try, relations, remarks."""
        run = self._run
        assert run is not None
        fresh = [s for s in result.steps if s.layer is not None and s.instance not in run.done]
        self._take_layout(result.layout, fresh, result.placed)
        notes = [*result.notes, *unmet_notes(result)]
        again = run.wanted is None and self._newly_wanted()
        if again:
            self._note(notes)
            self._submit()
        else:
            self._finish(notes)

    def _newly_wanted(self) -> bool:
        """Whether the plan has grown while the last object was made."""
        assert self._request is not None
        layout = self._document.layout
        plan = plan_of(layout)
        asked = {e.id: e.count for e in self._request.scene.elements}
        return any(i.index >= asked.get(i.element, 0) for i in missing(plan, layout))

    def _note(self, notes: Collection[str]) -> None:
        layout = self._document.layout
        plan = plan_of(layout)
        remarks = tuple(dict.fromkeys((*plan.remarks, *notes)))
        self._do(with_plan(layout, replace(plan, remarks=remarks)))

    def _finish(self, notes: Collection[str]) -> None:
        run = self._run
        assert run is not None
        if notes:
            self._note(notes)
        plan = plan_of(self._document.layout)
        lost = [e.label for i in run.failed if (e := plan.find(i.element)) is not None]
        self._end()
        if lost:
            names = ", ".join(f"“{label}”" for label in dict.fromkeys(sorted(lost)))
            self.told.emit(
                f"{len(run.done)} of {run.total} placed. No place was found for {names}: "
                "draw a box for it, or try again."
            )
        elif len(run.done) > 1:
            self.told.emit(f"All {len(run.done)} are placed. Drag a box to place one anew.")


def unmet_notes(result: DesignResult) -> list[str]:
    """Relations between things that stand and that did not come true, as sentences."""
    there = {instance.element for instance in result.placed}
    wrong = (r for r in result.unmet if {r.subject, *r.references} <= there)
    return [unmet_text(relation, result) for relation in wrong]


def unmet_text(relation: Relation, result: DesignResult) -> str:
    labels = {e.id: e.label.split(",")[0] for e in result.request.scene.elements}
    names = " and ".join(labels.get(x, x) for x in relation.references)
    subject = labels.get(relation.subject, relation.subject)
    return f"Not as asked: {subject} {relation.kind.value} {names}."
