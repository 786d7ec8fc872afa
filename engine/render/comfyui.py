"""The render as a ComfyUI workflow in its API format: node id -> class and inputs. No torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.render.conditioning import LEAST_SIDE
from engine.render.defaults import FAMILIES, PackDefaults
from engine.render.scene import Scene

Nodes = dict[str, dict[str, Any]]

CHECKPOINTS = {
    "sd15": "v1-5-pruned-emaonly-fp16.safetensors",
    "sdxl": "sd_xl_base_1.0.safetensors",
}
CONTROLNETS = {
    "sd15": "control_v11p_sd15_seg_fp16.safetensors",
    "sdxl": "sdxl_segmentation_ade20k_controlnet.safetensors",
}
SOURCES = {
    CHECKPOINTS["sd15"]: "https://huggingface.co/Comfy-Org/stable-diffusion-v1-5-archive",
    CHECKPOINTS["sdxl"]: "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0",
    CONTROLNETS["sd15"]: "https://huggingface.co/comfyanonymous/ControlNet-v1-1_fp16_safetensors",
    CONTROLNETS["sdxl"]: "https://huggingface.co/abovzv/sdxl_segmentation_controlnet_ade20k",
}


def workflow(
    scene: Scene,
    defaults: PackDefaults,
    *,
    seed: int,
    count: int,
    condition: str,
    masks: Sequence[str],
) -> Nodes:
    """Nodes that draw the scene; every region's words act on its mask.

    ComfyUI opens no lite models: for those the workflow asks for Stable Diffusion 1.5, at its
    size and with its settings. The titles say which file goes into which of ComfyUI's folders.

    Args:
        count: How many pictures one run draws.
        condition: Name of the conditioning image among ComfyUI's inputs.
        masks: Names of the regions' masks there, in the order of `scene.regions`.
    """
    lite = defaults.family == "lite"
    family = _family(defaults)
    width, height = scene.size
    if lite:
        scale = family.size / max(width, height)
        width, height = (max(LEAST_SIDE, round(side * scale / 8) * 8) for side in (width, height))
    checkpoint, controlnet = CHECKPOINTS[family.family], CONTROLNETS[family.family]
    nodes: Nodes = {
        "1": _node(
            "CheckpointLoaderSimple",
            f"models/checkpoints: {checkpoint}",
            ckpt_name=checkpoint,
        ),
        "2": _node("CLIPTextEncode", "Prompt", text=_literal(scene.prompt), clip=["1", 1]),
        "3": _node(
            "CLIPTextEncode", "Negative prompt", text=_literal(scene.negative), clip=["1", 1]
        ),
        "4": _node("LoadImage", f"input: {condition}", image=condition),
        "5": _node(
            "ImageScale",
            "Size of the picture",
            image=["4", 0],
            upscale_method="nearest-exact",
            width=width,
            height=height,
            crop="disabled",
        ),
        "6": _node(
            "ControlNetLoader",
            f"models/controlnet: {controlnet}",
            control_net_name=controlnet,
        ),
    }
    positive = _with_regions(nodes, scene, masks)
    nodes["7"] = _node(
        "ControlNetApplyAdvanced",
        "Layout",
        positive=positive,
        negative=["3", 0],
        control_net=["6", 0],
        image=["5", 0],
        strength=scene.control_scale,
        start_percent=0.0,
        end_percent=1.0,
        vae=["1", 2],
    )
    nodes["8"] = _node("EmptyLatentImage", "Pictures", width=width, height=height, batch_size=count)
    nodes["9"] = _node(
        "KSampler",
        "Draw",
        model=["1", 0],
        positive=["7", 0],
        negative=["7", 1],
        latent_image=["8", 0],
        seed=seed,
        steps=family.steps if lite else scene.steps,
        cfg=family.guidance if lite else scene.guidance,
        sampler_name="dpmpp_2m",
        scheduler="normal",
        denoise=1.0,
    )
    nodes["10"] = _node("VAEDecode", "To pixels", samples=["9", 0], vae=["1", 2])
    nodes["11"] = _node("SaveImage", "Save", images=["10", 0], filename_prefix="scenewright")
    return nodes


def instructions(defaults: PackDefaults, *, condition: str, folder: str) -> str:
    """How to load the workflow, in plain text.

    Args:
        condition: Name of the conditioning image in the bundle.
        folder: Name of the bundle's folder with the regions' masks; "" if there are none.
    """
    family = _family(defaults).family
    checkpoint, controlnet = CHECKPOINTS[family], CONTROLNETS[family]
    instead = (
        "\nComfyUI opens no lite models, so the workflow draws with Stable Diffusion 1.5.\n"
        if family != defaults.family
        else ""
    )
    masks = f" and the pictures in {folder}/ (not the folder itself)" if folder else ""
    return f"""ComfyUI
{instead}
1. Copy {condition}{masks} into ComfyUI's folder "input".
2. Put the models where ComfyUI looks for them:
   models/checkpoints  {checkpoint}
                       {SOURCES[checkpoint]}
   models/controlnet   {controlnet}
                       {SOURCES[controlnet]}
3. Drop comfyui_workflow.json on ComfyUI's canvas and press Run. Was ComfyUI open while you copied?
   Press R first. For the same picture again set "control after generate" of the seed to "fixed".
   A script sends it to /prompt as {{"prompt": <the file>}}.

Several pictures are one batch of one seed there; render.py counts the seed up instead.
"""


def _family(defaults: PackDefaults) -> PackDefaults:
    """Whose models ComfyUI is asked for."""
    return FAMILIES["sd15"] if defaults.family == "lite" else defaults


def _with_regions(nodes: Nodes, scene: Scene, masks: Sequence[str]) -> list[Any]:
    """Add the regions' nodes; returns the conditioning that joins them with the whole prompt."""
    positive: list[Any] = ["2", 0]
    for number, (region, mask) in enumerate(zip(scene.regions, masks, strict=True)):
        text, loaded, placed, both = (str(100 + 4 * number + part) for part in range(4))
        nodes[text] = _node(
            "CLIPTextEncode", f"Words {number + 1}", text=_literal(region.text), clip=["1", 1]
        )
        nodes[loaded] = _node("LoadImageMask", f"input: {mask}", image=mask, channel="red")
        nodes[placed] = _node(
            "ConditioningSetMask",
            f"Where {number + 1} acts",
            conditioning=[text, 0],
            mask=[loaded, 0],
            strength=1.0,
            set_cond_area="default",
        )
        nodes[both] = _node(
            "ConditioningCombine",
            f"With {number + 1}",
            conditioning_1=positive,
            conditioning_2=[placed, 0],
        )
        positive = [both, 0]
    return positive


def _literal(text: str) -> str:
    """Words as ComfyUI has to be given them: there, round brackets are weights, curly ones choices,
    // and /* begin a comment, and "embedding:" names a file."""
    text = text.replace("\\", "/").translate(str.maketrans("{}", "[]"))
    text = re.sub(r"/(?=[/*])", "/ ", text).replace("embedding:", "embedding :")
    return text.replace("(", "\\(").replace(")", "\\)")


def _node(kind: str, title: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title}}
