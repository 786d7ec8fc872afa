"""Suggestions on a small machine: seconds from click to masks, and memory (lite pack, 2 threads).

Run as `python tests/benchmarks/bench_suggest.py [--pack lite] [--threads 2] [--repeat 10]`.
Cold is the first request of a fresh process, with everything it imports and loads; warm is every
later one. As in the window, the 4 are chosen among as many as the pack draws (lite: 32). Each
measurement of a cold start is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def measure(pack: str, threads: int, repeat: int, mode: str) -> dict[str, float]:
    """One cold and `repeat` warm requests of 4 suggestions in this process."""
    before = time.perf_counter()
    import numpy as np

    from engine.jobs.context import QuietContext
    from engine.layout.geometry import Box
    from engine.layout.guidance import Guidance
    from engine.layout.labels import ade_class_of
    from engine.layout.layer import Layer
    from engine.layout.layout import Layout
    from engine.layout.mask import Mask
    from engine.smartmask.request import AS_THE_PACK, SuggestRequest

    light = time.perf_counter()
    import torch

    torch.set_num_threads(threads)
    from engine.smartmask.suggest import run

    imported = time.perf_counter()

    def layer(label: str, box: Box) -> Layer:
        return Layer(label=label, mask=Mask.filled(box), ade_class=ade_class_of(label).ade_class)

    layout = Layout(
        width=1024,
        height=768,
        caption="a dog in a park with a tree and a bench",
        layers=(
            layer("sky", Box(0, 0, 1024, 400)),
            layer("grass", Box(0, 380, 1024, 388)),
            layer("tree", Box(80, 120, 220, 400)),
            layer("bench", Box(560, 420, 300, 140)),
        ),
    )
    scribble = np.zeros((768, 1024), bool)
    scribble[520:560, 380:560] = True
    guidance = {
        "box": Guidance.at_box(Box(360, 470, 240, 180)),
        "free": Guidance.free(),
        "point": Guidance.at_point(480, 560),
        "scribble": Guidance.from_scribble(Mask.from_array(scribble)),
    }[mode]

    def request(seed: int) -> SuggestRequest:
        return SuggestRequest(
            layout=layout, label="dog", guidance=guidance, count=4, among=AS_THE_PACK, seed=seed,
            pack=pack,
        )  # fmt: skip

    start = time.perf_counter()
    run(request(0), QuietContext())
    cold = time.perf_counter()
    warm = []
    for seed in range(1, repeat + 1):
        started = time.perf_counter()
        run(request(seed), QuietContext())
        warm.append(time.perf_counter() - started)
    warm.sort()
    return {
        "import": imported - light,
        "first": cold - start,
        "cold": cold - before,
        "warm": warm[len(warm) // 2],
        "warm_worst": warm[-1],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--mode", choices=("box", "free", "point", "scribble"))
    args = parser.parse_args()
    if args.mode:
        print(json.dumps(measure(args.pack, args.threads, max(args.repeat, 1), args.mode)))
        return 0
    print(f"4 suggestions, 1024 x 768 px, pack {args.pack}, {args.threads} threads; seconds")
    print("mode      import torch  first request  cold in all   warm  worst warm  peak MiB")
    for mode in ("box", "free", "point", "scribble"):
        command = [sys.executable, __file__, "--mode", mode, "--pack", args.pack]
        command += ["--threads", str(args.threads), "--repeat", str(args.repeat)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            print(f"{mode:<9} failed: {done.stderr.strip().splitlines()[-1]}")
            return 1
        found = json.loads(done.stdout.strip().splitlines()[-1])
        print(
            f"{mode:<9} {found['import']:12.2f}  {found['first']:13.2f}  {found['cold']:11.2f}"
            f"  {found['warm']:5.2f}  {found['warm_worst']:10.2f}  {found['peak_mib']:8.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
