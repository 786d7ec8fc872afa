"""Edits, undo and redo, and word of every change."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.layout.change import Change
from engine.layout.commands import (
    EditMask,
    MoveLayers,
    SetCaption,
    SetLayer,
)
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.mask import EMPTY_MASK
from tests.unit.layout.scenes import (
    DOG,
    SHIFT,
    listen,
    naive_ids,
)


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


def test_an_erased_layer_is_still_there(document: Document) -> None:
    document.do(EditMask("dog", EMPTY_MASK))
    assert document.layout.layer("dog").mask.is_empty
    assert document.undo_name == "Erase dog"
    document.undo()
    assert document.layout.layer("dog") == DOG
