"""The report of `eval smartmask` as Markdown tables, for the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MAIN = ("iou", "best8", "inside", "diversity", "valid", "top1", "top5", "nearest")
_CONTEXT = ("iou", "box_iou", "support", "scale_error", "overlap")


def report_markdown(report: Mapping[str, Any], *, command: str) -> str:
    """All tables of a report, main figures over all sizes first."""
    options = report["options"]
    counts = ", ".join(f"{count} {source}" for source, count in options["cases"].items())
    everything = [row for row in report["rows"] if row["size"] == "all"]
    sized = [row for row in report["rows"] if row["size"] != "all"]
    parts = [
        "# Figures",
        f"`{command}`\n\nHeld-out cases: {counts}; {options['samples']} samples a request, seed "
        f"{options['seed']}. In brackets the figure of the true silhouettes.",
        _table(everything, head=("source", "kind", "method"), figures=_MAIN),
        "## By size of the object",
        _table(sized, head=("source", "kind", "size", "method", "n"), figures=("iou", "best8")),
        "## Changed context\n\nEvery sample judged in the true layout, cases with company only.",
        _table(report["context"], head=("source", "kind", "variant", "n"), figures=_CONTEXT),
        "## Placements",
        _table(report["placements"], head=("source", "kind", "who", "n"), figures=_CONTEXT[2:]),
        "## Aims",
        "\n".join(
            ["| aim | wanted | value | |", "|---|---|---|---|"]
            + [
                f"| {t['text']} | {t['aim']:.2f} | {t['value']:.3f} | "
                f"{'reached' if t['reached'] else 'not yet'} |"
                for t in report["targets"]
            ]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _table(
    rows: Sequence[Mapping[str, Any]], *, head: Sequence[str], figures: Sequence[str]
) -> str:
    if not rows:
        return "(nothing)"
    shown = [key for key in figures if any(key in row for row in rows)]
    lines = [f"| {' | '.join((*head, *shown))} |", "|" + "---|" * (len(head) + len(shown))]
    for row in rows:
        cells = [str(row[key]) for key in head] + [_cell(row, key) for key in shown]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row: Mapping[str, Any], key: str) -> str:
    if key not in row:
        return "-"
    true = row.get(f"real_{key}")
    return f"{row[key]:.3f}" if true is None else f"{row[key]:.3f} ({true:.3f})"
