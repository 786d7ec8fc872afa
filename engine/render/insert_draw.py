"""Drawing into a hole of a picture: both ControlNets together, the surroundings held in place.

The stock ControlNet pipeline runs with two conditions (algorithms 5.1): the layout in ADE20K's
colours for the seg ControlNet, and for the inpaint one the picture in 0..1 with the hole at -1.
ControlNet-union of SDXL takes both itself, the hole black (5.2). After every step the latents
outside the hole are set to the picture's own at that noise level, so that light and lines run on
across the edge; stock inpaint pipelines do the same, but only for models of 4 latent channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetUnionModel
from numpy.typing import NDArray
from torch.nn import functional

from engine.errors import ModelDamaged, ModelMissing
from engine.jobs.context import JobContext
from engine.layout.mask import BoolArray
from engine.models import memory
from engine.models.packs import has_component, missing_message
from engine.render.defaults import defaults_of
from engine.render.drawing import Scene, encode, steered
from engine.render.latents import latents_of
from engine.render.load import (
    UNION_SEGMENT,
    Renderer,
    load_controlnet,
    load_text_to_image,
    preview_of,
    with_controlnet,
)

UNION_REPAINT = 7
OnStep = Callable[[int, NDArray[np.uint8] | None], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inserter:
    """A pack ready to insert.

    Attributes:
        seg, inpaint: Which conditions its pipeline takes, in this order.
        notes: Lines for the user on what the pack lacks.
    """

    renderer: Renderer
    seg: bool
    inpaint: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hole:
    """What is drawn and where, all at the size of the drawing.

    Attributes:
        picture: RGB uint8 (height, width, 3).
        hole: bool (height, width), what is to be filled.
        colours: The layout with the new object, RGB uint8 (height, width, 3).
    """

    picture: NDArray[np.uint8]
    hole: BoolArray
    colours: NDArray[np.uint8]


def open_inserter(pack: str, context: JobContext, *, seg: bool = True) -> Inserter:
    """The pack's models for insertion, loaded on the first call and kept while there is room.

    Args:
        seg: Whether the layout is to guide the drawing; without layers it would mislead.

    Raises:
        ModelMissing: The pack has no ControlNet for insertion, or no text-to-image model.
        ModelDamaged, OutOfMemory, Cancelled: As `packs.cached`.
    """
    if not has_component(pack, "controlnet_inpaint"):
        raise ModelMissing(missing_message(pack, "controlnet_inpaint"))
    defaults = defaults_of(pack)
    base = load_text_to_image(pack, context)
    inpaint = load_controlnet(pack, "inpaint", context)
    notes: tuple[str, ...] = ()
    if isinstance(inpaint, ControlNetUnionModel):
        if inpaint.config["num_control_type"] <= UNION_REPAINT:
            raise ModelDamaged(
                f"The ControlNet-union of the pack {pack} is the one without repainting: "
                "insertion needs the one called promax."
            )
        nets: Any = inpaint
    elif seg and has_component(pack, "controlnet_seg"):
        nets = [load_controlnet(pack, "seg", context), inpaint]
    else:
        if seg:
            notes = ("The pack has no ControlNet for layouts: only the words say what to draw.",)
        seg, nets = False, [inpaint]
    pipeline = with_controlnet(base, nets)
    pipeline.set_progress_bar_config(disable=True)
    renderer = Renderer(
        pipeline=memory.place(pipeline),
        defaults=defaults,
        preview=preview_of(base.vae),
        control=True,
    )
    return Inserter(renderer=renderer, seg=seg, inpaint=True, notes=notes)


def draw_into(
    inserter: Inserter, scene: Scene, hole: Hole, *, seed: int, on_step: OnStep
) -> NDArray[np.uint8]:
    """The picture with its hole filled, RGB uint8 (height, width, 3), at the drawing's size.

    Args:
        scene: Words, size, steps and scales; its condition is not used.
        on_step: Gets the number of finished steps and a look at the picture; what it raises
            ends the drawing at once.
    """
    renderer = inserter.renderer
    pipeline = renderer.pipeline
    with torch.inference_mode():
        words = encode(renderer, scene)
        generator = torch.Generator("cpu").manual_seed(seed)
        kept, cells = _latents(pipeline, hole)
        noise = torch.randn(kept.shape, generator=generator, dtype=torch.float32).to(kept)
        held = _Held(kept=kept, cells=cells, noise=noise)

        def after_step(_: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            done = step + 1
            foreseen = pipeline.scheduler.model_outputs[-1]
            look = held.mixed(foreseen, kept)
            values["latents"] = held.at(pipeline.scheduler, values["latents"], done)
            if words.regions is not None:
                words.regions.at(1 - done / scene.steps)
            on_step(done, renderer.preview(look) if done < scene.steps else None)
            return values

        with steered(renderer, words.regions):
            made = pipeline(
                **words.embeddings,
                **_conditions(inserter, hole, scene.control_scale),
                width=scene.size[0],
                height=scene.size[1],
                num_inference_steps=scene.steps,
                guidance_scale=scene.guidance,
                latents=noise.clone(),
                callback_on_step_end=after_step,
                output_type="np",
            )
    return (np.asarray(made.images[0]) * 255).round().astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    """The picture's own latents, which the drawing may not leave.

    Attributes:
        kept: (1, c, h, w) of the picture.
        cells: (1, 1, h, w), 1 where the drawing is free.
        noise: What the drawing started from.
    """

    kept: torch.Tensor
    cells: torch.Tensor
    noise: torch.Tensor

    def at(self, scheduler: Any, latents: torch.Tensor, done: int) -> torch.Tensor:
        """Latents after `done` steps with the surroundings at that step's noise level."""
        if done < len(scheduler.timesteps):
            level = scheduler.add_noise(self.kept, self.noise, scheduler.timesteps[done][None])
        else:
            level = self.kept
        return self.mixed(latents, level)

    def mixed(self, inside: torch.Tensor, outside: torch.Tensor) -> torch.Tensor:
        cells = self.cells.to(inside)
        return inside * cells + outside.to(inside) * (1 - cells)


def _latents(pipeline: Any, hole: Hole) -> tuple[torch.Tensor, torch.Tensor]:
    """The picture's latents, scaled for the denoiser, and which cells the hole touches."""
    vae, where = pipeline.vae, pipeline._execution_device
    pixels = _tensor(hole.picture).to(where, vae.dtype) * 2 - 1
    kept = latents_of(vae, pixels)
    mask = torch.from_numpy(hole.hole).float()[None, None]
    cells = functional.adaptive_max_pool2d(mask, kept.shape[-2:])
    return kept.to(pipeline.unet.dtype), cells.to(where)


def _conditions(inserter: Inserter, hole: Hole, scale: float) -> dict[str, Any]:
    picture, colours = _tensor(hole.picture), _tensor(hole.colours)
    mask = torch.from_numpy(hole.hole)[None, None]
    if inserter.renderer.union:
        black = torch.where(mask, torch.zeros_like(picture), picture)
        images = [colours, black] if inserter.seg else [black]
        modes = [UNION_SEGMENT, UNION_REPAINT] if inserter.seg else [UNION_REPAINT]
        return {
            "control_image": images,
            "control_mode": modes,
            "controlnet_conditioning_scale": scale,
        }
    holed = torch.where(mask, -torch.ones_like(picture), picture)
    images = [colours, holed] if inserter.seg else [holed]
    # The scale is of the layout's weight; without the hole's own the background is not seen.
    scales = [scale, 1.0] if inserter.seg else [1.0]
    return {"image": images, "controlnet_conditioning_scale": scales}


def _tensor(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """(1, 3, height, width) in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255
