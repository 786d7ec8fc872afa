"""What a SmartMask pipeline diffuses is its pack's choice; this is all the pipeline asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.smartmask.request import SuggestRequest


@dataclass(frozen=True, slots=True)
class Scales:
    """Dual classifier-free guidance: e = e(0,0) + s_I (e(S,0) - e(0,0)) + s_T (e(S,T) - e(S,0))."""

    layout: float
    text: float

    def combine(
        self, full: torch.Tensor, no_text: torch.Tensor, bare: torch.Tensor
    ) -> torch.Tensor:
        return bare + self.layout * (no_text - bare) + self.text * (full - no_text)


def seeded_noise(seeds: Sequence[int], shape: Sequence[int]) -> torch.Tensor:
    """Standard normal numbers (len(seeds), *shape), row k from seeds[k] alone, on any device."""
    rows = [
        torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed % 2**63))
        for seed in seeds
    ]
    return torch.stack(rows)


@dataclass(frozen=True, slots=True)
class Sample:
    """A decoded sample: its mask on the canvas and how sharp the model was about it, 0..1."""

    mask: Mask
    confidence: float


class MaskSpace(Protocol):
    """The space that masks are diffused in, with the models that work there."""

    def encode(self, request: SuggestRequest) -> Any:
        """Layout and texts, once per request: the three conditions of dual guidance."""
        ...

    def noise(
        self, seeds: Sequence[int], canvas: Box, spread: tuple[float, float] = (1.0, 1.0)
    ) -> torch.Tensor:
        """Start noise, row k from seeds[k] alone, whatever the batch.

        Args:
            spread: Of place and shape; below 1 the samples lie nearer to the likeliest one.
        """
        ...

    def predict(
        self, latents: torch.Tensor, time: torch.Tensor, encoded: Any, scales: Scales
    ) -> torch.Tensor:
        """The guided model output for latents (N, ...) at one time of the scheduler."""
        ...

    def decode(self, latents: torch.Tensor, guidance: Guidance, canvas: Box) -> list[Sample]:
        """Clean latents to masks at canvas resolution."""
        ...
