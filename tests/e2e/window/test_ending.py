"""The program ends in good order, whatever still runs and whatever it leaves to others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.project import save_project

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import sys, threading, time
from PySide6.QtCore import QTimer
import app.main as program
import engine.jobs.engine as jobs
from engine.layout.layout import Layout
from engine.smartmask.request import SuggestRequest

job, program.CLOSE_TIMEOUT = sys.argv[1], float(sys.argv[2])
runs = threading.Event()

def slow(request, context):
    runs.set()
    time.sleep(0.3)
    context.progress("Next step")

def stuck(request, context):
    runs.set()
    threading.Event().wait()

Engine, make_window = jobs.Engine, program.make_window
jobs.Engine = lambda **_: Engine(handlers={SuggestRequest: f"__main__:{job}"})

def busy_window(app, **engines):
    window = make_window(app, **engines)
    request = SuggestRequest(layout=Layout(width=64, height=64), label="dog")
    getattr(window, sys.argv[3]).submit(request)
    QTimer.singleShot(50, window, lambda: (runs.wait(), window.close()))
    return window

program.make_window = busy_window
code = program.run()
print("threads:", *(t.name for t in threading.enumerate() if t.name.startswith("scenewright")))
sys.exit(code)
"""


def run_program(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.parametrize(
    ("job", "timeout", "output"),
    [
        pytest.param("slow", "60", "threads:", id="its next step comes"),
        pytest.param("stuck", "0.2", "", id="its next step never comes"),
    ],
)
@pytest.mark.parametrize("engine", ["bridge", "downloads"])
def test_the_program_ends_although_a_job_runs(
    job: str, timeout: str, output: str, engine: str
) -> None:
    done = run_program(PROGRAM, job, timeout, engine)
    assert (done.returncode, done.stdout.strip()) == (0, output), done.stderr


BUSY = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.main as program
import engine.jobs.engine as jobs
import main
from engine.layout.commands import SetCaption
from engine.models.request import InstallRequest
from tests.e2e.window import fake_engine, fake_pictures

jobs.Engine = lambda **_: fake_engine.make_engine()
make_window, windows = program.make_window, []

def story(window):
    yield lambda: window.session.file.path is not None
    document, pictures = window.session.document, window.rendering
    window.actions_["render"].trigger()
    yield lambda: pictures.gallery.shots and not pictures.drawing.is_running
    pictures.panel.list.choose(pictures.gallery.shots[0].id)
    window.actions_["picture_copy"].trigger()
    fake_engine.SCRIPT.hold = fake_pictures.SCRIPT.hold = threading.Event()
    window.actions_["models"].trigger()
    window.downloads.submit(InstallRequest(pack="lite"))
    window.bar.what.setText("dog")
    window.bar.ask()
    yield lambda: fake_engine.SCRIPT.requests and len(fake_pictures.SCRIPT.requests) > 1
    document.do(SetCaption("kept in a snapshot"))
    window.session.snapshot()
    begun = threading.Event()
    def aside():
        begun.set()
        threading.Event().wait(0.1)
    pictures.aside.run(aside, print, print)
    yield begun.is_set
    running = {t.name.split("_")[0] for t in threading.enumerate()} - {"MainThread"}
    print("running:", *sorted(running))
    window.session.mark_saved()
    window.close()

def telling_window(app, **engines):
    window = make_window(app, **engines)
    steps, timer = story(window), QTimer(window)
    waits = [next(steps)]
    def look():
        if waits[0]():
            waits[:] = [next(steps, lambda: False)]
    timer.timeout.connect(look)
    timer.start(10)
    return window

program.make_window = telling_window
code = main.main([sys.argv[1]])
print("left:", *(t.name for t in threading.enumerate() if t.name.startswith("scenewright")))
print("widgets:", *QApplication.allWidgets())
sys.exit(code)
"""


def test_the_program_ends_in_peace_whatever_it_was_doing(tmp_path: Path) -> None:
    project = tmp_path / "park.ora"
    layer = Layer(label="tree", mask=Mask.filled(Box(10, 10, 50, 60)))
    save_project(Layout(width=96, height=80, layers=(layer,)), project)
    done = run_program(BUSY, str(project))
    words = [line for line in done.stderr.splitlines() if "This plugin does not" not in line]
    assert (done.returncode, words) == (0, [])
    working = "scenewright-aside scenewright-autosave scenewright-engine"
    assert done.stdout.splitlines() == [f"running: {working}", "left:", "widgets:"]
