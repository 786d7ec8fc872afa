"""Draw the pictures of this folder again, with diffusers alone.

    python render.py [--checkpoint MODEL] [--controlnet MODEL] [-o OUT.png]

Needs: torch, diffusers 0.42 or newer, transformers, accelerate, numpy, pillow. MODEL is a folder or
a name on the Hugging Face Hub; a ControlNet may also be a .safetensors file or its address there.
"""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import ControlNetModel, DiffusionPipeline, DPMSolverMultistepScheduler
from PIL import Image

from engine.render.region_attention import Regions, acting, encode

HERE = Path(__file__).resolve().parent


def main(words: list[str] | None = None) -> None:
    values = json.loads((HERE / "bundle.json").read_text("utf-8"))["render"]
    parser = argparse.ArgumentParser(description="Draw the pictures of this folder again.")
    for name in ("checkpoint", "controlnet"):
        parser.add_argument(f"--{name}", default=values[name], required=not values[name])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "render.png")
    args = parser.parse_args(words)
    pipeline = opened(args.checkpoint, args.controlnet, device=args.device)
    for number in range(values["count"]):
        picture = draw(pipeline, values, seed=values["seed"] + number)
        suffix = f"-{number + 1}" if values["count"] > 1 else ""
        picture.save(args.output.with_stem(args.output.stem + suffix))


def opened(checkpoint: str, controlnet: str, *, device: str) -> Any:
    """The stock ControlNet pipeline on the models, with the scheduler that drew the pictures."""
    dtype = torch.float32 if device == "cpu" else torch.float16
    net = opened_controlnet(controlnet, dtype)
    base = DiffusionPipeline.from_pretrained(checkpoint, dtype=dtype, safety_checker=None)
    xl = "text_encoder_2" in base.components
    parts = {name: part for name, part in base.components.items() if name != "controlnet"}
    if xl:
        from diffusers import StableDiffusionXLControlNetPipeline

        pipeline: Any = StableDiffusionXLControlNetPipeline(
            **parts, controlnet=net, add_watermarker=False
        )
    else:
        from diffusers import StableDiffusionControlNetPipeline

        pipeline = StableDiffusionControlNetPipeline(
            **parts, controlnet=net, requires_safety_checker=False
        )
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    return pipeline.to(device)


def opened_controlnet(name: str, dtype: torch.dtype) -> ControlNetModel:
    if not name.endswith(".safetensors"):
        return ControlNetModel.from_pretrained(name, dtype=dtype)
    folder = Path(name).parent
    config = str(folder) if (folder / "config.json").is_file() else None
    return ControlNetModel.from_single_file(name, config=config, dtype=dtype)


def draw(pipeline: Any, values: dict[str, Any], *, seed: int) -> Image.Image:
    """One picture; each region's words act on the region alone."""
    width, height, steps = values["width"], values["height"], values["steps"]
    with torch.inference_mode():
        embeddings, lengths = encode(
            pipeline,
            values["prompt"],
            values["negative"],
            guided=values["guidance"] > 1,
            phrases=[region["text"] for region in values["regions"]],
        )
    regions = None
    if lengths:
        factor = pipeline.vae_scale_factor
        masks = np.stack([pixels(region["mask"]) > 127 for region in values["regions"]])
        regions = Regions(
            torch.from_numpy(masks).float(),
            lengths,
            whole=embeddings["prompt_embeds"].shape[1] - sum(lengths),
            latent=(height // factor, width // factor),
            boost=values["region_boost"],
        )

    def after_step(_: Any, step: int, time: Any, given: dict[str, Any]) -> dict[str, Any]:
        if regions is not None:
            regions.at(1 - (step + 1) / steps)
        return given

    models = (pipeline.unet, pipeline.controlnet)
    condition = torch.from_numpy(pixels(values["condition"])).permute(2, 0, 1)[None].float() / 255
    with acting(models, regions) if regions is not None else nullcontext():
        made = pipeline(
            **embeddings,
            image=condition,
            width=width,
            height=height,
            num_inference_steps=steps,
            guidance_scale=values["guidance"],
            controlnet_conditioning_scale=values["control_scale"],
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=after_step,
        )
    return made.images[0]


def pixels(name: str) -> np.ndarray:
    with Image.open(HERE / name) as image:
        return np.array(image)


if __name__ == "__main__":
    main()
