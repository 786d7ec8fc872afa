"""`eval sampling`: what fewer steps and other guidance scales cost, in one table."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.cli.common import Progress, add_json, print_json
from engine.errors import DataError, InputError
from engine.evaluation.cases import held_out_cases
from engine.evaluation.report import OURS
from engine.evaluation.smartmask import TRAIN_SCENES, Options, Suggester, evaluate, judges_for
from engine.jobs.context import QuietContext
from engine.smartmask.request import SuggestRequest, SuggestResult

KINDS = ("box", "point", "stroke", "dilation")
SHOWN = ("iou", "best8", "top1", "diversity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, help="data set folder; without it, generated scenes only"
    )
    parser.add_argument("--n", type=int, default=24, metavar="N", help="cases per source")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pack", default="lite")
    parser.add_argument(
        "--steps", type=int, nargs="+", default=[4, 8, 12, 20, 50], help="step counts to compare"
    )
    parser.add_argument(
        "--scales",
        nargs="+",
        default=["1.5,2"],
        metavar="S_I,S_T",
        help="pairs of layout and text scale to compare",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.data is not None and not args.data.is_dir():
        raise DataError(f"There is no data folder {args.data}.")
    scales = [_pair(text) for text in args.scales]
    cases = held_out_cases(args.data, count=args.n, seed=args.seed)
    judges = judges_for(cases, data=args.data, seed=args.seed, scenes=TRAIN_SCENES)
    options = Options(
        count=args.n, changed=0, kinds=KINDS, changed_kinds=(), seed=args.seed, pack=args.pack
    )
    progress = Progress()
    rows: list[dict[str, Any]] = []
    for steps in args.steps:
        for layout_scale, text_scale in scales:
            change = {"steps": steps, "layout_scale": layout_scale, "text_scale": text_scale}
            seconds: list[float] = []
            answer = _timed(change, seconds)
            report, _ = evaluate(answer, cases, judges=judges, options=options, context=progress)
            for row in report["rows"]:
                if row["method"] == OURS and row["size"] == "all":
                    rows.append(
                        {
                            "steps": steps,
                            "s_I": layout_scale,
                            "s_T": text_scale,
                            "source": row["source"],
                            "kind": row["kind"],
                            **{key: row[key] for key in SHOWN if key in row},
                            "seconds": sum(seconds) / max(len(seconds), 1),
                        }
                    )
    progress.clear()
    if args.json:
        print_json({"rows": rows})
    else:
        print(_text(rows))
    return 0


def _timed(change: dict[str, Any], seconds: list[float]) -> Suggester:
    """The installed model with other settings; the time of each answer goes into `seconds`."""
    from engine.smartmask.suggest import run as suggest

    def answer(request: SuggestRequest) -> SuggestResult:
        started = time.perf_counter()
        result = suggest(replace(request, **change), QuietContext())
        seconds.append(time.perf_counter() - started)
        return result

    return answer


def _pair(text: str) -> tuple[float, float]:
    try:
        layout, words = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--scales {text!r}: give two numbers such as 1.5,2.") from None
    return layout, words


def _text(rows: list[dict[str, Any]]) -> str:
    head = ("steps", "s_I", "s_T", "source", "kind", *SHOWN, "seconds")
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        cells = [row.get(key, "-") for key in head]
        lines.append(tuple(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells))
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
