"""From single measurements to tables, targets and JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.evaluation.cases import SIZE_CLASSES, SOURCES
from engine.evaluation.context import PLACEMENT_METRICS, VARIANTS
from engine.evaluation.guidances import KINDS
from engine.evaluation.metrics import METRICS, Scores

OURS = "SmartMask"
CHOSEN = "SmartMask, chosen"
"""As the window offers it: as many samples kept of the pack's `among`."""
CLEARLY = 2.0
"""Standard errors of the mean paired difference that count as a clear win."""
_LEAST_ERROR = 0.002
_SHORT = {"real_top1": "real1", "real_top5": "real5", "real_nearest": "real near"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The figures of one method's samples for one case, guidance kind and context variant."""

    source: str
    kind: str
    method: str
    variant: str
    case: str
    size: str
    in_company: bool
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One of the project's aims, and whether this run reached it."""

    text: str
    value: float
    aim: float

    @property
    def is_reached(self) -> bool:
        return self.value >= self.aim


def mean_scores(records: Iterable[Record]) -> Scores:
    """Each metric's mean over the records that have it."""
    values: dict[str, list[float]] = defaultdict(list)
    for record in records:
        for key, value in record.scores.items():
            values[key].append(value)
    return {key: float(np.mean(found)) for key, found in values.items()}


def main_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per source, kind, method and size class ("all" first), in the true context."""
    rows = []
    for source in SOURCES:
        for kind in KINDS:
            here = [r for r in records if (r.source, r.kind, r.variant) == (source, kind, "true")]
            for size in ("all", *SIZE_CLASSES):
                for method in dict.fromkeys(r.method for r in here):
                    found = [r for r in here if r.method == method and size in ("all", r.size)]
                    if found:
                        head = {"source": source, "kind": kind, "size": size, "method": method}
                        rows.append(head | {"n": len(found)} | mean_scores(found))
    return rows


def context_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per source, kind and variant, over the cases that have been asked in all variants.

    Each changed variant's row also has `true_minus`: for every metric the mean paired difference
    to the true context and its standard error.
    """
    rows = []
    ours = [r for r in records if r.method == OURS]
    for source in SOURCES:
        for kind in KINDS:
            by_variant = {
                v: {r.case: r for r in ours if (r.source, r.kind, r.variant) == (source, kind, v)}
                for v in VARIANTS
            }
            if not all(by_variant.values()):
                continue
            common = set.intersection(*(set(found) for found in by_variant.values()))
            for variant, found in by_variant.items():
                kept = [found[name] for name in sorted(common)]
                row = {"source": source, "kind": kind, "variant": variant, "n": len(kept)}
                row |= mean_scores(kept)
                if variant != "true":
                    true = [by_variant["true"][name] for name in sorted(common)]
                    row["true_minus"] = _paired(true, kept)
                rows.append(row)
    return rows


def _paired(first: Sequence[Record], second: Sequence[Record]) -> dict[str, tuple[float, float]]:
    out = {}
    for key in (*METRICS, *PLACEMENT_METRICS):
        differences = [
            a.scores[key] - b.scores[key]
            for a, b in zip(first, second, strict=True)
            if key in a.scores and key in b.scores
        ]
        if len(differences) > 1:
            error = float(np.std(differences, ddof=1) / np.sqrt(len(differences)))
            out[key] = (float(np.mean(differences)), error)
    return out


def targets(
    records: Sequence[Record], rows: Sequence[dict[str, Any]], context: Sequence[dict[str, Any]]
) -> list[Target]:
    """The aims that the measurements at hand can answer, real data first."""
    found: list[Target] = []
    table = {(r["source"], r["kind"], r["size"], r["method"]): r for r in rows}
    for source in SOURCES:
        ours = table.get((source, "box", "all", OURS))
        for name, method in (("best of 8", OURS), ("best of the 8 chosen", CHOSEN)):
            gain = _gain(records, source=source, method=method)
            if gain is not None:
                text = f"{source}, box: {name} over retrieved shapes"
                found.append(Target(text=text, value=gain, aim=0.03))
        if ours and ours.get("real_top1"):
            share = ours["top1"] / ours["real_top1"]
            found.append(
                Target(text=f"{source}, box: top-1 as a share of real ones", value=share, aim=0.9)
            )
        for kind in ("stroke", "dilation"):
            for size in SIZE_CLASSES:
                ours = table.get((source, kind, size, OURS))
                others = [
                    table[key]["iou"]
                    for name in ("scribble", "scribble eroded")
                    if (key := (source, kind, size, name)) in table
                ]
                if ours and others:
                    text = f"{source}, {kind}, {size}: IoU over raw and eroded scribble"
                    found.append(Target(text=text, value=ours["iou"] - max(others), aim=0.02))
    for row in context:
        if row["kind"] in ("free", "point") and row["variant"] in ("blank layout", "other layout"):
            for key, sign in (("box_iou", 1), ("support", 1), ("scale_error", -1)):
                if key in row["true_minus"]:
                    mean, error = row["true_minus"][key]
                    text = f"{row['source']}, {row['kind']}: {key}, true over {row['variant']} (SE)"
                    value = sign * mean / max(error, _LEAST_ERROR)
                    found.append(Target(text=text, value=value, aim=CLEARLY))
    return found


def _gain(records: Sequence[Record], *, source: str, method: str) -> float | None:
    """Mean of best of 8 over retrieved shapes, on the cases whose class has shapes to retrieve."""
    best = {
        (r.method, r.case): r.scores["best8"]
        for r in records
        if (r.source, r.kind, r.variant) == (source, "box", "true") and "best8" in r.scores
    }
    cases = {case for name, case in best if name == "retrieved"}
    cases &= {case for name, case in best if name == method}
    gains = [best[method, case] - best["retrieved", case] for case in sorted(cases)]
    return float(np.mean(gains)) if gains else None


def table_text(rows: Sequence[dict[str, Any]], *, head: Sequence[str]) -> str:
    """Rows as aligned text: the `head` columns as they are, then every metric that occurs."""
    if not rows:
        return "(nothing)"
    metrics = [k for k in (*METRICS, *PLACEMENT_METRICS) if any(k in row for row in rows)]
    lines = [[*head, *(_SHORT.get(key, key) for key in metrics)]]
    for row in rows:
        cells = [f"{row[key]:.3f}" if key in row else "-" for key in metrics]
        lines.append([*(str(row[key]) for key in head), *cells])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    texts = len(head) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < texts else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def report_text(report: dict[str, Any]) -> str:
    """The whole report for reading."""
    parts = [
        "Held-out cases, true context",
        table_text(report["rows"], head=("source", "kind", "size", "method", "n")),
        "",
        "Changed context: the cases with something in their layout",
        table_text(report["context"], head=("source", "kind", "variant", "n")),
        "",
        "Placements: every sample judged in the true layout",
        table_text(report["placements"], head=("source", "kind", "who", "n")),
        "",
        *(f"{key:<13} {text}" for key, text in (METRICS | PLACEMENT_METRICS).items()),
        "",
        "Aims",
    ]
    parts += [
        f"{'reached   ' if t['reached'] else 'not yet   '} {t['value']:7.3f} of {t['aim']:.2f}  "
        f"{t['text']}"
        for t in report["targets"]
    ]
    parts.append(f"{report['seconds']:.0f} s, {report['requests']} requests")
    return "\n".join(parts)
