"""The real program from the command line, in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.models import packs

ROOT = Path(__file__).resolve().parents[3]
LITE = packs.SHIPPED / "lite"

needs_lite = pytest.mark.skipif(
    not (LITE / "smartmask" / "model_index.json").is_file(),
    reason="the lite pack is not in this checkout",
)


def program(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, words)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def values(*words: str | Path, **environment: str) -> Any:
    done = program(*words, "--json", **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def ids(project: Path) -> np.ndarray:
    out = project.with_suffix(".ids.png")
    assert program("export", project, "--ids", out).returncode == 0
    with Image.open(out) as picture:
        return np.asarray(picture)


@pytest.fixture
def park(tmp_path: Path) -> Path:
    path = tmp_path / "park.ora"
    words = ("--size", "160x128", "--caption", "A dog under a tree")
    assert program("new", *words, path).returncode == 0
    return path


@needs_lite
@pytest.mark.timeout(300)
def test_a_scene_is_built_object_by_object(park: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    tree = values("suggest", park, "--object", "tree", "--box", "10,5,90,110", "--apply", "1",
                  "--seed", "7", "--sheet", sheet)  # fmt: skip
    assert [s["seed"] for s in sorted(tree["suggestions"], key=lambda s: s["sample"])] == [
        7, 8, 9, 10
    ]  # fmt: skip
    with Image.open(sheet) as picture:
        assert picture.width > 160
    dog = values("suggest", park, "--object", "puppy", "--point", "110,90", "--apply", "1")
    cloud = values("suggest", park, "--object", "cloud", "--behind", "tree", "-n", "1",
                   "--apply", "1")  # fmt: skip
    shown = values("show", park)
    assert [layer["label"] for layer in shown["layers"]] == ["cloud", "tree", "puppy"]
    assert [layer["id"] for layer in shown["layers"]] == [
        cloud["applied"]["layer"],
        tree["applied"]["layer"],
        dog["applied"]["layer"],
    ]
    origin = shown["layers"][1]["provenance"]
    assert (origin["seed"], origin["pack"]) == (7, "lite")
    assert origin["model_hash"] == packs.pack_hash("lite")
    x, y, width, height = shown["layers"][1]["box"]
    wanted = np.zeros((128, 160), bool)
    wanted[5:115, 10:100] = True
    drawn = np.zeros((128, 160), bool)
    drawn[max(y, 0) : y + height, max(x, 0) : x + width] = True
    assert (wanted & drawn).sum() / (wanted | drawn).sum() > 0.4
    assert set(np.unique(ids(park))) <= {0, 1, 2, 3}


@needs_lite
@pytest.mark.timeout(300)
def test_a_sample_depends_on_its_own_seed_alone(park: Path, tmp_path: Path) -> None:
    common = ("suggest", park, "--object", "dog", "--box", "30,30,90,80")
    first, second, alone = (tmp_path / f"{name}.ora" for name in ("first", "second", "alone"))
    values(*common, "--seed", "20", "-n", "3", "--apply", "2", "-o", first)
    values(*common, "--seed", "20", "-n", "3", "--apply", "2", "-o", second)
    values(*common, "--seed", "21", "-n", "1", "--apply", "1", "-o", alone)
    assert np.array_equal(ids(first), ids(second))
    assert np.mean(ids(first) != ids(alone)) <= 0.001


@needs_lite
@pytest.mark.timeout(300)
def test_a_mask_chosen_among_many_can_be_drawn_alone(park: Path, tmp_path: Path) -> None:
    common = ("suggest", park, "--object", "dog", "--box", "30,30,90,80")
    chosen = values(*common, "-n", "2", "--among", "12", "--seed", "20")["suggestions"]
    assert len(chosen) == 2
    sample, seed = max((s["sample"], s["seed"]) for s in chosen)
    assert seed == 19 + sample and sample > 2, "two that stand for twelve are not the first two"
    many, alone = tmp_path / "many.ora", tmp_path / "alone.ora"
    values(*common, "-n", "2", "--among", "12", "--seed", "20", "--apply", str(sample), "-o", many)
    values(*common, "-n", "1", "--seed", str(seed), "--apply", "1", "-o", alone)
    assert np.mean(ids(many) != ids(alone)) <= 0.001
    left_out = next(str(k) for k in range(1, 13) if k not in {s["sample"] for s in chosen})
    refused = program(*common, "-n", "2", "--among", "12", "--seed", "20", "--apply", left_out)
    fails(refused, f"no sample {left_out}")


@needs_lite
def test_an_unknown_word_is_no_error_and_is_told(park: Path) -> None:
    told = values("suggest", park, "--object", "zorblax", "-n", "1")
    assert told["notes"]
    assert "zorblax" in " ".join(told["notes"])


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of packs with a lite pack that holds only names, no models."""
    folder = tmp_path / "models"
    for component in ("text_encoder", "smartmask"):
        (folder / "lite" / component).mkdir(parents=True)
    return folder


