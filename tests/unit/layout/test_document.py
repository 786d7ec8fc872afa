from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine.errors import InputError, ScenewrightError
from engine.layout.brush import paint_stroke
from engine.layout.change import Change
from engine.layout.commands import (
    AddLayer,
    Command,
    DuplicateLayer,
    EditMask,
    MoveLayers,
    RemoveLayers,
    ReorderLayer,
    SetBackground,
    SetCaption,
    SetLayer,
)
from engine.layout.delta import LayoutDelta, MaskDelta
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.semantic import class_map
from tests.unit.layout.scenes import box_layer, layout_of, masks, naive_ids

DOG = box_layer("dog", (10, 10, 20, 10), ade_class=126)
WALL = box_layer("wall", (0, 0, 80, 30), ade_class=0)
SHIFT = MoveLayers(["dog"], 5, 0)


@pytest.fixture
def document() -> Document:
    return Document(layout_of(WALL, DOG))


def listen(document: Document) -> list[Change]:
    heard: list[Change] = []
    document.changed.connect(heard.append)
    return heard


def test_undo_and_redo_walk_through_the_edits(document: Document) -> None:
    start = document.layout
    document.do(SHIFT)
    document.do(SetCaption("a dog on its way"))
    end = document.layout
    assert (document.undo_name, document.can_redo) == ("Edit caption", False)
    assert document.undo()
    assert (document.undo_name, document.redo_name) == ("Move dog", "Edit caption")
    assert document.undo()
    assert document.layout == start
    assert (document.can_undo, document.undo_name) == (False, "")
    assert not document.undo()
    assert document.redo()
    assert document.redo()
    assert document.layout == end
    assert not document.redo()


def test_an_edit_after_undo_forgets_what_was_undone(document: Document) -> None:
    document.do(SHIFT)
    document.undo()
    document.do(SetCaption("another way"))
    assert not document.can_redo


def test_an_edit_that_changes_nothing_leaves_no_step(document: Document) -> None:
    document.do(SHIFT)
    document.undo()
    heard = listen(document)
    assert not document.do(MoveLayers(["dog"], 0, 0))
    assert not document.do(SetLayer("dog", "label", "dog"))
    assert (document.can_undo, document.can_redo, document.is_dirty) == (False, True, False)
    assert heard == []


def test_a_refused_edit_leaves_everything_as_it_was(document: Document) -> None:
    document.do(SetLayer("dog", "locked", True))
    before, heard = document.layout, listen(document)
    with pytest.raises(InputError):
        document.do(SHIFT)
    assert document.layout is before
    assert document.undo_name == "Lock dog"
    assert heard == []


def test_listeners_hear_what_changed_when_all_is_settled(document: Document) -> None:
    seen: list[tuple[Box, bool, bool]] = []

    def look(change: Change) -> None:
        current = np.array_equal(document.semantic.ids, naive_ids(document.layout))
        seen.append((change.region, current, document.is_dirty))

    assert document.semantic.ids.max() == 2
    document.changed.connect(look)
    document.do(SHIFT)
    assert seen == [(Box(10, 10, 25, 10), True, True)]
    document.undo()
    assert seen[1:] == [(Box(10, 10, 25, 10), True, False)]


def test_a_listener_that_fails_does_not_cost_the_undo_step(document: Document) -> None:
    def fail(change: Change) -> None:
        raise RuntimeError("view is gone")

    start = document.layout
    document.changed.connect(fail)
    with pytest.raises(Exception, match="view is gone"):
        document.do(SHIFT)
    document.changed.disconnect(fail)
    assert document.undo()
    assert document.layout == start


def test_word_of_history_comes_with_every_step(document: Document) -> None:
    names: list[str] = []
    document.history_changed.connect(lambda: names.append(document.undo_name))
    document.do(SHIFT)
    document.undo()
    document.redo()
    document.mark_saved()
    assert names == ["Move dog", "", "Move dog", "Move dog"]


# Gestures


def test_a_drag_is_one_step_and_previews_replace_each_other(document: Document) -> None:
    start = document.layout
    with document.gesture() as drag:
        for dx in range(1, 30):
            drag.preview(MoveLayers(["dog"], dx, 0))
            assert not document.can_undo
    assert document.layout.layer("dog").mask == DOG.mask.moved(29, 0)
    assert document.undo_name == "Move dog"
    document.undo()
    assert document.layout == start
    assert not document.can_undo


