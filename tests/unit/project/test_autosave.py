from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.project import open_project
from engine.project.autosave import (
    RecoverySession,
    discard_recovery,
    list_recoveries,
    recovery_folder,
)

ROOT = Path(__file__).parents[3]

OTHER_PROGRAM = """
import sys
from pathlib import Path
from engine.layout.layout import Layout
from engine.project.autosave import RecoverySession

session = RecoverySession(Path(sys.argv[1]))
layout = Layout(width=64, height=64, caption="unsaved work")
session.write(layout, project=Path("holiday.ora"), settings={"zoom": 3}, unknown={"a": b"b"})
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another running program with unsaved work."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROGRAM, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    yield process
    process.kill()
    process.communicate()


def crash(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_a_running_program_is_not_taken_for_a_crash(
    folder: Path, other: subprocess.Popen[str]
) -> None:
    assert list_recoveries(folder) == ()
    crash(other)
    assert len(list_recoveries(folder)) == 1


def test_unsaved_work_comes_back_after_a_crash(folder: Path, other: subprocess.Popen[str]) -> None:
    crash(other)
    (recovery,) = list_recoveries(folder)
    assert recovery.project is not None and recovery.project.name == "holiday.ora"
    opened = recovery.open()
    assert opened.layout == Layout(width=64, height=64, caption="unsaved work")
    assert opened.settings == {"zoom": 3} and opened.unknown == {"a": b"b"}
    # Looking at it, now or at another start, takes nothing away.
    assert list_recoveries(folder) == (recovery,)


def test_adopted_work_is_safe_until_it_is_saved(folder: Path, other: subprocess.Popen[str]) -> None:
    crash(other)
    (recovery,) = list_recoveries(folder)
    session = RecoverySession(folder)
    opened = session.adopt(recovery)
    assert opened.layout.caption == "unsaved work"
    assert not recovery.folder.exists()
    session.close()  # without clear: as if this program ended before the user saved
    (again,) = list_recoveries(folder)
    assert again.open().layout == opened.layout
    assert again.project == recovery.project


def test_damaged_snapshot_is_reported_and_kept(folder: Path, other: subprocess.Popen[str]) -> None:
    crash(other)
    (recovery,) = list_recoveries(folder)
    recovery.snapshot.write_bytes(recovery.snapshot.read_bytes()[:-30])
    session = RecoverySession(folder)
    with pytest.raises(ProjectError, match=r"snapshot\.ora"):
        session.adopt(recovery)
    session.close()
    assert list_recoveries(folder) == (recovery,)


@pytest.mark.parametrize("question", ["is_file", "stat", "is_dir"])
@pytest.mark.parametrize("gone", ["folder", "snapshot"])
def test_work_that_goes_while_it_is_listed_hides_no_other(
    folder: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch, question: str, gone: str
) -> None:
    for caption in ("stays", "goes"):
        session = RecoverySession(folder)
        session.write(replace(layout, caption=caption))
        session.close()
    going, staying = list_recoveries(folder)
    asked = getattr(Path, question)

    def answer(path: Path, **options: bool) -> object:
        known = asked(path, **options)
        if path in (going.folder, going.snapshot):
            # Another window recovers or discards it right after it was looked at.
            if gone == "folder":
                shutil.rmtree(going.folder, ignore_errors=True)
            else:
                going.snapshot.unlink(missing_ok=True)
        return known

    monkeypatch.setattr(Path, question, answer)
    assert list_recoveries(folder) == (staying,)
    monkeypatch.undo()
    assert list_recoveries(folder) == (staying,)


def test_discard_deletes_only_that_one(folder: Path, layout: Layout) -> None:
    for caption in ("one", "two"):
        session = RecoverySession(folder)
        session.write(replace(layout, caption=caption))
        session.close()
    newest, oldest = list_recoveries(folder)
    assert newest.open().layout.caption == "two"
    discard_recovery(newest)
    assert list_recoveries(folder) == (oldest,)
    assert oldest.open().layout.caption == "one"


def test_work_in_use_cannot_be_discarded_or_adopted(folder: Path, layout: Layout) -> None:
    running, other = RecoverySession(folder), RecoverySession(folder)
    running.write(layout)
    running.close()
    (recovery,) = list_recoveries(folder)
    other.adopt(recovery)
    taken = replace(recovery, folder=other.folder)
    third = RecoverySession(folder)
    with pytest.raises(ProjectError, match="in use by another window"):
        discard_recovery(taken)
    with pytest.raises(ProjectError, match="in use by another window"):
        third.adopt(taken)
    with pytest.raises(ProjectError, match="in use by another window"):
        third.adopt(recovery)
    assert taken.open().layout == layout
    other.close()
    third.close()


def test_saved_work_leaves_nothing(folder: Path, layout: Layout) -> None:
    session = RecoverySession(folder)
    session.write(layout)
    session.clear()
    session.close()
    session.write(layout)  # a late worker
    assert list_recoveries(folder) == ()
    assert list(folder.iterdir()) == []


def test_each_write_replaces_the_last(folder: Path, layout: Layout) -> None:
    session = RecoverySession(folder)
    for number in range(5):
        # The worker may be another thread each time.
        edit = replace(layout, caption=f"edit {number}")
        thread = threading.Thread(target=session.write, args=(edit,))
        thread.start()
        thread.join()
    session.close()
    (recovery,) = list_recoveries(folder)
    assert recovery.open().layout == replace(layout, caption="edit 4")
    assert recovery.project is None


def test_failed_snapshot_keeps_the_one_before(folder: Path, layout: Layout) -> None:
    session = RecoverySession(folder)
    session.write(layout)
    with pytest.raises(ProjectError):
        session.write(replace(layout, width=1))
    session.close()
    assert list_recoveries(folder)[0].open().layout == layout


def test_notes_beside_the_snapshot_may_be_lost(folder: Path, layout: Layout) -> None:
    session = RecoverySession(folder)
    session.write(layout, project=Path("x.ora"))
    session.close()
    (session.folder / "snapshot.json").write_text("{")
    (recovery,) = list_recoveries(folder)
    assert recovery.project is None and recovery.open().layout == layout


def test_unusable_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProjectError, match="Cannot keep recovery snapshots"):
        RecoverySession(tmp_path / "file")


def test_snapshots_lie_with_the_users_state_and_open_anywhere(
    own_home: Path, layout: Layout
) -> None:
    session = RecoverySession()
    session.write(layout)
    session.close()
    (recovery,) = list_recoveries()
    assert recovery_folder().is_relative_to(own_home)
    assert open_project(recovery.snapshot).layout == layout
