"""Opening a component of any pack as the stock diffusers or transformers object it is.

What opens them is chosen by their configs, so the lite pack and the full ones take the same way.
Importing this module imports no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.jobs.context import JobContext, QuietContext
from engine.models import memory, packs
from engine.models.check import read_config


def load_component(
    pack: str, component: str, *, context: JobContext | None = None, kind: Any = None
) -> Any:
    """One model of a pack, loaded on the first call and kept while there is room.

    `text_to_image` is a StableDiffusionPipeline or StableDiffusionXLPipeline in the computer's
    memory: compose it with ControlNets (`**pipeline.components`), then `memory.place` the result.
    `segmenter` and `click_scorer` are models on `memory.device()`; `smartmask`, `text_encoder`
    and `planner` are what their own loaders give. Precision is `memory.dtype()`.

    Args:
        kind: A class whose `from_pretrained` opens the folder instead of the stock one.

    Raises:
        InputError: There is no such component.
        ModelMissing, ModelDamaged: See `packs.check_component`; also when it does not open.
        OutOfMemory: It does not fit; says what the next lower preset would do.
        Cancelled: The user cancelled while it loaded.
    """
    own = {
        "smartmask": packs.load_smartmask,
        "text_encoder": packs.load_text_encoder,
        "planner": packs.load_planner,
    }
    if component not in packs.COMPONENT_NAMES:
        names = ", ".join(packs.COMPONENT_NAMES)
        raise InputError(f"There is no component {component}: use one of {names}.")
    if kind is None and component in own:
        return own[component](pack, context=context)
    dtype = memory.dtype()
    whole = component in ("segmenter", "click_scorer")
    # These two run alone and small: single precision costs nothing and decides nothing.
    item_bytes = 4 if whole else dtype.itemsize

    def load(model: Path) -> Any:
        _quiet()
        opener = kind or _opener(model, component)
        if whole:
            opened = opener.from_pretrained(model, use_safetensors=True, local_files_only=True)
            return opened.eval().to(memory.device())
        opened = opener.from_pretrained(
            model, dtype=dtype, use_safetensors=True, local_files_only=True
        )
        return opened.eval() if hasattr(opened, "eval") else opened

    variant = f"{getattr(kind, '__name__', '')} {dtype}".strip()
    return packs.cached(
        pack, component, load, context or QuietContext(), variant=variant, item_bytes=item_bytes
    )


def _opener(model: Path, component: str) -> Any:
    """The stock class for a checked component's folder."""
    import diffusers
    import transformers

    match component:
        case "text_to_image":
            return getattr(diffusers, read_config(model / "model_index.json")["_class_name"])
        case "controlnet_seg" | "controlnet_inpaint":
            return getattr(diffusers, read_config(model / "config.json")["_class_name"])
        case "segmenter":
            return transformers.AutoModelForUniversalSegmentation
        case "click_scorer":
            return transformers.CLIPModel
        case _:
            return diffusers.DiffusionPipeline


def _quiet() -> None:
    from diffusers.utils import logging as ours
    from transformers.utils import logging as theirs

    ours.disable_progress_bar()
    theirs.disable_progress_bar()
