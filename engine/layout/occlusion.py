"""Who covers whom: visible masks and the occlusion graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask, byte_window

if TYPE_CHECKING:
    from networkx import DiGraph


def visible_masks(layout: Layout) -> dict[str, Mask]:
    """What is left of each layer on the canvas under the nearer visible layers, by layer id.

    In depth order; a layer that is switched off has an empty mask and covers nothing.
    """
    canvas = layout.canvas
    covered = np.zeros((canvas.height, (canvas.width + 7) // 8), np.uint8)
    found = dict[str, Mask]()
    for layer in reversed(layout.layers):
        mask = layer.mask.clipped(canvas) if layer.visible else EMPTY_MASK
        if not mask.is_empty:
            span, window = byte_window(covered, box=canvas, region=mask.box)
            packed = mask.packed(span)
            mask = Mask.from_packed(packed & ~window, span)
            window |= packed
        found[layer.id] = mask
    return {layer.id: found[layer.id] for layer in layout.layers}


def hidden_layers(layout: Layout) -> tuple[str, ...]:
    """Ids of visible layers of which no pixel can be seen, farthest first.

    They are covered by nearer layers, off the canvas, or empty.
    """
    seen = visible_masks(layout)
    return tuple(x.id for x in layout.layers if x.visible and seen[x.id].is_empty)


def occlusion_graph(layout: Layout) -> DiGraph:
    """Graph with an edge from each covering layer to each layer it covers, by layer id.

    Amodal masks are compared pair by pair on the canvas, so a layer covers another one even
    where a third covers both. Layers that are switched off have no edges.

    Nodes carry `label`, `number` (from 1 = farthest), `area` and `visible_area` (canvas pixels)
    and `hidden` (switched on, yet nothing to be seen). Edges carry `pixels` covered and `share`,
    their part of the covered layer's area on the canvas, 0..1.
    """
    import networkx as nx

    seen = visible_masks(layout)
    graph = nx.DiGraph()
    beneath = list[tuple[str, Mask, int]]()
    for number, layer in enumerate(layout.layers, 1):
        mask = layer.mask.clipped(layout.canvas)
        area, visible_area = mask.area, seen[layer.id].area
        graph.add_node(
            layer.id,
            label=layer.label,
            number=number,
            area=area,
            visible_area=visible_area,
            hidden=layer.visible and not visible_area,
        )
        if not layer.visible:
            continue
        for other_id, other, other_area in beneath:
            pixels = mask.overlap(other)
            if pixels:
                graph.add_edge(layer.id, other_id, pixels=pixels, share=pixels / other_area)
        beneath.append((layer.id, mask, area))
    return graph
