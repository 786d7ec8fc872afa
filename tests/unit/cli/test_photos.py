"""`new` from files, `segment`, `insert` and `design --photo` as commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.cli.common import write_png
from engine.errors import Cancelled
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.photo import open_photo
from engine.project import open_project
from engine.render.request import Insertion, InsertRequest, InsertResult, Picture
from engine.segment.request import SegmentRequest, SegmentResult
from tests.unit.cli.conftest import Command

WIDTH, HEIGHT = 120, 90


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "garden.png"
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    write_png(path, pixels)
    return path


class FakeSegment:
    def __init__(self) -> None:
        self.requests: list[SegmentRequest] = []

    def run(self, request: SegmentRequest, context: Any) -> SegmentResult:
        self.requests.append(request)
        height, width = request.photo.shape[:2]
        layers = (
            Layer(label="grass", ade_class=9, mask=Mask.filled(Box(0, 40, width, 50))),
            Layer(label="tree", ade_class=4, mask=Mask.filled(Box(10, 10, 20, 60))),
        )
        layout = Layout(
            width=width,
            height=height,
            caption=request.caption or "a tree and grass",
            layers=layers,
            background=request.background,
        )
        return SegmentResult(
            request=request, layout=layout, scores=(0.9, 0.5), notes=("knows drawings",)
        )


class FakeInsert:
    def __init__(self) -> None:
        self.requests: list[InsertRequest] = []
        self.error: BaseException | None = None

    def run(self, request: InsertRequest, context: Any) -> InsertResult:
        self.requests.append(request)
        context.progress("Drawing", 1, 2)
        if self.error:
            raise self.error
        height, width = request.photo.shape[:2]
        insertions = []
        for sample in range(request.count, 0, -1):
            pixels = request.photo.copy()
            pixels[:5] = sample
            mask = Mask.filled(Box(30, 30, 20, 20))
            layer = Layer(label=request.label, mask=mask, provenance=Provenance(kind="inserted"))
            picture = Picture(
                sample=sample, seed=request.seed + sample - 1, pixels=pixels, score=sample / 9
            )
            insertions.append(Insertion(picture=picture, layer=layer))
        layout = request.layout or Layout(width=width, height=height, caption="a garden")
        return InsertResult(
            request=request, insertions=tuple(insertions), layout=layout, notes=("from lite",)
        )


@pytest.fixture
def segment(monkeypatch: pytest.MonkeyPatch) -> FakeSegment:
    fake = FakeSegment()
    module = ModuleType("engine.segment.run")
    module.__dict__["run"] = fake.run
    monkeypatch.setitem(sys.modules, "engine.segment.run", module)
    return fake


@pytest.fixture
def insert(monkeypatch: pytest.MonkeyPatch) -> FakeInsert:
    fake = FakeInsert()
    module = ModuleType("engine.render.insert")
    module.__dict__["run"] = fake.run
    monkeypatch.setitem(sys.modules, "engine.render.insert", module)
    return fake


def test_new_on_a_photo(command: Command, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.ora"
    assert command("new", out, "--photo", photo, "--caption", "my garden").code == 0
    layout = open_project(out).layout
    assert (layout.width, layout.height, layout.caption) == (WIDTH, HEIGHT, "my garden")
    assert layout.background is not None
    assert layout.background.data == photo.read_bytes()


def test_new_from_an_id_map_and_its_names(command: Command, photo: Path, tmp_path: Path) -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    ids[:40], ids[40:] = 1, 2
    write_png(tmp_path / "ids.png", ids)
    (tmp_path / "names.json").write_text('["sky", "sea"]')
    out = tmp_path / "a.ora"
    words = ("--ids", tmp_path / "ids.png", "--names", tmp_path / "names.json", "--photo", photo)
    done = command("new", out, *words, "--json")
    assert done.json["layers"] == ["sky", "sea"]
    assert [x.label for x in open_project(out).layout.layers] == ["sky", "sea"]


def test_new_from_coco(command: Command, tmp_path: Path) -> None:
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 1, "name": "dog"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "segmentation": [[10, 10, 60, 10, 60, 60]]}
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    done = command("new", tmp_path / "a.ora", "--coco", tmp_path / "a.json")
    assert done.code == 0, done.err
    assert "1 layer on a canvas of 100 x 80 px" in done.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--photo", "none.png"], 1, "no photo"),
        (["--photo", "p.png", "--size", "90x90"], 2, "--size"),
        (["--names", "n.json"], 2, "--names"),
        (["--picture", "a"], 2, "--picture"),
        (["--complete"], 2, "--complete"),
        (["--ids", "none.png"], 1, "none.png"),
        (["--coco", "none.json"], 1, "none.json"),
    ],
)
def test_new_refuses_in_one_line(
    command: Command, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    out = tmp_path / "a.ora"
    done = command("new", out, *words)
    assert done.code == code
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not out.exists()


def test_segment_saves_the_photo_and_its_layers(
    command: Command, segment: FakeSegment, photo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.ora"
    done = command("segment", photo, "-o", out, "--threshold", "0.3", "--pack", "sd15")
    assert done.code == 0, done.err
    assert segment.requests[0].threshold == 0.3
    assert segment.requests[0].pack == "sd15"
    assert np.array_equal(segment.requests[0].photo, open_photo(photo).pixels)
    layout = open_project(out).layout
    assert [x.label for x in layout.layers] == ["grass", "tree"]
    assert layout.background is not None
    assert "note: knows drawings" in done.out
    again = command("segment", photo, "-o", out)
    assert again.code == 1
    assert "--force" in again.err
    values = command("segment", photo, "-o", out, "--force", "--json").json
    assert [x["score"] for x in values["layers"]] == [0.9, 0.5]


def test_insert_writes_the_picture_and_the_project(
    command: Command, insert: FakeInsert, photo: Path, tmp_path: Path
) -> None:
    out, project = tmp_path / "out.png", tmp_path / "out.ora"
    words = ("--object", "dog", "--caption", "my garden", "--box", "10,20,30,40")
    done = command("insert", photo, *words, "--seed", "4", "-o", out, "--project", project)
    assert done.code == 0, done.err
    request = insert.requests[0]
    assert (request.label, request.caption, request.seed) == ("dog", "my garden", 4)
    assert request.guidance == Guidance.at_box(Box(10, 20, 30, 40))
    assert request.mask is None
    pixels = np.asarray(Image.open(out))
    assert (pixels[:5] == 1).all()
    assert np.array_equal(pixels[5:], open_photo(photo).pixels[5:])
    layout = open_project(project).layout
    assert [x.label for x in layout.layers] == ["dog"]
    assert layout.background is not None
    assert layout.background.name == "garden-dog.png"
    assert "note: from lite" in done.out


def test_several_variations_are_numbered_best_first(
    command: Command, insert: FakeInsert, photo: Path, tmp_path: Path
) -> None:
    done = command(
        "insert", photo, "--object", "dog", "-n", "2", "-o", tmp_path / "o.png", "--json"
    )
    files = [Path(x["file"]).name for x in done.json["pictures"]]
    assert files == ["o-1.png", "o-2.png"]
    assert [x["sample"] for x in done.json["pictures"]] == [2, 1]
    assert (np.asarray(Image.open(tmp_path / "o-1.png"))[0] == 2).all()


def test_masks_scribbles_points_and_layouts_are_understood(
    command: Command, insert: FakeInsert, segment: FakeSegment, photo: Path, tmp_path: Path
) -> None:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    drawn[20:50, 30:60] = 255
    write_png(tmp_path / "m.png", drawn)
    layout = tmp_path / "layout.ora"
    command("segment", photo, "-o", layout)
    base = ("insert", photo, "--object", "cat", "-o", tmp_path / "o.png")
    assert command(*base, "--mask", tmp_path / "m.png").code == 0
    assert command(*base, "--scribble", tmp_path / "m.png").code == 0
    assert command(*base, "--point", "50,40").code == 0
    assert command(*base, "--layout", layout, "--behind", "tree").code == 0
    masked, scribbled, pointed, behind = insert.requests
    assert masked.mask == Mask.filled(Box(30, 20, 30, 30))
    assert scribbled.guidance.mode is GuidanceMode.SCRIBBLE
    assert pointed.guidance == Guidance.at_point(50, 40)
    assert behind.layout is not None
    assert behind.layout.layer(behind.behind or "").label == "tree"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--mask", "none.png"], 1, "none.png"),
        (["--behind", "tree"], 2, "--behind"),
        (["--layout", "none.ora"], 1, "none.ora"),
        (["--box", "1,2"], 2, "X,Y,W,H"),
    ],
)
def test_insert_refuses_in_one_line(
    command: Command, insert: FakeInsert, photo: Path, tmp_path: Path,
    words: list[str], code: int, said: str,
) -> None:  # fmt: skip
    out = tmp_path / "o.png"
    done = command("insert", photo, "--object", "dog", "-o", out, *words)
    assert done.code == code
    assert said in done.err
    assert not out.exists()
    assert insert.requests == []


def test_insert_never_writes_over_the_photo_and_nothing_when_it_ends_early(
    command: Command, insert: FakeInsert, photo: Path, tmp_path: Path
) -> None:
    before = photo.read_bytes()
    done = command("insert", photo, "--object", "dog", "-o", photo)
    assert done.code == 1
    assert "photo itself" in done.err
    assert command("insert", photo, "--object", "dog", "-o", tmp_path / "o.jpg").code == 2
    insert.error = Cancelled("Cancelled.")
    assert command("insert", photo, "--object", "dog", "-o", tmp_path / "o.png").code == 1
    assert photo.read_bytes() == before
    assert not (tmp_path / "o.png").exists()


def test_a_design_starts_from_what_a_photo_shows(
    command: Command,
    segment: FakeSegment,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []

    def run(request: Any, context: Any) -> Any:
        seen.append(request)
        raise Cancelled("Cancelled.")

    module = ModuleType("engine.design.run")
    module.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, "engine.design.run", module)
    out = tmp_path / "a.ora"
    done = command("design", "--photo", photo, "--elements", "2 dogs", "-o", out)
    assert "Cancelled" in done.err
    assert [x.label for x in seen[0].layout.layers] == ["grass", "tree"]
    assert seen[0].layout.background.data == photo.read_bytes()
