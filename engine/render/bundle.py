"""The ControlNet export: everything that draws a layout again elsewhere, in one folder. No torch.

ade_seg.png, coco_seg.png    semantic maps in exact palette colours, at the picture's size
depth_order.png              grey, the nearer the brighter, black where nothing lies
edges.png                    white lines between layers
masks/visible, masks/amodal  one grey picture a layer, in depth order
regions/                     where each phrase acts, layers of the same words joined
prompts.txt, bundle.json     words and settings, for people and for programs
comfyui_workflow.json        for ComfyUI (API format: drop it on the canvas)
README.txt                   which pictures and models go where for that, and how to go on without
render.py                    draws the pictures with diffusers; region_attention.py beside it
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.drawing import edges
from engine.errors import ProjectError
from engine.layout.coco import coco_class_of
from engine.layout.compositing import sample_positions
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.palette import ade_classes
from engine.project.export import safe_name
from engine.project.files import replace_file
from engine.render.checking import check_request, settled
from engine.render.comfyui import instructions, workflow
from engine.render.conditioning import Size, classed, conditioning, ids_at
from engine.render.defaults import PackDefaults, defaults_of
from engine.render.history import pack_name
from engine.render.prompt import phrase_of
from engine.render.request import RenderRequest
from engine.render.scene import Scene, scene_of

VERSION = 1
_HERE = Path(__file__).resolve().parent
_DIFFUSERS = """Diffusers

