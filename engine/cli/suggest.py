"""`suggest`: propose masks for one more object, and add one of them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import (
    UsageError,
    add_json,
    check_folder_of,
    print_json,
    print_table,
    run_job,
    write_png,
)
from engine.cli.guidance import add_guidance, guidance_of

if TYPE_CHECKING:
    from engine.layout.layout import Layout
    from engine.project import OpenedProject
    from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT.ora", type=Path, help="the project to add to")
    parser.add_argument("--object", metavar="TEXT", required=True, help="what it is, like dog")
    where, _ = add_guidance(
        parser,
        pixels_of="canvas",
        scribble="along the drawn pixels of this picture of canvas size, or within the line if it "
        "is drawn round something: drawn is all that is not black, or, in a picture with "
        "transparent parts, all that is not transparent",
    )
    where.add_argument(
        "--behind", metavar="LAYER", help="right behind this layer: its name, #number or id"
    )
    how = parser.add_argument_group("how")
    how.add_argument("-n", type=int, default=4, metavar="N", help="number of masks (default: 4)")
    how.add_argument(
        "--among", type=int, metavar="N",
        help="draw so many masks and keep the -n that stand for all of them best (default: draw "
        "no more than -n)",
    )  # fmt: skip
    how.add_argument("--seed", type=int, default=0, help="mask k is drawn with seed + k - 1")
    how.add_argument(
        "--style",
        choices=("any", "natural", "illustration"),
        default="any",
        help="kind of silhouette (default: any)",
    )
    how.add_argument("--caption", metavar="TEXT", help="scene text for this call alone")
    how.add_argument("--steps", type=int, help="drawing steps; more is finer and slower")
    how.add_argument("--layout-scale", type=float, help="how closely to follow the scene")
    how.add_argument("--text-scale", type=float, help="how closely to follow the words")
    how.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    what = parser.add_argument_group("what to do with them")
    what.add_argument("--apply", type=int, metavar="K", help="add mask K as a layer and save")
    what.add_argument(
        "-o", "--output", metavar="OUT.ora", type=Path, help="save here instead of PROJECT.ora"
    )
    what.add_argument("--sheet", metavar="SHEET.png", type=Path, help="draw all masks side by side")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.project import open_project
    from engine.smartmask.request import check_request

    opened = open_project(args.project)
    request = check_request(_request(args, opened.layout))
    _check_outputs(args, opened)
    result: SuggestResult = run_job(request)
    _check_usable(result)
    if args.sheet:
        from engine.cli.sheet import suggestion_sheet

        write_png(args.sheet, suggestion_sheet(result))
    added = _apply(args, opened, result) if args.apply is not None else None
    notes = (*opened.notes, *result.notes)
    if args.json:
        print_json(_values(args, result, notes=notes, added=added))
    else:
        _print(args, result, notes=notes)
    return 0


def _request(args: argparse.Namespace, layout: Layout) -> SuggestRequest:
    from engine.errors import InputError
    from engine.layout.layout import check_caption
    from engine.smartmask.request import SuggestRequest

    behind = None if args.behind is None else layout.find(args.behind).id
    if args.among is not None and args.among < 1:
        raise InputError(f"--among {args.among} is not possible: use --among {args.n} or more.")
    if args.caption is not None:
        layout = replace(layout, caption=check_caption(args.caption))
    return SuggestRequest(
        layout=layout,
        label=args.object,
        guidance=guidance_of(args, layout),
        count=args.n,
        among=args.among,
        seed=args.seed,
        behind=behind,
        pack=args.pack,
        steps=args.steps,
        style=args.style,
        layout_scale=args.layout_scale,
        text_scale=args.text_scale,
    )


def _check_outputs(args: argparse.Namespace, opened: OpenedProject) -> None:
    """Raise InputError for what can be known to fail before the masks are drawn."""
    from engine.errors import InputError
    from engine.layout.layout import check_layer_count

    if args.output and args.apply is None:
        raise UsageError("-o saves the project with a new layer: say which mask with --apply K.")
    drawn = max(args.n, args.among or 0)
    if args.apply is not None and not 1 <= args.apply <= drawn:
        raise InputError(f"--apply {args.apply} names none of the {drawn} masks: use 1 to {drawn}.")
    check_folder_of(args.output)
    check_folder_of(args.sheet)
    if args.apply is not None:
        check_layer_count(len(opened.layout.layers) + 1)
    target = args.output or args.project
    if args.apply is not None and opened.foreign and target.resolve() == args.project.resolve():
        raise InputError(
            f"{args.project} was made by another program, and saving would lose its pictures: "
            "name another file with -o."
        )


def _check_usable(result: SuggestResult) -> None:
    from engine.errors import EngineError

    if not result.shown:
        raise EngineError(
            f"No usable mask of {result.request.label!r} came out: "
            "try another --seed, or another place."
        )


def _apply(args: argparse.Namespace, opened: OpenedProject, result: SuggestResult) -> str:
    """Save the project with the chosen mask as a layer; returns the layer's id."""
    from engine.project import save_project
    from engine.smartmask.placing import layer_of, placed, take

    layer = layer_of(result, take(result, args.apply))
    layout = placed(opened.layout, layer, behind=result.request.behind)
    save_project(
        layout,
        args.output or args.project,
        settings=opened.settings,
        unknown=opened.unknown,
    )
    return layer.id


def _state(suggestion: Suggestion) -> str:
    if suggestion.mask.is_empty:
        return "empty"
    return "" if suggestion.duplicate_of is None else f"like {suggestion.duplicate_of}"


def _print(args: argparse.Namespace, result: SuggestResult, *, notes: tuple[str, ...]) -> None:
    rows = [
        (
            str(s.sample),
            str(s.seed),
            f"{s.score:.3f}",
            str(s.mask.area),
            ",".join(map(str, s.mask.box)),
            _state(s),
        )
        for s in result.suggestions
    ]
    print_table(("mask", "seed", "score", "pixels", "x,y,w,h", ""), rows)
    for note in notes:
        print(f"note: {note}")
    if args.sheet:
        print(f"sheet: {args.sheet}")
    if args.apply is not None:
        print(f"{args.output or args.project}: added mask {args.apply} as {result.request.label!r}")


def _values(
    args: argparse.Namespace, result: SuggestResult, *, notes: tuple[str, ...], added: str | None
) -> dict[str, Any]:
    from engine.smartmask.placing import request_values

    return {
        "project": str(args.project),
        "request": request_values(result.request),
        "suggestions": [
            {
                "sample": s.sample,
                "seed": s.seed,
                "score": round(float(s.score), 6),
                "pixels": s.mask.area,
                "box": list(s.mask.box),
                "empty": s.mask.is_empty,
                "duplicate_of": s.duplicate_of,
            }
            for s in result.suggestions
        ],
        "notes": list(notes),
        "ade_class": result.ade_class,
        "pack": result.pack,
        "model_hash": result.model_hash,
        "seconds": {stage: round(value, 4) for stage, value in result.seconds.items()},
        "sheet": str(args.sheet) if args.sheet else None,
        "applied": None
        if added is None
        else {
            "sample": args.apply,
            "layer": added,
            "project": str(args.output or args.project),
        },
    }
