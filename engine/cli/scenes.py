"""`scenes`: a sheet of generated scenes."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.common import add_json, check_folder_of, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sheet", metavar="SHEET.png", type=Path, required=True, help="the picture to write"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the first scene (default: 1)")
    parser.add_argument("-n", type=int, default=24, metavar="N", help="scenes (default: 24)")
    parser.add_argument("--kind", help="only this kind of scene, like park or kitchen")
    parser.add_argument(
        "--split",
        choices=("train", "val"),
        default="train",
        help="with the artwork that models learn from, or with the rest (default: train)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.data.sheet import scene_sheet

    check_folder_of(args.sheet)
    scenes = scene_sheet(args.sheet, seed=args.seed, count=args.n, split=args.split, kind=args.kind)
    if args.json:
        values = [
            {
                "seed": scene.seed,
                "kind": scene.kind,
                "style": scene.style,
                "caption": scene.caption,
                "objects": [thing.label for thing in scene.objects],
            }
            for scene in scenes
        ]
        print_json({"sheet": str(args.sheet), "scenes": values})
    else:
        print(args.sheet)
    return 0
