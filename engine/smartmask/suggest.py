"""The SmartMask job: from a request to ranked suggestions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from transformers import CLIPTextModel

from engine.jobs.context import JobContext
from engine.layout.labels import ade_class_of
from engine.models.packs import load_smartmask, load_text_encoder, pack_hash
from engine.models.state import answering_pack, stand_in_note
from engine.smartmask.backgrounds import is_background, reaching_borders
from engine.smartmask.finish import finished
from engine.smartmask.outlined import meant
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.postprocess import (
    agreement,
    clean,
    duplicates,
    least_area,
    on_canvas_share,
    representatives,
)
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult, check_request
from engine.smartmask.spaces import Sample
from engine.text.encoder import TextEncoder
from engine.text.nearest import nearest_known

STAGE = "Drawing masks"


def run(request: SuggestRequest, context: JobContext) -> SuggestResult:
    """Answer a request; the same request gives the same result.

    Where the pack has no SmartMask its stand-in answers, which the notes say.

    Raises:
        InputError: The request cannot be used.
        ModelMissing, ModelDamaged: The pack is not all there.
        Cancelled: The user cancelled, at the latest one step ago.
    """
    request = check_request(request)
    started = time.perf_counter()
    pack = answering_pack(request.pack, "smartmask")
    pipeline, text = open_pack(pack, context)
    # What is kept with a layer is the scribble as it was drawn, so this is for the model alone.
    asked = pipeline.settled(
        replace(request, guidance=meant(request.guidance, request.layout.canvas))
    )
    request = replace(asked, guidance=request.guidance)
    loaded = time.perf_counter()
    taken, note = request.label, ""
    if text is not None:
        taken, note = taken_for(request.label, pipeline.config["known_labels"], text)
    samples = pipeline(
        replace(asked, label=taken),
        on_step=lambda done, total: context.progress(STAGE, done, total),
    )
    assert request.steps is not None
    # Masks of a large canvas take a while to clean: who cancelled does not wait for it.
    context.progress(STAGE, request.steps, request.steps)
    drawn = time.perf_counter()
    suggestions = rank(asked, samples)
    finished = time.perf_counter()
    return SuggestResult(
        request=request,
        suggestions=suggestions,
        notes=tuple(filter(None, (stand_in_note(request.pack, "smartmask", pack), note))),
        ade_class=ade_class_of(request.label).ade_class,
        pack=pack,
        model_hash=pack_hash(pack),
        seconds={
            "load": loaded - started,
            "draw": drawn - loaded,
            "rank": finished - drawn,
        },
    )


def open_pack(pack: str, context: JobContext) -> tuple[SmartMaskPipeline, TextEncoder | None]:
    """The pack's pipeline, and the text encoder that it shares with the pack's other models.

    A full pack has the text encoder of Stable Diffusion inside its pipeline and shares none.
    """
    pipeline = load_smartmask(pack, context=context)
    if isinstance(pipeline.text_encoder, CLIPTextModel):
        return pipeline, None
    text = load_text_encoder(pack, context=context)
    if pipeline.text_encoder is None:
        pipeline.register_modules(text_encoder=text.model, tokenizer=text.tokenizer)
    return pipeline, text


def taken_for(label: str, known: Sequence[str] | None, text: TextEncoder) -> tuple[str, str]:
    """What the model is told, and the line for the user: empty when the label goes in as it is."""
    if not known:
        return label, ""
    nearest = nearest_known(label, text, known)
    if nearest.known:
        return label, ""
    head, _, pose = (part.strip() for part in label.partition(","))
    if pose and head:
        nearest = nearest_known(head, text, known)
    lives = ade_class_of(nearest.name).name in ("person", "animal")
    # A cowboy who sits is drawn as a person who sits.
    return f"{nearest.name}, {pose}" if pose and lives else nearest.name, nearest.note


def rank(request: SuggestRequest, samples: list[Sample]) -> tuple[Suggestion, ...]:
    """Clean, choose, score and order samples: best first, then near-duplicates, then empty ones.

    The score is the mean of agreement with the guidance, share on the canvas and sharpness. It
    decides the order of display and, where more samples were drawn than the request's count, which
    half of them may be kept: of that half those stay that stand for all samples best, the most
    typical one first, which is nearer to the truth than the one that scores best (`eval
    smartmask`). The request's finish comes last.
    """
    canvas = request.layout.canvas
    least = least_area(request.guidance, canvas)
    masks = [clean(sample.mask, canvas, least=least) for sample in samples]
    if is_background(request.label):
        masks = [reaching_borders(mask, request.guidance, canvas) for mask in masks]
    scores = [
        0.0
        if mask.is_empty
        else (
            agreement(mask, request.guidance, canvas)
            + on_canvas_share(mask, canvas)
            + sample.confidence
        )
        / 3
        for mask, sample in zip(masks, samples, strict=True)
    ]
    if len(masks) > request.count:
        order = representatives(masks, request.count, scores)
    else:
        order = sorted(range(len(masks)), key=lambda k: (masks[k].is_empty, -scores[k], k))
    twins = duplicates(masks, order)
    # Stable: best first among those of a kind.
    order.sort(key=lambda k: (masks[k].is_empty, k in twins))
    return tuple(
        Suggestion(
            sample=k + 1,
            seed=request.seed + k,
            mask=finished(masks[k], request.finish, request.layout),
            score=round(scores[k], 4),
            duplicate_of=twins[k] + 1 if k in twins else None,
        )
        for k in order
    )
