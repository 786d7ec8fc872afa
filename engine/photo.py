"""Opening any photo safely: one upright 8-bit RGB picture, whatever the file holds.

A file is untrusted. Its pixel count is checked before anything is decoded, and whatever is odd
about it is either put right, with a note for the user, or refused in one sentence.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engine.errors import InputError
from engine.layout.layout import MAX_SIDE, Background

PHOTO_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
MAX_FILE_BYTES = 256 << 20
MAX_FILE_PIXELS = 160_000_000
"""More are refused: decoded they take 3 bytes each, twice over while they are turned upright."""
MAX_PIXELS = 40_000_000
"""Larger photos, and those with a side beyond MAX_SIDE, are reduced; a note says so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """A photo ready for use.

    Attributes:
        pixels: RGB, uint8 (height, width, 3), upright, transparent parts white.
        data: The file's bytes as they came; those of a JPEG or PNG made anew where the photo was
            too large and had to be reduced.
        format: Of `data`, lower case: "png", "jpeg", "webp", "tiff", "bmp", "gif".
        name: File name, for the window and for messages.
        notes: Lines the user should read.
    """

    pixels: NDArray[np.uint8]
    data: bytes
    format: str
    name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def background(self) -> Background:
        """The photo as what lies under a layout's layers."""
        return Background(data=self.data, format=self.format, name=self.name)


def open_photo(path: Path | str) -> Photo:
    """Read a photo from a file; raises InputError as `photo_from_bytes`."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InputError(
                f"The photo {path} has {size >> 20} MB; at most {MAX_FILE_BYTES >> 20} MB are read."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no photo {path}.") from error
    except OSError as error:
        raise InputError(f"The photo {path} cannot be read: {error.strerror}.") from error
    return photo_from_bytes(data, path.name)


def photo_from_bytes(data: bytes, name: str = "") -> Photo:
    """A photo from the bytes of its file.

    Rotation tags are applied, 16 bits cut to 8, CMYK and palettes turned into RGB, transparent
    parts laid over white. Of an animation the first frame is taken. A photo of more than
    MAX_PIXELS, or with a side over MAX_SIDE, is reduced.

    Raises:
        InputError: The bytes are no picture of PHOTO_FORMATS, are cut short or damaged, or have
            more than MAX_FILE_PIXELS.
    """
    shown = f"The photo {name}" if name else "The photo"
    notes: list[str] = []
    if not data:
        raise InputError(f"{shown} is empty: the file has no bytes.")
    try:
        with opened_picture(data, formats=PHOTO_FORMATS, most=MAX_FILE_PIXELS) as image:
            kind = format_name(image)
            frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            if frames > 1:
                notes.append(f"{shown} has {frames} pictures: the first one was taken.")
            if image.has_transparency_data:
                notes.append(f"{shown} has transparent parts: they are shown white.")
            whole = image.size
            small = _reduced_size(*whole)
            # Only JPEG can decode small at once, which saves most of the memory.
            image.draft("RGB", small)
            if is_turned(image):
                whole, small = (whole[1], whole[0]), (small[1], small[0])
            upright = upright_rgb(image)
    except UnreadableSize as error:
        raise InputError(f"{shown} is too large: {error}. Reduce it first.") from error
    except (OSError, ValueError, EOFError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        hint = "the file is cut short" if "truncated" in reason else "it is damaged or no photo"
        formats = ", ".join(PHOTO_FORMATS)
        raise InputError(
            f"{shown} cannot be read: {hint}. Get it anew, or use one of these formats: {formats}."
        ) from error
    if small != whole:
        upright = upright.resize(small, Image.Resampling.BOX, reducing_gap=2.0)
        notes.append(
            f"{shown} of {whole[0]} x {whole[1]} px was reduced to {small[0]} x {small[1]} px: "
            f"at most {MAX_PIXELS // 1_000_000} megapixels and {MAX_SIDE} px a side are worked on."
        )
        kind = "jpeg" if kind == "jpeg" else "png"
        data = _encoded(upright, kind)
        # What is kept is what is worked on: a JPEG does not give its pixels back exactly.
        with Image.open(io.BytesIO(data)) as kept:
            upright = kept.convert("RGB")
    return Photo(
        pixels=np.asarray(upright, dtype=np.uint8),
        data=data,
        format=kind,
        name=name,
        notes=tuple(notes),
    )


def upright_rgb(image: Image.Image) -> Image.Image:
    """An opened picture upright, in 8-bit RGB, transparent parts over white."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(upright))).convert("RGB")
    if upright.has_transparency_data:
        coloured = upright.convert("RGBA")
        white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, coloured).convert("RGB")
    return upright.convert("RGB")


def format_name(image: Image.Image) -> str:
    """Lower case; a camera's JPEG with several pictures is a JPEG to the user."""
    name = (image.format or "").lower()
    return "jpeg" if name == "mpo" else name


def is_turned(image: Image.Image) -> bool:
    """Whether the rotation tag of an opened picture makes wide tall."""
    return image.getexif().get(0x0112, 1) in (5, 6, 7, 8)


class UnreadableSize(ValueError):
    """A picture with more pixels than are read."""


@contextmanager
def opened_picture(data: bytes, *, formats: tuple[str, ...], most: int) -> Iterator[Image.Image]:
    """An untrusted picture, its pixel count checked before anything is decoded.

    Raises ValueError or OSError for what is no picture of `formats`, damaged ones included, and
    UnreadableSize for more than `most` pixels.
    """
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        # Before Pillow sees it, which prints a warning of its own.
        _check_pixels(*struct.unpack(">II", data[16:24]), most=most)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
        with image:
            _check_pixels(*image.size, most=most)
            yield image
    except Image.DecompressionBombError as error:
        raise UnreadableSize(str(error)) from error
    except (SyntaxError, KeyError, IndexError, TypeError, struct.error) as error:
        # What Pillow's plug-ins let escape on damaged headers.
        raise ValueError(str(error) or type(error).__name__) from error


def _check_pixels(width: int, height: int, *, most: int) -> None:
    if width * height > most:
        raise UnreadableSize(f"{width} x {height} px; at most {most} pixels are read")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey of 16 or 32 bits, or real numbers, as 0..255."""
    if values.dtype.kind == "f":
        whole = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        top = 1.0 if whole.max(initial=0.0) <= 1.0 else 255.0
        return np.clip(whole * (255.0 / top), 0, 255).astype(np.uint8)
    return (np.clip(values.astype(np.int64), 0, 65535) >> 8).astype(np.uint8)


def _reduced_size(width: int, height: int) -> tuple[int, int]:
    """The largest size of the same shape that is worked on."""
    scale = min(1.0, MAX_SIDE / max(width, height), math.sqrt(MAX_PIXELS / (width * height)))
    if scale == 1.0:
        return width, height
    return max(1, int(width * scale)), max(1, int(height * scale))


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "jpeg":
        image.save(buffer, "JPEG", quality=95, subsampling=0)
    else:
        image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
