"""The exported workflow against what ComfyUI's own nodes take and give.

The table is written by hand from ComfyUI's nodes.py (names, types, ranges and choices as of 2026):
ComfyUI itself is not installed here. It refuses a prompt by the same rules: unknown class, missing
input, link to an output of another type, number out of range, value that is no choice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.render.bundle import write_bundle
from engine.render.request import RenderRequest
from tests.unit.render.tiny import park

Whole = tuple[int, int, int]
"""Least, most, step."""


@dataclass(frozen=True)
class Real:
    least: float
    most: float


@dataclass(frozen=True)
class OneOf:
    values: tuple[str, ...]


class Text: ...


class File:
    """A name in a folder of ComfyUI."""


@dataclass(frozen=True)
class Link:
    kind: str


SIDE: Whole = (16, 16384, 8)
SHARE = Real(0, 1)
FACTOR = Real(0, 10)
INPUTS: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": File()},
    "ControlNetLoader": {"control_net_name": File()},
    "CLIPTextEncode": {"text": Text(), "clip": Link("CLIP")},
    "LoadImage": {"image": File()},
    "LoadImageMask": {"image": File(), "channel": OneOf(("alpha", "red", "green", "blue"))},
    "ImageScale": {
        "image": Link("IMAGE"),
        "upscale_method": OneOf(("nearest-exact", "bilinear", "area", "bicubic", "lanczos")),
        "width": (0, 16384, 1),
        "height": (0, 16384, 1),
        "crop": OneOf(("disabled", "center")),
    },
    "ConditioningSetMask": {
        "conditioning": Link("CONDITIONING"),
        "mask": Link("MASK"),
        "strength": FACTOR,
        "set_cond_area": OneOf(("default", "mask bounds")),
    },
    "ConditioningCombine": {
        "conditioning_1": Link("CONDITIONING"),
        "conditioning_2": Link("CONDITIONING"),
    },
    "ControlNetApplyAdvanced": {
        "positive": Link("CONDITIONING"),
        "negative": Link("CONDITIONING"),
        "control_net": Link("CONTROL_NET"),
        "image": Link("IMAGE"),
        "strength": FACTOR,
        "start_percent": SHARE,
        "end_percent": SHARE,
    },
    "EmptyLatentImage": {"width": SIDE, "height": SIDE, "batch_size": (1, 4096, 1)},
    "KSampler": {
        "model": Link("MODEL"),
        "seed": (0, 2**64 - 1, 1),
        "steps": (1, 10000, 1),
        "cfg": Real(0, 100),
        "sampler_name": OneOf(("euler", "dpmpp_2m", "dpmpp_2m_sde", "ddim", "uni_pc")),
        "scheduler": OneOf(("simple", "sgm_uniform", "karras", "normal", "exponential")),
        "positive": Link("CONDITIONING"),
        "negative": Link("CONDITIONING"),
        "latent_image": Link("LATENT"),
        "denoise": SHARE,
    },
    "VAEDecode": {"samples": Link("LATENT"), "vae": Link("VAE")},
    "SaveImage": {"images": Link("IMAGE"), "filename_prefix": Text()},
}
OPTIONAL: dict[str, dict[str, Any]] = {"ControlNetApplyAdvanced": {"vae": Link("VAE")}}
OUTPUTS: dict[str, tuple[str, ...]] = {
    "CheckpointLoaderSimple": ("MODEL", "CLIP", "VAE"),
    "ControlNetLoader": ("CONTROL_NET",),
    "CLIPTextEncode": ("CONDITIONING",),
    "LoadImage": ("IMAGE", "MASK"),
    "LoadImageMask": ("MASK",),
    "ImageScale": ("IMAGE",),
    "ConditioningSetMask": ("CONDITIONING",),
    "ConditioningCombine": ("CONDITIONING",),
    "ControlNetApplyAdvanced": ("CONDITIONING", "CONDITIONING"),
    "EmptyLatentImage": ("LATENT",),
    "KSampler": ("LATENT",),
    "VAEDecode": ("IMAGE",),
    "SaveImage": ("IMAGE",),
}


def faults(nodes: dict[str, Any]) -> list[str]:
    """What ComfyUI would refuse."""
    found = []
    for name, node in nodes.items():
        kind = node["class_type"]
        if kind not in INPUTS:
            found.append(f"{name}: no class {kind}")
            continue
        known = INPUTS[kind] | OPTIONAL.get(kind, {})
        found += [
            f"{name} {kind}: {key} is missing" for key in INPUTS[kind].keys() - node["inputs"]
        ]
        found += [f"{name} {kind}: {key} is not known" for key in node["inputs"].keys() - known]
        for key, value in node["inputs"].items():
            if key in known and not fits(known[key], value, nodes):
                found.append(f"{name} {kind}: {key} = {value!r}")
    return found


def fits(rule: Any, value: Any, nodes: dict[str, Any]) -> bool:
    match rule:
        case Link():
            if not (isinstance(value, list) and len(value) == 2 and value[0] in nodes):
                return False
            outputs = OUTPUTS[nodes[value[0]]["class_type"]]
            return value[1] in range(len(outputs)) and outputs[value[1]] == rule.kind
        case OneOf():
            return value in rule.values
        case Real():
            return isinstance(value, int | float) and rule.least <= value <= rule.most
        case Text():
            return isinstance(value, str)
        case File():
            # ComfyUI lists a folder's own files; a path would be looked up beside them.
            return isinstance(value, str) and value != "" and not set(value) & set("/\\")
    least, most, step = rule
    return type(value) is int and least <= value <= most and value % step == 0


def workflow_of(request: RenderRequest, folder: Path) -> dict[str, Any]:
    write_bundle(request, folder)
    return json.loads((folder / "comfyui_workflow.json").read_text())


def only(nodes: dict[str, Any], kind: str) -> dict[str, Any]:
    (node,) = (node for node in nodes.values() if node["class_type"] == kind)
    return node["inputs"]


@pytest.mark.parametrize("family", ["lite", "sd15", "sdxl"])
@pytest.mark.parametrize("layer_prompts", [True, False])
def test_comfyui_would_take_it(
    family: str, layer_prompts: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pack = request.getfixturevalue(family)
    asked = RenderRequest(layout=park(), seed=5, count=2, pack=pack, layer_prompts=layer_prompts)
    nodes = workflow_of(asked, tmp_path)
    assert faults(nodes) == []
    masks = [node for node in nodes.values() if node["class_type"] == "ConditioningSetMask"]
    assert len(masks) == (4 if layer_prompts else 0)
    read = {value[0] for node in nodes.values() for value in node["inputs"].values()
            if isinstance(value, list)}  # fmt: skip
    assert set(nodes) - read == {"11"}, "everything leads to the saved picture"


def test_the_table_would_find_faults(lite: str, tmp_path: Path) -> None:
    nodes = workflow_of(RenderRequest(layout=park(), pack=lite), tmp_path)
    sampler = next(key for key, node in nodes.items() if node["class_type"] == "KSampler")
    for change, value in (
        ("steps", 0), ("sampler_name", "plms"), ("model", ["1", 1]), ("latent_image", ["8", 1]),
        ("positive", ["99", 0]), ("extra", 1),
    ):  # fmt: skip
        inputs = nodes[sampler]["inputs"] | {change: value}
        assert len(faults(nodes | {sampler: nodes[sampler] | {"inputs": inputs}})) == 1


def test_every_picture_it_loads_is_in_the_bundle_once(lite: str, tmp_path: Path) -> None:
    nodes = workflow_of(RenderRequest(layout=park(), pack=lite, count=3), tmp_path)
    files = [path.name for path in tmp_path.rglob("*.png")]
    for node in nodes.values():
        if node["class_type"] in ("LoadImage", "LoadImageMask"):
            name = node["inputs"]["image"]
            assert files.count(name) == 1, "the folder it is copied to is a flat one"
            assert name in node["_meta"]["title"]
    assert only(nodes, "EmptyLatentImage")["batch_size"] == 3


def test_masks_cover_what_the_bundles_regions_cover(lite: str, tmp_path: Path) -> None:
    nodes = workflow_of(RenderRequest(layout=park(), pack=lite), tmp_path)
    values = json.loads((tmp_path / "bundle.json").read_text())["render"]
    said = {region["text"]: Path(region["mask"]).name for region in values["regions"]}
    for node in nodes.values():
        if node["class_type"] != "ConditioningSetMask":
            continue
        text = nodes[node["inputs"]["conditioning"][0]]["inputs"]["text"]
        loaded = nodes[node["inputs"]["mask"][0]]["inputs"]
        assert said.pop(text) == loaded["image"] and loaded["channel"] == "red"
        with Image.open(next(tmp_path.rglob(loaded["image"]))) as image:
            assert set(np.unique(np.asarray(image.convert("RGB"))[..., 0])) == {0, 255}
    assert not said


def test_the_pictures_size_is_asked_of_both_map_and_latents(sdxl: str, tmp_path: Path) -> None:
    nodes = workflow_of(RenderRequest(layout=park(), pack=sdxl), tmp_path)
    sizes = [only(nodes, kind) for kind in ("ImageScale", "EmptyLatentImage")]
    assert {(s["width"], s["height"]) for s in sizes} == {(1024, 768)}
    assert only(nodes, "ImageScale")["upscale_method"] == "nearest-exact", "colours stay exact"


@pytest.mark.parametrize("family", ["lite", "sd15"])
@pytest.mark.parametrize("size", [(4096, 64), (64, 4096)])
def test_a_very_long_canvas_still_has_a_side_that_can_be_drawn(
    family: str, size: tuple[int, int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    strip = Layer(id="a", label="sky", ade_class=2, mask=Mask.filled(Box(0, 0, *size)))
    layout = Layout(width=size[0], height=size[1], caption="sky", layers=(strip,))
    asked = RenderRequest(layout=layout, pack=request.getfixturevalue(family))
    assert faults(workflow_of(asked, tmp_path)) == []


@pytest.mark.parametrize(
    ("caption", "given"),
    [
        ("a dog (small) in a park", r"a dog \(small\) in a park"),
        ("a {red|blue} dog", "a [red|blue] dog"),
        ("a sign https://x in a park", "a sign https:/ /x in a park"),
        ("a dog /* big */ here", "a dog / * big */ here"),
        ("a\\\\b", "a/ /b"),
        ("embedding:dog", "embedding :dog"),
    ],
)
def test_words_stay_words(caption: str, given: str, lite: str, tmp_path: Path) -> None:
    """ComfyUI reads weights, choices, comments and names of files out of a prompt."""
    layout = replace(park(), caption=caption)
    nodes = workflow_of(RenderRequest(layout=layout, pack=lite), tmp_path)
    assert nodes["2"]["inputs"]["text"].startswith(given)


@pytest.mark.parametrize("family", ["lite", "sdxl"])
def test_the_bundle_says_what_goes_where(
    family: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pack = request.getfixturevalue(family)
    nodes = workflow_of(RenderRequest(layout=park(), pack=pack), tmp_path)
    told = (tmp_path / "README.txt").read_text("utf-8")
    for key in ("ckpt_name", "control_net_name"):
        (name,) = (n["inputs"][key] for n in nodes.values() if key in n["inputs"])
        assert name in told
    assert "ade_seg.png" in told and "regions/" in told
    assert ("Stable Diffusion 1.5" in told) == (family == "lite")
    assert ("--checkpoint" in told) == (family == "lite"), "no public address of the lite models"
    workflow_of(RenderRequest(layout=park(), pack=pack, layer_prompts=False), tmp_path / "plain")
    assert "regions" not in (tmp_path / "plain" / "README.txt").read_text("utf-8")


def test_models_are_asked_for_by_the_names_they_are_published_under(
    sd15: str, sdxl: str, tmp_path: Path
) -> None:
    # comfyanonymous/ControlNet-v1-1_fp16_safetensors, abovzv/sdxl_segmentation_controlnet_ade20k.
    for pack, name in (
        (sd15, "control_v11p_sd15_seg_fp16.safetensors"),
        (sdxl, "sdxl_segmentation_ade20k_controlnet.safetensors"),
    ):
        nodes = workflow_of(RenderRequest(layout=park(), pack=pack), tmp_path / name)
        assert only(nodes, "ControlNetLoader")["control_net_name"] == name
