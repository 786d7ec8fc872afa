"""A layout being edited: commands, undo and redo, gestures, and word of every change."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from psygnal import Signal

from engine.layout.change import Change, change_between
from engine.layout.commands import Command, Several
from engine.layout.history import DEFAULT_BUDGET, History
from engine.layout.layout import Layout
from engine.layout.semantic import SemanticMap

__all__ = ["Change", "Document", "Gesture"]


class Gesture:
    """A drag in progress: previews that replace each other, then one undo step or none.

    Once it has ended (also because another edit came between) it does nothing any more.
    """

    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        self._name = name
        self._start = document.layout
        self._shown = Several(())

    @property
    def start(self) -> Layout:
        """The layout as it was when the gesture began."""
        return self._start

    @property
    def is_open(self) -> bool:
        return self._document._gesture is self

    def preview(self, *commands: Command) -> None:
        """Show the start layout with these commands applied, instead of the last preview.

        Raises:
            InputError: A command is not possible; the last preview stays.
        """
        if self.is_open:
            shown = Several(commands)
            after = shown.apply(self._start)
            self._shown = shown
            self._document._tell(self._document._go_to(after))

    def commit(self) -> bool:
        """Make what is shown one undo step; False when nothing has changed."""
        if not self.is_open:
            return False
        document = self._document
        document._gesture = None
        if not document._record(self._name or self._shown.name(self._start), self._start):
            return False
        document.history_changed.emit()
        return True

    def cancel(self) -> None:
        """Go back to the start and leave no trace."""
        if self.is_open:
            self._document._gesture = None
            self._document._tell(self._document._go_to(self._start))


class Document:
    """One layout on the way through its edits.

    Signals (psygnal), sent in the thread that edits:
        changed(Change): The layout is another one; `layout` and `semantic` are up to date.
        history_changed(): `can_undo`, `undo_name`, `is_dirty` ... may have other values.

    Args:
        undo_budget: Bytes that all undo steps together may keep.
        saved: Whether `layout` is what lies in the file, so that nothing would be lost.
    """

    changed = Signal(Change)
    history_changed = Signal()

    def __init__(
        self, layout: Layout, *, undo_budget: int = DEFAULT_BUDGET, saved: bool = True
    ) -> None:
        self._layout = layout
        self._history = History(budget=undo_budget)
        self._saved: int | None = self._history.revision if saved else None
        self._gesture: Gesture | None = None
        self._semantic: SemanticMap | None = None

    @property
    def layout(self) -> Layout:
        """The present state, previews of a gesture included."""
        return self._layout

    @property
    def semantic(self) -> SemanticMap:
        """The id map of `layout`, made at the first use and kept up to date from then on."""
        if self._semantic is None:
            self._semantic = SemanticMap(self._layout)
        return self._semantic

    @property
    def can_undo(self) -> bool:
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        return bool(self._history.undone)

    @property
    def undo_name(self) -> str:
        """Name of the step that `undo` takes back; empty when there is none."""
        return self._history.done[-1].name if self.can_undo else ""

    @property
    def redo_name(self) -> str:
        return self._history.undone[-1].name if self.can_redo else ""

    @property
    def undo_names(self) -> tuple[str, ...]:
        """Names of the steps that `undo` takes back one by one, the next one first."""
        return tuple(step.name for step in reversed(self._history.done))

    @property
    def redo_names(self) -> tuple[str, ...]:
        """Names of the steps that `redo` does again one by one, the next one first."""
        return tuple(step.name for step in reversed(self._history.undone))

    @property
    def undo_size(self) -> int:
        """Bytes that undo and redo steps keep."""
        return self._history.size

    @property
    def revision(self) -> int:
        """Number of the present state without previews; undo goes back to earlier numbers."""
        return self._history.revision

    @property
    def is_dirty(self) -> bool:
        """Whether the layout differs from what was saved last."""
        return self._saved != self.revision

    def mark_saved(self, revision: int | None = None) -> None:
        """Take the state with this revision (None = the present one) for what lies in the file.

        A save that ran in the background names the revision it was started with.
        """
        self._saved = self.revision if revision is None else revision
        self._history.end_merge()
        self.history_changed.emit()

    def do(
        self, command: Command, *, name: str = "", merge: bool = False, join: int | None = None
    ) -> bool:
        """Apply a command as one undo step; False when it changes nothing.

        An open gesture is committed first.

        Args:
            name: For the Edit menu, instead of the command's own.
            merge: Join the last step if that was also done with `merge` and edits the same
                thing (`Command.merge_key`): slider moves, arrow keys, typing.
            join: Join the last step if it led to this revision: what a job adds piece by piece
                is one step, unless another edit came between.

        Raises:
            InputError: The command is not possible; nothing has changed.
        """
        if self._gesture:
            self._gesture.commit()
        before = self._layout
        after = command.apply(before)
        name = name or command.name(before)
        change = self._go_to(after)
        merge_key = command.merge_key if merge else None
        recorded = self._record(name, before, merge_key=merge_key, join=join)
        self._tell(change, history=recorded)
        return recorded

    def end_merge(self) -> None:
        """Let no later edit join the last step, for example when a slider is released."""
        self._history.end_merge()

    def undo(self) -> bool:
        """Take the last step back, or the open gesture; False when there is neither."""
        if self._gesture:
            self._gesture.cancel()
            return True
        if not self.can_undo:
            return False
        self._tell(self._go_to(self._history.undo(self._layout)), history=True)
        return True

    def redo(self) -> bool:
        """Do the step again that was undone last; False when there is none."""
        if self._gesture:
            self._gesture.commit()
        if not self.can_redo:
            return False
        self._tell(self._go_to(self._history.redo(self._layout)), history=True)
        return True

    def begin(self, name: str = "") -> Gesture:
        """Start a gesture; one that is still open is committed. Without a name the first
        previewed command gives it."""
        if self._gesture:
            self._gesture.commit()
        self._gesture = Gesture(self, name)
        return self._gesture

    def commit(self) -> bool:
        """End the open gesture, if any, as one undo step."""
        return self._gesture.commit() if self._gesture else False

    def cancel(self) -> None:
        """Drop the open gesture, if any, and what it showed."""
        if self._gesture:
            self._gesture.cancel()

    @contextmanager
    def gesture(self, name: str = "") -> Iterator[Gesture]:
        """`begin`, then `commit` at the end of the block, or `cancel` when it raises."""
        gesture = self.begin(name)
        try:
            yield gesture
        except BaseException:
            gesture.cancel()
            raise
        gesture.commit()

    def _go_to(self, after: Layout) -> Change:
        change = change_between(self._layout, after)
        self._layout = after
        if self._semantic is not None and not change.is_empty:
            self._semantic.update(after, change.region)
        return change

    def _record(
        self, name: str, before: Layout, *, merge_key: Hashable = None, join: int | None = None
    ) -> bool:
        revision = self.revision
        self._history.record(name, before, self._layout, merge_key=merge_key, join=join)
        return self.revision != revision

    def _tell(self, change: Change, *, history: bool = False) -> None:
        # Last of all, so that a listener that fails or edits finds everything settled.
        if not change.is_empty:
            self.changed.emit(change)
        if history:
            self.history_changed.emit()
