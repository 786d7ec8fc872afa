"""`render` and `export --controlnet`: files, exit codes, JSON, and pictures that repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.project import save_project
from tests.unit.cli.conftest import Command
from tests.unit.render import tiny


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.set_num_threads(1)
    return str(tiny.lite_pack(tmp_path_factory.mktemp("packs") / "lite"))


@pytest.fixture
def park(tmp_path: Path) -> Path:
    save_project(tiny.park(), tmp_path / "park.ora")
    return tmp_path / "park.ora"


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_several_pictures_are_numbered_and_each_repeats_itself(
    command: Command, park: Path, pack: str, tmp_path: Path
) -> None:
    words = ["--size", "128", "--steps", "2", "--seed", "7", "--pack", pack]
    done = command("render", park, "-n", "2", *words, "-o", tmp_path / "out.png", "--json")
    assert done.code == 0, done.err
    files = [Path(entry["file"]) for entry in done.json["pictures"]]
    assert files == [tmp_path / "out-1.png", tmp_path / "out-2.png"]
    assert [entry["seed"] for entry in done.json["pictures"]] == [7, 8]
    assert picture(files[0]).shape == (96, 128, 3)
    # The PNG knows its pack by name only.
    again = command("render", files[1], "--pack", pack, "-o", tmp_path / "again.png")
    assert again.code == 0, again.err
    assert again.out.strip() == str(tmp_path / "again.png")
    assert np.array_equal(picture(tmp_path / "again.png"), picture(files[1]))


def test_prompt_and_style_reach_the_picture(
    command: Command, park: Path, pack: str, tmp_path: Path
) -> None:
    words = ["--size", "128", "--steps", "1", "--pack", pack, "--json", "-o", tmp_path / "a.png"]
    done = command("render", park, "--prompt", "A cat.", "--style", "ink", *words)
    assert done.json["prompt"] == "A cat, outlined illustration"
    assert picture(tmp_path / "a.png").shape == (96, 128, 3)


def test_wrong_calls_have_their_exit_codes(
    command: Command, park: Path, pack: str, tmp_path: Path
) -> None:
    out = tmp_path / "a.png"
    assert command("render", park, "--pack", pack).code == 2
    assert command("render", park, "--pack", pack, "-o", tmp_path / "a.jpg").code == 2
    assert command("render", park, "-o", out, "--size", "wide").code == 2
    for words in (
        [park, "--pack", pack, "-n", "0"],
        [park, "--pack", pack, "--size", "7"],
        [park, "--pack", pack, "--style", "baroque"],
        [park, "--pack", str(tmp_path / "nowhere")],
        [tmp_path / "none.ora", "--pack", pack],
    ):
        done = command("render", *words, "-o", out)
        assert done.code == 1 and done.err.startswith("scenewright: ") and not out.exists()
    assert command("render", park, "-o", tmp_path / "no" / "a.png").code == 1
    Image.new("RGB", (8, 8)).save(tmp_path / "foreign.png")
    foreign = command("render", tmp_path / "foreign.png", "-o", out)
    assert foreign.code == 1 and "carries no request" in foreign.err


def test_styles_can_be_listed(command: Command, park: Path, pack: str) -> None:
    done = command("render", park, "--style", "list", "--pack", pack)
    assert done.code == 0 and "outlined illustration" in done.out


def test_export_writes_the_bundle(command: Command, park: Path, pack: str, tmp_path: Path) -> None:
    done = command("export", park, "--controlnet", tmp_path / "out", "--pack", pack, "--json")
    assert done.code == 0, done.err
    names = {Path(path).name for path in done.json["written"]}
    assert {"ade_seg.png", "bundle.json", "render.py", "comfyui_workflow.json"} <= names
    assert picture(tmp_path / "out" / "ade_seg.png").shape == (192, 256, 3)
