"""Opening what a render needs from a pack: one stock diffusers pipeline, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    ControlNetUnionModel,
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLControlNetPipeline,
    StableDiffusionXLControlNetUnionPipeline,
    StableDiffusionXLPipeline,
)

from engine.errors import EngineError
from engine.jobs.context import JobContext
from engine.models import memory, packs
from engine.render.defaults import PackDefaults, defaults_of
from engine.render.preview import LatentPreview

UNION_SEGMENT = 5
"""Number of the segmentation condition in ControlNet-union (algorithms 5.2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Renderer:
    """A pack ready to draw.

    Attributes:
        pipeline: A stock ControlNet pipeline, or a plain text-to-image one where no ControlNet
            was asked for.
        preview: Cheap looks at its latents.
        control: Whether the pipeline takes a conditioning image.
    """

    pipeline: Any
    defaults: PackDefaults
    preview: LatentPreview
    control: bool

    @property
    def union(self) -> bool:
        return isinstance(self.pipeline, StableDiffusionXLControlNetUnionPipeline)

    @property
    def xl(self) -> bool:
        return "text_encoder_2" in self.pipeline.components

    @property
    def denoisers(self) -> tuple[Any, ...]:
        """The models whose cross-attention reads the words."""
        if not self.control:
            return (self.pipeline.unet,)
        nets = self.pipeline.controlnet
        # Insertion works with two, which diffusers puts into one.
        return (self.pipeline.unet, *getattr(nets, "nets", (nets,)))


def open_renderer(pack: str, context: JobContext, *, control: bool = True) -> Renderer:
    """The pack's renderer; its models are loaded on the first call and kept while there is room.

    Raises:
        ModelMissing, ModelDamaged: A part is not there, not whole, or of another family.
        OutOfMemory: It does not fit.
        Cancelled: The user cancelled while it loaded.
    """
    defaults = defaults_of(pack)
    base = load_text_to_image(pack, context)
    preview = preview_of(base.vae)
    pipeline = base
    if control:
        pipeline = with_controlnet(base, load_controlnet(pack, "seg", context))
    pipeline.set_progress_bar_config(disable=True)
    return Renderer(
        pipeline=memory.place(pipeline), defaults=defaults, preview=preview, control=control
    )


def load_text_to_image(pack: str, context: JobContext) -> Any:
    """The pack's stock text-to-image pipeline, with the multistep DPM-Solver++ as its scheduler.

    That one gives in 20 to 30 steps what the schedulers in the packs need 50 for.
    """
    dtype = memory.dtype()

    def load(model: Path) -> Any:
        _quiet()
        pipeline = DiffusionPipeline.from_pretrained(
            model, dtype=dtype, use_safetensors=True, local_files_only=True
        )
        if not isinstance(pipeline, StableDiffusionPipeline | StableDiffusionXLPipeline):
            raise EngineError(
                f"{model} holds a {type(pipeline).__name__}, which renders no layouts."
            )
        pipeline.scheduler = fast_scheduler(pipeline.scheduler)
        return pipeline

    return packs.cached(
        pack, "text_to_image", load, context, variant=f"render {dtype}", item_bytes=dtype.itemsize
    )


def load_controlnet(pack: str, kind: str, context: JobContext) -> Any:
    """The pack's ControlNet of a kind: "seg" or "inpaint"."""
    dtype = memory.dtype()

    def load(model: Path) -> Any:
        _quiet()
        config = ControlNetModel.load_config(model)
        union = isinstance(config, dict) and "Union" in str(config.get("_class_name"))
        chosen = ControlNetUnionModel if union else ControlNetModel
        return chosen.from_pretrained(
            model, dtype=dtype, use_safetensors=True, local_files_only=True
        ).eval()

    return packs.cached(
        pack, f"controlnet_{kind}", load, context, variant=f"{dtype}", item_bytes=dtype.itemsize
    )


def with_controlnet(base: Any, controlnet: Any) -> Any:
    """A stock ControlNet pipeline around the models of a text-to-image pipeline."""
    parts = dict(base.components)
    if isinstance(base, StableDiffusionXLPipeline):
        union = isinstance(controlnet, ControlNetUnionModel)
        kind = (
            StableDiffusionXLControlNetUnionPipeline
            if union
            else StableDiffusionXLControlNetPipeline
        )
        return kind(**parts, controlnet=controlnet, add_watermarker=False)
    return StableDiffusionControlNetPipeline(
        **parts, controlnet=controlnet, requires_safety_checker=False
    )


def fast_scheduler(scheduler: Any) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ (2M) on the noise schedule that the model was trained with."""
    made = DPMSolverMultistepScheduler.from_config(scheduler.config)
    assert isinstance(made, DPMSolverMultistepScheduler)
    return made


def preview_of(vae: AutoencoderKL | AutoencoderTiny) -> LatentPreview:
    """The cheap looks at a VAE's latents, measured on the first call."""
    # Kept with the VAE it was measured on, so that both are dropped together.
    found = getattr(vae, "_scenewright_preview", None)
    if found is None:
        found = LatentPreview.measured(vae)
        vae._scenewright_preview = found  # pyright: ignore
    return found


def _quiet() -> None:
    from diffusers.utils import logging as ours
    from transformers.utils import logging as theirs

    ours.disable_progress_bar()
    theirs.disable_progress_bar()
    # A BERT as text encoder, without a pooler, is meant so: no warnings on the user's terminal.
    ours.set_verbosity_error()
    theirs.set_verbosity_error()
