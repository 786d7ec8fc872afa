"""E_phi of Eq. 2 in the lite pack: the blended map S~ as tokens and one pooled vector."""

from __future__ import annotations

import math

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, 1, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class LayoutEncoder(ModelMixin, ConfigMixin):
    """A window of S~, RGB 0..1 of shape (B, 3, 64, 64), to 64 tokens and a pooled vector.

    Every pixel first goes through a small perceptron of its own, because the class is coded in
    the colour and neighbouring colours mean nothing to each other; only then is space mixed.
    """

    @register_to_config
    def __init__(self, width: int = 192, map_size: int = 64, channels: int = 128) -> None:
        super().__init__()
        stem = channels // 2
        self.pixel = nn.Sequential(nn.Conv2d(9, 24, 1), nn.SiLU())
        self.mix = nn.Sequential(
            nn.Conv2d(24, stem, 4, 4),
            _Residual(stem),
            nn.Conv2d(stem, channels, 3, 2, 1),
            _Residual(channels),
            _Residual(channels),
        )
        side = map_size // 8
        self.position = nn.Parameter(torch.randn(1, channels, side, side) * 0.02)
        self.to_tokens = nn.Conv2d(channels, width, 1)
        self.to_pooled = nn.Sequential(
            nn.GroupNorm(8, channels),
            nn.SiLU(),
            nn.Conv2d(channels, 32, 3, 2, 1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(32 * (side // 2) ** 2, width),
        )

    def forward(self, blended: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 3, S, S) in 0..1 to tokens (B, (S/8)^2, width) and pooled (B, width)."""
        angles = blended * math.tau
        features = torch.cat((blended, angles.sin(), angles.cos()), dim=1)
        features = features.contiguous(memory_format=torch.channels_last)
        grid = self.mix(self.pixel(features)) + self.position
        return self.to_tokens(grid).flatten(2).transpose(1, 2), self.to_pooled(grid)
