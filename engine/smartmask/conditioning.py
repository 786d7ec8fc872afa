"""What the model sees: windows of the semantic map, guidance maps, Eq. 5, placements.

Everything here is numpy; torch enters with the models. Windows are squares in canvas pixels, so a
canvas of any aspect is seen in the padded square around it, and a zoomed window shows a small
guidance at full resolution (the zoomed window is ours, not the paper's).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask
from engine.layout.palette import model_colours

FloatArray = NDArray[np.floating]

ALPHA = 0.7
"""Weight of the guidance in Eq. 5."""
MAP_SIZE = 64
"""Side of the maps that the lite layout encoder reads."""
OUTSIDE_ID = 254
"""Id of the padding around the canvas in a window's id map."""
THING_ID = 255
"""Id of an object without an ADE20K class."""
DEFAULT_SPREAD = 0.08
"""Blob width of a click whose size is open, as a share of the longer canvas side."""
OUTLINE = 64
"""Side of the frame that a scribble's outline is read in."""
SCALARS = 16
"""Length of `scalar_features`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A square part of the canvas plane: left, top and side in pixels, may leave the canvas."""

    x: float
    y: float
    side: float


def whole_window(canvas: Box) -> Window:
    """The padded square: the smallest square around the canvas, sharing its centre."""
    side = float(max(canvas.width, canvas.height))
    return Window(x=(canvas.width - side) / 2, y=(canvas.height - side) / 2, side=side)


def zoom_window(guidance: Guidance, canvas: Box) -> Window | None:
    """The window around the guidance; None in free mode. It depends on the guidance alone."""
    longest = max(canvas.width, canvas.height)
    match guidance.mode:
        case GuidanceMode.FREE:
            return None
        case GuidanceMode.BOX:
            assert guidance.box is not None
            return _around(guidance.box, factor=1.5, at_least=longest / 32)
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            return _around(guidance.scribble.box, factor=1.5, at_least=longest / 32)
        case GuidanceMode.POINT:
            assert guidance.point is not None
            spread = guidance.spread or DEFAULT_SPREAD * longest
            side = min(max(6 * spread, longest / 16), longest)
            if guidance.spread is None:
                side = longest / 2
            x, y = guidance.point
            return Window(x=x - side / 2, y=y - side / 2, side=side)


def _around(box: Box, *, factor: float, at_least: float) -> Window:
    side = max(factor * max(box.width, box.height), at_least)
    return Window(
        x=box.x + box.width / 2 - side / 2, y=box.y + box.height / 2 - side / 2, side=side
    )


def pixel_centres(window: Window, size: int) -> tuple[FloatArray, FloatArray]:
    """Canvas coordinates (columns, rows) of the centres of a `size` x `size` grid."""
    offsets = (np.arange(size) + 0.5) * (window.side / size)
    return window.x + offsets, window.y + offsets


def window_ids(ids: NDArray[np.uint8], window: Window, size: int = MAP_SIZE) -> NDArray[np.uint8]:
    """Nearest samples of a canvas id map (class + 1, 0 = nothing); OUTSIDE_ID off the canvas."""
    height, width = ids.shape
    xs, ys = pixel_centres(window, size)
    columns, rows = np.floor(xs).astype(np.int64), np.floor(ys).astype(np.int64)
    inside_x, inside_y = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    out = np.full((size, size), OUTSIDE_ID, np.uint8)
    out[np.ix_(inside_y, inside_x)] = ids[np.ix_(rows[inside_y], columns[inside_x])]
    return out


def guidance_map(guidance: Guidance, window: Window, size: int, canvas: Box) -> NDArray[np.float32]:
    """G of Eq. 5 in a window: (size, size), values 0..1.

    Free mode is all zeros, a box is 1 inside, a point is a Gaussian blob, a scribble its coverage.
    """
    match guidance.mode:
        case GuidanceMode.FREE:
            return np.zeros((size, size), np.float32)
        case GuidanceMode.BOX:
            assert guidance.box is not None
            return _box_coverage(guidance.box, window, size)
        case GuidanceMode.POINT:
            assert guidance.point is not None
            spread = guidance.spread or DEFAULT_SPREAD * max(canvas.width, canvas.height)
            xs, ys = pixel_centres(window, size)
            across = np.exp(-((xs - guidance.point[0]) ** 2) / (2 * spread**2))
            down = np.exp(-((ys - guidance.point[1]) ** 2) / (2 * spread**2))
            return (down[:, None] * across[None, :]).astype(np.float32)
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            return coverage(guidance.scribble, window, size)


def _box_coverage(box: Box, window: Window, size: int) -> NDArray[np.float32]:
    cell = window.side / size

    def along(start: float, length: float, origin: float) -> FloatArray:
        edges = origin + np.arange(size + 1) * cell
        inside = np.clip(edges, start, start + length)
        return np.diff(inside) / cell

    across = along(box.x, box.width, window.x)
    down = along(box.y, box.height, window.y)
    return (down[:, None] * across[None, :]).astype(np.float32)


