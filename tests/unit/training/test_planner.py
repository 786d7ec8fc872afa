"""Training of the planner: sequences, freezing, stages, and the folder that comes out."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.cli.main import main
from engine.layout.labels import ade_class_of
from engine.training.common import CHECKPOINT, TrainOptions
from engine.training.planner import (
    export,
    freeze,
    open_lite,
    part_of,
    sequence_of,
    train_stage,
    words_of,
)
from engine.training.planner_batches import (
    AnswerLoss,
    Batches,
    answer_logits,
    collate,
    pixels_of,
)
from engine.training.planner_dialogues import (
    HERE,
    Dialogue,
    place_sequence,
    scrambled_sequence,
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


def test_a_map_is_also_asked_where_one_of_its_things_is(pool, folder):
    _, processor = open_lite(folder)
    words = words_of(processor)
    asked = 0
    for row in pool.rows:
        labels = [present.label for present in row.present]
        made = place_sequence(row, words, np.random.default_rng(0), asks=4, lookup_share=1.0)
        question, answer = (str(words.tokenizer.decode(part)) for part in made.asks[-1])
        if f"| {HERE}" not in question:
            assert len(made.asks) == len(row.asks)
            continue
        asked += 1
        name = question.split(" |")[0].strip()
        classes = [ade_class_of(label).ade_class for label in labels]
        assert classes.count(ade_class_of(name).ade_class) == 1 and name in row.names
        true = row.present[labels.index(name)].box
        assert np.allclose(_box(answer), (true.x1, true.y1, true.x2, true.y2), atol=0.0101)
    assert asked >= 5


def _box(answer: str) -> list[float]:
    return [float(word) for word in answer.split()[:4]]


def test_scrambled_scenes_can_only_be_answered_by_looking(pool, folder):
    _, processor = open_lite(folder)
    words = words_of(processor)
    rng = np.random.default_rng(3)
    listed = painted = 0
    for row in pool.rows:
        made = scrambled_sequence(row, words, rng, asks=4)
        told = words.tokenizer.decode(made.shared[1 + words.side**2 :])
        assert made.asks and made.values is not None
        for question, answer in made.asks:
            name = str(words.tokenizer.decode(question)).split(" |")[0].strip()
            said = str(words.tokenizer.decode(answer[:-1])).strip()
            if made.values.any():
                assert name not in told
                x1, y1, x2, y2 = (round(v * 96) for v in _box(said))
                value = ade_class_of(name).ade_class + 1
                inside = made.values[y1:y2, x1:x2] == value
                assert inside.sum() == (made.values == value).sum() > 0.3 * inside.size
            else:
                assert f"{name} {said}" in told
        listed, painted = listed + (not made.values.any()), painted + made.values.any()
    assert listed and painted


def test_a_scrambled_map_takes_the_place_of_the_rows_own(pool, folder):
    _, processor = open_lite(folder)
    values = np.full((96, 96), 3, np.uint8)
    made = Dialogue(words_of(processor).shared(""), [([5], [6])], values)
    draw = Batches(pool, lambda row, rng: made, size=4, padding=0, seed=0)
    assert torch.equal(draw().pixels, pixels_of(np.stack([values] * 4)))
    assert (draw.maps == 3).all()


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
    said = capsys.readouterr().out
    assert all(arm in said for arm in ("placed", "unlisted", "blind", "named"))
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


@pytest.mark.parametrize("stage", ["0", "1", "2"])
def test_every_stage_can_go_on_from_a_model(folder, tmp_path, stage):
    words = ["train", "planner", "--time-budget", "0.5", "--samples", "16", "--batch-size", "4"]
    start = ["--stage", stage, "--init", str(folder)]
    assert main([*words, *start, "--threads", "1", "--out", str(tmp_path)]) == 0
    out = tmp_path / f"stage{stage}" / "model"
    assert LlavaPlanner.from_pretrained(out).model.num_parameters() > 0


def test_a_part_that_goes_on_draws_what_it_has_not_drawn(tmp_path):
    options = _options(tmp_path, budget=10)
    assert part_of(options, tmp_path / "stage2", seconds=1).resumed_at == 0
    torch.save({"step": 7}, tmp_path / "stage2" / CHECKPOINT)
    going_on = part_of(options, tmp_path / "stage2", seconds=1)
    assert going_on.resumed_at == 7 and going_on.draw_seed != options.draw_seed
    afresh = replace(options, fresh=True)
    assert part_of(afresh, tmp_path / "stage2", seconds=1).resumed_at == 0


def test_an_exported_model_is_small_and_as_good(folder, tmp_path):
    model, processor = open_lite(folder)
    export(model, processor, tmp_path / "first")
    first, _ = open_lite(tmp_path / "first")
    for ours, theirs in zip(model.parameters(), first.parameters(), strict=True):
        assert torch.allclose(ours, theirs, rtol=2**-6, atol=1e-6)
    export(first, processor, tmp_path / "again")
    file = Path("model.safetensors")
    assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    assert len(zlib.compress((tmp_path / "first" / file).read_bytes())) < 0.75 * (
        (tmp_path / "first" / file).stat().st_size
    )


def test_lora_without_a_base_is_refused(tmp_path, capsys):
    assert main(["train", "planner", "--lora", "--out", str(tmp_path)]) != 0
    assert "--base" in capsys.readouterr().err
