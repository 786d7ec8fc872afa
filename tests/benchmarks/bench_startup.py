"""From calling the program to the first painted frame of its window (B9).

Run as `python tests/benchmarks/bench_startup.py [--repeat 5] [PROJECT.ora]`. Every start is a
process of its own with an empty home; without a screen Qt's offscreen platform stands in. The
first start, which may read everything from disk, is shown apart from the median of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import json, sys, time
from pathlib import Path
called = float(sys.argv[1])
running = time.time()
from PySide6.QtCore import QEvent, QObject, QTimer
from app.main import make_app, make_window
imported = time.time()
app = make_app(sys.argv[:1])
window = make_window(app)
project = sys.argv[2] if len(sys.argv) > 2 else None
if project:
    window.files.open(Path(project))
built = time.time()

class Watch(QObject):
    seen = False
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.seen:
            self.seen = True
            # After this event and those that came with it everything visible has been painted.
            QTimer.singleShot(0, app.quit)
        return False

watch = Watch()
app.installEventFilter(watch)
window.show()
app.exec()
painted = time.time()
heavy = [m for m in ("torch", "diffusers", "transformers", "scipy", "cv2") if m in sys.modules]
print(json.dumps({
    "interpreter": running - called, "import": imported - running, "build": built - imported,
    "paint": painted - built, "all": painted - called, "heavy": heavy,
    "painted": watch.seen, "modules": len(sys.modules),
}), flush=True)
import os
os._exit(0)  # closing is not what is measured
"""

PARTS = ("interpreter", "import", "build", "paint", "all")


def start(project: str | None) -> dict[str, object]:
    """One start of the window in a fresh process."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        environment |= {"XDG_STATE_HOME": home, "XDG_CACHE_HOME": home, "PYTHONPATH": str(ROOT)}
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        command = [sys.executable, "-c", CHILD, repr(time.time())]
        command += [project] if project else []
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
    if done.returncode or not done.stdout.strip():
        raise SystemExit(f"The window did not start:\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("project", nargs="?")
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    runs = [start(args.project) for _ in range(max(args.repeat, 1) + 1)]
    print("Start to first frame, seconds (aim: at most 1.2, and no torch)")
    print(f"{'':<8}" + "".join(f"{part:>13}" for part in PARTS))
    for name, chosen in (("first", runs[:1]), ("median", runs[1:])):
        middle = [
            sorted(float(run[part]) for run in chosen)[len(chosen) // 2]  # type: ignore[arg-type]
            for part in PARTS
        ]
        print(f"{name:<8}" + "".join(f"{seconds:13.3f}" for seconds in middle))
    last = runs[-1]
    print(f"modules imported: {last['modules']}; heavy ones: {last['heavy'] or 'none'}")
    return 0 if "torch" not in last["heavy"] and last["painted"] else 1  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
