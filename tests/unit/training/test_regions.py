"""Words of regions in training: the same bias as in a render, and it reaches the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from engine.models.packs import pack_folder
from engine.render.region_attention import FORBIDDEN, Regions
from engine.text.encoder import TextEncoder
from engine.training.picture_pool import PicturePool, Words
from engine.training.regions import BOOST, Phrases, act_on, places

WHOLE = 5


@pytest.fixture
def pool(tmp_path: Path) -> PicturePool:
    """Two pictures of 64 px: a dog on the left of a cat, and a tree with something hidden."""
    made = PicturePool(tmp_path, (64, 64), count=2, mode="w+")
    made.maps[0, :, :24], made.maps[0, :, 24:] = 1, 2
    made.maps[1] = 2
    made.words = [
        Words("", "flat", ("dog", "cat"), (0, 1, 2)),
        Words("", "flat", ("", "tree"), (0, 1, 2)),
    ]
    return made


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder"))


def test_labels_cover_what_shows_them(pool: PicturePool) -> None:
    found = places(pool, 0)
    assert list(found) == ["cat", "dog"], "the largest first"
    assert np.allclose(found["dog"][:, :3], [1, 0.5, 0]) and np.allclose(found["cat"][:, 3], 1)
    assert list(places(pool, 1)) == ["tree"]


def test_the_bias_is_that_of_a_render(pool: PicturePool, phrases: Phrases) -> None:
    texts = torch.zeros(2, WHOLE, phrases.text.dimension)
    states, regions = phrases.behind(texts, pool, np.array([0, 1]), [True, True])
    regions.shares = torch.tensor([0.4, 1.0])
    labels = places(pool, 0)
    lengths = [len(phrases[label]) for label in labels]
    masks = torch.from_numpy(np.stack([pool.maps[0] == 2, pool.maps[0] == 1])).float()
    render = Regions(masks, lengths, whole=WHOLE, latent=(4, 4), boost=BOOST)
    render.at(0.4)
    for queries in (16, 4):
        ours = regions.bias(queries, like=states)[0, :, : WHOLE + sum(lengths)]
        theirs = render.bias(queries, batch=1, like=states)[0]
        assert torch.allclose(ours, theirs, atol=1e-5)
    assert torch.equal(states[0, WHOLE : WHOLE + lengths[0]], phrases["cat"])
    padding = regions.bias(16, like=states)[1, :, WHOLE + len(phrases["tree"]) :]
    assert (padding == FORBIDDEN).all()


def test_a_picture_without_words_has_none_anywhere(pool: PicturePool, phrases: Phrases) -> None:
    texts = torch.zeros(2, WHOLE, phrases.text.dimension)
    states, regions = phrases.behind(texts, pool, np.array([0, 1]), [False, True])
    assert not states[0].any()
    assert (regions.bias(16, like=states)[0, :, WHOLE:] == FORBIDDEN).all()


def test_words_change_what_is_drawn_in_their_region_only(
    pool: PicturePool, phrases: Phrases
) -> None:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=4, in_channels=4, out_channels=4, layers_per_block=1,
        block_out_channels=(8,), down_block_types=("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",), mid_block_type=None,
        cross_attention_dim=phrases.text.dimension, norm_num_groups=4, attention_head_dim=2,
    )  # fmt: skip
    acting = act_on((unet,), plain=True)
    texts = torch.randn(1, WHOLE, phrases.text.dimension)
    states, regions = phrases.behind(texts, pool, np.array([0]), [True])
    times = torch.tensor([500])

    seen = []
    layer = unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2  # pyright: ignore
    layer.register_forward_hook(lambda _m, _i, out: seen.append(out.detach()))
    other = states.clone()
    other[:, -len(phrases["dog"]) :] += 1
    with torch.no_grad():
        for given in (states, other):
            acting.begin(regions, times)
            unet(torch.ones(1, 4, 4, 4), times, given)
    changed = (seen[0] - seen[1]).abs().sum(-1).reshape(4, 4) > 1e-6
    assert changed[:, :2].all() and not changed[:, 2:].any()
