"""`train smartmask-spatial`: the paper's SmartMask on Stable Diffusion 1.5 (Eq. 3)."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import CLIPTextModel, CLIPTokenizer

from engine.errors import InputError, ModelDamaged, ModelMissing
from engine.smartmask.conditioning import coverage, guidance_map, whole_window, window_ids
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.spatial import (
    guided_colours,
    latent_factor,
    mask_image,
    prompt_of,
    scaling_of,
    text_states,
)
from engine.smartmask.spatial_build import spatial_pipeline
from engine.training.common import TrainOptions, add_common_arguments, fit, options_from
from engine.training.samples import Example, Rng, TrainingScene, examples_of, mixed_source

DROP = 0.05
"""As InstructPix2Pix: 5 % without text, 5 % without either, 5 % without layout."""
PER_SCENE = 4
SD_PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")

Source = Callable[[Rng], TrainingScene]
Sample = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="smartmask-spatial", seconds=86_400, batch_size=24, lr=5e-5)
    parser.add_argument(
        "--base", type=Path, help="Stable Diffusion 1.5 in the folder format of diffusers"
    )
    parser.add_argument("--size", type=int, default=256, help="side of the maps in pixels")
    parser.add_argument(
        "--light-encoder", action="store_true", help="small layout encoder, not a copy of the VAE's"
    )
    parser.add_argument(
        "--gradient-checkpointing", action="store_true", help="less memory, a third slower"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that draw scenes")
    parser.add_argument("--no-sheet", action="store_true", help="draw no sheet of samples")


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    pipeline = open_start(
        base=args.base, init=options.init, size=args.size, light=args.light_encoder
    )
    model = Learner(pipeline)
    if args.gradient_checkpointing:
        model.enable_gradient_checkpointing()
    train(
        pipeline,
        model,
        options=options,
        make_source=partial(mixed_source, options.data, split="train"),
        workers=args.workers,
        sheet=not args.no_sheet,
    )
    return 0


def train(
    pipeline: SmartMaskPipeline,
    model: Learner,
    *,
    options: TrainOptions,
    make_source: Callable[[], Source],
    workers: int = 0,
    sheet: bool = False,
) -> int:
    """Train theta and phi jointly and export to `options.out / "model"`; returns the steps."""
    size = _pixels(pipeline)
    frozen = Frozen.of(pipeline, options.device)
    model.to(options.device)
    loader = DataLoader(
        SpatialExamples(make_source, size=size, seed=options.draw_seed),
        batch_size=options.batch_size,
        num_workers=workers,
    )
    batches = iter(loader)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        return epsilon_loss(model, frozen, next(batches), device=options.device)

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, Learner)
        export(averaged, pipeline, options.out / "model")
        if sheet:
            from engine.training.sample_sheet import write_sample_sheet

            write_sample_sheet(
                options.out / "model",
                options.out / "sheet.png",
                data=options.data,
                seed=options.seed,
                device=options.device,
            )

    return fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)


def open_start(
    *, base: Path | None, init: Path | None, size: int, light: bool
) -> SmartMaskPipeline:
    """The pipeline that training starts from: a trained one (`init`) or SD 1.5 widened (`base`).

    Raises:
        InputError: Neither or both are given, or the model cannot work at `size`.
        ModelMissing, ModelDamaged: The folder lacks a part, or a part does not open.
    """
    if (base is None) == (init is None):
        raise InputError(
            "Name a start: --base FOLDER with Stable Diffusion 1.5 in the format of diffusers, or "
            "--init FOLDER with a spatial SmartMask trained before."
        )
    folder = base or init
    assert folder is not None
    needed = SD_PARTS if base else ("denoiser", "layout_encoder", "mask_autoencoder")
    for part in needed:
        if not (folder / part).is_dir():
            raise ModelMissing(f"{folder} lacks the folder {part}: it must be a whole model.")
    try:
        pipeline = _from_base(folder, size=size, light=light) if base else _from_init(folder, size)
    except (OSError, ValueError, RuntimeError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelDamaged(f"{folder} does not open ({reason}): get it anew.") from error
    _check_size(pipeline, size)
    return pipeline


def _from_base(folder: Path, *, size: int, light: bool) -> SmartMaskPipeline:
    return spatial_pipeline(
        unet=UNet2DConditionModel.from_pretrained(folder, subfolder="unet"),
        autoencoder=AutoencoderKL.from_pretrained(folder, subfolder="vae"),
        text_encoder=CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        scheduler=DDPMScheduler.from_pretrained(folder, subfolder="scheduler"),
        size=size,
        light=light,
    )


def _from_init(folder: Path, size: int) -> SmartMaskPipeline:
    pipeline = SmartMaskPipeline.from_pretrained(folder)
    factor = latent_factor(pipeline.mask_autoencoder)
    pipeline.denoiser.register_to_config(sample_size=size // factor)
    return pipeline


def _check_size(pipeline: SmartMaskPipeline, size: int) -> None:
    halvings = len(pipeline.denoiser.config["block_out_channels"]) - 1
    step = latent_factor(pipeline.mask_autoencoder) * 2**halvings
    if size < step or size % step:
        raise InputError(f"--size {size} does not fit this model: take a multiple of {step}.")


def _pixels(pipeline: SmartMaskPipeline) -> int:
    return pipeline.denoiser.config["sample_size"] * latent_factor(pipeline.mask_autoencoder)


class Learner(nn.Module):
    """What is trained: E_phi and U_theta, the same objects that the pipeline holds."""

    def __init__(self, pipeline: SmartMaskPipeline) -> None:
        super().__init__()
        self.layout_encoder = pipeline.layout_encoder
        self.denoiser = pipeline.denoiser

    def enable_gradient_checkpointing(self) -> None:
        """Compute activations twice instead of keeping them."""
        self.denoiser.enable_gradient_checkpointing()
        if self.layout_encoder._supports_gradient_checkpointing:
            self.layout_encoder.enable_gradient_checkpointing()


@dataclass(frozen=True, slots=True)
class Frozen:
    """What stays as it is: autoencoder, text encoder, and the schedule that noise is added by."""

    autoencoder: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any

    @classmethod
    def of(cls, pipeline: SmartMaskPipeline, device: str) -> Frozen:
        return cls(
            autoencoder=pipeline.mask_autoencoder.requires_grad_(False).to(device).eval(),
            text_encoder=pipeline.text_encoder.requires_grad_(False).to(device).eval(),
            tokenizer=pipeline.tokenizer,
            scheduler=DDPMScheduler.from_config(pipeline.scheduler.config),
        )


def spatial_sample(example: Example, size: int, *, mirrored: bool = False) -> Sample:
    """An example as the model sees it: S~ (3, size, size) -1..1, coverage (size, size), prompt."""
    window = whole_window(example.canvas)
    ids = window_ids(example.ids, window, size)
    guide = guidance_map(example.guidance, window, size, example.canvas)
    target = coverage(example.item.mask, window, size)

    def turned(array: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(array[:, ::-1]) if mirrored else array

    return {
        "blended": guided_colours(turned(ids), turned(guide)),
        "mask": turned(target),
        "prompt": prompt_of(example.item.label, example.caption),
    }


class SpatialExamples(IterableDataset[Sample]):
    """Samples without end, fresh scenes each time; every worker draws its own."""

    def __init__(self, make_source: Callable[[], Source], *, size: int, seed: int) -> None:
        super().__init__()
        self.make_source, self.size, self.seed = make_source, size, seed

    def __iter__(self) -> Iterator[Sample]:
        worker = get_worker_info()
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        draw = self.make_source()
        while True:
            for example in examples_of(draw(rng), rng, count=PER_SCENE):
                # One loss over the whole picture cannot learn the place and leave the shape.
                if example.item.shape_known:
                    mirrored = example.can_mirror and rng.random() < 0.5
                    yield spatial_sample(example, self.size, mirrored=mirrored)


def epsilon_loss(
    model: Learner, frozen: Frozen, batch: Sample, *, device: str
) -> tuple[torch.Tensor, dict[str, float]]:
    """Eq. 3: mean squared error of the predicted noise, over theta and phi jointly.

    Args:
        batch: "blended" (B, 3, S, S), "mask" (B, S, S), "prompt" B strings.
    """
    count = len(batch["mask"])
    drop = torch.rand(count)
    prompts = [
        "" if none else text for none, text in zip(drop < 2 * DROP, batch["prompt"], strict=True)
    ]
    layout_kept = (drop < DROP) | (drop >= 3 * DROP)
    with torch.no_grad():
        text = text_states(frozen.text_encoder, frozen.tokenizer, prompts, device)
        image = mask_image(batch["mask"].to(device))
        latents = frozen.autoencoder.encode(image).latent_dist.sample()
        latents = latents * scaling_of(frozen.autoencoder)
    noise = torch.randn_like(latents)
    times = torch.randint(0, frozen.scheduler.config["num_train_timesteps"], (count,))
    times = times.to(device)
    noisy = frozen.scheduler.add_noise(latents, noise, times)
    layout = model.layout_encoder(batch["blended"].to(device))
    layout = layout * layout_kept.to(device, layout.dtype)[:, None, None, None]
    predicted = model.denoiser(torch.cat((noisy, layout.to(noisy.dtype)), dim=1), times, text)
    return F.mse_loss(predicted.sample.float(), noise.float()), {}


def export(model: Learner, pipeline: SmartMaskPipeline, folder: Path) -> None:
    """Write the pipeline folder in half precision; what is in training stays as it is."""
    halves = {
        name: copy.deepcopy(getattr(pipeline, name)).to("cpu", torch.float16)
        for name in ("mask_autoencoder", "text_encoder")
    }
    trained = {
        name: copy.deepcopy(getattr(model, name)).to("cpu", torch.float16)
        for name in ("layout_encoder", "denoiser")
    }
    defaults = {name: pipeline.config[name] for name in ("steps", "layout_scale", "text_scale")}
    SmartMaskPipeline(
        **halves,
        **trained,
        scheduler=pipeline.scheduler,
        tokenizer=pipeline.tokenizer,
        **defaults,
    ).save_pretrained(folder)
