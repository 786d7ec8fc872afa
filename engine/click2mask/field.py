"""The potential field around the clicks and its bias (paper, section "Mask evolution").

All on the grid of GRID x GRID cells; a click is given in cells, (x, y), fractions included.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from engine.click2mask.config import GRID, PAPER_STEPS, ClickConfig
from engine.layout.mask import BoolArray

Field = NDArray[np.float64]

_SEED_RADIUS = 1.4
_SHRINK = 0.9
CLICK_RADIUS = 15 / 945
"""Radius of the drawn click as a share of the canvas; only its middle cell counts later."""


def click_cell(click: tuple[float, float]) -> tuple[int, int]:
    """(row, column) of the cell that holds a click (x, y) in cells."""
    x, y = click
    return min(max(int(y), 0), GRID - 1), min(max(int(x), 0), GRID - 1)


def gaussian(cell: tuple[int, int], blur: float) -> Field:
    """g: the 9 cells around a click, blurred by `blur` cells, stretched to 0..1."""
    rows, columns = np.ogrid[:GRID, :GRID]
    seed = np.hypot(rows - cell[0], columns - cell[1]) <= _SEED_RADIUS
    g = gaussian_filter(seed.astype(np.float64), blur, mode="reflect")
    return (g - g.min()) / (g.max() - g.min())


@lru_cache(maxsize=4)
def _middle_values(blur: float) -> Field:
    values = np.sort(gaussian((GRID // 2, GRID // 2), blur), axis=None)
    values.setflags(write=False)
    return values


def with_middle_size(g: Field, blur: float) -> Field:
    """g with the values of a click in the middle, cell for cell in g's own order.

    Every threshold then cuts out as many cells as in the middle: clicks near the border keep the
    size of their mask. Ours, not the paper's.
    """
    out = np.empty_like(g)
    out.flat[np.argsort(g, axis=None, kind="stable")] = _middle_values(blur)
    return out


def base_potential(
    clicks: Sequence[tuple[float, float]], *, config: ClickConfig, usable: BoolArray | None = None
) -> Field:
    """B, in -1..lift, shape (GRID, GRID): the highest of the clicks' fields.

    Args:
        clicks: (x, y) in cells; several make one mask. Several are ours.
        usable: Cells that may ever belong to the mask; None all.
    """
    fields = [gaussian(click_cell(click), config.blur) for click in clicks]
    if config.keep_size:
        fields = [with_middle_size(g, config.blur) for g in fields]
    potential = np.max(fields, axis=0) * (config.lift + 1) - 1
    return potential if usable is None else np.where(usable, potential, -1.0)


def bias(i: int, base: Field, *, config: ClickConfig, total: int = PAPER_STEPS) -> float:
    """b(i) = 0.6 * 0.94 ** i, made smaller as long as it lifted the whole field above 0.

    With another number of steps than the paper's, i counts as the step of the same share.
    """
    value = config.bias * config.decay ** (i * PAPER_STEPS / total)
    while (base + value > 0).all():
        value *= _SHRINK
    return value
