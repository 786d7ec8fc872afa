"""The render job: from a layout to pictures."""

from __future__ import annotations

import hashlib
import time

import numpy as np
from numpy.typing import NDArray

from engine.jobs.context import JobContext
from engine.jobs.engine import is_out_of_memory
from engine.layout.labels import ade_class_of
from engine.layout.layer import NO_ADE_CLASS
from engine.layout.layout import Layout
from engine.models import memory
from engine.models.packs import pack_hash
from engine.render.checking import check_request, settled
from engine.render.defaults import defaults_of
from engine.render.drawing import draw, encode, token_count
from engine.render.load import Renderer, open_renderer
from engine.render.request import Picture, RenderRequest, RenderResult
from engine.render.scene import Scene, scene_of

STAGE = "Drawing"


def run(request: RenderRequest, context: JobContext) -> RenderResult:
    """Draw a layout; the same request gives the same pictures, whatever their number.

    Pictures are drawn one after the other: so picture k is bit for bit the one that a request
    for it alone gives, the first one is there early, and memory does not grow with the count.
    A control scale of 0 leaves the ControlNet out.

    Raises:
        InputError: The request cannot be used.
        ModelMissing, ModelDamaged: The pack is not all there.
        OutOfMemory: It does not fit into memory.
        Cancelled: The user cancelled, at the latest one step ago.
    """
    started = time.perf_counter()
    defaults = defaults_of(request.pack)
    request = settled(check_request(request), defaults)
    try:
        renderer = open_renderer(request.pack, context, control=request.control_scale != 0)
        loaded = time.perf_counter()
        scene = scene_of(request, defaults)
        pictures = _draw_all(request, renderer, scene, context)
    except Exception as error:
        if is_out_of_memory(error):
            raise memory.out_of_memory("drawing") from error
        raise
    return RenderResult(
        request=request,
        pictures=pictures,
        prompt=scene.prompt,
        notes=(*_notes_on(request.layout), *_note_on_length(renderer, scene.prompt)),
        pack=request.pack,
        model_hash=_model_hash(request.pack, control=renderer.control),
        seconds={"load": loaded - started, "draw": time.perf_counter() - loaded},
    )


def _draw_all(
    request: RenderRequest, renderer: Renderer, scene: Scene, context: JobContext
) -> tuple[Picture, ...]:
    total = request.count * scene.steps
    context.progress(STAGE, 0, total)
    encoded = encode(renderer, scene)
    pictures: list[Picture] = []
    for sample in range(1, request.count + 1):
        seed = request.seed + sample - 1
        stage = STAGE if request.count == 1 else f"{STAGE} picture {sample} of {request.count}"

        def on_step(done: int, pixels: NDArray[np.uint8] | None) -> None:
            look = None
            if pixels is not None:
                look = Picture(sample=sample, seed=seed, pixels=pixels)  # noqa: B023
            at = (sample - 1) * scene.steps + done  # noqa: B023
            context.progress(stage, at, total, preview=look)  # noqa: B023

        pixels = draw(renderer, scene, encoded, seed=seed, on_step=on_step)
        pictures.append(Picture(sample=sample, seed=seed, pixels=pixels))
        context.progress(stage, sample * scene.steps, total, preview=pictures[-1])
    return tuple(pictures)


def _model_hash(pack: str, *, control: bool) -> str:
    """First 16 hex digits of the SHA-256 over the hashes of the models that drew."""
    parts = ("text_to_image", "controlnet_seg") if control else ("text_to_image",)
    hashes = "".join(pack_hash(pack, part) for part in parts)
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]


def _notes_on(layout: Layout) -> tuple[str, ...]:
    """What the user should know of layers whose class had to be looked up or is a guess."""
    guessed = [
        layer.label
        for layer in layout.layers
        if layer.visible
        and layer.ade_class == NO_ADE_CLASS
        and ade_class_of(layer.label).how == "none"
    ]
    if not guessed:
        return ()
    names = ", ".join(dict.fromkeys(guessed))
    return (f"No class of thing is known for {names}: only the words say what it is.",)


def _note_on_length(renderer: Renderer, prompt: str) -> tuple[str, ...]:
    count, read = token_count(renderer, prompt)
    if count <= read:
        return ()
    return (
        f"The prompt is longer than this model reads ({count} of {read} tokens): its end is left "
        "out. Each layer's own words still act on its region.",
    )
