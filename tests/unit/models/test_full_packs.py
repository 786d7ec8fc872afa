"""Tiny random models in the layouts of the full packs: downloaded, verified, loaded, run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import ModelDamaged
from engine.jobs.context import QuietContext
from engine.models import catalogue, memory, packs, upkeep
from engine.models.install import InstallRequest, run
from engine.models.loading import load_component
from engine.models.state import PackStatus, pack_state
from tests.unit.models.hub import Hub
from tests.unit.planner.tiny import write_real
from tests.unit.render.tiny import lite_pack, sd15_pack, sdxl_pack


@pytest.fixture(scope="module")
def sd15(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sd15_pack(tmp_path_factory.mktemp("sd15") / "pack")


@pytest.fixture(autouse=True)
def on_one_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On models this small more threads only get in each other's way."""
    monkeypatch.setenv(memory.DEVICE_VARIABLE, "cpu")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    memory.use(None)


def offer(hub: Hub, folder: Path, file: Path) -> None:
    """Put a pack's folders on the hub as the real ones lie there, and into a catalogue."""
    components = []
    for home in sorted(path for path in folder.iterdir() if path.name in packs.COMPONENT_NAMES):
        files = []
        for path in sorted(f for f in home.rglob("*") if f.suffix in catalogue.ALLOWED):
            name, data = path.relative_to(home).as_posix(), path.read_bytes()
            remote = name
            if home.name.startswith(("text_to_image", "controlnet")):
                remote = name.replace(".safetensors", ".fp16.safetensors")
            if name == "model_index.json":
                data = with_safety_checker(data)
            hub.files[f"hub/{home.name}/{remote}"] = data
            files.append({"path": name, "source": remote, "size": len(data)})
        components.append(
            {
                "name": home.name,
                "title": home.name,
                "needed_for": "tests",
                "licence": "MIT",
                "repo": f"hub/{home.name}",
                "revision": "main",
                "files": files,
            }
        )
    pack = {"title": "Tiny", "summary": "", "components": components}
    file.write_text(json.dumps({"tiny": pack}))