def test_a_cancelled_gesture_leaves_nothing(document: Document) -> None:
    start, ids = document.layout, document.semantic.ids.copy()
    document.do(SHIFT)
    document.undo()
    drag = document.begin("Move dog")
    drag.preview(SHIFT, SetCaption("halfway"))
    heard = listen(document)
    document.cancel()
    assert document.layout == start
    assert np.array_equal(document.semantic.ids, ids)
    assert (document.can_undo, document.can_redo, document.is_dirty) == (False, True, False)
    assert [c.region for c in heard] == [Box(10, 10, 25, 10)]
    drag.preview(SHIFT)
    assert not drag.commit()
    assert document.layout == start


def test_a_gesture_that_breaks_is_cancelled(document: Document) -> None:
    start = document.layout
    with pytest.raises(InputError), document.gesture("Move") as drag:
        drag.preview(SHIFT)
        drag.preview(MoveLayers(["nobody"], 1, 1))
    assert document.layout == start
    assert not document.can_undo


def test_undo_during_a_drag_takes_the_drag_back(document: Document) -> None:
    document.do(SetCaption("before"))
    settled = document.layout
    document.begin().preview(SHIFT)
    assert document.undo()
    assert document.layout == settled
    assert document.undo_name == "Edit caption"


def test_an_edit_during_a_drag_comes_after_it(document: Document) -> None:
    drag = document.begin("Move dog")
    drag.preview(SHIFT)
    document.do(SetCaption("in between"))
    drag.preview(MoveLayers(["dog"], 50, 0))
    drag.cancel()
    assert document.layout.layer("dog").mask == DOG.mask.moved(5, 0)
    document.undo()
    assert document.undo_name == "Move dog"


def test_a_gesture_without_effect_leaves_no_step(document: Document) -> None:
    with document.gesture("Move dog") as drag:
        drag.preview(SHIFT)
        drag.preview(MoveLayers(["dog"], 0, 0))
    assert not document.can_undo
    assert not document.commit()


# Merging


def test_slider_moves_of_the_same_thing_merge(document: Document) -> None:
    start = document.layout
    for _ in range(4):
        document.do(MoveLayers(["dog"], 1, 0), merge=True)
    assert document.layout.layer("dog").mask == DOG.mask.moved(4, 0)
    document.undo()
    assert document.layout == start
    document.redo()
    assert document.layout.layer("dog").mask == DOG.mask.moved(4, 0)


def interrupt_by_other_thing(document: Document) -> None:
    document.do(MoveLayers(["wall"], 1, 0), merge=True)


def interrupt_by_release(document: Document) -> None:
    document.end_merge()


def interrupt_by_save(document: Document) -> None:
    document.mark_saved()


def interrupt_by_undo(document: Document) -> None:
    document.do(SetCaption("x"))
    document.undo()


def interrupt_by_undo_and_redo(document: Document) -> None:
    document.undo()
    document.redo()


@pytest.mark.parametrize(
    "interrupt",
    [
        interrupt_by_other_thing,
        interrupt_by_release,
        interrupt_by_save,
        interrupt_by_undo,
        interrupt_by_undo_and_redo,
    ],
)
def test_merging_ends_where_the_user_did_something_else(
    document: Document, interrupt: Callable[[Document], None]
) -> None:
    document.do(SHIFT, merge=True)
    interrupt(document)
    document.do(SHIFT, merge=True)
    document.undo()
    assert document.layout.layer("dog").mask == DOG.mask.moved(5, 0)


def test_edits_merge_only_when_asked(document: Document) -> None:
    document.do(SHIFT)
    document.do(SHIFT, merge=True)
    document.undo()
    assert document.layout.layer("dog").mask == DOG.mask.moved(5, 0)


def test_what_a_job_adds_piece_by_piece_is_one_step(document: Document) -> None:
    start = document.layout
    document.do(SHIFT, name="Design")
    first = document.revision
    document.end_merge()
    document.do(SetCaption("more"), join=first)
    assert document.undo_names == ("Design",)
    document.undo()
    assert document.layout == start
    document.redo()
    assert document.layout.caption == "more"


def test_pieces_do_not_join_across_an_edit_of_the_user(document: Document) -> None:
    document.do(SHIFT, name="Design")
    first = document.revision
    document.do(SetCaption("by hand"))
    document.do(SHIFT, name="Design", join=first)
    assert document.undo_names == ("Design", "Edit caption", "Design")


