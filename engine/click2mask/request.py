"""What goes into a Click2Mask job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layout import MIN_SIDE, Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.render.request import MAX_PICTURES, Picture

MAX_PROMPT = 1000
MAX_CLICKS = 64
PRESET_NAMES = ("faithful", "fast")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickRequest:
    """Ask for an object made in a picture's pixels around one click, its mask evolving.

    Attributes:
        photo: RGB, uint8 (height, width, 3); it comes back bit-identical outside the mask's
            feather.
        clicks: Pixels (x, y) of the photo, at least one.
        prompt: What shall appear there.
        count: Number of results wanted, 1..MAX_PICTURES; result k uses seed + k - 1.
        preset: "faithful" (the paper) or "fast".
        pack: Which pack answers.
        stop_at: Take the mask of this step of the evolution; None lets the scorer decide.
        shape: Draw into this mask, nothing evolves; None lets the mask evolve.
        in_front: What is nearer than the new object: its pixels stay as they are.
    """

    photo: NDArray[np.uint8]
    clicks: tuple[tuple[int, int], ...]
    prompt: str
    count: int = 3
    seed: int = 0
    preset: str = "faithful"
    pack: str = "lite"
    stop_at: int | None = None
    shape: Mask | None = None
    in_front: Mask | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evolution:
    """One look at the evolving mask; also the preview of the job's messages.

    Attributes:
        step: Denoising step that it was taken after.
        mask: At the photo's size.
        pixels: The whole picture as the model foresees it then, uint8 (h, w, 3); reduced where
            the photo has a side over 1024 px.
        score: Cosine of the marked region and the prompt, known one step later; else None.
    """

    step: int
    mask: Mask
    pixels: NDArray[np.uint8]
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickInsertion:
    """One result: the picture, the mask that it was drawn into (the evolved one or, close up, a
    silhouette), and how it came about."""

    picture: Picture
    mask: Mask
    evolution: tuple[Evolution, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickResult:
    """Results of a click, best first; `seconds`, `calls` (UNet calls, decodes, gradients)."""

    request: ClickRequest
    insertions: tuple[ClickInsertion, ...]
    notes: tuple[str, ...] = ()
    pack: str = ""
    model_hash: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)


def check_request(request: ClickRequest) -> ClickRequest:
    """The request with its prompt tidied.

    Raises InputError for a photo, click, prompt, count or preset that cannot be used.
    """
    photo = request.photo
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise InputError(f"The photo must be RGB with 8 bits; it is {photo.dtype} {photo.shape}.")
    height, width = photo.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise InputError(
            f"The photo is {width} x {height} px: each side must have at least {MIN_SIDE} px."
        )
    if not 1 <= len(request.clicks) <= MAX_CLICKS:
        raise InputError(f"Click 1 to {MAX_CLICKS} times; there are {len(request.clicks)} clicks.")
    for x, y in request.clicks:
        if not (0 <= x < width and 0 <= y < height):
            raise InputError(
                f"The click at {x},{y} is outside the photo, which is {width} x {height} px: "
                f"use 0 to {width - 1} and 0 to {height - 1}."
            )
    prompt = " ".join(request.prompt.split())
    if not prompt:
        raise InputError("Say what shall appear there: the prompt is empty.")
    if len(prompt) > MAX_PROMPT:
        raise InputError(
            f"The prompt has {len(prompt)} characters; at most {MAX_PROMPT} are possible."
        )
    if not 1 <= request.count <= MAX_PICTURES:
        raise InputError(f"Ask for 1 to {MAX_PICTURES} results, not {request.count}.")
    if request.preset not in PRESET_NAMES:
        raise InputError(f"There is no preset {request.preset!r}; use {' or '.join(PRESET_NAMES)}.")
    if request.shape is not None and request.shape.clipped(Box(0, 0, width, height)).is_empty:
        raise InputError("The shape to draw into has no pixel on the photo.")
    if request.stop_at is not None and request.stop_at < 0:
        raise InputError("The evolution's steps count from 0: stop_at cannot be negative.")
    return replace(request, prompt=prompt)


def in_front_of(layout: Layout, index: int) -> Mask | None:
    """What is seen of a layout's layers from depth `index` on; None for nothing."""
    mask = EMPTY_MASK
    for layer in layout.layers[index:]:
        if layer.visible:
            mask = mask.union(layer.mask)
    return None if mask.is_empty else mask
