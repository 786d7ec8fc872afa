"""A spatial SmartMask, not yet trained, out of the parts of Stable Diffusion 1.5."""

from __future__ import annotations

from typing import Any

from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel

from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.spatial_models import LatentLayoutEncoder, LightLayoutEncoder, widen_conv_in


def spatial_pipeline(
    *,
    unet: UNet2DConditionModel,
    autoencoder: AutoencoderKL,
    text_encoder: Any,
    tokenizer: Any,
    scheduler: Any,
    size: int,
    light: bool = False,
) -> SmartMaskPipeline:
    """The untrained spatial SmartMask made of the parts of Stable Diffusion 1.5.

    Args:
        unet: Widened in place.
        scheduler: Its noise schedule is taken over; sampling is DPM-Solver++.
        size: Side in pixels of the maps and masks that the model works at.
        light: The light layout encoder instead of a copy of the autoencoder's.
    """
    from engine.smartmask.pipeline import SmartMaskPipeline

    latents = autoencoder.config["latent_channels"]
    depth = len(autoencoder.config["block_out_channels"])
    if light:
        layout_encoder = LightLayoutEncoder(latents, (16, 32, 96, 256, 256)[:depth])
    else:
        layout_encoder = LatentLayoutEncoder.from_autoencoder(autoencoder)
    widen_conv_in(unet, channels=2 * latents, random=light)
    unet.register_to_config(sample_size=size // 2 ** (depth - 1))
    return SmartMaskPipeline(
        layout_encoder=layout_encoder,
        denoiser=unet,
        mask_autoencoder=autoencoder,
        scheduler=DPMSolverMultistepScheduler.from_config(
            scheduler.config, prediction_type="epsilon"
        ),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        steps=25,
        layout_scale=1.5,
        text_scale=7.5,
    )
