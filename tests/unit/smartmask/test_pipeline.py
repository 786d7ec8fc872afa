"""The lite pipeline, tiny and untrained: seeds, guidance, saving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Cancelled
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.smartmask.denoiser import ShapeDenoiser
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.request import AS_THE_PACK, SuggestRequest
from engine.smartmask.spaces import Sample
from tests.unit.smartmask.tiny import park, tiny_lite

BOX = Box(30, 12, 40, 30)
REQUEST = SuggestRequest(layout=park(), label="dog", count=4, seed=7)
GUIDANCES = {
    "free": Guidance.free(),
    "box": Guidance.at_box(BOX),
    "point": Guidance.at_point(50.0, 30.0),
    "scribble": Guidance.from_scribble(Mask.filled(BOX)),
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


def arrays(samples: list[Sample]) -> np.ndarray:
    """Masks in a frame around the canvas, so that off-canvas parts count too."""
    return np.stack([sample.mask.within(Box(-96, -64, 288, 192)) for sample in samples])


@pytest.mark.parametrize("mode", GUIDANCES)
def test_a_sample_is_its_seeds_whatever_the_count(pipeline: SmartMaskPipeline, mode: str) -> None:
    request = replace(REQUEST, guidance=GUIDANCES[mode])
    four = arrays(pipeline(request))
    assert four.any(axis=(1, 2)).all()
    one = arrays(pipeline(replace(request, count=1)))
    third = arrays(pipeline(replace(request, count=2, seed=request.seed + 2)))
    assert (one != four[:1]).mean() <= 0.001
    assert (third != four[2:]).mean() <= 0.001
    assert (four[0] != four[1]).any()
    np.testing.assert_array_equal(arrays(pipeline(request)), four)


def test_a_pack_says_among_how_many_to_choose(pipeline: SmartMaskPipeline) -> None:
    asked = replace(REQUEST, among=AS_THE_PACK)
    assert pipeline.settled(asked).drawn == 4
    pipeline.register_to_config(among=9)
    try:
        assert pipeline.settled(asked).drawn == 9
        assert pipeline.settled(REQUEST).drawn == 4
        np.testing.assert_array_equal(
            arrays(pipeline(pipeline.settled(asked)))[:4], arrays(pipeline(REQUEST))
        )
    finally:
        pipeline.register_to_config(among=None)


def test_masks_of_a_box_lie_in_the_box(pipeline: SmartMaskPipeline) -> None:
    for sample in pipeline(replace(REQUEST, guidance=Guidance.at_box(BOX))):
        assert sample.mask.box.intersection(BOX) == sample.mask.box


def test_what_the_pack_chose_can_be_asked_for_again(pipeline: SmartMaskPipeline) -> None:
    settled = pipeline.settled(REQUEST)
    assert settled.steps == pipeline.config["steps"]
    assert settled.layout_scale == pipeline.config["layout_scale"]
    assert settled.text_scale == pipeline.config["text_scale"]
    np.testing.assert_array_equal(arrays(pipeline(settled)), arrays(pipeline(REQUEST)))
    own = replace(REQUEST, steps=2, layout_scale=0.0, text_scale=3.0)
    assert pipeline.settled(own) == own


def test_a_guidance_mode_may_have_scales_of_its_own() -> None:
    pipeline = tiny_lite()
    pipeline.register_to_config(mode_scales={"scribble": [3.0, 0.5]})
    settled = pipeline.settled(replace(REQUEST, guidance=GUIDANCES["scribble"]))
    assert (settled.layout_scale, settled.text_scale) == (3.0, 0.5)
    assert pipeline.settled(REQUEST).text_scale == pipeline.config["text_scale"]
    asked = replace(REQUEST, guidance=GUIDANCES["scribble"], text_scale=1.0)
    assert pipeline.settled(asked).text_scale == 1.0


def test_a_scribble_that_covers_the_thing_may_have_scales_of_its_own() -> None:
    pipeline = tiny_lite()
    pipeline.register_to_config(mode_scales={"scribble": [3.0, 0.5], "painted": [2.0, 0.25]})
    canvas = REQUEST.layout.canvas
    bits = np.zeros((canvas.height, canvas.width), bool)
    bits[canvas.height // 2, :] = True
    stroke = Guidance.from_scribble(Mask.from_array(bits))
    bits[canvas.height // 4 : 3 * canvas.height // 4, canvas.width // 4 : 3 * canvas.width // 4] = 1
    painted = Guidance.from_scribble(Mask.from_array(bits))
    assert pipeline.settled(replace(REQUEST, guidance=stroke)).text_scale == 0.5
    assert pipeline.settled(replace(REQUEST, guidance=painted)).text_scale == 0.25
    assert pipeline.settled(REQUEST).text_scale == pipeline.config["text_scale"]


def test_a_guidance_mode_may_keep_its_samples_together() -> None:
    pipeline = tiny_lite()
    request = replace(REQUEST, guidance=GUIDANCES["scribble"], count=4)
    apart = arrays(pipeline(request))
    pipeline.register_to_config(mode_spread={"scribble": [0.0, 0.0]})
    together = arrays(pipeline(request))
    assert all((mask == together[0]).all() for mask in together)
    assert any((mask != apart[0]).any() for mask in apart)
    np.testing.assert_array_equal(arrays(pipeline(REQUEST)), arrays(tiny_lite()(REQUEST)))


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, label="cat"),
        replace(REQUEST, layout=replace(park(), caption="tree")),
        replace(REQUEST, layout=replace(park(), layers=())),
        replace(REQUEST, behind="tree"),
        replace(REQUEST, guidance=GUIDANCES["point"]),
        replace(REQUEST, guidance=GUIDANCES["scribble"]),
        replace(REQUEST, style="natural"),
    ],
)
def test_everything_asked_reaches_the_model(
    pipeline: SmartMaskPipeline, other: SuggestRequest
) -> None:
    assert (arrays(pipeline(other)) != arrays(pipeline(REQUEST))).any()


def test_without_scales_neither_words_nor_layout_matter(pipeline: SmartMaskPipeline) -> None:
    bare = replace(REQUEST, layout_scale=0.0, text_scale=0.0)
    other = replace(bare, label="cat", layout=replace(park(), layers=(), caption=""))
    assert (arrays(pipeline(bare)) != arrays(pipeline(other))).mean() <= 0.001


def test_saved_and_opened_it_draws_the_same(pipeline: SmartMaskPipeline, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    again = SmartMaskPipeline.from_pretrained(tmp_path)
    assert type(again.denoiser) is ShapeDenoiser
    np.testing.assert_array_equal(arrays(again(REQUEST)), arrays(pipeline(REQUEST)))


def test_the_text_encoder_may_lie_elsewhere(pipeline: SmartMaskPipeline, tmp_path: Path) -> None:
    apart = SmartMaskPipeline(
        layout_encoder=pipeline.layout_encoder,
        denoiser=pipeline.denoiser,
        mask_autoencoder=pipeline.mask_autoencoder,
        scheduler=pipeline.scheduler,
        steps=4,
    )
    apart.save_pretrained(tmp_path)
    assert not (tmp_path / "text_encoder").exists()
    with pytest.raises(ValueError, match="text_encoder"):
        SmartMaskPipeline.from_pretrained(tmp_path)(REQUEST)
    again = SmartMaskPipeline.from_pretrained(
        tmp_path, text_encoder=pipeline.text_encoder, tokenizer=pipeline.tokenizer
    )
    np.testing.assert_array_equal(arrays(again(REQUEST)), arrays(pipeline(REQUEST)))


def test_it_can_be_cancelled_between_steps(pipeline: SmartMaskPipeline) -> None:
    def stop(done: int, total: int) -> None:
        assert total == 4
        if done == 2:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        pipeline(REQUEST, on_step=stop)
    assert len(pipeline(REQUEST)) == 4
