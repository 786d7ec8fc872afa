"""Whether a render request can be used, and its open values filled in. No torch."""

from __future__ import annotations

import math
from dataclasses import replace

from engine.errors import InputError
from engine.layout.layout import MAX_CAPTION
from engine.render.defaults import PackDefaults
from engine.render.request import MAX_PICTURES, RenderRequest
from engine.render.styles import style_named

MAX_STEPS = 1000
MAX_SCALE = 100.0
MAX_CONTROL = 2.0
MAX_SEED = 2**63 - 1


def check_request(request: RenderRequest) -> RenderRequest:
    """The request with blanks tidied. Raises InputError for what cannot be used."""
    if not 1 <= request.count <= MAX_PICTURES:
        raise InputError(f"{request.count} pictures are not possible: ask for 1 to {MAX_PICTURES}.")
    if not 0 <= request.seed <= MAX_SEED - MAX_PICTURES:
        raise InputError(f"A seed of {request.seed} is not possible: use 0 or more.")
    _check_range("steps", request.steps, 1, MAX_STEPS)
    _check_range("a guidance", request.guidance, 0, MAX_SCALE)
    _check_range("a control scale", request.control_scale, 0, MAX_CONTROL)
    words = {
        "prompt": " ".join(request.prompt.split()),
        "negative": " ".join(request.negative.split()),
    }
    for name, text in words.items():
        if len(text) > MAX_CAPTION:
            raise InputError(
                f"The {name} prompt has {len(text)} characters; at most {MAX_CAPTION} are possible."
            )
    layout = request.layout
    if not (words["prompt"] or layout.caption.strip() or any(x.visible for x in layout.layers)):
        raise InputError(
            "There is nothing to draw: add a layer, write a caption, or give a prompt."
        )
    return replace(request, **words)


def settled(request: RenderRequest, defaults: PackDefaults) -> RenderRequest:
    """The request with the pack's defaults filled in.

    Raises InputError for a size or a style that the pack cannot do.
    """
    size = defaults.size if request.size is None else request.size
    if not defaults.smallest <= size <= defaults.largest:
        raise InputError(
            f"This pack draws no picture of {size} px: use a size of {defaults.smallest} to "
            f"{defaults.largest}."
        )
    style_named(request.style, defaults.styles)
    return replace(
        request,
        size=size,
        steps=defaults.steps if request.steps is None else request.steps,
        guidance=defaults.guidance if request.guidance is None else float(request.guidance),
        control_scale=defaults.control_scale
        if request.control_scale is None
        else float(request.control_scale),
    )


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{name.capitalize()} of {value:g} is not possible: {low:g} to {high:g}.")