def test_merged_moves_that_end_where_they_began_vanish(document: Document) -> None:
    document.do(SetCaption("first"))
    document.mark_saved()
    document.do(MoveLayers(["dog"], 3, 0), merge=True)
    assert document.is_dirty
    document.do(MoveLayers(["dog"], -3, 0), merge=True)
    assert document.undo_name == "Edit caption"
    assert not document.is_dirty


# Saved or not


def test_dirty_means_different_from_the_file(document: Document) -> None:
    assert not document.is_dirty
    document.do(SHIFT)
    document.mark_saved()
    assert not document.is_dirty
    document.undo()
    assert document.is_dirty
    document.redo()
    assert not document.is_dirty
    document.undo()
    document.do(SetCaption("elsewhere"))
    assert document.is_dirty
    document.undo()
    assert document.is_dirty


def test_a_save_in_the_background_marks_the_state_it_wrote(document: Document) -> None:
    document.do(SHIFT)
    written = document.revision
    document.do(SetCaption("typed while saving"))
    document.mark_saved(written)
    assert document.is_dirty
    document.undo()
    assert not document.is_dirty


def test_a_new_document_with_content_can_start_unsaved() -> None:
    assert Document(layout_of(DOG), saved=False).is_dirty


# Budget


def test_the_oldest_steps_are_dropped_when_the_budget_is_used_up() -> None:
    document = Document(layout_of(WALL, DOG), undo_budget=4000)
    for number in range(60):
        document.do(MoveLayers(["dog"], 1, 0), name=f"step {number}")
    assert document.undo_size <= 4000
    undone = 0
    while document.undo():
        undone += 1
    assert 2 <= undone < 60
    assert document.layout.layer("dog").mask == DOG.mask.moved(60 - undone, 0)
    assert document.is_dirty
    assert document.undo_size <= 4000


def test_forgotten_redo_steps_free_their_bytes(document: Document) -> None:
    document.do(SHIFT)
    once = document.undo_size
    document.undo()
    assert document.undo_size == once
    document.do(SHIFT)
    assert document.undo_size == once


def test_the_last_edit_can_be_undone_even_if_it_is_larger_than_the_budget() -> None:
    document = Document(layout_of(DOG), undo_budget=1000)
    document.do(SetCaption("small"))
    document.do(SetBackground(Background(data=bytes(5000), format="png")))
    assert document.undo()
    assert document.layout.background is None
    assert not document.undo()


def test_a_stroke_costs_a_few_kilobytes_however_large_the_mask() -> None:
    sky = box_layer("sky", (0, 0, 3840, 2160))
    document = Document(Layout(width=3840, height=2160, layers=(sky,)))
    points = [(500 + 10 * i, 900 + 200 * np.sin(i / 9)) for i in range(100)]
    mask = paint_stroke(sky.mask, points, radius=64, canvas=document.layout.canvas, erase=True)
    document.do(EditMask("sky", mask))
    assert document.undo_size < 10 * 1024
    document.undo()
    assert document.layout.layer("sky") == sky


# Deltas


@given(masks(), masks())
def test_a_mask_delta_leads_there_and_back(before: Mask, after: Mask) -> None:
    delta = MaskDelta.between(before, after)
    assert delta.applied(before, forward=True) == after
    assert delta.applied(after, forward=False) == before


@given(masks(), st.integers(-50, 50), st.integers(-50, 50))
def test_a_move_costs_no_pixels(mask: Mask, dx: int, dy: int) -> None:
    delta = MaskDelta.between(mask, mask.moved(dx, dy))
    assert delta.data == b""
    assert delta.applied(mask, forward=True) == mask.moved(dx, dy)


def test_a_delta_between_equal_layouts_is_empty() -> None:
    layout = layout_of(WALL, DOG)
    assert LayoutDelta.between(layout, replace(layout)).is_empty


# Random edit scripts


