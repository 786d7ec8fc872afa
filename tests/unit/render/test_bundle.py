"""The ControlNet export: exact colours, whole masks, and pictures that come out the same."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.errors import InputError, ProjectError
from engine.jobs.context import QuietContext
from engine.layout.coco import coco_class_of, coco_classes
from engine.layout.palette import ade_classes
from engine.render.bundle import write_bundle
from engine.render.request import RenderRequest
from engine.render.run import run
from tests.unit.render.tiny import park


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def request_for(pack: str, **changes: Any) -> RenderRequest:
    base = RenderRequest(layout=park(), seed=5, count=2, size=128, steps=3, pack=pack)
    return replace(base, **changes)


@pytest.fixture
def bundle(lite: str, tmp_path: Path) -> Path:
    written = write_bundle(request_for(lite), tmp_path / "out")
    assert all(path.is_file() for path in written)
    return tmp_path / "out"


def colours(pixels: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(int(v) for v in c) for c in np.unique(pixels.reshape(-1, 3), axis=0)}


def test_the_maps_have_the_palettes_exact_colours(bundle: Path) -> None:
    ade = {c.name: c.rgb for c in ade_classes()}
    expected = {ade["sky"], ade["grass"], ade["tree"], ade["animal"]}
    assert colours(picture(bundle / "ade_seg.png")) == expected
    coco = {name: c.rgb for name, c in coco_classes().items()}
    expected = {coco["sky"], coco["grass"], coco["tree"], coco["dog"]}
    assert colours(picture(bundle / "coco_seg.png")) == expected
    assert picture(bundle / "ade_seg.png").shape == (96, 128, 3)


def test_depth_order_rises_towards_the_viewer(bundle: Path) -> None:
    depth = picture(bundle / "depth_order.png")
    visible = [picture(p) > 0 for p in sorted((bundle / "masks/visible").iterdir())][:4]
    values = [set(depth[mask].tolist()) for mask in visible]
    assert [len(v) for v in values] == [1, 1, 1, 1]
    order = [v.pop() for v in values]
    assert order == sorted(order) and order[-1] == 255 and len(set(order)) == 4


def test_masks_are_visible_and_amodal_and_fill_the_picture_once(bundle: Path) -> None:
    values = json.loads((bundle / "bundle.json").read_text())
    layers = {layer["label"]: layer for layer in values["layers"]}
    assert [layer["number"] for layer in values["layers"]] == [1, 2, 3, 4, 5]
    grass = [picture(bundle / layers["grass"][f"{kind}_mask"]) for kind in ("visible", "amodal")]
    assert set(np.unique(grass[0])) == {0, 255}
    assert (grass[0] <= grass[1]).all() and grass[0].sum() < grass[1].sum()
    assert picture(bundle / layers["cat"]["visible_mask"]).max() == 0
    visible = [picture(bundle / layer["visible_mask"]) > 0 for layer in values["layers"]]
    assert (np.sum(visible, axis=0) == 1).all()
    assert layers["dog"]["prompt"] == "dog, sitting"
    assert layers["dog"]["ade20k"]["rgb"] == [255, 0, 122]
    assert layers["dog"]["coco"]["name"] == "dog"


def test_edges_lie_where_the_nearest_layer_changes(bundle: Path) -> None:
    lines = picture(bundle / "edges.png")
    seg = picture(bundle / "ade_seg.png").astype(int)
    change = np.abs(np.diff(seg, axis=1)).sum(-1) > 0
    assert ((lines[:, :-1] == 255) | ~change).all()
    assert 0 < (lines == 255).mean() < 0.2


def test_words_are_there_to_read(bundle: Path) -> None:
    text = (bundle / "prompts.txt").read_text()
    assert "a dog in a park, grass, sky, tree, dog sitting" in text
    assert "4. dog, sitting" in text and "cat" not in text


def test_nothing_tells_where_the_program_lies(bundle: Path, lite: str) -> None:
    for path in bundle.rglob("*"):
        if path.is_file():
            assert str(Path(lite).parent).encode() not in path.read_bytes()


def test_the_script_stands_alone(bundle: Path) -> None:
    for name in ("render.py", "region_attention.py"):
        tree = ast.parse((bundle / name).read_text())
        modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not any(str(module).startswith("engine") for module in modules)
        compile((bundle / name).read_text(), name, "exec")


@pytest.mark.parametrize("layer_prompts", [True, False])
def test_the_script_draws_the_same_pictures(lite: str, tmp_path: Path, layer_prompts: bool) -> None:
    request = request_for(lite, layer_prompts=layer_prompts)
    write_bundle(request, tmp_path)
    ours = run(request, QuietContext()).pictures
    words = [sys.executable, "render.py", "--device", "cpu"]
    words += ["--checkpoint", f"{lite}/text_to_image", "--controlnet", f"{lite}/controlnet_seg"]
    if layer_prompts:
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    else:
        in_process(tmp_path, words[2:])
    for mine in ours:
        theirs = picture(tmp_path / f"render-{mine.sample}.png")
        assert np.abs(theirs.astype(int) - mine.pixels).max() <= 1


def in_process(folder: Path, words: list[str]) -> None:
    """The same script without another interpreter, which takes seconds to start."""
    sys.path.insert(0, str(folder))
    try:
        space: dict[str, Any] = {"__name__": "bundle_script", "__file__": str(folder / "render.py")}
        exec(compile((folder / "render.py").read_text(), "render.py", "exec"), space)
        space["main"](words)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("region_attention", None)


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_the_script_draws_the_same_pictures_with_stable_diffusion(
    family: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pack = request.getfixturevalue(family)
    size = {"sd15": 256, "sdxl": 512}[family]
    asked = request_for(pack, size=size, steps=2, count=1)
    write_bundle(asked, tmp_path)
    (mine,) = run(asked, QuietContext()).pictures
    net = f"{pack}/controlnet_seg"
    # The SDXL one is published as a bare file.
    net += "/diffusion_pytorch_model.safetensors" if family == "sdxl" else ""
    words = ["--device", "cpu", "--checkpoint", f"{pack}/text_to_image", "--controlnet", net]
    in_process(tmp_path, words)
    theirs = picture(tmp_path / "render.png")
    assert theirs.shape == mine.pixels.shape
    assert np.abs(theirs.astype(int) - mine.pixels).max() <= 1


def test_the_bundle_names_models_that_the_script_can_open(
    sd15: str, sdxl: str, tmp_path: Path
) -> None:
    said = {}
    for pack in (sd15, sdxl):
        write_bundle(request_for(pack, size=512), tmp_path / Path(pack).name)
        values = json.loads((tmp_path / Path(pack).name / "bundle.json").read_text())["render"]
        said[Path(pack).name] = values["controlnet"]
    assert said["sd15"] == "lllyasviel/control_v11p_sd15_seg"
    assert said["sdxl"].startswith("https://") and said["sdxl"].endswith(".safetensors")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("puppy", "dog"),
        ("two red cars", "car"),
        ("oak tree", "tree"),
        ("sofa", "couch"),
        ("ceiling lamp", "light"),
        ("skyscraper", "building"),
        ("xqzzt", None),
    ],
)
def test_labels_find_their_coco_class(label: str, name: str | None) -> None:
    found = coco_class_of(label)
    assert (found.name if found else None) == name


def test_coco_colours_tell_all_classes_apart() -> None:
    assert len({c.rgb for c in coco_classes().values()}) == len(coco_classes()) == 133


def test_what_cannot_be_written_is_said(lite: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_bundle(request_for(lite, size=5), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError):
        write_bundle(request_for(lite), tmp_path / "file")
