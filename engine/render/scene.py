"""What a request has drawn, before any model is asked: words, map and regions. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layout.layout import Layout
from engine.render.conditioning import Size, conditioning, ids_at, picture_size
from engine.render.defaults import PackDefaults
from engine.render.prompt import Phrase, joined, phrases_of, prompt_of
from engine.render.request import RenderRequest
from engine.render.styles import style_named, styled

MAX_PHRASES = 32
"""Regions with words of their own at most: the largest ones."""
MIN_SHARE = 1 / 4096
"""Of the picture; a smaller region is left to the whole prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Words and where they act: bool (height, width) at the size of the picture."""

    text: str
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All that the pictures of one request share.

    Attributes:
        prompt, negative: Of the whole picture, style included.
        size: (width, height) in px.
        condition: RGB uint8 (height, width, 3), or None for a renderer without ControlNet.
        regions: Words of their own for parts of the picture; none switches that off.
    """

    prompt: str
    negative: str
    size: Size
    condition: NDArray[np.uint8] | None
    regions: tuple[Region, ...]
    steps: int
    guidance: float
    control_scale: float
    boost: float


def regions_of(layout: Layout, phrases: Sequence[Phrase], size: Size) -> tuple[Region, ...]:
    """Each phrase with the visible part of its layers, by the layout's one depth order."""
    ids = ids_at(layout, size)
    regions = []
    for phrase in phrases[:MAX_PHRASES]:
        mask = np.isin(ids, np.array(phrase.layers) + 1)
        if mask.mean() >= MIN_SHARE:
            regions.append(Region(text=phrase.text, mask=mask))
    return tuple(regions)


def scene_of(request: RenderRequest, defaults: PackDefaults) -> Scene:
    """What a settled request has drawn: words, conditioning map and regions."""
    assert request.size is not None and request.steps is not None
    assert request.guidance is not None and request.control_scale is not None
    layout, style = request.layout, style_named(request.style, defaults.styles)
    size = picture_size(layout, longest=request.size, multiple=defaults.multiple)
    phrases = phrases_of(layout) if request.layer_prompts else ()
    return Scene(
        prompt=styled(request.prompt.strip() or prompt_of(layout), style),
        negative=joined((request.negative, style.negative)),
        size=size,
        condition=conditioning(layout, size) if request.control_scale else None,
        regions=regions_of(layout, phrases, size),
        steps=request.steps,
        guidance=request.guidance,
        control_scale=request.control_scale,
        boost=defaults.region_boost,
    )
