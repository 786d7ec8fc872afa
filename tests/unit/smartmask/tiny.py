"""Models of the real classes, small enough for a test, and scenes for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
)

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.brush import BRUSH
from engine.smartmask.conditioning import SCALARS
from engine.smartmask.denoiser import ShapeDenoiser
from engine.smartmask.layout_encoder import LayoutEncoder
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.spatial_build import spatial_pipeline

SIZE = 64
"""Side of the tiny spatial model's maps in pixels."""
SD15_UNET = {
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    "layers_per_block": 2,
}


def park(width: int = 96, height: int = 64, *, caption: str = "a dog in a park") -> Layout:
    """Sky above grass, with a tree at the left."""
    half = height // 2
    layers = (
        Layer(id="sky", label="sky", ade_class=2, mask=Mask.filled(Box(0, 0, width, half))),
        Layer(id="grass", label="grass", ade_class=9, mask=Mask.filled(Box(0, half, width, half))),
        Layer(id="tree", label="tree", ade_class=4, mask=Mask.filled(Box(4, 8, width // 5, half))),
    )
    return Layout(width=width, height=height, caption=caption, layers=layers)


def unet() -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=SIZE // 8,
        block_out_channels=(8, 12, 16, 16),
        attention_head_dim=2,
        cross_attention_dim=16,
        norm_num_groups=4,
        **SD15_UNET,
    )


def autoencoder() -> AutoencoderKL:
    torch.manual_seed(1)
    blocks: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (4, 8, 8, 8),
    }
    return AutoencoderKL(
        **blocks,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=SIZE,
    )


def clip_tokenizer(folder: Path) -> CLIPTokenizer:
    """Letters and a few words; made of files as the real one is."""
    letters = [chr(code) for code in range(33, 127)]
    pieces = letters + [f"{letter}</w>" for letter in letters]
    merges = ["d o", "do g</w>", "c a", "ca t</w>"]
    pieces += [merge.replace(" ", "") for merge in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    vocab = folder / "vocab.json"
    vocab.write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    CLIPTokenizer(
        vocab=str(vocab), merges=str(folder / "merges.txt"), model_max_length=16
    ).save_pretrained(folder)
    return CLIPTokenizer.from_pretrained(folder)


def clip(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    torch.manual_seed(2)
    ends: dict[str, Any] = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        **ends,
    )
    return CLIPTextModel(config).eval()


def sd_scheduler() -> DPMSolverMultistepScheduler:
    return DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
    )


def tiny_spatial(folder: Path, *, light: bool = False) -> SmartMaskPipeline:
    """An untrained spatial SmartMask whose layout already matters."""
    tokenizer = clip_tokenizer(folder / "vocabulary")
    torch.manual_seed(3)
    pipeline = spatial_pipeline(
        unet=unet(),
        autoencoder=autoencoder(),
        text_encoder=clip(tokenizer),
        tokenizer=tokenizer,
        scheduler=sd_scheduler(),
        size=SIZE,
        light=light,
    )
    quiet(pipeline)
    return pipeline


def bert() -> tuple[BertModel, PreTrainedTokenizerFast]:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "cat", "a", "in", "park", "tree"]
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.post_processor = TemplateProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
    )
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=48,
    )
    return BertModel(config, add_pooling_layer=False).eval(), wrapped


def tiny_lite() -> SmartMaskPipeline:
    """A lite SmartMask with random weights: it draws specks wherever its noise leads it."""
    torch.manual_seed(6)
    denoiser = ShapeDenoiser(
        code_size=8,
        width=32,
        hidden=32,
        depth=2,
        cond=16,
        token_width=16,
        heads=2,
        text_width=16,
        scalars=SCALARS + BRUSH,
    )
    for parameter in denoiser.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    shapes = ShapeAutoencoder(code_size=8, channels=(16, 16, 16, 16)).eval()
    model, tokenizer = bert()
    pipeline = SmartMaskPipeline(
        layout_encoder=LayoutEncoder(width=16, channels=32, code_size=8, brush=BRUSH).eval(),
        denoiser=denoiser.eval(),
        mask_autoencoder=shapes,
        scheduler=DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, final_sigmas_type="zero"
        ),
        text_encoder=model,
        tokenizer=tokenizer,
        steps=4,
    )
    quiet(pipeline)
    return pipeline


def quiet(pipeline: Any) -> None:
    pipeline.set_progress_bar_config(disable=True)
