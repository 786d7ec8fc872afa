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
from typing import Any, Protocol

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


class Biases(Protocol):
    """What a cross-attention asks for its bias; see `Regions.bias`. None is no bias."""

    def bias(self, queries: int, *, batch: int, like: torch.Tensor) -> torch.Tensor | None: ...


class RegionProcessor:
    """A cross-attention processor that hands its work to the one it replaces, with the bias."""

    def __init__(self, inner: Any, regions: Biases) -> None:
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


def encode(
    pipeline: Any, prompt: str, negative: str, *, guided: bool, phrases: Sequence[str] = ()
) -> tuple[dict[str, torch.Tensor], list[int]]:
    """Text states under the names of a stock pipeline's arguments, phrases behind the prompt.

    Args:
        guided: Whether classifier-free guidance will ask for the negative prompt too.
        phrases: Encoded one by one; none leaves the pipeline's own encoding as it is.

    Returns:
        The arguments, and how many states each phrase has.
    """
    found = _encoded(pipeline, prompt, negative=negative, guided=guided)
    if not phrases:
        return found, []
    states = _phrase_states(pipeline, list(phrases))
    lengths = [len(part) for part in states]
    found["prompt_embeds"] = with_phrases(found["prompt_embeds"], states)
    if "negative_prompt_embeds" in found:
        # Nothing reads what stands behind the negative prompt.
        behind = (0, 0, 0, sum(lengths))
        found["negative_prompt_embeds"] = functional.pad(found["negative_prompt_embeds"], behind)
    return found, lengths


def with_phrases(prompt: torch.Tensor, phrases: Sequence[torch.Tensor]) -> torch.Tensor:
    """The prompt's text states (1, whole, width) with each phrase's (states, width) behind."""
    return torch.cat([prompt[0], *phrases])[None]


def _encoded(
    pipeline: Any, prompt: str | list[str], *, negative: str, guided: bool
) -> dict[str, torch.Tensor]:
    xl = "text_encoder_2" in pipeline.components
    values = pipeline.encode_prompt(
        prompt,
        device=pipeline._execution_device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=guided,
        negative_prompt=negative or None,
    )
    names = ("prompt_embeds", "negative_prompt_embeds")
    names += ("pooled_prompt_embeds", "negative_pooled_prompt_embeds") if xl else ()
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def _phrase_states(pipeline: Any, phrases: list[str]) -> list[torch.Tensor]:
    """The text states of each phrase, without the start mark and the padding."""
    found = _encoded(pipeline, phrases, negative="", guided=False)["prompt_embeds"]
    tokenizer = pipeline.tokenizer
    ids = tokenizer(phrases, truncation=True, max_length=tokenizer.model_max_length)["input_ids"]
    return [states[1 : len(row)] for states, row in zip(found, ids, strict=True)]
