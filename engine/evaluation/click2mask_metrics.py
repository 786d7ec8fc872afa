"""What is measured on a Click2Mask result, by a scorer that did not guide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from scipy.ndimage import label as labelled
from torch import Tensor
from torch.nn import functional as F

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.changed import changed, edited_region
from engine.click2mask.morphology import dilated
from engine.evaluation.click2mask_cases import ClickCase, with_article
from engine.layout.mask import BoolArray

Pixels = NDArray[np.uint8]

JUDGE = Path(__file__).resolve().parents[2] / "resources/models/eval/click_judge"
REFERENCE_MARGIN = 0.10
"""Of the picture's side: the true mask dilated by it is what any method may change."""
CLICK_REACH = 0.08
"""Of the picture's side: how far from the click the changed region may lie."""
METRICS = {
    "hit": "the judge names the prompt's object first, at the click",
    "hit5": "... among its first five",
    "aclip": "Edited Alpha-CLIP: cosine of the changed region and the prompt",
    "direct": "CLIP directional similarity of pictures and captions",
    "out": "CLIP similarity of the picture and its caption",
    "l1": "mean difference of all pixels, 0..1",
    "l1_outside": "the same outside the true mask dilated by 10 %",
    "l1_truth": "mean difference to the true picture inside the true mask",
    "iou_made": "mask used and what appeared: the changed pixels at the click, holes filled",
    "iou_true": "mask used and true mask",
    "area": "share of the picture that the mask covers",
}


@dataclass(slots=True)
class Judge:
    """A scorer with the names it tells apart."""

    scorer: AlphaClip
    names: Sequence[str]
    _known: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._known = self.scorer.text([with_article(name) for name in self.names])

    @torch.inference_mode()
    def picture(self, pixels: Pixels, region: BoolArray | None = None) -> Tensor:
        """Unit vector of a picture with its region, (1, D); all of it without one."""
        rgb = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
        alpha = np.ones(pixels.shape[:2], bool) if region is None else region
        shown = torch.from_numpy(alpha.astype(np.float32))[None, None]
        device = self.scorer.device
        return self.scorer.image(rgb.to(device), shown.to(device))

    def rank(self, pixels: Pixels, region: BoolArray, name: str) -> int:
        """Place of a name among all, from 0; a name that is not among them is put there."""
        vectors = self._known
        if name in self.names:
            index = list(self.names).index(name)
        else:
            index = len(vectors)
            vectors = torch.cat([vectors, self.scorer.text([with_article(name)])])
        scores = (self.picture(pixels, region) @ vectors.T)[0]
        return int((scores > scores[index]).sum())


def measured(case: ClickCase, picture: Pixels, mask: BoolArray, judge: Judge) -> dict[str, float]:
    """METRICS of one result; `mask` is what it was made with, at the picture's size."""
    before = case.before
    text = judge.scorer.text([case.prompt])
    edited = region_at(edited_region(before, picture), before.shape[:2])
    near = at_click(edited, case.click)
    rank = judge.rank(picture, near, case.label) if near.any() else -1
    # Not the hulls of the edited region, which would fill out whatever outline was drawn.
    made = at_click(np.asarray(binary_fill_holes(changed(before, picture))), case.click)
    difference = np.abs(picture.astype(np.float32) - before) / 255
    to_truth = np.abs(picture.astype(np.float32) - case.truth) / 255
    allowed = dilated(case.mask, REFERENCE_MARGIN * max(before.shape[:2]))
    whole_before, whole_after = judge.picture(before), judge.picture(picture)
    places = [f"a {case.place}", f"{case.prompt} in a {case.place}"]
    said_before, said_after = judge.scorer.text(places).split(1)
    return {
        "hit": float(rank == 0),
        "hit5": float(0 <= rank < 5),
        "aclip": float((judge.picture(picture, edited) @ text.T)[0, 0]),
        "direct": float(
            F.cosine_similarity(whole_after - whole_before, said_after - said_before)[0]
        ),
        "out": float((whole_after @ said_after.T)[0, 0]),
        "l1": float(difference.mean()),
        "l1_outside": float(difference[~allowed].mean()) if not allowed.all() else 0.0,
        "l1_truth": float(to_truth[case.mask].mean()),
        "iou_made": iou(mask, made),
        "iou_true": iou(mask, case.mask),
        "area": float(mask.mean()),
    }


def region_at(region: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """A mask at (height, width), nearest."""
    rows = np.arange(shape[0]) * region.shape[0] // shape[0]
    columns = np.arange(shape[1]) * region.shape[1] // shape[1]
    return region[np.ix_(rows, columns)]


def at_click(region: BoolArray, click: tuple[int, int]) -> BoolArray:
    """The pieces of a region within CLICK_REACH of a click (x, y)."""
    pieces, _ = labelled(region)  # pyright: ignore[reportGeneralTypeIssues]
    spot = np.zeros_like(region)
    spot[click[1], click[0]] = True
    touched = np.unique(pieces[dilated(spot, CLICK_REACH * max(region.shape))])
    return np.isin(pieces, touched[touched > 0])


def iou(a: BoolArray, b: BoolArray) -> float:
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 0.0


def interval(
    differences: Sequence[float], *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Mean of paired differences and the ends of its 95 % bootstrap interval."""
    values = np.asarray(differences, float)
    if not len(values):
        return 0.0, 0.0, 0.0
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)
