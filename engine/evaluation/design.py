"""`eval design`: the fifty captions designed, and measured against what they ask for."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.cli.common import (
    Progress,
    add_json,
    check_folder_of,
    print_json,
    print_table,
    size_value,
    write_png,
)
from engine.design.reading import read_scene
from engine.design.request import DesignRequest, DesignResult
from engine.errors import InputError, ModelMissing, ScenewrightError
from engine.evaluation.design_truth import Measured, Wanted, measure, read_wanted, summary
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from planner.elements import elements_text
from planner.scene import Element, Relation, RelationKind, Scene

PLACERS = ("planner", "prior", "uniform")
QUICK = 5
"""Every QUICK-th caption is in the quick run: ten of fifty."""
AIMS = {"all_present": 1.0, "counts_right": 1.0, "relations_held": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One caption designed with one placer; `result` is None when the caption was refused."""

    wanted: Wanted
    placer: str
    elements: str
    measured: Measured
    result: DesignResult | None
    seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="ten of the fifty captions")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these captions alone: 03 17")
    parser.add_argument(
        "--placers", nargs="+", choices=PLACERS, default=list(PLACERS), metavar="NAME",
        help="who proposes places: planner, prior (class mean boxes), uniform (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--listed",
        action="store_true",
        help="place the hand-written element lists instead of what is read from the captions",
    )
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("-n", type=int, default=8, metavar="N", help="masks a step (default: 8)")
    parser.add_argument("--size", metavar="WxH", type=size_value, default=(512, 384))
    parser.add_argument("--pack", default="lite")
    parser.add_argument(
        "--sheet", metavar="SHEET.png", type=Path, help="draw all designs of the first placer"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report as JSON too")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    check_folder_of(args.sheet)
    check_folder_of(args.out)
    chosen = _chosen(args)
    progress = Progress()
    outcomes: list[Outcome] = []
    notes: list[str] = []
    for placer in args.placers:
        try:
            outcomes += evaluate(chosen, args, placer=placer, context=progress)
        except ModelMissing as error:
            notes.append(f"{placer}: not measured. {error}")
    progress.clear()
    if not outcomes:
        raise InputError(" ".join(notes))
    report = report_of(outcomes) | {"notes": notes, "seed": args.seed, "listed": args.listed}
    if args.out is not None:
        args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if args.sheet is not None:
        write_png(args.sheet, contact_sheet([o for o in outcomes if o.placer == args.placers[0]]))
    if args.json:
        print_json(report)
    else:
        _print(report, notes)
    return 0


def _chosen(args: argparse.Namespace) -> tuple[Wanted, ...]:
    wanted = read_wanted()
    if args.only:
        unknown = set(args.only) - {w.id for w in wanted}
        if unknown:
            raise InputError(f"There is no caption {sorted(unknown)[0]}: they go from 01 to 50.")
        return tuple(w for w in wanted if w.id in args.only)
    return wanted[QUICK - 1 :: QUICK] if args.quick else wanted


def evaluate(
    wanted: Sequence[Wanted], args: argparse.Namespace, *, placer: str, context: JobContext
) -> list[Outcome]:
    """Design every caption with one placer."""
    from engine.design.run import run as design

    found = []
    for number, item in enumerate(wanted):
        context.progress(f"Designing with {placer}", number, len(wanted))
        started = time.perf_counter()
        layout = Layout(width=args.size[0], height=args.size[1])
        try:
            scene = listed_scene(item) if args.listed else read_scene(item.caption)
            request = DesignRequest(
                layout=layout, scene=scene, seed=args.seed, masks=args.n, pack=args.pack,
                placer=placer,
            )  # fmt: skip
            result = design(request, _Silent(context))
        except ModelMissing:
            raise
        except ScenewrightError:
            # A refused caption counts as nothing placed.
            scene, result = Scene(caption=item.caption), None
        found.append(
            Outcome(
                wanted=item,
                placer=placer,
                elements=elements_text(scene),
                measured=measure(result.layout if result else layout, item),
                result=result,
                seconds=time.perf_counter() - started,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Silent:
    """Keeps the line of the whole run on the screen; cancelling still works."""

    context: JobContext

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        return None


def listed_scene(item: Wanted) -> Scene:
    """The hand-written list as a scene."""
    ids: dict[str, str] = {}
    elements = []
    for label in item.background:
        ids[label] = f"e{len(elements) + 1}"
        elements.append(Element(id=ids[label], label=label, background=True))
    for label, least, _, _ in item.things:
        ids[label] = f"e{len(elements) + 1}"
        elements.append(Element(id=ids[label], label=label, count=least))
    relations = tuple(
        Relation(RelationKind(kind), ids[subject], tuple(ids[x] for x in references))
        for kind, subject, references in item.relations
    )
    return Scene(caption=item.caption, elements=tuple(elements), relations=relations)


def report_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures by placer, and every design."""
    rows = {}
    for placer in dict.fromkeys(o.placer for o in outcomes):
        own = [o for o in outcomes if o.placer == placer]
        rows[placer] = summary([o.measured for o in own]) | _work(own)
    return {"placers": rows, "designs": [_design_values(o) for o in outcomes]}


def _work(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the loop had to do: time, tries, and how much of the placer's boxes was kept."""
    results = [o.result for o in outcomes if o.result is not None]
    steps = [step for r in results for step in r.steps]
    things = [s for s in steps if s.layer and not _is_wide(s.layout, s.layer)]
    kept = [
        max((_iou(s.layout.layer(s.layer).mask.box, b) for b in s.proposals), default=0.0)
        for s in things
        if s.layer
    ]
    parts = {
        f"seconds_{name}": float(np.mean([r.seconds.get(name, 0.0) for r in results]))
        for name in ("load", "plan", "masks", "score")
    }
    large = [o.seconds for o in outcomes if o.result and len(o.result.steps) >= 12]
    return {
        "objects": len(steps),
        "left_out": sum(step.layer is None for step in steps),
        "tries_a_thing": float(np.mean([s.tries for s in things])) if things else 0.0,
        "proposal_iou": float(np.mean(kept)) if kept else 0.0,
        "proposal_kept": float(np.mean([k >= 0.5 for k in kept])) if kept else 0.0,
        "seconds": float(np.mean([o.seconds for o in outcomes])),
        "seconds_12_or_more": float(np.mean(large)) if large else None,
        **parts,
    }


def _is_wide(layout: Layout, layer: str) -> bool:
    return layout.layer(layer).mask.box.width >= 0.95 * layout.width


def _iou(a: Box, b: Box) -> float:
    both = a.intersection(b).area
    return both / max(a.area + b.area - both, 1)


def _design_values(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.wanted.id,
        "placer": outcome.placer,
        "caption": outcome.wanted.caption,
        "elements": outcome.elements,
        "seconds": round(outcome.seconds, 2),
        **asdict(outcome.measured),
    }


def contact_sheet(outcomes: Sequence[Outcome]) -> Any:
    """All designs side by side, each with its caption."""
    from engine.design.sheet import layout_picture, tile_sheet

    tiles = []
    for outcome in outcomes:
        if outcome.result is not None:
            m = outcome.measured
            broken = f" ({len(m.broken)} relations broken)" if m.broken else ""
            text = f"{outcome.wanted.id}{broken} {outcome.wanted.caption}"
            tiles.append((layout_picture(outcome.result.layout), text))
    if not tiles:
        raise InputError("No caption could be designed, so there is no sheet.")
    return tile_sheet(tiles, title=f"designs, boxes by {outcomes[0].placer}", columns=5)


_SHOWN = (
    ("all_present", "present"), ("counts_right", "counts"), ("nothing_extra", "no extra"),
    ("relations_held", "relations"), ("floating", "floating"), ("left_out", "left out"),
    ("tries_a_thing", "tries"), ("proposal_iou", "box IoU"), ("proposal_kept", "box kept"),
    ("seconds", "s/design"), ("seconds_plan", "plan"), ("seconds_masks", "masks"),
    ("seconds_score", "score"), ("seconds_12_or_more", "s, 12+"),
)  # fmt: skip


def _print(report: dict[str, Any], notes: Sequence[str]) -> None:
    rows = [
        (placer, *(_number(values[key]) for key, _ in _SHOWN))
        for placer, values in report["placers"].items()
    ]
    print_table(("boxes by", *(name for _, name in _SHOWN)), rows)
    first = next(iter(report["placers"]))
    for design in report["designs"]:
        problems = [
            f"{name} {', '.join(design[name])}"
            for name in ("missing", "miscounted", "extra", "broken", "floating")
            if design[name]
        ]
        if design["placer"] == first and problems:
            print(f"{design['id']}: {'; '.join(problems)}")
    for name, aim in AIMS.items():
        value = report["placers"][first][name]
        print(f"{name} {value:.3f}, aim {aim}: {'reached' if value >= aim else 'not reached'}")
    for note in notes:
        print(f"note: {note}")


def _number(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
