"""From a layer's provenance back to the request that made it; imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask_text import mask_of_text
from engine.smartmask.finish import Finish
from engine.smartmask.following import Way, both, brought, way_of
from engine.smartmask.origin import GuidanceValues, RequestValues
from engine.smartmask.request import AS_THE_PACK, SuggestRequest, check_request


def request_again(layout: Layout, layer_id: str) -> SuggestRequest:
    """The request for the very mask of a layer, where the layer lies now.

    Its only sample has the mask that the layer was made with, moved and flipped as the layer was
    since, as long as the pack is the one of the provenance and the layers that it was drawn on
    are there and unchanged.

    Raises:
        InputError: There is no such layer, its mask was not drawn by SmartMask, or its provenance
            does not hold all that is needed.
    """
    request, values = _origin_of(layout, layer_id)
    way = _way(layout, layer_id, values)
    if way is not None:
        finish = request.finish
        dx, dy = (0, 0) if way.is_scaled else way.shift
        shift = finish.shift[0] + dx, finish.shift[1] + dy
        if way.is_scaled:
            request = _following(request, Way(way.source, way.target))
        finish = replace(request.finish, shift=shift, mirror=both(finish.mirror, way.mirror))
        request = replace(request, finish=finish)
    if values.beneath is not None:
        own = layout.index(layer_id)
        layers = tuple(
            x for at, x in enumerate(layout.layers) if at >= own or x.id in values.beneath
        )
        request = replace(request, layout=request.layout.with_layers(layers))
    return check_request(request)


def fresh_request(layout: Layout, layer_id: str, *, count: int = 4) -> SuggestRequest:
    """The layer's own request for where it lies now, with the seeds after those it was drawn with.

    Raises:
        InputError: As `request_again`.
    """
    request, values = _origin_of(layout, layer_id)
    origin = layout.layer(layer_id).provenance
    first, asked = (origin.request.get(key) if origin else None for key in ("seed", "count"))
    seed = request.seed + 1
    if isinstance(first, int) and isinstance(asked, int):
        seed = first + max(asked, values.among or 0)
    way, finish = _way(layout, layer_id, values), request.finish
    if way is not None:
        # It may have been moved, then drawn again: the guidance is still that of the first place.
        way = way.after(shift=finish.shift, mirror=finish.mirror)
        if not way.is_none:
            request = _following(request, way)
    finish = Finish(edges=request.finish.edges)
    return check_request(replace(request, count=count, among=AS_THE_PACK, seed=seed, finish=finish))


def _way(layout: Layout, layer_id: str, values: RequestValues) -> Way | None:
    """Where the layer went since its mask was applied; None where nothing is known."""
    mask = layout.layer(layer_id).mask
    if values.place is None or mask.is_empty:
        return None
    source = Box(*values.place)
    if source.is_empty or not values.area:
        return None
    return way_of(source, values.area, mask, form=values.form)


def _following(request: SuggestRequest, way: Way) -> SuggestRequest:
    """The request at the layer's new place."""
    canvas = request.layout.canvas
    if way.target.intersection(canvas).is_empty:
        raise InputError(
            f"{request.label!r} lies outside the canvas: move it onto it to draw it again."
        )
    edges = request.finish.edges
    if edges is not None:
        edges = replace(edges, box=way.box(edges.box))
    return replace(
        request,
        guidance=brought(request.guidance, way, canvas),
        finish=replace(request.finish, edges=edges),
    )


def _origin_of(layout: Layout, layer_id: str) -> tuple[SuggestRequest, RequestValues]:
    """The request as the layer's provenance tells it, on all that is there now."""
    layer = layout.layer(layer_id)
    origin = layer.provenance
    if origin is None or origin.kind != "smartmask" or origin.seed is None:
        raise InputError(f"The mask of {layer.label!r} was not drawn by SmartMask.")
    try:
        values = RequestValues.model_validate(dict(origin.request))
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
        finish=values.whole_finish(),
    )
    return request, values


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
    given = GuidanceValues.model_validate(dict(values))
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
