"""Undo and redo: named steps, bounded in bytes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from itertools import count

from engine.layout.delta import LayoutDelta
from engine.layout.layout import Layout

MIB = 1024 * 1024
DEFAULT_BUDGET = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of the Edit menu.

    Attributes:
        revision: Number of the state that the step leads to; no other state has it.
        size: Bytes that the step keeps.
        merge_key: A later edit with an equal key may join this step; None never does.
    """

    name: str
    delta: LayoutDelta
    revision: int
    size: int
    merge_key: Hashable | None = None


@dataclass
class History:
    """Steps done and undone; the oldest are dropped when all together exceed `budget` bytes.

    The newest step is kept even when it alone is larger, so that the last edit can always be
    undone. `size` is the sum of bytes kept, redo steps included.
    """

    budget: int = DEFAULT_BUDGET
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    size: int = 0
    _oldest: int = 0
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def revision(self) -> int:
        """Number of the present state."""
        return self.done[-1].revision if self.done else self._oldest

    def record(
        self,
        name: str,
        before: Layout,
        after: Layout,
        *,
        merge_key: Hashable | None = None,
        join: int | None = None,
    ) -> None:
        """Add the step from `before` to `after`; joins the last one when the keys are equal, or
        when that one led to the revision `join`.

        Steps that were undone are forgotten, unless nothing has changed. A joined step
        that ends where it began vanishes.
        """
        if before == after:
            return
        last = self.done[-1] if self.done else None
        merges = last and merge_key is not None and last.merge_key == merge_key
        if last and (merges or last.revision == join):
            self.done.pop()
            self.size -= last.size
            before, name = last.delta.applied(before, forward=False), last.name
        self.size -= sum(step.size for step in self.undone)
        self.undone.clear()
        delta = LayoutDelta.between(before, after)
        if not delta.is_empty:
            self._push(name, delta, merge_key)

    def _push(self, name: str, delta: LayoutDelta, merge_key: Hashable) -> None:
        revision, size = next(self._numbers), delta.size
        step = Step(name=name, delta=delta, revision=revision, size=size, merge_key=merge_key)
        self.done.append(step)
        self.size += size
        while self.size > self.budget and len(self.done) > 1:
            oldest = self.done.pop(0)
            self.size -= oldest.size
            self._oldest = oldest.revision

    def undo(self, layout: Layout) -> Layout:
        """The state before the last step."""
        self.end_merge()
        step = self.done.pop()
        self.undone.append(step)
        self.end_merge()
        return step.delta.applied(layout, forward=False)

    def redo(self, layout: Layout) -> Layout:
        """The state after the step that was undone last."""
        step = self.undone.pop()
        self.done.append(step)
        return step.delta.applied(layout, forward=True)

    def end_merge(self) -> None:
        """Let no later edit join the last step."""
        if self.done:
            self.done[-1] = replace(self.done[-1], merge_key=None)
