"""Making a layer of a suggestion; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from engine.errors import InputError
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout
from engine.layout.mask_text import mask_text
from engine.smartmask.finish import Finish
from engine.smartmask.following import form_of
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult

MAX_SCRIBBLE_TEXT = 8_000
"""Characters; strokes drawn by hand take a few hundred, and a project keeps one for each layer."""


def take(result: SuggestResult, sample: int) -> Suggestion:
    """The suggestion with this sample number.

    Raises:
        InputError: There is none, or its mask is empty.
    """
    usable = [s.sample for s in result.suggestions if not s.mask.is_empty]
    numbers = ", ".join(map(str, sorted(usable))) or "none"
    for suggestion in result.suggestions:
        if suggestion.sample == sample:
            if suggestion.mask.is_empty:
                raise InputError(f"Sample {sample} came out empty; usable samples: {numbers}.")
            return suggestion
    raise InputError(f"There is no sample {sample}; usable samples: {numbers}.")


def layer_of(result: SuggestResult, suggestion: Suggestion) -> Layer:
    """A new layer that holds the suggestion's mask and where it came from."""
    return Layer(
        label=result.request.label,
        mask=suggestion.mask,
        ade_class=result.ade_class,
        provenance=Provenance(
            kind="smartmask",
            request=request_values(result.request)
            | {
                "sample": suggestion.sample,
                "place": list(suggestion.mask.box),
                "area": suggestion.mask.area,
                "form": form_of(suggestion.mask),
            },
            seed=suggestion.seed,
            pack=result.pack,
            model_hash=result.model_hash,
        ),
    )


def redrawn(old: Layer, new: Layer) -> Provenance | None:
    """What a layer says of its origin once it has the mask of another one drawn for it.

    The mark of a design stays: it tells which element of the plan the layer is, whatever its mask.
    """
    before, now = old.provenance, new.provenance
    if before is None or now is None or "design" not in before.request:
        return now
    return replace(now, request={**now.request, "design": before.request["design"]})


def place_index(layout: Layout, behind: str | None) -> int:
    """Where a new layer goes: in front of all, or right behind the layer with id `behind`."""
    return len(layout.layers) if behind is None else layout.index(behind)


def placed(layout: Layout, layer: Layer, *, behind: str | None = None) -> Layout:
    """The layout with one more layer."""
    index = place_index(layout, behind)
    return layout.with_layers((*layout.layers[:index], layer, *layout.layers[index:]))


def request_values(request: SuggestRequest) -> dict[str, Any]:
    """A request as plain JSON values, without the masks of its layout."""
    among = {"among": request.among} if request.drawn > request.count else {}
    return {
        "label": request.label,
        "caption": request.layout.caption,
        "guidance": guidance_values(request.guidance),
        "count": request.count,
        **among,
        "seed": request.seed,
        "behind": request.behind,
        "pack": request.pack,
        "steps": request.steps,
        "style": request.style,
        "layout_scale": request.layout_scale,
        "text_scale": request.text_scale,
        "beneath": [layer.id for layer in request.seen_layers().layers],
        "finish": finish_values(request.finish),
    }


def finish_values(finish: Finish) -> dict[str, Any]:
    """A finish as plain JSON values, empty for a mask that stays as it was drawn."""
    values: dict[str, Any] = {}
    if finish.edges is not None:
        values["edges"] = asdict(finish.edges)
        values["edges"] |= {"box": list(finish.edges.box), "meets": list(finish.edges.meets)}
    if finish.seat != (0, 0) or finish.shift != (0, 0):
        # Both, because a shift alone once meant the seat.
        values |= {"seat": list(finish.seat), "shift": list(finish.shift)}
    if any(finish.mirror):
        values["mirror"] = list(finish.mirror)
    return values


def guidance_values(guidance: Guidance) -> dict[str, Any]:
    """Guidance as plain JSON values; of a scribble that would take too much only its box."""
    values: dict[str, Any] = {"mode": guidance.mode.value}
    if guidance.box is not None:
        values["box"] = list(guidance.box)
    if guidance.point is not None:
        values["point"] = list(guidance.point)
    if guidance.spread is not None:
        values["spread"] = guidance.spread
    if guidance.scribble is not None:
        values["scribble_box"] = list(guidance.scribble.box)
        text = mask_text(guidance.scribble)
        if len(text) <= MAX_SCRIBBLE_TEXT:
            values["scribble"] = text
    return values
