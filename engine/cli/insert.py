"""`insert`: put an object into a photo, its background kept."""

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
from engine.cli.guidance import add_guidance, guidance_of, read_scribble

if TYPE_CHECKING:
    from engine.layout.layout import Layout
    from engine.layout.mask import Mask
    from engine.photo import Photo
    from engine.render.request import Insertion, InsertRequest, InsertResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="PNG, JPEG, WebP, TIFF, BMP, GIF")
    parser.add_argument("--object", metavar="TEXT", required=True, help="what to insert, like dog")
    _, place = add_guidance(
        parser,
        pixels_of="photo",
        scribble="along the drawn pixels of this picture as large as the photo, or within the line "
        "if it is drawn round something",
    )
    place.add_argument(
        "--mask", metavar="PNG", type=Path, help="exactly the drawn pixels of this picture"
    )
    how = parser.add_argument_group("how")
    how.add_argument("--caption", metavar="TEXT", default="", help="what the whole picture shows")
    how.add_argument("--negative", metavar="TEXT", default="", help="what should not appear")
    how.add_argument("--style", default="", help="a style preset, see `render --help`")
    how.add_argument("-n", type=int, default=1, metavar="N", help="variations (default: 1)")
    how.add_argument("--seed", type=int, default=0, help="variation k is drawn with seed + k - 1")
    how.add_argument("--steps", type=int, help="drawing steps; more is finer and slower")
    how.add_argument("--scale", type=float, help="how closely to follow the words")
    how.add_argument("--control-scale", type=float, help="how closely to follow the layout")
    how.add_argument("--feather", type=int, metavar="PX", help="soft edge outside the mask")
    how.add_argument(
        "--layout", metavar="PROJECT.ora", type=Path, help="the photo's layers, if you have them"
    )
    how.add_argument("--behind", metavar="LAYER", help="right behind this layer of --layout")
    how.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    what = parser.add_argument_group("what comes out")
    what.add_argument(
        "-o",
        "--output",
        metavar="OUT.png",
        type=Path,
        required=True,
        help="the picture; of several OUT-1.png, OUT-2.png ..., the best first",
    )
    what.add_argument(
        "--project", metavar="OUT.ora", type=Path, help="also the best one with its layers"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.layout.layout import Layout
    from engine.photo import open_photo

    _check_usage(args)
    check_folder_of(args.output)
    check_folder_of(args.project)
    photo = open_photo(args.photo)
    canvas = Layout(width=photo.width, height=photo.height)
    result: InsertResult = run_job(_request(args, photo, canvas))
    files = _files(args.output, len(result.insertions))
    for file, insertion in zip(files, result.insertions, strict=True):
        write_png(file, insertion.picture.pixels)
    if args.project is not None:
        _save_project(args.project, photo, result)
    notes = (*photo.notes, *result.notes)
    if args.json:
        print_json(_values(args, result, files, notes=notes))
    else:
        _print(args, result, files, notes=notes)
    return 0


def _check_usage(args: argparse.Namespace) -> None:
    from engine.errors import InputError

    if args.behind is not None and args.layout is None:
        raise UsageError("--behind names a layer of --layout: give that file too.")
    for path in (args.output, args.project):
        if path is not None and path.resolve() == args.photo.resolve():
            raise InputError(f"{path} is the photo itself: name another file.")
    if args.output.suffix.lower() != ".png":
        raise UsageError(f"{args.output} must end in .png: the pictures are written as PNG.")


def _request(args: argparse.Namespace, photo: Photo, canvas: Layout) -> InsertRequest:
    from engine.render.request import InsertRequest

    layout = _layout(args.layout, photo)
    mask = None if args.mask is None else _mask(args.mask, canvas)
    return InsertRequest(
        photo=photo.pixels,
        label=args.object,
        layout=layout,
        mask=mask,
        guidance=guidance_of(args, canvas),
        caption=args.caption,
        negative=args.negative,
        style=args.style,
        count=args.n,
        seed=args.seed,
        feather=args.feather,
        behind=None if args.behind is None or layout is None else layout.find(args.behind).id,
        steps=args.steps,
        scale=args.scale,
        control_scale=args.control_scale,
        pack=args.pack,
    )


def _mask(path: Path, canvas: Layout) -> Mask:
    from engine.errors import InputError

    try:
        return read_scribble(path, canvas)
    except InputError as error:
        raise InputError(f"--mask: {error}") from error


def _layout(path: Path | None, photo: Photo) -> Layout | None:
    from engine.errors import InputError
    from engine.project import open_project

    if path is None:
        return None
    layout = open_project(path).layout
    if (layout.width, layout.height) != (photo.width, photo.height):
        raise InputError(
            f"{path} is {layout.width} x {layout.height} px, but the photo is "
            f"{photo.width} x {photo.height} px: use a layout of this photo."
        )
    return layout


def _files(output: Path, count: int) -> list[Path]:
    if count == 1:
        return [output]
    return [output.with_stem(f"{output.stem}-{number}") for number in range(1, count + 1)]


def _save_project(path: Path, photo: Photo, result: InsertResult) -> None:
    """The photo's layers and the new one over the picture with the object in it."""
    import io

    from PIL import Image

    from engine.layout.layout import Background
    from engine.project import save_project
    from engine.smartmask.placing import placed

    best = result.insertions[0]
    data = io.BytesIO()
    Image.fromarray(best.picture.pixels).save(data, "PNG")
    layout = placed(result.layout, best.layer, behind=result.request.behind)
    name = f"{Path(photo.name).stem or 'photo'}-{best.layer.label}.png"
    background = Background(data=data.getvalue(), format="png", name=name)
    save_project(replace(layout, background=background), path)


def _row(insertion: Insertion, file: Path) -> tuple[str, ...]:
    picture = insertion.picture
    box = ",".join(map(str, insertion.layer.mask.box))
    return str(file), str(picture.sample), str(picture.seed), f"{picture.score:.3f}", box


def _print(
    args: argparse.Namespace, result: InsertResult, files: list[Path], *, notes: tuple[str, ...]
) -> None:
    rows = [_row(i, file) for i, file in zip(result.insertions, files, strict=True)]
    print_table(("picture", "variation", "seed", "score", "x,y,w,h"), rows)
    for note in notes:
        print(f"note: {note}")
    if args.project is not None:
        print(f"project: {args.project}")
    spent = ", ".join(f"{name} {value:.1f}" for name, value in result.seconds.items())
    print(f"inserted {result.request.label!r} (seconds: {spent})")


def _values(
    args: argparse.Namespace, result: InsertResult, files: list[Path], *, notes: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "photo": str(args.photo),
        "label": result.request.label,
        "caption": result.request.caption,
        "seed": result.request.seed,
        "steps": result.request.steps,
        "feather": result.request.feather,
        "pictures": [
            {
                "file": str(file),
                "sample": i.picture.sample,
                "seed": i.picture.seed,
                "score": round(i.picture.score, 4),
                "box": list(i.layer.mask.box),
                "pixels": i.layer.mask.area,
            }
            for i, file in zip(result.insertions, files, strict=True)
        ],
        "layers": [layer.label for layer in result.layout.layers],
        "project": str(args.project) if args.project else None,
        "notes": list(notes),
        "pack": result.pack,
        "model_hash": result.model_hash,
        "seconds": {stage: round(value, 4) for stage, value in result.seconds.items()},
    }
