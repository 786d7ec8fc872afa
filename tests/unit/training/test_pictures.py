"""The lite picture models: pool, autoencoder, UNet with ControlNet-seg, ControlNet-inpaint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderTiny,
    ControlNetModel,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
)
from PIL import Image

from engine.cli.main import main
from engine.errors import DataError
from engine.training.controlnet_inpaint import hole_of
from engine.training.picture_autoencoder import decoded, encoded, new_autoencoder
from engine.training.picture_pool import draw_sample, open_pools, painted_pools
from engine.training.text_to_image import prompt_of


def test_a_sample_names_what_its_map_shows() -> None:
    for seed in range(6):
        picture, layers, words = draw_sample(np.random.default_rng(seed), size=(256, 192))
        assert picture.shape == (192, 256, 3) and layers.shape == (192, 256)
        assert len(words.classes) == len(words.labels) + 1 > layers.max()
        for index, label in enumerate(words.labels, 1):
            assert bool(label) == ((layers == index).mean() >= 0.002)


def test_the_same_seed_draws_the_same_pool_once(tmp_path: Path) -> None:
    first = open_pools(tmp_path / "a", count=4, seed=3)
    other = open_pools(tmp_path / "b", count=4, seed=3)
    painted: list[int] = []
    again = open_pools(tmp_path / "a", count=4, seed=3, report=painted.append)
    for one, two, three in zip(first, other, again, strict=True):
        assert (one.pictures == two.pictures).all() and (one.maps == two.maps).all()
        assert one.words == two.words == three.words
    assert not painted


def test_prompts_name_only_what_is_seen() -> None:
    rng = np.random.default_rng(0)
    _, _, words = draw_sample(np.random.default_rng(1), size=(256, 256))
    known = " ".join((words.caption, *words.labels)).replace(",", "")
    listed = [prompt_of(words, rng).split(", ") for _ in range(20)]
    named = {part for parts in listed for part in parts if part in words.labels}
    assert named and all(part in known for part in named)


def test_an_untrained_autoencoder_already_gives_a_thumbnail() -> None:
    picture, _, _ = draw_sample(np.random.default_rng(2), size=(256, 256))
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    model = new_autoencoder()
    with torch.inference_mode():
        latents = encoded(model, pixels)
        made = decoded(model, latents)
    assert latents.shape == (1, 16, 16, 16)
    plain = (pixels - pixels.mean((2, 3), keepdim=True)).abs().mean()
    assert (made - pixels).abs().mean() < 0.6 * plain


def test_holes_follow_objects_and_leave_something(tmp_path: Path) -> None:
    pool = open_pools(tmp_path, count=4, seed=1)[0]
    rng = np.random.default_rng(0)
    for _ in range(20):
        hole = hole_of(pool, 0, rng)
        assert hole.shape == pool.maps[0].shape and 0 < hole.mean() < 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every picture model after a few steps, through the commands."""
    out = tmp_path_factory.mktemp("pictures")
    common = ["--threads", "1", "--batch-size", "2", "--time-budget", "0.1"]
    steps = [
        ["picture-autoencoder", "--crop", "64", "--out", str(out / "vae")],
        ["text-to-image", "--samples", "6", "--sheet", "1", "--out", str(out / "t2i"),
         "--autoencoder", str(out / "vae" / "model")],
        ["controlnet-inpaint", "--samples", "6", "--out", str(out / "t2i"),
         "--models", str(out / "t2i" / "model")],
    ]  # fmt: skip
    for arguments in steps:
        assert main(["train", *arguments, *common]) == 0
    return out / "t2i"


def test_stock_pipelines_open_and_draw(trained: Path) -> None:
    folder = trained / "model"
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder / "text_to_image", torch_dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    assert isinstance(pipeline.vae, AutoencoderTiny) and pipeline.vae_scale_factor == 16
    seg = ControlNetModel.from_pretrained(folder / "controlnet_seg", torch_dtype=torch.float32)
    controlled = StableDiffusionControlNetPipeline(
        **pipeline.components, controlnet=seg, requires_safety_checker=False
    )
    controlled.set_progress_bar_config(disable=True)
    picture = controlled(
        "a dog in a park",
        image=Image.new("RGB", (128, 96), (4, 200, 3)),
        num_inference_steps=2,
        width=128,
        height=96,
        generator=torch.Generator().manual_seed(0),
        return_dict=False,
    )[0][0]
    assert picture.size == (128, 96)
    assert Image.open(trained / "sheet.png").size == (256, 1024)


def test_the_inpaint_controlnet_fits_the_same_unet(trained: Path) -> None:
    model = ControlNetModel.from_pretrained(trained / "model" / "controlnet_inpaint")
    seg = ControlNetModel.from_pretrained(trained / "model" / "controlnet_seg")
    assert model.config["block_out_channels"] == seg.config["block_out_channels"]
    assert model.config["conditioning_embedding_out_channels"][-1] == 96


def test_a_kept_embedding_stays_and_the_rest_learns(trained: Path, tmp_path: Path) -> None:
    before = trained / "model"
    arguments = ["train", "text-to-image", "--samples", "6", "--sheet", "1", "--keep-condition",
                 "--autoencoder", str(before / "text_to_image" / "vae"), "--init", str(before),
                 "--threads", "1", "--batch-size", "2", "--time-budget", "0.5", "--lr", "0.01",
                 "--out", str(tmp_path)]  # fmt: skip
    assert main(arguments) == 0
    ours, theirs = (
        ControlNetModel.from_pretrained(folder / "controlnet_seg").state_dict()
        for folder in (tmp_path / "model", before)
    )
    changed = {name for name, weight in ours.items() if not torch.equal(weight, theirs[name])}
    kept = {name for name in ours if name.startswith("controlnet_cond_embedding")}
    assert changed and not changed & kept


def test_a_kept_embedding_needs_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "text-to-image", "--keep-condition", "--out", str(tmp_path)]) == 1
    assert "--init" in capsys.readouterr().err


def test_crops_of_a_wrong_size_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["train", "picture-autoencoder", "--crop", "100", "--out", str(tmp_path)])
    assert code == 1 and "multiple of 16" in capsys.readouterr().err


def test_a_pool_that_was_painted_before_is_taken_whole_and_left_as_it_is(tmp_path: Path) -> None:
    painted = open_pools(tmp_path / "pool", count=6, seed=3)
    files = sorted((tmp_path / "pool").rglob("*.bin"))
    before = [file.read_bytes() for file in files]
    found = painted_pools(tmp_path / "pool")
    assert [pool.words for pool in found] == [pool.words for pool in painted]
    assert [file.read_bytes() for file in files] == before
    (tmp_path / "pool" / "192x256" / "words.json").unlink()
    with pytest.raises(DataError, match="no finished pool"):
        painted_pools(tmp_path / "pool")
    with pytest.raises(DataError, match="no finished pool"):
        painted_pools(tmp_path / "misspelt")
    assert not (tmp_path / "misspelt").exists()
