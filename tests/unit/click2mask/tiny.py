"""Tiny random models of the layouts that Click2Mask meets: the lite pack's and SD's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    PreTrainedTokenizerFast,
)

from engine.click2mask.alpha_clip import WINDOW_KEY

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "dog", "cat", "ball", "the"]
QUICK = {"steps": 14, "score_copies": 2, "score_runs": 1}
"""Constants that make a run short: 14 steps, of which 11 run."""


def tokenizer() -> PreTrainedTokenizerFast:
    inner: Any = Tokenizer(WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    inner.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=16,
    )


def lite_pipeline() -> StableDiffusionPipeline:
    """256 px, 16 x 16 x 16 latents, BERT, v prediction."""
    torch.manual_seed(0)
    vae = tiny_autoencoder()
    text = BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=16,
        ),
        add_pooling_layer=False,
    )
    return _pipeline(vae, unet(16, sample=16), text, "v_prediction")


def sd_pipeline() -> StableDiffusionPipeline:
    """128 px, 4 x 16 x 16 latents, CLIP text, epsilon: Stable Diffusion but for its size."""
    torch.manual_seed(0)
    vae = autoencoder(size=128)
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(WORDS),
            hidden_size=8,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=16,
            eos_token_id=3,
        )
    )
    return _pipeline(vae, unet(4, sample=16), text, "epsilon")


def tiny_autoencoder() -> AutoencoderTiny:
    """The lite pack's picture autoencoder, but narrow and shallow."""
    return AutoencoderTiny(
        encoder_block_out_channels=(4,) * 5,
        decoder_block_out_channels=(4,) * 5,
        num_encoder_blocks=(0, 0, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1, 0),
        latent_channels=16,
        scaling_factor=1.2,
    )


def autoencoder(*, size: int) -> AutoencoderKL:
    kinds: dict[str, Any] = {
        "block_out_channels": (4,) * 4,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    return AutoencoderKL(
        **kinds,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=2,
        mid_block_add_attention=False,
        sample_size=size,
    )


def unet(channels: int, *, sample: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=sample,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=8,
        attention_head_dim=4,
        norm_num_groups=4,
    )


def scorer(*, size: int = 32, window: float | None = None) -> CLIPModel:
    torch.manual_seed(1)
    config = CLIPConfig(
        text_config={
            "vocab_size": len(WORDS),
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 12,
            "eos_token_id": 3,
            "pad_token_id": 0,
        },
        vision_config={
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": size,
            "patch_size": 8,
            "num_channels": 4,
        },
        projection_dim=8,
    )
    if window is not None:
        setattr(config, WINDOW_KEY, window)
    return CLIPModel(config).eval()


def write_pack(
    folder: Path, *, sd: bool = False, constants: dict[str, object] | None = None
) -> Path:
    """A pack folder with both models and constants for short runs."""
    pipeline = sd_pipeline() if sd else lite_pipeline()
    pipeline.save_pretrained(folder / "text_to_image")
    scorer(window=None if sd else 1.6).save_pretrained(folder / "click_scorer")
    tokenizer().save_pretrained(folder / "click_scorer")
    (folder / "click.json").write_text(json.dumps({"all": {**QUICK, **(constants or {})}}))
    return folder


def _pipeline(
    vae: AutoencoderKL | AutoencoderTiny, model: UNet2DConditionModel, text: Any, prediction: Any
) -> StableDiffusionPipeline:
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        clip_sample=False,
        steps_offset=1,
    )
    pipeline: Any = StableDiffusionPipeline
    return pipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer(),
        unet=model,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
