"""`train text-to-image`: the lite UNet and its ControlNet-seg, jointly, on generated pictures.

Layout and words together are learned much faster than words alone, so both models grow at once;
in a share of the steps the ControlNet is left out and the UNet learns to stand by itself. What is
written are stock diffusers folders: v prediction on a cosine schedule, ADE20K colours as condition.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from diffusers import (
    AutoencoderTiny,
    ControlNetModel,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from numpy.typing import NDArray
from torch import nn

from engine.data.world import STYLE_WORDS
from engine.errors import InputError, ModelMissing
from engine.layout.palette import ade_classes, class_map_table, display_colours
from engine.models.packs import pack_folder
from engine.smartmask.backgrounds import is_background
from engine.text.encoder import MAX_LENGTH, TextEncoder
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    load_matching,
    move,
    options_from,
)
from engine.training.picture_pool import (
    FACTOR,
    LATENT_CHANNELS,
    PicturePool,
    Words,
    add_pool_arguments,
    encoded_pools,
)
from engine.training.regions import BatchRegions, Phrases, act_on

Model = TypeVar("Model", bound=nn.Module)

TEXT_DROP = 0.1
CONTROL_DROP = 0.12
REGION_SHARE = 0.75
"""Of the steps with a layout: every region is told its own words (`engine.training.regions`)."""
STYLE_SHARE, LIST_SHARE, BOTH_SHARE = 0.6, 0.4, 0.3
OBJECT_WEIGHT = 3.0
"""Of latents on objects, beside 1 on backgrounds, which are three quarters of all and learned
first."""
SILU_GAIN = 1.68
"""Keeps the spread of unit normal values through a SiLU: 1 / sqrt(E[silu(x)^2])."""

_BLOCKS = {
    "block_out_channels": (96, 144, 160),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "layers_per_block": 1,
    "cross_attention_dim": 192,
    # By its name the width of a head, but diffusers takes it for their number.
    "attention_head_dim": 4,
    "norm_num_groups": 4,
}
"""No attention where the resolution is highest: it takes half of a CPU's time there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="text-to-image", seconds=14_400, batch_size=32, lr=1e-3)
    add_pool_arguments(parser)
    parser.add_argument(
        "--autoencoder", type=Path, help="folder of the picture autoencoder (default: the pack's)"
    )
    parser.add_argument("--sheet", type=int, default=6, help="held-out layouts on the sheet")
    parser.add_argument(
        "--keep-condition",
        action="store_true",
        help="leave the condition embedding of --init as it is: a step takes half the time",
    )


