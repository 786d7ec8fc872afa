"""`suggest`: what is asked of SmartMask, what is printed, and what is saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import Cancelled, ModelMissing, OutOfMemory
from engine.layout.geometry import Box
from engine.layout.guidance import GuidanceMode
from engine.layout.layer import Layer
from engine.layout.layout import MAX_LAYERS, Layout
from engine.layout.mask import Mask
from engine.project import open_project, save_project

from .conftest import Command, FakeSmartMask

pytestmark = pytest.mark.usefixtures("smartmask")


def scribble(path: Path, array: np.ndarray, mode: str = "L") -> Path:
    Image.fromarray(array.astype(np.uint8), mode).save(path)
    return path


def test_the_request_holds_what_was_said(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    options = ["-n3", "--seed=7", "--steps=5", "--style=natural"]
    options += ["--layout-scale=2", "--text-scale=3"]
    assert command("suggest", project, "--object", "  big   dog ", *options).code == 0
    (request,) = smartmask.requests
    assert (request.label, request.count, request.seed) == ("big dog", 3, 7)
    assert (request.steps, request.style, request.pack) == (5, "natural", "lite")
    assert (request.layout_scale, request.text_scale) == (2.0, 3.0)
    assert request.layout.caption == "A dog in a park"
    assert request.guidance.mode is GuidanceMode.FREE


def test_box_point_and_scribble_reach_smartmask_in_canvas_pixels(
    command: Command, project: Path, smartmask: FakeSmartMask, tmp_path: Path
) -> None:
    drawn = np.zeros((80, 96))
    drawn[30:40, 20:25] = 1
    file = scribble(tmp_path / "s.png", drawn)
    for words in (["--box", "10,20,30,40"], ["--point", "12.5,7"], ["--scribble", str(file)]):
        assert command("suggest", project, "--object", "dog", *words).code == 0
    box, point, stroke = (request.guidance for request in smartmask.requests)
    assert box.box == Box(10, 20, 30, 40)
    assert point.point == (12.5, 7.0)
    assert stroke.scribble is not None
    assert (stroke.scribble.box, stroke.scribble.area) == (Box(20, 30, 5, 10), 50)


def test_a_box_that_reaches_over_the_edge_is_cut(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    assert command("suggest", project, "--object", "dog", "--box", "-10,-5,30,40").code == 0
    assert smartmask.requests[0].guidance.box == Box(0, 0, 20, 35)


def test_the_help_says_which_pixels_of_a_scribble_count(command: Command) -> None:
    words = " ".join(command("suggest", "--help").out.split())
    assert "not black" in words and "not transparent" in words


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA opaque", "RGBA clear", "I;16"])
def test_a_scribble_may_be_any_kind_of_picture(
    command: Command, project: Path, smartmask: FakeSmartMask, tmp_path: Path, mode: str
) -> None:
    drawn = np.zeros((80, 96), np.uint8)
    drawn[10:20, 40:60] = 255
    picture = Image.fromarray(drawn)
    if mode == "RGBA clear":
        # Black strokes on a transparent sheet: only the opacity tells where was drawn.
        picture = Image.merge("RGBA", (*[Image.new("L", (96, 80))] * 3, picture))
    elif mode == "I;16":
        picture = Image.fromarray(drawn.astype(np.uint16))
    else:
        picture = picture.convert(mode.split()[0])
    picture.save(tmp_path / "s.png")
    done = command("suggest", project, "--object", "dog", "--scribble", tmp_path / "s.png")
    assert done.code == 0, done.err
    stroke = smartmask.requests[0].guidance.scribble
    assert stroke is not None
    assert stroke.box == Box(40, 10, 20, 10)


def test_a_full_project_is_told_before_anything_is_drawn(
    command: Command, smartmask: FakeSmartMask, tmp_path: Path
) -> None:
    project = tmp_path / "full.ora"
    dot = Layer(label="dot", mask=Mask.filled(Box(1, 1, 2, 2)))
    dots = tuple(replace(dot, id=f"dot{number}") for number in range(MAX_LAYERS))
    save_project(Layout(width=64, height=64, layers=dots), project)
    done = command("suggest", project, "--object", "dog", "--apply", "1")
    assert done.code == 1 and "2000 layers" in done.err
    assert smartmask.requests == []


def test_without_apply_the_project_stays_as_it_was(command: Command, project: Path) -> None:
    before = project.read_bytes()
    done = command("suggest", project, "--object", "dog", "--seed", "7")
    assert done.code == 0
    assert done.err == ""
    assert project.read_bytes() == before
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[:2] for line in lines[1:5]] == [["1", "7"], ["2", "8"], ["3", "9"], ["4", "10"]]
    assert "like 1" in done.out
    assert "empty" in done.out
    assert "note: taken for dog" in done.out


def test_apply_adds_the_chosen_mask_with_its_origin(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    done = command("suggest", project, "--object", "dog", "--seed", "7", "--apply", "2")
    assert done.code == 0, done.err
    (layer,) = open_project(project).layout.layers
    mask = smartmask._sample(smartmask.requests[0], 2).mask
    assert (layer.label, layer.ade_class, layer.mask) == ("dog", 126, mask)
    origin = layer.provenance
    assert origin is not None
    assert (origin.kind, origin.seed, origin.pack) == ("smartmask", 8, "lite")
    assert origin.model_hash == "0123456789abcdef"
    assert origin.request["label"] == "dog"
    assert origin.request["sample"] == 2


def test_with_o_the_project_itself_is_not_touched(
    command: Command, project: Path, tmp_path: Path
) -> None:
    before = project.read_bytes()
    out = tmp_path / "out.ora"
    assert command("suggest", project, "--object", "dog", "--apply", "1", "-o", out).code == 0
    assert project.read_bytes() == before
    assert [layer.label for layer in open_project(out).layout.layers] == ["dog"]


def test_a_new_layer_goes_to_the_front_or_right_behind_the_named_one(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    for words in (["tree"], ["dog"], ["cloud", "--behind", "dog"], ["sun", "--behind", "#1"]):
        assert command("suggest", project, "--apply", "1", "--object", *words).code == 0
    labels = [layer.label for layer in open_project(project).layout.layers]
    assert labels == ["sun", "tree", "cloud", "dog"]
    seen = smartmask.requests[2].seen_layers().layers
    assert [layer.label for layer in seen] == ["tree"]


def test_a_caption_for_one_call_is_not_saved(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    words = ["--object", "dog", "--caption", "A beach", "--apply", "1"]
    assert command("suggest", project, *words).code == 0
    assert smartmask.requests[0].layout.caption == "A beach"
    assert open_project(project).layout.caption == "A dog in a park"


def test_json_says_everything_a_script_needs(
    command: Command, project: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.png"
    words = ["--object", "dog", "--box", "1,2,30,40", "--seed", "5", "--apply", "1"]
    done = command("suggest", project, *words, "--sheet", sheet, "--json")
    values = done.json
    assert [s["sample"] for s in values["suggestions"]] == [1, 2, 3, 4]
    assert [s["seed"] for s in values["suggestions"]] == [5, 6, 7, 8]
    assert [s["empty"] for s in values["suggestions"]] == [False, False, False, True]
    assert values["suggestions"][2]["duplicate_of"] == 1
    assert values["request"]["guidance"] == {"mode": "box", "box": [1, 2, 30, 40]}
    assert values["notes"] == ["taken for dog"]
    assert values["sheet"] == str(sheet)
    (layer,) = open_project(project).layout.layers
    assert values["applied"] == {"sample": 1, "layer": layer.id, "project": str(project)}


def test_the_sheet_shows_a_tile_for_every_mask_that_is_not_empty(
    command: Command, project: Path, tmp_path: Path
) -> None:
    widths = []
    for n in ("1", "2"):
        file = tmp_path / f"{n}.png"
        done = command("suggest", project, "--object", "dog", "-n", n, "--sheet", file)
        assert done.code == 0, done.err
        with Image.open(file) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        orange = np.any(pixels[..., 0] - pixels[..., 2] > 120, axis=0)
        starts = np.flatnonzero(np.diff(orange.astype(int)) == 1)
        widths.append(picture.width)
        assert len(starts) == int(n)
    assert widths[1] > widths[0]


BAD_INPUT = {
    "empty label": (["--object", "  "], 1, "label is empty"),
    "long label": (["--object", "x" * 300], 1, "300 characters"),
    "box outside": (["--object", "dog", "--box", "200,0,10,10"], 1, "outside"),
    "box left of the canvas": (["--object", "dog", "--box", "-30,0,10,10"], 1, "outside"),
    "box of no size": (["--object", "dog", "--box", "1,1,0,10"], 1, "no size"),
    "point outside": (["--object", "dog", "--point", "-1,4"], 1, "outside"),
    "no masks": (["--object", "dog", "-n", "0"], 1, "1 to"),
    "too many masks": (["--object", "dog", "-n", "1000"], 1, "1 to"),
    "apply past the end": (["--object", "dog", "-n", "2", "--apply", "3"], 1, "--apply 3"),
    "apply an empty one": (["--object", "dog", "--apply", "4"], 1, "Sample 4 came out empty"),
    "behind nothing": (["--object", "dog", "--behind", "cat"], 1, "no layer"),
    "no such scribble": (["--object", "dog", "--scribble", "none.png"], 1, "none.png"),
    "no such folder": (["--object", "dog", "--sheet", "none/s.png"], 1, "none"),
    "no object": ([], 2, "--object"),
    "no number": (["--object", "dog", "-n", "x"], 2, "-n"),
    "half a box": (["--object", "dog", "--box", "1,2,3"], 2, "X,Y,W,H"),
    "words as a point": (["--object", "dog", "--point", "a,b"], 2, "X,Y"),
    "two places": (["--object", "dog", "--point", "1,1", "--box", "1,1,9,9"], 2, "not allowed"),
    "-o without --apply": (["--object", "dog", "-o", "out.ora"], 2, "--apply"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_told_and_nothing_is_changed(
    command: Command, project: Path, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, code, message = BAD_INPUT[case]
    before, files = project.read_bytes(), sorted(tmp_path.iterdir())
    done = command("suggest", project, *words)
    assert done.code == code
    assert message in done.err
    assert done.out == ""
    if code == 1:
        assert len(done.err.splitlines()) == 1
    assert project.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == files


def test_scribbles_that_cannot_be_used_are_told(
    command: Command, project: Path, tmp_path: Path
) -> None:
    empty = scribble(tmp_path / "empty.png", np.zeros((80, 96)))
    other = scribble(tmp_path / "other.png", np.ones((40, 96)))
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    noise = scribble(tmp_path / "noise.png", np.random.default_rng(0).integers(0, 255, (80, 96)))
    cut = tmp_path / "cut.png"
    cut.write_bytes(noise.read_bytes()[:900])
    for file, message in {
        empty: "empty",
        other: "96 x 40 px",
        text: "cannot be read",
        cut: "cannot be read",
    }.items():
        done = command("suggest", project, "--object", "dog", "--scribble", file)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert message in done.err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ModelMissing("The pack lite is not installed."), "The pack lite is not installed."),
        (OutOfMemory("Too big."), "Too big."),
        (MemoryError(), "not enough memory"),
        (Cancelled("Cancelled."), "Cancelled."),
        (KeyboardInterrupt(), "Cancelled."),
        (RuntimeError("odd\nthing"), "RuntimeError: odd thing"),
    ],
)
def test_a_failure_is_one_line_and_the_project_stays(
    command: Command, project: Path, smartmask: FakeSmartMask, error: BaseException, message: str
) -> None:
    smartmask.error = error
    before = project.read_bytes()
    done = command("suggest", project, "--object", "dog", "--apply", "1")
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert project.read_bytes() == before


def test_debug_shows_where_an_error_happened(
    command: Command, project: Path, smartmask: FakeSmartMask
) -> None:
    smartmask.error = RuntimeError("odd")
    with pytest.raises(RuntimeError, match="odd"):
        command("suggest", project, "--object", "dog", "--debug")
    with pytest.raises(RuntimeError, match="odd"):
        command("--debug", "suggest", project, "--object", "dog")


def test_a_file_of_another_program_is_not_written_over(
    command: Command, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import engine.project

    opened = replace(open_project(project), foreign=True)
    monkeypatch.setattr(engine.project, "open_project", lambda path: opened)
    before = project.read_bytes()
    done = command("suggest", project, "--object", "dog", "--apply", "1")
    assert done.code == 1
    assert "-o" in done.err
    assert project.read_bytes() == before
    out = tmp_path / "out.ora"
    assert command("suggest", project, "--object", "dog", "--apply", "1", "-o", out).code == 0
