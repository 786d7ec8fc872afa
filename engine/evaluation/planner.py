"""`eval planner`: names, boxes, relations and counts, against simple placers, on held-out data."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.cli.common import Progress, add_json, print_json, print_table
from engine.errors import DataError
from engine.evaluation.planner_cases import (
    PlaceCase,
    blanked,
    centred,
    held_out_cases,
    neighbour_placer,
    sample_of,
    scene_query,
    true_box,
    unlisted,
)
from engine.evaluation.planner_metrics import (
    box_figures,
    distinct,
    label_f1,
    matched_iou,
    order_agreement,
    relation_holds,
)
from engine.models.packs import load_text_encoder, pack_folder
from engine.training.planner_samples import PlanScene
from engine.training.planner_sources import counting_plans, spatial_plans
from planner.baselines import STATISTICS_FILE, PriorPlacer, UniformPlacer
from planner.placer import PlaceQuery, Placer, RelativeBox, ScoredBox

if TYPE_CHECKING:
    from planner.llava import LlavaPlanner

OURS = "planner"
CENTRED = "truth, centred"
FIGURES = ("iou", "best4", "acc30", "acc50", "distance", "size")
MOST_OBJECTS = 8
"""Of a counting scene that is asked."""
MOST_NAMED = 200
"""Maps that are read aloud: a list takes ten times as long as a box."""
Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much is asked.

    Attributes:
        count: Cases a source for boxes and names.
        relations, counts: NSR-1K scenes of each kind at most.
        neighbours: Training rows that the neighbours' baseline looks through.
    """

    count: int
    relations: int
    counts: int
    neighbours: int
    seed: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, help="data set folder; without it, generated scenes only"
    )
    parser.add_argument("--n", type=int, default=120, metavar="N", help="cases per source")
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases, for a glance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="planner folder (default: the pack's)")
    parser.add_argument("--pack", default="lite")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from planner.llava import LlavaPlanner

    if args.data is not None and not args.data.is_dir():
        raise DataError(f"There is no data folder {args.data}.")
    share = 10 if args.quick else 1
    options = Options(
        count=max(4, args.n // share),
        relations=max(8, 400 // share),
        counts=max(4, 100 // share),
        neighbours=max(600, 4000 // share),
        seed=args.seed,
    )
    folder = args.model or pack_folder(args.pack) / "planner"
    planner = LlavaPlanner.from_pretrained(folder)
    progress = Progress()
    placers: dict[str, Placer] = {
        OURS: planner,
        "class mean": PriorPlacer.from_file(folder / STATISTICS_FILE),
        "neighbour": neighbour_placer(
            args.data, load_text_encoder(args.pack), rows=options.neighbours, seed=args.seed + 7
        ),
        "uniform": UniformPlacer(),
    }
    report = evaluate(planner, placers, data=args.data, options=options, context=progress)
    progress.clear()
    if args.json:
        print_json(report)
    else:
        print_report(report)
    return 0


def evaluate(
    planner: LlavaPlanner,
    placers: Mapping[str, Placer],
    *,
    data: Path | None,
    options: Options,
    context: Progress,
) -> dict[str, Any]:
    """Everything that `eval planner` shows; without data, the parts on generated scenes."""
    started = time.monotonic()
    cases = held_out_cases(data, count=options.count, seed=options.seed)
    report: dict[str, Any] = {
        "names": name_rows(planner, cases, context),
        "parse": parse_rates(planner, cases[:: max(1, len(cases) // 60)]),
        "boxes": box_rows(placers, cases, context),
    }
    if data is not None:
        spatial = sample_of(
            spatial_plans(data, split="val"), count=options.relations, seed=options.seed
        )
        counting = [
            scene
            for scene in counting_plans(data, split="val")
            if 2 <= len(scene.items) <= MOST_OBJECTS
        ]
        counting = sample_of(counting, count=options.counts, seed=options.seed)
        report["relations"] = relation_rows(placers, spatial, context, seed=options.seed)
        report["counts"] = count_rows(placers, counting, context, seed=options.seed)
    report["seconds"] = round(time.monotonic() - started, 1)
    return report


def name_rows(
    planner: LlavaPlanner, cases: Sequence[PlaceCase], context: Progress
) -> list[dict[str, Any]]:
    """Stage 1: F1 and order of the names, on the true maps and on a blank one, by source."""
    found: defaultdict[str, list[Figures]] = defaultdict(list)
    cases = cases[:: max(1, len(cases) // MOST_NAMED)]
    for done, case in enumerate(cases):
        context.progress("Names", done, len(cases))
        if not case.names:
            continue
        said = planner.name_objects(case.query.semantic_map)
        figures = {"f1": label_f1(said, case.names)}
        order = order_agreement(said, case.names)
        if order is not None:
            figures["order"] = order
        found[case.source].append(figures)
        found["all"].append(figures)
    return [
        {"source": source, "n": len(rows), **mean_figures(rows)} for source, rows in found.items()
    ]


def parse_rates(planner: LlavaPlanner, cases: Sequence[PlaceCase]) -> dict[str, float]:
    """Share of answers, greedy and sampled, that can be read as a box, with and without grammar."""
    rates = {}
    before = planner.constrained
    try:
        for name, constrained in (("with grammar", True), ("without grammar", False)):
            planner.constrained = constrained
            for temperature in (0.8, 1.5):
                read = [
                    box is not None
                    for case in cases
                    for box, _ in planner.answers(replace(case.query, temperature=temperature))
                ]
                rates[f"{name}, temperature {temperature}"] = float(np.mean(read))
    finally:
        planner.constrained = before
    return rates


def box_rows(
    placers: Mapping[str, Placer], cases: Sequence[PlaceCase], context: Progress
) -> list[dict[str, Any]]:
    """Stage 2: figures of the answers by source and method; the planner also without its map,
    without its list, and without both; and, as a reference, those of the true box in the middle of
    the width: of who knows all but where across."""
    methods: dict[str, Callable[[PlaceQuery], Any]] = {
        name: placer.propose for name, placer in placers.items()
    }
    ours = placers[OURS].propose
    methods |= {
        f"{OURS}, map blank": lambda query: ours(blanked(query)),
        f"{OURS}, list blank": lambda query: ours(unlisted(query)),
        f"{OURS}, both blank": lambda query: ours(blanked(unlisted(query))),
    }
    found: defaultdict[tuple[str, str], list[Figures]] = defaultdict(list)
    for done, case in enumerate(cases):
        context.progress("Boxes", done, len(cases))
        for name, propose in methods.items():
            figures = box_figures(propose(case.query), case.truth)
            for source in (case.source, "all"):
                found[source, name].append(figures)
        known = box_figures([ScoredBox(centred(case.truth), 1.0)], case.truth)
        for source in (case.source, "all"):
            found[source, CENTRED].append(known)
    sources = dict.fromkeys(["all", *(case.source for case in cases)])
    return [
        {"source": source, "method": name, "n": len(rows), **mean_figures(rows)}
        for source in sources
        for name in (*methods, CENTRED)
        if (rows := found[source, name])
    ]


def relation_rows(
    placers: Mapping[str, Placer], scenes: Sequence[PlanScene], context: Progress, *, seed: int
) -> list[dict[str, Any]]:
    """NSR-1K spatial, held-out third: does the top box stand as asked, by relation.

    "placed": the reference stands where it truly does; "scratch": both are placed, the reference
    first; "untold": as "placed", but only the caption says how they stand.
    """
    found: defaultdict[tuple[str, str], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for done, scene in enumerate(scenes):
        context.progress("Relations", done, len(scenes))
        text = (scene.truths or {})[1]
        kind = text.removesuffix(f" {scene.items[0].label}")
        reference, truth = true_box(scene, 0), true_box(scene, 1)
        answers = {("truth", "placed"): (truth, reference)}
        for name, placer in placers.items():
            query = scene_query(scene, 1, {0: reference}, relation=text, seed=seed + done)
            answers[name, "placed"] = (placer.propose(query)[0].box, reference)
            untold = replace(query, relation="")
            answers[name, "untold"] = (placer.propose(untold)[0].box, reference)
            empty = scene_query(scene, 0, {}, seed=seed + done)
            first = placer.propose(empty)[0].box
            second = scene_query(scene, 1, {0: first}, relation=text, seed=seed + done)
            answers[name, "scratch"] = (placer.propose(second)[0].box, first)
        for (name, how), (subject, other) in answers.items():
            holds = float(relation_holds(kind, subject, other))
            for group in ("all", kind):
                found[name, how][group].append(holds)
    return [
        {"method": name, "reference": how, "n": len(groups["all"])}
        | {group: float(np.mean(values)) for group, values in sorted(groups.items())}
        for (name, how), groups in found.items()
    ]


def count_rows(
    placers: Mapping[str, Placer], scenes: Sequence[PlanScene], context: Progress, *, seed: int
) -> list[dict[str, Any]]:
    """NSR-1K counting, held-out third: all objects placed one after the other on an empty canvas.

    `right`: every thing stands as often as asked, boxes that nearly coincide counted once;
    `matched`: mean IoU with the true boxes, each thing matched with its own kind.
    """
    found: defaultdict[str, list[Figures]] = defaultdict(list)
    for done, scene in enumerate(scenes):
        context.progress("Counts", done, len(scenes))
        for name, placer in placers.items():
            boxes = place_all(placer, scene, seed=seed + done)
            by_label: defaultdict[str, list[int]] = defaultdict(list)
            for index, item in enumerate(scene.items):
                by_label[item.label].append(index)
            right = all(
                distinct([boxes[i] for i in group]) == len(group) for group in by_label.values()
            )
            matched = [
                matched_iou([boxes[i] for i in group], [true_box(scene, i) for i in group])
                for group in by_label.values()
            ]
            found[name].append({"right": float(right), "matched": float(np.mean(matched))})
    return [{"method": name, "n": len(rows), **mean_figures(rows)} for name, rows in found.items()]


def place_all(placer: Placer, scene: PlanScene, *, seed: int) -> dict[int, RelativeBox]:
    """Every object of the scene at the placer's first choice that does not repeat an earlier one
    of its kind, as the design loop does it; else at its first choice."""
    boxes: dict[int, RelativeBox] = {}
    for index, item in enumerate(scene.items):
        query = scene_query(scene, index, boxes, seed=seed + 1000 * index)
        proposals = [scored.box for scored in placer.propose(query)]
        same = [box for i, box in boxes.items() if scene.items[i].label == item.label]
        free = (b for b in proposals if distinct([*same, b]) == len(same) + 1)
        boxes[index] = next(free, proposals[0])
    return boxes


def mean_figures(rows: Sequence[Figures]) -> Figures:
    """Each figure's mean over the rows that have it."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}


def print_report(report: Mapping[str, Any]) -> None:
    _print("Names (stage 1)", report["names"], ("source", "n", "f1", "order"))
    print("\nAnswers that can be read")
    for name, rate in report["parse"].items():
        print(f"  {name}: {rate:.3f}")
    _print("\nBoxes (stage 2)", report["boxes"], ("source", "method", "n", *FIGURES))
    if "relations" in report:
        kinds = sorted(
            {k for row in report["relations"] for k in row} - {"method", "reference", "n", "all"}
        )
        head = ("method", "reference", "n", "all", *kinds)
        _print("\nRelations (NSR-1K, held-out third)", report["relations"], head)
        head = ("method", "n", "right", "matched")
        _print("\nCounts (NSR-1K, held-out third)", report["counts"], head)
    print(f"\n{report['seconds']} s")


def _print(title: str, rows: Sequence[Mapping[str, Any]], head: tuple[str, ...]) -> None:
    print(title)
    cells = [tuple(_cell(row.get(key)) for key in head) for row in rows]
    print_table(head, cells)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
