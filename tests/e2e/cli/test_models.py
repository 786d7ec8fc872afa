"""`main.py models` in processes of its own, against a hub on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models import catalogue, packs
from tests.unit.models.conftest import CATALOGUE, FILES, WEIGHTS
from tests.unit.models.hub import Hub, serving

ROOT = Path(__file__).resolve().parents[3]
TEXT = "team/text/model.fp16.safetensors"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        served.files.update(FILES)
        yield served


class Program:
    """The program with a models folder, a catalogue and a hub of the test's own."""

    def __init__(self, folder: Path, hub: Hub) -> None:
        self.models = folder / "models"
        file = folder / "catalogue.json"
        file.write_text(json.dumps(CATALOGUE))
        self.environment = {
            **os.environ,
            packs.FOLDER_VARIABLE: str(self.models),
            catalogue.CATALOGUE_VARIABLE: str(file),
            "HF_ENDPOINT": hub.url,
            "HF_HUB_OFFLINE": "0",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "models", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # In the background of a shell Ctrl+C is ignored, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def __call__(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, told = process.communicate(timeout=100)
        return process.returncode, out, told


@pytest.fixture
def models(tmp_path: Path, hub: Hub) -> Program:
    return Program(tmp_path, hub)


def test_a_packs_life(models: Program, hub: Hub) -> None:
    hub.faults[TEXT] = ["cut"]
    status, out, told = models("install", "small")
    assert (status, "Installed text_encoder" in out) == (0, True), told
    assert "Downloading Small text encoder" in told
    status, out, _ = models("list", "--json")
    states = {state["name"]: state for state in json.loads(out)}
    assert states["small"]["status"] == "installed"
    assert states["small"]["licence"] == "MIT; OpenRAIL"
    assert {"lite", "sd15", "sdxl"} <= set(states)
    folder = models("where", "small")[1].strip()
    assert Path(folder, "text_encoder/model.safetensors").read_bytes() == WEIGHTS
    assert models("verify", "small")[:2] == (0, "small: whole (3 files)\n")
    Path(folder, "text_encoder/config.json").write_text("{}")
    status, out, _ = models("verify", "small")
    assert status == 1
    assert "small/text_encoder/config.json: 2 bytes instead of 22" in out
    assert models("remove", "small")[0] == 0
    assert not Path(folder).exists()


def test_ctrl_c_keeps_what_came_and_the_next_call_goes_on(models: Program, hub: Hub) -> None:
    hub.hold.clear()
    process = models.start("install", "small")
    end = time.monotonic() + 60
    while not list(models.models.rglob("model.*.part")) and time.monotonic() < end:
        hub.hold.set() if not list(models.models.rglob("config.json")) else hub.hold.clear()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    hub.hold.set()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told.strip().splitlines()[-1] == "scenewright: Cancelled."
    hub.asked.clear()
    assert models("install", "small")[0] == 0
    assert len(hub.gets()) >= 1
    assert not [method for method, _, _ in hub.asked if method == "HEAD"]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("where", "lite"), 0, ""),
        (("where", "small"), 1, "models install small"),
        (("remove", "lite"), 1, "comes with the program"),
        (("install",), 2, "Name the pack"),
        (("list", "--offline"), 2, "belong to install"),
        (("install", "small", "--offline"), 1, "offline"),
        (("install", "small/smartmask"), 1, "Nobody made it"),
        (("install", "huge"), 1, "There is no pack huge"),
    ],
)
def test_one_line_says_what_is_wrong(
    models: Program, words: tuple[str, ...], status: int, told: str
) -> None:
    code, out, err = models(*words)
    assert code == status
    assert told in err
    assert len(err.splitlines()) == (1 if status else 0)
    if words == ("where", "lite"):
        assert Path(out.strip()) == packs.SHIPPED / "lite"
