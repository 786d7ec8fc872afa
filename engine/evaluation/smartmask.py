"""`eval smartmask`: suggestions against held-out masks, simple baselines and changed contexts."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.cli.common import Progress, add_json, print_json
from engine.data.voc import read_voc
from engine.errors import DataError, InputError
from engine.evaluation.bank import ShapeBank
from engine.evaluation.baselines import baselines
from engine.evaluation.cases import AnyScene, Case, generated_scenes, held_out_cases
from engine.evaluation.context import (
    VARIANTS,
    PlacementStatistics,
    fitted_layout,
    partners,
    variant_of,
)
from engine.evaluation.guidances import KINDS, USUAL_KINDS, guidance_for
from engine.evaluation.markdown import report_markdown
from engine.evaluation.metrics import BEST_OF, Scores, score
from engine.evaluation.processes import mapped
from engine.evaluation.report import (
    CHOSEN,
    OURS,
    Record,
    context_rows,
    main_rows,
    mean_scores,
    report_text,
    targets,
)
from engine.evaluation.sheet import OBJECTS, Strip, write_sheet
from engine.evaluation.silhouette import SHIPPED, SilhouetteClassifier, load_classifier
from engine.jobs.context import JobContext, QuietContext
from engine.smartmask.request import AS_THE_PACK, SuggestRequest, SuggestResult

Suggester = Callable[[SuggestRequest], SuggestResult]

TRUTH, SHUFFLED = "the truth", "the truth, shuffled layouts"
_QUICK_CASES = 3
TRAIN_SCENES, _QUICK_SCENES = 800, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure.

    Attributes:
        count: Cases per source.
        changed: Cases per source that are also asked in changed contexts.
        kinds: Guidance kinds.
        changed_kinds: Those of them that are also asked in changed contexts.
        samples: Suggestions per request.
        jobs: Processes that ask at the same time.
    """

    count: int = 64
    changed: int = 32
    kinds: tuple[str, ...] = USUAL_KINDS
    changed_kinds: tuple[str, ...] = USUAL_KINDS
    samples: int = BEST_OF
    seed: int = 0
    pack: str = "lite"
    any_style: bool = False
    jobs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What the suggestions of one source are measured with, made from its training part."""

    bank: ShapeBank
    placements: PlacementStatistics
    classifier: SilhouetteClassifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What every question needs."""

    suggester: Suggester
    options: Options
    judges: dict[str, Judges]


