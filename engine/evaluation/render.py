"""`eval render`: are the things of a layout found in their place in its pictures?

The judge (`engine.evaluation.render_judge`) reads real generated pictures (the ceiling), renders
of their layouts, renders of the same scenes as coarse scribbles, and renders by words alone (the
floor); pictures of other scenes tell what is found by chance. Every picture is judged by the fine
masks of the scene.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.cli.common import Progress, add_json, print_json
from engine.errors import InputError
from engine.evaluation.render_judge import SHIPPED, RenderJudge, load_judge
from engine.evaluation.render_metrics import METRICS, Reading, Tally, paired_interval, read_picture
from engine.evaluation.render_scenes import JudgedScene, held_out, other_scene
from engine.jobs.context import JobContext, QuietContext
from engine.layout.layout import Layout
from engine.models.packs import pack_hash
from engine.render.request import RenderRequest

CEILING, FLOOR = "real pictures", "words alone"
FINE, COARSE = "ControlNet, fine masks", "ControlNet, coarse scribbles"
PLAIN = "ControlNet, fine masks, no layer words"
PAINT_FINE, PAINT_COARSE = "paint with words, fine masks", "paint with words, coarse scribbles"
CHANCE = "real pictures of other scenes"
METHODS = (CEILING, FINE, PLAIN, COARSE, PAINT_FINE, PAINT_COARSE, FLOOR, CHANCE)
AIM = 0.7
"""Of the ceiling's hit rate."""

