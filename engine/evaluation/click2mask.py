"""`eval click2mask`: objects put back at a click, beside fixed masks and meaningless gradients."""

from __future__ import annotations

import argparse
import json
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline

from engine.cli.common import Progress, add_json, check_folder_of, print_json, write_png
from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.close_up import can_draw
from engine.click2mask.config import PRESETS, ClickConfig, default_preset, pack_config
from engine.click2mask.diffusion import canvas_width
from engine.click2mask.load import open_parts
from engine.errors import InputError, ModelMissing
from engine.evaluation.click2mask_arms import (
    OURS,
    Arm,
    Outcome,
    main_arms,
    outcome,
    true_shape,
)
from engine.evaluation.click2mask_cases import ClickCase, held_out_cases, moved, removals, unusual
from engine.evaluation.click2mask_metrics import JUDGE, METRICS, Judge, measured
from engine.evaluation.click2mask_report import (
    Scores,
    differences,
    group_rows,
    known_rows,
    peak_memory,
    report_text,
    row,
    targets,
    write_report,
)
from engine.evaluation.click2mask_sheet import case_sheet
from engine.evaluation.click2mask_tables import report_markdown
from engine.jobs.context import JobContext
from engine.models.files import sha256
from engine.models.packs import pack_folder, pack_hash
from engine.render.defaults import DEFAULTS_FILE
from engine.text.nearest import known_things

_CASES, _QUICK_CASES, _SWEEP_CASES = 100, 3, 24
_SHEET_CASES = 8
_ASKED = (
    "quick", "n", "results", "seed", "pack", "preset", "judge", "variants", "sweep", "few",
    "as_paper", "only",
)  # fmt: skip
"""Options that decide what is measured."""
BIASES, DECAYS = (0.4, 0.6, 0.8), (0.90, 0.94, 0.97)
"""Start sizes and contraction rates of the sweep."""
MOVES = (0.05, 0.10, 0.20)
WIDTH_FACTORS = (0.75, 1.0, 1.5)


@dataclass(slots=True)
class Bench:
    """The models of a run, and every case's figures by what was asked of it."""

    pack: str
    pipeline: StableDiffusionPipeline
    scorer: AlphaClip
    judge: Judge
    context: JobContext
    count: int
    seed: int
    done: int = 0
    total: int = 0
    rows: dict[str, dict[str, Scores]] = field(default_factory=dict)
    shown: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def ask(
        self, name: str, cases: Sequence[ClickCase], arm: Arm, *, width: int | None = None
    ) -> None:
        """Have a method answer cases; their figures are kept under `name`."""
        rows = self.rows.setdefault(name, {})
        for number, case in enumerate(cases):
            self.context.progress(name, self.done, self.total)
            self.done += 1
            if case.name in rows:
                continue
            found = outcome(
                case,
                arm,
                pack=self.pack,
                pipeline=self.pipeline,
                scorer=self.scorer,
                width=width or canvas_width(self.pipeline),
                seed=self.seed + 1000 * number,
                count=self.count,
                on_call=lambda: self.context.progress(name, self.done, self.total),
            )
            scores = measured(case, found.picture, found.mask, self.judge)
            costs = {key: float(value) for key, value in found.calls.items()}
            rows[case.name] = scores | costs | {"seconds": found.seconds}
            if number < _SHEET_CASES:
                self.shown.setdefault(name, {})[case.name] = found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a few cases, no variants")
    parser.add_argument("--n", type=int, metavar="N", help=f"cases ({_CASES})")
    parser.add_argument("--results", type=int, default=2, help="results a case, the best counts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--preset", choices=tuple(PRESETS), help="default: the pack's")
    parser.add_argument(
        "--judge", type=Path, default=JUDGE, help="folder of a scorer that did not guide"
    )
    parser.add_argument(
        "--variants",
        action="store_true",
        help="also both presets, no feather, moved clicks, unusual prompts, removal, the border",
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="also start size against contraction, and other sizes of the canvas",
    )
    parser.add_argument(
        "--few", type=int, default=_SWEEP_CASES, metavar="N",
        help=f"cases of --variants and --sweep ({_SWEEP_CASES})",
    )  # fmt: skip
    parser.add_argument(
        "--as-paper",
        action="store_true",
        help="draw as the paper does also where the pack draws close up",
    )
    parser.add_argument(
        "--only", nargs="+", metavar="ARM", help="of the main comparison only these, for example "
        '"start disc"',
    )  # fmt: skip
    parser.add_argument(
        "--known", nargs="+", type=Path, default=[], metavar="FILE",
        help="reports of runs with the same options that were cut short or had other arms: what "
        "they measured is taken over",
    )  # fmt: skip
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="write contact sheets there")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report there as JSON")
    parser.add_argument("--tables", type=Path, metavar="FILE", help="write Markdown tables there")
    parser.add_argument("--threads", type=int, help="CPU threads")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.n is not None and args.n < 2:
        raise InputError("--n must be at least 2: intervals need more than one case.")
    if args.results < 1:
        raise InputError("--results must be at least 1.")
    if args.few < 1:
        raise InputError("--few must be at least 1.")
    checked_judge(args.judge)
    if args.tables:
        check_folder_of(args.tables)
    if args.threads:
        torch.set_num_threads(args.threads)
    progress = Progress()
    try:
        report, bench, cases = evaluate(args, progress)
    finally:
        progress.clear()
    if args.sheets:
        args.sheets.mkdir(parents=True, exist_ok=True)
        for number, case in enumerate(cases[:_SHEET_CASES]):
            found = {name: shown[case.name] for name, shown in bench.shown.items()
                     if case.name in shown}  # fmt: skip
            write_png(args.sheets / f"case-{number}.png", case_sheet(case, found))
    if args.out:
        write_report(args.out, report)
    if args.tables:
        args.tables.write_text(report_markdown(report, command=_command(args)), "utf-8")
    if args.json:
        print_json(report)
    else:
        print(report_text(report))
    return 0


