"""E_phi of Eq. 2 in the lite pack: the blended map S~ as tokens and one pooled vector."""

from __future__ import annotations

import math

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn
from torch.nn import functional as F

from engine.smartmask.conditioning import OUTLINE
from engine.smartmask.regions import GEOMETRY

Tokens = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Tokens (B, T, width), their mask (B, T), and a pooled vector (B, width)."""

_WAVES = (1, 2, 4)
FEATURES = 4 + 6 * len(_WAVES)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, 1, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class LayoutEncoder(ModelMixin, ConfigMixin):
    """A window of S~ and G to tokens and a pooled vector, and the list of regions likewise.

    The class is coded in the colour and neighbouring colours mean nothing to each other, so every
    colour is first spread over sines and cosines of several wave lengths. G comes a second time as
    a channel of its own: in S~ it is one pale shade among 150 colours. A scribble's outline is
    read once more in its own frame, to the code of the shape that it means. `brush` is the number
    of hints (`Brush.features`) that are read beside it; packs from before them have 0.
    """

    @register_to_config
    def __init__(
        self,
        width: int = 192,
        map_size: int = 64,
        channels: int = 128,
        code_size: int = 128,
        brush: int = 0,
    ) -> None:
        super().__init__()
        stem = channels // 2
        self.stem = nn.Sequential(
            nn.Conv2d(FEATURES, stem, 4, 4),
            nn.SiLU(),
            nn.Conv2d(stem, channels, 3, 2, 1),
        )
        self.mix = nn.Sequential(_Residual(channels), _Residual(channels))
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
        self.region_class = nn.Embedding(256, width)
        nn.init.normal_(self.region_class.weight, std=0.5)
        self.region_place = nn.Linear(GEOMETRY + 6 * len(_WAVES), width)
        self.region = nn.Sequential(
            nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2 * width)
        )

        self.outline_features = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(16, stem, 3, 1, 1),
            nn.SiLU(),
            nn.Conv2d(stem, channels, 3, 2, 1),
            _Residual(channels),
            nn.GroupNorm(8, channels),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, 2, 1),
            nn.SiLU(),
            nn.Flatten(),
        )
        self.outline_code = nn.Sequential(
            nn.Linear(channels * (OUTLINE // 16) ** 2 + 2 + brush, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, code_size),
        )
        self.outline_skip = nn.Linear(code_size, code_size, bias=False)
        if brush:
            self.core_skip = nn.Linear(code_size, code_size, bias=False)
            nn.init.zeros_(self.core_skip.weight)
        last = nn.Linear(6 * width, code_size)
        self.outline_refine = nn.Sequential(
            nn.Linear((3 if brush else 2) * code_size + 2 + brush, 6 * width), nn.SiLU(), last
        )
        nn.init.zeros_(self.outline_skip.weight)
        nn.init.zeros_(last.weight)

    def forward(self, blended: torch.Tensor) -> Tokens:
        """S~ and G (B, 4, S, S) in 0..1 to (S/8)^2 tokens, all of them valid."""
        return self.encode(self.features(blended.movedim(1, -1)))

    @staticmethod
    def features(pixels: torch.Tensor) -> torch.Tensor:
        """Pixels of S~ and G (..., 4), each by itself, to what the encoder reads of them."""
        waves = torch.cat([pixels[..., :3] * (math.tau * n) for n in _WAVES], dim=-1)
        return torch.cat((pixels, waves.sin(), waves.cos()), dim=-1)

    def encode(self, features: torch.Tensor) -> Tokens:
        """`features` of a window, (B, S, S, FEATURES), as `forward`."""
        grid = self.mix(self.stem(features.movedim(-1, 1))) + self.position
        tokens = self.to_tokens(grid).flatten(2).transpose(1, 2)
        valid = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        return tokens, valid, self.to_pooled(grid)

    def regions(self, classes: torch.Tensor, geometry: torch.Tensor) -> Tokens:
        """The regions of S: ids (B, R), 0 = none, and `Regions.geometry` (B, R, GEOMETRY)."""
        places = geometry[..., (0, 1, 4)]
        waves = torch.cat([places * (math.pi * n / 2) for n in _WAVES], dim=-1)
        features = torch.cat((geometry, waves.sin(), waves.cos()), dim=-1)
        hidden = self.region_class(classes.long()) + self.region_place(
            features.to(self.position.dtype)
        )
        tokens, votes = self.region(hidden).chunk(2, dim=-1)
        valid = classes > 0
        share = valid.to(votes.dtype) / valid.sum(1, keepdim=True).clamp_min(1)
        return tokens, valid, (F.silu(votes) * share[..., None]).sum(1)

    def outline(
        self,
        frames: torch.Tensor,
        sizes: torch.Tensor,
        *,
        likeness: torch.Tensor,
        core: torch.Tensor,
        brush: torch.Tensor,
    ) -> torch.Tensor:
        """Scribbles (B, OUTLINE, OUTLINE) in 0..1 in their own boxes to shape codes (B, code).

        Args:
            sizes: (B, 2) log width and height of those boxes in the padded square: how thick a
                brush is tells how much of the scribble is object.
            likeness: (B, code) the code of the scribble as if it were the shape itself, by
                `ShapeAutoencoder.encode_outline`. A full scribble is nearly the shape, and
                the way from code to code is short.
            core: (B, code) likewise of the scribble without its brush's radius (`Brush.core`).
            brush: (B, BRUSH) of `Brush.features`.
        """
        kind = self.position.dtype
        features = self.outline_features(frames[:, None].to(kind) * 2 - 1)
        kind = features.dtype
        sizes, likeness, core, brush = (x.to(kind) for x in (sizes, likeness, core, brush))
        if not self.config["brush"]:
            first = self.outline_code(torch.cat((features, sizes), dim=1))
            refined = self.outline_refine(torch.cat((first, likeness, sizes), dim=1))
            return first + self.outline_skip(likeness) + refined
        first = self.outline_code(torch.cat((features, sizes, brush), dim=1))
        # What was added later stands last, so that older weights can be taken over.
        refined = self.outline_refine(torch.cat((first, likeness, sizes, core, brush), dim=1))
        return first + self.outline_skip(likeness) + self.core_skip(core) + refined
