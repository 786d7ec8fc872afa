"""The lite planner before training: CLIP vision and Llama at the size of a pocket book.

A plain transformers folder: LlavaForConditionalGeneration, its processor, its tokenizer. Only the
words differ from LLaVA-1.5: the word pieces of the pack's text encoder, and one token for each
coordinate "0.00" .. "1.00", so that a box is four tokens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from engine.errors import ModelMissing
from engine.text.encoder import TextEncoder
from engine.training.planner_samples import MAP_SIDE

COORDINATES = tuple(f"{value / 100:.2f}" for value in range(101))
IMAGE_TOKEN = "<image>"
_CHAT = (
    # The begin mark belongs to the template: these word pieces add no marks of their own.
    "[CLS]{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteSize:
    """Sizes of the lite planner; the defaults are the shipped ones.

    Attributes:
        patch: Side of a patch of the 96 px map in pixels.
        width: Of the language model; 192 takes over the text encoder's word vectors.
        heads: Few and wide ones: heads of 64 train 1.4 times as fast as heads of 32 on a CPU.
    """

    patch: int = 12
    vision_width: int = 128
    vision_layers: int = 3
    width: int = 192
    layers: int = 5
    heads: int = 3
    mlp: int = 512


def build_tokenizer(text_encoder: Path) -> PreTrainedTokenizerFast:
    """The text encoder's word pieces, the coordinates, and the image token."""
    from tokenizers import AddedToken, Tokenizer

    file = text_encoder / "tokenizer.json"
    if not file.is_file():
        raise ModelMissing(f"The lite planner takes its words from {file}, which is missing.")
    table = json.loads(file.read_text(encoding="utf-8"))
    table.update(post_processor=None, truncation=None, padding=None)
    raw = Tokenizer.from_str(json.dumps(table))
    raw.add_special_tokens([IMAGE_TOKEN])
    raw.add_tokens([AddedToken(text, normalized=False) for text in ("|", *COORDINATES)])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token="[CLS]",
        eos_token="[SEP]",
        pad_token="[PAD]",
        unk_token="[UNK]",
        padding_side="left",
        extra_special_tokens={"image_token": IMAGE_TOKEN},
    )


def build_processor(tokenizer: PreTrainedTokenizerFast, size: LiteSize) -> LlavaProcessor:
    side = {"height": MAP_SIDE, "width": MAP_SIDE}
    images = CLIPImageProcessorPil(
        size=side,
        crop_size=side,
        # Nearest: a mixed colour would be another class.
        resample=0,
        do_center_crop=False,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=size.patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_CHAT,
    )


def build_model(
    tokenizer: PreTrainedTokenizerFast, size: LiteSize, *, text_encoder: Path | None = None
) -> LlavaForConditionalGeneration:
    """Random weights, but words start as the text encoder knows them and numbers as a scale."""
    marks: Any = tokenizer
    vision = CLIPVisionConfig(
        hidden_size=size.vision_width,
        intermediate_size=size.vision_width * 4,
        num_hidden_layers=size.vision_layers,
        num_attention_heads=size.vision_width // 32,
        image_size=MAP_SIDE,
        patch_size=size.patch,
        projection_dim=size.vision_width,
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        intermediate_size=size.mlp,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=marks.bos_token_id,
        eos_token_id=marks.eos_token_id,
        pad_token_id=marks.pad_token_id,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=marks.convert_tokens_to_ids(IMAGE_TOKEN),
        image_seq_length=(MAP_SIDE // size.patch) ** 2,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
    )
    model = LlavaForConditionalGeneration(config)
    words: Any = model.get_input_embeddings().weight
    with torch.no_grad():
        if text_encoder is not None:
            _take_words(words, text_encoder)
        _set_numbers(words, tokenizer)
    return model


def _take_words(words: torch.Tensor, folder: Path) -> None:
    value = TextEncoder.from_pretrained(folder).model.embeddings.word_embeddings.weight
    if value.shape[1] == words.shape[1]:
        words[: len(value)] = value * (0.02 / value.std())


def _set_numbers(words: torch.Tensor, tokenizer: PreTrainedTokenizerFast) -> None:
    """Neighbouring coordinates start alike: a line and waves of several lengths."""
    width = words.shape[1]
    places = np.linspace(0, 1, len(COORDINATES))[:, None]
    rng = np.random.default_rng(0)
    waves = rng.exponential(4.0, (1, width))
    values = np.cos(np.pi * waves * places + rng.uniform(0, 2 * np.pi, (1, width)))
    ids = tokenizer.convert_tokens_to_ids(list(COORDINATES))
    words[ids] = torch.tensor(0.02 * values / values.std(), dtype=words.dtype)