def _command(args: argparse.Namespace) -> str:
    """The command that measures the same, without what only says how and where."""
    parts = ["python main.py eval click2mask"]
    defaults = argparse.ArgumentParser()
    add_arguments(defaults)
    for name in _ASKED:
        value = getattr(args, name)
        if value == defaults.get_default(name):
            continue
        values = value if isinstance(value, list) else [] if value is True else [value]
        parts += [f"--{name.replace('_', '-')}", *(shlex.quote(str(each)) for each in values)]
    return " ".join(parts)


def checked_judge(folder: Path) -> Path:
    """The folder of a scorer that judges; raises ModelMissing where there is none."""
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"There is no judge in {folder}: train one with "
            "`python main.py train click-scorer --kind judge --seed 1` and name it with --judge."
        )
    return folder


def evaluate(
    args: argparse.Namespace, context: JobContext
) -> tuple[dict[str, Any], Bench, list[ClickCase]]:
    """Measure what the options ask for."""
    started = time.monotonic()
    folder = pack_folder(args.pack)
    preset = args.preset or default_preset(folder)
    config = pack_config(folder, preset)
    draws_close = config.close_up and can_draw(args.pack) and not args.as_paper
    config = replace(config, close_up=draws_close)
    arms = _main_arms(config, args.only)
    pipeline, scorer = open_parts(args.pack, context)
    judge = Judge(AlphaClip.from_pretrained(args.judge), known_things())
    count = args.n or (_QUICK_CASES if args.quick else _CASES)
    context.progress("Painting cases")
    cases = held_out_cases(count, seed=args.seed)
    few = cases[: args.few]
    bench = Bench(
        pack=args.pack,
        pipeline=pipeline,
        scorer=scorer,
        judge=judge,
        context=context,
        count=args.results,
        seed=args.seed,
    )
    plans: list[Callable[[], None]] = []

    def plan(name: str, asked: Sequence[ClickCase], arm: Arm, *, width: int | None = None) -> None:
        bench.total += len(asked)
        plans.append(lambda: bench.ask(name, asked, arm, width=width))

    for arm in arms:
        plan(arm.name, cases, arm)
    if args.variants and not args.quick:
        for name, asked, arm in variants(few, config, folder):
            plan(name, asked, arm)
    if args.sweep:
        for name, arm in sweep_arms(config):
            plan(name, few, arm)
        for factor in WIDTH_FACTORS:
            width = round(canvas_width(pipeline) * factor / 64) * 64
            plan(f"width {width}", few, Arm(name=OURS, config=config), width=width)

    options = {
        "pack": args.pack,
        "model_hash": pack_hash(args.pack),
        # A judge or settings of another day would not measure the same.
        "judge": sha256(args.judge / "model.safetensors")[:16],
        "settings": asdict(config) | {"render": _settings(folder)},
        "preset": preset,
        "close_up": draws_close,
        "cases": len(cases),
        "results": args.results,
        "seed": args.seed,
    }
    for file in args.known:
        for name, rows in known_rows(file, options).items():
            bench.rows.setdefault(name, {}).update(rows)

    def report() -> dict[str, Any]:
        return {
            "options": options,
            "metrics": METRICS,
            "arms": [row(name, found) for name, found in bench.rows.items()],
            "groups": group_rows(cases, bench.rows),
            "differences": differences(bench.rows),
            "targets": targets(bench.rows),
            "memory_mb": peak_memory(),
            "seconds": round(time.monotonic() - started, 1),
            "scores": bench.rows,
        }

    for ask in plans:
        ask()
        if args.out:
            # A whole run takes hours: what breaks it shall not take the arms before along.
            write_report(args.out, report() | {"partial": bench.done < bench.total})
    return report(), bench, cases