def with_safety_checker(index: bytes) -> bytes:
    values = json.loads(index)
    if values["_class_name"] == "StableDiffusionPipeline":
        values["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
        values["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    return json.dumps(values).encode()


def installed(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Download the pack that lies in tmp_path/made, one file of it with a fault, and verify."""
    file = tmp_path / "offered.json"
    offer(hub, tmp_path / "made", file)
    monkeypatch.setenv(catalogue.CATALOGUE_VARIABLE, str(file))
    some = next(name for name in hub.files if name.endswith(".safetensors"))
    hub.faults[some] = ["cut", "500"]
    run(InstallRequest(pack="tiny"), QuietContext())
    assert pack_state("tiny").status is PackStatus.INSTALLED
    assert not [check for check in upkeep.verify("tiny") if check.problem]


def picture(size: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8))


def drawn(pipeline: Any, size: int, *, nets: int) -> np.ndarray:
    memory.place(pipeline).set_progress_bar_config(disable=True)
    out = pipeline(
        prompt="a dog",
        image=[picture(size)] * nets if nets > 1 else picture(size),
        num_inference_steps=2,
        width=size,
        height=size,
        generator=torch.Generator().manual_seed(0),
        output_type="np",
    )
    return out.images[0]


def test_stable_diffusion_15_with_its_controlnets(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sd15: Path
) -> None:
    from diffusers import StableDiffusionControlNetPipeline

    shutil.copytree(sd15, tmp_path / "made")
    installed(hub, tmp_path, monkeypatch)
    base = load_component("tiny", "text_to_image")
    nets = [load_component("tiny", f"controlnet_{kind}") for kind in ("seg", "inpaint")]
    assert load_component("tiny", "text_to_image") is base
    assert base.unet.dtype == torch.float32
    pipeline = StableDiffusionControlNetPipeline(
        **base.components, controlnet=nets, requires_safety_checker=False
    )
    image = drawn(pipeline, 64, nets=2)
    assert image.shape == (64, 64, 3)
    assert np.isfinite(image).all()
    assert image.std() > 0


@pytest.mark.parametrize("preset", [memory.Preset.LOW, memory.Preset.VERY_LOW])
@pytest.mark.parametrize("make", [sd15_pack, lite_pack])
def test_a_lower_preset_draws_nearly_the_same(
    home: Path, tmp_path: Path, make: Callable[[Path], Path], preset: memory.Preset
) -> None:
    from diffusers import StableDiffusionControlNetPipeline

    pack = str(make(tmp_path / "made"))

    def drawn_with(chosen: memory.Preset) -> np.ndarray:
        memory.use(memory.MemorySettings(preset=chosen))
        packs.forget_models()
        base, net = (load_component(pack, n) for n in ("text_to_image", "controlnet_seg"))
        pipeline = StableDiffusionControlNetPipeline(
            **base.components, controlnet=net, requires_safety_checker=False
        )
        return drawn(pipeline, 64, nets=1)

    difference = np.abs(drawn_with(preset) - drawn_with(memory.Preset.AUTO))
    assert difference.mean() < 0.02


def test_sdxl_with_its_controlnets(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import StableDiffusionXLControlNetPipeline

    sdxl_pack(tmp_path / "made")
    installed(hub, tmp_path, monkeypatch)
    base = load_component("tiny", "text_to_image")
    net = load_component("tiny", "controlnet_seg")
    pipeline = StableDiffusionXLControlNetPipeline(
        **base.components, controlnet=net, add_watermarker=False
    )
    image = drawn(pipeline, 64, nets=1)
    assert image.shape == (64, 64, 3)
    assert np.isfinite(image).all()


def eomt(folder: Path) -> None:
    from transformers import EomtConfig, EomtForUniversalSegmentation, EomtImageProcessor

    torch.manual_seed(0)
    config = EomtConfig(
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=64,
        patch_size=16,
        num_queries=5,
        num_blocks=1,
        num_upscale_blocks=1,
        id2label={0: "wall", 1: "tree"},
        label2id={"wall": 0, "tree": 1},
    )
    EomtForUniversalSegmentation(config).save_pretrained(folder)
    EomtImageProcessor(size={"shortest_edge": 64, "longest_edge": 64}).save_pretrained(folder)


def test_eomt_as_the_segmenter(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoImageProcessor

    eomt(tmp_path / "made/segmenter")
    installed(hub, tmp_path, monkeypatch)
    model = load_component("tiny", "segmenter")
    processor = AutoImageProcessor.from_pretrained(home / "tiny/segmenter")
    inputs = processor(images=picture(64), return_tensors="pt")
    with torch.inference_mode():
        out = model(**inputs)
    found = processor.post_process_panoptic_segmentation(out, target_sizes=[(64, 64)])[0]
    assert found["segmentation"].shape == (64, 64)


def test_llava_as_the_planner(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from planner.placer import PlaceQuery

    write_real(tmp_path / "made/planner")
    installed(hub, tmp_path, monkeypatch)
    planner = load_component("tiny", "planner")
    query = PlaceQuery(
        label="dog",
        caption="a dog",
        aspect=1.0,
        present=(),
        semantic_map=np.zeros((32, 32, 3), np.uint8),
        count=1,
        temperature=0,
    )
    assert len(planner.propose(query)) == 1


def clip_with_alpha(folder: Path, *, channels: int = 4) -> None:
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    side = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    config = CLIPConfig(
        text_config={**side, "num_attention_heads": 2, "vocab_size": 50},
        vision_config={
            **side,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "num_channels": channels,
        },
        projection_dim=8,
    )
    CLIPModel(config).save_pretrained(folder)


def test_alpha_clip_as_the_click_scorer(
    hub: Hub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_with_alpha(tmp_path / "made/click_scorer")
    installed(hub, tmp_path, monkeypatch)
    scorer = load_component("tiny", "click_scorer")
    with torch.inference_mode():
        out = scorer(pixel_values=torch.zeros(1, 4, 28, 28), input_ids=torch.tensor([[1, 2, 3]]))
    assert out.logits_per_image.shape == (1, 1)


def test_clip_without_the_alpha_channel_is_refused(home: Path, tmp_path: Path) -> None:
    clip_with_alpha(home / "mine/click_scorer", channels=3)
    with pytest.raises(ModelDamaged, match="without the alpha channel"):
        load_component("mine", "click_scorer")


def test_a_controlnet_of_another_family_is_refused(home: Path, tmp_path: Path, sd15: Path) -> None:
    shutil.copytree(sd15, home / "mixed")
    other = sdxl_pack(tmp_path / "xl")
    net = home / "mixed/controlnet_seg"
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        (net / name).write_bytes((other / "controlnet_seg" / name).read_bytes())
    with pytest.raises(ModelDamaged, match=r"controlnet_seg is made for .* of size 32 and 16"):
        load_component("mixed", "controlnet_seg")
    load_component("mixed", "controlnet_inpaint")


WRONG = [
    ("text_to_image/model_index.json", '{"_class_name": "FluxPipeline"}', "FluxPipeline"),
    ("text_to_image/model_index.json", "{", "cannot be read as JSON"),
    ("text_to_image/unet/config.json", '{"in_channels": 9}', "9 channels"),
    ("controlnet_seg/config.json", '{"_class_name": "T2IAdapter"}', "T2IAdapter"),
    ("controlnet_seg/config.json", "[]", "holds no settings"),
]


@pytest.mark.parametrize(("file", "text", "words"), WRONG)
def test_a_wrong_config_is_told(home: Path, sd15: Path, file: str, text: str, words: str) -> None:
    shutil.copytree(sd15, home / "bad")
    (home / "bad" / file).write_text(text)
    with pytest.raises(ModelDamaged, match=words) as caught:
        load_component("bad", file.partition("/")[0])
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape_are_told(home: Path, sd15: Path) -> None:
    shutil.copytree(sd15, home / "bad")
    config = home / "bad/controlnet_seg/config.json"
    values = json.loads(config.read_text())
    config.write_text(json.dumps({**values, "block_out_channels": [8, 12, 16, 32]}))
    with pytest.raises(ModelDamaged, match="does not open"):
        load_component("bad", "controlnet_seg")


def test_a_folder_with_only_pickles_is_refused(home: Path, sd15: Path) -> None:
    shutil.copytree(sd15, home / "old")
    net = home / "old/controlnet_seg"
    (net / "diffusion_pytorch_model.safetensors").rename(net / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelDamaged, match="only safetensors are"):
        load_component("old", "controlnet_seg")
    unet = home / "old/text_to_image/unet"
    (unet / "diffusion_pytorch_model.safetensors").rename(unet / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelDamaged, match="no weights in safetensors"):
        load_component("old", "text_to_image")