class Learner(nn.Module):
    """What is trained: the UNet and its ControlNet-seg."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = UNet2DConditionModel(
            sample_size=16,
            in_channels=LATENT_CHANNELS,
            out_channels=LATENT_CHANNELS,
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            **_BLOCKS,
        )
        self.controlnet = new_controlnet()
        # Zero is for a UNet that is finished; this one learns to expect the layout.
        outputs = self.controlnet.controlnet_down_blocks
        for layer in (*outputs, self.controlnet.controlnet_mid_block):
            assert isinstance(layer, nn.Conv2d)
            nn.init.normal_(layer.weight, std=0.5 / math.sqrt(layer.in_channels))


def new_controlnet() -> ControlNetModel:
    """A ControlNet of the lite UNet's shape; five stages, for its latents are 16 times smaller.

    Few channels where the condition has its full size: those took a third of a training step.
    """
    model = ControlNetModel(
        in_channels=LATENT_CHANNELS,
        conditioning_embedding_out_channels=(8, 16, 32, 64, 96),
        **_BLOCKS,
    )
    _let_through(model.controlnet_cond_embedding)
    return model


def _let_through(embedding: nn.Module) -> None:
    """Weights that hand the condition on at its full strength.

    As it is initialised, each of the ten layers hands on a third of the differences between the
    classes' colours and the last one none: after 700 steps the UNet still hardly saw the layout.
    """
    layers = [layer for layer in embedding.modules() if isinstance(layer, nn.Conv2d)]
    for layer in layers:
        nn.init.normal_(layer.weight, std=SILU_GAIN / math.sqrt(layer.weight[0].numel()))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    # Many colours are near each other.
    with torch.no_grad():
        layers[0].weight.mul_(2)


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    if args.keep_condition and options.init is None:
        raise InputError("--keep-condition needs --init: the model whose embedding is kept.")
    autoencoder, key = open_autoencoder(args.autoencoder)
    move(autoencoder, options.device)
    pools = encoded_pools(options, autoencoder, key=key, count=args.samples, painted=args.pool)
    text = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
    model = Learner()
    if options.init is not None:
        load_matching(model.unet, options.init / "text_to_image" / "unet")
        load_matching(model.controlnet, options.init / "controlnet_seg")
    move(model, options.device)
    acting = act_on((model.unet, model.controlnet), plain=options.device == "cpu")
    if args.keep_condition:
        from engine.training.kept_condition import KeptBatches

        draw = KeptBatches(pools, text, options)
        draw.embed(model.controlnet)
    else:
        draw = Batches(pools, text, options)
    alphas = scheduler().alphas_cumprod.to(options.device)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        control = draw.rng.random() >= CONTROL_DROP
        batch = draw(regional=control and draw.rng.random() < REGION_SHARE)
        extra = {"control": (model.controlnet, batch.conditions)} if control else {}
        noisy, times, target = noised(batch.latents, alphas)
        acting.begin(batch.regions, times)
        texts, weights = batch.texts, batch.weights
        flow = predicted(model.unet, noisy, times, texts, **extra)
        # All times alike: min-SNR weights all but leave out the noisiest ones, in which layout and
        # words decide what goes where.
        error = (flow.float() - target).square().mean(1)
        return (error * weights).sum() / weights.sum(), {"v": float(error.detach().mean())}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, Learner)
        export(averaged, autoencoder, text, options.out / "model")
        from engine.training.picture_sheet import write_picture_sheet

        write_picture_sheet(
            options.out / "model", options.out / "sheet.png", seed=options.seed, count=args.sheet
        )

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def open_autoencoder(folder: Path | None) -> tuple[AutoencoderTiny, str]:
    """The frozen picture autoencoder and a key of its weights."""
    folder = folder or pack_folder("lite") / "text_to_image" / "vae"
    weights = folder / "diffusion_pytorch_model.safetensors"
    if not weights.is_file():
        raise ModelMissing(
            f"There is no picture autoencoder in {folder}: train one with `main.py train "
            "picture-autoencoder` and name its folder with --autoencoder."
        )
    model = AutoencoderTiny.from_pretrained(folder).eval().requires_grad_(False)
    encoder = {k: v for k, v in model.state_dict().items() if not k.startswith("decoder")}
    parts = b"".join(v.float().numpy().tobytes() for v in encoder.values())
    scaling = repr(model.config["scaling_factor"]).encode()
    return model, hashlib.sha256(parts + scaling).hexdigest()[:16]


def scheduler() -> DPMSolverMultistepScheduler:
    """The pack's scheduler: cosine schedule, v prediction; any stock one opens its config."""
    return DPMSolverMultistepScheduler(
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        lambda_min_clipped=-5.1,
    )


