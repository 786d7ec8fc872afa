"""What simple means give for the same guidance, judged by the same figures."""

from __future__ import annotations

import cv2
import numpy as np

from engine.evaluation.bank import ShapeBank, fitted
from engine.evaluation.cases import Case
from engine.evaluation.guidances import DILATIONS, grown
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.mask import Mask
from engine.smartmask.outlined import filled

SAMPLES = 8


def baselines(
    case: Case, guidance: Guidance, *, bank: ShapeBank, seed: int
) -> dict[str, list[Mask]]:
    """Name -> masks. There are some for boxes and scribbles; the other modes leave open where."""
    match guidance.mode:
        case GuidanceMode.BOX:
            assert guidance.box is not None
            rng = np.random.default_rng([seed, *case.name.encode()])
            return _in_box(case.label, guidance.box, bank=bank, rng=rng)
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            return _from_scribble(guidance.scribble, case.layout.canvas)
        case _:
            return {}


def _in_box(
    label: str, box: Box, *, bank: ShapeBank, rng: np.random.Generator
) -> dict[str, list[Mask]]:
    found = {"filled box": [Mask.filled(box)], "ellipse": [ellipse(box)]}
    if label in bank:
        found["mean shape"] = [fitted(bank.mean_shape(label), box)]
        similar = bank.similar(label, box, count=SAMPLES, rng=rng)
        found["retrieved"] = [fitted(shape.crop(), box) for shape in similar]
    return found


def ellipse(box: Box) -> Mask:
    """The ellipse that touches all four sides of a box."""
    rows = (np.arange(box.height) + 0.5) / box.height * 2 - 1
    columns = (np.arange(box.width) + 0.5) / box.width * 2 - 1
    return Mask.from_array(rows[:, None] ** 2 + columns[None] ** 2 <= 1, x=box.x, y=box.y)


def _from_scribble(scribble: Mask, canvas: Box) -> dict[str, list[Mask]]:
    radius = max(1, round(float(np.mean(DILATIONS)) * max(canvas.width, canvas.height)))
    bits = scribble.on_canvas(canvas.width, canvas.height)
    found = {
        "scribble": [scribble],
        "scribble eroded": [Mask.from_array(_eroded(bits, radius))],
        "scribble grown": [Mask.from_array(grown(bits, radius // 2 or 1))],
    }
    whole = filled(scribble, canvas)
    return found if whole is None else found | {"scribble filled": [whole]}


def _eroded(bits: np.ndarray, radius: int) -> np.ndarray:
    """Shrunk by the radius; a scribble thinner than that is shrunk as far as something is left."""
    while radius > 0:
        smaller = grown(bits, -radius)
        if smaller.any():
            count, _, stats, _ = cv2.connectedComponentsWithStats(smaller.astype(np.uint8))
            if count > 1 and stats[1:, cv2.CC_STAT_AREA].max() >= 4:
                return smaller
        radius //= 2
    return bits
