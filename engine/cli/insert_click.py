"""`insert-click`: an object into a picture's pixels, at a click."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import (
    Progress,
    UsageError,
    add_json,
    check_folder_of,
    print_json,
    print_table,
    write_png,
)

if TYPE_CHECKING:
    from engine.click2mask.request import ClickRequest, ClickResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE.png", type=Path, help="the photo or picture")
    parser.add_argument(
        "--at",
        metavar="X,Y",
        type=click_value,
        action="append",
        required=True,
        help="where, in pixels; several --at make one object",
    )
    parser.add_argument("--prompt", metavar="TEXT", required=True, help="what shall appear there")
    how = parser.add_argument_group("how")
    how.add_argument("-n", type=int, default=3, metavar="N", help="number of results (default: 3)")
    how.add_argument("--seed", type=int, default=0, help="result k is drawn with seed + k - 1")
    how.add_argument(
        "--preset",
        choices=("faithful", "fast"),
        help="as the paper has it, or with less than half of the work (default: the pack's)",
    )
    how.add_argument(
        "--stop-at", type=int, metavar="STEP", help="take the mask of this step of the evolution"
    )
    how.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    what = parser.add_argument_group("what to write")
    what.add_argument(
        "-o",
        "--output",
        metavar="OUT.png",
        type=Path,
        required=True,
        help="the best result; the others get -2, -3 ... before the suffix",
    )
    what.add_argument("--mask", metavar="MASK.png", type=Path, help="its evolved mask, 0 and 255")
    what.add_argument(
        "--frames", metavar="DIR", type=Path, help="every step's picture and mask, and a sheet"
    )
    what.add_argument(
        "--project",
        metavar="OUT.ora",
        type=Path,
        help="a project with the result under a layer of the new object",
    )
    add_json(parser)


def click_value(text: str) -> tuple[int, int]:
    """ "X,Y" as a pixel."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.lstrip("+-").isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not X,Y in whole pixels, for example 250,180"
        )
    return int(parts[0]), int(parts[1])


def run(args: argparse.Namespace) -> int:
    from engine.photo import open_photo

    photo = open_photo(args.image)
    request = _request(args, photo.pixels)
    _check_outputs(args)
    result = _insert(request)
    written = _write(args, result)
    notes = (*photo.notes, *result.notes)
    if args.json:
        print_json(_values(args, result, notes=notes, written=written))
    else:
        _print(result, notes=notes, written=written)
    return 0


def _request(args: argparse.Namespace, pixels: Any) -> ClickRequest:
    from engine.click2mask.config import default_preset
    from engine.click2mask.request import ClickRequest, check_request
    from engine.models.packs import pack_folder

    preset = args.preset or default_preset(pack_folder(args.pack))
    return check_request(
        ClickRequest(
            photo=pixels,
            clicks=tuple(args.at),
            prompt=args.prompt,
            count=args.n,
            seed=args.seed,
            preset=preset,
            pack=args.pack,
            stop_at=args.stop_at,
        )
    )


def _check_outputs(args: argparse.Namespace) -> None:
    """Raise for what can be known to fail before anything is drawn."""
    for path in (args.output, args.mask, args.project):
        check_folder_of(path)
    if args.output.suffix.lower() != ".png":
        raise UsageError(f"Results are written as PNG: name a file like {args.output.stem}.png.")
    if args.output.resolve() == args.image.resolve():
        raise UsageError("The result would replace the picture itself: name another file with -o.")
    if args.frames is not None and args.frames.exists() and not args.frames.is_dir():
        raise UsageError(f"{args.frames} is a file: name a folder with --frames.")


def _insert(request: ClickRequest) -> ClickResult:
    from engine.jobs.engine import HANDLERS, load_handler

    progress = Progress()
    try:
        progress.progress("Starting")
        return load_handler(HANDLERS[type(request)])(request, progress)
    finally:
        progress.clear()


def _write(args: argparse.Namespace, result: ClickResult) -> list[Path]:
    """Write everything that was asked for; returns the files."""
    height, width = result.request.photo.shape[:2]
    written = []

    def write(path: Path, picture: Any) -> None:
        write_png(path, picture)
        written.append(path)

    for number, insertion in enumerate(result.insertions, 1):
        suffix = "" if number == 1 else f"-{number}"
        write(args.output.with_stem(args.output.stem + suffix), insertion.picture.pixels)
    best = result.insertions[0]
    if args.mask:
        write(args.mask, best.mask.on_canvas(width, height).astype("uint8") * 255)
    if args.frames:
        from engine.click2mask.sheet import evolution_sheet

        args.frames.mkdir(parents=True, exist_ok=True)
        for look in best.evolution:
            name = f"step-{look.step:02d}"
            write(args.frames / f"{name}.png", look.pixels)
            mask = look.mask.on_canvas(width, height).astype("uint8") * 255
            write(args.frames / f"{name}-mask.png", mask)
        sheet = evolution_sheet(
            best.evolution,
            size=(width, height),
            title=result.request.prompt,
            results=[insertion.picture.pixels for insertion in result.insertions],
        )
        write(args.frames / "sheet.png", sheet)
    if args.project:
        _write_project(args.project, result)
        written.append(args.project)
    return written


def _write_project(path: Path, result: ClickResult) -> None:
    """The best result as a project: its picture below, the new object as a layer."""
    from PIL import Image

    from engine.click2mask.layer import layer_of
    from engine.layout.layout import Background, Layout, check_canvas_size
    from engine.project import save_project

    best = result.insertions[0]
    height, width = best.picture.pixels.shape[:2]
    check_canvas_size(width, height)
    data = io.BytesIO()
    Image.fromarray(best.picture.pixels).save(data, "PNG")
    layout = Layout(
        width=width,
        height=height,
        caption=result.request.prompt,
        layers=(layer_of(result, best),),
        background=Background(data=data.getvalue(), format="png", name=f"{path.stem}.png"),
    )
    save_project(layout, path)


def _print(result: ClickResult, *, notes: tuple[str, ...], written: list[Path]) -> None:
    rows = [
        (
            str(number),
            str(insertion.picture.seed),
            f"{insertion.picture.score:.3f}",
            str(insertion.mask.area),
            ",".join(map(str, insertion.mask.box)),
        )
        for number, insertion in enumerate(result.insertions, 1)
    ]
    print_table(("result", "seed", "score", "mask pixels", "x,y,w,h"), rows)
    for note in notes:
        print(f"note: {note}")
    for path in written:
        print(path)


def _values(
    args: argparse.Namespace, result: ClickResult, *, notes: tuple[str, ...], written: list[Path]
) -> dict[str, Any]:
    from engine.click2mask.layer import request_values

    return {
        "image": str(args.image),
        "request": request_values(result.request),
        "results": [
            {
                "seed": insertion.picture.seed,
                "score": insertion.picture.score,
                "mask_pixels": insertion.mask.area,
                "mask_box": list(insertion.mask.box),
                "steps": len(insertion.evolution),
            }
            for insertion in result.insertions
        ],
        "notes": list(notes),
        "pack": result.pack,
        "model_hash": result.model_hash,
        "seconds": {stage: round(value, 3) for stage, value in result.seconds.items()},
        "calls": result.calls,
        "files": [str(path) for path in written],
    }
