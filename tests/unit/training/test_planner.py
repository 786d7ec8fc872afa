"""Training of the planner: sequences, freezing, stages, and the folder that comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.cli.main import main
from engine.training.common import TrainOptions
from engine.training.planner import freeze, open_lite, sequence_of, train_stage, words_of
from engine.training.planner_batches import (
    AnswerLoss,
    Dialogue,
    answer_logits,
    collate,
    pixels_of,
    place_sequence,
)
from engine.training.planner_lite import COORDINATES, LiteSize
from engine.training.planner_samples import PlanPool, colours_of, draw_rows
from engine.training.planner_sources import generated_plans
from planner.llava import LlavaPlanner
from planner.placer import PlaceQuery
from planner.prompts import place_prompt
from tests.unit.planner.tiny import LITE, write_lite

Rng = np.random.Generator


@pytest.fixture(scope="module")
def pool() -> PlanPool:
    return draw_rows(generated_plans(split="train"), size=24, seed=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_lite(tmp_path_factory.mktemp("lite"))


def _options(out: Path, *, budget: float) -> TrainOptions:
    return TrainOptions(
        out=out,
        data=None,
        time_budget=budget,
        batch_size=4,
        lr=1e-2,
        seed=0,
        checkpoint_every=600,
        device="cpu",
        threads=1,
        fresh=False,
        init=None,
    )


def test_the_shipped_size_is_within_its_budget():
    model, _ = open_lite(None, size=LiteSize())
    assert sum(value.numel() for value in model.parameters()) <= 6_000_000


def test_questions_about_one_map_do_not_see_each_other(pool, folder):
    model, processor = open_lite(folder)
    words = words_of(processor)
    rows = [(i, row) for i, row in enumerate(pool.rows) if len(row.asks) >= 3][:2]
    for index, row in rows:
        whole = place_sequence(row, words, np.random.default_rng(0), asks=4)
        alone = [Dialogue(whole.shared, [ask]) for ask in whole.asks]
        pixels = pixels_of(pool.maps[[index]])
        with torch.inference_mode():
            together = answer_logits(model, collate([whole], pixels, padding=0))
            apart = [answer_logits(model, collate([one], pixels, padding=0)) for one in alone]
        assert torch.allclose(together, torch.cat(apart), atol=1e-4)


def test_padding_changes_nothing(pool, folder):
    model, processor = open_lite(folder)
    words = words_of(processor)
    rng = np.random.default_rng(0)
    pair = [place_sequence(pool.rows[i], words, rng, asks=2) for i in (0, 5)]
    assert pair[0].length != pair[1].length
    pixels = pixels_of(pool.maps[[0, 5]])
    with torch.inference_mode():
        both = answer_logits(model, collate(pair, pixels, padding=0))
        first = answer_logits(model, collate(pair[:1], pixels[:1], padding=0))
    assert torch.allclose(both[: len(first)], first, atol=1e-4)


def test_training_asks_exactly_what_the_planner_will_ask(pool, folder):
    planner = LlavaPlanner.from_pretrained(folder)
    words = words_of(planner.processor)
    for index in range(6):
        row = replace(pool.rows[index], asks=pool.rows[index].asks[:1])
        learned = place_sequence(row, words, _NeverDrops(), asks=1)
        query = PlaceQuery(
            semantic_map=colours_of(pool.maps[index]),
            aspect=row.aspect,
            present=row.present,
            caption=row.caption,
            label=row.asks[0].label,
            relation=row.asks[0].relation,
        )
        asked = planner._inputs(query.semantic_map, place_prompt(query, planner.form))
        assert asked["input_ids"][0].tolist() == learned.shared + learned.asks[0][0]
        pixels = pixels_of(pool.maps[[index]])
        assert torch.allclose(asked["pixel_values"], pixels, atol=1e-5)


class _NeverDrops(np.random.Generator):
    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def random(self, *args, **kwargs):  # pyright: ignore
        return 0.99


@pytest.mark.parametrize(
    ("stage", "moves"),
    [
        (0, {"vision_tower", "multi_modal_projector", "language_model"}),
        (1, {"multi_modal_projector"}),
        (2, {"multi_modal_projector", "language_model"}),
    ],
)
def test_a_stage_trains_its_parts_only(pool, folder, stage, moves):
    model, processor = open_lite(folder)
    freeze(model, stage)
    words = words_of(processor)
    rng = np.random.default_rng(1)
    rows = [i for i, row in enumerate(pool.rows) if row.names][:4]
    made = [sequence_of(pool.rows[i], words, rng, stage=stage) for i in rows]
    batch = collate(made, pixels_of(pool.maps[rows]), padding=0)
    loss, _ = AnswerLoss(processor.tokenizer, COORDINATES)(
        answer_logits(model, batch), batch.targets
    )
    loss.backward()
    touched = {
        part
        for name, value in model.named_parameters()
        if value.grad is not None and value.grad.abs().sum() > 0
        for part in ("vision_tower", "multi_modal_projector", "language_model")
        if part in name
    }
    assert touched == moves


def test_a_near_coordinate_costs_less_than_a_far_one(folder):
    _, processor = open_lite(folder)
    tokenizer = processor.tokenizer
    loss = AnswerLoss(tokenizer, COORDINATES)
    true = torch.tensor(tokenizer.convert_tokens_to_ids(["0.50"]))

    def cost(said: str) -> float:
        logits = torch.zeros(1, len(tokenizer))
        logits[0, tokenizer.convert_tokens_to_ids(said)] = 8.0
        return float(loss(logits, true)[0])

    assert cost("0.50") < cost("0.51") < cost("0.55") == pytest.approx(cost("0.90"), abs=0.05)


def test_a_few_steps_teach_the_boxes_of_a_few_rows(pool, folder):
    torch.manual_seed(0)
    model, processor = open_lite(folder)
    freeze(model, 2)
    words, criterion = words_of(processor), AnswerLoss(processor.tokenizer, COORDINATES)
    rng = np.random.default_rng(1)
    made = [place_sequence(row, words, rng, asks=4) for row in pool.rows[:4]]
    batch = collate(made, pixels_of(pool.maps[:4]), padding=0)
    optimizer = torch.optim.AdamW([v for v in model.parameters() if v.requires_grad], 1e-2)
    losses = []
    for _ in range(25):
        loss, _ = criterion(answer_logits(model, batch), batch.targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 3


def test_a_stage_leaves_a_folder_that_plans(pool, folder, tmp_path, capsys):
    check = PlanPool(pool.rows[:8], pool.maps[:8])
    options = _options(tmp_path, budget=0.5)
    out = train_stage(options, stage=2, start=folder, pool=pool, check=check)
    assert "held out" in capsys.readouterr().out
    planner = LlavaPlanner.from_pretrained(out)
    row = pool.rows[0]
    query = PlaceQuery(
        semantic_map=colours_of(pool.maps[0]),
        aspect=row.aspect,
        present=row.present,
        caption=row.caption,
        label=row.asks[0].label,
    )
    assert planner.propose(query)
    assert planner.fallback.statistics[row.asks[0].label.split(",")[0]]["count"] >= 1


def test_all_stages_run_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.training.planner.LiteSize", lambda: LITE)
    words = ["train", "planner", "--time-budget", "1", "--samples", "16", "--batch-size", "4"]
    assert main([*words, "--threads", "1", "--out", str(tmp_path)]) == 0
    for stage in range(3):
        assert (tmp_path / f"stage{stage}" / "model" / "model.safetensors").is_file()
        assert (tmp_path / f"stage{stage}" / "finished").is_file()


def test_lora_without_a_base_is_refused(tmp_path, capsys):
    assert main(["train", "planner", "--lora", "--out", str(tmp_path)]) != 0
    assert "--base" in capsys.readouterr().err
