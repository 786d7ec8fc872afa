"""What a layer says of its origin is enough to draw its mask again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.layout.brush import paint_stroke
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.project import open_project, save_project
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.placing import guidance_values, layer_of, placed, take
from engine.smartmask.repeat import can_be_repeated, fresh_request, guidance_of, request_again
from engine.smartmask.request import SuggestRequest, SuggestResult
from engine.smartmask.suggest import rank
from tests.unit.smartmask.tiny import park, tiny_lite

CANVAS = park().canvas
STROKE = paint_stroke(EMPTY_MASK, [(20, 10), (50, 40), (80, 20)], radius=4, canvas=CANVAS)
GUIDANCES = {
    "free": Guidance.free(),
    "box": Guidance.at_box(Box(30, 12, 40, 30)),
    "point": Guidance.at_point(50.5, 30.0),
    "sized point": Guidance.at_point(50.0, 30.0, spread=6.0),
    "scribble": Guidance.from_scribble(STROKE),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pipeline() -> SmartMaskPipeline:
    return tiny_lite()


def answered(pipeline: SmartMaskPipeline, request: SuggestRequest) -> SuggestResult:
    request = pipeline.settled(request)
    return SuggestResult(
        request=request, suggestions=rank(request, pipeline(request)), pack=request.pack
    )


@pytest.mark.parametrize("mode", GUIDANCES)
def test_a_layer_from_a_saved_project_is_drawn_again(
    pipeline: SmartMaskPipeline, tmp_path: Path, mode: str
) -> None:
    request = SuggestRequest(
        layout=park(), label="dog", guidance=GUIDANCES[mode], count=3, seed=7, style="natural"
    )
    request = replace(request, behind="tree", steps=3, text_scale=2.0)
    result = answered(pipeline, request)
    layer = layer_of(result, take(result, 2))
    save_project(placed(park(), layer, behind="tree"), tmp_path / "p.ora")
    opened = replace(open_project(tmp_path / "p.ora").layout, caption="said differently since")
    again = answered(pipeline, request_again(opened, layer.id))
    (suggestion,) = again.suggestions
    assert suggestion.mask == layer.mask
    assert again.request.seed == 8
    assert can_be_repeated(opened.layer(layer.id))
    fresh = fresh_request(opened, layer.id, count=2)
    assert (fresh.seed, fresh.count, fresh.behind) == (10, 2, layer.id)
    assert fresh.guidance == again.request.guidance


@pytest.mark.parametrize("mode", GUIDANCES)
def test_guidance_comes_back_from_its_values(mode: str) -> None:
    assert guidance_of(guidance_values(GUIDANCES[mode])) == GUIDANCES[mode]


def test_a_scribble_of_noise_does_not_swell_the_file() -> None:
    noise = np.random.default_rng(0).random((600, 600)) < 0.5
    values = guidance_values(Guidance.from_scribble(Mask.from_array(noise)))
    assert values == {"mode": "scribble", "scribble_box": [0, 0, 600, 600]}
    with pytest.raises(ValueError, match="scribble is missing"):
        guidance_of(values)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (None, "not drawn by SmartMask"),
        (Provenance(kind="drawn"), "not drawn by SmartMask"),
        (Provenance(kind="smartmask", seed=1), "cannot be drawn again"),
        (Provenance(kind="smartmask", seed=1, request={"label": "dog", "guidance": 5}), "again"),
        (
            Provenance(
                kind="smartmask",
                seed=1,
                request={"label": "dog", "guidance": {"mode": "scribble", "scribble_box": [0] * 4}},
            ),
            "scribble is missing",
        ),
        (
            Provenance(
                kind="smartmask",
                seed=1,
                request={
                    "label": "dog",
                    "guidance": {
                        "mode": "scribble",
                        "scribble_box": [0, 0, 9, 9],
                        "scribble": "eJw=",
                    },
                },
            ),
            "cannot be drawn again",
        ),
    ],
)
def test_an_origin_that_says_too_little_is_told(origin: Provenance | None, words: str) -> None:
    layer = Layer(id="x", label="dog", mask=STROKE, provenance=origin)
    with pytest.raises(InputError, match=words):
        request_again(Layout(width=96, height=64, layers=(layer,)), "x")
