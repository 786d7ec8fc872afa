"""Looks at latents on their way: a linear map to a small picture, cheap at every step.

A VAE's latents are nearly a small picture already, so one matrix tells the colours of a few
points in every latent's square well enough to see what is where. The matrix is measured on the
VAE itself, with a few made-up pictures, when the model is loaded: true decodes would cost a small
model a quarter of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.render.latents import latents_of

PICTURES = 12
_CELLS = 8
_SHAPES = 14


@dataclass(frozen=True, slots=True, eq=False)
class LatentPreview:
    """From latents to a picture without decoding them.

    Attributes:
        matrix: float32 (channels + 1, points * points * 3): latents as the denoiser sees them,
            and 1, to the colours -1..1 of `points` x `points` points in their square.
        scale: Pixels of the picture for one latent, along a side.
        points: As many as the latents' channels can tell apart.
    """

    matrix: torch.Tensor
    scale: int
    points: int

    @classmethod
    def measured(cls, vae: Any) -> LatentPreview:
        """Least squares over pictures of coloured shapes that the VAE encodes."""
        scale = 2 ** (len(vae.config.block_out_channels) - 1)
        points = 4 if vae.config.latent_channels >= 16 else 2
        pictures = _shapes(scale * _CELLS).to(vae.device, vae.dtype)
        with torch.inference_mode():
            encoded = [latents_of(vae, picture[None]) for picture in pictures]
            latents = torch.cat(encoded).float().cpu()
        colours = functional.avg_pool2d(pictures.float().cpu(), scale // points)
        y = functional.pixel_unshuffle(colours, points).permute(0, 2, 3, 1).flatten(0, 2)
        x = latents.permute(0, 2, 3, 1).flatten(0, 2)
        x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
        # A little ridge: some channels say nothing about colour.
        square = x.T @ x + 1e-2 * len(x) * torch.eye(x.shape[1])
        return cls(torch.linalg.solve(square, x.T @ y), scale, points)

    def __call__(self, latents: torch.Tensor) -> NDArray[np.uint8]:
        """RGB uint8 (height, width, 3) at the picture's size, of latents (1, channels, h, w)."""
        cells = latents[0].float().permute(1, 2, 0).cpu()
        colours = (cells @ self.matrix[:-1] + self.matrix[-1]).permute(2, 0, 1)[None]
        picture = functional.interpolate(
            functional.pixel_shuffle(colours, self.points),
            scale_factor=self.scale // self.points,
            mode="bilinear",
        )
        pixels = (picture[0].clamp(-1, 1) + 1) * 127.5
        return pixels.round().to(torch.uint8).permute(1, 2, 0).numpy()


def _shapes(side: int) -> torch.Tensor:
    """Pictures of coloured discs and half planes, in -1..1; always the same ones."""
    generator = torch.Generator().manual_seed(20)

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(PICTURES, *shape, generator=generator) * 2 - 1

    axis = torch.linspace(-1, 1, side)
    rows, columns = axis[None, :, None], axis[None, None, :]
    pictures = uniform(3, 1, 1).expand(-1, -1, side, side)
    for number in range(_SHAPES):
        y, x, size, turn = uniform(4, 1, 1).unbind(1)
        if number % 3:
            inside = (rows - y) ** 2 + (columns - x) ** 2 < (0.1 + 0.4 * size.abs()) ** 2
        else:
            angle = turn * torch.pi
            inside = (rows - y) * angle.cos() + (columns - x) * angle.sin() > 0.5
        pictures = torch.where(inside[:, None], uniform(3, 1, 1), pictures)
    return pictures