def _settings(folder: Path) -> dict[str, Any]:
    """What the pack says of drawing close up."""
    file = folder / DEFAULTS_FILE
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def _main_arms(config: ClickConfig, only: Sequence[str] | None) -> list[Arm]:
    arms = main_arms(config)
    names = [arm.name for arm in arms]
    for name in only or ():
        if name not in names:
            raise InputError(f"There is no arm {name!r}; use some of: {'; '.join(names)}.")
    return [arm for arm in arms if not only or arm.name in only]


def variants(
    cases: Sequence[ClickCase], config: ClickConfig, folder: Path
) -> list[tuple[str, Sequence[ClickCase], Arm]]:
    """What else is asked of the first cases: name, cases, method."""
    same = Arm(name=OURS, config=config)
    close_up = config.close_up
    found: list[tuple[str, Sequence[ClickCase], Arm]] = [
        (
            f"preset {name}",
            cases,
            Arm(name=OURS, config=replace(pack_config(folder, name), close_up=close_up)),
        )
        for name in PRESETS
    ]
    if not close_up:
        # Close-ups have an edge of their own.
        found.append(("no feather", cases, Arm(name=OURS, config=replace(config, feather=0.0))))
    for share in MOVES:
        asked = [moved(case, share, seed=1) for case in cases]
        found.append((f"click moved {share:.0%}", asked, same))
    found.append(("unusual prompts", unusual(cases), same))
    # A silhouette of grass or sky is none, and a large thing reaches past the window.
    blob = Arm(name=OURS, config=replace(config, shaped=False, window=1.0))
    found.append(("removal", removals(cases), blob))
    shaped = Arm(name="true shape", config=replace(config, window=1.0), fixed=true_shape)
    found.append(("removal in the true shape", removals(cases), shaped))
    for keeps in (True, False):
        name = "border masks kept" if keeps else "border masks as the paper's"
        arm = Arm(name=OURS, config=replace(config, keep_size=keeps))
        near = [case for case in cases if near_border(case)]
        found.append((name, near, arm))
    return [entry for entry in found if entry[1]]


def near_border(case: ClickCase) -> bool:
    side = case.before.shape[0]
    x, y = case.click
    return min(x, y, side - 1 - x, side - 1 - y) < side / 6


def sweep_arms(config: ClickConfig) -> list[tuple[str, Arm]]:
    """The grid of start sizes and contraction rates."""
    return [
        (
            f"bias {start} decay {rate}",
            Arm(name=OURS, config=replace(config, bias=start, decay=rate)),
        )
        for start in BIASES
        for rate in DECAYS
    ]
