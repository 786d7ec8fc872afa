"""The segment job: a photo becomes a layered layout."""

from __future__ import annotations

import time

from engine.errors import InputError
from engine.jobs.context import JobContext
from engine.layout.layer import Provenance
from engine.layout.layout import MAX_LAYERS, Layout, check_canvas_size, check_caption
from engine.models.packs import pack_hash
from engine.models.state import answering_pack, stand_in_note
from engine.segment.layers import Placed, arrange, layers_of
from engine.segment.model import Segmenter, load_segmenter, panoptic
from engine.segment.names import caption_of
from engine.segment.request import SegmentRequest, SegmentResult

STAGE = "Finding what the photo shows"
STEPS = 3


def run(request: SegmentRequest, context: JobContext) -> SegmentResult:
    """Answer a request; the same request gives the same layout, but for the layers' ids.

    Raises:
        InputError: The photo is too small, too large or no RGB picture.
        ModelMissing, ModelDamaged: Neither the pack nor its stand-in has a segmenter, or it does
            not open.
        Cancelled: The user cancelled, at the latest one step ago.
    """
    _check(request)
    started = time.perf_counter()
    pack = answering_pack(request.pack, "segmenter")
    segmenter = load_segmenter(pack, context)
    loaded = time.perf_counter()
    context.progress(STAGE, 0, STEPS)
    segments = panoptic(segmenter, request.photo, threshold=request.threshold)
    context.progress(STAGE, 1, STEPS)
    placed = arrange(segments)[:MAX_LAYERS]
    context.progress(STAGE, 2, STEPS)
    digest = pack_hash(pack, "segmenter")
    height, width = request.photo.shape[:2]
    layers = layers_of(
        placed,
        size=(width, height),
        provenance=Provenance(
            kind="segmented",
            request={"threshold": request.threshold, "size": [width, height]},
            pack=pack,
            model_hash=digest,
        ),
    )
    caption = check_caption(request.caption) or caption_of([layer.label for layer in layers])
    context.progress(STAGE, STEPS, STEPS)
    return SegmentResult(
        request=request,
        layout=Layout(
            width=width,
            height=height,
            caption=caption,
            layers=layers,
            background=request.background,
        ),
        scores=tuple(item.score for item in placed),
        notes=_notes(segmenter, placed, stand_in_note(request.pack, "segmenter", pack)),
        pack=pack,
        model_hash=digest,
        seconds={"load": loaded - started, "segment": time.perf_counter() - loaded},
    )


def _check(request: SegmentRequest) -> None:
    photo = request.photo
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype.name != "uint8":
        raise InputError("A photo must be RGB pixels of 8 bits: open it with engine.photo.")
    check_canvas_size(photo.shape[1], photo.shape[0])
    if request.threshold is not None and not 0 <= request.threshold <= 1:
        raise InputError(f"A threshold of {request.threshold:g} is not possible: use 0 to 1.")


def _notes(segmenter: Segmenter, placed: list[Placed], stood_in: str) -> tuple[str, ...]:
    notes = [note for note in (stood_in, segmenter.settings.note) if note]
    if not placed:
        notes.append("Nothing was found in the photo: try a lower threshold or another pack.")
    return tuple(notes)
