"""Training the spatial SmartMask, tiny: it learns, and what it exports draws."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InputError, ModelDamaged, ModelMissing
from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.request import SuggestRequest
from engine.training.common import TrainOptions
from engine.training.samples import Rng, SceneItem, TrainingScene
from engine.training.smartmask_spatial import (
    Frozen,
    Learner,
    SpatialExamples,
    epsilon_loss,
    open_start,
    train,
)
from tests.unit.smartmask.tiny import SIZE, park, tiny_spatial


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def item(label: str, ade_class: int, box: Box, *, background: bool = False) -> SceneItem:
    return SceneItem(label, ade_class, Mask.filled(box), background, True)


def source(rng: Rng) -> TrainingScene:
    x = int(rng.integers(0, 60))
    items = (
        item("sky", 2, Box(0, 0, 96, 32), background=True),
        item("grass", 9, Box(0, 32, 96, 32), background=True),
        item("dog", 126, Box(x, 30, 20, 20)),
    )
    return TrainingScene(Box(0, 0, 96, 64), "a dog on grass", items, "illustration")


def make_source():
    return source


def batch(count: int) -> dict:
    samples = list(islice(iter(SpatialExamples(make_source, size=SIZE, seed=1)), count))
    return {
        "blended": torch.from_numpy(np.stack([s["blended"] for s in samples])),
        "mask": torch.from_numpy(np.stack([s["mask"] for s in samples])),
        "prompt": [s["prompt"] for s in samples],
    }


def sd_folder(folder: Path) -> Path:
    """A folder as Stable Diffusion 1.5 comes in, of tiny parts."""
    from tests.unit.smartmask.tiny import autoencoder, clip, clip_tokenizer, sd_scheduler, unet

    tokenizer = clip_tokenizer(folder / "tokenizer")
    unet().save_pretrained(folder / "unet")
    autoencoder().save_pretrained(folder / "vae")
    clip(tokenizer).save_pretrained(folder / "text_encoder")
    sd_scheduler().save_pretrained(folder / "scheduler")
    return folder


def options(out: Path, *, seconds: float) -> TrainOptions:
    return TrainOptions(
        out=out, data=None, time_budget=seconds, batch_size=2, lr=1e-3, seed=0,
        checkpoint_every=1e9, device="cpu", threads=1, fresh=True, init=None,
    )  # fmt: skip


def test_samples_show_scene_guidance_and_target_in_one_square() -> None:
    made = batch(12)
    assert made["blended"].shape == (12, 3, SIZE, SIZE)
    assert made["blended"].min() >= -1 and made["blended"].max() <= 1
    assert made["mask"].min() == 0 and made["mask"].max() == 1
    # The canvas is 96 x 64: nothing is drawn in the padding above and below.
    assert not made["mask"][:, :10].any() and not made["mask"][:, -10:].any()
    assert {prompt.split(",")[0] for prompt in made["prompt"]} <= {"dog", "sky", "grass"}


@pytest.mark.parametrize("light", [False, True])
def test_both_the_unet_and_the_layout_encoder_learn(tmp_path: Path, light: bool) -> None:
    pipeline = tiny_spatial(tmp_path, light=light)
    model = Learner(pipeline)
    model.enable_gradient_checkpointing()
    frozen = Frozen.of(pipeline, "cpu")
    before = {k: v.clone() for k, v in model.state_dict().items()}
    kept = {k: v.clone() for k, v in pipeline.mask_autoencoder.state_dict().items()}
    made = batch(2)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)

    def loss() -> torch.Tensor:
        torch.manual_seed(0)
        return epsilon_loss(model.train(), frozen, made, device="cpu")[0]

    first = float(loss().detach())
    for _ in range(8):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
    assert float(loss().detach()) < 0.9 * first
    after = model.state_dict()
    for part in ("layout_encoder", "denoiser"):
        moved = [k for k in before if k.startswith(part) and not torch.equal(before[k], after[k])]
        assert moved, part
    first_layer = after["denoiser.conv_in.weight"][:, 4:]
    assert not torch.equal(first_layer, before["denoiser.conv_in.weight"][:, 4:])
    unmoved = pipeline.mask_autoencoder.state_dict()
    assert all(torch.equal(kept[k], unmoved[k]) for k in kept)


def test_from_a_base_folder_to_a_pipeline_that_draws(tmp_path: Path) -> None:
    base = sd_folder(tmp_path / "sd")
    pipeline = open_start(base=base, init=None, size=SIZE, light=False)
    model = Learner(pipeline)
    steps = train(pipeline, model, options=options(tmp_path, seconds=0.5), make_source=make_source)
    assert steps >= 1
    made = SmartMaskPipeline.from_pretrained(tmp_path / "model")
    request = SuggestRequest(layout=park(), label="dog", count=2, steps=2)
    assert len(made(request)) == 2
    for name, value in model.denoiser.state_dict().items():
        torch.testing.assert_close(made.denoiser.state_dict()[name], value, rtol=2e-3, atol=1e-4)
    again = open_start(base=None, init=tmp_path / "model", size=2 * SIZE, light=False)
    assert again.denoiser.config["sample_size"] == 2 * SIZE // 8
    assert again.denoiser.dtype == torch.float32


def test_a_start_that_cannot_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--base"):
        open_start(base=None, init=None, size=SIZE, light=False)
    with pytest.raises(ModelMissing, match="unet"):
        open_start(base=tmp_path, init=None, size=SIZE, light=False)
    base = sd_folder(tmp_path / "sd")
    with pytest.raises(InputError, match="multiple of 64"):
        open_start(base=base, init=None, size=100, light=False)
    (base / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"cut")
    with pytest.raises(ModelDamaged, match="get it anew"):
        open_start(base=base, init=None, size=SIZE, light=False)
