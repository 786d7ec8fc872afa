"""What goes into a Click2Mask job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import Mask
from engine.render.request import Picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickRequest:
    """Ask for an object made in a picture's pixels around one click, its mask evolving.

    Attributes:
        photo: RGB, uint8 (height, width, 3); it comes back bit-identical outside the mask's
            feather.
        clicks: Pixels (x, y) of the photo, at least one.
        prompt: What shall appear there.
        count: Number of results wanted, 1..16; result k uses seed + k - 1.
        preset: "faithful" (the paper) or "fast".
        pack: Which pack answers.
    """

    photo: NDArray[np.uint8]
    clicks: tuple[tuple[int, int], ...]
    prompt: str
    count: int = 3
    seed: int = 0
    preset: str = "faithful"
    pack: str = "lite"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evolution:
    """One look at the evolving mask; also the preview of the job's messages.

    Attributes:
        step: Denoising step that it was taken after.
        mask: At the photo's size.
        pixels: The picture as the model foresees it then, uint8 (height, width, 3).
        score: Of the scorer, where it was asked; else None.
    """

    step: int
    mask: Mask
    pixels: NDArray[np.uint8]
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClickInsertion:
    """One result: the picture, the evolved mask, and how it came about."""

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
