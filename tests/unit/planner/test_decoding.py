"""Constrained decoding: whatever the model prefers, what comes out is a box."""

from __future__ import annotations

import pytest
import torch

from engine.training.planner_lite import build_tokenizer
from planner.boxes import parse_box
from planner.decoding import BoxGrammar, BoxLogits, SeededSampling
from planner.prompts import FULL, SHORT
from tests.unit.planner.tiny import TEXT_ENCODER, llama_tokenizer

PROMPT = 3


@pytest.fixture(scope="module", params=["lite", "llama", "llama, bare"])
def grammar(request) -> BoxGrammar:
    if request.param == "lite":
        return BoxGrammar(build_tokenizer(TEXT_ENCODER), SHORT)
    return BoxGrammar(llama_tokenizer(), FULL if request.param == "llama" else SHORT)


def _answers(grammar: BoxGrammar, *, rows: int, seed: int) -> list[list[int]]:
    """Random walks through the grammar, with scores that know nothing of boxes."""
    size = 9000
    noise = torch.Generator().manual_seed(seed)
    tokens = torch.zeros(rows, PROMPT, dtype=torch.long)
    allow = BoxLogits(grammar, prompt_length=PROMPT)
    for _ in range(grammar.max_tokens):
        scores = torch.randn(rows, size, generator=noise) * 5
        chosen = allow(tokens, scores).argmax(-1)
        tokens = torch.cat((tokens, chosen[:, None]), 1)
    return tokens[:, PROMPT:].tolist()


def test_every_answer_is_a_box(grammar):
    for answer in _answers(grammar, rows=40, seed=1):
        assert grammar.end in answer
        answer = answer[: answer.index(grammar.end)]
        text = grammar.numbers(answer)
        box = parse_box(text)
        assert box is not None, text
        numbers = [float(n) for n in text.split()]
        assert len(numbers) == 4
        assert numbers[0] < numbers[2] and numbers[1] < numbers[3]
        assert max(numbers) <= 1


def test_answers_differ_where_scores_do(grammar):
    answers = {tuple(answer) for answer in _answers(grammar, rows=40, seed=2)}
    assert len(answers) > 30


def test_the_lite_box_is_four_tokens():
    grammar = BoxGrammar(build_tokenizer(TEXT_ENCODER), SHORT)
    for answer in _answers(grammar, rows=5, seed=3):
        assert answer.index(grammar.end) == 4


def test_llavas_own_spelling_is_allowed():
    tokenizer = llama_tokenizer()
    grammar = BoxGrammar(tokenizer, FULL)
    tokens = tokenizer("[0.31, 0.22, 0.58, 0.90]", add_special_tokens=False)["input_ids"]
    for place, token in enumerate(tokens):
        assert token in grammar.allowed(grammar.text(tokens[:place]))
    assert grammar.allowed(grammar.text(tokens)) == (grammar.end,)


def test_a_corner_never_precedes_the_first_one():
    grammar = BoxGrammar(llama_tokenizer(), FULL)
    after = {grammar.text_of[t] for t in grammar.allowed("[0.85, 0.10, 0.")}
    assert after == {"8", "9"}
    assert {grammar.text_of[t] for t in grammar.allowed("[0.97, 0.10, ")} >= {"0", "1"}
    assert {grammar.text_of[t] for t in grammar.allowed("[0.98, 0.10, ")} >= {"1"}


def test_a_row_is_drawn_the_same_whatever_stands_beside_it():
    scores = torch.randn(1, 50)
    few = SeededSampling(seed=5, rows=2, temperature=1.0)
    many = SeededSampling(seed=5, rows=7, temperature=1.0)
    ids = torch.zeros(7, 1, dtype=torch.long)
    for _ in range(4):
        a = few(ids[:2], scores.repeat(2, 1))
        b = many(ids, scores.repeat(7, 1))
        assert torch.equal(a, b[:2])
        assert torch.equal(a[0].argsort(), scores[0].argsort())


def test_samples_follow_the_probabilities():
    scores = torch.tensor([[2.0, 1.0, 0.0]])
    rows = 4000
    sampling = SeededSampling(seed=1, rows=rows, temperature=1.0)
    ids = torch.zeros(rows, 1, dtype=torch.long)
    chosen = sampling(ids, scores.repeat(rows, 1)).argmax(-1)
    shares = torch.bincount(chosen, minlength=3) / rows
    assert torch.allclose(shares, scores.softmax(-1)[0], atol=0.03)
    logs = sampling.log_probabilities(chosen[:, None], end=99)
    assert logs[5] == pytest.approx(float(scores.log_softmax(-1)[0, chosen[5]]), abs=1e-5)
