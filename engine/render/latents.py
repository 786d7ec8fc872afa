"""Pictures as latents, whichever autoencoder a pack has."""

from __future__ import annotations

from typing import Any

import torch


def latents_of(vae: Any, pictures: torch.Tensor) -> torch.Tensor:
    """Scaled latents (B, channels, h, w) of pictures (B, 3, H, W) in -1..1.

    The most likely ones, not a sample: the same picture always has the same latents. An
    `AutoencoderTiny` has no others.
    """
    encoded = vae.encode(pictures)
    found = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    return found * vae.config.scaling_factor