{command} draws the pictures; bundle.json has every setting, prompts.txt the words to read.
"""
_OWN_MODELS = "python render.py --checkpoint PACK/text_to_image --controlnet PACK/controlnet_seg"


def write_bundle(request: RenderRequest, folder: Path | str) -> list[Path]:
    """Write the export of what a render request would draw; returns the files, in order.

    The folder is made if need be; its other files stay.

    Raises:
        InputError: The request cannot be used.
        ModelMissing, ModelDamaged: The pack is not installed or has no picture model: its size
            and settings are the bundle's.
        ProjectError: The folder or a file cannot be written.
    """
    defaults = defaults_of(request.pack)
    request = settled(check_request(request), defaults)
    scene = scene_of(request, defaults)
    files = dict[str, bytes]()
    names = _layer_names(request.layout)
    files |= _maps(request.layout, scene)
    files |= _masks(request.layout, scene.size, names)
    regions = [
        # Names of their own: ComfyUI's folder for pictures is a flat one.
        f"regions/region-{number:02}-{safe_name(region.text)}.png"
        for number, region in enumerate(scene.regions, 1)
    ]
    for name, region in zip(regions, scene.regions, strict=True):
        files[name] = _grey(region.mask)
    files["prompts.txt"] = _prompts(request.layout, scene).encode(errors="replace")
    files["bundle.json"] = _json(_values(request, scene, defaults, names, regions))
    files["comfyui_workflow.json"] = _json(
        workflow(
            scene,
            defaults,
            seed=request.seed,
            count=request.count,
            condition="ade_seg.png",
            masks=[Path(name).name for name in regions],
        )
    )
    files |= _scripts()
    told = instructions(defaults, condition="ade_seg.png", folder="regions" if regions else "")
    command = "python render.py" if defaults.checkpoint and defaults.controlnet else _OWN_MODELS
    files["README.txt"] = f"{told}\n{_DIFFUSERS.format(command=command)}".encode()
    return _write(Path(folder), files)


def coco_map(layout: Layout, size: Size) -> NDArray[np.uint8]:
    """The semantic map in COCO panoptic colours, RGB uint8; black for what COCO does not know."""
    table = np.zeros((len(layout.layers) + 1, 3), np.uint8)
    for number, layer in enumerate(layout.layers, 1):
        found = coco_class_of(layer.label)
        table[number] = found.rgb if found else (0, 0, 0)
    return table[ids_at(layout, size)]


def depth_map(layout: Layout, size: Size) -> NDArray[np.uint8]:
    """Depth order, uint8 (height, width): the nearest visible layer 255, nothing 0."""
    ids = ids_at(layout, size)
    table = np.zeros(len(layout.layers) + 1, np.uint8)
    shown = [number for number, layer in enumerate(layout.layers, 1) if layer.visible]
    for rank, number in enumerate(shown, 1):
        table[number] = round(255 * rank / len(shown))
    return table[ids]


def edge_map(layout: Layout, size: Size) -> NDArray[np.uint8]:
    """Lines between layers, uint8 (height, width): 255 on a line, else 0."""
    return edges(ids_at(layout, size)).astype(np.uint8) * 255


def _maps(layout: Layout, scene: Scene) -> dict[str, bytes]:
    size = scene.size
    return {
        "ade_seg.png": _png(conditioning(layout, size)),
        "coco_seg.png": _png(coco_map(layout, size)),
        "depth_order.png": _png(depth_map(layout, size)),
        "edges.png": _png(edge_map(layout, size)),
    }


def _layer_names(layout: Layout) -> list[str]:
    digits = max(2, len(str(len(layout.layers))))
    return [
        f"{number:0{digits}}-{safe_name(layer.label)}.png"
        for number, layer in enumerate(layout.layers, 1)
    ]


def _masks(layout: Layout, size: Size, names: list[str]) -> dict[str, bytes]:
    ids = ids_at(layout, size)
    rows = sample_positions(layout.height, size[1])
    columns = sample_positions(layout.width, size[0])
    files = dict[str, bytes]()
    for number, (name, layer) in enumerate(zip(names, layout.layers, strict=True), 1):
        whole = layer.mask.on_canvas(layout.width, layout.height)
        files[f"masks/visible/{name}"] = _grey(ids == number)
        files[f"masks/amodal/{name}"] = _grey(whole[np.ix_(rows, columns)])
    return files


def _prompts(layout: Layout, scene: Scene) -> str:
    lines = ["Prompt:", scene.prompt, "", "Negative prompt:", scene.negative, "", "Layers:"]
    lines += [
        f"{number}. {phrase_of(layer)}"
        for number, layer in enumerate(layout.layers, 1)
        if layer.visible
    ]
    return "\n".join(lines) + "\n"


def _values(
    request: RenderRequest,
    scene: Scene,
    defaults: PackDefaults,
    names: list[str],
    regions: list[str],
) -> dict[str, Any]:
    layout = classed(request.layout)
    return {
        "version": VERSION,
        "program": "Scenewright",
        "caption": layout.caption,
        "canvas": {"width": layout.width, "height": layout.height},
        "pack": pack_name(request.pack),
        "render": {
            "checkpoint": defaults.checkpoint,
            "controlnet": defaults.controlnet,
            "condition": "ade_seg.png",
            "prompt": scene.prompt,
            "negative": scene.negative,
            "width": scene.size[0],
            "height": scene.size[1],
            "count": request.count,
            "seed": request.seed,
            "steps": scene.steps,
            "guidance": scene.guidance,
            "control_scale": scene.control_scale,
            "region_boost": scene.boost,
            "scheduler": "DPM-Solver++ 2M",
            "regions": [
                {"text": region.text, "mask": name}
                for region, name in zip(scene.regions, regions, strict=True)
            ],
        },
        "layers": [
            _layer_values(layer, number=number, name=name)
            for number, (layer, name) in enumerate(zip(layout.layers, names, strict=True), 1)
        ],
    }


def _layer_values(layer: Layer, *, number: int, name: str) -> dict[str, Any]:
    entry, coco = ade_classes()[layer.ade_class], coco_class_of(layer.label)
    return {
        "number": number,
        "label": layer.label,
        "prompt": phrase_of(layer),
        "visible": layer.visible,
        "box": list(layer.mask.box),
        "ade20k": {"id": entry.id, "name": entry.name, "rgb": list(entry.rgb)},
        "coco": coco and {"id": coco.id, "name": coco.name, "rgb": list(coco.rgb)},
        "visible_mask": f"masks/visible/{name}",
        "amodal_mask": f"masks/amodal/{name}",
    }


def _scripts() -> dict[str, bytes]:
    """The script, and the one module it needs, under the name by which it finds it there."""
    script = (_HERE / "reproduce.py").read_text("utf-8")
    script = script.replace("from engine.render.region_attention", "from region_attention")
    return {
        "render.py": script.encode(),
        "region_attention.py": (_HERE / "region_attention.py").read_bytes(),
    }


def _grey(mask: NDArray[np.bool_]) -> bytes:
    return _png(mask.astype(np.uint8) * 255)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _json(values: Any) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode("ascii")


def _write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    written: list[Path] = []
    for name, data in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"Cannot make the folder {path.parent}: {error.strerror}.") from (
                error
            )
        # Not forced to the disk: an export can be made again.
        replace_file(path, data, sync=False)
        written.append(path)
    return written
