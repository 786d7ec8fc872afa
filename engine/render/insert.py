"""The insert job: an object goes into a photo, and everything around it stays as it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, InputError
from engine.jobs.context import JobContext
from engine.jobs.engine import is_out_of_memory
from engine.layout.guidance import checked
from engine.layout.labels import ade_class_of
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout, check_canvas_size, check_caption, check_label
from engine.layout.mask import Mask
from engine.models import memory
from engine.models.packs import has_component, pack_hash
from engine.render.checking import check_request as check_render
from engine.render.checking import settled as settled_render
from engine.render.conditioning import conditioning
from engine.render.defaults import PackDefaults, defaults_of
from engine.render.insert_draw import Hole, Inserter, draw_into, open_inserter
from engine.render.insert_frame import (
    Frame,
    check_mask,
    composited,
    feather_of,
    frame_of,
    seen,
    window_layout,
)
from engine.render.prompt import joined, phrases_of, prompt_of
from engine.render.request import (
    MAX_PICTURES,
    Insertion,
    InsertRequest,
    InsertResult,
    Picture,
    RenderRequest,
)
from engine.render.scene import Scene, regions_of
from engine.render.styles import style_named, styled
from engine.segment import run as segmenting
from engine.segment.request import SegmentRequest
from engine.smartmask import suggest as suggesting
from engine.smartmask.placing import guidance_values, placed
from engine.smartmask.request import AS_THE_PACK, SuggestRequest

STAGE = "Drawing the object"
MASKS = 8
"""Masks that SmartMask proposes at least: variation k then has the same mask whatever the count."""
FALLBACK = "lite"
LARGE = 4_000_000
"""Pixels above which only every fourth step is shown: each look copies the photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A mask, how good it is taken to be, and what its layer says of it."""

    mask: Mask
    score: float
    values: dict[str, Any]


def run(request: InsertRequest, context: JobContext) -> InsertResult:
    """Answer a request; the same request gives the same pictures, whatever their number.

    Without a layout the photo is segmented first, where there is a segmenter; without a mask
    SmartMask proposes some, and variation k takes the k-th best. Outside a mask's feather every
    pixel keeps its value.

    Raises:
        InputError: The photo, mask, guidance or a number cannot be used.
        ModelMissing, ModelDamaged: The pack is not all there.
        OutOfMemory: It does not fit into memory.
        Cancelled: The user cancelled, at the latest one step ago.
    """
    started = time.perf_counter()
    defaults = defaults_of(request.pack)
    request = check_request(request, defaults)
    notes: list[str] = []
    layout = _layout(request, context, notes)
    known = time.perf_counter()
    masks = _masks(request, layout, context, notes)
    found = time.perf_counter()
    try:
        inserter = open_inserter(request.pack, context, seg=bool(layout.layers))
        loaded = time.perf_counter()
        insertions = _insertions(request, layout, masks, inserter, context)
    except Exception as error:
        if is_out_of_memory(error):
            raise memory.out_of_memory("inserting") from error
        raise
    notes.extend(inserter.notes)
    return InsertResult(
        request=request,
        insertions=tuple(sorted(insertions, key=lambda i: (-i.picture.score, i.picture.sample))),
        layout=layout,
        notes=tuple(dict.fromkeys(notes)),
        pack=request.pack,
        model_hash=pack_hash(request.pack, "controlnet_inpaint"),
        seconds={
            "segment": known - started,
            "masks": found - known,
            "load": loaded - found,
            "draw": time.perf_counter() - loaded,
        },
    )


def check_request(request: InsertRequest, defaults: PackDefaults) -> InsertRequest:
    """The request with texts tidied, the place cut to the photo and the defaults filled in.

    Raises InputError for what cannot be used.
    """
    photo = request.photo
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise InputError("A photo must be RGB pixels of 8 bits: open it with engine.photo.")
    height, width = photo.shape[:2]
    check_canvas_size(width, height)
    if not 1 <= request.count <= MAX_PICTURES:
        raise InputError(
            f"{request.count} variations are not possible: ask for 1 to {MAX_PICTURES}."
        )
    layout = request.layout
    if layout is not None and (layout.width, layout.height) != (width, height):
        raise InputError(
            f"The layout of {layout.width} x {layout.height} px does not fit the photo of "
            f"{width} x {height} px: give both the same size."
        )
    if request.behind is not None:
        if layout is None:
            raise InputError("To go behind a layer the object needs the photo's layout.")
        layout.index(request.behind)
    canvas = Layout(width=width, height=height).canvas
    label = check_label(request.label)
    # One set of rules for seeds, steps, scales and styles.
    numbers = settled_render(
        check_render(
            RenderRequest(
                layout=Layout(width=width, height=height, caption=label),
                negative=request.negative,
                style=request.style,
                seed=request.seed,
                steps=request.steps,
                guidance=request.scale,
                control_scale=request.control_scale,
            )
        ),
        defaults,
    )
    if request.mask is not None:
        check_mask(request.mask, canvas)
    return replace(
        request,
        label=label,
        caption=check_caption(request.caption),
        negative=numbers.negative,
        guidance=checked(request.guidance, canvas),
        feather=feather_of(request.feather, width, height, share=defaults.feather),
        steps=numbers.steps,
        scale=numbers.guidance,
        control_scale=numbers.control_scale,
    )


def _layout(request: InsertRequest, context: JobContext, notes: list[str]) -> Layout:
    """The photo's layout under the request's caption."""
    layout = request.layout if request.layout is not None else _seen(request, context, notes)
    return replace(layout, caption=request.caption or layout.caption)


def _seen(request: InsertRequest, context: JobContext, notes: list[str]) -> Layout:
    """What a segmenter sees in the photo; without one, nothing, and the user is told."""
    if not any(has_component(pack, "segmenter") for pack in (request.pack, FALLBACK)):
        notes.append(
            "No segmenter is installed, so nothing is known of what the photo shows: the mask "
            "goes by the words and the place alone."
        )
        height, width = request.photo.shape[:2]
        return Layout(width=width, height=height)
    pack = _pack_with("segmenter", request.pack, "the segmenter", notes)
    result = segmenting.run(SegmentRequest(photo=request.photo, pack=pack), context)
    notes.extend(result.notes)
    return result.layout


def _masks(
    request: InsertRequest, layout: Layout, context: JobContext, notes: list[str]
) -> list[_Chosen]:
    """One mask for each variation."""
    if request.mask is not None:
        mask = request.mask.clipped(layout.canvas)
        return [_Chosen(mask=mask, score=0.0, values={"mask": "given"})] * request.count
    pack = _pack_with("smartmask", request.pack, "SmartMask", notes)
    result = suggesting.run(
        SuggestRequest(
            layout=layout,
            label=request.label,
            guidance=request.guidance,
            count=max(MASKS, request.count),
            among=AS_THE_PACK,
            seed=request.seed,
            behind=request.behind,
            pack=pack,
        ),
        context,
    )
    notes.extend(result.notes)
    usable = [s for s in result.shown if _fits(s.mask, layout)]
    if not usable and request.like is not None:
        notes.append("SmartMask found no shape here: the mask is used as it is.")
        mask = request.like.clipped(layout.canvas)
        return [_Chosen(mask=mask, score=0.0, values={"mask": "given"})] * request.count
    if not usable:
        raise EngineError(
            f"No usable mask of {request.label!r} came out: try another seed or another place, "
            "or draw the mask yourself."
        )
    if request.like is not None:
        like = request.like.clipped(layout.canvas)
        usable.sort(key=lambda s: -_likeness(s.mask.clipped(layout.canvas), like))
    return [
        _Chosen(
            mask=s.mask.clipped(layout.canvas),
            score=s.score,
            values={"mask": "smartmask", "sample": s.sample, "mask_seed": s.seed},
        )
        for s in (usable[k % len(usable)] for k in range(request.count))
    ]


def _likeness(mask: Mask, other: Mask) -> float:
    """Intersection over union."""
    both = mask.overlap(other)
    return both / max(1, mask.area + other.area - both)


def _fits(mask: Mask, layout: Layout) -> bool:
    try:
        check_mask(mask, layout.canvas)
    except InputError:
        return False
    return True


def _insertions(
    request: InsertRequest,
    layout: Layout,
    masks: list[_Chosen],
    inserter: Inserter,
    context: JobContext,
) -> list[Insertion]:
    assert request.steps is not None
    total = request.count * request.steps
    context.progress(STAGE, 0, total)
    made: list[Insertion] = []
    for sample, chosen in enumerate(masks, 1):
        seed = request.seed + sample - 1
        layer = _layer(request, chosen, seed=seed)
        scene, hole, frame = prepared(
            request, placed(layout, layer, behind=request.behind), layer, inserter.renderer.defaults
        )
        stage = STAGE if request.count == 1 else f"{STAGE}, variation {sample} of {request.count}"
        every = 1 if request.photo.size // 3 <= LARGE else 4

        def on_step(done: int, pixels: NDArray[np.uint8] | None) -> None:
            look = None
            if pixels is not None and done % every == 0:  # noqa: B023
                whole = composited(request.photo, pixels, frame)  # noqa: B023
                look = Picture(sample=sample, seed=seed, pixels=whole)  # noqa: B023
            at = (sample - 1) * scene.steps + done  # noqa: B023
            context.progress(stage, at, total, preview=look)  # noqa: B023

        drawn = draw_into(inserter, scene, hole, seed=seed, on_step=on_step)
        picture = Picture(
            sample=sample,
            seed=seed,
            pixels=composited(request.photo, drawn, frame),
            score=chosen.score,
        )
        made.append(Insertion(picture=picture, layer=layer))
        context.progress(stage, sample * scene.steps, total, preview=picture)
    return made


def prepared(
    request: InsertRequest, layout: Layout, layer: Layer, defaults: PackDefaults
) -> tuple[Scene, Hole, Frame]:
    """What the models are given for one variation.

    Args:
        request: Checked by `check_request`.
        layout: With the new object.
        layer: The new object.
    """
    assert request.feather is not None and request.steps is not None
    assert request.scale is not None and request.control_scale is not None
    frame = frame_of(
        layer.mask.within(layout.canvas),
        feather=request.feather,
        longest=defaults.window or defaults.size,
        multiple=defaults.multiple,
        closest=defaults.closest,
    )
    # A caption of the whole says too much of a window: there the things in it are named.
    is_whole = frame.window == layout.canvas
    caption = _with_label(request.caption, request.label) if is_whole else request.label
    inside = window_layout(layout, frame.window, caption=caption)
    style = style_named(request.style, defaults.styles)
    scene = Scene(
        prompt=styled(prompt_of(inside), style),
        negative=joined((request.negative, style.negative)),
        size=frame.size,
        condition=None,
        regions=regions_of(inside, phrases_of(inside), frame.size),
        steps=request.steps,
        guidance=request.scale,
        control_scale=request.control_scale,
        boost=defaults.region_boost,
    )
    hole = Hole(
        picture=seen(request.photo, frame),
        hole=frame.hole,
        colours=conditioning(inside, frame.size),
    )
    return scene, hole, frame


def _with_label(caption: str, label: str) -> str:
    """The caption, the object in front of it where the caption does not name it."""
    if not caption:
        return label
    return caption if label.casefold() in caption.casefold() else f"{label}, {caption}"


def _layer(request: InsertRequest, chosen: _Chosen, *, seed: int) -> Layer:
    return Layer(
        label=request.label,
        ade_class=ade_class_of(request.label).ade_class,
        mask=chosen.mask,
        provenance=Provenance(
            kind="inserted",
            request={
                "label": request.label,
                "caption": request.caption,
                "negative": request.negative,
                "style": request.style,
                "guidance": guidance_values(request.guidance),
                "count": request.count,
                "seed": request.seed,
                "feather": request.feather,
                "steps": request.steps,
                "scale": request.scale,
                "control_scale": request.control_scale,
                "pack": request.pack,
                **chosen.values,
            },
            seed=seed,
            pack=request.pack,
            model_hash=pack_hash(request.pack, "controlnet_inpaint"),
        ),
    )


def _pack_with(component: str, pack: str, name: str, notes: list[str]) -> str:
    """The pack, or lite where that one lacks the component; the user is told."""
    if pack == FALLBACK or has_component(pack, component):
        return pack
    notes.append(f"The pack {pack} has no part for this: {name} of the pack {FALLBACK} was used.")
    return FALLBACK
