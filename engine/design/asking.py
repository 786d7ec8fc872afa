"""Questions to the placer, and its answers in pixels."""

from __future__ import annotations

import zlib

import numpy as np

from engine.design.relations import Boxes, Values, as_row
from engine.design.state import State
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.layout.palette import class_map_table, model_colours
from engine.layout.semantic import class_map
from planner.boxes import to_canvas, to_square
from planner.graph import relation_text
from planner.placer import PlaceQuery, Placer, Present
from planner.scene import Instance, RelationKind

MAP_SIDE = 192
PROPOSALS = 8


def step_seed(seed: int, instance: Instance, attempt: int = 0) -> int:
    """Seed of one try of one instance, 0 .. 2**31 - 1, whatever the order of the others."""
    key = f"{seed}/{instance.element}/{instance.index}/{attempt}".encode()
    return zlib.crc32(key) & 0x7FFFFFFF


def ask(
    placer: Placer, state: State, instance: Instance, *, seed: int, count: int = PROPOSALS
) -> tuple[Boxes, Values]:
    """The placer's boxes (n, 4) in canvas pixels, best first, and their scores (n,).

    Boxes that are no boxes, or not on the canvas, are left out, so n may be 0.
    """
    layout = state.layout
    canvas = (layout.width, layout.height)
    scene = state.plan.scene
    answer = placer.propose(
        PlaceQuery(
            semantic_map=square_map(layout),
            aspect=layout.width / layout.height,
            present=tuple(
                Present(layer.label, to_square(*layer.mask.box, canvas=canvas))
                for layer in layout.layers
                if layer.visible and not layer.mask.is_empty
            ),
            caption=scene.caption,
            label=scene.element(instance.element).label,
            # What planners are taught knows no hands; beside is where they are.
            relation=relation_text(scene, instance).replace(
                RelationKind.HELD_BY, RelationKind.NEXT_TO
            ),
            count=count,
            seed=seed,
        )
    )
    rows, trust = [], []
    for found in answer:
        x, y, width, height = to_canvas(found.box, canvas=canvas)
        row = np.array([x, y, x + width, y + height])
        if np.isfinite(row).all() and width >= 2 and height >= 2 and _reaches(row, layout.canvas):
            rows.append(row)
            trust.append(float(np.clip(found.score, 0.0, 1.0)))
    return np.array(rows).reshape(-1, 4), np.array(trust)


def square_map(layout: Layout) -> np.ndarray:
    """S_k of the paper as RGB of the padded square, uint8 (MAP_SIDE, MAP_SIDE, 3), 0 = nothing."""
    longest = max(layout.width, layout.height)
    wide = max(1, round(MAP_SIDE * layout.width / longest))
    high = max(1, round(MAP_SIDE * layout.height / longest))
    out = np.zeros((MAP_SIDE, MAP_SIDE, 3), np.uint8)
    top, left = (MAP_SIDE - high) // 2, (MAP_SIDE - wide) // 2
    colours = class_map_table(model_colours())
    out[top : top + high, left : left + wide] = colours[class_map(layout, size=(wide, high))]
    return out


def _reaches(row: Boxes, canvas: Box) -> bool:
    edge = as_row(canvas)
    return bool(row[0] < edge[2] - 2 and row[1] < edge[3] - 2 and row[2] > 2 and row[3] > 2)
