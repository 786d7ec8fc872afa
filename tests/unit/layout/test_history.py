"""What one undo step is, what it costs, and when the file is up to date."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.layout.brush import paint_stroke
from engine.layout.commands import (
    EditMask,
    MoveLayers,
    SetBackground,
    SetCaption,
)
from engine.layout.document import Document
from engine.layout.layout import Background, Layout
from tests.unit.layout.scenes import (
    DOG,
    SHIFT,
    WALL,
    box_layer,
    layout_of,
)


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