@dataclass(slots=True)
class _Found:
    """What came of some questions."""

    records: list[Record] = field(default_factory=list)
    placements: list[Record] = field(default_factory=list)
    strips: dict[tuple[str, str], list[Strip]] = field(default_factory=dict)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, help="data set folder; without it, generated scenes only"
    )
    parser.add_argument("--quick", action="store_true", help="a few cases, under a minute")
    parser.add_argument("--n", type=int, default=None, metavar="N", help="cases per source (64)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pack", default="lite")
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=KINDS,
        default=list(USUAL_KINDS),
        metavar="KIND",
        help=f"of guidance: {', '.join(KINDS)} (all but the last)",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes side by side")
    parser.add_argument("--any-style", action="store_true", help="do not name the case's style")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="write contact sheets there")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the report there too, as JSON or, named *.md, as tables",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.n is not None and args.n < 1:
        raise InputError("--n must be at least 1.")
    if args.jobs < 1:
        raise InputError("--jobs must be at least 1.")
    if args.data is not None and not args.data.is_dir():
        raise DataError(f"There is no data folder {args.data}.")
    count = args.n or (_QUICK_CASES if args.quick else 64)
    kinds = tuple(kind for kind in KINDS if kind in args.kinds)
    options = Options(
        count=count,
        changed=count if args.quick else max(1, count // 2),
        kinds=kinds,
        changed_kinds=tuple(k for k in kinds if not args.quick or k in ("free", "point")),
        seed=args.seed,
        pack=args.pack,
        any_style=args.any_style,
        jobs=args.jobs,
    )
    progress = Progress()
    cases = held_out_cases(args.data, count=count, seed=args.seed)
    scenes = _QUICK_SCENES if args.quick else TRAIN_SCENES
    judges = judges_for(cases, data=args.data, seed=args.seed, scenes=scenes)
    report, strips = evaluate(_installed, cases, judges=judges, options=options, context=progress)
    progress.clear()
    if args.sheets is not None:
        for (source, kind), found in strips.items():
            title = f"{source}, {kind}: guidance, four samples, and the truth (green)"
            write_sheet(args.sheets / f"{source}-{kind}.png", found, title=title)
    if args.out is not None:
        _write(args.out, report, args)
    if args.json:
        print_json(report)
    else:
        print(report_text(report))
    return 0


def _installed(request: SuggestRequest) -> SuggestResult:
    from engine.smartmask.suggest import run as suggest

    return suggest(request, QuietContext())


def _write(path: Path, report: dict[str, Any], args: argparse.Namespace) -> None:
    text = json.dumps(report, indent=1) + "\n"
    if path.suffix == ".md":
        count = f" --n {args.n}" if args.n else ""
        data = " --data DIR" if args.data else ""
        kinds = "" if args.kinds == list(USUAL_KINDS) else f" --kinds {' '.join(args.kinds)}"
        pack = "" if args.pack == "lite" else f" --pack {args.pack}"
        style = " --any-style" if args.any_style else ""
        quick = " --quick" if args.quick else ""
        named = f"{data}{quick}{count}{kinds}{pack}{style}"
        command = f"python main.py eval smartmask{named} --seed {args.seed}"
        text = report_markdown(report, command=command)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: the report cannot be written ({error}).") from error


def judges_for(
    cases: dict[str, list[Case]], *, data: Path | None, seed: int, scenes: int
) -> dict[str, Judges]:
    """Banks and statistics from the training parts; real sources share those of VOC.

    Args:
        scenes: How many generated training scenes the generated world's judges are made from.
    """
    judges: dict[str, Judges] = {}
    if data is not None:
        classifier = load_classifier() if (SHIPPED / "config.json").is_file() else None
        real = _judges(read_voc(data, split="train"), classifier)
        judges |= dict.fromkeys(("voc", "coco"), real)
    if "generated" in cases:
        judges["generated"] = _judges(generated_scenes(scenes, seed=seed, split="train"), None)
    return judges


def _judges(scenes: Iterable[AnyScene], classifier: SilhouetteClassifier | None) -> Judges:
    scenes = list(scenes)
    return Judges(
        bank=ShapeBank.of(scenes),
        placements=PlacementStatistics(scenes),
        classifier=classifier,
    )


def evaluate(
    suggester: Suggester,
    cases: dict[str, list[Case]],
    *,
    judges: dict[str, Judges],
    options: Options,
    context: JobContext | None = None,
) -> tuple[dict[str, Any], dict[tuple[str, str], list[Strip]]]:
    """Ask everything, measure everything.

    Returns:
        The report as plain JSON values, and the strips of the contact sheets by source and kind.
    """
    started, context = time.monotonic(), context or QuietContext()
    plan = [questions for those in cases.values() for questions in _plan(those, options)]
    bench = _Bench(suggester=suggester, options=options, judges=judges)
    total, done, state = sum(map(len, plan)), 0, _Found()
    context.progress("Measuring", done, total)
    for questions, found in zip(
        plan, mapped(_answers, bench, plan, jobs=options.jobs), strict=True
    ):
        done += len(questions)
        context.progress("Measuring", done, total)
        state.records += found.records
        state.placements += found.placements
        for at, strips in found.strips.items():
            kept = state.strips.setdefault(at, [])
            kept += strips[: OBJECTS - len(kept)]
    for source, found in cases.items():
        _judge_truths(state, found, judges[source].placements, kinds=options.kinds)
    rows, changed = main_rows(state.records), context_rows(state.records)
    report = {
        "options": {
            "cases": {source: len(found) for source, found in cases.items()},
            "samples": options.samples,
            "seed": options.seed,
            "pack": options.pack,
            "style": "any" if options.any_style else "natural or illustration, as the case is",
        },
        "rows": rows,
        "context": changed,
        "placements": _placement_rows(state.placements),
        "targets": [
            {"text": t.text, "value": t.value, "aim": t.aim, "reached": t.is_reached}
            for t in targets(state.records, rows, changed)
        ],
        "requests": total,
        "seconds": round(time.monotonic() - started, 1),
    }
    return report, state.strips


_Question = tuple[Case, Case, str, str]
"""Case, the case its changed context comes from, guidance kind, variant of the context."""


def _plan(cases: Sequence[Case], options: Options) -> list[list[_Question]]:
    """Every question to be asked, case by case."""
    plan: list[list[_Question]] = []
    changed = 0
    for case, other in zip(cases, partners(cases), strict=True):
        has_company = bool(case.layout.layers) and changed < options.changed
        changed += has_company
        questions: list[_Question] = []
        for kind in options.kinds:
            change = has_company and kind in options.changed_kinds
            questions += [(case, other, kind, v) for v in VARIANTS if v == "true" or change]
        plan.append(questions)
    return plan


def _answers(bench: _Bench, questions: Sequence[_Question]) -> _Found:
    found = _Found()
    for question in questions:
        _ask(bench, found, question)
    return found


def _ask(bench: _Bench, found: _Found, question: _Question) -> None:
    case, other, kind, variant = question
    options, judges = bench.options, bench.judges[case.source]
    guidance = guidance_for(case, kind, seed=options.seed)
    style = "any" if options.any_style else "natural" if case.natural else "illustration"
    request = SuggestRequest(
        layout=variant_of(case, variant, other),
        label=case.label,
        guidance=guidance,
        count=options.samples,
        seed=options.seed,
        pack=options.pack,
        style=style,
    )
    suggestions = bench.suggester(request).suggestions
    masks = [s.mask for s in sorted(suggestions, key=lambda s: s.sample)]

    def record(method: str, scores: Scores) -> Record:
        return Record(
            source=case.source,
            kind=kind,
            method=method,
            variant=variant,
            case=case.name,
            size=case.size_class,
            in_company=bool(case.layout.layers),
            scores=scores,
        )

    def scored(those: Sequence[Any], first: Any = None) -> Scores:
        return score(
            those,
            case=case,
            guidance=guidance,
            bank=judges.bank,
            classifier=judges.classifier,
            shown_first=first,
        )

    scores = scored(masks, suggestions[0].mask)
    if case.layout.layers:
        # Always in the true layout: what counts is whether the object fits where it will stand.
        placed = [
            judges.placements.judge(m, label=case.label, layout=case.layout, things=case.things)
            for m in masks
        ]
        means = _means(placed)
        scores |= means
        if kind in ("free", "point"):
            found.placements.append(record(f"{OURS}, {variant}", means))
    found.records.append(record(OURS, scores))
    if variant == "true":
        kept = bench.suggester(replace(request, among=AS_THE_PACK)).suggestions
        found.records.append(record(CHOSEN, scored([s.mask for s in kept])))
        simple = baselines(case, guidance, bank=judges.bank, seed=options.seed)
        found.records += [record(name, scored(those)) for name, those in simple.items()]
        strips = found.strips.setdefault((case.source, kind), [])
        strips.append(Strip(case=case, guidance=guidance, masks=masks))


def _means(found: Sequence[Scores]) -> Scores:
    keys = {key for scores in found for key in scores}
    return {k: float(np.mean([s[k] for s in found if k in s])) for k in sorted(keys)}


def _judge_truths(
    state: _Found, cases: Sequence[Case], statistics: PlacementStatistics, *, kinds: Sequence[str]
) -> None:
    """The true masks in their own layouts and in others': the two ends of the placement scale."""
    for case, other in zip(cases, partners(cases), strict=True):
        if not case.layout.layers:
            continue
        shuffled = fitted_layout(other.layout, case.layout.canvas)
        # Layers that vanish when stretched take their mark with them.
        kept = {layer.id for layer in shuffled.layers}
        things = [
            t
            for t, layer in zip(other.things, other.layout.layers, strict=True)
            if layer.id in kept
        ]
        for who, layout, marks in (
            (TRUTH, case.layout, case.things),
            (SHUFFLED, shuffled, things),
        ):
            scores = statistics.judge(case.truth, label=case.label, layout=layout, things=marks)
            for kind in ("free", "point"):
                if kind in kinds:
                    state.placements.append(
                        Record(
                            source=case.source,
                            kind=kind,
                            method=who,
                            variant="true",
                            case=case.name,
                            size=case.size_class,
                            in_company=True,
                            scores=scores,
                        )
                    )


def _placement_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """One row per source, kind and who placed, over the cases that all of them answered."""
    rows = []
    for source, kind in dict.fromkeys((r.source, r.kind) for r in records):
        here = [r for r in records if (r.source, r.kind) == (source, kind)]
        who = [*(f"{OURS}, {v}" for v in VARIANTS), TRUTH, SHUFFLED]
        groups = {name: {r.case: r for r in here if r.method == name} for name in who}
        groups = {name: found for name, found in groups.items() if found}
        common = set.intersection(*(set(found) for found in groups.values()))
        for name, found in groups.items():
            kept = [found[case] for case in sorted(common)]
            if kept:
                head = {"source": source, "kind": kind, "who": name, "n": len(kept)}
                rows.append(head | mean_scores(kept))
    return rows
