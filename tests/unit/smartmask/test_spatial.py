"""The paper's space on Stable Diffusion 1.5's layout, tiny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from engine.errors import Cancelled
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.smartmask.conditioning import ALPHA, OUTSIDE_ID, colour_table
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.postprocess import iou
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Scales
from engine.smartmask.spatial import SpatialSpace, blended_map, place_field, prompt_of
from engine.smartmask.spatial_models import LatentLayoutEncoder, widen_conv_in
from tests.unit.smartmask.tiny import SD15_UNET, SIZE, autoencoder, park, tiny_spatial, unet

BOX = Box(24, 16, 30, 24)
REQUEST = SuggestRequest(
    layout=park(), label="dog", guidance=Guidance.at_box(BOX), count=3, steps=2
)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> SmartMaskPipeline:
    """Its new channels are made to matter, as training would."""
    pipeline = tiny_spatial(tmp_path_factory.mktemp("spatial"))
    with torch.no_grad():
        pipeline.denoiser.conv_in.weight[:, 4:].normal_(std=0.3)
    return pipeline


def arrays(samples: list, layout_size: tuple[int, int] = (96, 64)) -> np.ndarray:
    return np.stack([sample.mask.on_canvas(*layout_size) for sample in samples])


def test_the_tiny_unet_has_exactly_the_weights_of_sd_15() -> None:
    with torch.device("meta"):
        real = UNet2DConditionModel(cross_attention_dim=768, **SD15_UNET)
    assert set(real.state_dict()) == set(unet().state_dict())
    assert sum(p.numel() for p in real.parameters()) == 859_520_964
    widened = widen_conv_in(real)
    assert sum(p.numel() for p in widened.parameters()) == 859_532_484


def test_a_widened_unet_answers_as_before_whatever_the_layout() -> None:
    torch.manual_seed(0)
    latents, text = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 16)
    with torch.no_grad():
        before = unet()(latents, 500, text).sample
        wide = widen_conv_in(unet())
        after = wide(torch.cat((latents, torch.randn(2, 4, 8, 8) * 50), 1), 500, text).sample
    torch.testing.assert_close(after, before, rtol=0, atol=1e-5)
    assert wide.config["in_channels"] == 8
    assert widen_conv_in(wide).conv_in.in_channels == 8
    with pytest.raises(ValueError, match="8"):
        widen_conv_in(wide, channels=4)


def test_the_layout_encoder_starts_as_the_autoencoders() -> None:
    vae: AutoencoderKL = autoencoder()
    encoder = LatentLayoutEncoder.from_autoencoder(vae)
    picture = torch.rand(1, 3, SIZE, SIZE) * 2 - 1
    with torch.no_grad():
        mode = vae.encode(picture).latent_dist.mode()  # pyright: ignore[reportAttributeAccessIssue]
        torch.testing.assert_close(encoder(picture), mode)
        for parameter in encoder.parameters():
            parameter.zero_()
        assert vae.encode(picture).latent_dist.mode().any()  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance.free(),
        Guidance.at_box(BOX),
        Guidance.at_point(48.0, 32.0, spread=6.0),
        Guidance.from_scribble(Mask.filled(BOX)),
    ],
)
def test_the_model_sees_the_layout_blended_with_the_guidance(guidance: Guidance) -> None:
    seen = (blended_map(replace(REQUEST, guidance=guidance), 96) + 1) / 2
    table = colour_table()
    sky, padding = table[3], table[OUTSIDE_ID]
    np.testing.assert_allclose(seen[:, 2, 50], padding, atol=0.002)
    np.testing.assert_allclose(seen[:, 16 + 4, 90], sky, atol=0.002)
    # Canvas (48, 31), deep in the guidance; the canvas begins at row 16 of the square.
    inside = sky if guidance == Guidance.free() else sky * (1 - ALPHA) + ALPHA
    np.testing.assert_allclose(seen[:, 16 + 31, 48], inside, atol=0.03)


def test_the_layers_in_front_of_the_place_are_not_seen() -> None:
    behind = blended_map(replace(REQUEST, behind="tree", guidance=Guidance.free()), 96)
    front = blended_map(replace(REQUEST, guidance=Guidance.free()), 96)
    assert (behind[:, 16 + 12, 10] != front[:, 16 + 12, 10]).any()


def test_long_texts_never_cost_the_object(pipeline: SmartMaskPipeline) -> None:
    assert prompt_of("dog", "") == "dog"
    assert prompt_of("dog", "a park") == "dog, in: a park"
    with torch.inference_mode():
        space = SpatialSpace(pipeline)
        long = park(caption="tree " * 200)
        dog, cat = (
            space.encode(replace(REQUEST, layout=long, label=label)).text
            for label in ("dog", "cat")
        )
    assert not torch.allclose(dog[0], cat[0])
    assert torch.equal(dog[1], dog[2]) and torch.equal(dog[1], cat[1])


def test_scales_drop_the_text_and_the_layout(pipeline: SmartMaskPipeline) -> None:
    other = park(caption="no dog").with_layers(park().layers[:1])
    with torch.inference_mode():
        space = SpatialSpace(pipeline)
        here, elsewhere = space.encode(REQUEST), space.encode(replace(REQUEST, layout=other))
        assert not here.layout[2].any() and here.layout[0].any()
        noise = space.noise([1, 2], REQUEST.layout.canvas)
        time = torch.tensor(500)

        def answers(layout: float, text: float) -> list[torch.Tensor]:
            scales = Scales(layout=layout, text=text)
            return [space.predict(noise, time, given, scales) for given in (here, elsewhere)]

        bare = answers(0, 0)
        torch.testing.assert_close(bare[0], bare[1], rtol=0, atol=1e-5)
        with_layout = answers(1, 0)
        assert (with_layout[0] - with_layout[1]).abs().max() > 1e-3
        same_text = replace(REQUEST, layout=replace(other, caption=REQUEST.layout.caption))
        blank = space.encode(replace(same_text, layout=replace(same_text.layout, layers=())))
        assert torch.equal(blank.text, here.text)
        direct = pipeline.denoiser(
            torch.cat((noise, here.layout[:1].expand(2, -1, -1, -1)), 1),
            time,
            here.text[:1].expand(2, -1, -1),
        ).sample
        torch.testing.assert_close(answers(1, 1)[0], direct, rtol=0, atol=1e-4)


def test_a_sample_does_not_depend_on_the_batch(pipeline: SmartMaskPipeline) -> None:
    many = arrays(pipeline(replace(REQUEST, count=10)))
    assert 0 < many.mean() < 1
    few = arrays(pipeline(replace(REQUEST, count=2)))
    alone = arrays(pipeline(replace(REQUEST, count=1, seed=REQUEST.seed + 9)))
    assert (few != many[:2]).mean() <= 0.001
    assert (alone != many[9:]).mean() <= 0.001
    assert (many[0] != many[1]).mean() > 0.01


def test_saved_and_opened_it_draws_the_same(pipeline: SmartMaskPipeline, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path / "pipeline")
    again = SmartMaskPipeline.from_pretrained(tmp_path / "pipeline")
    again.set_progress_bar_config(disable=True)
    assert type(again.layout_encoder) is LatentLayoutEncoder
    assert again.config["text_scale"] == pipeline.config["text_scale"]
    np.testing.assert_array_equal(arrays(again(REQUEST)), arrays(pipeline(REQUEST)))


def test_it_can_be_cancelled_at_every_step(pipeline: SmartMaskPipeline) -> None:
    seen: list[tuple[int, int]] = []

    def stop_at_second(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 1:
            raise Cancelled("Cancelled.")

    request = replace(REQUEST, count=1, steps=3)
    with pytest.raises(Cancelled):
        pipeline(request, on_step=stop_at_second)
    assert seen == [(0, 3), (1, 3)]
    np.testing.assert_array_equal(arrays(pipeline(request)), arrays(pipeline(request)))


def disc_field(side: int, *, x: float, y: float, radius: float) -> np.ndarray:
    """A disc over the padded square; place and radius as shares of its side."""
    along = (np.arange(side) + 0.5) / side
    away = np.hypot(along[None, :] - x, along[:, None] - y)
    return np.clip((radius - away) * 12, -1, 1).astype(np.float32)


@pytest.mark.parametrize("canvas", [(96, 64), (65, 128), (101, 64), (1600, 900), (4096, 2304)])
def test_a_drawn_mask_lies_at_its_place_on_the_canvas(canvas: tuple[int, int]) -> None:
    width, height = canvas
    side = max(canvas)
    mask = place_field(disc_field(SIZE, x=0.5, y=0.45, radius=0.2), Box(0, 0, width, height))
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    away = np.hypot(x[None, :] - width / 2, y[:, None] - (height / 2 - 0.05 * side))
    truth = Mask.from_array(away < 0.2 * side)
    assert iou(mask, truth) > 0.96
    step = np.abs(np.diff(mask.crop().argmax(axis=1)[mask.box.height // 4 : -mask.box.height // 4]))
    assert step.max() <= 2


def test_thin_parts_survive_a_canvas_smaller_than_the_field() -> None:
    field = np.full((512, 512), -1.0, np.float32)
    field[:, 250:258] = 1.0
    mask = place_field(field, Box(0, 0, 64, 64))
    assert mask.box.height == 64 and mask.crop().any(axis=1).all()


def test_masks_fit_a_canvas_that_is_not_square(pipeline: SmartMaskPipeline) -> None:
    tall = replace(REQUEST, layout=park(64, 200), count=2)
    for sample in pipeline(tall):
        assert sample.mask.box.intersection(Box(-68, 0, 200, 200)) == sample.mask.box
        assert 0 <= sample.confidence <= 1
