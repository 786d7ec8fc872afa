"""Blended latent diffusion (Avrahami, Fried and Lischinski 2023) with any mask schedule.

Works with the parts of any Stable Diffusion pipeline whose UNet takes text alone: 512 px SD as
well as the lite pack's 256 px model, epsilon or v prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.click2mask.config import ClickConfig
from engine.click2mask.schedule import MaskAt, Timeline
from engine.layout.mask import BoolArray
from engine.render.latents import latents_of

Pixels = NDArray[np.uint8]
OnCall = Callable[[], None]


@dataclass(slots=True)
class Cost:
    """What was computed: UNet rows (a guided pair counts once) and calls, decodes, gradients."""

    unet: int = 0
    unet_calls: int = 0
    decodes: int = 0
    gradients: int = 0
    scored: int = 0

    def values(self) -> dict[str, int]:
        return {
            "unet": self.unet,
            "unet_calls": self.unet_calls,
            "decodes": self.decodes,
            "gradients": self.gradients,
            "scored": self.scored,
        }


def canvas_width(pipeline: StableDiffusionPipeline) -> int:
    """Side in px of the square that the pipeline's model was made for."""
    size = pipeline.unet.config["sample_size"]
    side = size if isinstance(size, int) else min(size)
    return side * pipeline.vae_scale_factor


@dataclass(slots=True)
class Noise:
    """All random numbers of one run, each step's its own: equal steps of two runs are equal."""

    seed: int
    shape: tuple[int, ...]

    def start(self) -> Tensor:
        return self._draw(0)

    def at(self, i: int) -> Tensor:
        """n of step i, for the background."""
        return self._draw(i + 1)

    def _draw(self, number: int) -> Tensor:
        # On the CPU, so that every device gets the same.
        spawned = np.random.SeedSequence([self.seed % 2**63, number]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(spawned[0]) % 2**63)
        return torch.randn(self.shape, generator=generator)