def coverage(mask: Mask, window: Window, size: int) -> NDArray[np.float32]:
    """How much of each cell of a window the mask covers, (size, size), 0..1."""
    import cv2

    region = Box(
        math.floor(window.x), math.floor(window.y), math.ceil(window.side), math.ceil(window.side)
    )
    drawn = mask.within(region).astype(np.float32)
    method = cv2.INTER_AREA if region.width > size else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=method), np.float32)


def outline_frame(zoomed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The scribble of a zoomed G (size, size) of bytes, stretched to (OUTLINE, OUTLINE).

    From the map, not from the scribble itself, so that training and drawing see the same.
    """
    import cv2

    drawn = zoomed > 127 if zoomed.max() > 127 else zoomed > 0
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    if not len(rows):
        return np.zeros((OUTLINE, OUTLINE), np.uint8)
    crop = zoomed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    frame = cv2.resize(crop, (OUTLINE, OUTLINE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(frame, np.uint8)


@cache
def colour_table() -> NDArray[np.float32]:
    """RGB 0..1 for every id of a window map, (256, 3); no colour is brighter than Eq. 5 allows."""
    table = np.zeros((256, 3), np.float32)
    table[1:151] = model_colours() / 255.0
    table[OUTSIDE_ID] = (0.0, 0.0, 0.3)
    table[THING_ID] = (0.5, 0.5, 0.25)
    table.flags.writeable = False
    return table


def blend(
    semantic: NDArray[np.float32], guidance: NDArray[np.float32], alpha: float = ALPHA
) -> NDArray[np.float32]:
    """Eq. 5: S (h, w, 3) and G (h, w), both 0..1, to S~ = S (1 - alpha G) + alpha G."""
    weight = np.float32(alpha) * guidance[..., None]
    return (semantic * (1 - weight) + weight).astype(np.float32)


def placement_of(box: Box, canvas: Box) -> NDArray[np.float32]:
    """Box to (centre x, centre y, log width, log height) in the padded square, side 2, centre 0."""
    window = whole_window(canvas)
    half = window.side / 2
    return np.array(
        [
            (box.x + box.width / 2 - window.x) / half - 1,
            (box.y + box.height / 2 - window.y) / half - 1,
            math.log(max(box.width, 1) / window.side),
            math.log(max(box.height, 1) / window.side),
        ],
        np.float32,
    )


def box_of(placement: NDArray[np.floating], canvas: Box) -> Box:
    """The inverse of `placement_of`, rounded to pixels, each side 2 px to three canvases."""
    window = whole_window(canvas)
    half = window.side / 2
    width = min(max(math.exp(min(float(placement[2]), 3.0)) * window.side, 2.0), 3 * window.side)
    height = min(max(math.exp(min(float(placement[3]), 3.0)) * window.side, 2.0), 3 * window.side)
    centre_x = (float(np.clip(placement[0], -3, 3)) + 1) * half + window.x
    centre_y = (float(np.clip(placement[1], -3, 3)) + 1) * half + window.y
    x, y = round(centre_x - width / 2), round(centre_y - height / 2)
    return Box(
        x, y, max(round(centre_x + width / 2) - x, 1), max(round(centre_y + height / 2) - y, 1)
    )


SCRIBBLE_SIZE = slice(11, 13)
"""Where `scalar_features` has the log width and height of the guidance's box."""
MODE_SLOTS = ("free", "box", "point", "point_sized", "scribble")
STYLES = ("any", "natural", "illustration")


def scalar_features(guidance: Guidance, canvas: Box, *, style: str = "any") -> NDArray[np.float32]:
    """(SCALARS,) numbers beside the maps: mode, style, canvas aspect, extents of the guidance.

    0..4 mode (one-hot, MODE_SLOTS), 5..7 style (one-hot), 8 log aspect of the canvas, 9..12
    placement of the guidance's box, 13..15 centre and log side of the zoomed window.
    """
    out = np.zeros(SCALARS, np.float32)
    mode = guidance.mode.value
    if guidance.mode is GuidanceMode.POINT and guidance.spread is not None:
        mode = "point_sized"
    out[MODE_SLOTS.index(mode)] = 1
    out[5 + STYLES.index(style)] = 1
    out[8] = math.log(canvas.width / canvas.height)
    extent = guidance.box or (guidance.scribble.box if guidance.scribble else None)
    if extent is not None:
        out[9:13] = placement_of(extent, canvas)
    window = zoom_window(guidance, canvas)
    if window is not None:
        whole = whole_window(canvas)
        half = whole.side / 2
        out[13] = (window.x + window.side / 2 - whole.x) / half - 1
        out[14] = (window.y + window.side / 2 - whole.y) / half - 1
        out[15] = math.log(window.side / whole.side)
    return out
