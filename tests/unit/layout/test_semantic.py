from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.layout.change import change_between
from engine.layout.compositing import compose, sample_positions, thumbnail
from engine.layout.geometry import EMPTY_BOX, Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.palette import UNCLASSED
from engine.layout.semantic import SemanticMap, class_map, layer_map
from tests.unit.layout.scenes import HEIGHT, WIDTH, box_layer, boxes, layout_of, masks, naive_ids

SKY, PERSON = 2, 12


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    layers = [
        Layer(
            id=f"layer{i}",
            label="thing",
            mask=draw(masks()),
            visible=draw(st.booleans()),
            ade_class=draw(st.integers(-1, 149)),
        )
        for i in range(draw(st.integers(0, 6)))
    ]
    return layout_of(*layers)


def test_the_nearest_visible_layer_wins() -> None:
    layout = layout_of(
        box_layer("sky", (0, 0, 80, 40), ade_class=SKY),
        box_layer("ghost", (0, 0, 80, 64), visible=False),
        box_layer("girl", (10, 20, 10, 30), ade_class=PERSON),
        box_layer("thing", (60, 50, 10, 10)),
    )
    ids = layer_map(layout)
    assert ids.dtype == np.uint16
    assert (ids[0, 0], ids[30, 15], ids[45, 15], ids[55, 65], ids[63, 0]) == (1, 3, 3, 4, 0)
    classes = class_map(layout)
    assert (classes[0, 0], classes[30, 15], classes[55, 65], classes[63, 0]) == (
        SKY + 1,
        PERSON + 1,
        UNCLASSED,
        0,
    )


@given(layouts(), boxes())
def test_any_region_equals_that_part_of_the_whole(layout: Layout, region: Box) -> None:
    expected = naive_ids(layout)
    assert np.array_equal(compose(layout), expected)
    region = region.intersection(layout.canvas)
    cut = expected[region.y : region.bottom, region.x : region.right]
    assert np.array_equal(compose(layout, region), cut)


@given(layouts(), st.integers(1, 200), st.integers(1, 200))
def test_a_resized_class_map_takes_the_pixel_under_each_centre(
    layout: Layout, width: int, height: int
) -> None:
    full = class_map(layout)
    small = class_map(layout, size=(width, height))
    rows = ((np.arange(height) + 0.5) * HEIGHT / height).astype(int)
    columns = ((np.arange(width) + 0.5) * WIDTH / width).astype(int)
    assert np.array_equal(small, full[np.ix_(rows, columns)])


def test_a_map_without_size_is_refused() -> None:
    with pytest.raises(InputError, match="0 x 5"):
        class_map(layout_of(), size=(0, 5))


def test_sampling_at_the_own_size_takes_every_pixel_once() -> None:
    assert sample_positions(7, 7).tolist() == list(range(7))


def test_more_layers_than_a_byte_can_count_are_told_apart() -> None:
    layers = [box_layer(f"layer{i}", (i % 80, i // 80, 1, 1)) for i in range(300)]
    layout = layout_of(*layers)
    ids = layer_map(layout)
    assert ids[3, 20] == 261
    semantic = SemanticMap(layout_of(*layers[:254]))
    assert semantic.ids.dtype == np.uint8
    change = change_between(layout_of(*layers[:254]), layout)
    semantic.update(layout, change.region)
    assert np.array_equal(semantic.ids, ids)
    semantic.update(layout_of(*layers[5:]), change_between(layout, layout_of(*layers[5:])).region)
    assert np.array_equal(semantic.ids, layer_map(layout_of(*layers[5:])))


@given(layouts(), layouts(), st.randoms(use_true_random=False))
def test_an_updated_map_equals_a_new_one(before: Layout, after: Layout, random: object) -> None:
    semantic = SemanticMap(before)
    semantic.update(after, change_between(before, after).region)
    assert np.array_equal(semantic.ids, naive_ids(after))
    assert np.array_equal(semantic.classes(), class_map(after))
    shuffled = list(after.layers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    reordered = after.with_layers(tuple(shuffled))
    semantic.update(reordered, change_between(after, reordered).region)
    assert np.array_equal(semantic.ids, naive_ids(reordered))


@given(layouts(), layouts())
def test_no_pixel_changes_outside_the_region_of_a_change(before: Layout, after: Layout) -> None:
    change = change_between(before, after)
    outside = np.ones((HEIGHT, WIDTH), bool)
    x, y, right, bottom = (
        change.region.x,
        change.region.y,
        change.region.right,
        change.region.bottom,
    )
    outside[y:bottom, x:right] = False
    assert np.array_equal(class_map(before)[outside], class_map(after)[outside])


def test_a_small_edit_changes_a_small_region() -> None:
    layer = box_layer("wall", (0, 0, 80, 64))
    hole = replace(layer, mask=layer.mask.minus(Mask.filled(Box(20, 30, 5, 4))))
    change = change_between(layout_of(layer), layout_of(hole))
    assert change.region == Box(20, 30, 5, 4)
    assert change.layer_ids == {"wall"}
    assert not change.structure


def test_taking_one_layer_to_the_front_only_touches_its_own_box() -> None:
    layers = [box_layer(f"layer{i}", (i * 10, 0, 15, 20)) for i in range(5)]
    moved = layout_of(*layers[1:], layers[0])
    change = change_between(layout_of(*layers), moved)
    assert change.region == Box(0, 0, 15, 20)
    assert change.structure
    assert change.layer_ids == frozenset()


def test_what_cannot_be_seen_changes_no_pixel() -> None:
    layer = box_layer("dog", (5, 5, 10, 10))
    locked = replace(layer, locked=True, prompt="asleep")
    change = change_between(layout_of(layer), layout_of(locked))
    assert (change.region, change.layer_ids) == (EMPTY_BOX, {"dog"})
    assert change_between(layout_of(layer), layout_of(layer)).is_empty
    hidden = replace(layer, visible=False)
    moved = replace(hidden, mask=hidden.mask.moved(9, 9))
    assert change_between(layout_of(hidden), layout_of(moved)).region == EMPTY_BOX
    assert change_between(layout_of(layer), layout_of(hidden)).region == layer.mask.box


def test_another_class_colours_the_whole_layer_anew() -> None:
    layer = box_layer("dog", (5, 5, 10, 10))
    renamed = replace(layer, label="cat", ade_class=126)
    change = change_between(layout_of(layer), layout_of(renamed))
    assert change.region == layer.mask.box


def test_a_thumbnail_shows_the_silhouette_centred_with_its_own_aspect() -> None:
    layer = box_layer("bench", (-20, 30, 60, 30))
    picture = thumbnail(layer, size=48)
    assert picture.shape == (48, 48)
    assert (picture[12:36] == 255).all()
    assert not picture[:12].any()
    assert not picture[36:].any()
    disc = np.hypot(*(np.mgrid[0:64, 0:64] - 31.5)) < 32
    soft = thumbnail(Layer(label="ball", mask=Mask.from_array(disc)), size=32)
    assert 0.76 < soft.mean() / 255 < 0.81
    assert ((soft > 0) & (soft < 255)).any()
    assert not thumbnail(Layer(label="nothing", mask=EMPTY_MASK), size=16).any()
