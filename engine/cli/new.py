"""`new`: make a project, empty or from a photo, an id map or COCO JSON."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.common import UsageError, add_json, check_folder_of, print_json, size_value

if TYPE_CHECKING:
    from engine.photo import Photo
    from engine.segment.imports import Imported

DEFAULT_SIZE = (768, 512)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT.ora", type=Path, help="the project file to make")
    parser.add_argument(
        "--size", metavar="WxH", type=size_value, help="canvas size in pixels (default: 768x512)"
    )
    parser.add_argument("--caption", metavar="TEXT", default="", help="what the scene shows")
    start = parser.add_argument_group("what it starts with (`segment` finds layers in a photo)")
    start.add_argument("--photo", metavar="PHOTO", type=Path, help="this photo as background")
    masks = start.add_mutually_exclusive_group()
    masks.add_argument(
        "--ids", metavar="MAP.png", type=Path, help="one layer for each value of an id map"
    )
    masks.add_argument(
        "--coco", metavar="FILE.json", type=Path, help="the objects of a picture in COCO's format"
    )
    start.add_argument(
        "--names",
        metavar="NAMES.json",
        help='labels of the values of --ids, like {"1": "dog"}, or "ade" for ADE20K\'s classes',
    )
    start.add_argument("--picture", metavar="NAME", help="which picture of --coco")
    start.add_argument(
        "--complete", action="store_true", help="guess the depth order and what is hidden"
    )
    parser.add_argument("--force", action="store_true", help="replace OUT.ora if it is there")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.errors import InputError
    from engine.layout.layout import check_caption
    from engine.project import save_project

    _check_usage(args)
    check_folder_of(args.out)
    if args.out.exists() and not args.force:
        raise InputError(f"{args.out} is there already: choose another name, or add --force.")
    caption = check_caption(args.caption)
    made = _made(args)
    layout = replace(made.layout, caption=caption)
    save_project(layout, args.out)
    if args.json:
        print_json(
            {
                "project": str(args.out),
                "width": layout.width,
                "height": layout.height,
                "caption": layout.caption,
                "layers": [layer.label for layer in layout.layers],
                "notes": list(made.notes),
            }
        )
        return 0
    for note in made.notes:
        print(f"note: {note}")
    what = "an empty canvas" if layout.background is None else "a photo"
    if layout.layers:
        many, under = len(layout.layers), "canvas" if layout.background is None else "photo"
        what = f"{many} layer{'s' if many > 1 else ''} on a {under}"
    print(f"{args.out}: {what} of {layout.width} x {layout.height} px")
    return 0


def _check_usage(args: argparse.Namespace) -> None:
    from_file = args.photo or args.ids or args.coco
    if args.size is not None and from_file:
        raise UsageError("The canvas is as large as the picture it starts with: leave out --size.")
    if args.names is not None and args.ids is None:
        raise UsageError("--names says what the values of --ids are: give that file too.")
    if args.picture is not None and args.coco is None:
        raise UsageError("--picture chooses one of --coco: give that file too.")
    if args.complete and not (args.ids or args.coco):
        raise UsageError("--complete works on the masks of --ids or --coco: give one of them.")


def _made(args: argparse.Namespace) -> Imported:
    from engine.segment.imports import (
        Imported,
        import_coco,
        import_id_map,
        layout_of_photo,
        read_names,
    )

    photo = _photo(args.photo)
    if args.ids is not None:
        return import_id_map(
            _bytes(args.ids),
            name=args.ids.name,
            names=read_names(args.names),
            photo=photo,
            complete=args.complete,
        )
    if args.coco is not None:
        return import_coco(args.coco, picture=args.picture, photo=photo, complete=args.complete)
    if photo is not None:
        return Imported(layout=layout_of_photo(photo), notes=photo.notes)
    from engine.layout.layout import Layout, check_canvas_size

    width, height = args.size or DEFAULT_SIZE
    check_canvas_size(width, height)
    return Imported(layout=Layout(width=width, height=height))


def _photo(path: Path | None) -> Photo | None:
    if path is None:
        return None
    from engine.photo import open_photo

    return open_photo(path)


def _bytes(path: Path) -> bytes:
    from engine.errors import InputError

    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"The id map {path} cannot be read: {error.strerror}.") from error
