"""Tuning a folder in LLaVA-1.5's real format: a training step, saving, loading, proposing."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from transformers import LlavaForConditionalGeneration

from engine.cli.main import main
from engine.errors import InputError
from engine.training.planner_batches import AnswerLoss, answer_logits, collate
from engine.training.planner_lora import (
    Trained,
    dialogue_of,
    four_bit_config,
    open_base,
    place_dialogue,
    with_lora,
)
from engine.training.planner_samples import colours_of, draw_rows
from engine.training.planner_sources import generated_plans
from planner.llava import LlavaPlanner
from planner.placer import PlaceQuery
from planner.prompts import place_prompt
from tests.unit.planner.tiny import write_real

needs_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_real(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def pool():
    return draw_rows(generated_plans(split="train"), size=8, seed=5)


def test_training_writes_what_the_planner_asks(base, pool):
    planner = LlavaPlanner.from_pretrained(base)
    row = pool.rows[0]
    query = PlaceQuery(
        semantic_map=colours_of(pool.maps[0]),
        aspect=row.aspect,
        present=row.present,
        caption=row.caption,
        label=row.asks[0].label,
        relation=row.asks[0].relation,
    )
    prompt = place_prompt(query)
    made = dialogue_of(planner.processor, prompt, "[0.10, 0.20, 0.30, 0.40]", images=9)
    asked = planner._inputs(query.semantic_map, prompt)["input_ids"][0].tolist()
    assert made.shared == asked
    answer = made.asks[0][1]
    assert answer[-1] == planner.grammar.end
    assert planner.grammar.numbers(answer) == "0.10 0.20 0.30 0.40"


@needs_peft
def test_lora_trains_adapters_and_projector_and_nothing_else(base, pool):
    model, processor = open_base(base, precision="bf16")
    assert model.dtype == torch.bfloat16
    tuned = with_lora(model, rank=4)
    rng = np.random.default_rng(0)
    made = [place_dialogue(row, processor, rng, images=9) for row in pool.rows[:2]]
    pixels = torch.zeros(2, 3, 42, 42, dtype=torch.bfloat16)
    batch = collate(made, pixels, padding=0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _ = AnswerLoss(processor.tokenizer, ())(answer_logits(model, batch), batch.targets)
    loss.backward()
    moved = [n for n, v in tuned.named_parameters() if v.grad is not None]
    assert moved and all("lora_" in n or "multi_modal_projector" in n for n in moved)
    assert any("lora_B" in n for n in moved) and any("projector" in n for n in moved)
    kept = sum(v.numel() for v in Trained(tuned).parameters())
    assert kept == sum(v.numel() for v in tuned.parameters() if v.requires_grad)


@needs_peft
def test_the_command_tunes_saves_and_the_planner_opens_it(base, tmp_path):
    words = ["train", "planner", "--base", str(base), "--lora", "--precision", "float32"]
    words += ["--time-budget", "1.5", "--samples", "8", "--batch-size", "2", "--threads", "1"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    folder = tmp_path / "stage2" / "model"
    assert (folder / "adapter_model.safetensors").is_file()
    planner = LlavaPlanner.from_pretrained(folder)
    plain = LlavaForConditionalGeneration.from_pretrained(base)
    name = "model.language_model.layers.0.self_attn.q_proj.weight"
    ours, theirs = planner.model.state_dict()[name], plain.state_dict()[name]
    assert ours.shape == theirs.shape and not torch.equal(ours, theirs)
    query = PlaceQuery(
        semantic_map=np.zeros((30, 30, 3), np.uint8),
        aspect=1.0,
        present=(),
        caption="",
        label="cat",
    )
    assert planner.propose(query)


def test_four_bit_is_nf4_and_leaves_vision_and_projector_alone():
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(InputError, match="bitsandbytes"):
            four_bit_config()
        return
    config = four_bit_config()
    assert config.load_in_4bit and config.bnb_4bit_quant_type == "nf4"
    assert {"vision_tower", "multi_modal_projector"} <= set(config.llm_int8_skip_modules)


def test_a_folder_that_is_no_model_is_named(tmp_path, capsys):
    words = ["train", "planner", "--base", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(words) != 0
    assert str(tmp_path) in capsys.readouterr().err
