"""Which packs Click2Mask can work with; imports no torch."""

from __future__ import annotations

from engine.errors import EngineError, ModelMissing
from engine.models.catalogue import packs
from engine.models.places import pack_folder


def check_pack(pack: str) -> None:
    """Raise EngineError for a pack whose picture model is of another family.

    Nobody should download a large pack to be refused then, so of one that is not installed the
    catalogue is asked. One that nobody knows is left to those who open it.
    """
    try:
        index = pack_folder(pack) / "text_to_image" / "model_index.json"
        is_other = "StableDiffusionXL" in index.read_text("utf-8", errors="replace")
    except (ModelMissing, OSError):
        listed = packs().get(pack)
        model = listed.component("text_to_image") if listed else None
        is_other = model is not None and "Click2Mask" not in model.needed_for
    if is_other:
        raise EngineError(
            f"Click2Mask does not work with the pack {pack}: it takes gradients from a picture "
            "model with one text encoder, like Stable Diffusion 1.x and 2.x and the lite models, "
            "and an SDXL model has two. Choose the pack lite or sd15."
        )
