"""Words that act on their own region while the picture models learn, as they do in a render.

A caption leaves it to the model to find out which word is which patch of colour, and a small one
does not get there: after 360,000 pictures, words hardly changed what it drew. So most steps of the
training hand every region its layer's own words, by the same bias of the cross-attention that
`engine.render.region_attention` gives; the others leave them out, for stock pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0
from numpy.typing import NDArray
from torch.nn import functional

from engine.render.region_attention import FORBIDDEN, RegionProcessor
from engine.text.encoder import TextEncoder
from engine.training.picture_pool import FACTOR, PicturePool

MOST_PHRASES = 12
"""Of a picture: the largest."""
LEAST_COVER = 0.02
BOOST = 1.0
"""As `PackDefaults.region_boost` has it for the lite pack."""


class BatchRegions:
    """Where the phrases of a batch of pictures act.

    Args:
        covers: How much of each latent pixel each phrase covers, 0..1, float (B, P, h, w).
        owners: Which phrase each text state behind the prompt's belongs to, -1 for padding, long
            (B, S).
        whole: Text states of the prompt, which stand in front.
    """

    def __init__(self, covers: torch.Tensor, owners: torch.Tensor, *, whole: int) -> None:
        self.covers, self.owners, self.whole = covers, owners, whole
        self.shares = torch.ones(len(covers))
        height, width = covers.shape[2:]
        self._shapes = {
            (height >> level) * (width >> level): (height >> level, width >> level)
            for level in range(4)
        }

    def bias(self, queries: int, *, like: torch.Tensor) -> torch.Tensor:
        """What is added to the logits, (B, queries, whole + S)."""
        pooled = functional.adaptive_avg_pool2d(self.covers, self._shapes[queries]).flatten(2)
        index = self.owners.clamp(min=0)[:, :, None].expand(-1, -1, queries)
        cover = torch.where(self.owners[:, :, None] >= 0, pooled.gather(1, index), 0)
        inside = cover.clamp(min=1e-4).log() + BOOST * self.shares[:, None, None].to(cover)
        phrases = torch.where(cover > LEAST_COVER, inside, FORBIDDEN)
        return functional.pad(phrases.transpose(1, 2), (self.whole, 0)).to(like)


class Acting:
    """What the cross-attentions of the learners ask for their bias; `now` is the batch's, or None
    for a batch without regions."""

    def __init__(self) -> None:
        self.now: BatchRegions | None = None
        self._made: dict[int, torch.Tensor] = {}

    def begin(self, regions: BatchRegions | None, times: torch.Tensor) -> None:
        """From here on the batch with these regions, at times 0..999 (B,)."""
        self.now, self._made = regions, {}
        if regions is not None:
            regions.shares = times / 1000

    def bias(self, queries: int, *, batch: int, like: torch.Tensor) -> torch.Tensor | None:
        if self.now is None:
            return None
        if queries not in self._made:
            self._made[queries] = self.now.bias(queries, like=like)
        return self._made[queries]


def act_on(models: Sequence[Any], *, plain: bool) -> Acting:
    """Have the models' cross-attention ask for regions.

    Args:
        plain: Attention step by step, for a CPU: the fused one's backward pass took 40 % of a step.
    """
    acting = Acting()
    for model in models:
        processors = {}
        for name in model.attn_processors:
            inner = AttnProcessor() if plain else AttnProcessor2_0()
            # attn2 is what diffusers calls the attention to the text.
            processors[name] = RegionProcessor(inner, acting) if ".attn2." in name else inner
        model.set_attn_processor(processors)
    return acting


class Phrases:
    """Text states of labels, each encoded once by itself, as a render encodes its phrases."""

    def __init__(self, text: TextEncoder) -> None:
        self.text = text
        self._states: dict[str, torch.Tensor] = {}

    def __getitem__(self, label: str) -> torch.Tensor:
        """(states, D), without the start mark."""
        if label not in self._states:
            self._states[label] = self.text.encode([label]).tokens[0, 1:].clone()
        return self._states[label]

    def behind(
        self, texts: torch.Tensor, pool: PicturePool, rows: NDArray[np.int64], told: Sequence[bool]
    ) -> tuple[torch.Tensor, BatchRegions]:
        """Text states (B, whole, D) with the phrases' behind, and where those act.

        Args:
            told: Of each picture, whether it has words at all; classifier-free guidance also
                needs to learn what is drawn without.
        """
        pictures = [
            places(pool, int(row)) if has else {} for row, has in zip(rows, told, strict=True)
        ]
        lengths = [[len(self[label]) for label in labels] for labels in pictures]
        states = texts.new_zeros(len(rows), max(1, *map(sum, lengths)), texts.shape[2])
        owners = torch.full(states.shape[:2], -1, device=texts.device)
        covers = np.zeros(
            (len(rows), MOST_PHRASES, pool.size[1] // FACTOR, pool.size[0] // FACTOR), np.float32
        )
        for row, (labels, counts) in enumerate(zip(pictures, lengths, strict=True)):
            for number, (label, cover) in enumerate(labels.items()):
                at = slice(sum(counts[:number]), sum(counts[: number + 1]))
                states[row, at], owners[row, at] = self[label], number
                covers[row, number] = cover
        regions = BatchRegions(
            torch.from_numpy(covers).to(texts.device), owners, whole=texts.shape[1]
        )
        return torch.cat((texts, states), 1), regions


def places(pool: PicturePool, row: int) -> dict[str, NDArray[np.float32]]:
    """How much of each latent pixel (h, w) each label of a picture covers, 0..1, the largest of
    them first; hidden and hardly seen layers left out."""
    layers, labels = pool.maps[row], pool.words[row].labels
    height, width = layers.shape[0] // FACTOR, layers.shape[1] // FACTOR
    cells = np.asarray(layers).reshape(height, FACTOR, width, FACTOR).transpose(0, 2, 1, 3)
    cells = cells.reshape(height * width, -1).astype(np.int64)
    values = max(len(labels) + 1, int(cells.max()) + 1)
    flat = cells + values * np.arange(height * width)[:, None]
    counts = np.bincount(flat.ravel(), minlength=height * width * values)
    shares = (counts.reshape(height, width, values) / FACTOR**2).astype(np.float32)
    found: dict[str, NDArray[np.float32]] = {}
    for value, label in enumerate(labels, 1):
        if label:
            found[label] = found.get(label, np.float32(0)) + shares[..., value]
    largest = sorted(found, key=lambda label: -float(found[label].sum()))[:MOST_PHRASES]
    return {label: found[label] for label in largest}
