"""What goes into a segment job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.layout.layout import Background, Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentRequest:
    """Ask for a photo as a layered layout.

    Attributes:
        photo: RGB, uint8 (height, width, 3).
        background: The photo's file as it came, kept as the layout's background; None leaves the
            layout without one.
        caption: Of the layout; "" makes one of what was found.
        threshold: Lowest score of a thing that is kept, 0..1; None takes the pack's.
        pack: Which pack answers.
    """

    photo: NDArray[np.uint8]
    background: Background | None = None
    caption: str = ""
    threshold: float | None = None
    pack: str = "lite"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentResult:
    """A photo's layout: stuff behind, things in front, holes in stuff filled.

    Attributes:
        scores: One per layer of `layout`, 0..1, in its order.
        notes: Lines the user should read, for example that the lite model knows illustrations.
    """

    request: SegmentRequest
    layout: Layout
    scores: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    pack: str = ""
    model_hash: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
