"""The mask autoencoder of the lite pack: a silhouette in its canonical frame as one short code."""

from __future__ import annotations

from typing import cast

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn
from torch.nn import functional as F

from engine.smartmask.canonical import FRAME, INNER, MARGIN


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU()
    )


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2), _block(inputs, outputs))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_block(width, width), nn.Conv2d(width, width, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class _Refiner(nn.Module):
    """A field drawn anew at twice its side: straight edges straightened, thin parts kept whole.

    It works on blocks of 4 x 4 px, where a few convolutions overlook half of the frame, and adds
    what it finds to the enlarged field; untrained it enlarges alone.
    """

    def __init__(self, width: int, blocks: int = 5) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.PixelUnshuffle(4), nn.Conv2d(16, width, 3, 1, 1))
        self.body = nn.Sequential(*(_Residual(width) for _ in range(blocks)))
        self.leave = nn.Conv2d(width, 64, 3, 1, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(cast(torch.Tensor, self.leave.bias))
        self.spread = nn.PixelShuffle(8)

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        """Field (B, 1, S, S) to (B, 1, 2 S, 2 S)."""
        large = F.interpolate(field, scale_factor=2, mode="bicubic", align_corners=False)
        # Far from an edge a field may be of any height.
        seen = self.body(self.enter((field / 4).tanh()))
        return large + self.spread(self.leave(seen))


class ShapeAutoencoder(ModelMixin, ConfigMixin):
    """Silhouette (1, 128, 128) to a code of `code_size` numbers and back.

    A global code stays on the manifold of whole shapes, where a spatial latent must learn to
    agree with itself. Codes are standardised with the statistics of the training set, so the
    denoiser sees about unit variance.

    Args:
        channels: Of the encoder at 32, 16, 8 and 4 px, and of the decoder.
        fine: Channels of the part that draws what comes back at twice the side; 0 for none.
    """

    @register_to_config
    def __init__(
        self,
        code_size: int = 128,
        channels: tuple[int, ...] = (64, 96, 128, 160),
        fine: int = 0,
    ) -> None:
        super().__init__()
        a, b, c, d = channels
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(4),
            _block(16, a),
            _block(a, b, 2),
            _block(b, c, 2),
            _block(c, d, 2),
            nn.Flatten(),
            nn.Linear(d * 16, 2 * code_size),
        )
        self.expand = nn.Linear(code_size, d * 16)
        self.decoder = nn.Sequential(
            nn.Unflatten(1, (d, 4, 4)),
            _block(d, d),
            _up(d, c),
            _up(c, b),
            _up(b, a),
            _up(a, 32),
            nn.Conv2d(32, 4, 3, 1, 1),
            nn.PixelShuffle(2),
        )
        self.refiner = _Refiner(fine) if fine else nn.Identity()
        self.register_buffer("code_mean", torch.zeros(code_size))
        self.register_buffer("code_std", torch.ones(code_size))

    @property
    def side(self) -> int:
        """Side in px of the decoded field: FRAME, or twice as much."""
        return 2 * FRAME if self.config["fine"] else FRAME

    def moments(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Coverage (B, 1, FRAME, FRAME) in 0..1 to mean and log variance (B, code_size)."""
        mean, log_variance = self.encoder(frames * 2 - 1).chunk(2, dim=1)
        return mean, log_variance.clamp(-8, 4)

    def encode(self, frames: torch.Tensor) -> torch.Tensor:
        """Coverage (B, 1, FRAME, FRAME) in 0..1 to standardised codes (B, code_size)."""
        return (self.moments(frames)[0] - self.code_mean) / self.code_std

    def encode_outline(self, outlines: torch.Tensor) -> torch.Tensor:
        """Scribbles (B, S, S) in 0..1 that fill their frame to codes (B, code_size), as shapes."""
        inner = F.interpolate(outlines[:, None], size=(INNER, INNER), mode="bilinear")
        return self.encode(F.pad(inner, (MARGIN,) * 4))

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Standardised codes to a field (B, side, side), > 0 inside the silhouette."""
        return self.decode_raw(codes * self.code_std + self.code_mean)

    def decode_raw(self, codes: torch.Tensor) -> torch.Tensor:
        """Codes before standardisation to the field (B, side, side)."""
        return self.refiner(self.decoder(self.expand(codes)))[:, 0]
