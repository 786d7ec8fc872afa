"""From rows to batches: tokens, positions, and a mask that keeps questions apart.

All questions about one map share its tokens, the caption and the list; each sees those and itself
only, at the positions it would have alone. So four questions cost little more than one, and the
model learns exactly what it is asked later. (Ours; with one question per row it is the usual
sequence.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerBase

from engine.training.planner_dialogues import Dialogue
from engine.training.planner_samples import PlanPool, PlanRow, Rng, colours_of

MAP_DROP = 0.05
"""Share of maps that are blanked, so that the list is read."""
SMOOTHING = 1.2
"""Width of the soft target over neighbouring coordinates, in hundredths."""


@dataclass(frozen=True, slots=True)
class PlanBatch:
    """One batch. B maps, L tokens, A answer tokens in all.

    Attributes:
        pixels: (B, 3, S, S) in -1..1.
        ids, positions: (B, L).
        mask: (B, 1, L, L), True where a token may look.
        rows, columns: (A,) where the state lies that predicts answer token `targets`.
    """

    pixels: torch.Tensor
    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    targets: torch.Tensor

    def to(self, device: str) -> PlanBatch:
        return PlanBatch(*(getattr(self, field.name).to(device) for field in fields(self)))


def collate(sequences: Sequence[Dialogue], pixels: torch.Tensor, *, padding: int) -> PlanBatch:
    length = max(s.length for s in sequences)
    ids = np.full((len(sequences), length), padding, np.int64)
    positions = np.zeros((len(sequences), length), np.int64)
    parts = np.full((len(sequences), length), -1, np.int64)
    where: list[tuple[int, int, int]] = []
    for number, sequence in enumerate(sequences):
        start = len(sequence.shared)
        ids[number, :start] = sequence.shared
        positions[number, :start] = np.arange(start)
        parts[number, :start] = 0
        at = start
        for part, (question, answer) in enumerate(sequence.asks, 1):
            end = at + len(question) + len(answer)
            ids[number, at:end] = question + answer
            positions[number, at:end] = start + np.arange(end - at)
            parts[number, at:end] = part
            first = at + len(question) - 1
            where += [(number, first + i, token) for i, token in enumerate(answer)]
            at = end
    row, column = parts[:, :, None], parts[:, None, :]
    order = np.tril(np.ones((length, length), bool))
    # Padding looks at itself: a row without any True would be no number.
    mask = order & ((column == 0) | (column == row)) | np.eye(length, dtype=bool)
    places = np.array(where, np.int64)
    return PlanBatch(
        pixels,
        torch.from_numpy(ids),
        torch.from_numpy(positions),
        torch.from_numpy(mask[:, None]),
        *(torch.from_numpy(np.ascontiguousarray(places[:, i])) for i in range(3)),
    )


def pixels_of(maps: NDArray[np.uint8]) -> torch.Tensor:
    """Class maps (B, S, S) as the lite processor would hand them to the model."""
    values = torch.from_numpy(colours_of(np.asarray(maps))).permute(0, 3, 1, 2)
    return values.float().div_(127.5).sub_(1)


def answer_logits(model: LlavaForConditionalGeneration, batch: PlanBatch) -> torch.Tensor:
    """Logits of the answer tokens only, (A, vocabulary): the rest would be most of the cost."""
    mask = batch.mask
    config: Any = model.config.text_config
    if config._attn_implementation == "eager":
        mask = torch.where(mask, 0.0, torch.finfo(torch.float32).min)
    states = model.model(
        input_ids=batch.ids,
        pixel_values=batch.pixels,
        attention_mask=mask,
        position_ids=batch.positions,
        use_cache=False,
    ).last_hidden_state
    return model.lm_head(states[batch.rows, batch.columns])


class AnswerLoss:
    """Cross-entropy of answers; a coordinate's neighbours are nearly as right as itself."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, coordinates: Sequence[str]) -> None:
        ids = tokenizer.convert_tokens_to_ids(list(coordinates))
        steps = torch.arange(len(coordinates)).float()
        soft = torch.exp(-0.5 * ((steps[:, None] - steps[None]) / SMOOTHING) ** 2)
        self.ids = torch.tensor(ids, dtype=torch.long)
        self.soft = soft / soft.sum(1, keepdim=True)
        self.index = torch.full((len(tokenizer),), -1)
        self.index[self.ids] = torch.arange(len(coordinates))

    def __call__(
        self, logits: torch.Tensor, targets: torch.Tensor
    ) -> tuple[torch.Tensor, Mapping[str, float]]:
        logs = functional.log_softmax(logits.float(), dim=-1)
        number = self.index.to(targets.device)[targets]
        is_number = number >= 0
        words = -logs[~is_number].gather(1, targets[~is_number, None])[:, 0]
        soft = self.soft.to(logs.device)[number[is_number]]
        numbers = -(soft * logs[is_number][:, self.ids.to(logs.device)]).sum(1)
        total = (words.sum() + numbers.sum()) / len(targets)
        figures = {"numbers": float(numbers.detach().mean()) if len(numbers) else 0.0}
        return total, figures | {"words": float(words.detach().mean()) if len(words) else 0.0}


class Batches:
    """Batches of a pool; maps with sequences of like length go together, so little is padding.

    Attributes:
        maps: Class maps of the last batch, uint8 (B, S, S).
    """

    def __init__(
        self,
        pool: PlanPool,
        make: Callable[[PlanRow, Rng], Dialogue],
        *,
        size: int,
        padding: int,
        seed: int,
        pixels: Callable[[NDArray[np.uint8]], torch.Tensor] = pixels_of,
        ahead: int = 16,
        map_drop: float = MAP_DROP,
    ) -> None:
        self.pool, self.make, self.size, self.padding = pool, make, size, padding
        self.pixels, self.ahead, self.map_drop = pixels, ahead, map_drop
        self.rng = np.random.default_rng(seed)
        self.maps = np.zeros((0, 0, 0), np.uint8)
        self.order: list[int] = []
        self.waiting: list[list[tuple[int, Dialogue]]] = []

    def __call__(self) -> PlanBatch:
        if not self.waiting:
            self._fill()
        chosen = self.waiting.pop()
        maps = self.pool.maps[[index for index, _ in chosen]]
        maps[self.rng.random(len(maps)) < self.map_drop] = 0
        for number, (_, sequence) in enumerate(chosen):
            if sequence.values is not None:
                maps[number] = sequence.values
        self.maps = maps
        return collate([s for _, s in chosen], self.pixels(maps), padding=self.padding)

    def _fill(self) -> None:
        wanted = self.size * self.ahead
        while len(self.order) < wanted:
            self.order += self.rng.permutation(len(self.pool.rows)).tolist()
        drawn, self.order = self.order[:wanted], self.order[wanted:]
        made = [(i, self.make(self.pool.rows[i], self.rng)) for i in drawn]
        made = [(i, s) for i, s in made if s.asks]
        made.sort(key=lambda m: m[1].length)
        self.waiting = [made[i : i + self.size] for i in range(0, len(made), self.size)]
        self.rng.shuffle(self.waiting)
