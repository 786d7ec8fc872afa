"""`insert-click` and `convert-scorer`, on a tiny pack."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.cli import insert_click
from engine.cli.main import main
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.models.packs import forget_models
from engine.project import open_project
from engine.segment.request import SegmentRequest, SegmentResult
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


def several(image: Path, pack: Path, *words: str) -> int:
    out = image.parent / "out.png"
    return main(
        ["insert-click", str(image), "-o", str(out), "--pack", str(pack), "-n", "1", *words]
    )


def test_several_objects_go_in_one_after_the_other(
    image: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = image.parent
    status = several(
        image, pack, "--at", "30,50", "--prompt", "a red dog", "--at", "80,20", "--prompt", "a cat",
        "--prompt", "a ball behind the dog", "--json", "--mask", str(folder / "mask.png"),
        "--frames", str(folder / "frames"), "--project", str(folder / "made.ora"),
    )  # fmt: skip
    assert status == 0
    values = json.loads(capsys.readouterr().out)
    asked = [one["request"] for one in values["objects"]]
    assert [one["prompt"] for one in asked] == ["a red dog", "a cat", "a ball behind the dog"]
    assert [one["clicks"] for one in asked[:2]] == [[[30, 50]], [[80, 20]]]
    for number in (1, 2, 3):
        mask = np.asarray(Image.open(folder / f"mask-{number}.png"))
        assert mask.shape == (80, 100) and set(np.unique(mask)) == {0, 255}
        assert (folder / "frames" / str(number) / "sheet.png").is_file()
    layout = open_project(folder / "made.ora").layout
    labels = [layer.label for layer in layout.layers]
    assert labels.index("a ball behind the dog") < labels.index("a red dog")
    assert [labels[one["depth"]] for one in values["objects"]] == [one["prompt"] for one in asked]
    # The project lies on the picture with all three.
    assert layout.background is not None
    out = np.asarray(Image.open(folder / "out.png"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(layout.background.data))), out)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--at 5,5 --prompt a --prompt b --at 6,6", 2, "last --at"),
        ("--prompt dog --at 5,5 --prompt cat", 1, "next to dog"),
        ("--prompt dog --prompt cat --at 5,5", 1, "give it a click"),
        ("--prompt dog", 2, "--at"),
        ("--at 5,5", 2, "--prompt"),
        ("--at 5,5 --remove --prompt a --prompt b", 2, "one --prompt"),
        ("--remove", 2, "--at"),
        ("--remove --at 5,5 --frames x", 2, "--frames"),
        ("--remove --at 500,5", 1, "outside"),
    ],
)
def test_objects_without_a_place_or_name_are_told(
    image: Path,
    pack: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    status: int,
    said: str,
) -> None:
    assert several(image, pack, *words.split()) == status
    assert said in capsys.readouterr().err
    assert [p.name for p in image.parent.iterdir()] == ["in.png"]


def test_clicks_may_stand_before_or_behind_their_words() -> None:
    at_first = wishes("--at 1,1 --at 2,2 --prompt dog --prompt cat --at 3,3 --prompt hat")
    assert at_first == [("dog", ((1, 1), (2, 2))), ("cat", ()), ("hat", ((3, 3),))]
    words_first = wishes("--prompt dog --at 1,1 --at 2,2 --prompt cat --prompt hat --at 3,3")
    assert words_first == at_first
    assert wishes("--at 1,1 --prompt dog --at 2,2") == [("dog", ((1, 1), (2, 2)))]


def wishes(words: str) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    parser = argparse.ArgumentParser()
    insert_click.add_arguments(parser)
    args = parser.parse_args(["in.png", "-o", "out.png", *words.split()])
    return [(wish.prompt, wish.clicks) for wish in insert_click.wishes_of(args)]


def test_an_object_is_taken_out(
    image: Path, pack: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def segmented(request: SegmentRequest, context: JobContext) -> SegmentResult:
        shapes = {"cat": Box(0, 0, 100, 80), "dog": Box(40, 30, 20, 20)}
        layers = tuple(Layer(label=x, mask=Mask.filled(box)) for x, box in shapes.items())
        layout = Layout(width=100, height=80, caption="a dog on a cat", layers=layers)
        return SegmentResult(request=request, layout=layout, notes=("Only illustrations.",))

    monkeypatch.setattr("engine.segment.run.run", segmented)
    monkeypatch.setattr("engine.click2mask.remove.is_background", lambda label: label == "cat")
    folder = image.parent
    status = several(
        image, pack, "--remove", "--at", "45,35", "--json", "--mask", str(folder / "mask.png"),
        "--project", str(folder / "made.ora"),
    )  # fmt: skip
    assert status == 0
    values = json.loads(capsys.readouterr().out)
    assert values["request"]["prompt"] == "cat"
    assert "Only illustrations." in values["notes"]
    before, out = (np.asarray(Image.open(folder / name)) for name in ("in.png", "out.png"))
    assert (out != before)[30:50, 40:60].any(axis=2).mean() > 0.9
    mask = np.asarray(Image.open(folder / "mask.png")) > 0
    assert mask[32:48, 42:58].all() and mask.sum() < 40 * 40
    layout = open_project(folder / "made.ora").layout
    assert [layer.label for layer in layout.layers] == ["cat"]
    assert layout.caption == "a cat"


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
