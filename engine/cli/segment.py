"""`segment`: a photo becomes a project with its things as layers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import (
    add_json,
    check_folder_of,
    print_json,
    print_table,
    run_job,
)

if TYPE_CHECKING:
    from engine.photo import Photo
    from engine.segment.request import SegmentRequest, SegmentResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", type=Path, help="PNG, JPEG, WebP, TIFF, BMP, GIF")
    parser.add_argument(
        "-o", "--output", metavar="OUT.ora", type=Path, required=True, help="save the project here"
    )
    parser.add_argument("--caption", metavar="TEXT", default="", help="what the photo shows")
    parser.add_argument(
        "--threshold", type=float, help="how sure a thing must be, 0 to 1 (default: the model's)"
    )
    parser.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    parser.add_argument("--force", action="store_true", help="replace OUT.ora if it is there")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.errors import InputError
    from engine.photo import open_photo
    from engine.project import save_project

    check_folder_of(args.output)
    if args.output.exists() and not args.force:
        raise InputError(f"{args.output} is there already: choose another name, or add --force.")
    photo = open_photo(args.photo)
    result = segmented(photo, pack=args.pack, caption=args.caption, threshold=args.threshold)
    save_project(result.layout, args.output)
    notes = (*photo.notes, *result.notes)
    if args.json:
        print_json(_values(args, result, notes=notes))
    else:
        _print(args, result, notes=notes)
    return 0


def segmented(
    photo: Photo,
    *,
    pack: str,
    caption: str = "",
    threshold: float | None = None,
) -> SegmentResult:
    """The photo's layout, drawn up by the pack's segmenter, the photo as its background."""
    from engine.segment.request import SegmentRequest

    request: SegmentRequest = SegmentRequest(
        photo=photo.pixels,
        background=photo.background,
        caption=caption,
        threshold=threshold,
        pack=pack,
    )
    return run_job(request)


def _print(args: argparse.Namespace, result: SegmentResult, *, notes: tuple[str, ...]) -> None:
    layout = result.layout
    rows = [
        (f"#{number}", layer.label, f"{score:.2f}", ",".join(map(str, layer.mask.box)))
        for number, (layer, score) in enumerate(zip(layout.layers, result.scores, strict=True), 1)
    ]
    if rows:
        print_table(("layer", "label", "score", "x,y,w,h"), rows)
    for note in notes:
        print(f"note: {note}")
    spent = ", ".join(f"{name} {value:.1f}" for name, value in result.seconds.items())
    print(
        f"{args.output}: {len(rows)} layers on a photo of {layout.width} x {layout.height} px "
        f"(seconds: {spent})"
    )


def _values(
    args: argparse.Namespace, result: SegmentResult, *, notes: tuple[str, ...]
) -> dict[str, Any]:
    layout = result.layout
    return {
        "project": str(args.output),
        "photo": str(args.photo),
        "width": layout.width,
        "height": layout.height,
        "caption": layout.caption,
        "layers": [
            {
                "id": layer.id,
                "label": layer.label,
                "ade_class": layer.ade_class,
                "score": round(score, 4),
                "box": list(layer.mask.box),
                "pixels": layer.mask.area,
            }
            for layer, score in zip(layout.layers, result.scores, strict=True)
        ],
        "notes": list(notes),
        "pack": result.pack,
        "model_hash": result.model_hash,
        "seconds": {stage: round(value, 4) for stage, value in result.seconds.items()},
    }
