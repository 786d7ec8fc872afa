"""The semantic gradient: where the mask matters to the match of picture and words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn import functional as F

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.config import PAPER_WIDTH, ClickConfig
from engine.click2mask.diffusion import BlendedDiffusion, Pixels, as_tensor, to_pixels
from engine.click2mask.field import Field, bias
from engine.click2mask.morphology import dilated, ring
from engine.layout.mask import BoolArray

_HALF_SCALE = 1024.0

GradientChange = Callable[[Field, int], Field]
"""Replaces |dL/dm| (GRID, GRID) of a step; for experiments."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What the scorer said at one step.

    Attributes:
        loss: L, 0..2, of the mask that was looked at.
        gradient: |dL/dm|, (GRID, GRID).
        pixels: The picture it saw: z0 in the mask, the source around it.
    """

    loss: float
    gradient: Field
    pixels: Pixels


def look(
    diffusion: BlendedDiffusion,
    scorer: AlphaClip,
    text: Tensor,
    *,
    z0: Tensor,
    mask: BoolArray,
    generator: torch.Generator,
) -> Look:
    """The loss of a mask and its gradient, through the decoder and the scorer.

    The region shown to the scorer is the mask dilated by `alpha_margin`; no gradient goes
    through it.

    Args:
        text: Unit vector of the prompt, (1, D).
        z0: The clean latent that the step foresees, (1, C, h, w).
    """
    config = diffusion.config
    m = as_tensor(mask, like=z0).requires_grad_(True)
    with torch.enable_grad():
        x = diffusion.decoded(diffusion.pasted(z0.detach(), m))
        width = x.shape[-1]
        alpha = alpha_of(mask, width=width, config=config).to(x.device)
        rgb, alpha = scorer.seen(x / 2 + 0.5, alpha)
        images, alphas = copies(
            rgb,
            alpha,
            count=config.copies,
            keep_first=True,
            config=config,
            generator=generator,
        )
        loss = (1 - scorer.image(images, alphas) @ text.T).mean()
        # Half precision would lose slopes this small; their scale goes away in the z-scores.
        scale = _HALF_SCALE if m.dtype == torch.float16 else 1.0
        (slope,) = torch.autograd.grad(loss * scale, m)
    diffusion.cost.gradients += 1
    return Look(
        loss=float(loss.detach()),
        gradient=slope[0, 0].abs().double().cpu().numpy() / scale,
        pixels=to_pixels(x[0]),
    )


def alpha_of(mask: BoolArray, *, width: int, config: ClickConfig) -> Tensor:
    """The region for the scorer: the mask enlarged to `width` px, then dilated; (1, 1, W, W)."""
    cells = torch.from_numpy(mask.astype(np.float32))[None, None]
    large = F.interpolate(cells, size=(width, width), mode="nearest")[0, 0].numpy() > 0.5
    region = dilated(large, config.alpha_margin * width / PAPER_WIDTH)
    return torch.from_numpy(region.astype(np.float32))[None, None]


def copies(
    rgb: Tensor,
    alpha: Tensor,
    *,
    count: int,
    keep_first: bool,
    config: ClickConfig,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """`count` rows of one picture and its region, each randomly turned and shifted.

    Args:
        rgb, alpha: (1, 3, S, S) and (1, 1, S, S).
        keep_first: Whether row 0 stays as it is.
    """
    theta = torch.eye(2, 3).repeat(count, 1, 1)
    for row in range(count):
        draw = torch.rand(4, generator=generator) * 2 - 1
        if (row == 0 and keep_first) or float(draw[3] + 1) / 2 >= config.chance:
            continue
        angle = float(draw[0]) * math.radians(config.rotation)
        theta[row, :, :2] = torch.tensor(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        )
        # The grid's coordinates go from -1 to 1.
        theta[row, :, 2] = draw[1:3] * 2 * config.shift
    both = torch.cat([rgb, alpha.to(rgb)], dim=1).expand(count, -1, -1, -1)
    grid = F.affine_grid(theta.to(rgb), list(both.shape), align_corners=False)
    moved = F.grid_sample(both, grid, padding_mode="border", align_corners=False)
    same = (theta == torch.eye(2, 3)).all(dim=(1, 2)).to(rgb.device)[:, None, None, None]
    out = torch.where(same, both, moved)
    return out[:, :3], out[:, 3:]


def significance(gradient: Field) -> Field:
    """G: the gradient blurred (3 x 3, sigma 1), as z-scores of the field, never below 0."""
    smooth = gaussian_filter(gradient, 1.0, radius=1, mode="reflect")
    spread = smooth.std()
    if not np.isfinite(spread) or spread <= 0:
        return np.zeros_like(smooth)
    return np.maximum((smooth - smooth.mean()) / spread, 0)


def potential(
    base: Field, i: int, *, mask: BoolArray, gradient: Field, config: ClickConfig, total: int
) -> Field:
    """P = B + b(i) + weight * R * G, blurred (5 x 5, sigma 1), times the gain.

    Made anew from B at every step: the only memory is where the ring R of the last mask lies. By
    the formula alone a mask creeps on by the ring's width a step, wherever the gradient is above
    its mean, and a gradient that means nothing is that on every side. So `bounded`, P is at most
    what it was at step 0: the gradient holds the shrinking up, or undoes it, and no more. Ours.
    """
    edge = ring(mask, inside=config.inside, outside=config.outside)
    level = base + bias(i, base, config=config, total=total)
    raised = level + config.gradient_weight * edge * significance(gradient)
    smooth = gaussian_filter(raised, 1.0, radius=2, mode="reflect")
    if config.bounded:
        smooth = np.minimum(smooth, base + bias(0, base, config=config, total=total))
    return smooth * config.potential_gain
