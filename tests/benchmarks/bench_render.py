"""Renders on a small machine: seconds, first preview, cancel, and what the engine adds (B10).

Run as `python tests/benchmarks/bench_render.py [--pack lite] [--threads 2] [--repeat 5]`.
The plain call is the stock diffusers pipeline with the same scheduler, prompt, map and steps. Both
take turns, and what the engine adds is told by processor time, which other programs change least.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Times = tuple[float, float]


def measure(pack: str, threads: int, repeat: int, size: int | None) -> dict[str, Any]:
    started = time.perf_counter()
    import torch

    torch.set_num_threads(threads)
    from diffusers import ControlNetModel, StableDiffusionControlNetPipeline
    from PIL import Image

    from engine.data.generator import generate
    from engine.errors import Cancelled
    from engine.jobs.context import QuietContext
    from engine.models.packs import pack_folder
    from engine.render.conditioning import conditioning
    from engine.render.load import fast_scheduler, load_text_to_image
    from engine.render.prompt import prompt_of
    from engine.render.request import RenderRequest
    from engine.render.run import run

    layout = generate(7, split="val", size=(256, 256)).to_layout()
    request = RenderRequest(layout=layout, seed=1, pack=pack, size=size)
    first = run(request, QuietContext())
    cold = time.perf_counter() - started
    settled = first.request
    assert settled.steps and settled.guidance is not None and settled.control_scale is not None
    options: dict[str, Any] = {
        "num_inference_steps": settled.steps,
        "guidance_scale": settled.guidance,
        "controlnet_conditioning_scale": settled.control_scale,
    }
    base = load_text_to_image(pack, QuietContext())
    net = ControlNetModel.from_pretrained(
        pack_folder(pack) / "controlnet_seg", dtype=base.unet.dtype
    ).to(base.unet.device)
    plain = StableDiffusionControlNetPipeline(
        **base.components, controlnet=net, requires_safety_checker=False
    )
    plain.scheduler = fast_scheduler(base.scheduler)
    plain.set_progress_bar_config(disable=True)
    height, width = first.pictures[0].pixels.shape[:2]
    condition = Image.fromarray(conditioning(layout, (width, height)))

    def plain_call() -> None:
        plain(
            prompt_of(layout),
            image=condition,
            **options,
            generator=torch.Generator().manual_seed(1),
        )

    class Clock:
        """Notes when the first preview came; cancels after a step if told so."""

        def __init__(self, cancel_at: int | None = None) -> None:
            self.start, self.preview, self.cancelled = time.perf_counter(), 0.0, 0.0
            self.cancel_at = cancel_at

        def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
            if preview is not None and not self.preview:
                self.preview = time.perf_counter() - self.start
            if self.cancel_at and step == self.cancel_at:
                self.cancelled = time.perf_counter()
                raise Cancelled("Cancelled.")

    times: dict[str, list[Times]] = {"plain": [], "without layer words": [], "with layer words": []}
    previews = []
    for _ in range(repeat):
        times["plain"].append(timed(plain_call))
        quiet = replace(request, layer_prompts=False)
        times["without layer words"].append(timed(lambda: run(quiet, QuietContext())))  # noqa: B023
        clock = Clock()
        times["with layer words"].append(timed(lambda: run(request, clock)))  # noqa: B023
        previews.append(clock.preview)
    clock = Clock(cancel_at=2)
    with suppress(Cancelled):
        run(request, clock)
    ended = time.perf_counter() - clock.cancelled
    wall = {name: min(value[0] for value in values) for name, values in times.items()}
    cpu = {name: min(value[1] for value in values) for name, values in times.items()}
    return {
        "picture": f"{width}x{height}",
        "steps": settled.steps,
        "cold_s": round(cold, 2),
        "wall_s": {name: round(value, 3) for name, value in wall.items()},
        "cpu_s": {name: round(value, 3) for name, value in cpu.items()},
        "overhead": round(cpu["without layer words"] / cpu["plain"] - 1, 4),
        "layer_words_cost": round(cpu["with layer words"] / cpu["without layer words"] - 1, 4),
        "first_preview_s": round(min(previews), 3),
        "cancel_ms": round(ended * 1000, 1),
    }


def timed(call: Any) -> Times:
    """Wall and processor seconds of a call."""
    started, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - started, time.process_time() - used


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--size", type=int)
    args = parser.parse_args()
    print(json.dumps(measure(args.pack, args.threads, args.repeat, args.size), indent=1))


if __name__ == "__main__":
    main()
