"""The table of `eval all` and its place within a hand-written page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import DataError
from engine.evaluation.all_asked import Model
from engine.evaluation.all_versions import UNCOMMITTED, Entry, Version, before

BEGIN, END = "<!-- eval all: from here on made by the command -->", "<!-- eval all: end -->"
NEW_PAGE = f"# The lite models\n\n{BEGIN}\n{END}\n"
MISSING = "not in this pack"
HEAD = (
    "model", "held-out figure", "value", "baseline", "n", "before", "less error", "MB", "CPU s",
    "last versions",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A model's line: what was measured, or why nothing was.

    Attributes:
        entry: None where nothing was measured.
        note: Why not; "" with an entry.
        versions: Of its weights, newest first.
    """

    model: Model
    entry: Entry | None
    note: str
    versions: Sequence[Version]


def error_change(model: Model, entry: Entry, earlier: Entry) -> float | None:
    """How much of the error is gone since an earlier version, 1 = all; None without a scale."""
    if model.best is None or earlier.value == model.best:
        return None
    return 1 - abs(model.best - entry.value) / abs(model.best - earlier.value)


def cells(row: Row, history: Sequence[Entry]) -> tuple[str, ...]:
    """The row as text, in the order of HEAD."""
    model, entry = row.model, row.entry
    arrow = "↑" if model.higher else "↓"
    figure = f"{model.figure} {arrow}"
    seen = "; ".join(_version(model, v, entry, history) for v in row.versions) or "-"
    if entry is None:
        return model.name, figure, row.note, model.baseline, "-", "-", "-", "-", "-", seen
    earlier = before(history, entry)
    change = error_change(model, entry, earlier) if earlier else None
    return (
        model.name,
        figure,
        _number(entry.value),
        f"{_number(entry.baseline)} ({model.baseline})",
        str(entry.n),
        _number(earlier.value) if earlier else "-",
        # "-0%" would say that something was lost.
        "-" if change is None else f"{round(change, 2) + 0.0:+.0%}",
        f"{entry.size_mb:.1f}",
        f"{entry.seconds:.3f} ({model.use})",
        seen,
    )


def _version(model: Model, version: Version, entry: Entry | None, history: Sequence[Entry]) -> str:
    text = f"{version.date} {version.commit}"
    if entry is None or version.commit == UNCOMMITTED:
        return text
    measured = [
        e.value
        for e in history
        if (e.model, e.commit, e.mode, e.figure)
        == (model.key, version.commit, entry.mode, entry.figure)
    ]
    return f"{text} ({_number(measured[-1])})" if measured else text


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) >= 10 else f"{value:.3f}"


def table(rows: Sequence[Row], history: Sequence[Entry], *, command: str) -> str:
    """The table as Markdown, below the command that made it."""
    lines = [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    lines += [f"| {' | '.join(cells(row, history))} |" for row in rows]
    days = sorted({row.entry.measured for row in rows if row.entry})
    made = f"`{command}`" + (f", {days[-1]}" if days else "")
    return f"{made}. Arrows show which way is better.\n\n" + "\n".join(lines)


def with_table(page: str, made: str) -> str:
    """A page with what stands between its marks replaced.

    Raises:
        DataError: The page has not both marks, in order.
    """
    head, found_begin, rest = page.partition(BEGIN)
    _, found_end, tail = rest.partition(END)
    if not found_begin or not found_end:
        raise DataError(
            f"The page lacks the lines {BEGIN!r} and {END!r}, between which the table goes."
        )
    return f"{head}{BEGIN}\n{made}\n{END}{tail}"


def plain(rows: Sequence[Row], history: Sequence[Entry]) -> list[Mapping[str, str]]:
    """The rows for other programs."""
    return [dict(zip(HEAD, cells(row, history), strict=True)) for row in rows]
