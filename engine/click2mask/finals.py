"""Final runs with the evolved mask, and the order of what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.composite import feather
from engine.click2mask.config import GRID, PAPER_WIDTH, ClickConfig
from engine.click2mask.diffusion import BlendedDiffusion, Pixels, to_pixels
from engine.click2mask.gradient import copies
from engine.click2mask.morphology import dilated
from engine.click2mask.schedule import final_masks
from engine.layout.mask import BoolArray, Mask

BATCH = 4
"""Results drawn at a time: more gain nothing and take memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """One result on the canvas: decoded, and laid over the source.

    Attributes:
        weight: The feather that it was laid with, (W, W), 0..1.
        score: Mean cosine of the marked region and the prompt.
        photo: The whole finished photo, where the result was drawn into that.
        shape: Of such a result, what it was drawn into, at the photo's size.
    """

    seed: int
    mask: BoolArray
    decoded: Pixels
    weight: NDArray[np.float32]
    score: float
    photo: Pixels | None = None
    shape: Mask | None = None


def draw(
    diffusion: BlendedDiffusion, mask: BoolArray, seeds: Sequence[int], *, batch: int = BATCH
) -> list[Pixels]:
    """Pictures made with a mask that no longer changes, one a seed, uint8 (W, W, 3).

    A seed gives the same picture whatever stands beside it, but for the last bits of a float.
    """
    masks = final_masks(mask, config=diffusion.config, timeline=diffusion.timeline)
    made: list[Pixels] = []
    for start in range(0, len(seeds), batch):
        noises = [diffusion.noise(seed) for seed in seeds[start : start + batch]]
        z = diffusion.run(noises, masks)
        with torch.no_grad():
            # One by one: decoding takes the most memory of all.
            made += [to_pixels(diffusion.decoded(row[None])[0]) for row in z]
    return made


def judged(
    diffusion: BlendedDiffusion,
    scorer: AlphaClip,
    text: Tensor,
    *,
    source: Pixels,
    mask: BoolArray,
    made: Sequence[Pixels],
    seeds: Sequence[int],
) -> list[Candidate]:
    """Lay results over the source and score them."""
    config = diffusion.config
    weight = feather(mask, config=config, width=source.shape[0])
    out = []
    for seed, picture in zip(seeds, made, strict=True):
        laid = source + (picture.astype(np.float32) - source) * weight[..., None]
        value = score(
            np.rint(laid).clip(0, 255).astype(np.uint8), mask, scorer, text, config=config
        )
        diffusion.cost.scored += 1
        out.append(Candidate(seed=seed, mask=mask, decoded=picture, weight=weight, score=value))
    return out


@torch.no_grad()
def score(
    picture: Pixels, mask: BoolArray, scorer: AlphaClip, text: Tensor, *, config: ClickConfig
) -> float:
    """Mean cosine of a picture's masked region and the prompt over turned and shifted copies.

    The region is the mask dilated on the field. Only the very first copy is left as it is. The
    same picture gets the same score.
    """
    region = dilated(mask, config.alpha_margin * GRID / PAPER_WIDTH)
    cells = torch.from_numpy(region.astype(np.float32))[None, None]
    alpha = F.interpolate(cells, size=picture.shape[:2], mode="nearest")
    rgb = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
    rgb, alpha = scorer.seen(rgb.to(scorer.device), alpha.to(scorer.device))
    generator = torch.Generator().manual_seed(0)
    found = []
    for run in range(config.score_runs):
        images, alphas = copies(
            rgb,
            alpha,
            count=config.score_copies,
            keep_first=run == 0,
            config=config,
            generator=generator,
        )
        found.append(float((scorer.image(images, alphas) @ text.T).mean()))
    return float(np.mean(found))