Draw = Callable[[JudgedScene], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `eval render` measures.

    Attributes:
        size: Longest side in px that is drawn, None as the pack draws; the judge sees all pictures
            at the size of the scenes.
        boost: Bonus of a region's words where they alone place things (paint with words).
    """

    count: int
    seed: int
    pack: str
    steps: int | None
    boost: float
    size: int | None = None
    methods: tuple[str, ...] = METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=60, metavar="N", help="scenes (default: 60)")
    parser.add_argument("--quick", action="store_true", help="8 scenes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--judge", type=Path, default=SHIPPED, help="folder of the judge")
    parser.add_argument("--steps", type=int, help="drawing steps (default: the pack's)")
    parser.add_argument("--size", type=int, help="longest side in px (default: the pack's)")
    parser.add_argument(
        "--boost", type=float, default=3.0, help="strength of paint-with-words attention"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=METHODS,
        metavar="METHOD",
        help=f"some of: {'; '.join(METHODS)}",
    )
    parser.add_argument("--out", type=Path, help="folder for report.json, tables.md and the sheets")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.n < 1:
        raise InputError("--n must be at least 1.")
    options = Options(
        count=8 if args.quick else args.n,
        seed=args.seed,
        pack=args.pack,
        steps=args.steps,
        boost=args.boost,
        size=args.size,
        methods=tuple(m for m in METHODS if not args.only or m in args.only),
    )
    judge = load_judge(args.judge)
    progress = Progress()
    scenes = held_out(options.count, seed=options.seed)
    pictures = draw_all(scenes, painters(options), context=progress)
    readings = judged(judge, scenes, pictures)
    progress.clear()
    report = report_of(readings, options)
    report["options"]["model_hash"] = pack_hash(options.pack)
    if args.out is not None:
        _write(args.out, report, scenes, pictures, readings)
    if args.json:
        print_json(report)
    else:
        print(tables(report))
    return 0


def painters(options: Options) -> dict[str, Draw]:
    """How each method makes its picture of a scene."""

    def fine(scene: JudgedScene) -> Layout:
        return scene.layout

    def coarse(scene: JudgedScene) -> Layout:
        return scene.coarse

    every = {
        CEILING: lambda scene: scene.picture,
        FINE: _painter(options, fine),
        PLAIN: _painter(options, fine, layer_prompts=False),
        COARSE: _painter(options, coarse),
        PAINT_FINE: _painter(options, fine, control_scale=0.0, boost=options.boost),
        PAINT_COARSE: _painter(options, coarse, control_scale=0.0, boost=options.boost),
        FLOOR: _painter(options, fine, control_scale=0.0, layer_prompts=False),
        CHANCE: lambda scene: other_scene(scene).picture,
    }
    return {name: every[name] for name in options.methods}


def _painter(
    options: Options,
    layout_of: Callable[[JudgedScene], Layout],
    *,
    boost: float | None = None,
    **changes: Any,
) -> Draw:
    def draw(scene: JudgedScene) -> NDArray[np.uint8]:
        from engine.render.checking import check_request, settled
        from engine.render.defaults import defaults_of
        from engine.render.drawing import draw as draw_one
        from engine.render.drawing import encode
        from engine.render.load import open_renderer
        from engine.render.scene import scene_of

        layout = layout_of(scene)
        request = RenderRequest(
            layout=layout,
            seed=scene.seed,
            size=options.size,
            steps=options.steps,
            pack=options.pack,
            **changes,
        )
        defaults = defaults_of(options.pack)
        request = settled(check_request(request), defaults)
        drawn = scene_of(request, defaults)
        if boost is not None:
            drawn = replace(drawn, boost=boost)
        control = request.control_scale != 0
        renderer = open_renderer(options.pack, QuietContext(), control=control)
        words = encode(renderer, drawn)
        picture = draw_one(renderer, drawn, words, seed=scene.seed, on_step=lambda *_: None)
        return _at_size(picture, layout.width, layout.height)

    return draw


def _at_size(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if picture.shape[:2] == (height, width):
        return picture
    way = cv2.INTER_AREA if picture.shape[1] > width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.uint8)


def draw_all(
    scenes: Sequence[JudgedScene], methods: Mapping[str, Draw], *, context: JobContext
) -> dict[str, list[NDArray[np.uint8]]]:
    """The picture of every scene by every method."""
    total = len(scenes) * len(methods)
    pictures: dict[str, list[NDArray[np.uint8]]] = {name: [] for name in methods}
    done = 0
    for name, draw in methods.items():
        for scene in scenes:
            pictures[name].append(draw(scene))
            done += 1
            context.progress(name, done, total)
    return pictures


def judged(
    judge: RenderJudge,
    scenes: Sequence[JudgedScene],
    pictures: Mapping[str, Sequence[NDArray[np.uint8]]],
) -> dict[str, list[Reading]]:
    return {
        name: [
            read_picture(judge, scene, picture) for scene, picture in zip(scenes, made, strict=True)
        ]
        for name, made in pictures.items()
    }


def report_of(readings: Mapping[str, Sequence[Reading]], options: Options) -> dict[str, Any]:
    """Figures by method, by size of the thing, and the aims."""
    rows, sizes, tallies = [], [], dict[str, Tally]()
    for name, read in readings.items():
        tally = tallies[name] = Tally()
        for reading in read:
            tally.add(reading)
        rows.append({"method": name, **_rounded(tally.figures())})
        sizes += [
            {"method": name, "size": size, **_rounded(figures)}
            for size, figures in sorted(tally.by_size().items())
        ]
    return {
        "options": {
            "scenes": options.count,
            "seed": options.seed,
            "pack": options.pack,
            "steps": options.steps,
            "size": options.size,
            "boost": options.boost,
        },
        "rows": rows,
        "sizes": sizes,
        "aims": _aims(tallies),
        "metrics": METRICS,
        "made": time.strftime("%Y-%m-%d"),
    }


def _aims(tallies: Mapping[str, Tally]) -> list[dict[str, Any]]:
    """The aims of which both sides were measured, with intervals over the scenes of both.

    A share is reached by its value, a lead only where its whole interval lies above 0.
    """
    found = []
    wanted = (
        ("hit rate as a share of real pictures'", FINE, CEILING, "hit", AIM),
        ("hit rate above words alone", FINE, FLOOR, "hit", None),
        ("fine masks above coarse scribbles", FINE, COARSE, "hit", None),
        ("fine masks above coarse scribbles, pixels", FINE, COARSE, "pixels", None),
        ("fine masks above coarse scribbles painted with words", FINE, PAINT_COARSE, "hit", None),
        ("fine masks above the same painted with words", FINE, PAINT_FINE, "hit", None),
        ("layer words above none", FINE, PLAIN, "hit", None),
        ("layer words above none, likeliest label", FINE, PLAIN, "top1", None),
        ("named by words alone above pictures of other scenes", FLOOR, CHANCE, "named", None),
    )
    for text, one, other, key, share in wanted:
        if one not in tallies or other not in tallies:
            continue
        as_share, aim = share is not None, share or 0.0
        a, b = (tallies[name].figures()[key] for name in (one, other))
        value = (a / b if b else 0.0) if as_share else a - b
        low, high = paired_interval(tallies[one], tallies[other], key=key, as_share=as_share)
        found.append(
            {
                "aim": text,
                "wanted": aim,
                "value": round(value, 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "reached": value >= aim if as_share else low > aim,
            }
        )
    return found


def tables(report: Mapping[str, Any]) -> str:
    """The report as Markdown tables, fit for a model card."""
    figures = (*METRICS, "hit_error", "things")
    parts = [_table(report["rows"], ("method", *figures))]
    parts.append(_table(report["sizes"], ("method", "size", "hit", "top1", "top5", "things")))
    parts.append(_table(report["aims"], ("aim", "wanted", "value", "low", "high", "reached")))
    parts.append("\n".join(f"- {name}: {text}" for name, text in report["metrics"].items()))
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    if not rows:
        return "(nothing)"
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "not yet"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {k: v if isinstance(v, int) else round(v, 4) for k, v in figures.items()}


def _write(
    folder: Path,
    report: Mapping[str, Any],
    scenes: Sequence[JudgedScene],
    pictures: Mapping[str, Sequence[NDArray[np.uint8]]],
    readings: Mapping[str, Sequence[Reading]],
) -> None:
    from engine.evaluation.render_sheet import write_sheets

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    (folder / "tables.md").write_text(tables(report), "utf-8")
    write_sheets(folder, scenes, pictures, readings)
