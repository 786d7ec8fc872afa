"""From a layer's provenance back to the request that made it; imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask_text import mask_of_text
from engine.smartmask.request import SuggestRequest, check_request

_Four = tuple[int, int, int, int]


class _Guidance(BaseModel):
    mode: Literal["free", "box", "point", "scribble"] = "free"
    box: _Four | None = None
    point: tuple[float, float] | None = None
    spread: float | None = None
    scribble_box: _Four | None = None
    scribble: str | None = None


class _Request(BaseModel):
    label: str
    caption: str = ""
    guidance: _Guidance = _Guidance()
    steps: int | None = None
    style: str = "any"
    layout_scale: float | None = None
    text_scale: float | None = None


def request_again(layout: Layout, layer_id: str) -> SuggestRequest:
    """The request for the very mask of a layer, drawn on what lies beneath it now.

    Where that has not changed and the pack is the one of the provenance, its only sample has the
    mask that the layer was made with.

    Raises:
        InputError: There is no such layer, its mask was not drawn by SmartMask, or its provenance
            does not hold all that is needed.
    """
    layer = layout.layer(layer_id)
    origin = layer.provenance
    if origin is None or origin.kind != "smartmask" or origin.seed is None:
        raise InputError(f"The mask of {layer.label!r} was not drawn by SmartMask.")
    try:
        values = _Request.model_validate(dict(origin.request))
        guidance = guidance_of(origin.request.get("guidance") or {})
    except ValueError as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise InputError(
            f"The mask of {layer.label!r} cannot be drawn again, its origin is not known in full: "
            f"{reason}."
        ) from error
    request = SuggestRequest(
        layout=replace(layout, caption=values.caption),
        label=values.label,
        guidance=guidance,
        count=1,
        seed=origin.seed,
        behind=layer_id,
        pack=origin.pack,
        steps=values.steps,
        style=values.style,
        layout_scale=values.layout_scale,
        text_scale=values.text_scale,
    )
    return check_request(request)


def fresh_request(layout: Layout, layer_id: str, *, count: int = 4) -> SuggestRequest:
    """The layer's own request, with the seeds that follow those it was drawn with.

    Raises:
        InputError: As `request_again`.
    """
    again = request_again(layout, layer_id)
    origin = layout.layer(layer_id).provenance
    first, asked = (origin.request.get(key) if origin else None for key in ("seed", "count"))
    seed = again.seed + 1
    if isinstance(first, int) and isinstance(asked, int):
        seed = first + asked
    return replace(again, count=count, seed=seed)


def can_be_repeated(layer: Layer) -> bool:
    """Whether the layer's provenance looks as if `request_again` could use it; quick."""
    origin = layer.provenance
    if origin is None or origin.kind != "smartmask" or origin.seed is None:
        return False
    guidance = origin.request.get("guidance")
    if isinstance(guidance, Mapping) and guidance.get("mode") == "scribble":
        return "label" in origin.request and "scribble" in guidance
    return "label" in origin.request


def guidance_of(values: Mapping[str, Any]) -> Guidance:
    """Inverse of `placing.guidance_values`. Raises ValueError when something is missing."""
    given = _Guidance.model_validate(dict(values))
    match given.mode:
        case "box" if given.box:
            return Guidance.at_box(Box(*given.box))
        case "point" if given.point:
            return Guidance.at_point(*given.point, spread=given.spread)
        case "scribble" if given.scribble_box and given.scribble:
            return Guidance.from_scribble(mask_of_text(given.scribble, Box(*given.scribble_box)))
        case "free":
            return Guidance.free()
        case _:
            raise ValueError(f"the {given.mode} is missing")
