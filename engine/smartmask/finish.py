"""What a mask goes through between SmartMask and the layer; imports neither Qt nor torch.

A design moves what was drawn onto its support, and carries backgrounds on to the edges of the
canvas. It is part of the request, so that the same request gives the layer's very mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.mask import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """How a background is carried on: from edge to edge, without gaps to its neighbours.

    Attributes:
        box: Where it lies, canvas pixels.
        down: Whether its outline is its lower side (a ceiling), not its upper one (a hill).
        slack: How far the outline may run into the box, as a share of the box's height.
        meets: Ids of the layers up to which it is carried on, so that no strip stays between.
    """

    box: Box
    down: bool
    slack: float
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Attributes:
    edges: Carries a background on; None for things.
    seat: (dx, dy) in pixels by which a design moved the mask onto its support; where the guidance
        is, it lies only then.
    mirror: Whether the mask is flipped inside its own box: left to right, top to bottom.
    shift: (dx, dy) in pixels by which the mask is moved on from there, as its layer was since.
    """

    edges: Edges | None = None
    seat: tuple[int, int] = (0, 0)
    mirror: tuple[bool, bool] = (False, False)
    shift: tuple[int, int] = (0, 0)


AS_DRAWN = Finish()


def finished(mask: Mask, finish: Finish, layout: Layout) -> Mask:
    """The mask as it goes into the layout; an empty one stays empty."""
    if mask.is_empty:
        return mask
    if finish.edges is not None:
        mask = _meeting(_edge_to_edge(mask, finish.edges, layout.canvas), finish.edges, layout)
    across, down = finish.mirror
    mask = mask.mirrored(across=across, down=down)
    return mask.moved(*finish.seat).moved(*finish.shift)


def _edge_to_edge(mask: Mask, edges: Edges, canvas: Box) -> Mask:
    """A background's mask carried on to the edges that its box touches.

    SmartMask draws the outline that faces the scene (the skyline of a forest, the shore); what
    lies behind it goes on to the edges of the canvas.
    """
    box, drawn = edges.box, mask.on_canvas(canvas.width, canvas.height)
    columns = np.asarray(drawn.any(axis=0))
    if not columns.any():
        return Mask.filled(box.intersection(canvas))
    rows = np.arange(canvas.height)[:, None]
    if edges.down:
        edge = _carried(canvas.height - drawn[::-1].argmax(axis=0), columns)
        edge = np.clip(edge, box.bottom - edges.slack * box.height, box.bottom)
        return Mask.from_array((rows < edge[None, :]) & (rows >= box.y))
    edge = _carried(drawn.argmax(axis=0), columns)
    edge = np.clip(edge, box.y, box.y + edges.slack * box.height)
    return Mask.from_array((rows >= edge[None, :]) & (rows < box.bottom))


def _meeting(mask: Mask, edges: Edges, layout: Layout) -> Mask:
    """The mask carried on to its neighbours; where there is none in a column, it stays."""
    covered = _union(layout, edges.meets)
    own = mask.on_canvas(layout.width, layout.height)
    drawn, others = (own[::-1], covered[::-1]) if edges.down else (own, covered)
    rows = np.arange(layout.height)[:, None]
    edge = np.where(drawn.any(axis=0), drawn.argmax(axis=0), 0)
    start = np.where(others & (rows < edge), rows + 1, 0).max(axis=0)
    grown = drawn | (rows >= start) & (rows < edge) & (start > 0)
    return Mask.from_array(grown[::-1] if edges.down else grown)


def _union(layout: Layout, ids: Sequence[str]) -> NDArray[np.bool_]:
    out = np.zeros((layout.height, layout.width), np.bool_)
    for layer in layout.layers:
        if layer.id in ids and layer.visible:
            out |= layer.mask.on_canvas(layout.width, layout.height)
    return out


def _carried(edge: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Values of unknown columns taken from the nearest known one."""
    at = np.flatnonzero(known)
    return np.interp(np.arange(len(edge)), at, edge[at])
