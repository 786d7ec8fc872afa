"""What a pack renders best with: `render.json`, else what its configs tell. No torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ModelDamaged, ModelMissing
from engine.models.packs import pack_folder

DEFAULTS_FILE = "render.json"
TEXT_TO_IMAGE = "text_to_image"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDefaults:
    """How a pack wants to be asked.

    Attributes:
        family: "lite", "sd15" or "sdxl".
        size: Longest side in px that the models were trained for.
        window: Longest side in px at which the window of a photo is drawn when an object is
            inserted; 0 takes `size`.
        closest: Least side of that window in sizes of the drawing.
        smallest, largest: Longest sides in px that make sense.
        multiple: Both sides of a picture are multiples of this many px.
        steps: Denoising steps.
        guidance: Classifier-free guidance scale.
        control_scale: Weight of the ControlNet.
        region_boost: By how much a layer's words are favoured in its own region, added to the
            attention logits at the first step and falling to 0 at the last (`regions`).
        feather: Width of the soft edge of what is put into a photo, as a share of its longest side.
        styles: Which style presets fit: "illustration" or "general".
        checkpoint, controlnet: Public ids of the models, for the export bundle; "" if none. A
            ControlNet whose repository has no file of the usual name is the address of its file.
    """

    family: str
    size: int
    smallest: int
    largest: int
    multiple: int
    steps: int
    guidance: float
    control_scale: float = 1.0
    region_boost: float = 1.0
    window: int = 0
    closest: float = 0.5
    feather: float = 0.01
    styles: str = "general"
    checkpoint: str = ""
    controlnet: str = ""


FAMILIES: Mapping[str, PackDefaults] = {
    "lite": PackDefaults(
        family="lite",
        size=256,
        smallest=128,
        largest=512,
        multiple=16,
        steps=20,
        guidance=3.0,
        # Things in illustrations have clean edges.
        feather=0.0025,
        styles="illustration",
    ),
    "sd15": PackDefaults(
        family="sd15",
        size=512,
        smallest=256,
        largest=1024,
        multiple=8,
        steps=25,
        guidance=7.0,
        checkpoint="stable-diffusion-v1-5/stable-diffusion-v1-5",
        controlnet="lllyasviel/control_v11p_sd15_seg",
    ),
    "sdxl": PackDefaults(
        family="sdxl",
        size=1024,
        smallest=512,
        largest=2048,
        multiple=64,
        steps=30,
        guidance=5.0,
        control_scale=0.8,
        checkpoint="stabilityai/stable-diffusion-xl-base-1.0",
        controlnet="https://huggingface.co/abovzv/sdxl_segmentation_controlnet_ade20k/"
        "blob/main/sdxl_segmentation_ade20k_controlnet.safetensors",
    ),
}


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    family: str | None = Field(None, pattern="^(lite|sd15|sdxl)$")
    size: int | None = Field(None, ge=64, le=4096)
    window: int | None = Field(None, ge=64, le=4096)
    closest: float | None = Field(None, gt=0, le=1)
    feather: float | None = Field(None, ge=0, le=0.2)
    smallest: int | None = Field(None, ge=64, le=4096)
    largest: int | None = Field(None, ge=64, le=4096)
    multiple: int | None = Field(None, ge=1, le=256)
    steps: int | None = Field(None, ge=1, le=1000)
    guidance: float | None = Field(None, ge=0, le=100)
    control_scale: float | None = Field(None, ge=0, le=10)
    region_boost: float | None = Field(None, ge=0, le=20)
    styles: str | None = Field(None, pattern="^(illustration|general)$")
    checkpoint: str | None = None
    controlnet: str | None = None


def defaults_of(pack: str) -> PackDefaults:
    """The pack's defaults: its family's, where `render.json` of the pack says nothing else.

    Raises:
        ModelMissing: The pack is not installed or has no text-to-image model.
        ModelDamaged: `render.json` or a config cannot be read, or the family is not known.
    """
    return defaults_in(pack_folder(pack))


def defaults_in(folder: Path) -> PackDefaults:
    """`defaults_of` for a pack's folder."""
    given: dict[str, Any] = {}
    file = folder / DEFAULTS_FILE
    if file.is_file():
        try:
            given = _File.model_validate_json(file.read_bytes()).model_dump(exclude_none=True)
        except (ValidationError, OSError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            raise ModelDamaged(f"{file} cannot be used ({reason}): install the pack again.") from (
                error
            )
    family = given.pop("family", None) or _family(folder)
    return replace(FAMILIES[family], **given)


def _family(folder: Path) -> str:
    """The family of a stock pipeline folder, by its class and by how far its VAE reduces."""
    model = folder / TEXT_TO_IMAGE
    if not (model / "model_index.json").is_file():
        raise ModelMissing(
            f"The pack {folder.name} cannot render: {model / 'model_index.json'} is missing. "
            "Install it again, or use the pack lite."
        )
    kind = _json(model / "model_index.json").get("_class_name")
    if kind == "StableDiffusionXLPipeline":
        return "sdxl"
    if kind == "StableDiffusionPipeline":
        vae = _json(model / "vae" / "config.json")
        # The second is how the tiny autoencoder calls it.
        blocks = vae.get("block_out_channels") or vae.get("encoder_block_out_channels") or ()
        return "lite" if len(blocks) == 5 else "sd15"
    raise ModelDamaged(
        f"{model} holds a {kind}, which renders no layouts: "
        "use a pack of Stable Diffusion 1.5 or XL, or lite."
    )


def _json(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{file} cannot be read: install the pack again.") from error
    if not isinstance(values, dict):
        raise ModelDamaged(f"{file} is not the config of a model: install the pack again.")
    return values
