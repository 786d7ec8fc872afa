"""Stage 0's second loss: each patch of the map says which classes lie under it (ours).

No CLIP of this size is trained, and answers alone teach a new vision tower too little: their error
reaches it through the whole language model. Measured: where a painted thing is stayed unknown
after an hour of answers. So what the projector makes of a patch is also compared with the words
of the classes, and the language model gets patches that look like words it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerBase

from engine.layout.palette import UNCLASSED, ade_classes
from engine.training.common import TrainOptions, fit
from engine.training.planner_batches import pixels_of
from engine.training.planner_samples import PlanPool

SHARPNESS = 12.0
"""Of the softmax over cosines: words of classes are alike (0.37 on average), so that less would
hardly tell them apart."""
_NOTHING, _SOMETHING = "nothing", "thing"


class PatchLoss:
    """Cross-entropy between the classes' shares of a patch and what its vector is nearest to,
    among the words as they were when the lesson began.

    Args:
        grid: Patches along a side of the map.
    """

    def __init__(
        self, model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, grid: int
    ) -> None:
        self.grid = grid
        self.words = class_words(model, tokenizer)
        self.seen: torch.Tensor | None = None
        projector: Any = model.model.multi_modal_projector
        self.close = projector.register_forward_hook(self._keep).remove

    def _keep(self, module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        self.seen = output

    def __call__(self, maps: torch.Tensor) -> torch.Tensor:
        """Of the maps, uint8 (B, S, S), that the model saw in its last forward pass."""
        assert self.seen is not None
        said = functional.normalize(self.seen.flatten(0, -2), dim=-1)
        # The model is copied between steps, hooks and all; what is part of a graph cannot be.
        self.seen = None
        words = self.words.to(said.device)
        logs = functional.log_softmax(SHARPNESS * said @ words.T, dim=-1)
        return -(class_shares(maps, self.grid).to(logs) * logs).sum(-1).mean()


def learn_to_look(
    model: LlavaForConditionalGeneration,
    tokenizer: PreTrainedTokenizerBase,
    pool: PlanPool,
    *,
    grid: int,
    options: TrainOptions,
) -> None:
    """Train vision tower and projector by `PatchLoss` alone, ten times as many maps a second as
    with answers."""
    loss_of = PatchLoss(model, tokenizer, grid)
    rng = np.random.default_rng(options.draw_seed)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        maps = pool.maps[rng.integers(len(pool.rows), size=options.batch_size)]
        model.model.get_image_features(pixel_values=pixels_of(maps).to(options.device))
        loss = loss_of(torch.from_numpy(maps).to(options.device))
        return loss, {"patches": float(loss.detach())}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        print(f"looking, step {step}, {seconds:.0f} s", flush=True)

    fit(
        model,
        options=options,
        loss_of_batch=loss_of_batch,
        on_checkpoint=on_checkpoint,
        weight_decay=0.0,
    )
    loss_of.close()


def class_shares(maps: torch.Tensor, grid: int) -> torch.Tensor:
    """Shares of nothing, each class and what has none, in each patch: uint8 (B, S, S) as float
    (B * grid * grid, classes + 2), rows that sum to 1."""
    count, side, _ = maps.shape
    cell = side // grid
    patches = maps.reshape(count, grid, cell, grid, cell).permute(0, 1, 3, 2, 4)
    values = patches.reshape(count * grid * grid, cell * cell).long()
    last = len(ade_classes()) + 1
    values = values.masked_fill(values == UNCLASSED, last)
    shares = torch.zeros(len(values), last + 1, device=maps.device)
    return shares.scatter_add_(1, values, torch.full_like(values, 1 / cell**2, dtype=shares.dtype))


def class_words(
    model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerBase
) -> torch.Tensor:
    """Unit vectors of the words of nothing, each class and what has none, (classes + 2, width)."""
    names = [_NOTHING, *(each.name for each in ade_classes()), _SOMETHING]
    vectors: Any = model.get_input_embeddings().weight
    ids = [tokenizer(name, add_special_tokens=False)["input_ids"] for name in names]
    means = torch.stack([vectors.detach()[each].mean(0) for each in ids])
    return functional.normalize(means, dim=-1)
