"""Guidance as a user would give it, made from the true mask: boxes, clicks and scribbles.

A scribble is an open stroke with a brush along the middle of the object, with the wobble of a hand,
a generous painting-over (the dilated mask of the paper), or a line round the object. None tells the
true box.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from engine.data.outlines import outlined
from engine.data.strokes import stroked
from engine.evaluation.cases import Case
from engine.layout.guidance import Guidance
from engine.layout.mask import BoolArray, Mask

KINDS = ("free", "box", "point", "stroke", "dilation", "outline")
"""The four guidance modes; scribbles come in three kinds."""
USUAL_KINDS = KINDS[:-1]
"""Those that the paper's figures are about."""
DILATIONS = (0.02, 0.08)
"""Radius of a painting-over, as shares of the canvas' longer side."""
_POINT_JITTER = 0.1


def guidance_for(case: Case, kind: str, *, seed: int) -> Guidance:
    """The guidance of one kind for a case; the same seed gives the same guidance."""
    rng = np.random.default_rng([seed, KINDS.index(kind), *case.name.encode()])
    return _MAKERS[kind](case, rng)


def _free(case: Case, rng: np.random.Generator) -> Guidance:
    return Guidance.free()


def _box(case: Case, rng: np.random.Generator) -> Guidance:
    return Guidance.at_box(case.truth.box.intersection(case.layout.canvas))


def _point(case: Case, rng: np.random.Generator) -> Guidance:
    """A click near the middle; nothing tells the size."""
    box = case.truth.box.intersection(case.layout.canvas)
    x = box.x + box.width * (0.5 + rng.uniform(-_POINT_JITTER, _POINT_JITTER))
    y = box.y + box.height * (0.5 + rng.uniform(-_POINT_JITTER, _POINT_JITTER))
    x = float(np.clip(x, 0, case.layout.width - 1))
    return Guidance.at_point(x, float(np.clip(y, 0, case.layout.height - 1)))


def _dilation(case: Case, rng: np.random.Generator) -> Guidance:
    longest = max(case.layout.width, case.layout.height)
    radius = max(1, round(rng.uniform(*DILATIONS) * longest))
    bits = case.truth.on_canvas(case.layout.width, case.layout.height)
    return Guidance.from_scribble(Mask.from_array(grown(bits, radius)))


def _stroke(case: Case, rng: np.random.Generator) -> Guidance:
    visible = case.truth.clipped(case.layout.canvas)
    drawn = stroked(visible, rng, width=case.layout.width, height=case.layout.height)
    return Guidance.from_scribble(drawn)


def _outline(case: Case, rng: np.random.Generator) -> Guidance:
    drawn = outlined(case.truth, rng, width=case.layout.width, height=case.layout.height)
    return Guidance.from_scribble(drawn)


_MAKERS: dict[str, Callable[[Case, np.random.Generator], Guidance]] = {
    "free": _free,
    "box": _box,
    "point": _point,
    "stroke": _stroke,
    "dilation": _dilation,
    "outline": _outline,
}


def grown(bits: BoolArray, radius: int) -> BoolArray:
    """The mask grown (radius > 0) or shrunk (radius < 0) by a disc; the canvas edge is no edge."""
    if radius == 0:
        return bits.copy()
    size = 2 * abs(radius) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    change = cv2.dilate if radius > 0 else cv2.erode
    return change(bits.astype(np.uint8), disc) > 0
