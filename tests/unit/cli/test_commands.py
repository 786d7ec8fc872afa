"""`new`, `show`, `export`, and how every command ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.main import COMMANDS
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.project import open_project, save_project

from .conftest import Command


@pytest.fixture
def overlapping(tmp_path: Path) -> Path:
    """A wall over the whole canvas, a tree on it, a dog that hides a quarter of the tree."""
    wall, tree, dog = np.zeros((3, 80, 96), bool)
    wall[:] = True
    tree[10:50, 10:50] = True
    dog[30:70, 30:70] = True
    layers = (
        Layer(label="wall", ade_class=0, mask=Mask.from_array(wall)),
        Layer(label="tall tree", ade_class=4, mask=Mask.from_array(tree)),
        Layer(label="dog", ade_class=126, mask=Mask.from_array(dog), locked=True, group="pets"),
        Layer(label="Größe/..", mask=Mask.from_array(tree), visible=False),
    )
    path = tmp_path / "overlapping.ora"
    save_project(Layout(width=96, height=80, caption="A dog", layers=layers), path)
    return path


def test_new_makes_a_project_of_that_size_and_caption(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    done = command("new", "--size", "512x384", "--caption", " A  dog ", path, "--json")
    assert done.json == {
        "project": str(path),
        "width": 512,
        "height": 384,
        "caption": "A dog",
        "layers": [],
        "notes": [],
    }
    layout = open_project(path).layout
    assert (layout.width, layout.height, layout.caption, layout.layers) == (512, 384, "A dog", ())


def test_new_does_not_write_over_a_project_unless_told(command: Command, project: Path) -> None:
    before = project.read_bytes()
    done = command("new", "--size", "128x128", project)
    assert done.code == 1
    assert "--force" in done.err
    assert project.read_bytes() == before
    assert command("new", "--size", "128x128", project, "--force").code == 0
    assert open_project(project).layout.width == 128


@pytest.mark.parametrize(
    ("size", "code"), [("16x16", 1), ("16384x64", 1), ("64x16384", 1), ("0x0", 1), ("ax5", 2)]
)
def test_a_canvas_of_a_size_that_cannot_be_is_told(
    command: Command, tmp_path: Path, size: str, code: int
) -> None:
    done = command("new", "--size", size, tmp_path / "a.ora")
    assert done.code == code
    assert size.split("x")[0] in done.err
    assert list(tmp_path.iterdir()) == []


def test_new_in_a_folder_that_is_not_there_is_told(command: Command, tmp_path: Path) -> None:
    done = command("new", tmp_path / "none" / "a.ora")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "none" in done.err


def test_show_lists_layers_in_order_and_who_hides_whom(command: Command, overlapping: Path) -> None:
    done = command("show", overlapping)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "96 x 80 px, 4 layers" in lines[0]
    order = [line.split()[0] for line in lines if line.startswith("#") and " hides " not in line]
    assert order == ["#1", "#2", "#3", "#4"]
    assert "#3 dog hides 25% of #2 tall tree (400 px)" in lines
    assert "locked, in group pets" in done.out
    assert "switched off" in done.out


def test_show_as_json(command: Command, overlapping: Path) -> None:
    values = command("show", overlapping, "--json").json
    assert [layer["label"] for layer in values["layers"]] == [
        "wall",
        "tall tree",
        "dog",
        "Größe/..",
    ]
    wall, tree, dog, ghost = values["layers"]
    assert tree["box"] == [10, 10, 40, 40]
    assert (tree["pixels"], tree["seen"]) == (1600, 1200)
    assert (dog["class"], ghost["class"]) == ("animal", None)
    assert {"upper": dog["id"], "lower": tree["id"], "pixels": 400, "share": 0.25} in values[
        "hides"
    ]
    assert len(values["hides"]) == 3
    assert not wall["hidden"]


def test_export_of_layer_numbers(command: Command, overlapping: Path, tmp_path: Path) -> None:
    out = tmp_path / "ids.png"
    assert command("export", overlapping, "--ids", out).code == 0
    with Image.open(out) as picture:
        assert picture.mode == "I;16"
        ids = np.asarray(picture)
    assert ids.shape == (80, 96)
    assert (ids[0, 0], ids[20, 20], ids[40, 40], ids[60, 60]) == (1, 2, 3, 3)


def test_export_in_ade_colours(command: Command, overlapping: Path, tmp_path: Path) -> None:
    out = tmp_path / "semantic.png"
    assert command("export", overlapping, "--semantic", out).code == 0
    with Image.open(out) as picture:
        assert picture.mode == "RGB"
        colours = np.asarray(picture)
    assert tuple(colours[0, 0]) == (120, 120, 120)
    assert tuple(colours[20, 20]) == (4, 200, 3)


def test_export_of_masks_keeps_hidden_parts(
    command: Command, overlapping: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "masks"
    done = command("export", overlapping, "--masks", folder, "--json")
    names = [Path(file).name for file in done.json["written"]]
    assert names == ["01-wall.png", "02-tall-tree.png", "03-dog.png", "04-Größe.png"]
    assert sorted(file.name for file in folder.iterdir()) == sorted(names)
    with Image.open(folder / "02-tall-tree.png") as picture:
        mask = np.asarray(picture)
    assert mask.shape == (80, 96)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask > 0).sum() == 1600


def test_export_wants_exactly_one_kind(command: Command, project: Path, tmp_path: Path) -> None:
    assert command("export", project).code == 2
    both = command("export", project, "--ids", tmp_path / "a.png", "--masks", tmp_path / "m")
    assert both.code == 2


@pytest.mark.parametrize("keep", [0, 3, 200, -30])
def test_a_truncated_project_is_named_and_left_alone(
    command: Command, overlapping: Path, tmp_path: Path, keep: int
) -> None:
    cut = tmp_path / "cut.ora"
    cut.write_bytes(overlapping.read_bytes()[:keep])
    before = cut.read_bytes()
    for words in (
        ["show", cut],
        ["export", cut, "--ids", tmp_path / "ids.png"],
        ["suggest", cut, "--object", "dog", "--apply", "1"],
    ):
        done = command(*words)
        assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
        assert "cut.ora" in done.err
    assert cut.read_bytes() == before
    assert not (tmp_path / "ids.png").exists()


@pytest.mark.parametrize("name", ["missing.ora", "."])
def test_a_project_that_is_not_a_file_is_named(command: Command, tmp_path: Path, name: str) -> None:
    done = command("show", tmp_path / name)
    assert (done.code, len(done.err.splitlines())) == (1, 1)


def test_every_command_has_help(command: Command) -> None:
    overview = command("--help")
    assert overview.code == 0
    for name, line in COMMANDS.items():
        assert line in overview.out
        done = command(name, "--help")
        assert done.code == 0
        assert done.out.startswith(f"usage: main.py {name}")


def test_wrong_usage_is_exit_code_2(command: Command) -> None:
    for words in (["sugest"], [], ["show"], ["train"], ["train", "nothing"], ["eval", "nothing"]):
        done = command(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err


def test_train_and_eval_hand_their_options_over(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "scenewright_toy_training.py"
    module.write_text(
        "def add_arguments(parser):\n"
        "    parser.add_argument('--data')\n"
        "    parser.add_argument('--quick', action='store_true')\n"
        "def run(args):\n"
        "    print(args.data, args.quick)\n"
        "    return 0 if args.data else None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("train", "eval"):
        monkeypatch.setitem(
            __import__(f"engine.cli.{name}", fromlist=["MODELS"]).MODELS,
            "text",
            "scenewright_toy_training",
        )
        sys.modules.pop("scenewright_toy_training", None)
        assert command(name, "text", "--data", "here", "--quick").out == "here True\n"
        assert command(name, "text").out == "None False\n"
        assert command(name, "text", "--help").out.startswith(f"usage: main.py {name} text")
        assert command(name, "text", "--nonsense").code == 2


def test_help_and_show_import_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, runpy\n"
        "sys.argv = ['main.py', '--help']\n"
        "try:\n    runpy.run_path('main.py', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numpy', 'PIL', 'torch', 'PySide6', 'networkx', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_goes_away_is_no_traceback(overlapping: Path) -> None:
    import subprocess

    root = Path(__file__).resolve().parents[3]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "main.py", "show", str(overlapping)],
        cwd=root,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.stderr == ""


def test_json_is_one_value_on_stdout(command: Command, overlapping: Path) -> None:
    done = command("show", overlapping, "--json")
    assert done.err == ""
    assert json.loads(done.out)["project"] == str(overlapping)


def test_scenes_draws_the_same_sheet_for_the_same_seed(command: Command, tmp_path: Path) -> None:
    first, again, other = (tmp_path / f"{name}.png" for name in ("first", "again", "other"))
    told = command("scenes", "--sheet", first, "--seed", "1", "-n", "3", "--json").json
    assert [scene["seed"] for scene in told["scenes"]] == [1, 2, 3]
    assert all(scene["caption"] and scene["objects"] for scene in told["scenes"])
    assert command("scenes", "--sheet", again, "--seed", "1", "-n", "3").code == 0
    assert command("scenes", "--sheet", other, "--seed", "4", "-n", "3").code == 0
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_a_sheet_that_cannot_be_is_told(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "s.png"
    for words in (["-n", "0"], ["--kind", "nowhere"]):
        done = command("scenes", "--sheet", out, *words)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert command("scenes", "--sheet", tmp_path / "no" / "s.png").code == 1
    assert command("scenes").code == 2
    assert not out.exists()
