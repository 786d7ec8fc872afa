"""Tuning a LLaVA-1.5 folder in the paper's two stages, with LoRA where memory is short.

Rates and ranks follow LLaVA-1.5's own recipe; `--lr` is the rate of stage 1 (1e-3), stage 2 takes
a fifth of it with LoRA (2e-4) and a fiftieth without (2e-5). What we do otherwise: with LoRA the
projector learns at the language model's rate, and the rate falls over a time budget.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from engine.errors import InputError, ModelMissing
from engine.training.common import TrainOptions, fit
from engine.training.planner import SHARES, freeze, part_of, pool_of
from engine.training.planner_batches import AnswerLoss, Batches, answer_logits
from engine.training.planner_dialogues import LIST_DROP, Dialogue
from engine.training.planner_samples import PlanRow, Rng, colours_of, statistics_of
from planner.baselines import STATISTICS_FILE
from planner.boxes import box_text
from planner.placer import PlaceQuery
from planner.prompts import FULL, list_answer, list_prompt, place_prompt, write_form

RANK, ALPHA, DROPOUT = 128, 256, 0.05
_LAYERS = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
_PROJECTOR_FILE = "projector.safetensors"
_NO_MAP = np.zeros((1, 1, 3), np.uint8)


def run_lora(args: argparse.Namespace, options: TrainOptions, *, stages: list[int]) -> int:
    """`train planner --base FOLDER [--lora]`: stages 1 and 2 (stage 0 is for new models)."""
    if not (args.base / "config.json").is_file():
        raise ModelMissing(f"There is no LLaVA-1.5 folder {args.base}: it needs a config.json.")
    if not stages:
        raise InputError("Stage 0 is for the lite planner; a LLaVA-1.5 folder has stages 1 and 2.")
    pool = pool_of(options.out / "pool", options, size=args.samples)
    model, processor = open_base(args.base, precision=args.precision)
    if args.precision != "4bit":
        model.to(options.device)  # pyright: ignore[reportArgumentType]
    projector = options.out / _PROJECTOR_FILE
    if projector.is_file() and 1 not in stages:
        model.model.multi_modal_projector.load_state_dict(load_file(projector))
    share = sum(SHARES[stage] for stage in stages)
    for stage in stages:
        out = options.out / f"stage{stage}"
        rate = 1.0 if stage == 1 else (0.2 if args.lora else 0.02)
        part = part_of(options, out, seconds=options.time_budget * SHARES[stage] / share)
        part = replace(part, lr=options.lr * rate)
        tuned: Any = model
        if stage == 1:
            freeze(model, 1)
        elif args.lora:
            tuned = with_lora(model, four_bit=args.precision == "4bit")
        else:
            freeze(model, 2)
        _tune(tuned, model, processor, options=part, stage=stage, pool=pool)
        if stage == 1:
            state = model.model.multi_modal_projector.state_dict()
            save_file({k: v.contiguous().cpu() for k, v in state.items()}, projector)
    return 0


def open_base(
    folder: Path, *, precision: str
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """A LLaVA-1.5 folder, its weights held as "float32", "bf16" or "4bit" (NF4).

    Raises:
        InputError: 4 bit without bitsandbytes.
    """
    options: dict[str, Any] = {"dtype": torch.float32 if precision == "float32" else torch.bfloat16}
    if precision == "4bit":
        options["quantization_config"] = four_bit_config()
    model = LlavaForConditionalGeneration.from_pretrained(folder, **options)
    return model, LlavaProcessor.from_pretrained(folder)


def four_bit_config() -> Any:
    import importlib.util

    from transformers import BitsAndBytesConfig

    if importlib.util.find_spec("bitsandbytes") is None:
        raise InputError("--precision 4bit needs bitsandbytes: `pip install bitsandbytes`.")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        # The paper trains the projector, and CLIP is small: both stay as they are.
        llm_int8_skip_modules=["vision_tower", "multi_modal_projector", "lm_head"],
    )


def with_lora(
    model: LlavaForConditionalGeneration, *, four_bit: bool = False, rank: int = RANK
) -> Any:
    """The model with LoRA on the language model's products, projector trained whole.

    Raises:
        InputError: peft is not installed.
    """
    try:
        from peft import (  # pyright: ignore[reportMissingImports]
            LoraConfig,
            get_peft_model,
            prepare_model_for_kbit_training,
        )
    except ImportError as error:
        raise InputError("--lora needs peft: `pip install peft`.") from error
    base: Any = model
    if four_bit:
        base = prepare_model_for_kbit_training(base)
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=DROPOUT,
        target_modules=_LAYERS,
        modules_to_save=["multi_modal_projector"],
    )
    return get_peft_model(base, config)


class Trained(nn.Module):
    """Only what a stage trains, so that averages, optimizer and checkpoints leave out the rest.

    The parameters are the model's own, not copies.
    """

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        for name, value in whole.named_parameters():
            if value.requires_grad:
                self.register_parameter(name.replace(".", "/"), value)


def dialogue_of(processor: LlavaProcessor, prompt: str, answer: str, *, images: int) -> Dialogue:
    """A question and its answer as the chat template and tokenizer of the folder write them.

    Args:
        images: Tokens that the map takes.
    """
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    writer: Any = processor
    text = str(
        writer.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
    ).replace(processor.image_token, processor.image_token * images)
    tokenizer: Any = processor.tokenizer
    asked: list[int] = tokenizer(text)["input_ids"]
    whole: list[int] = tokenizer(f"{text} {answer}")["input_ids"]
    start = next(
        (i for i, (a, b) in enumerate(zip(asked, whole, strict=False)) if a != b),
        min(len(asked), len(whole)),
    )
    return Dialogue(whole[:start], [([], [*whole[start:], tokenizer.eos_token_id])])


def place_dialogue(row: PlanRow, processor: LlavaProcessor, rng: Rng, *, images: int) -> Dialogue:
    ask = row.asks[int(rng.integers(len(row.asks)))]
    query = PlaceQuery(
        semantic_map=_NO_MAP,
        aspect=row.aspect,
        present=row.present if rng.random() > LIST_DROP else (),
        caption=row.caption,
        label=ask.label,
        relation=ask.relation,
    )
    prompt = place_prompt(query, FULL)
    return dialogue_of(processor, prompt, box_text(ask.box), images=images)


def _tune(
    tuned: Any,
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    *,
    options: TrainOptions,
    stage: int,
    pool: Any,
) -> None:
    images = _image_tokens(processor)
    criterion = AnswerLoss(processor.tokenizer, ())

    def make(row: PlanRow, rng: Rng) -> Dialogue:
        if stage == 1:
            answer = list_answer(row.names) or "nothing"
            return dialogue_of(processor, list_prompt(FULL), answer, images=images)
        return place_dialogue(row, processor, rng, images=images)

    def pixels(maps: NDArray[np.uint8]) -> torch.Tensor:
        pictures = [Image.fromarray(picture) for picture in colours_of(np.asarray(maps))]
        values: Any = processor.image_processor(images=pictures, return_tensors="pt")
        return values["pixel_values"].to(model.dtype)

    draw = Batches(
        pool,
        make,
        size=options.batch_size,
        padding=processor.tokenizer.pad_token_id or 0,
        seed=options.draw_seed + stage,
        pixels=pixels,
    )
    folder = options.out / "model"
    statistics = json.dumps(statistics_of(pool))

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        batch = draw().to(options.device)
        return criterion(answer_logits(model, batch), batch.targets)

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        if stage == 1:
            return
        tuned.save_pretrained(folder)
        processor.save_pretrained(folder)
        write_form(folder, FULL)
        (folder / STATISTICS_FILE).write_text(statistics + "\n", encoding="utf-8")

    tuned.train()
    fit(
        Trained(tuned),
        options=options,
        loss_of_batch=loss_of_batch,
        on_checkpoint=on_checkpoint,
        weight_decay=0.0,
        ema_decay=0.99,
    )
    tuned.eval()


def _image_tokens(processor: LlavaProcessor) -> int:
    size = processor.image_processor.crop_size or processor.image_processor.size
    side = size["height"] // processor.patch_size
    extra = processor.num_additional_image_tokens
    return side * side + extra - (processor.vision_feature_select_strategy == "default")
