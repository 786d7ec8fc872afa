"""`eval insert`: is the object there, and is everything else as it was?

Held-out scenes with one thing left out are the photos. The thing goes back with SmartMask's mask
(from its box), with its true silhouette, and with its plain box as the mask, always by the same
models. The background is what lies outside one reference mask: the true silhouette, widened by the
same few pixels for all. A judge that had no part in the drawing says whether the thing is seen.
Mask quality is set beside the paper's other way to a mask (Table 2): fill the box, then segment.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.cli.common import Progress, add_json, print_json
from engine.data.generator import generate
from engine.errors import InputError, ModelMissing
from engine.evaluation.click2mask_cases import SIDE, ClickCase, held_out_cases
from engine.evaluation.click2mask_metrics import interval
from engine.evaluation.insert_metrics import (
    norm_l2_background,
    overlap,
    rms_background,
    share_changed,
)
from engine.evaluation.render_judge import SHIPPED, RenderJudge, load_judge
from engine.jobs.context import JobContext, QuietContext
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.labels import ade_class_of
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask
from engine.models.packs import has_component, missing_message, pack_hash
from engine.render.request import InsertRequest
from engine.segment.request import SegmentRequest

SMARTMASK, TRUE, BOX = "SmartMask from the box", "true silhouette", "plain box"
REAL, NOTHING = "real picture", "nothing inserted"
METHODS = (SMARTMASK, TRUE, BOX)
THEN_SEGMENT = "box, then segment"
MARGIN = 5
"""Pixels around the true silhouette that belong to the reference: the feather and some slack."""
FEATHER = 3
TILE, COLUMNS_SHOWN = 160, 20
FIGURES = {
    "l2": "normalised L2 difference of the background, lower is better",
    "rms": "the same as root mean square of a channel, 0..255",
    "changed": "share of the background's pixels that are not the same bits",
    "seen": "the judge's likeliest label where the thing should be is the thing",
    "class_seen": "its likeliest ADE20K class there is the thing's",
    "sure": "probability that the judge gives the thing's class there, mean",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """What one method made of one case."""

    picture: NDArray[np.uint8]
    mask: BoolArray


Insert = Callable[[InsertRequest], Made]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=40, metavar="N", help="cases (default: 40)")
    parser.add_argument("--quick", action="store_true", help="6 cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--judge", type=Path, default=SHIPPED, help="folder of the judge")
    parser.add_argument("--steps", type=int, help="drawing steps (default: the pack's)")
    parser.add_argument("--out", type=Path, help="folder for report.json, tables.md and the sheet")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.n < 1:
        raise InputError("--n must be at least 1.")
    if not has_component(args.pack, "segmenter"):
        # Said now rather than when all is drawn.
        raise ModelMissing(missing_message(args.pack, "segmenter"))
    judge = load_judge(args.judge)
    cases = held_out_cases(6 if args.quick else args.n, seed=args.seed)
    progress = Progress()
    insert = inserter()
    segment = segmenter(args.pack)
    made = insert_all(
        cases, insert, pack=args.pack, seed=args.seed, steps=args.steps, context=progress
    )
    progress.progress("Segmenting")
    after = [segment(case, found.picture) for case, found in zip(cases, made[BOX], strict=True)]
    progress.clear()
    report = report_of(cases, made, after, judge=judge)
    report["options"] = {
        "cases": len(cases), "seed": args.seed, "pack": args.pack, "steps": args.steps,
        "model_hash": pack_hash(args.pack),
    }  # fmt: skip
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        (args.out / "tables.md").write_text(tables(report), "utf-8")
        sheet(cases, made).save(args.out / "sheet.png")
    if args.json:
        print_json(report)
    else:
        print(tables(report))
    return 0


def layout_of(case: ClickCase) -> Layout:
    """The true layers of the picture that the thing was left out of."""
    seed, index = map(int, case.name.split("#"))
    layout = generate(seed, split="val", size=(SIDE, SIDE), image=False).to_layout()
    return layout.with_layers((*layout.layers[:index], *layout.layers[index + 1 :]))


def requests_of(
    case: ClickCase, *, pack: str, seed: int, steps: int | None
) -> dict[str, InsertRequest]:
    """The same question with three kinds of mask."""
    box = Mask.from_array(case.mask).box
    common: dict[str, Any] = {
        "photo": case.before,
        "label": case.label,
        "layout": layout_of(case),
        "seed": seed,
        "feather": FEATHER,
        "steps": steps,
        "pack": pack,
    }
    return {
        SMARTMASK: InsertRequest(guidance=Guidance.at_box(box), **common),
        TRUE: InsertRequest(mask=Mask.from_array(case.mask), **common),
        BOX: InsertRequest(mask=Mask.filled(box), **common),
    }


def insert_all(
    cases: Sequence[ClickCase],
    insert: Insert,
    *,
    pack: str,
    seed: int,
    steps: int | None,
    methods: Sequence[str] = METHODS,
    context: JobContext,
) -> dict[str, list[Made]]:
    """What every method makes of every case, in the order of the methods."""
    made: dict[str, list[Made]] = {name: [] for name in methods}
    for number, case in enumerate(cases):
        context.progress("Inserting", number, len(cases))
        asked = requests_of(case, pack=pack, seed=seed, steps=steps)
        for name in methods:
            made[name].append(insert(asked[name]))
    return made


def report_of(
    cases: Sequence[ClickCase],
    made: Mapping[str, Sequence[Made]],
    after: Sequence[BoolArray],
    *,
    judge: RenderJudge,
) -> dict[str, Any]:
    """Figures by method, of the masks, and the aims.

    Args:
        after: What segmentation finds of the thing in the box method's pictures.
    """
    unchanged = [Made(picture=case.before, mask=np.zeros_like(case.mask)) for case in cases]
    real = [Made(picture=case.truth, mask=case.mask) for case in cases]
    columns: dict[str, Sequence[Made]] = {**made, REAL: real, NOTHING: unchanged}
    rows, cases_of = [], dict[str, list[dict[str, float]]]()
    for name, found in columns.items():
        figures = [_figures(c, m.picture, judge) for c, m in zip(cases, found, strict=True)]
        cases_of[name] = figures
        means = {key: float(np.mean([f[key] for f in figures])) for key in FIGURES}
        rows.append({"method": name, **{k: round(v, 4) for k, v in means.items()}})
    masks = {
        SMARTMASK: [m.mask for m in made[SMARTMASK]],
        THEN_SEGMENT: list(after),
        BOX: [m.mask for m in made[BOX]],
    }
    ious = {
        name: [overlap(mask, case.mask) for mask, case in zip(found, cases, strict=True)]
        for name, found in masks.items()
    }
    quality = [
        {
            "mask": name,
            "iou": round(float(np.mean(ious[name])), 4),
            "empty": round(float(np.mean([not m.any() for m in found])), 4),
        }
        for name, found in masks.items()
    ]
    return {
        "rows": rows,
        "masks": quality,
        "aims": _aims(cases_of, ious),
        "figures": FIGURES,
        "made": time.strftime("%Y-%m-%d"),
    }


def reference_of(case: ClickCase) -> BoolArray:
    """The true silhouette and MARGIN px around it: the same for every method."""
    size = 2 * MARGIN + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(case.mask.astype(np.uint8), kernel) > 0


def _figures(case: ClickCase, picture: NDArray[np.uint8], judge: RenderJudge) -> dict[str, float]:
    reference = reference_of(case)
    return {
        "l2": norm_l2_background(case.before, picture, reference),
        "rms": rms_background(case.before, picture, reference),
        "changed": share_changed(case.before, picture, reference),
        **recognised(judge, picture, case.mask, case.label),
    }


def recognised(
    judge: RenderJudge, picture: NDArray[np.uint8], place: BoolArray, label: str
) -> dict[str, float]:
    """What the judge reads in a place, its cells weighted by how much of them the place covers."""
    said = judge.read(picture)
    height, width = said.shape[1:]
    cover = cv2.resize(place.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    mean = (said * cover).sum((1, 2)) / max(float(cover.sum()), 1e-6)
    by_class: dict[int, float] = {}
    for number, ade_class in enumerate(judge.config["classes"]):
        by_class[ade_class] = by_class.get(ade_class, 0.0) + float(mean[number])
    wanted = ade_class_of(label).ade_class
    return {
        "seen": float(judge.labels[int(mean.argmax())] == label),
        "class_seen": float(max(by_class, key=lambda key: by_class[key]) == wanted),
        "sure": by_class.get(wanted, 0.0),
    }


def _aims(
    figures: Mapping[str, Sequence[Mapping[str, float]]], ious: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    """Paired differences over the cases with their 95 % intervals.

    A lead is reached where its whole interval lies above 0, "no worse" by the mean.
    """

    def paired(key: str, one: str, other: str) -> list[float]:
        return [a[key] - b[key] for a, b in zip(figures[one], figures[other], strict=True)]

    ours, other = ious[SMARTMASK], ious[THEN_SEGMENT]
    return [
        _aim("background: L2 of the box mask less ours", paired("l2", BOX, SMARTMASK), lead=True),
        _aim(
            "recognised, no worse: ours less the box mask's",
            paired("class_seen", SMARTMASK, BOX),
            lead=False,
        ),
        _aim(
            "mask IoU: ours less that of filling the box, then segmenting",
            [a - b for a, b in zip(ours, other, strict=True)],
            lead=True,
        ),
    ]


def _aim(text: str, differences: Sequence[float], *, lead: bool) -> dict[str, Any]:
    value, low, high = interval(differences)
    return {
        "aim": text,
        "value": round(value, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "reached": low > 0 if lead else value >= 0,
    }


def tables(report: Mapping[str, Any]) -> str:
    """The report as Markdown tables."""
    parts = [
        _table(report["rows"], ("method", *FIGURES)),
        _table(report["masks"], ("mask", "iou", "empty")),
        _table(report["aims"], ("aim", "value", "low", "high", "reached")),
        "\n".join(f"- {name}: {text}" for name, text in report["figures"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "not yet"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def sheet(cases: Sequence[ClickCase], made: Mapping[str, Sequence[Made]]) -> Image.Image:
    """A row for each case: before, each method's picture with its mask's outline, the truth."""
    shown = list(cases)[:COLUMNS_SHOWN]
    heads = ("before", *METHODS, "real")
    out = Image.new("RGB", (len(heads) * TILE, 16 + len(shown) * (TILE + 14)), (20, 20, 20))
    draw = ImageDraw.Draw(out)
    for column, head in enumerate(heads):
        draw.text((column * TILE + 3, 2), head, fill=(230, 230, 230))
    for row, case in enumerate(shown):
        top = 16 + row * (TILE + 14)
        draw.text((3, top), case.label, fill=(255, 196, 61))
        pictures = [
            case.before,
            *(_outlined(made[name][row]) for name in METHODS),
            case.truth,
        ]
        for column, picture in enumerate(pictures):
            tile = Image.fromarray(picture).resize((TILE - 2, TILE - 2), Image.Resampling.LANCZOS)
            out.paste(tile, (column * TILE, top + 14))
    return out


def _outlined(made: Made) -> NDArray[np.uint8]:
    lines, _ = cv2.findContours(
        made.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    drawn = cv2.drawContours(made.picture.copy(), lines, -1, (255, 60, 60), 1)
    return np.asarray(drawn, dtype=np.uint8)


def inserter() -> Insert:
    """Answers a request by the best of its results."""
    from engine.render import insert

    def do(request: InsertRequest) -> Made:
        best = insert.run(request, QuietContext()).insertions[0]
        height, width = request.photo.shape[:2]
        return Made(picture=best.picture.pixels, mask=best.layer.mask.on_canvas(width, height))

    return do


def segmenter(pack: str) -> Callable[[ClickCase, NDArray[np.uint8]], BoolArray]:
    """Finds the thing in a picture: of the layers of its class the one that fits its box best."""
    from engine.segment.run import run as segment

    def find(case: ClickCase, picture: NDArray[np.uint8]) -> BoolArray:
        result = segment(SegmentRequest(photo=picture, pack=pack), QuietContext())
        box = Mask.from_array(case.mask).box
        wanted = ade_class_of(case.label).ade_class
        found = [layer.mask for layer in result.layout.layers if layer.ade_class == wanted]
        best = max(found, key=lambda mask: _fit(mask.box, box), default=None)
        if best is None or _fit(best.box, box) == 0:
            return np.zeros_like(case.mask)
        return best.on_canvas(picture.shape[1], picture.shape[0])

    return find


def _fit(first: Box, second: Box) -> float:
    both = first.intersection(second).area
    return both / (first.area + second.area - both) if both else 0.0
