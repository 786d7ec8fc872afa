"""A drag is one step or none."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.layout.commands import (
    MoveLayers,
    SetCaption,
)
from engine.layout.document import Document
from engine.layout.geometry import Box
from tests.unit.layout.scenes import (
    DOG,
    SHIFT,
    listen,
)


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
