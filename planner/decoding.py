"""Constrained decoding: whatever the weights, the answer is one box in the grammar.

Works on the text of tokens, so any tokenizer will do whose tokens can spell a box, the lite one
with a token per coordinate as well as LLaVA's digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from transformers import LogitsProcessor, PreTrainedTokenizerBase

from planner.prompts import FULL, PromptForm

_NUMBERS = tuple(f"{value / 100:.2f}" for value in range(101))
_INDEX = {text: value for value, text in enumerate(_NUMBERS)}
_MIN_STEP = 2
"""x2 - x1 and y2 - y1 at least, in hundredths: `planner.boxes.MIN_SIDE`."""
_DIGITS = 4
"""Length of a number as text."""


class BoxGrammar:
    """Which tokens may follow in a box "[0.31, 0.22, 0.58, 0.90]" with x1 < x2 and y1 < y2.

    Attributes:
        whole: The tokenizer has a token for every number; then numbers are never spelled.
        max_tokens: A complete box has at most so many tokens, the end included.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, form: PromptForm = FULL) -> None:
        pieces = _pieces(tokenizer)
        self.whole = all(number in pieces for number in _NUMBERS)
        if self.whole:
            pieces = {text: i for text, i in pieces.items() if not _is_digits(text)} | {
                number: pieces[number] for number in _NUMBERS
            }
        self.open, self.close = ("[", "]") if form.brackets else ("", "")
        self.between = ", " if form.brackets else ("" if self.whole else " ")
        end: Any = tokenizer.eos_token_id
        self.end = int(end)
        self.pieces = pieces
        self.text_of = {token: text for text, token in pieces.items()}
        self.max_tokens = len(self._complete("0.00", "0.00", "1.00", "1.00")) + 3
        self.allowed = lru_cache(maxsize=4096)(self._allowed)

    def text(self, tokens: Sequence[int]) -> str:
        """The text of answer tokens, without white space before it."""
        return "".join(self.text_of.get(token, "") for token in tokens).lstrip(" ")

    def numbers(self, tokens: Sequence[int]) -> str:
        """The complete numbers of an answer, as text that `parse_box` reads."""
        return " ".join(re.findall(r"[01]\.\d\d", self.text(tokens)))

    def _allowed(self, text: str) -> tuple[int, ...]:
        """Tokens that keep `text` the beginning of a box; the end token when it is complete."""
        found = tuple(i for piece, i in self.pieces.items() if self._fits(text + piece, text))
        return found or (self.end,)

    def _fits(self, text: str, before: str) -> bool:
        if not before:
            text = text.lstrip(" ")
        return len(text) > len(before) and self._begins_box(text)

    def _begins_box(self, text: str) -> bool:
        values: list[int] = []
        at = 0
        for field in range(4):
            literal = self.between if field else self.open
            if not text.startswith(literal, at):
                return literal.startswith(text[at:])
            at += len(literal)
            part = text[at : at + _DIGITS]
            low = values[field - 2] + _MIN_STEP if field >= 2 else 0
            high = 100 if field >= 2 else 100 - _MIN_STEP
            if len(part) < _DIGITS:
                return any(n.startswith(part) for n in _NUMBERS[low : high + 1])
            value = _INDEX.get(part, -1)
            if not low <= value <= high:
                return False
            values.append(value)
            at += _DIGITS
        return self.close.startswith(text[at:])

    def _complete(self, *numbers: str) -> str:
        return self.open + self.between.join(numbers) + self.close


class BoxLogits(LogitsProcessor):
    """Leaves only the tokens that the grammar allows, row by row."""

    def __init__(self, grammar: BoxGrammar, *, prompt_length: int) -> None:
        self.grammar, self.start = grammar, prompt_length

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(scores, -torch.inf)
        for row, tokens in enumerate(input_ids[:, self.start :].tolist()):
            allowed = list(self.grammar.allowed(self.grammar.text(tokens)))
            masked[row, allowed] = scores[row, allowed]
        return masked


class SeededSampling(LogitsProcessor):
    """Samples by adding Gumbel noise and taking the maximum (so `generate` runs greedily).

    Every row has noise of its own, made from (seed, row): the same row is drawn the same whatever
    stands beside it. Row 0 gets none: it is the greedy answer. `steps` keeps the logarithms of
    the probabilities at temperature 1, after what stood before this processor.
    """

    def __init__(self, *, seed: int, rows: int, temperature: float) -> None:
        self.temperature = temperature
        self.steps: list[torch.Tensor] = []
        self.generators = [_generator(seed, row) for row in range(rows)]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scores = scores.float()
        self.steps.append(torch.log_softmax(scores, dim=-1))
        if self.temperature <= 0:
            return scores
        noisy = scores / self.temperature
        for row, generator in enumerate(self.generators):
            uniform = torch.rand(scores.shape[1], generator=generator)
            if row:
                noise = -torch.log(-torch.log(uniform.clamp(1e-9, 1 - 1e-7)))
                noisy[row] += noise.to(noisy.device)
        return noisy

    def log_probabilities(self, answers: torch.Tensor, *, end: int) -> list[float]:
        """Of each row's answer (rows, length), up to and with its end token."""
        totals = []
        for row, tokens in enumerate(answers.tolist()):
            total = 0.0
            for step, token in zip(self.steps, tokens, strict=False):
                total += float(step[row, token])
                if token == end:
                    break
            totals.append(total)
        return totals


def _generator(seed: int, row: int) -> torch.Generator:
    # An odd multiplier spreads neighbouring seeds; torch takes 64 bits.
    mixed = (seed * 0x9E3779B97F4A7C15 + row * 0xBF58476D1CE4E5B9 + 1) % 2**63
    return torch.Generator().manual_seed(mixed)


def _pieces(tokenizer: PreTrainedTokenizerBase) -> dict[str, int]:
    """Text -> token, of those tokens that are made of nothing but digits, brackets and the like."""
    special = set(tokenizer.all_special_ids)
    found: dict[str, int] = {}
    vocabulary: dict[str, Any] = tokenizer.get_vocab()
    for token, number in sorted(vocabulary.items(), key=lambda entry: entry[1]):
        text = token.replace("\u2581", " ").replace("\u0120", " ")
        if number not in special and text and set(text) <= set("0123456789., []"):
            found.setdefault(text, number)
    return found


def _is_digits(text: str) -> bool:
    return any(character.isdigit() or character == "." for character in text)
