"""Looks at latents on their way: a linear map to colours, cheap at every step.

A VAE's latents are nearly a small picture already, so one matrix tells their colours well enough
to see where things are. The matrix is measured on the VAE itself, with a few made-up pictures,
when the model is loaded. Small VAEs are also asked for true decodes at a few steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

PICTURES = 6
_CELLS = 8
SMALL_VAE = 12_000_000
"""Parameters up to which a VAE decodes in the time of a step or less."""


@dataclass(frozen=True, slots=True, eq=False)
class LatentPreview:
    """From latents to a picture without decoding them.

    Attributes:
        matrix: float32 (channels + 1, 3): latents as the denoiser sees them, and 1, to RGB -1..1.
        scale: Pixels of the picture for one latent, along a side.
        small: Whether the VAE is cheap enough to be asked itself now and then.
    """

    matrix: torch.Tensor
    scale: int
    small: bool

    @classmethod
    def measured(cls, vae: Any) -> LatentPreview:
        """Least squares over flat and shaded patches that the VAE encodes."""
        scale = 2 ** (len(vae.config.block_out_channels) - 1)
        pictures = _patches(scale * _CELLS).to(vae.device, vae.dtype)
        with torch.inference_mode():
            encoded = [vae.encode(picture[None]).latent_dist.mean for picture in pictures]
            latents = torch.cat(encoded).float() * vae.config.scaling_factor
        colours = functional.avg_pool2d(pictures.float(), scale)
        x = latents.permute(0, 2, 3, 1).flatten(0, 2).cpu()
        y = colours.permute(0, 2, 3, 1).flatten(0, 2).cpu()
        x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
        # A little ridge: some channels say nothing about colour.
        square = x.T @ x + 1e-2 * len(x) * torch.eye(x.shape[1])
        matrix = torch.linalg.solve(square, x.T @ y)
        parameters = sum(p.numel() for p in vae.parameters())
        return cls(matrix, scale, parameters <= SMALL_VAE)

    def __call__(self, latents: torch.Tensor) -> NDArray[np.uint8]:
        """RGB uint8 (height, width, 3) at the picture's size, of latents (1, channels, h, w)."""
        cells = latents[0].float().permute(1, 2, 0).cpu()
        colours = cells @ self.matrix[:-1] + self.matrix[-1]
        picture = functional.interpolate(
            colours.permute(2, 0, 1)[None], scale_factor=self.scale, mode="bilinear"
        )
        return to_pixels(picture)


def decoded(vae: Any, latents: torch.Tensor) -> NDArray[np.uint8]:
    """The picture that the VAE makes of latents (1, channels, h, w)."""
    with torch.inference_mode():
        picture = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor).sample
    return to_pixels(picture)


def to_pixels(picture: torch.Tensor) -> NDArray[np.uint8]:
    """(1, 3, height, width) in -1..1 to RGB uint8 (height, width, 3)."""
    pixels = (picture[0].float().clamp(-1, 1) + 1) * 127.5
    return pixels.round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


def _patches(side: int) -> torch.Tensor:
    """Pictures of coloured patches, some of them shaded, in -1..1; always the same ones."""
    generator = torch.Generator().manual_seed(20)
    flat = torch.rand(PICTURES, 3, 4, 4, generator=generator) * 2 - 1
    mode = ("nearest", "bilinear")
    halves = [
        functional.interpolate(part, size=(side, side), mode=mode[number])
        for number, part in enumerate(flat.chunk(2))
    ]
    return torch.cat(halves)
