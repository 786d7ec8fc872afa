"""What `train planner` prints at every checkpoint: the loss on rows that nothing trains on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LlavaForConditionalGeneration

from engine.training.planner_batches import AnswerLoss, answer_logits, collate, pixels_of
from engine.training.planner_dialogues import Dialogue, Words, name_sequence, place_sequence
from engine.training.planner_samples import ASKS, PlanPool

_BATCH = 32


@torch.inference_mode()
def held_out_figures(
    model: LlavaForConditionalGeneration,
    pool: PlanPool,
    words: Words,
    criterion: AnswerLoss,
    *,
    padding: int,
) -> dict[str, float]:
    """Mean loss on held-out rows, in nats a token, the same at every call.

    Returns:
        Of stage 2's coordinates: `placed` as it is asked later, `unlisted` without the list,
        `blind` without list and map; what the three differ by is what the model reads there. The
        lowest possible is 1.6, the entropy of the soft targets. `named`: of stage 1's answers.
    """

    def mean(kind: str, made: Sequence[Dialogue], maps: NDArray[np.uint8]) -> float:
        total = counted = 0.0
        for start in range(0, len(made), _BATCH):
            part = slice(start, start + _BATCH)
            batch = collate(made[part], pixels_of(maps[part]), padding=padding)
            batch = batch.to(str(model.device))
            _, figures = criterion(answer_logits(model, batch), batch.targets)
            total += figures[kind] * len(batch.targets)
            counted += len(batch.targets)
        return round(total / max(counted, 1), 4)

    def placed(list_drop: float) -> list[Dialogue]:
        rng = np.random.default_rng(0)
        return [
            place_sequence(row, words, rng, asks=ASKS, list_drop=list_drop, lookup_share=0.0)
            for row in pool.rows
        ]

    seen = [index for index, row in enumerate(pool.rows) if row.names]
    named = [name_sequence(pool.rows[index], words) for index in seen]
    blank = np.zeros_like(pool.maps)
    return {
        "placed": mean("numbers", placed(0.0), pool.maps),
        "unlisted": mean("numbers", placed(1.0), pool.maps),
        "blind": mean("numbers", placed(1.0), blank),
        "named": mean("words", named, pool.maps[seen]),
    }
