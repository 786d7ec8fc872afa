"""`insert-click` and `convert-scorer`, on a tiny pack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.cli.main import main
from engine.models.packs import forget_models
from engine.project import open_project
from tests.unit.click2mask import tiny


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tiny.write_pack(tmp_path_factory.mktemp("pack"), constants={"steps": 8})
    torch.set_num_threads(threads)
    forget_models()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (80, 100, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    return tmp_path / "in.png"


def insert(image: Path, pack: Path, *words: str) -> int:
    out = image.parent / "out.png"
    return main(
        ["insert-click", str(image), "--prompt", "a red dog", "-o", str(out), "--pack", str(pack)]
        + list(words)
    )


def test_everything_asked_for_is_written(
    image: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = image.parent
    before = image.read_bytes()
    status = insert(
        image, pack, "--at", "50,40", "--at", "60,42", "-n", "2", "--json",
        "--mask", str(folder / "mask.png"), "--frames", str(folder / "frames"),
        "--project", str(folder / "made.ora"),
    )  # fmt: skip
    assert status == 0
    values = json.loads(capsys.readouterr().out)
    assert [r["score"] for r in values["results"]] == sorted(
        (r["score"] for r in values["results"]), reverse=True
    )
    assert image.read_bytes() == before
    mask = np.asarray(Image.open(folder / "mask.png"))
    assert mask.shape == (80, 100) and set(np.unique(mask)) == {0, 255}
    out = np.asarray(Image.open(folder / "out.png"))
    assert out.shape == (80, 100, 3) and (folder / "out-2.png").is_file()
    frames = sorted(p.name for p in (folder / "frames").iterdir())
    assert "sheet.png" in frames and "step-00.png" in frames and "step-00-mask.png" in frames
    layout = open_project(folder / "made.ora").layout
    assert [layer.label for layer in layout.layers] == ["a red dog"]
    assert layout.background is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "100,40"), "outside"),
        (("--at", "-3,40"), "outside"),
        (("--at", "50,40", "--prompt", " "), "empty"),
        (("--at", "50,40", "-n", "0"), "results"),
        (("--at", "50,40", "--prompt", "xyzzy"), "xyzzy"),
        (("--at", "50,40", "--mask", "nowhere/m.png"), "nowhere"),
    ],
)
def test_bad_input_is_told_and_writes_nothing(
    image: Path,
    pack: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    assert insert(image, pack, *words) == 1
    assert said in capsys.readouterr().err
    assert [p.name for p in image.parent.iterdir()] == ["in.png"]


def test_the_picture_itself_is_not_written_over(
    image: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = image.read_bytes()
    assert insert(image, pack, "--at", "5,5", "-o", str(image)) == 2
    assert "-o" in capsys.readouterr().err
    assert image.read_bytes() == before


def test_convert_scorer_tells_what_it_cannot_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["convert-scorer", str(tmp_path / "x.pth"), "--clip", str(tmp_path)]
    assert main([*words, "-o", str(tmp_path / "out")]) == 1
    assert "x.pth" in capsys.readouterr().err
