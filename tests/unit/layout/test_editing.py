"""Random edit scripts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import settings
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
from engine.layout.document import Document
from engine.layout.layer import Layer
from engine.layout.layout import Background
from engine.layout.mask import Mask
from engine.layout.semantic import class_map
from tests.unit.layout.scenes import (
    DOG,
    WALL,
    layout_of,
    listen,
    masks,
    naive_ids,
)


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
