"""`export`: a project's maps and masks as PNG files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.common import add_json, check_folder_of, print_json

if TYPE_CHECKING:
    from engine.layout.layout import Layout


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
    what.add_argument(
        "--controlnet",
        metavar="DIR",
        type=Path,
        help="all that draws the scene elsewhere: maps, masks, prompts, a ComfyUI workflow and a "
        "script for diffusers",
    )
    how = parser.add_argument_group("for --controlnet")
    how.add_argument("--pack", default="lite", help="models to draw with (default: lite)")
    how.add_argument("--size", type=int, metavar="PX", help="longest side of the pictures")
    how.add_argument("--seed", type=int, default=0, help="of the first picture")
    how.add_argument("--style", default="", metavar="NAME", help="a style preset")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.project import open_project
    from engine.project.export import export_ids, export_masks, export_semantic

    check_folder_of(args.semantic)
    check_folder_of(args.ids)
    layout = open_project(args.project).layout
    written: list[Path] = []
    if args.semantic:
        export_semantic(layout, args.semantic)
        written.append(args.semantic)
    if args.ids:
        export_ids(layout, args.ids)
        written.append(args.ids)
    if args.masks:
        written += export_masks(layout, args.masks)
    if args.controlnet:
        written += _bundle(args, layout)
    if args.json:
        print_json({"project": str(args.project), "written": [str(path) for path in written]})
    else:
        for path in written:
            print(path)
    return 0


def _bundle(args: argparse.Namespace, layout: Layout) -> list[Path]:
    from engine.render.bundle import write_bundle
    from engine.render.request import RenderRequest

    request = RenderRequest(
        layout=layout, seed=args.seed, size=args.size, style=args.style, pack=args.pack
    )
    return write_bundle(request, args.controlnet)
