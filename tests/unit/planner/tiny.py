"""Tiny planners with random weights: one in the lite format, one in LLaVA-1.5's real format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from engine.models.packs import SHIPPED
from engine.training.planner import export, open_lite
from engine.training.planner_lite import LiteSize
from planner.prompts import FULL, write_form

LITE = LiteSize(patch=32, vision_width=32, vision_layers=1, width=48, layers=1, heads=2, mlp=64)
TEXT_ENCODER = SHIPPED / "lite" / "text_encoder"
VICUNA = (
    "{% for message in messages %}{{ message['role'].upper() }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
"""As llava-hf/llava-1.5-7b-hf has it."""


def write_lite(folder: Path) -> Path:
    torch.manual_seed(0)
    model, processor = open_lite(None, size=LITE)
    export(model, processor, folder)
    return folder


def llama_tokenizer() -> PreTrainedTokenizerFast:
    """Llama's kind of tokenizer: sentence pieces with byte fallback, numbers digit by digit."""
    letters = [chr(c) for c in range(33, 127)]
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "\u2581", *letters]
    pieces += ["\u2581[", "\u2581A", "th", "\u2581th", "\u2581the"]
    merges = [("\u2581", "["), ("\u2581", "A"), ("t", "h"), ("\u2581", "th"), ("\u2581th", "e")]
    raw = Tokenizer(
        models.BPE(
            {piece: i for i, piece in enumerate(pieces)},
            merges,
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    raw.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    raw.decoder = decoders.Sequence(
        [
            decoders.Replace("\u2581", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    raw.add_special_tokens([AddedToken(t, special=True) for t in ("<image>", "<pad>")])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        extra_special_tokens={"image_token": "<image>"},
    )


def write_real(folder: Path) -> Path:
    """A folder as llava-1.5-7b-hf is laid out: feature layer -2, untied head, vicuna template."""
    torch.manual_seed(0)
    tokenizer = llama_tokenizer()
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=42,
        patch_size=14,
        projection_dim=32,
    )
    image: Any = tokenizer.convert_tokens_to_ids("<image>")
    text = LlamaConfig(
        vocab_size=len(tokenizer) + 10,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=image,
        image_seq_length=9,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
    side = {"height": 42, "width": 42}
    images = CLIPImageProcessorPil(size={"shortest_edge": 42}, crop_size=side, resample=3)
    processor = LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=VICUNA,
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    write_form(folder, FULL)
    return folder
