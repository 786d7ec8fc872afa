"""SmartMask as a diffusers pipeline: a request in, mask samples out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from diffusers import DiffusionPipeline

# diffusers opens only components whose modules are imported already: these bring them all.
from engine.smartmask import spatial_models as _spatial_models  # noqa: F401
from engine.smartmask.brush import is_painted_over
from engine.smartmask.request import AS_THE_PACK, SuggestRequest
from engine.smartmask.shape_space import ShapeSpace
from engine.smartmask.spaces import MaskSpace, Sample, Scales
from engine.smartmask.spatial import SpatialSpace
from engine.text.encoder import TextEncoder

StepCallback = Callable[[int, int], None]
PAINTED_MODE = "painted"


class SmartMaskPipeline(DiffusionPipeline):
    """Proposes masks of the next object of a layout (paper sections 3.1 and 3.2).

    What is diffused follows from the models: with a `ShapeDenoiser` a vector of placement and
    shape code, with a `UNet2DConditionModel` the paper's spatial latent. Guidance, texts, dual
    classifier-free guidance and seeds are the same for both. The lite pack keeps its text encoder
    in a folder of its own, because all lite models share it: pass it to `from_pretrained`.

    `known_labels` are the things a small model was trained on; other labels are taken for the
    nearest of them. None means that any label goes to the model as it is. `mode_scales` gives a
    guidance mode ("scribble") its own pair of layout and text scale: what is drawn by hand says
    more of the shape than the word does. `mode_spread` likewise gives the spread of the start
    noise of place and of shape, 1 and 1 elsewhere. Both may have a "painted" too, for scribbles
    that cover the whole thing and so tell its outline. `among` is how many samples are drawn to
    choose the suggestions among (`SuggestRequest.among`); None where each one is dear.
    """

    model_cpu_offload_seq = "text_encoder->layout_encoder->denoiser->mask_autoencoder"
    _optional_components = ["text_encoder", "tokenizer"]

    def __init__(
        self,
        layout_encoder: Any,
        denoiser: Any,
        mask_autoencoder: Any,
        scheduler: Any,
        text_encoder: Any = None,
        tokenizer: Any = None,
        steps: int = 20,
        layout_scale: float = 1.5,
        text_scale: float = 2.0,
        known_labels: list[str] | None = None,
        mode_scales: dict[str, list[float]] | None = None,
        mode_spread: dict[str, list[float]] | None = None,
        among: int | None = None,
    ) -> None:
        super().__init__()
        self.register_modules(
            layout_encoder=layout_encoder,
            denoiser=denoiser,
            mask_autoencoder=mask_autoencoder,
            scheduler=scheduler,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
        )
        self.register_to_config(
            steps=steps,
            layout_scale=layout_scale,
            text_scale=text_scale,
            known_labels=known_labels,
            mode_scales=mode_scales,
            mode_spread=mode_spread,
            among=among,
        )

    def space(self) -> MaskSpace:
        """The mask space of the loaded models."""
        if self.text_encoder is None or self.tokenizer is None:
            raise ValueError(
                "SmartMaskPipeline has no text encoder: give text_encoder= and tokenizer= to "
                "from_pretrained."
            )
        if hasattr(self.denoiser, "placement_mean"):
            return ShapeSpace(
                layout_encoder=self.layout_encoder,
                denoiser=self.denoiser,
                mask_autoencoder=self.mask_autoencoder,
                text=TextEncoder(self.text_encoder, self.tokenizer),
            )
        return SpatialSpace(self)

    def settled(self, request: SuggestRequest) -> SuggestRequest:
        """The request with the pack's steps, scales and number of samples where it names none:
        all that a layer's provenance needs to have the mask made again."""
        steps, scales = self._numbers(request)
        among = request.among
        if among == AS_THE_PACK:
            among = max(request.count, self.config["among"] or 0)
        return replace(
            request, among=among, steps=steps, layout_scale=scales.layout, text_scale=scales.text
        )

    def _numbers(self, request: SuggestRequest) -> tuple[int, Scales]:
        default = (self.config["layout_scale"], self.config["text_scale"])
        own = self._own("mode_scales", request, default)
        scales = Scales(
            layout=_or(request.layout_scale, own[0]), text=_or(request.text_scale, own[1])
        )
        return request.steps or self.config["steps"], scales

    def _own(
        self, name: str, request: SuggestRequest, default: tuple[float, float]
    ) -> Sequence[float]:
        """What the pack has of a pair for the guidance of the request."""
        pairs = self.config.get(name) or {}
        found = pairs.get(request.guidance.mode.value, default)
        scribble = request.guidance.scribble
        if PAINTED_MODE not in pairs or scribble is None:
            return found
        painted = is_painted_over(scribble.within(request.layout.canvas))
        return pairs[PAINTED_MODE] if painted else found

    @torch.inference_mode()
    def __call__(
        self, request: SuggestRequest, *, on_step: StepCallback | None = None
    ) -> list[Sample]:
        """Draw `request.drawn` samples, sample k from seed + k - 1.

        Args:
            request: Checked by `check_request`.
            on_step: Called before every step with (steps done, steps in all); may raise.

        Returns:
            One sample per seed, in the order of seeds.
        """
        space = self.space()
        canvas = request.layout.canvas
        steps, scales = self._numbers(request)
        encoded = space.encode(request)
        seeds = [request.seed + k for k in range(request.drawn)]
        self.scheduler.set_timesteps(steps, device=self._execution_device)
        place, shape = self._own("mode_spread", request, (1.0, 1.0))
        latents = space.noise(seeds, canvas, (place, shape)) * self.scheduler.init_noise_sigma
        for index, time in enumerate(self.scheduler.timesteps):
            if on_step is not None:
                on_step(index, steps)
            model_input = self.scheduler.scale_model_input(latents, time)
            output = space.predict(model_input, time, encoded, scales)
            latents = self.scheduler.step(output, time, latents).prev_sample
        return space.decode(latents, request.guidance, canvas)


def _or(given: float | None, default: float) -> float:
    return default if given is None else given
