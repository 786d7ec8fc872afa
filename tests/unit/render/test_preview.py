"""Previews: the linear look shows the colours that a decode would."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.render.preview import LatentPreview


class Averaging:
    """A VAE whose latents are the colours of the four quarters of each 8 px square."""

    device, dtype = torch.device("cpu"), torch.float32

    class config:
        block_out_channels = (1, 1, 1, 1)
        latent_channels = 12
        scaling_factor = 0.5

    def encode(self, picture: torch.Tensor) -> Any:
        class Out:
            class latent_dist:
                @staticmethod
                def mode() -> torch.Tensor:
                    return functional.pixel_unshuffle(functional.avg_pool2d(picture, 4), 2)

        return Out


def test_colours_and_places_come_back() -> None:
    vae = Averaging()
    preview = LatentPreview.measured(vae)
    picture = torch.full((1, 3, 64, 96), -0.8)
    picture[:, 0, 16:48, 24:72] = 0.9
    latents = vae.encode(picture).latent_dist.mode() * 0.5
    look = preview(latents).astype(int)
    truth = ((picture[0].permute(1, 2, 0) + 1) * 127.5).numpy()
    assert look.shape == (64, 96, 3)
    inside = np.abs(look - truth)[4:-4, 4:-4]
    assert inside.mean() < 8
    assert np.abs(look[32, 48] - truth[32, 48]).max() < 12


def test_the_same_vae_gives_the_same_preview() -> None:
    one, other = (LatentPreview.measured(Averaging()) for _ in range(2))
    assert torch.equal(one.matrix, other.matrix)
