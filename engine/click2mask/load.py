"""Opening what a click needs from a pack: a text-to-image pipeline and the scorer."""

from __future__ import annotations

from typing import Any

from diffusers import StableDiffusionPipeline

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.family import check_pack
from engine.jobs.context import JobContext
from engine.models import memory, packs
from engine.models.loading import load_component


def open_parts(pack: str, context: JobContext) -> tuple[StableDiffusionPipeline, AlphaClip]:
    """The pack's picture model and scorer, loaded on the first call and kept while there is room.

    Raises:
        ModelMissing, ModelDamaged: One of the two is not there or not whole.
        EngineError: The pack's picture model is none that Click2Mask works with.
        OutOfMemory: They do not fit.
        Cancelled: The user cancelled while they loaded.
    """
    check_pack(pack)
    # The small one first: who lacks it should not wait for the large one.
    scorer = packs.cached(
        pack, "click_scorer", AlphaClip.from_pretrained, context, variant="click2mask"
    )
    pipeline: Any = load_component(pack, "text_to_image", context=context)
    # Its gradients are taken through the decoder, not of it.
    pipeline.vae.requires_grad_(False)
    return memory.place(pipeline), scorer.to(memory.device())
