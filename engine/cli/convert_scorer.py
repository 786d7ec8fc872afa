"""`convert-scorer`: a published Alpha-CLIP checkpoint as a scorer's folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT.pth", type=Path, help="the published visual tower"
    )
    parser.add_argument(
        "--clip",
        metavar="DIR",
        type=Path,
        required=True,
        help="folder of the CLIP model that it was trained from, for its text tower",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=Path,
        required=True,
        help="folder to write, for example click_scorer in a pack",
    )


def run(args: argparse.Namespace) -> int:
    from engine.click2mask.convert import convert

    model = convert(args.checkpoint, clip=args.clip, out=args.output)
    vision: Any = model.config.vision_config
    print(
        f"{args.output}: {vision.num_hidden_layers} layers of {vision.hidden_size}, "
        f"{vision.image_size} px, patches of {vision.patch_size} px"
    )
    return 0
