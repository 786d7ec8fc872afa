"""PNG pictures inside a project: masks, photo, merged image, thumbnail."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import ProjectError
from engine.layout.geometry import Box
from engine.layout.layer import NO_ADE_CLASS
from engine.layout.layout import MAX_SIDE, Background, Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.palette import UNCLASSED_COLOUR, class_map_table, display_colours
from engine.layout.semantic import class_map
from engine.photo import PHOTO_FORMATS, format_name, is_turned, opened_picture, upright_rgb

MAX_MASK_PIXELS = MAX_SIDE * MAX_SIDE
MAX_FOREIGN_PIXELS = 36_000_000
"""Layers of other programs decode to 4 bytes a pixel, so fewer of those are taken."""
THUMBNAIL_SIDE = 256
_STRIP_ROWS = 256
Rgb = tuple[int, int, int]


def class_colour(ade_class: int) -> Rgb:
    if ade_class == NO_ADE_CLASS:
        return UNCLASSED_COLOUR
    red, green, blue = display_colours()[ade_class]
    return int(red), int(green), int(blue)


def _png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1, **options)
    return buffer.getvalue()


# Masks never change, so a save after a small edit encodes only what is new.
@lru_cache(maxsize=512)
def mask_png(mask: Mask, colour: Rgb) -> bytes:
    """The silhouette as a 1-bit palette PNG of its box: transparent outside, `colour` inside.

    An empty mask gives one transparent pixel, because OpenRaster wants a picture for each layer.
    """
    size, bits = ((1, 1), b"\0") if mask.is_empty else (mask.box[2:], mask.bits)
    image = Image.frombytes("P", size, bits, "raw", "P;1")
    image.putpalette(bytes((0, 0, 0, *colour)))
    return _png(image, bits=1, transparency=b"\0\xff")


def mask_from_png(data: bytes, box: Box) -> Mask:
    """Inverse of `mask_png`. Raises ValueError when the picture is not what `box` says."""
    with opened_picture(data, formats=("PNG",), most=MAX_MASK_PIXELS) as image:
        if image.mode != "P" or (not box.is_empty and image.size != box[2:]):
            raise ValueError(f"a palette picture of {box.width} x {box.height} px was expected")
        if box.is_empty:
            return EMPTY_MASK
        # Three times as fast as Pillow's own packing.
        bits = np.packbits(np.asarray(image), axis=1).tobytes()
    mask = Mask(box, bits)
    return mask if _is_tight(mask) else Mask.from_array(mask.crop(), x=box.x, y=box.y)


def _is_tight(mask: Mask) -> bool:
    """Whether the silhouette touches all four sides of its box."""
    rows = np.frombuffer(mask.bits, np.uint8).reshape(mask.box.height, -1)
    last = 0x80 >> ((mask.box.width - 1) % 8)
    sides = (rows[0], rows[-1], rows[:, 0] & 0x80, rows[:, -1] & last)
    return all(bool(side.any()) for side in sides)


def raster_from_png(
    data: bytes, *, x: int, y: int, most: int = MAX_FOREIGN_PIXELS
) -> tuple[Mask, Rgb | None, bool]:
    """A layer of another program: silhouette, its colour if it has just one, fully opaque?

    The silhouette is where alpha is above one half; (`x`, `y`) is its top left canvas pixel.
    Raises ValueError for pictures that are no PNG or have too many pixels.
    """
    with opened_picture(data, formats=("PNG",), most=most) as image:
        solid = np.empty((image.height, image.width), bool)
        opaque, colours = True, set[Rgb]()
        for top, pixels in _strips(image):
            here = solid[top : top + len(pixels)]
            np.greater(pixels[..., 3], 127, out=here)
            opaque &= bool((pixels[..., 3] == 255).all())
            if len(colours) < 2:
                colours |= _one_or_two_colours(pixels, here)
    mask = Mask.from_array(solid, x=x, y=y)
    return mask, colours.pop() if len(colours) == 1 else None, opaque


def _strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """RGBA pixels from the top in parts, because a large layer would not fit in memory twice."""
    if image.mode.startswith("I"):
        image = image.convert("RGB")
    for top in range(0, image.height, _STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
        yield top, np.asarray(strip.convert("RGBA"))


def _one_or_two_colours(pixels: NDArray[np.uint8], solid: NDArray[np.bool_]) -> set[Rgb]:
    """Up to two of the colours where `solid`."""
    found: set[Rgb] = set()
    # One number a pixel, red in the lowest byte: three times as fast as comparing channels.
    colours = np.ascontiguousarray(pixels).view("<u4")[..., 0] & np.uint32(0xFFFFFF)
    other = solid
    while len(found) < 2 and other.any():
        colour = int(colours.flat[int(other.argmax())])
        found.add((colour & 0xFF, colour >> 8 & 0xFF, colour >> 16))
        other = solid & (colours != colour)
    return found


def photo_size(data: bytes) -> tuple[str, int, int]:
    """Format name (lower case), width and height of a photo, its rotation tag applied.

    Raises ValueError for formats that are not taken and for more than MAX_SIDE squared pixels.
    """
    with opened_picture(data, formats=PHOTO_FORMATS, most=MAX_MASK_PIXELS) as image:
        width, height = image.size
        if is_turned(image):
            width, height = height, width
        return format_name(image), width, height


def photo_pixels(data: bytes, size: tuple[int, int]) -> Image.Image:
    """The photo upright, in RGB, resized to `size` (width, height) if it differs."""
    with opened_picture(data, formats=PHOTO_FORMATS, most=MAX_MASK_PIXELS) as image:
        upright = upright_rgb(image)
    return upright if upright.size == size else upright.resize(size, Image.Resampling.LANCZOS)


@lru_cache(maxsize=1)
def photo_png(background: Background, size: tuple[int, int]) -> bytes:
    """The photo as other programs can show it: OpenRaster layers are PNG only."""
    return _png(photo_pixels(background.data, size))


def merged_png(layout: Layout) -> bytes:
    """Photo and visible layers flattened, at canvas size; transparent where nothing is."""
    classes = class_map(layout)
    if layout.background is not None:
        pixels = np.array(photo_pixels(layout.background.data, (layout.width, layout.height)))
        np.copyto(
            pixels, class_map_table(display_colours())[classes], where=(classes > 0)[..., None]
        )
        return _png(Image.fromarray(pixels))
    image = Image.fromarray(classes)
    image.putpalette(class_map_table(display_colours()).tobytes())
    return _png(image, transparency=0)


def thumbnail_png(layout: Layout) -> bytes:
    """At most THUMBNAIL_SIDE px a side, RGBA."""
    scale = min(THUMBNAIL_SIDE / max(layout.width, layout.height), 1.0)
    small = max(round(layout.width * scale), 1), max(round(layout.height * scale), 1)
    twice = min(2 * small[0], layout.width), min(2 * small[1], layout.height)
    classes = class_map(layout, size=twice)
    pixels = np.dstack(
        [
            class_map_table(display_colours())[classes],
            np.where(classes > 0, 255, 0).astype(np.uint8),
        ]
    )
    if layout.background is not None:
        photo = np.array(photo_pixels(layout.background.data, twice))
        np.copyto(pixels[..., :3], photo, where=(classes == 0)[..., None])
        pixels[..., 3] = 255
    image = Image.fromarray(pixels).resize(small, Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def check_photo(background: Background) -> None:
    """Raise ProjectError when the photo is not one that could be read again."""
    try:
        photo_size(background.data)
    except (ValueError, OSError) as error:
        raise ProjectError(
            f"The background photo {background.name!r} cannot be kept: {error}. "
            f"Use one of these formats: {', '.join(PHOTO_FORMATS)}."
        ) from error
