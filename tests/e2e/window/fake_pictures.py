"""Scripted stand-ins for render, insert, segment and click, run by the real engine thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.click2mask.request import ClickInsertion, ClickRequest, ClickResult, Evolution
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.guidance import GuidanceMode
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.palette import class_map_table, display_colours
from engine.layout.semantic import class_map
from engine.models.request import InstallRequest, InstallResult
from engine.render.request import (
    Insertion,
    InsertRequest,
    InsertResult,
    Picture,
    RenderRequest,
    RenderResult,
)
from engine.segment.request import SegmentRequest, SegmentResult

STEPS = 4


@dataclass
class Script:
    """What the next jobs do.

    Attributes:
        hold: Jobs wait before their last step until this is set.
        error: Raised by the next job, once.
        delay: Seconds a step takes.
        requests: All that were asked.
    """

    hold: threading.Event | None = None
    error: Exception | None = None
    delay: float = 0.0
    notes: tuple[str, ...] = ()
    requests: list[Any] = field(default_factory=list)


SCRIPT = Script()
HANDLERS: dict[type, str] = {
    RenderRequest: f"{__name__}:render",
    InsertRequest: f"{__name__}:insert",
    SegmentRequest: f"{__name__}:segment",
    ClickRequest: f"{__name__}:click",
    InstallRequest: f"{__name__}:install",
}
DOWNLOAD = 3_000_000_000


def work(request: Any, context: JobContext, stage: str, preview: Any) -> None:
    """The steps of a job, each with a look at what comes about."""
    SCRIPT.requests.append(request)
    if SCRIPT.error is not None:
        error, SCRIPT.error = SCRIPT.error, None
        raise error
    for step in range(STEPS):
        context.progress(stage, step + 1, STEPS, preview=preview(step))
        time.sleep(SCRIPT.delay)
    while SCRIPT.hold is not None and not SCRIPT.hold.wait(0.01):
        context.progress(stage, STEPS, STEPS)


def painted(layout: Layout, seed: int, *, width: int, height: int) -> NDArray[np.uint8]:
    """The layout in flat colours, shaded by the seed."""
    pixels = class_map_table(display_colours())[class_map(layout, size=(width, height))]
    shade = np.random.default_rng(seed).uniform(0.55, 1.0, 3)
    return (pixels * shade).astype(np.uint8)


def render(request: RenderRequest, context: JobContext) -> RenderResult:
    layout = request.layout
    side = request.size or 256
    scale = side / max(layout.width, layout.height)
    width, height = round(layout.width * scale), round(layout.height * scale)

    def look(step: int) -> Picture:
        pixels = painted(layout, request.seed, width=width, height=height)
        return Picture(sample=1, seed=request.seed, pixels=pixels // (STEPS - step))

    work(request, context, "Drawing", look)
    pictures = tuple(
        Picture(
            sample=k + 1,
            seed=request.seed + k,
            pixels=painted(layout, request.seed + k, width=width, height=height),
        )
        for k in range(request.count)
    )
    return RenderResult(
        request=replace(request, size=side, steps=request.steps or 20),
        pictures=pictures,
        prompt=request.prompt or layout.caption or "a scene",
        notes=SCRIPT.notes,
        pack="lite",
        model_hash="0" * 16,
        seconds={"draw": 2.0},
    )


def spot(request: InsertRequest) -> Mask:
    """Where the object goes."""
    if request.mask is not None:
        return request.mask
    height, width = request.photo.shape[:2]
    guidance = request.guidance
    if guidance.mode is GuidanceMode.BOX:
        assert guidance.box is not None
        return Mask.filled(guidance.box)
    if guidance.mode is GuidanceMode.SCRIBBLE:
        assert guidance.scribble is not None
        return guidance.scribble
    x, y = guidance.point or (width / 2, height / 2)
    return Mask.filled(Box(int(x) - 20, int(y) - 20, 40, 40))


def coloured(photo: NDArray[np.uint8], mask: Mask, seed: int) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    pixels = photo.copy()
    colour = np.random.default_rng(seed).integers(60, 256, 3).astype(np.uint8)
    pixels[mask.on_canvas(width, height)] = colour
    return pixels


def insert(request: InsertRequest, context: JobContext) -> InsertResult:
    mask = spot(request)

    def look(step: int) -> Picture:
        pixels = coloured(request.photo, mask, request.seed)
        return Picture(sample=1, seed=request.seed, pixels=pixels)

    work(request, context, "Inserting", look)
    height, width = request.photo.shape[:2]
    insertions = tuple(
        Insertion(
            picture=Picture(
                sample=k + 1,
                seed=request.seed + k,
                pixels=coloured(request.photo, mask, request.seed + k),
                score=1 - k / 20,
            ),
            layer=Layer(label=request.label, mask=mask, ade_class=126),
        )
        for k in range(request.count)
    )
    layout = request.layout or Layout(width=width, height=height)
    return InsertResult(request=request, insertions=insertions, layout=layout, pack="lite")


def segment(request: SegmentRequest, context: JobContext) -> SegmentResult:
    work(request, context, "Finding objects", lambda _: None)
    height, width = request.photo.shape[:2]
    layers = (
        Layer(label="sky", mask=Mask.filled(Box(0, 0, width, height // 2)), ade_class=2),
        Layer(label="tree", mask=Mask.filled(Box(5, 5, width // 4, height // 2)), ade_class=4),
    )
    layout = Layout(
        width=width,
        height=height,
        caption="a tree under the sky",
        layers=layers,
        background=request.background,
    )
    return SegmentResult(
        request=request, layout=layout, scores=(0.9, 0.8), notes=SCRIPT.notes, pack="lite"
    )


def disc(x: int, y: int, radius: float, *, width: int, height: int) -> Mask:
    rows, columns = np.mgrid[0:height, 0:width]
    return Mask.from_array(np.hypot(columns - x, rows - y) <= radius)


def click(request: ClickRequest, context: JobContext) -> ClickResult:
    height, width = request.photo.shape[:2]
    x, y = request.clicks[0]

    def look(step: int) -> Evolution:
        mask = disc(x, y, min(width, height) / (4 + step), width=width, height=height)
        pixels = coloured(request.photo, mask, request.seed)
        return Evolution(step=step, mask=mask, pixels=pixels, score=0.2 + step / 10)

    work(request, context, "Growing the object", look)
    evolution = tuple(look(step) for step in range(STEPS))
    insertions = tuple(
        ClickInsertion(
            picture=Picture(
                sample=k + 1,
                seed=request.seed + k,
                pixels=coloured(request.photo, evolution[-1].mask, request.seed + k),
                score=0.9 - k / 10,
            ),
            mask=evolution[-1].mask,
            evolution=evolution,
        )
        for k in range(request.count)
    )
    return ClickResult(request=request, insertions=insertions, pack="lite")


def install(request: InstallRequest, context: JobContext) -> InstallResult:
    SCRIPT.requests.append(request)
    if SCRIPT.error is not None:
        error, SCRIPT.error = SCRIPT.error, None
        raise error
    for step in range(STEPS):
        context.progress("Downloading", DOWNLOAD // STEPS * step, DOWNLOAD)
    while SCRIPT.hold is not None and not SCRIPT.hold.wait(0.01):
        context.progress("Downloading", DOWNLOAD // 2, DOWNLOAD)
    return InstallResult(pack=request.pack, folder="", installed=request.components)
