"""`render`: a project's scene as pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import UsageError, add_json, check_folder_of, print_json, run_job

if TYPE_CHECKING:
    from engine.render.request import RenderRequest, RenderResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project",
        metavar="PROJECT.ora",
        type=Path,
        help="the project to draw, or a PNG made by this command, to draw it again",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT.png",
        type=Path,
        help="the picture; of several, the first is OUT-1.png",
    )
    what = parser.add_argument_group("what to draw")
    what.add_argument("--prompt", metavar="TEXT", help="instead of caption and layer names")
    what.add_argument("--negative", metavar="TEXT", help="what the picture should not show")
    what.add_argument("--style", metavar="NAME", help="a style preset; --style list shows them")
    how = parser.add_argument_group("how")
    how.add_argument("-n", type=int, default=1, metavar="N", help="number of pictures (default: 1)")
    how.add_argument("--seed", type=int, help="picture k is drawn with seed + k - 1 (default: 0)")
    how.add_argument("--size", type=int, metavar="PX", help="longest side")
    how.add_argument("--steps", type=int, help="drawing steps; more is finer and slower")
    how.add_argument("--guidance", type=float, help="how closely to follow the words")
    how.add_argument("--control", type=float, help="how closely to follow the layout, 0 to 2")
    how.add_argument(
        "--no-layer-prompts",
        action="store_true",
        help="let a layer's words act on the whole picture, not only on its own region",
    )
    how.add_argument("--pack", help="models to use: a name or a folder (default: lite)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.style == "list":
        return _list_styles(args)
    if args.output is None:
        raise UsageError("Say where the picture goes: -o OUT.png.")
    if args.output.suffix.lower() != ".png":
        raise UsageError(f"{args.output} is no PNG: pictures are written as PNG files.")
    check_folder_of(args.output)
    request, notes = _request(args)
    result: RenderResult = run_job(request)
    written = _write(args, result)
    notes = (*notes, *result.notes)
    if args.json:
        print_json(_values(args, result, written=written, notes=notes))
    else:
        for path in written:
            print(path)
        for note in notes:
            print(f"note: {note}")
    return 0


def paths_of(output: Path, count: int) -> list[Path]:
    """The files of `count` pictures: OUT.png alone, or OUT-1.png, OUT-2.png ..."""
    if count == 1:
        return [output]
    return [output.with_name(f"{output.stem}-{k}{output.suffix}") for k in range(1, count + 1)]


def _request(args: argparse.Namespace) -> tuple[RenderRequest, tuple[str, ...]]:
    """The request, checked, and what opening the file had to say."""
    from dataclasses import replace

    from engine.project import open_project
    from engine.render.checking import check_request, settled
    from engine.render.defaults import defaults_of
    from engine.render.metadata import request_from_png
    from engine.render.request import RenderRequest

    notes: tuple[str, ...] = ()
    if args.project.suffix.lower() == ".png":
        request = request_from_png(args.project)
    else:
        opened = open_project(args.project)
        request, notes = RenderRequest(layout=opened.layout), opened.notes
    given = {
        "prompt": args.prompt,
        "negative": args.negative,
        "style": args.style,
        "count": args.n,
        "seed": args.seed,
        "size": args.size,
        "steps": args.steps,
        "guidance": args.guidance,
        "control_scale": args.control,
        "layer_prompts": False if args.no_layer_prompts else None,
        "pack": args.pack,
    }
    request = replace(
        request, **{name: value for name, value in given.items() if value is not None}
    )
    # What can be known to fail should fail before models are loaded.
    settled(check_request(request), defaults_of(request.pack))
    return request, notes


def _write(args: argparse.Namespace, result: RenderResult) -> list[Path]:
    from engine.project.files import replace_file
    from engine.render.metadata import png_bytes

    paths = paths_of(args.output, len(result.pictures))
    for path, picture in zip(paths, result.pictures, strict=True):
        replace_file(path, png_bytes(result, picture))
    return paths


def _list_styles(args: argparse.Namespace) -> int:
    from engine.render.styles import styles_of

    styles = styles_of(args.pack or "lite")
    if args.json:
        print_json([{"name": s.name, "title": s.title, "words": s.words} for s in styles])
    else:
        for style in styles:
            print(f"{style.name:<12} {style.words}")
    return 0


def _values(
    args: argparse.Namespace, result: RenderResult, *, written: list[Path], notes: tuple[str, ...]
) -> dict[str, Any]:
    request = result.request
    return {
        "project": str(args.project),
        "prompt": result.prompt,
        "request": {
            name: getattr(request, name)
            for name in (
                "prompt", "negative", "style", "count", "seed", "size", "steps", "guidance",
                "control_scale", "layer_prompts", "pack",
            )
        },
        "pictures": [
            {
                "file": str(path),
                "sample": picture.sample,
                "seed": picture.seed,
                "width": int(picture.pixels.shape[1]),
                "height": int(picture.pixels.shape[0]),
            }
            for path, picture in zip(written, result.pictures, strict=True)
        ],
        "notes": list(notes),
        "pack": result.pack,
        "model_hash": result.model_hash,
        "seconds": {stage: round(value, 4) for stage, value in result.seconds.items()},
    }  # fmt: skip
