"""Prompts, styles and the conditioning map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.world import STYLE_WORDS
from engine.data.world_sprites import STYLES
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.palette import display_colours
from engine.layout.semantic import class_map
from engine.render.conditioning import conditioning, picture_size
from engine.render.prompt import phrases_of, prompt_of
from engine.render.styles import GENERAL, ILLUSTRATION, style_named, styled
from tests.unit.render.tiny import park


def layer(label: str, box: Box, **more: object) -> Layer:
    return Layer(label=label, mask=Mask.filled(box), **more)  # pyright: ignore[reportArgumentType]


def test_the_prompt_names_what_the_caption_leaves_out() -> None:
    layers = (
        layer("sky", Box(0, 0, 100, 50)),
        layer("dog", Box(0, 0, 20, 20), prompt="asleep"),
        layer("big trees", Box(20, 0, 30, 30)),
        layer("tree", Box(60, 0, 10, 10)),
        layer("tree", Box(80, 0, 10, 10)),
        layer("ghost", Box(0, 0, 5, 5), visible=False),
        layer("mouse", Box(2, 2, 5, 5)),
        layer("elephant", Box(0, 0, 10, 10)),
    )
    layout = Layout(width=100, height=80, caption="Two dogs under a sky.", layers=layers)
    assert prompt_of(layout) == "Two dogs under a sky, big trees, dog asleep, tree, elephant"


def test_what_a_layer_says_of_itself_is_not_repeated() -> None:
    layers = (layer("girl", Box(0, 0, 9, 9), prompt="sitting"),)
    layout = Layout(width=64, height=64, caption="A girl sitting", layers=layers)
    assert prompt_of(layout) == "A girl sitting"


def test_phrases_join_layers_of_the_same_words_and_skip_hidden_ones() -> None:
    cover = Box(0, 0, 64, 64)
    layers = (
        layer("mole", Box(0, 0, 8, 8)),
        layer("grass", cover),
        layer("bush", Box(0, 0, 8, 8)),
        layer("bush", Box(30, 0, 8, 8), prompt="in flower"),
        layer("bush", Box(50, 50, 8, 8)),
    )
    found = phrases_of(Layout(width=64, height=64, layers=layers))
    assert [(p.text, p.layers) for p in found] == [
        ("grass", (1,)),
        ("bush", (2, 4)),
        ("bush, in flower", (3,)),
    ]


def test_the_map_has_exact_palette_colours_only() -> None:
    layout = park(200, 150)
    size = (256, 192)
    picture = conditioning(layout, size)
    classes = class_map(layout, size=size)
    assert picture.shape == (192, 256, 3)
    colours = display_colours()
    for value in np.unique(classes):
        expected = (0, 0, 0) if value == 0 else tuple(colours[value - 1])
        assert {tuple(c) for c in picture[classes == value]} == {expected}


def test_a_layer_without_class_takes_the_one_of_its_label() -> None:
    layout = Layout(width=64, height=64, layers=(layer("puppy", Box(0, 0, 64, 64)),))
    assert tuple(conditioning(layout, (64, 64))[0, 0]) == tuple(display_colours()[126])


def test_the_nearest_layer_wins_as_everywhere() -> None:
    layout = park()
    front = conditioning(layout, (128, 96))[60, 70]
    assert tuple(front) == tuple(display_colours()[126])
    last_first = replace(layout, layers=(layout.layers[3], *layout.layers[:3]))
    behind = conditioning(last_first, (128, 96))[60, 70]
    assert tuple(behind) == tuple(display_colours()[9])


@given(
    width=st.integers(64, 8192),
    height=st.integers(64, 8192),
    longest=st.sampled_from([256, 512, 1024]),
    multiple=st.sampled_from([8, 16, 64]),
)
def test_sizes_are_multiples_and_keep_the_aspect(
    width: int, height: int, longest: int, multiple: int
) -> None:
    layout = Layout(width=width, height=height)
    w, h = picture_size(layout, longest=longest, multiple=multiple)
    assert w % multiple == h % multiple == 0 and min(w, h) >= 16
    assert max(w, h) == longest
    exact = longest * min(width, height) / max(width, height)
    assert abs(min(w, h) - exact) <= multiple or min(w, h) == 16 > exact


def test_lite_styles_are_words_that_generated_captions_use() -> None:
    assert set(ILLUSTRATION) == set(STYLES)
    for name, style in ILLUSTRATION.items():
        assert style.words in STYLE_WORDS[name]
    words = [style.words for style in ILLUSTRATION.values()]
    assert len(set(words)) == len(words), "two styles could not be told apart"


def test_a_style_adds_its_words_once() -> None:
    assert styled("A dog.", style_named("photo", "general")).startswith("A dog, photograph")
    assert styled("A dog", style_named("", "general")) == "A dog"
    assert {"photo", "anime", "watercolour"} <= set(GENERAL)


@pytest.mark.parametrize("name", [*ILLUSTRATION])
def test_every_style_has_a_title(name: str) -> None:
    assert ILLUSTRATION[name].title
