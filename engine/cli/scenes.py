"""`scenes`: a sheet of generated scenes."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.common import add_json, check_folder_of, print_json, write_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sheet", metavar="SHEET.png", type=Path, required=True, help="the picture to write"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the first scene (default: 1)")
    parser.add_argument("-n", type=int, default=12, metavar="N", help="scenes (default: 12)")
    parser.add_argument(
        "--split",
        choices=("train", "val"),
        default="train",
        help="with the artwork that models learn from, or with the rest (default: train)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.data.sheet import scene_sheet
    from engine.errors import InputError

    if not 1 <= args.n <= 100:
        raise InputError(f"{args.n} scenes do not fit a sheet: ask for 1 to 100.")
    check_folder_of(args.sheet)
    write_png(args.sheet, scene_sheet(seed=args.seed, count=args.n, split=args.split))
    if args.json:
        print_json({"sheet": str(args.sheet), "seed": args.seed, "count": args.n})
    else:
        print(args.sheet)
    return 0
