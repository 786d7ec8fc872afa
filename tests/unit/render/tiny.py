"""Packs of the real layouts with random weights, small enough for a test, and a scene for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    ControlNetUnionModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
)

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

WIDTH = 16
"""Of the tiny text encoders' states."""


def park(width: int = 128, height: int = 96, *, caption: str = "a dog in a park") -> Layout:
    """Sky above grass, a tree at the left, a dog in front of it, and a cat that is switched off."""
    half = height // 2
    layers = (
        Layer(id="sky", label="sky", ade_class=2, mask=Mask.filled(Box(0, 0, width, half))),
        Layer(
            id="grass",
            label="grass",
            ade_class=9,
            mask=Mask.filled(Box(0, half, width, height - half)),
        ),
        Layer(id="tree", label="tree", ade_class=4, mask=Mask.filled(Box(4, 8, width // 3, half))),
        Layer(
            id="dog",
            label="dog",
            ade_class=126,
            prompt="sitting",
            mask=Mask.filled(Box(width // 2, half, width // 4, height // 3)),
        ),
        Layer(
            id="cat", label="cat", ade_class=126, mask=Mask.filled(Box(0, 0, 9, 9)), visible=False
        ),
    )
    return Layout(width=width, height=height, caption=caption, layers=layers)


def lite_pack(folder: Path) -> Path:
    """f16 AutoencoderTiny of five stages, BERT, v-prediction, ControlNets that reduce by 16."""
    torch.manual_seed(1)
    vae = tiny_autoencoder()
    unet = UNet2DConditionModel(
        **_unet(depth=2), sample_size=16, in_channels=16, out_channels=16, attention_head_dim=8
    )
    text, tokenizer = bert()
    scheduler = DDIMScheduler(
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
    )
    _save_sd(folder, vae=vae, unet=unet, text=text, tokenizer=tokenizer, scheduler=scheduler)
    _save_controlnets(folder, unet, embedding=(4, 4, 8, 8, 8))
    return folder


def sd15_pack(folder: Path) -> Path:
    """The exact layout of Stable Diffusion 1.5: four blocks everywhere, CLIP, PNDM."""
    torch.manual_seed(2)
    tokenizer = clip_tokenizer(folder / "vocabulary")
    vae = AutoencoderKL(**_vae(), scaling_factor=0.18215)
    unet = UNet2DConditionModel(**_unet(depth=4), sample_size=64, attention_head_dim=2)
    scheduler = PNDMScheduler(**_betas(), skip_prk_steps=True, steps_offset=1)
    text = CLIPTextModel(_clip_config(tokenizer)).eval()
    _save_sd(folder, vae=vae, unet=unet, text=text, tokenizer=tokenizer, scheduler=scheduler)
    _save_controlnets(folder, unet, embedding=(4, 4, 8, 8))
    return folder


def sdxl_pack(folder: Path) -> Path:
    """The layout of Stable Diffusion XL: three blocks, two text encoders, added time ids."""
    torch.manual_seed(3)
    tokenizer = clip_tokenizer(folder / "vocabulary")
    projection = {"projection_dim": WIDTH}
    options: dict[str, Any] = {
        "transformer_layers_per_block": (1, 1, 1),
        "attention_head_dim": (1, 2, 4),
    }
    unet = UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(8, 12, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        **options,
        cross_attention_dim=2 * WIDTH,
        norm_num_groups=4,
        layers_per_block=1,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + WIDTH,
    )
    pipeline = StableDiffusionXLPipeline(
        vae=AutoencoderKL(**_vae(), scaling_factor=0.13025),
        text_encoder=CLIPTextModel(_clip_config(tokenizer)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(_clip_config(tokenizer, **projection)).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(**_betas()),  # pyright: ignore[reportArgumentType]
        add_watermarker=False,
    )
    pipeline.save_pretrained(folder / "text_to_image")
    _save_controlnets(folder, unet, embedding=(4, 4, 8, 8))
    return folder


def put_union(pack: Path, kind: str, *, promax: bool = True) -> None:
    """A ControlNet-union of the pack's UNet in the place of its ControlNet "seg" or "inpaint"."""
    torch.manual_seed(5)
    unet = UNet2DConditionModel.from_pretrained(pack / "text_to_image" / "unet")
    made = ControlNetUnionModel.from_unet(unet, conditioning_embedding_out_channels=(4, 4, 8, 8))
    if promax:
        # diffusers keeps a list of values that were defaults, and would set them again.
        kept = {key: value for key, value in made.config.items() if not key.startswith("_")}
        small = {"num_trans_channel": 8, "num_trans_head": 2, "num_proj_channel": 8}
        made = ControlNetUnionModel.from_config(kept | small | {"num_control_type": 8})
    assert isinstance(made, ControlNetUnionModel)
    _wake(made)
    folder = pack / f"controlnet_{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    made.save_pretrained(folder)


def tiny_autoencoder() -> AutoencoderTiny:
    """The lite pack's picture autoencoder, but narrow and shallow."""
    return AutoencoderTiny(
        encoder_block_out_channels=(8,) * 5,
        decoder_block_out_channels=(8,) * 5,
        num_encoder_blocks=(0, 0, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1, 0),
        latent_channels=16,
        scaling_factor=1.2,
    )


def _vae() -> dict[str, Any]:
    return {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (4, 8, 8, 8),
        "layers_per_block": 1,
        "latent_channels": 4,
        "norm_num_groups": 4,
        "sample_size": 64,
    }


def _unet(*, depth: int) -> dict[str, Any]:
    if depth == 2:
        blocks = ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D")
        up = ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D")
    else:
        blocks = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",)
        up = ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3
    return {
        "block_out_channels": (8, 12, 16, 16)[:depth],
        "down_block_types": blocks,
        "up_block_types": up,
        "layers_per_block": 1 if depth == 2 else 2,
        "cross_attention_dim": WIDTH,
        "norm_num_groups": 4,
    }


def _betas() -> dict[str, Any]:
    return {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def _save_sd(folder: Path, *, vae: Any, unet: Any, text: Any, tokenizer: Any, scheduler: Any):  # noqa: ANN202
    StableDiffusionPipeline(
        vae=vae,
        unet=unet,
        text_encoder=text,
        tokenizer=tokenizer,
        scheduler=scheduler,
        safety_checker=None,  # pyright: ignore[reportArgumentType]
        feature_extractor=None,  # pyright: ignore[reportArgumentType]
        requires_safety_checker=False,
    ).save_pretrained(folder / "text_to_image")


def _save_controlnets(folder: Path, unet: Any, *, embedding: tuple[int, ...]) -> None:
    for kind in ("seg", "inpaint"):
        net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=embedding)
        _wake(net)
        net.save_pretrained(folder / f"controlnet_{kind}")


def _wake(net: torch.nn.Module) -> None:
    """A fresh ControlNet changes nothing: its last convolutions are zero."""
    for name, weights in net.named_parameters():
        if name.startswith(("controlnet_down", "controlnet_mid")):
            torch.nn.init.normal_(weights, std=0.2)
        if name.startswith("controlnet_cond_embedding.conv_out"):
            torch.nn.init.normal_(weights, std=0.5)


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
        vocab=str(vocab), merges=str(folder / "merges.txt"), model_max_length=77
    ).save_pretrained(folder)
    return CLIPTokenizer.from_pretrained(folder)


def _clip_config(tokenizer: CLIPTokenizer, **more: Any) -> CLIPTextConfig:
    ends: dict[str, Any] = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        **ends,
        **more,
    )


WORDS = "a an and in on the of with dog cat sitting park tree grass sky flat cartoon drawing ,"


def bert() -> tuple[BertModel, PreTrainedTokenizerFast]:
    """A BERT whose padding is masked, as the lite pack's is."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS.split()]
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.pre_tokenizer = Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.post_processor = TemplateProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=48,
    )
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=WIDTH,
        max_position_embeddings=64,
    )
    # Stock pipelines hand the mask to the text encoder only where its config asks for it.
    config.use_attention_mask = True
    return BertModel(config, add_pooling_layer=False).eval(), wrapped