class Editing(RuleBasedStateMachine):
    """Any edits in any order; the semantic map, the history and the file flag must keep up."""

    @initialize(mask=masks())
    def start(self, mask: Mask) -> None:
        self.first = layout_of(WALL, replace(DOG, mask=mask))
        self.document = Document(self.first)
        assert self.document.semantic.ids.any()
        self.states = [self.first]
        self.position = 0
        self.count = 0
        self.changes = listen(self.document)

    def do(self, command: Command) -> None:
        try:
            changed = self.document.do(command)
        except ScenewrightError:
            assert self.document.layout == self.states[self.position]
            return
        if changed:
            self.states[self.position + 1 :] = [self.document.layout]
            self.position += 1

    def pick(self, number: int) -> str:
        layers = self.document.layout.layers
        return layers[number % len(layers)].id if layers else "none"

    numbers = st.integers(0, 20)

    @rule(mask=masks(), index=st.integers(0, 6))
    def add(self, mask: Mask, index: int) -> None:
        self.count += 1
        self.do(AddLayer(Layer(id=f"new{self.count}", label="thing", mask=mask), index))

    @rule(numbers=st.lists(numbers, min_size=1, max_size=3))
    def remove(self, numbers: list[int]) -> None:
        self.do(RemoveLayers([self.pick(n) for n in numbers]))

    @rule(number=numbers, dx=st.integers(-30, 30), dy=st.integers(-30, 30))
    def move(self, number: int, dx: int, dy: int) -> None:
        self.do(MoveLayers([self.pick(number)], dx, dy))

    @rule(number=numbers, index=st.integers(0, 6))
    def reorder(self, number: int, index: int) -> None:
        self.do(ReorderLayer(self.pick(number), index))

    @rule(number=numbers, mask=masks())
    def reshape(self, number: int, mask: Mask) -> None:
        self.do(EditMask(self.pick(number), mask))

    @precondition(lambda self: self.document.layout.layers)
    @rule(number=numbers, x=st.integers(0, 80), y=st.integers(0, 64), erase=st.booleans())
    def brush(self, number: int, x: int, y: int, erase: bool) -> None:
        layer = self.document.layout.layer(self.pick(number))
        canvas = self.document.layout.canvas
        mask = paint_stroke(layer.mask, [(x, y), (y, x)], radius=7, canvas=canvas, erase=erase)
        self.do(EditMask(layer.id, mask))

    @rule(
        number=numbers,
        change=st.sampled_from(
            [
                ("visible", False),
                ("visible", True),
                ("locked", True),
                ("locked", False),
                ("group", "pets"),
                ("group", None),
                ("label", "cat"),
                ("ade_class", 12),
                ("prompt", "red"),
            ]
        ),
    )
    def set_field(self, number: int, change: tuple) -> None:
        self.do(SetLayer(self.pick(number), *change))

    @rule(number=numbers)
    def duplicate(self, number: int) -> None:
        self.do(DuplicateLayer(self.pick(number)))

    @rule(text=st.sampled_from(["a", "b"]))
    def caption(self, text: str) -> None:
        self.do(SetCaption(text))

    @rule(data=st.sampled_from([None, b"one", b"two"]))
    def background(self, data: bytes | None) -> None:
        photo = None if data is None else Background(data=data, format="png")
        self.do(SetBackground(photo))

    @rule(number=numbers, distances=st.lists(st.integers(-9, 9), max_size=4), keep=st.booleans())
    def drag(self, number: int, distances: list[int], keep: bool) -> None:
        layer_id = self.pick(number)
        gesture = self.document.begin()
        try:
            for distance in distances:
                gesture.preview(MoveLayers([layer_id], distance, distance))
        except InputError:
            keep = False
        if keep and gesture.commit():
            self.states[self.position + 1 :] = [self.document.layout]
            self.position += 1
        gesture.cancel()

    @rule(steps=st.integers(1, 4))
    def undo(self, steps: int) -> None:
        for _ in range(steps):
            if self.document.undo():
                self.position -= 1

    @rule(steps=st.integers(1, 4))
    def redo(self, steps: int) -> None:
        for _ in range(steps):
            if self.document.redo():
                self.position += 1

    @invariant()
    def everything_fits(self) -> None:
        layout = self.document.layout
        assert layout == self.states[self.position]
        assert np.array_equal(self.document.semantic.ids, naive_ids(layout))
        assert self.document.is_dirty == (self.position != 0)
        assert self.document.can_undo == (self.position > 0)
        assert self.document.can_redo == (self.position < len(self.states) - 1)

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        while self.document.redo():
            pass
        assert self.document.layout == self.states[-1]
        while self.document.undo():
            pass
        assert self.document.layout == self.first
        assert np.array_equal(self.document.semantic.classes(), class_map(self.first))


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_an_erased_layer_is_still_there(document: Document) -> None:
    document.do(EditMask("dog", EMPTY_MASK))
    assert document.layout.layer("dog").mask.is_empty
    assert document.undo_name == "Erase dog"
    document.undo()
    assert document.layout.layer("dog") == DOG
