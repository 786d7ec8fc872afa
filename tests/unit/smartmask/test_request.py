"""What a request may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.request import (
    AS_THE_PACK,
    MAX_AMONG,
    MAX_SUGGESTIONS,
    Suggestion,
    SuggestRequest,
    SuggestResult,
    check_request,
)
from tests.unit.smartmask.tiny import park

REQUEST = SuggestRequest(layout=park(), label="dog")


@pytest.mark.parametrize("count", [0, -1, MAX_SUGGESTIONS + 1])
def test_the_count_is_bounded(count: int) -> None:
    with pytest.raises(InputError, match=str(MAX_SUGGESTIONS)):
        check_request(replace(REQUEST, count=count))


@pytest.mark.parametrize("among", [3, -1, MAX_AMONG + 1])
def test_suggestions_are_chosen_among_as_many_at_least(among: int) -> None:
    with pytest.raises(InputError, match=f"4 to {MAX_AMONG}"):
        check_request(replace(REQUEST, count=4, among=among))
    assert check_request(replace(REQUEST, count=4, among=AS_THE_PACK)).drawn == 4
    assert check_request(replace(REQUEST, count=4, among=9)).drawn == 9


@pytest.mark.parametrize("steps", [0, -3, 1001])
def test_the_steps_are_bounded(steps: int) -> None:
    with pytest.raises(InputError, match="steps"):
        check_request(replace(REQUEST, steps=steps))


@pytest.mark.parametrize("scale", [-0.5, float("nan"), float("inf"), 1e9])
def test_the_scales_are_bounded(scale: float) -> None:
    with pytest.raises(InputError, match="layout scale"):
        check_request(replace(REQUEST, layout_scale=scale))
    with pytest.raises(InputError, match="text scale"):
        check_request(replace(REQUEST, text_scale=scale))


@pytest.mark.parametrize("label", ["", "   ", "x" * 300])
def test_labels_that_cannot_be(label: str) -> None:
    with pytest.raises(InputError):
        check_request(replace(REQUEST, label=label))


def test_unknown_style_and_layer_are_refused() -> None:
    with pytest.raises(InputError, match="style"):
        check_request(replace(REQUEST, style="cubist"))
    with pytest.raises(InputError, match="nowhere"):
        check_request(replace(REQUEST, behind="nowhere"))


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance.at_box(Box(10, 10, 0, 5)),
        Guidance.at_box(Box(500, 10, 5, 5)),
        Guidance.at_point(-1.0, 5.0),
        Guidance.at_point(96.0, 5.0),
        Guidance.from_scribble(EMPTY_MASK),
        Guidance.from_scribble(Mask.filled(Box(200, 0, 9, 9))),
    ],
)
def test_guidance_off_the_canvas_is_refused(guidance: Guidance) -> None:
    with pytest.raises(InputError, match="96 x 64|no size"):
        check_request(replace(REQUEST, guidance=guidance))


def test_label_and_guidance_come_back_tidy() -> None:
    asked = replace(REQUEST, label="  dog ", guidance=Guidance.at_box(Box(80, 50, 40, 40)))
    checked = check_request(asked)
    assert checked.label == "dog"
    assert checked.guidance.box == Box(80, 50, 16, 14)


def test_only_the_visible_layers_beneath_the_place_are_seen() -> None:
    layout = park()
    assert [layer.id for layer in REQUEST.seen_layers().layers] == ["sky", "grass", "tree"]
    behind = replace(REQUEST, behind="tree").seen_layers()
    assert [layer.id for layer in behind.layers] == ["sky", "grass"]
    hidden = layout.with_layers(
        tuple(replace(layer, visible=layer.id != "sky") for layer in layout.layers)
    )
    seen = replace(REQUEST, layout=hidden).seen_layers()
    assert [layer.id for layer in seen.layers] == ["grass", "tree"]


def test_neither_duplicates_nor_empty_ones_are_shown() -> None:
    mask = Mask.filled(Box(0, 0, 9, 9))
    result = SuggestResult(
        request=REQUEST,
        suggestions=(
            Suggestion(sample=2, seed=1, mask=mask, score=0.9),
            Suggestion(sample=1, seed=0, mask=mask, score=0.8, duplicate_of=2),
            Suggestion(sample=3, seed=2, mask=EMPTY_MASK, score=0.0),
        ),
    )
    assert [shown.sample for shown in result.shown] == [2]