@dataclass(slots=True)
class BlendedDiffusion:
    """One prompt over one source picture.

    Attributes:
        source: z_src, (1, C, h, w), scaled as the UNet wants it.
        on_call: Called before every UNet call; raises to cancel.
    """

    pipeline: StableDiffusionPipeline
    config: ClickConfig
    timeline: Timeline
    source: Tensor
    words: Tensor
    scheduler: DDIMScheduler
    timesteps: list[int]
    on_call: OnCall
    cost: Cost = field(default_factory=Cost)

    @classmethod
    def of(
        cls,
        pipeline: StableDiffusionPipeline,
        *,
        picture: Pixels,
        prompt: str,
        config: ClickConfig,
        on_call: OnCall = lambda: None,
    ) -> BlendedDiffusion:
        """Encode the picture, uint8 (W, W, 3), and the prompt."""
        timeline = Timeline.of(config)
        scheduler = ddim(pipeline.scheduler.config)
        scheduler.set_timesteps(config.steps)
        steps = [int(t) for t in scheduler.timesteps][timeline.skipped :]
        device = device_of(pipeline)
        with torch.no_grad():
            positive, negative = cast(Any, pipeline.encode_prompt(prompt, device, 1, True))
        return cls(
            pipeline=pipeline,
            config=config,
            timeline=timeline,
            source=encode(pipeline, picture),
            words=torch.cat([negative, positive]).to(pipeline.unet.dtype),
            scheduler=scheduler,
            timesteps=steps,
            on_call=on_call,
        )

    def noise(self, seed: int) -> Noise:
        return Noise(seed, tuple(self.source.shape))

    def start(self, noises: Sequence[Noise]) -> Tensor:
        """Pure noise, a row for each: not the noised source, also where the first t is not T."""
        return torch.cat([noise.start() for noise in noises]).to(self.source)

    @torch.no_grad()
    def denoised(self, z: Tensor, i: int) -> tuple[Tensor, Tensor]:
        """One guided DDIM step (eta 0): the latent after it, and the clean latent z0 foreseen."""
        self.on_call()
        t, rows = self.timesteps[i], len(z)
        words = self.words.repeat_interleave(rows, dim=0)
        plain, told = self.pipeline.unet(
            torch.cat([z, z]), t, encoder_hidden_states=words, return_dict=False
        )[0].chunk(2)
        self.cost.unet += rows
        self.cost.unet_calls += 1
        made = plain + self.config.guidance * (told - plain)
        out = self.scheduler.step(made, t, z)
        assert not isinstance(out, tuple) and out.pred_original_sample is not None
        return out.prev_sample, out.pred_original_sample

    def blended(self, z: Tensor, mask: BoolArray, i: int, noises: Sequence[Noise]) -> Tensor:
        """Equation 1: z * m + noised(z_src) * (1 - m).

        The source gets the noise of the step just done, as in the original work, not of the next.
        """
        m = reduced(as_tensor(mask, like=self.source), self.source)
        fresh = torch.cat([noise.at(i) for noise in noises]).to(self.source)
        t = torch.tensor([self.timesteps[i]], device=self.source.device)
        background = self.scheduler.add_noise(self.source.expand_as(fresh), fresh, t)  # pyright: ignore
        return z * m + background * (1 - m)

    def run(
        self,
        noises: Sequence[Noise],
        mask_at: MaskAt,
        *,
        last: int | None = None,
        on_step: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """All steps up to `last` (included), from the start, blended after each.

        Args:
            on_step: Called after step i with z0.
        """
        z = self.start(noises)
        for i in range(self.timeline.total if last is None else last + 1):
            z, z0 = self.denoised(z, i)
            z = self.blended(z, mask_at(i), i, noises)
            if on_step is not None:
                on_step(i, z0)
        return z

    def decoded(self, z: Tensor) -> Tensor:
        """Latents to pictures, about -1..1, float32 (B, 3, W, W); differentiable."""
        self.cost.decodes += len(z)
        vae: Any = self.pipeline.vae
        return vae.decode(z / vae.config.scaling_factor, return_dict=False)[0].float()

    def pasted(self, z0: Tensor, mask: Tensor) -> Tensor:
        """z0 inside a mask (1, 1, GRID, GRID), the source outside; differentiable in the mask."""
        m = reduced(mask, self.source)
        return z0 * m + self.source * (1 - m)


def device_of(pipeline: StableDiffusionPipeline) -> torch.device:
    """Where a pipeline computes, wherever its models lie in between."""
    return cast(torch.device, pipeline._execution_device)


def ddim(config: Any) -> DDIMScheduler:
    """The paper's sampler with the noise levels and the prediction type of a model."""
    scheduler = DDIMScheduler.from_config(
        config,
        clip_sample=False,
        set_alpha_to_one=False,
        timestep_spacing="leading",
        steps_offset=0,
    )
    assert isinstance(scheduler, DDIMScheduler)
    return scheduler


@torch.no_grad()
def encode(pipeline: StableDiffusionPipeline, picture: Pixels) -> Tensor:
    """A picture, uint8 (H, W, 3), as the mean of its latents, scaled, (1, C, h, w)."""
    vae: Any = pipeline.vae
    pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].to(device_of(pipeline))
    x = (pixels.float() / 127.5 - 1).to(vae.dtype)
    return latents_of(vae, x)


def as_tensor(mask: BoolArray, *, like: Tensor) -> Tensor:
    return torch.from_numpy(mask.astype(np.float32)).to(like)[None, None]


def reduced(mask: Tensor, latent: Tensor) -> Tensor:
    """A mask of the field at a latent's size: the share of each latent cell that it covers."""
    size = latent.shape[-2:]
    return mask if mask.shape[-2:] == size else F.interpolate(mask, size=size, mode="area")


def to_pixels(x: Tensor) -> Pixels:
    """A decoded picture (3, H, W), -1..1, as uint8 (H, W, 3)."""
    grey = ((x.detach().float() / 2 + 0.5).clamp(0, 1) * 255).round()
    return grey.permute(1, 2, 0).cpu().numpy().astype(np.uint8)
