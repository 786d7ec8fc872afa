"""Words that act on their own region: cross-attention with a mask, for any diffusers UNet.

In the manner of paint-with-words (eDiff-I, arXiv 2211.01324, section 4.3) and DenseDiffusion
(arXiv 2308.12964). The text states of every phrase are put behind those of the whole prompt. A
pixel may look at the whole prompt and at the phrases whose region it lies in, never at the
others'; inside, their attention logits get a bonus that falls to nothing over the steps, because
the early steps decide what is where. Unlike both papers the phrases are encoded one by one, so no
token of one object holds another one, and one way serves every text encoder.

This file stands alone (torch and numpy, nothing of Scenewright), because the export bundle takes
it along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

FORBIDDEN = -1e4
"""Logit of what may not be looked at: finite, so that half precision has it too."""
LEVELS = 8


class Regions:
    """Masks and phrase lengths of one picture; makes the attention bias of every resolution.

    Args:
        masks: Where each phrase acts, 0..1, float (phrases, height, width) at any resolution of
            the picture's aspect.
        lengths: Text states of each phrase, in the order of `masks`.
        whole: Text states of the whole prompt, which stand in front of the phrases'.
        latent: (height, width) of the latents.
        boost: Bonus of a phrase's logits inside its region at the first step.
    """

    def __init__(
        self,
        masks: torch.Tensor,
        lengths: Sequence[int],
        *,
        whole: int,
        latent: tuple[int, int],
        boost: float,
    ) -> None:
        self.masks, self.lengths, self.whole = masks.float(), tuple(lengths), whole
        self.boost, self.share = boost, 1.0
        self._shapes: dict[int, tuple[int, int]] = {}
        height, width = latent
        for _ in range(LEVELS):
            self._shapes.setdefault(height * width, (height, width))
            height, width = -(-height // 2), -(-width // 2)
        self._covers: dict[int, torch.Tensor] = {}
        self._biases: dict[tuple[int, int], torch.Tensor] = {}

    def at(self, share: float) -> None:
        """Tell how much of the way is left: 1 before the first step, 0 after the last."""
        self.share = share
        self._biases.clear()

    def cover(self, queries: int) -> torch.Tensor:
        """How much of each latent pixel each phrase's states cover, 0..1 (queries, states)."""
        if queries not in self._covers:
            masks = functional.adaptive_avg_pool2d(self.masks[None], self._shapes[queries])[0]
            columns = [
                mask.flatten()[:, None].expand(-1, length)
                for mask, length in zip(masks, self.lengths, strict=True)
            ]
            self._covers[queries] = torch.cat(columns, dim=1)
        return self._covers[queries]

    def bias(self, queries: int, *, batch: int, like: torch.Tensor) -> torch.Tensor:
        """What is added to the logits, (batch, queries, whole + states).

        The first half of an even batch is the one without the prompt, for classifier-free
        guidance: it looks at no phrase.
        """
        if (batch, queries) not in self._biases:
            self._biases[batch, queries] = self._bias(queries, batch=batch).to(like)
        return self._biases[batch, queries]

    def _bias(self, queries: int, *, batch: int) -> torch.Tensor:
        cover = self.cover(queries)
        # A region smaller than a latent pixel still has its word there, as far as it covers it.
        inside = torch.log(cover.clamp(min=1e-4)) + self.boost * self.share * (cover > 0)
        phrases = torch.where(cover > 0.02, inside, torch.full_like(inside, FORBIDDEN))
        bias = functional.pad(phrases, (self.whole, 0))[None].repeat(batch, 1, 1)
        if batch % 2 == 0:
            bias[: batch // 2, :, self.whole :] = FORBIDDEN
        return bias


class RegionProcessor:
    """A cross-attention processor that hands its work to the one it replaces, with the bias."""

    def __init__(self, inner: Any, regions: Regions) -> None:
        self.inner, self.regions = inner, regions

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> torch.Tensor:
        if encoder_hidden_states is not None:
            batch, queries = hidden_states.shape[:2]
            attention_mask = self.regions.bias(queries, batch=batch, like=hidden_states)
        return self.inner(
            attn, hidden_states, encoder_hidden_states, attention_mask, *args, **kwargs
        )


@contextmanager
def acting(models: Sequence[Any], regions: Regions) -> Iterator[None]:
    """Have the cross-attention of the models (UNet, ControlNet) keep to the regions meanwhile."""
    before = [(model, dict(model.attn_processors)) for model in models]
    try:
        for model, processors in before:
            model.set_attn_processor(
                {
                    # attn2 is what diffusers calls the attention to the text.
                    name: RegionProcessor(inner, regions) if ".attn2." in name else inner
                    for name, inner in processors.items()
                }
            )
        yield
    finally:
        for model, processors in before:
            model.set_attn_processor(processors)


def with_phrases(
    prompt: torch.Tensor, phrases: Sequence[torch.Tensor]
) -> tuple[torch.Tensor, list[int]]:
    """The prompt's text states with the phrases' behind it, and how many each phrase has.

    Args:
        prompt: (1, whole, width).
        phrases: One (states, width) for each phrase.
    """
    lengths = [len(states) for states in phrases]
    return torch.cat([prompt[0], *phrases])[None], lengths


def padded(negative: torch.Tensor, states: int) -> torch.Tensor:
    """The negative prompt's text states with `states` zeros behind them, which nothing reads."""
    return functional.pad(negative, (0, 0, 0, states))
