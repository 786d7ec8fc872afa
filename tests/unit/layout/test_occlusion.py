from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.layout.layer import Layer
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.occlusion import hidden_layers, occlusion_graph, visible_masks
from tests.unit.layout.scenes import HEIGHT, WIDTH, box_layer, layout_of, masks, naive_ids


def test_the_graph_says_who_covers_whom_and_how_much() -> None:
    layout = layout_of(
        box_layer("wall", (0, 0, 40, 40)),
        box_layer("table", (20, 20, 40, 20)),
        box_layer("cup", (30, 25, 5, 4)),
        box_layer("lamp", (70, 0, 5, 5)),
    )
    graph = occlusion_graph(layout)
    assert set(graph.edges) == {("table", "wall"), ("cup", "table"), ("cup", "wall")}
    assert graph.edges["table", "wall"] == {"pixels": 400, "share": 0.25}
    assert graph.edges["cup", "table"] == {"pixels": 20, "share": 20 / 800}
    assert graph.nodes["wall"]["number"] == 1
    assert graph.nodes["wall"]["visible_area"] == 1600 - 400
    assert graph.nodes["lamp"] == {
        "label": "lamp",
        "number": 4,
        "area": 25,
        "visible_area": 25,
        "hidden": False,
    }


def test_a_layer_that_is_switched_off_neither_covers_nor_counts_as_hidden() -> None:
    layout = layout_of(
        box_layer("dog", (10, 10, 10, 10)),
        box_layer("curtain", (0, 0, 80, 64), visible=False),
    )
    graph = occlusion_graph(layout)
    assert list(graph.edges) == []
    assert hidden_layers(layout) == ()
    assert visible_masks(layout)["curtain"] == EMPTY_MASK
    assert visible_masks(layout)["dog"] == layout.layer("dog").mask


def test_what_cannot_be_seen_is_named() -> None:
    layout = layout_of(
        Layer(id="nothing", label="nothing", mask=EMPTY_MASK),
        box_layer("gone", (-30, 5, 20, 20)),
        box_layer("mouse", (10, 10, 10, 10)),
        box_layer("peeping", (5, 10, 10, 10)),
        box_layer("left", (8, 8, 7, 20)),
        box_layer("right", (15, 8, 7, 20)),
    )
    assert hidden_layers(layout) == ("nothing", "gone", "mouse")
    graph = occlusion_graph(layout)
    assert graph.nodes["mouse"]["hidden"]
    assert graph.edges["left", "mouse"]["share"] + graph.edges["right", "mouse"]["share"] == 1.0


def test_only_what_lies_on_the_canvas_counts() -> None:
    layout = layout_of(box_layer("road", (-40, 50, 60, 10)), box_layer("car", (-20, 50, 30, 10)))
    graph = occlusion_graph(layout)
    assert graph.nodes["road"]["area"] == 200
    assert graph.edges["car", "road"]["share"] == pytest.approx(0.5)


@given(st.lists(st.tuples(masks(), st.booleans()), max_size=6))
def test_visible_masks_are_the_parts_of_the_flattened_layout(
    drawn: list[tuple[Mask, bool]],
) -> None:
    layers = [
        Layer(id=f"layer{i}", label="thing", mask=mask, visible=visible)
        for i, (mask, visible) in enumerate(drawn)
    ]
    layout = layout_of(*layers)
    ids = naive_ids(layout)
    seen = visible_masks(layout)
    assert list(seen) == [layer.id for layer in layers]
    for number, layer in enumerate(layers, 1):
        assert np.array_equal(seen[layer.id].on_canvas(WIDTH, HEIGHT), ids == number)
        assert seen[layer.id] == Mask.from_array(ids == number)
