"""The lite pack's space: placement and shape code in one vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.semantic import class_map
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.canonical import from_frame
from engine.smartmask.conditioning import (
    MAP_SIZE,
    blend,
    box_of,
    colour_table,
    guidance_map,
    placement_of,
    scalar_features,
    whole_window,
    window_ids,
    zoom_window,
)
from engine.smartmask.denoiser import PLACEMENT, Condition, ShapeDenoiser
from engine.smartmask.layout_encoder import LayoutEncoder
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Sample, Scales, seeded_noise
from engine.text.encoder import TextEncoder


@dataclass(frozen=True, slots=True)
class Encoded:
    """Conditions in the rows (S, T), (S, 0), (0, 0), and the placement where it is given."""

    condition: Condition
    placement: torch.Tensor | None


def blended_windows(request: SuggestRequest) -> tuple[np.ndarray, np.ndarray]:
    """S~ of Eq. 5 in the whole and the zoomed window, each float32 (3, 64, 64) in 0..1.

    The second is black in free mode, where there is nothing to zoom in on.
    """
    canvas = request.layout.canvas
    ids = class_map(request.seen_layers())
    zoom = zoom_window(request.guidance, canvas)
    out = []
    for window in (whole_window(canvas), zoom):
        if window is None:
            out.append(np.zeros((3, MAP_SIZE, MAP_SIZE), np.float32))
            continue
        semantic = colour_table()[window_ids(ids, window)]
        guided = blend(semantic, guidance_map(request.guidance, window, MAP_SIZE, canvas))
        out.append(np.ascontiguousarray(guided.transpose(2, 0, 1)))
    return out[0], out[1]


class ShapeSpace:
    """See `MaskSpace`. Latents are (N, PLACEMENT + code_size)."""

    def __init__(
        self,
        *,
        layout_encoder: LayoutEncoder,
        denoiser: ShapeDenoiser,
        mask_autoencoder: ShapeAutoencoder,
        text: TextEncoder,
    ) -> None:
        self.layout_encoder = layout_encoder
        self.denoiser = denoiser
        self.mask_autoencoder = mask_autoencoder
        self.text = text

    @property
    def device(self) -> torch.device:
        return self.denoiser.enter.weight.device

    def encode(self, request: SuggestRequest) -> Encoded:
        whole, zoomed = blended_windows(request)
        maps = torch.from_numpy(np.stack((whole, zoomed))).to(self.device)
        tokens, pooled = self.layout_encoder(maps)
        texts = self.text.encode([request.label, request.layout.caption])
        canvas = request.layout.canvas
        scalars = torch.from_numpy(
            scalar_features(request.guidance, canvas, style=request.style)
        ).to(self.device)
        three = torch.ones(3, dtype=torch.bool, device=self.device)
        used = three & (request.guidance.mode is not GuidanceMode.FREE)

        def rows(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.to(self.device).expand(3, *tensor.shape).contiguous()

        condition = self.denoiser.condition(
            layout=(rows(tokens[0]), rows(pooled[0])),
            zoom=(rows(tokens[1]), rows(pooled[1])),
            zoom_used=used,
            object_text=(rows(texts.tokens[0]), rows(texts.mask[0]), rows(texts.pooled[0])),
            context_text=(rows(texts.tokens[1]), rows(texts.mask[1]), rows(texts.pooled[1])),
            scalars=rows(scalars),
            text_kept=torch.tensor([True, False, False], device=self.device),
            layout_kept=torch.tensor([True, True, False], device=self.device),
        )
        placement = None
        if request.guidance.box is not None:
            known = torch.from_numpy(placement_of(request.guidance.box, canvas)).to(self.device)
            placement = (known - self.denoiser.placement_mean) / self.denoiser.placement_std
        return Encoded(condition, placement)

    def noise(self, seeds: Sequence[int], canvas: Box) -> torch.Tensor:
        size = PLACEMENT + self.mask_autoencoder.config["code_size"]
        return seeded_noise(seeds, (size,)).to(self.device)

    def predict(
        self, latents: torch.Tensor, time: torch.Tensor, encoded: Encoded, scales: Scales
    ) -> torch.Tensor:
        share = time.float() / 1000
        flow = self.denoiser(
            latents.expand(3, *latents.shape), share.expand(3, len(latents)), encoded.condition
        )
        flow = scales.combine(*flow)
        if encoded.placement is not None:
            # The place is known: its part of the flow leads straight there.
            here = latents[:, :PLACEMENT]
            flow[:, :PLACEMENT] = (here - encoded.placement) / share.clamp_min(1e-4)
        return flow

    def decode(self, latents: torch.Tensor, guidance: Guidance, canvas: Box) -> list[Sample]:
        fields = self.mask_autoencoder.decode(latents[:, PLACEMENT:]).float()
        confidence = (fields / 2).tanh().abs().mean((1, 2)).cpu().numpy()
        places = latents[:, :PLACEMENT] * self.denoiser.placement_std + self.denoiser.placement_mean
        boxes = [guidance.box or box_of(place, canvas) for place in places.float().cpu().numpy()]
        return [
            Sample(from_frame(field, box, canvas), float(sure))
            for field, box, sure in zip(fields.cpu().numpy(), boxes, confidence, strict=True)
        ]
