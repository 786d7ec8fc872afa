"""Whether a model's folder holds the kind of model that its place in a pack asks for.

Only configs are read: no weights, no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PIPELINES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
_CONTROLNETS = ("ControlNetModel", "ControlNetUnionModel")
_SEGMENTERS = ("mask2former", "oneformer", "maskformer", "eomt", "eomt_dinov3")
_WITHOUT_WEIGHTS = ("scheduler", "tokenizer", "tokenizer_2", "feature_extractor")
LEFT_OUT = ("safety_checker", "feature_extractor", "image_encoder")
"""Parts of a pipeline that our packs do without."""


def structure_problem(model: Path, component: str, *, pack: Path) -> str | None:
    """What is wrong with a component's configs, in a sentence for the user; None when nothing is.

    Args:
        model: The component's folder.
        pack: The pack's, whose other models it must fit.
    """
    try:
        return next(_problems(model, component, pack), None)
    except _Unreadable as error:
        return str(error)


class _Unreadable(Exception):
    """A config that is not JSON, or not an object."""


def _problems(model: Path, component: str, pack: Path) -> Iterator[str]:
    match component:
        case "text_to_image":
            yield from _pipeline_problems(model)
        case "controlnet_seg" | "controlnet_inpaint":
            config = read_config(model / "config.json")
            yield from _wrong_class(model, config, _CONTROLNETS, "a ControlNet")
            yield from _other_family(model, config, pack)
        case "segmenter":
            kind = read_config(model / "config.json").get("model_type")
            if kind not in _SEGMENTERS:
                yield f"{model} is no panoptic segmenter, but {_named(kind)}."
        case "click_scorer":
            config = read_config(model / "config.json")
            if config.get("model_type") != "clip":
                yield f"{model} is no CLIP model, but {_named(config.get('model_type'))}."
            elif (config.get("vision_config") or {}).get("num_channels", 3) != 4:
                yield f"{model} is a CLIP model without the alpha channel that the scorer needs."
        case "planner" if not (model / "adapter_config.json").is_file():
            kind = read_config(model / "config.json").get("model_type")
            if kind != "llava":
                yield f"{model} is no LLaVA model, but {_named(kind)}."


def _pipeline_problems(model: Path) -> Iterator[str]:
    index = read_config(model / "model_index.json")
    yield from _wrong_class(
        model, index, _PIPELINES, "a text-to-image pipeline", file="model_index.json"
    )
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list) or entry[:1] == [None]:
            continue
        folder = model / name
        if not folder.is_dir():
            yield f"{model} lacks the folder {name} that its model_index.json names."
        elif name not in _WITHOUT_WEIGHTS:
            if not (folder / "config.json").is_file():
                yield f"{folder} has no config.json."
            elif not any(folder.glob("*.safetensors")):
                yield f"{folder} has no weights in safetensors."
    unet, vae = read_config(model / "unet/config.json"), read_config(model / "vae/config.json")
    latent, wanted = vae.get("latent_channels", 4), unet.get("in_channels", 4)
    if latent != wanted:
        yield (
            f"{model}/unet works on {wanted} channels and {model}/vae makes {latent}: they are "
            "not of one model (inpainting models with 9 channels do not serve here)."
        )


def _wrong_class(
    model: Path,
    config: dict[str, Any],
    allowed: tuple[str, ...],
    wanted: str,
    *,
    file: str = "config.json",
) -> Iterator[str]:
    found = config.get("_class_name") or config.get("model_type")
    if found not in allowed:
        yield f"{model / file} describes {_named(found)}, not {wanted}."


def _other_family(model: Path, config: dict[str, Any], pack: Path) -> Iterator[str]:
    """A ControlNet must be made for the UNet that stands beside it in the pack."""
    beside = pack / "text_to_image" / "unet" / "config.json"
    if not beside.is_file():
        return
    unet = read_config(beside)
    for key, what in (("cross_attention_dim", "texts"), ("in_channels", "latents")):
        ours, its = config.get(key), unet.get(key)
        if ours is not None and its is not None and ours != its:
            yield (
                f"{model} is made for {_family(config)}, but the pack's text_to_image is "
                f"{_family(unet)} ({what} of size {ours} and {its})."
            )


def _family(config: dict[str, Any]) -> str:
    width = config.get("cross_attention_dim")
    names = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "SDXL"}
    return names.get(width, "another family") if isinstance(width, int) else "another family"


def _named(kind: Any) -> str:
    return f"a {kind}" if isinstance(kind, str) and kind else "something unnamed"


def read_config(file: Path) -> dict[str, Any]:
    """A config as it stands; raises what `structure_problem` tells when it cannot be read."""
    try:
        values = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise _Unreadable(f"{file} is missing.") from error
    except (OSError, ValueError) as error:
        raise _Unreadable(f"{file} cannot be read as JSON.") from error
    if not isinstance(values, dict):
        raise _Unreadable(f"{file} holds no settings.")
    return values


def adapt_model_index(folder: Path) -> None:
    """Take out of a pipeline's model_index.json what our packs do without, so that it opens."""
    file = folder / "model_index.json"
    if not file.is_file():
        return
    index = read_config(file)
    for name in LEFT_OUT:
        if name in index and not (folder / name).is_dir():
            index[name] = [None, None]
    if "safety_checker" in index:
        index["requires_safety_checker"] = False
    file.write_text(json.dumps(index, indent=2) + "\n", "utf-8")
