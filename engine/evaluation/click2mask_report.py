"""Tables, differences and aims of `eval click2mask`, from every case's figures."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import InputError
from engine.evaluation.click2mask_arms import OURS, PAPER_DISC
from engine.evaluation.click2mask_cases import ClickCase
from engine.evaluation.click2mask_metrics import METRICS, interval

OTHER_QUESTIONS = (
    "unusual prompts", "removal", "removal in the true shape", "border masks kept",
    "border masks as the paper's",
)  # fmt: skip
"""Variants that ask for something else, or with other seeds: a difference from the main cases would
mean nothing."""
GROUPED = (OURS, "start disc", "end disc", "true box")

Scores = dict[str, float]


def write_report(file: Path, report: dict[str, Any]) -> None:
    file.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def known_rows(file: Path, options: dict[str, Any]) -> dict[str, dict[str, Scores]]:
    """The cases' figures of an earlier report.

    Raises:
        InputError: The file is no report, or one of a run with other options or another pack.
    """
    try:
        found = json.loads(file.read_text("utf-8"))
        scores, before = found["scores"], found["options"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is no report of `eval click2mask`: {error}.") from error
    if before != options:
        raise InputError(f"{file} was made with other options: {before} instead of {options}.")
    return scores


def row(name: str, found: dict[str, Scores]) -> dict[str, Any]:
    """Mean figures over an arm's cases."""
    keys = next(iter(found.values()), {})
    means = {key: round(float(np.mean([s[key] for s in found.values()])), 4) for key in keys}
    return {"arm": name, "n": len(found), **means}


def group_rows(
    cases: Sequence[ClickCase], rows: dict[str, dict[str, Scores]]
) -> list[dict[str, Any]]:
    """Means by size and by outline of the object, of our method and of the fixed masks."""
    out = []
    for group in ("small", "large", "complex", "plain"):
        names = {case.name for case in cases if group in case.groups}
        for arm in GROUPED:
            found = {name: s for name, s in rows.get(arm, {}).items() if name in names}
            if found:
                out.append(row(f"{arm}, {group}", found))
    return out


def differences(rows: dict[str, dict[str, Scores]]) -> list[dict[str, Any]]:
    """Ours minus every other arm over the cases of both, with 95 % bootstrap intervals."""
    ours = rows.get(OURS, {})
    out = []
    for name, theirs in rows.items():
        common = [case for case in ours if case in theirs]
        if name == OURS or name in OTHER_QUESTIONS or not common:
            continue
        entry: dict[str, Any] = {"arm": name, "n": len(common)}
        for key in METRICS:
            found = interval([ours[c][key] - theirs[c][key] for c in common])
            entry[key] = [round(value, 5) for value in found]
        out.append(entry)
    return out


def targets(rows: dict[str, dict[str, Scores]]) -> list[dict[str, Any]]:
    """What Click2Mask has to show: a gain whose interval lies above 0, and no loss beside it."""
    wanted = (
        ("lower L1 outside than the start disc", "start disc", "l1_outside", -1, "hit"),
        (f"lower L1 outside than the {PAPER_DISC}", PAPER_DISC, "l1_outside", -1, "hit"),
        ("more hits than the end disc", "end disc", "hit", 1, "l1_outside"),
        ("higher Edited Alpha-CLIP than without gradient", "zero gradient", "aclip", 1, "hit"),
        ("higher Edited Alpha-CLIP than random gradients", "random gradient", "aclip", 1, "hit"),
    )
    ours, out = rows.get(OURS, {}), []
    for text, name, key, sign, kept in wanted:
        common = [case for case in ours if case in rows.get(name, {})]
        if not common:
            continue
        gains = [sign * (ours[c][key] - rows[name][c][key]) for c in common]
        mean, low, _ = interval(gains)
        worse = 1 if kept == "hit" else -1
        loss = [worse * (ours[c][kept] - rows[name][c][kept]) for c in common]
        _, _, best = interval(loss)
        out.append(
            {
                "text": text,
                "gain": round(mean, 5),
                "low": round(low, 5),
                "kept": f"no worse {kept}",
                "reached": low > 0 and best >= 0,
            }
        )
    return out


def peak_memory() -> float:
    """MB: of the accelerator where one is used, else of the process."""
    if torch.cuda.is_available():
        return round(torch.cuda.max_memory_allocated() / 1e6, 1)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def report_text(report: dict[str, Any]) -> str:
    """The report for reading."""
    keys = [*METRICS, "unet", "decodes", "gradients", "seconds"]
    lines = [["arm", "n", *keys]]
    for entry in (*report["arms"], *report["groups"]):
        lines.append([entry["arm"], str(entry["n"]), *(f"{entry[key]:.3f}" for key in keys)])
    parts = [_table(lines), "", "Click2Mask minus the others, with 95 % intervals"]
    shown = ("hit", "hit5", "aclip", "l1", "l1_outside", "iou_made")
    lines = [["arm", "n", *shown]]
    for entry in report["differences"]:
        cells = ["{:+.3f} ({:+.3f}..{:+.3f})".format(*entry[key]) for key in shown]
        lines.append([entry["arm"], str(entry["n"]), *cells])
    parts += [_table(lines), "", *(f"{key:<11} {text}" for key, text in METRICS.items()), ""]
    parts += [
        f"{'reached   ' if t['reached'] else 'not yet   '} {t['gain']:+.4f} "
        f"(at least {t['low']:+.4f})  {t['text']}, {t['kept']}"
        for t in report["targets"]
    ]
    parts.append(f"{report['seconds']:.0f} s, at most {report['memory_mb']:.0f} MB")
    return "\n".join(parts)


def _table(lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
