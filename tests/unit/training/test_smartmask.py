"""Training the lite SmartMask: it sees what drawing sees, and it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelMissing
from engine.layout.geometry import Box
from engine.layout.guidance import GuidanceMode
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.request import SuggestRequest
from engine.text.encoder import TextEncoder
from engine.training import samples
from engine.training.common import TrainOptions, load_matching
from engine.training.smartmask import Learner, condition_of, flow_loss, outlines_of
from engine.training.smartmask_batches import Batches, prepare
from tests.unit.smartmask.tiny import tiny_lite

CANVAS = Box(0, 0, 96, 64)


def scene() -> samples.TrainingScene:
    rows, columns = np.mgrid[:64, :96]
    items = (
        samples.SceneItem("grass", 9, Mask.from_array(np.ones((24, 96), bool), y=40), True, True),
        samples.SceneItem(
            "ball", 119, Mask.from_array((rows - 45) ** 2 + (columns - 20) ** 2 < 90), False, True
        ),
        samples.SceneItem(
            "dog", 126, Mask.from_array((rows - 44) ** 2 + (columns - 70) ** 2 < 150), False, True
        ),
    )
    return samples.TrainingScene(CANVAS, "a dog right of a ball", items, "illustration")


def learner() -> Learner:
    pipeline = tiny_lite()
    model = Learner()
    model.layout_encoder = pipeline.layout_encoder
    model.denoiser = pipeline.denoiser
    return model.eval()


def options(folder: Path, *, batch_size: int = 4) -> TrainOptions:
    return TrainOptions(
        out=folder, data=None, time_budget=1, batch_size=batch_size, lr=1e-3, seed=0,
        checkpoint_every=60, device="cpu", threads=1, fresh=True, init=None,
    )  # fmt: skip


def layout_of(example: samples.Example) -> Layout:
    """A layout whose semantic map is the example's."""
    layers = tuple(
        Layer(label="thing", ade_class=int(value) - 1, mask=Mask.from_array(example.ids == value))
        for value in np.unique(example.ids)
        if value
    )
    return Layout(width=CANVAS.width, height=CANVAS.height, caption=example.caption, layers=layers)


@pytest.mark.parametrize("mode", list(GuidanceMode))
def test_drawing_is_conditioned_just_as_training_was(tmp_path: Path, mode: GuidanceMode) -> None:
    pipeline = tiny_lite()
    text = TextEncoder(pipeline.text_encoder, pipeline.tokenizer)
    for seed in range(60):
        examples = list(samples.examples_of(scene(), np.random.default_rng(seed), count=1))
        if examples[0].guidance.mode is mode and examples[0].ids.any():
            break
    else:
        raise AssertionError("no example of this mode")
    rows = samples.samples_of(scene(), np.random.default_rng(seed), count=1)
    values, label, caption = next(iter(rows))
    pool = samples.Pool(tmp_path / "pool", size=1, writable=True)
    for name, value in values.items():
        pool.arrays[name][0] = value
    # Mirroring is a matter of training alone.
    pool.arrays["can_mirror"][0] = False
    pool.arrays["text"][0] = [0, 1]
    (tmp_path / "pool" / "texts.json").write_text(f'["{label}", "{caption}"]')
    data = prepare(pool, pipeline.mask_autoencoder, text, "cpu")
    batch = Batches([data], options(tmp_path, batch_size=1))()
    kept = torch.ones(1, dtype=torch.bool)
    model = Learner()
    model.layout_encoder, model.denoiser = pipeline.layout_encoder, pipeline.denoiser
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        outline, _ = outlines_of(model.eval(), batch)
        trained = condition_of(model, batch, outline=outline, text_kept=kept, layout_kept=kept)

    example = examples[0]
    request = SuggestRequest(
        layout=layout_of(example), label=label, guidance=example.guidance, style=example.style
    )
    with torch.inference_mode():
        asked = pipeline.space().encode(request).condition
    scale = asked.vector[0].abs().mean()
    assert (trained.vector[0] - asked.vector[0]).abs().mean() < 0.06 * scale
    # The places of missing words differ; those of the maps and regions do not.
    maps = 64 + 24 + 64
    assert torch.equal(trained.mask[0, :maps], asked.mask[0, :maps])
    assert torch.allclose(trained.outline[0].float(), asked.outline[0], atol=0.05)
    both = trained.mask[0, :maps]
    difference = (trained.tokens[0, :maps] - asked.tokens[0, :maps]).abs()[both].mean()
    assert difference < 0.06 * asked.tokens[0, :maps][both].abs().mean()


def test_it_learns_the_one_scene_it_is_shown(tmp_path: Path) -> None:
    pipeline = tiny_lite()
    text = TextEncoder(pipeline.text_encoder, pipeline.tokenizer)
    pool = samples.draw_pool(tmp_path / "pool", lambda _: scene(), size=32, seed=0)
    data = prepare(pool, pipeline.mask_autoencoder, text, "cpu")
    draw = Batches([data], options(tmp_path, batch_size=16))
    model = learner().train()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    torch.manual_seed(0)
    for _ in range(60):
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = flow_loss(model, draw(), device="cpu")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_weights_of_an_older_shape_are_taken_over_where_they_fit(tmp_path: Path) -> None:
    ours, theirs = learner().denoiser, learner().denoiser
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.fill_(0.5)
    theirs.kind = torch.nn.Parameter(torch.ones(3, 16))
    theirs.save_pretrained(tmp_path)
    before = ours.kind.detach().clone()
    load_matching(ours, tmp_path)
    assert torch.equal(ours.enter.weight, theirs.enter.weight)
    assert torch.equal(ours.kind, before)


def test_a_start_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no weights"):
        load_matching(learner().denoiser, tmp_path)
