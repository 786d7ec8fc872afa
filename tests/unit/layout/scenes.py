"""Layouts for the tests of the layout room."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from engine.layout.change import Change
from engine.layout.commands import MoveLayers
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

WIDTH, HEIGHT = 80, 64


def box_layer(layer_id: str, box: tuple[int, int, int, int], **fields: object) -> Layer:
    """A layer that fills its box; its label is its id unless given."""
    values: dict[str, object] = {"label": layer_id, **fields}
    return Layer(id=layer_id, mask=Mask.filled(Box(*box)), **values)  # type: ignore[arg-type]


def layout_of(*layers: Layer, width: int = WIDTH, height: int = HEIGHT) -> Layout:
    return Layout(width=width, height=height, caption="a test", layers=layers)


def naive_ids(layout: Layout) -> np.ndarray:
    """What the id map must be, drawn layer by layer with whole-canvas masks."""
    ids = np.zeros((layout.height, layout.width), int)
    for number, layer in enumerate(layout.layers, 1):
        if layer.visible:
            ids[layer.mask.on_canvas(layout.width, layout.height)] = number
    return ids


DOG = box_layer("dog", (10, 10, 20, 10), ade_class=126)
WALL = box_layer("wall", (0, 0, 80, 30), ade_class=0)
SHIFT = MoveLayers(["dog"], 5, 0)


def listen(document: Document) -> list[Change]:
    """The changes that the document tells of from now on."""
    heard: list[Change] = []
    document.changed.connect(heard.append)
    return heard


@st.composite
def arrays(draw: st.DrawFn, *, max_side: int = 40) -> np.ndarray:
    """Boolean pictures from empty to full, with ragged content."""
    height, width = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    seed, share = draw(st.integers(0, 2**16)), draw(st.sampled_from([0.0, 0.02, 0.5, 1.0]))
    return np.random.default_rng(seed).random((height, width)) < share


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Masks anywhere on the canvas and around it, some empty."""
    x, y = draw(st.integers(-30, WIDTH + 5)), draw(st.integers(-30, HEIGHT + 5))
    return Mask.from_array(draw(arrays()), x=x, y=y)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Boxes with at least one pixel, on the canvas or around it."""
    x, y = draw(st.integers(-40, WIDTH)), draw(st.integers(-40, HEIGHT))
    return Box(x, y, draw(st.integers(1, 90)), draw(st.integers(1, 90)))
