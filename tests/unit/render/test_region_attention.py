"""Words that act on their own region, looked at from inside the attention."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.jobs.context import QuietContext
from engine.render.drawing import encode
from engine.render.load import open_renderer
from engine.render.region_attention import FORBIDDEN, Regions, acting, with_phrases
from engine.render.scene import Region, Scene

WIDTH = 16


def halves() -> torch.Tensor:
    """Two regions: the left half and the right half of a 8 x 4 picture."""
    masks = torch.zeros(2, 4, 8)
    masks[0, :, :4] = 1
    masks[1, :, 4:] = 1
    return masks


def regions(boost: float = 0.0) -> Regions:
    return Regions(halves(), [2, 3], whole=4, latent=(4, 8), boost=boost)


def test_a_pixel_looks_at_the_whole_prompt_and_its_own_phrase_only() -> None:
    bias = regions().bias(32, batch=1, like=torch.zeros(1))[0].reshape(4, 8, 9)
    assert (bias[..., :4] == 0).all()
    left, right = bias[:, :4], bias[:, 4:]
    assert (left[..., 4:6] == 0).all() and (left[..., 6:] == FORBIDDEN).all()
    assert (right[..., 4:6] == FORBIDDEN).all() and (right[..., 6:] == 0).all()


def test_the_bonus_falls_to_nothing() -> None:
    acting_regions = regions(boost=2.0)
    seen = []
    for share in (1.0, 0.5, 0.0):
        acting_regions.at(share)
        seen.append(float(acting_regions.bias(32, batch=1, like=torch.zeros(1))[0, 0, 4]))
    assert seen == [2.0, 1.0, 0.0]


def test_the_half_without_prompt_sees_no_phrase() -> None:
    bias = regions(boost=1.0).bias(32, batch=2, like=torch.zeros(1))
    assert (bias[0, :, 4:] == FORBIDDEN).all()
    assert (bias[1, :, 4:] != FORBIDDEN).any()


def test_every_level_of_odd_latents_has_its_mask() -> None:
    odd = Regions(torch.ones(1, 30, 50), [1], whole=1, latent=(15, 25), boost=0.0)
    for height, width in ((15, 25), (8, 13), (4, 7)):
        assert odd.bias(height * width, batch=1, like=torch.zeros(1)).shape == (
            1,
            height * width,
            2,
        )


def unet() -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 8),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        norm_num_groups=4,
        attention_head_dim=4,
    ).eval()


@torch.no_grad()
def test_the_attention_of_one_region_never_reads_the_others_words() -> None:
    """Changing the right phrase changes nothing in what the first attention adds at the left."""
    model = unet()
    torch.manual_seed(1)
    prompt, left, right, other = (torch.randn(n, WIDTH) for n in (4, 2, 3, 3))
    latents = torch.randn(1, 4, 4, 8)
    block = model.down_blocks[0].attentions[0].transformer_blocks[0].attn2  # pyright: ignore
    seen = []
    hook = block.register_forward_hook(lambda *args: seen.append(args[2]))
    with acting([model], regions()):
        for words in (right, other):
            model(latents, 10, with_phrases(prompt[None], [left, words]))
    hook.remove()
    first, second = (value.reshape(4, 8, -1) for value in seen)
    assert torch.equal(first[:, :4], second[:, :4])
    assert not torch.allclose(first[:, 4:], second[:, 4:])


@torch.no_grad()
def test_phrases_that_nothing_reads_change_nothing() -> None:
    model = unet()
    torch.manual_seed(1)
    prompt, latents = torch.randn(1, 4, WIDTH), torch.randn(1, 4, 4, 8)
    plain = model(latents, 10, prompt).sample
    nowhere = Regions(torch.zeros(1, 4, 8), [3], whole=4, latent=(4, 8), boost=5.0)
    states = with_phrases(prompt, [torch.randn(3, WIDTH)])
    with acting([model], nowhere):
        same = model(latents, 10, states).sample
    assert torch.allclose(plain, same, atol=1e-5)


def test_the_models_have_their_own_processors_back_after_an_error() -> None:
    model = unet()
    before = dict(model.attn_processors)
    with pytest.raises(RuntimeError), acting([model], regions()):
        assert dict(model.attn_processors) != before
        raise RuntimeError
    assert dict(model.attn_processors) == before


@pytest.mark.parametrize("family", ["lite", "sd15", "sdxl"])
def test_every_text_encoder_gives_a_phrase_its_own_words(
    family: str, request: pytest.FixtureRequest
) -> None:
    renderer = open_renderer(request.getfixturevalue(family), QuietContext())
    mask = np.ones((64, 64), bool)
    scene = Scene(
        prompt="a park",
        negative="",
        size=(64, 64),
        condition=None,
        regions=(Region(text="dog", mask=mask), Region(text="dog sitting dog", mask=mask)),
        steps=1,
        guidance=3.0,
        control_scale=1.0,
        boost=1.0,
    )
    encoded = encode(renderer, scene)
    assert encoded.regions is not None
    short, long = encoded.regions.lengths
    assert 2 <= short < long, "the word and the end mark, and more for more words"
    prompt = encoded.embeddings["prompt_embeds"]
    assert prompt.shape == encoded.embeddings["negative_prompt_embeds"].shape
    assert prompt.shape[1] == encoded.regions.whole + short + long
