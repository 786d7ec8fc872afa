"""`train planner`: the lite planner in three stages, or LLaVA-1.5 with LoRA.

The paper's stages are 1 (projector only: name the objects of a semantic map) and 2 (vision frozen,
projector and language model: the box of the next object). Stage 0 is ours: no CLIP of this size is
trained, so everything first learns to read maps together.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from engine.errors import InputError
from engine.models.packs import pack_folder
from engine.training.common import (
    CHECKPOINT,
    TrainOptions,
    add_common_arguments,
    fit,
    options_from,
    steps_done,
)
from engine.training.planner_batches import AnswerLoss, Batches, answer_logits
from engine.training.planner_dialogues import (
    Dialogue,
    Words,
    look_sequence,
    name_sequence,
    place_sequence,
    scrambled_sequence,
)
from engine.training.planner_held_out import held_out_figures
from engine.training.planner_lite import (
    COORDINATES,
    LiteSize,
    build_model,
    build_processor,
    build_tokenizer,
)
from engine.training.planner_patches import PatchLoss, learn_to_look
from engine.training.planner_samples import ASKS, PlanPool, PlanRow, Rng, draw_rows, statistics_of
from engine.training.planner_sources import planner_source
from planner.baselines import STATISTICS_FILE
from planner.prompts import SHORT, write_form

SHARES = {0: 0.25, 1: 0.05, 2: 0.70}
"""Of the time budget, with `--stage all`."""
LOOK_FIRST = 0.1
"""Of stage 0's time in which only vision tower and projector learn (`learn_to_look`)."""
SCRAMBLED_SHARES = {0: 0.3, 1: 0.0, 2: 0.1}
"""Of a stage that only look up (`scrambled_sequence`); the other shares are of what is left."""
PLACE_SHARE = 0.7
"""Of stage 0 that are stage 2 questions."""
UNLISTED_SHARE = 0.5
"""Of those that come without the list: maps must be read to answer them."""
NAME_SHARE = 0.12
"""Of stage 2 that stays with stage 1's question, else its answer is forgotten (ours; measured: F1
0.00 after a stage 2 without)."""
SIGNIFICANT = 6
"""Bits of a weight that are kept: the file compresses to 64 % instead of 90 % of its size.
Measured on held-out rows: the loss is 3.3267 with 6 bits and 3.3266 with all 11."""
_HELD_OUT_ROWS = 384
_DONE = "finished"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="planner", seconds=3600, batch_size=24, lr=1e-3)
    parser.add_argument("--stage", choices=("0", "1", "2", "all"), default="all")
    parser.add_argument("--samples", type=int, default=36_000, help="maps in the pool")
    parser.add_argument(
        "--base", type=Path, help="tune this LLaVA-1.5 folder instead of the lite planner"
    )
    parser.add_argument(
        "--lora", action="store_true", help="with --base: LoRA on the language model"
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bf16", "4bit"),
        default="bf16",
        help="with --base: how the weights are held (4bit needs bitsandbytes)",
    )


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    if args.samples <= 0:
        raise InputError("--samples must be greater than 0.")
    if args.lora and args.base is None:
        raise InputError("--lora needs --base, the LLaVA-1.5 folder to tune.")
    stages = [0, 1, 2] if args.stage == "all" else [int(args.stage)]
    if args.base is not None:
        from engine.training.planner_lora import run_lora

        return run_lora(args, options, stages=[s for s in stages if s != 0])
    train_lite(options, stages=stages, samples=args.samples)
    return 0


def train_lite(options: TrainOptions, *, stages: list[int], samples: int) -> Path:
    """Train the stages one after the other; returns the folder of the last model.

    A finished stage is not trained again unless `options.fresh`; each starts from the one before
    it, the first from `options.init` or from random weights.
    """
    pool = pool_of(options.out / "pool", options, size=samples)
    check = draw_rows(
        planner_source(options.data, split="val"),
        size=min(_HELD_OUT_ROWS, samples),
        seed=options.seed + 1,
    )
    share = sum(SHARES[stage] for stage in stages)
    start = options.init or _finished(options.out, before=stages[0])
    for stage in stages:
        out = options.out / f"stage{stage}"
        if (out / _DONE).is_file() and not options.fresh:
            start = out / "model"
            continue
        part = part_of(options, out, seconds=options.time_budget * SHARES[stage] / share)
        # Else a fresh run that is cut short would count as finished.
        (out / _DONE).unlink(missing_ok=True)
        start = train_stage(part, stage=stage, start=start, pool=pool, check=check)
        (out / _DONE).touch()
    assert start is not None
    return start


def part_of(options: TrainOptions, out: Path, *, seconds: float) -> TrainOptions:
    """The options of a part of the run, which has a folder and a checkpoint of its own."""
    out.mkdir(parents=True, exist_ok=True)
    done = 0 if options.fresh else steps_done(out / CHECKPOINT)
    return replace(options, out=out, time_budget=seconds, resumed_at=done)


