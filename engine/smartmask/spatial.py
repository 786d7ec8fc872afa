"""The paper's space, for full packs: the mask as a latent image of Stable Diffusion 1.5.

The mask, -1 and +1 in three equal channels, is a latent of the SD autoencoder; the UNet sees it
beside the encoded layout (`spatial_models`). Resolution, prompt and mask coding are ours, the
paper names none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import Mask
from engine.layout.semantic import class_map
from engine.smartmask.conditioning import (
    blend,
    colour_table,
    guidance_map,
    whole_window,
    window_ids,
)
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Sample, Scales, seeded_noise

if TYPE_CHECKING:
    from engine.smartmask.pipeline import SmartMaskPipeline

AT_ONCE = 8
"""Samples per pass of the UNet, three rows each; more would only cost memory."""


@dataclass(frozen=True, slots=True)
class SpatialEncoded:
    """Conditions in the rows (S, T), (S, 0), (0, 0).

    Attributes:
        layout: E_phi(S~), (3, 4, h, w), zero in the last row.
        text: CLIP states, (3, tokens, width), those of the empty prompt in the last two rows.
    """

    layout: torch.Tensor
    text: torch.Tensor


def blended_map(request: SuggestRequest, size: int) -> NDArray[np.float32]:
    """S~ of Eq. 5 in the padded square of the canvas, (3, size, size), -1..1."""
    canvas = request.layout.canvas
    window = whole_window(canvas)
    ids = window_ids(class_map(request.seen_layers()), window, size)
    return guided_colours(ids, guidance_map(request.guidance, window, size, canvas))


def guided_colours(ids: NDArray[np.uint8], guidance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ids and G, both (size, size), to S~ of Eq. 5, (3, size, size), in the VAE's range -1..1."""
    blended = blend(colour_table()[ids], guidance)
    return np.ascontiguousarray(blended.transpose(2, 0, 1)) * 2 - 1


def prompt_of(label: str, caption: str) -> str:
    """Both texts of the paper in one prompt, the object first: CLIP cuts off the end."""
    return f"{label}, in: {caption}" if caption.strip() else label


def mask_image(coverage: torch.Tensor) -> torch.Tensor:
    """Coverage 0..1, (B, size, size), as the autoencoder's picture of it: (B, 3, size, size)."""
    return (coverage[:, None] * 2 - 1).expand(-1, 3, -1, -1)


def place_field(field: NDArray[np.float32], canvas: Box) -> Mask:
    """A field (size, size) over the padded square, > 0 inside the object, at canvas resolution.

    The field itself is enlarged, not its bits, so that edges are smooth at any canvas size.
    """
    import cv2

    window = whole_window(canvas)
    size = len(field)
    scale = size / window.side
    region = Box(
        int(np.floor(window.x)),
        int(np.floor(window.y)),
        int(np.ceil(window.side)),
        int(np.ceil(window.side)),
    )
    if scale > 1.5:
        # Shrinking samples a smoothed field, else thin parts alias away.
        field = np.asarray(cv2.GaussianBlur(field, (0, 0), 0.4 * scale), np.float32)
    to_field = np.array(
        [
            [scale, 0, (region.x + 0.5 - window.x) * scale - 0.5],
            [0, scale, (region.y + 0.5 - window.y) * scale - 0.5],
        ]
    )
    enlarged = cv2.warpAffine(
        field,
        to_field,
        (region.width, region.height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Mask.from_array(enlarged > 0, x=region.x, y=region.y)


class SpatialSpace:
    """See `MaskSpace`. Latents are (N, 4, h, w), float32 whatever the models compute in."""

    def __init__(self, pipeline: SmartMaskPipeline) -> None:
        self.layout_encoder = pipeline.layout_encoder
        self.denoiser = pipeline.denoiser
        self.mask_autoencoder = pipeline.mask_autoencoder
        self.text_encoder = pipeline.text_encoder
        self.tokenizer = pipeline.tokenizer
        self.device: torch.device = pipeline._execution_device

    @property
    def size(self) -> int:
        """Side in pixels of the maps that the model reads and of the masks it draws."""
        return self.denoiser.config["sample_size"] * latent_factor(self.mask_autoencoder)

    def encode(self, request: SuggestRequest) -> SpatialEncoded:
        blended = torch.from_numpy(blended_map(request, self.size))[None]
        layout = self.layout_encoder(blended.to(self.device, self.layout_encoder.dtype))
        prompt = prompt_of(request.label, request.layout.caption)
        text = text_states(self.text_encoder, self.tokenizer, [prompt, ""], self.device)
        dtype = self.denoiser.dtype
        return SpatialEncoded(
            layout=torch.cat((layout, layout, torch.zeros_like(layout))).to(dtype),
            text=text[[0, 1, 1]].to(dtype),
        )

    def noise(
        self, seeds: Sequence[int], canvas: Box, spread: tuple[float, float] = (1.0, 1.0)
    ) -> torch.Tensor:
        side = self.denoiser.config["sample_size"]
        shape = (self.mask_autoencoder.config["latent_channels"], side, side)
        # Place and shape are one here.
        return seeded_noise(seeds, shape).to(self.device) * spread[1]

    def predict(
        self, latents: torch.Tensor, time: torch.Tensor, encoded: SpatialEncoded, scales: Scales
    ) -> torch.Tensor:
        parts = [self._predict(part, time, encoded, scales) for part in latents.split(AT_ONCE)]
        return torch.cat(parts)

    def _predict(
        self, latents: torch.Tensor, time: torch.Tensor, encoded: SpatialEncoded, scales: Scales
    ) -> torch.Tensor:
        count = len(latents)
        rows = torch.cat(
            (
                latents.to(encoded.layout.dtype).repeat(3, 1, 1, 1),
                encoded.layout.repeat_interleave(count, 0),
            ),
            dim=1,
        )
        noise = self.denoiser(rows, time, encoded.text.repeat_interleave(count, 0)).sample
        return scales.combine(*noise.float().chunk(3))

    def decode(self, latents: torch.Tensor, guidance: Guidance, canvas: Box) -> list[Sample]:
        scaled = latents.to(self.mask_autoencoder.dtype) / scaling_of(self.mask_autoencoder)
        samples = []
        for part in scaled.split(AT_ONCE):
            fields = self.mask_autoencoder.decode(part).sample.float().mean(1).cpu().numpy()
            samples += [Sample(place_field(field, canvas), _confidence(field)) for field in fields]
        return samples


def latent_factor(autoencoder: AutoencoderKL) -> int:
    """Pixels along one side of a latent cell, 8 for Stable Diffusion's autoencoder."""
    return 2 ** (len(autoencoder.config["block_out_channels"]) - 1)


def scaling_of(autoencoder: AutoencoderKL) -> float:
    """What makes the autoencoder's latents about unit variance, 0.18215 for Stable Diffusion's."""
    return float(autoencoder.config["scaling_factor"])


def text_states(
    text_encoder: Any, tokenizer: Any, prompts: Sequence[str], device: torch.device | str
) -> torch.Tensor:
    """CLIP's last hidden states of the prompts, (B, tokens, width); too long ones are cut."""
    tokens = tokenizer(
        list(prompts),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    return text_encoder(tokens.input_ids.to(device))[0]


def _confidence(field: NDArray[np.float32]) -> float:
    """Mean distance of the drawn pixels from the edge value, 0..1; 0 when none is drawn."""
    inside = field[field > 0]
    return float(inside.clip(max=1).mean()) if inside.size else 0.0
