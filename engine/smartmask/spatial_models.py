"""The parts that full packs add to Stable Diffusion 1.5: E_phi and the widened first layer.

No code of SmartMask is public. What the paper leaves open follows InstructPix2Pix, which it names
as its model for the change to the UNet: the encoded layout stands beside the noisy latent as four
more input channels.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.autoencoders.vae import Encoder
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


class LatentLayoutEncoder(ModelMixin, ConfigMixin):
    """E_phi of Eq. 2 as a trainable copy of the encoder of Stable Diffusion's autoencoder.

    The features are the mode of the latent distribution and not scaled, as InstructPix2Pix feeds
    its image. Weights have the names they have in `AutoencoderKL`.
    """

    _supports_gradient_checkpointing = True

    @register_to_config
    def __init__(
        self,
        down_block_types: tuple[str, ...] = ("DownEncoderBlock2D",) * 4,
        block_out_channels: tuple[int, ...] = (128, 256, 512, 512),
        layers_per_block: int = 2,
        latent_channels: int = 4,
        norm_num_groups: int = 32,
        mid_block_add_attention: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(
            in_channels=3,
            out_channels=latent_channels,
            down_block_types=down_block_types,
            block_out_channels=block_out_channels,
            layers_per_block=layers_per_block,
            norm_num_groups=norm_num_groups,
            double_z=True,
            mid_block_add_attention=mid_block_add_attention,
        )
        self.quant_conv = nn.Conv2d(2 * latent_channels, 2 * latent_channels, 1)

    @classmethod
    def from_autoencoder(cls, autoencoder: AutoencoderKL) -> LatentLayoutEncoder:
        """A copy of the autoencoder's encoder in float32 on the CPU, to be trained away from it."""
        names = (
            "down_block_types", "block_out_channels", "layers_per_block", "latent_channels",
            "norm_num_groups", "mid_block_add_attention",
        )  # fmt: skip
        copy = cls(**{name: autoencoder.config[name] for name in names})
        state = autoencoder.state_dict()
        copy.load_state_dict({name: state[name] for name in copy.state_dict()})
        return copy

    def forward(self, blended: torch.Tensor) -> torch.Tensor:
        """S~ in -1..1, (B, 3, S, S), to (B, latent_channels, S / 8, S / 8)."""
        return self.quant_conv(self.encoder(blended)).chunk(2, dim=1)[0]


class LightLayoutEncoder(ModelMixin, ConfigMixin):
    """E_phi as the small convolution stack of ControlNet; its last layer starts at zero."""

    @register_to_config
    def __init__(
        self, latent_channels: int = 4, block_out_channels: tuple[int, ...] = (16, 32, 96, 256)
    ) -> None:
        super().__init__()
        self.stack = ControlNetConditioningEmbedding(
            latent_channels, block_out_channels=block_out_channels
        )

    def forward(self, blended: torch.Tensor) -> torch.Tensor:
        """S~ in -1..1, (B, 3, S, S), to (B, latent_channels, S / 8, S / 8)."""
        return self.stack(blended)


def widen_conv_in(
    unet: UNet2DConditionModel, *, channels: int = 8, random: bool = False
) -> UNet2DConditionModel:
    """Give a UNet's first layer more input channels, in place; returns the UNet.

    Old weights and the bias are kept. The new channels start at zero, so that before training the
    UNet answers as if they were not there.

    Args:
        channels: Input channels afterwards: the latent's and the encoded layout's.
        random: Start the new channels at random instead. Needed with an encoder whose own output
            starts at zero: two zero layers in a row give each other no gradient, for ever.

    Raises:
        ValueError: The UNet has more channels than that already.
    """
    old = unet.conv_in
    if channels < old.in_channels:
        raise ValueError(f"The UNet already has {old.in_channels} input channels.")
    if channels == old.in_channels:
        return unet
    new = nn.Conv2d(
        channels,
        old.out_channels,
        kernel_size=3,
        padding=1,
        device=old.weight.device,
        dtype=old.weight.dtype,
    )
    with torch.no_grad():
        if not random:
            new.weight.zero_()
        new.weight[:, : old.in_channels].copy_(old.weight)
        assert new.bias is not None and old.bias is not None
        new.bias.copy_(old.bias)
    unet.conv_in = new
    unet.register_to_config(in_channels=channels)
    return unet
