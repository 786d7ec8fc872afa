"""Masks on coarse grids, which edges and places are compared on."""

from __future__ import annotations

from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask

_SPARE = 4
"""Pixels a cell, across, that are looked at where there are more."""


def on_grid(
    mask: Mask, frame: Box, side: int, *, least: float = 0.5, finest: float = float("inf")
) -> BoolArray:
    """The mask in the frame, whose longest side gets at most `side` cells.

    Args:
        least, finest: As `resized`.
    """
    scale = min(side / max(frame.width, frame.height), 1.0)
    shape = max(1, round(frame.height * scale)), max(1, round(frame.width * scale))
    return resized(mask.within(frame), shape, least=least, finest=finest)


def resized(
    inside: BoolArray, shape: tuple[int, ...], *, least: float = 0.5, finest: float = float("inf")
) -> BoolArray:
    """Which cells (rows, columns) are covered.

    Args:
        least: Share of a cell of which more must be covered.
        finest: Pixels between those that are looked at, at most: what is thinner may be lost. Of a
            large canvas every few pixels tell enough.
    """
    import cv2
    import numpy as np

    if inside.shape == shape:
        return inside
    step = max(1, int(min(min(inside.shape) // (_SPARE * max(shape)), finest)))
    shades = inside[::step, ::step].astype(np.uint8) * np.uint8(255)
    return cv2.resize(shades, (shape[1], shape[0]), interpolation=cv2.INTER_AREA) > 255 * least
