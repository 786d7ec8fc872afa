"""The program ends in good order although a job still runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, job, timeout, engine],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stdout.strip()) == (0, output), done.stderr
