"""`new`: make an empty project."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.common import add_json, check_folder_of, print_json, size_value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT.ora", type=Path, help="the project file to make")
    parser.add_argument(
        "--size",
        metavar="WxH",
        type=size_value,
        default=(768, 512),
        help="canvas size in pixels (default: 768x512)",
    )
    parser.add_argument("--caption", metavar="TEXT", default="", help="what the scene shows")
    parser.add_argument("--force", action="store_true", help="replace OUT.ora if it is there")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.errors import InputError
    from engine.layout.layout import Layout, check_canvas_size, check_caption
    from engine.project import save_project

    width, height = args.size
    check_canvas_size(width, height)
    check_folder_of(args.out)
    if args.out.exists() and not args.force:
        raise InputError(f"{args.out} is there already: choose another name, or add --force.")
    layout = Layout(width=width, height=height, caption=check_caption(args.caption))
    save_project(layout, args.out)
    if args.json:
        print_json(
            {"project": str(args.out), "width": width, "height": height, "caption": layout.caption}
        )
    else:
        print(f"{args.out}: an empty canvas of {width} x {height} px")
    return 0