def train_stage(
    options: TrainOptions, *, stage: int, start: Path | None, pool: PlanPool, check: PlanPool
) -> Path:
    """One stage of the lite planner; returns the folder of the trained model."""
    model, processor = open_lite(start)
    freeze(model, stage)
    model.to(options.device)  # pyright: ignore[reportArgumentType]
    # Short sequences: plain products beat the fused attention's backward pass on a CPU.
    model.set_attn_implementation("eager")
    words = words_of(processor)
    if stage == 0:
        first = LOOK_FIRST * options.time_budget
        if options.fresh or not (options.out / CHECKPOINT).is_file():
            looking = part_of(options, options.out / "looking", seconds=first)
            learn_to_look(model, processor.tokenizer, pool, grid=words.side, options=looking)
        options = replace(options, time_budget=options.time_budget - first)
    criterion = AnswerLoss(processor.tokenizer, COORDINATES)
    padding = processor.tokenizer.pad_token_id

    def make(row: PlanRow, rng: Rng) -> Dialogue:
        return sequence_of(row, words, rng, stage=stage)

    draw = Batches(
        pool, make, size=options.batch_size, padding=padding, seed=options.draw_seed + stage
    )
    folder = options.out / "model"
    statistics = statistics_of(pool)
    look = PatchLoss(model, processor.tokenizer, words.side) if stage == 0 else None

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        batch = draw().to(options.device)
        loss, figures = criterion(answer_logits(model, batch), batch.targets)
        if look is not None:
            patches = look(torch.from_numpy(draw.maps).to(options.device))
            loss, figures = loss + patches, {**figures, "patches": float(patches.detach())}
        asked = int((batch.targets == processor.tokenizer.eos_token_id).sum())
        return loss, {**figures, "questions": float(asked)}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, LlavaForConditionalGeneration)
        export(averaged, processor, folder)
        (folder / STATISTICS_FILE).write_text(json.dumps(statistics) + "\n", encoding="utf-8")
        figures = held_out_figures(averaged, check, words, criterion, padding=padding)
        print(f"stage {stage}, step {step}, {seconds:.0f} s: held out {figures}", flush=True)

    fit(
        model,
        options=options,
        loss_of_batch=loss_of_batch,
        on_checkpoint=on_checkpoint,
        # Else words that never come would fade.
        weight_decay=0.0,
        ema_decay=0.998,
    )
    return folder


def sequence_of(row: PlanRow, words: Words, rng: Rng, *, stage: int) -> Dialogue:
    if rng.random() < SCRAMBLED_SHARES[stage]:
        return scrambled_sequence(row, words, rng, asks=ASKS)
    if stage == 2:
        if rng.random() < NAME_SHARE:
            return name_sequence(row, words)
        return place_sequence(row, words, rng, asks=ASKS)
    if stage == 0:
        if rng.random() < PLACE_SHARE:
            return place_sequence(row, words, rng, asks=ASKS, list_drop=UNLISTED_SHARE)
        return look_sequence(row, words)
    return name_sequence(row, words)


def freeze(model: LlavaForConditionalGeneration, stage: int) -> None:
    """What a stage leaves alone: 0 nothing, 1 all but the projector, 2 the vision tower."""
    for name, value in model.named_parameters():
        value.requires_grad_(
            stage == 0
            or (stage == 1 and "multi_modal_projector" in name)
            or (stage == 2 and "vision_tower" not in name)
        )


def words_of(processor: LlavaProcessor) -> Words:
    """How the lite planner's texts become tokens."""
    tokenizer = processor.tokenizer
    side = processor.image_processor.size["height"] // processor.patch_size
    return Words(tokenizer, SHORT, processor.image_token_id, side)


def open_lite(
    folder: Path | None, *, size: LiteSize | None = None
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """The model of a folder in float32, or a new one."""
    if folder is not None:
        model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
        return model, LlavaProcessor.from_pretrained(folder)
    size = size or LiteSize()
    text_encoder = pack_folder("lite") / "text_encoder"
    tokenizer = build_tokenizer(text_encoder)
    model = build_model(tokenizer, size, text_encoder=text_encoder)
    return model, build_processor(tokenizer, size)


def export(model: LlavaForConditionalGeneration, processor: LlavaProcessor, folder: Path) -> None:
    """A plain transformers folder in float16, of SIGNIFICANT bits; the model itself stays as it
    is."""
    folder.mkdir(parents=True, exist_ok=True)
    small = copy.deepcopy(model).half()
    with torch.no_grad():
        for weights in small.parameters():
            mantissa, exponent = torch.frexp(weights.float())
            weights.copy_(torch.ldexp((mantissa * 2**SIGNIFICANT).round(), exponent - SIGNIFICANT))
    small.save_pretrained(folder)
    processor.save_pretrained(folder)
    write_form(folder, SHORT)


def pool_of(folder: Path, options: TrainOptions, *, size: int) -> PlanPool:
    """The pool of a run: drawn at the first start, then kept."""
    pool = PlanPool.open(folder)
    if pool is None or len(pool.rows) != size:
        print(f"Drawing {size} maps into {folder}.", flush=True)
        pool = draw_rows(
            planner_source(options.data, split="train"),
            size=size,
            seed=options.seed,
            report=lambda done: print(f"{done} of {size} maps", flush=True),
        )
        pool.save(folder)
    return pool


def _finished(out: Path, *, before: int) -> Path | None:
    for stage in range(before - 1, -1, -1):
        if (out / f"stage{stage}" / _DONE).is_file():
            return out / f"stage{stage}" / "model"
    return None
