"""The options with which a user says where an object goes."""

from __future__ import annotations

import argparse
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.layout.geometry import Box

if TYPE_CHECKING:
    from engine.layout.guidance import Guidance
    from engine.layout.layout import Layout
    from engine.layout.mask import Mask


def add_guidance(
    parser: argparse.ArgumentParser, *, pixels_of: str, scribble: str
) -> tuple[Any, Any]:
    """Add --box, --point and --scribble.

    Args:
        pixels_of: What coordinates count pixels of.
        scribble: Help of --scribble.

    Returns:
        The group of options, and the part of it of which only one may be given.
    """
    where = parser.add_argument_group(
        f"where it goes (in pixels of the {pixels_of}; free if not given)"
    )
    place = where.add_mutually_exclusive_group()
    place.add_argument("--box", metavar="X,Y,W,H", type=box_value, help="inside this box")
    place.add_argument("--point", metavar="X,Y", type=point_value, help="around this point")
    place.add_argument("--scribble", metavar="PNG", type=Path, help=scribble)
    return where, place


def guidance_of(args: argparse.Namespace, layout: Layout) -> Guidance:
    """What the options of `add_guidance` say.

    Raises:
        InputError: The scribble cannot be read or has another size than the layout's canvas.
    """
    from engine.layout.guidance import Guidance

    if args.box is not None:
        return Guidance.at_box(args.box)
    if args.point is not None:
        return Guidance.at_point(*args.point)
    if args.scribble is not None:
        return Guidance.from_scribble(read_scribble(args.scribble, layout))
    return Guidance.free()


def box_value(text: str) -> Box:
    """ "X,Y,W,H" as a box in canvas pixels."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(re.fullmatch(r"[+-]?\d{1,9}", part) for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not X,Y,W,H in whole pixels, for example 40,60,200,150"
        )
    return Box(*map(int, parts))


def point_value(text: str) -> tuple[float, float]:
    """ "X,Y" as a point in canvas pixels."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(
        re.fullmatch(r"[+-]?(\d{1,9}(\.\d*)?|\.\d+)", part) for part in parts
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y in pixels, for example 250,180")
    return float(parts[0]), float(parts[1])


def read_scribble(path: Path, layout: Layout) -> Mask:
    """The drawn pixels of a picture of canvas size.

    In a picture with transparent parts everything that is not fully transparent counts, in
    another one everything that is not black.

    Raises:
        InputError: The file cannot be read as a picture, or has another size than the canvas.
    """
    import numpy as np
    from PIL import Image as images

    from engine.layout.mask import Mask

    try:
        with warnings.catch_warnings(), images.open(path) as image:
            warnings.simplefilter("ignore")
            if image.size != (layout.width, layout.height):
                raise InputError(
                    f"The scribble {path} is {image.width} x {image.height} px, but the canvas is "
                    f"{layout.width} x {layout.height} px: draw it at the size of the canvas."
                )
            if image.has_transparency_data:
                alpha = np.asarray(image.convert("RGBA").getchannel("A"))
                if alpha.min() < 255:
                    return Mask.from_array(alpha > 0)
            grey = image if image.mode.startswith(("I", "F")) else image.convert("L")
            return Mask.from_array(np.asarray(grey) > 0)
    except FileNotFoundError as error:
        raise InputError(f"There is no scribble {path}.") from error
    except (OSError, ValueError, SyntaxError, images.DecompressionBombError) as error:
        raise InputError(f"The scribble {path} cannot be read as a picture.") from error
