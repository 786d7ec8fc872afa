"""`export`: a project's maps and masks as PNG files."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from engine.cli.common import add_json, check_folder_of, print_json, write_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT.ora", type=Path, help="the project to export")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--semantic", metavar="OUT.png", type=Path, help="the scene in the colours of ADE20K"
    )
    what.add_argument(
        "--ids",
        metavar="OUT.png",
        type=Path,
        help="16-bit number of the nearest layer at each pixel, 1 = farthest, 0 = nothing",
    )
    what.add_argument(
        "--masks", metavar="DIR", type=Path, help="one picture a layer, hidden parts included"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    import numpy as np

    from engine.layout.palette import class_map_table, display_colours
    from engine.layout.semantic import class_map, layer_map
    from engine.project import open_project

    check_folder_of(args.semantic)
    check_folder_of(args.ids)
    layout = open_project(args.project).layout
    written: list[Path] = []
    if args.semantic:
        write_png(args.semantic, class_map_table(display_colours())[class_map(layout)])
        written.append(args.semantic)
    if args.ids:
        write_png(args.ids, layer_map(layout))
        written.append(args.ids)
    if args.masks:
        args.masks.mkdir(parents=True, exist_ok=True)
        for number, layer in enumerate(layout.layers, 1):
            file = args.masks / f"{number:03d}_{_slug(layer.label)}.png"
            drawn = layer.mask.on_canvas(layout.width, layout.height)
            write_png(file, drawn.astype(np.uint8) * 255)
            written.append(file)
    if args.json:
        print_json({"project": str(args.project), "written": [str(path) for path in written]})
    else:
        for path in written:
            print(path)
    return 0


def _slug(label: str) -> str:
    """A label as part of a file name: letters and digits of any script, at most 40."""
    return re.sub(r"[\W_]+", "-", label.lower())[:40].strip("-") or "layer"
