"""The lite pack's space: placement and shape code in one vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask
from engine.layout.semantic import class_map
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.brush import BRUSH, Brush, brush_of
from engine.smartmask.canonical import from_frame
from engine.smartmask.conditioning import (
    MAP_SIZE,
    OUTSIDE_ID,
    SCALARS,
    SCRIBBLE_SIZE,
    blend,
    box_of,
    colour_table,
    guidance_map,
    outline_frame,
    placement_of,
    scalar_features,
    whole_window,
    window_ids,
    zoom_window,
)
from engine.smartmask.denoiser import PLACEMENT, Condition, ShapeDenoiser
from engine.smartmask.layout_encoder import LayoutEncoder
from engine.smartmask.painted import Paint, drawn_to, paint_of
from engine.smartmask.regions import Regions, regions_of
from engine.smartmask.request import SuggestRequest
from engine.smartmask.spaces import Sample, Scales, seeded_noise
from engine.smartmask.stroked import Stroke, covering, joined, stroke_of
from engine.text.encoder import TextEncoder


@dataclass(frozen=True, slots=True)
class Encoded:
    """Conditions in the rows (S, T), (S, 0), (0, 0), and the placement where it is given."""

    condition: Condition
    placement: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the layout encoder is shown of a request.

    Attributes:
        whole, zoomed: S~ of Eq. 5 and G, float32 (4, 64, 64) in 0..1, of the padded square and
            of the window around the guidance. The second is black in free mode, where there is
            nothing to zoom in on.
        regions: Of S in the padded square.
        outline: The scribble in its own frame, uint8 (OUTLINE, OUTLINE); None in other modes.
        brush: Hints of the scribble, likewise; the core in its own frame.
    """

    whole: np.ndarray
    zoomed: np.ndarray
    regions: Regions
    outline: np.ndarray | None
    brush: Brush | None


def seen_by_encoder(request: SuggestRequest) -> Seen:
    canvas, guidance = request.layout.canvas, request.guidance
    ids = class_map(request.seen_layers())
    whole, zoom = whole_window(canvas), zoom_window(guidance, canvas)
    outline, brush, zoomed = None, None, np.zeros((4, MAP_SIZE, MAP_SIZE), np.float32)
    if zoom is not None:
        drawn = guidance_map(guidance, zoom, MAP_SIZE, canvas)
        zoomed = _blended(window_ids(ids, zoom), drawn)
        if guidance.mode is GuidanceMode.SCRIBBLE:
            shades = np.round(drawn * 255).astype(np.uint8)
            outline = outline_frame(shades)
            centre_and_side = scalar_features(guidance, canvas)[13:16]
            brush = brush_of(shades, window_ids(ids, zoom) == OUTSIDE_ID, centre_and_side)
    whole_ids = window_ids(ids, whole)
    return Seen(
        whole=_blended(whole_ids, guidance_map(guidance, whole, MAP_SIZE, canvas)),
        zoomed=zoomed,
        regions=regions_of(whole_ids),
        outline=outline,
        brush=brush,
    )


def _blended(ids: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    guided = blend(colour_table()[ids], drawn)
    return np.ascontiguousarray(np.concatenate((guided.transpose(2, 0, 1), drawn[None])))


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
        seen = seen_by_encoder(request)
        maps = torch.from_numpy(np.stack((seen.whole, seen.zoomed))).to(self.device)
        tokens, valid, pooled = self.layout_encoder(maps)
        regions = self.layout_encoder.regions(
            torch.from_numpy(seen.regions.classes[None]).to(self.device),
            torch.from_numpy(seen.regions.geometry[None]).to(self.device),
        )
        texts = self.text.encode([request.label, request.layout.caption])
        canvas = request.layout.canvas
        known = scalar_features(request.guidance, canvas, style=request.style)
        hints = np.zeros(BRUSH, np.float32) if seen.brush is None else seen.brush.features
        read = hints[: self.layout_encoder.config["brush"]]
        scalars = torch.from_numpy(np.concatenate((known, read))).to(self.device)
        three = torch.ones(3, dtype=torch.bool, device=self.device)
        used = three & (request.guidance.mode is not GuidanceMode.FREE)

        def rows(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.to(self.device).expand(3, *tensor.shape).contiguous()

        condition = self.denoiser.condition(
            layout=(rows(tokens[0]), rows(valid[0]), rows(pooled[0])),
            regions=(rows(regions[0][0]), rows(regions[1][0]), rows(regions[2][0])),
            zoom=(rows(tokens[1]), rows(valid[1]), rows(pooled[1])),
            zoom_used=used,
            outline=rows(self._outline(seen, scalars)),
            object_text=(rows(texts.tokens[0]), rows(texts.mask[0]), rows(texts.pooled[0])),
            context_text=(rows(texts.tokens[1]), rows(texts.mask[1]), rows(texts.pooled[1])),
            scalars=rows(scalars),
            text_kept=torch.tensor([True, False, False], device=self.device),
            layout_kept=torch.tensor([True, True, False], device=self.device),
        )
        placement = None
        if request.guidance.box is not None:
            place = torch.from_numpy(placement_of(request.guidance.box, canvas)).to(self.device)
            placement = (place - self.denoiser.placement_mean) / self.denoiser.placement_std
        return Encoded(condition, placement)

    def _outline(self, seen: Seen, scalars: torch.Tensor) -> torch.Tensor:
        if seen.outline is None or seen.brush is None:
            return torch.zeros(self.mask_autoencoder.config["code_size"])
        frames = np.stack((seen.outline, outline_frame(seen.brush.core)))
        fields = torch.from_numpy(frames).to(self.device) / 255
        likeness, core = self.mask_autoencoder.encode_outline(fields)[:, None]
        return self.layout_encoder.outline(
            fields[:1],
            scalars[None, SCRIBBLE_SIZE],
            likeness=likeness,
            core=core,
            brush=scalars[None, SCALARS:],
        )[0]

    def noise(
        self, seeds: Sequence[int], canvas: Box, spread: tuple[float, float] = (1.0, 1.0)
    ) -> torch.Tensor:
        size = PLACEMENT + self.mask_autoencoder.config["code_size"]
        noise = seeded_noise(seeds, (size,))
        noise[:, :PLACEMENT] *= spread[0]
        noise[:, PLACEMENT:] *= spread[1]
        return noise.to(self.device)

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
        paint, stroke = paint_of(guidance, canvas), stroke_of(guidance, canvas)
        masks = [
            _drawn(field, box, canvas, paint, stroke)
            for field, box in zip(fields.cpu().numpy(), boxes, strict=True)
        ]
        return [Sample(mask, float(sure)) for mask, sure in zip(masks, confidence, strict=True)]


def _drawn(
    field: np.ndarray, box: Box, canvas: Box, paint: Paint | None, stroke: Stroke | None
) -> Mask:
    """A sample where it was placed, or where the scribble says more exactly that it is."""
    mask = from_frame(field, box, canvas)
    painted = drawn_to(mask, paint, canvas) if paint is not None else None
    if painted is not None:
        return painted
    if stroke is None:
        return mask
    better = covering(mask, box, stroke)
    return joined(mask if better == box else from_frame(field, better, canvas), stroke)