def fails(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_missing_weights_are_named_and_the_project_stays(park: Path, models: Path) -> None:
    before = park.read_bytes()
    done = program("suggest", park, "--object", "dog", "--apply", "1",
                   SCENEWRIGHT_MODELS=str(models))  # fmt: skip
    fails(done, "model_index.json", "resources/models/lite")
    assert park.read_bytes() == before


def test_a_pack_that_is_not_there_is_named(park: Path) -> None:
    fails(program("suggest", park, "--object", "dog", "--pack", "nonesuch"), "nonesuch")


@needs_lite
def test_damaged_weights_are_named_and_the_project_stays(park: Path, models: Path) -> None:
    shutil.rmtree(models / "lite")
    shutil.copytree(LITE, models / "lite")
    (models / "lite" / packs.MANIFEST).unlink(missing_ok=True)
    weights = max(
        (models / "lite" / "smartmask").rglob("*.safetensors"), key=lambda f: f.stat().st_size
    )
    with weights.open("r+b") as stream:
        stream.truncate(weights.stat().st_size // 2)
    before = park.read_bytes()
    done = program("suggest", park, "--object", "dog", "--apply", "1",
                   SCENEWRIGHT_MODELS=str(models))  # fmt: skip
    fails(done, str(weights), "damaged")
    assert park.read_bytes() == before


def test_a_truncated_project_is_named(park: Path) -> None:
    park.write_bytes(park.read_bytes()[:-200])
    before = park.read_bytes()
    fails(program("suggest", park, "--object", "dog", "--apply", "1"), "park.ora")
    assert park.read_bytes() == before


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.ora"
    other.write_text("<html>not a project</html>")
    fails(program("show", other), "other.ora")


@pytest.mark.parametrize(
    "words",
    [
        ("--object", ""),
        ("--object", "d" * 300),
        ("--object", "dog", "--box", "500,500,20,20"),
        ("--object", "dog", "--box", "10,10,0,0"),
        ("--object", "dog", "--point", "160,128"),
    ],
)
def test_bad_input_is_told_in_one_line(park: Path, words: Sequence[str]) -> None:
    before = park.read_bytes()
    fails(program("suggest", park, *words, "--apply", "1"))
    assert park.read_bytes() == before


def test_an_empty_scribble_is_told(park: Path, tmp_path: Path) -> None:
    file = tmp_path / "empty.png"
    Image.new("L", (160, 128)).save(file)
    fails(program("suggest", park, "--object", "dog", "--scribble", file), "scribble", "empty")


@pytest.mark.parametrize("size", ["16x16", "16384x16384"])
def test_a_canvas_too_small_or_too_large_is_told(tmp_path: Path, size: str) -> None:
    fails(program("new", "--size", size, tmp_path / "a.ora"), "64 to 8192")
    assert list(tmp_path.glob("*.ora")) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    fails(program("new", blocker / "a.ora"), "file")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_a_window_without_a_screen_is_told() -> None:
    none = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    fails(program(**none), "no screen")


# A shell starts background jobs with SIGINT ignored, and a test run may be one of those.
SLOW = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)
slow = types.ModuleType("engine.smartmask.suggest")

def run(request, context):
    print("started", flush=True)
    time.sleep(100)

slow.run = run
sys.modules["engine.smartmask.suggest"] = slow
from engine.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_ends_cleanly_and_the_project_stays(park: Path) -> None:
    before, files = park.read_bytes(), sorted(park.parent.iterdir())
    words = ("suggest", str(park), "--object", "dog", "--apply", "1")
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # In the background of a shell Ctrl+C is ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (1, "scenewright: Cancelled.\n")
    assert park.read_bytes() == before
    assert sorted(park.parent.iterdir()) == files
