from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.project import files, open_project, save_project

ROOT = Path(__file__).parents[3]
FAULTS = {"ENOSPC": "disk is full", "EIO": "output error", "EACCES": "write-protected"}


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


class Faults:
    """Lets `count` file operations through and fails the next one, or all from there on."""

    def __init__(self, number: int, count: int, *, forever: bool) -> None:
        self.number, self.count, self.forever = number, count, forever
        self.calls: list[str] = []

    def check(self, name: str) -> None:
        self.calls.append(name)
        late = len(self.calls) - self.count
        if late == 1 or (self.forever and late > 1):
            raise OSError(self.number, os.strerror(self.number))

    @property
    def fired(self) -> bool:
        return len(self.calls) > self.count


class FaultyOs:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in ("fsync", "replace", "link", "chmod"):
            return real

        def call(*args: Any) -> Any:
            self._faults.check(name)
            return real(*args)

        return call


class FaultyFile:
    def __init__(self, handle: Any, faults: Faults) -> None:
        self._handle, self._faults = handle, faults

    def __enter__(self) -> FaultyFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)

    def write(self, data: bytes) -> int:
        # A full disk takes a part before it refuses.
        self._handle.write(data[: len(data) // 2])
        self._faults.check("write")
        return self._handle.write(data[len(data) // 2 :])

    def flush(self) -> None:
        self._faults.check("flush")
        self._handle.flush()


@pytest.mark.parametrize("forever", [False, True], ids=["once", "forever"])
@pytest.mark.parametrize("fault", FAULTS)
def test_any_failing_operation_leaves_one_whole_file(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, forever: bool
) -> None:
    path = tmp_path / "scene.ora"
    changed = replace(layout, caption="changed")
    seen: set[str] = set()
    for count in range(50):
        save_project(layout, path)
        faults = Faults(getattr(errno, fault), count, forever=forever)
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs(faults))
            patch.setattr(
                files, "open", lambda *a, f=faults: FaultyFile(io.FileIO(*a), f), raising=False
            )
            try:
                save_project(changed, path)
                failed = None
            except ProjectError as error:
                failed = error
        assert left_behind(tmp_path) == []
        if not faults.fired:
            assert failed is None
            break
        seen.add(faults.calls[count])
        now = open_project(path).layout
        replaced = count >= len(faults.calls) - 1 and faults.calls[-1] == "fsync"
        if failed is None or (replaced and "replace" in faults.calls):
            assert now == changed
        else:
            assert now == layout
            assert str(path) in str(failed) and FAULTS[fault] in str(failed)
    else:
        pytest.fail("the save never got through")
    assert seen == {"write", "flush", "fsync", "chmod", "link", "replace"}


def test_previous_file_becomes_the_backup(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "scene.ora"
    for caption in ("one", "two", "three"):
        save_project(replace(layout, caption=caption), path)
    assert open_project(path).layout.caption == "three"
    assert open_project(tmp_path / "scene.ora~").layout.caption == "two"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scene.ora", "scene.ora~"]


def test_backup_without_hard_links(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_link)
    for caption in ("one", "two"):
        save_project(replace(layout, caption=caption), tmp_path / "scene.ora")
    assert open_project(tmp_path / "scene.ora").layout.caption == "two"
    assert open_project(tmp_path / "scene.ora~").layout.caption == "one"


def test_mode_bits_and_symbolic_link_stay(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "scene.ora", tmp_path / "link.ora"
    save_project(layout, real)
    real.chmod(0o640)
    link.symlink_to(real)
    save_project(replace(layout, caption="changed"), link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert open_project(real).layout.caption == "changed"


def test_new_file_has_the_usual_mode(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    save_project(layout, tmp_path / "scene.ora")
    assert (tmp_path / "scene.ora").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing/scene.ora", "folder does not exist"),
        ("", "is a folder"),
        ("x" * 300 + ".ora", "name is too long"),
    ],
)
def test_unusable_place_is_named(layout: Layout, tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        save_project(layout, tmp_path / name)


LIMITED = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.project import open_project, save_project

path = Path(sys.argv[1])
old = Layout(width=64, height=64, caption="old")
save_project(old, path)
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 500,) * 2)
try:
    save_project(replace(old, caption="new"), path, unknown={"blob": bytes(100_000)})
    print("no error")
except ProjectError as error:
    print(error)
assert open_project(path).layout == old
save_project(replace(old, caption="newer"), path)
assert open_project(path).layout.caption == "newer"
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no RLIMIT_FSIZE")
def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    output = run_python(LIMITED, str(tmp_path / "scene.ora"))
    assert "scene.ora" in output and "larger than this disk" in output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scene.ora", "scene.ora~"]


KILLED = """
import json, os, random, signal, sys, time
from pathlib import Path
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.project import open_project, save_project
import numpy as np

folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
path, progress = folder / "scene.ora", folder / "progress"
mask = Mask.from_array(np.ones((40, 40), bool))


def save(revision):
    layers = (Layer(id=f"{revision:032}", label="box", mask=mask),)
    save_project(Layout(width=200, height=200, caption=str(revision), layers=layers), path)


def forever():
    revision = 0
    with open(progress, "wb", buffering=0) as handle:
        while True:
            revision += 1
            save(revision)
            handle.write(revision.to_bytes(4, "big"))


bad = []
for _ in range(rounds):
    save(0)
    progress.write_bytes(b"")
    child = os.fork()
    if child == 0:
        try:
            forever()
        finally:
            os._exit(1)
    while not progress.stat().st_size:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.04))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = len(progress.read_bytes()) // 4
    layout = open_project(path).layout
    if int(layout.caption) not in (done, done + 1) or int(layout.layers[0].id) != int(
        layout.caption
    ):
        bad.append([done, layout.caption])
print(json.dumps(bad))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_killed_at_any_moment_the_file_is_old_or_new(tmp_path: Path) -> None:
    assert json.loads(run_python(KILLED, str(tmp_path), "40")) == []


def run_python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
