"""A mask as a short text for JSON, and back: a hand-drawn line takes a few hundred characters."""

from __future__ import annotations

import base64
import binascii
import itertools
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from engine.layout.geometry import Box
from engine.layout.mask import Mask

MAX_PIXELS = 1 << 27
_MAX_NUMBERS = 1 << 20


def mask_text(mask: Mask) -> str:
    """The mask inside its box, as base64 of zlib of numbers of 7 bits a byte, low ones first.

    For each row, columns where the silhouette begins or ends: 0 and how far each one has moved
    since the row above where they are as many as there, else their number plus one and where they
    are. The numbers may be negative: n is written as 2n, or -2n - 1 below zero.
    """
    edges = np.diff(mask.crop().view(np.int8), axis=1, prepend=0)
    above = np.empty(0, np.int64)
    numbers: list[int] = []
    for row in edges:
        (here,) = row.nonzero()
        same = len(here) == len(above)
        numbers += [0, *(here - above)] if same else [len(here) + 1, *here]
        above = here
    return base64.b64encode(zlib.compress(bytes(_packed(numbers)), 9)).decode("ascii")


def mask_of_text(text: str, box: Box) -> Mask:
    """Inverse of `mask_text`. Raises ValueError when the text holds no mask of that box."""
    if not 0 < box.area <= MAX_PIXELS or box.width < 0:
        raise ValueError(f"a box of {box.width} x {box.height} px holds no mask")
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _MAX_NUMBERS)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"it cannot be unpacked ({error})") from error
    numbers = _unpacked(data)
    flips = np.zeros((box.height, box.width), bool)
    above: list[int] = []
    for row in flips:
        count = next(numbers, -1) - 1
        here = list(itertools.islice(numbers, len(above) if count < 0 else count))
        if count < 0:
            here = [old + moved for old, moved in zip(above, here, strict=False)]
        if count < -1 or len(here) != (len(above) if count < 0 else count):
            raise ValueError("it ends too early")
        if any(not 0 <= column < box.width for column in here):
            raise ValueError(f"it reaches out of a box of {box.width} x {box.height} px")
        row[here] = True
        above = here
    mask = Mask.from_array(np.logical_xor.accumulate(flips, axis=1), x=box.x, y=box.y)
    if mask.box != box or next(numbers, None) is not None:
        raise ValueError(f"it is not of {box.width} x {box.height} px")
    return mask


def _packed(numbers: Iterable[int]) -> Iterator[int]:
    for number in map(int, numbers):
        rest = -2 * number - 1 if number < 0 else 2 * number
        while rest > 0x7F:
            yield rest & 0x7F | 0x80
            rest >>= 7
        yield rest


def _unpacked(data: bytes) -> Iterator[int]:
    rest = shift = 0
    for byte in data:
        rest |= (byte & 0x7F) << shift
        shift = shift + 7 if byte & 0x80 else 0
        if shift > 28:
            raise ValueError("it holds an endless number")
        if not shift:
            yield -(rest + 1) // 2 if rest & 1 else rest // 2
            rest = 0
