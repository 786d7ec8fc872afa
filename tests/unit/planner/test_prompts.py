"""Prompts: the words that the planner is asked with, and the names that it answers."""

from __future__ import annotations

import numpy as np

from planner.placer import PlaceQuery, Present, RelativeBox
from planner.prompts import (
    FULL,
    SHORT,
    list_answer,
    list_prompt,
    listed,
    parse_list,
    place_prompt,
    read_form,
    write_form,
)

SKY = Present("sky", RelativeBox(0, 0, 1, 0.5))
GIRL = Present("girl, sitting", RelativeBox(0.2, 0.5, 0.3, 0.8))


def _query(**changes):
    values = {
        "semantic_map": np.zeros((8, 8, 3), np.uint8),
        "aspect": 1.0,
        "present": (SKY, GIRL),
        "caption": "A girl and her dog.",
        "label": "dog",
        "relation": "left of girl",
    }
    return PlaceQuery(**(values | changes))


def test_llava_is_asked_as_the_paper_trained_it():
    assert list_prompt() == "List the objects in this layout in drawing order."
    prompt = place_prompt(_query())
    assert prompt.startswith("The final scene is: A girl and her dog. ")
    assert "sky [0.00, 0.00, 1.00, 0.50]; girl [0.20, 0.50, 0.30, 0.80]" in prompt
    assert "Where should the next object, dog, go? It should be left of girl." in prompt
    assert prompt.endswith("Answer with one box [x1, y1, x2, y2].")


def test_nothing_is_said_of_what_is_not_known():
    prompt = place_prompt(_query(caption="", present=(), relation=""))
    assert "final scene" not in prompt and "Present" not in prompt and "should be" not in prompt


def test_the_canvas_is_told():
    assert "canvas is [0.00, 0.25, 1.00, 0.75]" in place_prompt(_query(aspect=2.0))


def test_the_lite_prompt_says_the_same_in_fewer_words():
    short, full = place_prompt(_query(), SHORT), place_prompt(_query(), FULL)
    assert len(short) < 0.6 * len(full)
    for word in ("A girl and her dog.", "sky", "girl", "dog", "left of girl"):
        assert word in short


def test_a_long_caption_is_cut_and_a_long_list_keeps_what_is_spoken_of():
    prompt = place_prompt(_query(caption=" ".join(["word"] * 2000)))
    assert prompt.count("word") < 100
    crowd = [Present(f"thing {i}", RelativeBox(0, 0, 0.5, 0.5)) for i in range(30)]
    small = Present("cup", RelativeBox(0.4, 0.4, 0.42, 0.42))
    kept = listed([*crowd, small], asked="spoon left of cup", limit=5)
    assert small in kept and len(kept) == 5


def test_names_are_read_back():
    said = list_answer(["sky", "girl, sitting", "bench"])
    assert said == "sky, girl, bench"
    assert parse_list(f" {said}.\n") == ["sky", "girl", "bench"]
    assert parse_list("") == []


def test_a_folder_that_says_nothing_is_asked_in_full(tmp_path):
    assert read_form(tmp_path) == FULL
    write_form(tmp_path, SHORT)
    assert read_form(tmp_path) == SHORT