def noised(
    latents: torch.Tensor, alphas: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Noisy latents, their times 0..999 and the v that leads back, all (B, ...)."""
    times = torch.randint(0, len(alphas), (len(latents),), device=latents.device)
    kept = alphas[times].sqrt()[:, None, None, None]
    lost = (1 - alphas[times]).sqrt()[:, None, None, None]
    noise = torch.randn_like(latents)
    return kept * latents + lost * noise, times, kept * noise - lost * latents


def predicted(
    unet: UNet2DConditionModel,
    noisy: torch.Tensor,
    times: torch.Tensor,
    texts: torch.Tensor,
    *,
    control: tuple[ControlNetModel, torch.Tensor] | None = None,
) -> torch.Tensor:
    """The UNet's answer (B, C, h, w), with a ControlNet and its condition where one is given."""
    if control is None:
        return unet(noisy, times, texts, return_dict=False)[0]
    model, condition = control
    down, middle = model(noisy, times, texts, condition, return_dict=False)
    return unet(
        noisy,
        times,
        texts,
        down_block_additional_residuals=down,
        mid_block_additional_residual=middle,
        return_dict=False,
    )[0]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step learns from.

    Attributes:
        latents: (B, 16, h, w).
        texts: Text states (B, 48, 192), those of the regions' words behind.
        conditions: (B, 3, H, W) in 0..1.
        weights: (B, h, w), greater on objects.
        regions: Where the words behind the prompt's act.
    """

    latents: torch.Tensor
    texts: torch.Tensor
    conditions: torch.Tensor
    weights: torch.Tensor
    regions: BatchRegions | None


class Batches:
    """Draws batches from the pools."""

    def __init__(
        self, pools: Sequence[PicturePool], text: TextEncoder, options: TrainOptions
    ) -> None:
        self.pools, self.text, self.phrases = pools, text, Phrases(text)
        self.size, self.device = options.batch_size, options.device
        move(text.model, options.device)
        self.rng = np.random.default_rng([options.draw_seed, 23])
        shares = np.array([pool.count for pool in pools], float)
        self.shares = shares / shares.sum()
        self.colours = class_map_table(display_colours())
        named = [is_background(each.name) for each in ade_classes()]
        self.is_object = np.array([False, *(not known for known in named)], np.float32)

    def __call__(self, *, regional: bool = False) -> Batch:
        """A batch; `regional` gives every region its own words."""
        return self.drawn(regional=regional)[0]

    def drawn(self, *, regional: bool) -> tuple[Batch, PicturePool, NDArray[np.int64]]:
        """A batch, and which rows of which pool it is."""
        pool, rows = self.rows()
        told = (self.rng.random(len(rows)) >= TEXT_DROP).tolist()
        texts = self.texts([pool.words[row] for row in rows], told)
        regions = None
        if regional:
            texts, regions = self.phrases.behind(texts, pool, rows, told)
        batch = Batch(
            latents=torch.from_numpy(np.asarray(pool.latents[rows])).to(self.device).float(),
            texts=texts,
            conditions=self.conditions(pool, rows),
            weights=torch.from_numpy(self.weights(pool, rows)).to(self.device),
            regions=regions,
        )
        return batch, pool, rows

    def rows(self) -> tuple[PicturePool, NDArray[np.int64]]:
        pool = self.pools[int(self.rng.choice(len(self.pools), p=self.shares))]
        return pool, np.sort(self.rng.integers(0, pool.count, self.size))

    def texts(self, words: Sequence[Words], told: Sequence[bool]) -> torch.Tensor:
        prompts = [
            prompt_of(each, self.rng) if has else "" for each, has in zip(words, told, strict=True)
        ]
        return encode_prompts(self.text, prompts)

    def conditions(self, pool: PicturePool, rows: NDArray[np.int64]) -> torch.Tensor:
        pictures = [
            self.colours[np.array(pool.words[row].classes, np.uint8)][pool.maps[row]]
            for row in rows
        ]
        stacked = torch.from_numpy(np.stack(pictures)).to(self.device)
        return stacked.permute(0, 3, 1, 2).float() / 255

    def weights(self, pool: PicturePool, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        tables = [
            self.is_object[np.minimum(pool.words[row].classes, len(self.is_object) - 1)]
            for row in rows
        ]
        things = np.stack([table[pool.maps[row]] for table, row in zip(tables, rows, strict=True)])
        count, height, width = things.shape
        shape = (count, height // FACTOR, FACTOR, width // FACTOR, FACTOR)
        return 1 + (OBJECT_WEIGHT - 1) * things.reshape(shape).mean((2, 4))


def prompt_of(words: Words, rng: np.random.Generator) -> str:
    """A prompt as a person or the program would write it for the picture."""
    labels = list(dict.fromkeys(label.replace(",", "") for label in words.labels if label))
    rng.shuffle(labels)
    listed = ", ".join(labels[: int(rng.integers(3, 10))])
    kind = rng.random()
    if not words.caption or kind < LIST_SHARE:
        prompt = listed
    elif kind < LIST_SHARE + BOTH_SHARE:
        prompt = f"{words.caption}, {listed}"
    else:
        prompt = words.caption
    phrases = STYLE_WORDS[words.style]
    if rng.random() < STYLE_SHARE and not any(phrase in prompt for phrase in phrases):
        prompt = f"{prompt}, {phrases[int(rng.integers(len(phrases)))]}"
    return prompt


@torch.no_grad()
def encode_prompts(encoder: TextEncoder, prompts: Sequence[str]) -> torch.Tensor:
    """Token states (B, 48, 192), padding included, exactly as stock pipelines encode them."""
    tokens = encoder.tokenizer(
        list(prompts),
        padding="max_length",
        max_length=MAX_LENGTH,
        truncation=True,
        return_tensors="pt",
    ).to(encoder.model.device)
    return encoder.model(tokens.input_ids, attention_mask=tokens.attention_mask)[0]


def export(
    model: Learner, autoencoder: AutoencoderTiny, encoder: TextEncoder, folder: Path
) -> None:
    """Write `text_to_image` and `controlnet_seg` in half precision."""
    encoder.tokenizer.model_max_length = MAX_LENGTH
    # Stock pipelines hand the mask to the text encoder only where its config asks for it.
    encoder.model.config.use_attention_mask = True
    pipeline = StableDiffusionPipeline(
        vae=in_half(autoencoder),  # pyright: ignore[reportArgumentType]
        text_encoder=in_half(encoder.model),  # pyright: ignore[reportArgumentType]
        tokenizer=encoder.tokenizer,  # pyright: ignore[reportArgumentType]
        unet=in_half(model.unet),
        scheduler=scheduler(),  # pyright: ignore[reportArgumentType]
        safety_checker=None,  # pyright: ignore[reportArgumentType]
        feature_extractor=None,  # pyright: ignore[reportArgumentType]
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / "text_to_image")
    in_half(model.controlnet).save_pretrained(folder / "controlnet_seg")
    # Written by diffusers for its pipelines, and complained of by diffusers when it is read.
    config = folder / "text_to_image" / "vae" / "config.json"
    values = json.loads(config.read_text("utf-8"))
    values.pop("block_out_channels", None)
    config.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def in_half(model: Model) -> Model:
    """A copy in half precision, as packs are shipped."""
    return copy.deepcopy(model).to(torch.float16)
