"""The mask's evolution: from the wide field around the click to the final mask M*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.cleanup import clean
from engine.click2mask.diffusion import BlendedDiffusion, Pixels, as_tensor, to_pixels
from engine.click2mask.field import Field, bias
from engine.click2mask.gradient import GradientChange, Look, look, potential
from engine.click2mask.schedule import BestOf, rerun_masks
from engine.layout.mask import BoolArray

PREVIEW_EVERY = 5
"""Steps between the pictures that are decoded before the mask evolves."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvolvedStep:
    """One step of the evolution.

    Attributes:
        step: Number of the denoising step, from 0.
        mask: Made at this step, on the field.
        pixels: The canvas as foreseen then, (W, W, 3); None where none was decoded.
        loss: L of this step's mask, known since the next step; None where it was not asked.
    """

    step: int
    mask: BoolArray
    pixels: Pixels | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evolved:
    """The final mask M*, the step it was made at, and how it came about."""

    mask: BoolArray
    best: int
    steps: tuple[EvolvedStep, ...]


OnStep = Callable[[EvolvedStep], None]


def evolve(
    diffusion: BlendedDiffusion,
    scorer: AlphaClip,
    text: Tensor,
    *,
    base: Field,
    seed: int,
    stop_at: int | None = None,
    change: GradientChange | None = None,
    on_step: OnStep = lambda step: None,
) -> Evolved:
    """Grow and shrink the mask while the picture comes into being (algorithm 1 of the paper).

    Args:
        text: Unit vector of the prompt, (1, D).
        base: B of the clicks.
        stop_at: Take the mask of this step; None lets the losses decide. Ours.
        change: Replaces the scorer's gradient; for experiments.
    """
    config, timeline = diffusion.config, diffusion.timeline
    noise = diffusion.noise(seed)
    generator = torch.Generator().manual_seed(seed % 2**63)
    best_of = BestOf(timeline)
    z = diffusion.start([noise])
    steps: list[EvolvedStep] = []

    def finished(best: int) -> Evolved:
        shown = tuple(_with_loss(step, best_of.losses.get(step.step)) for step in steps)
        return Evolved(mask=shown[best].mask, best=best, steps=shown)

    for i in range(timeline.total):
        after, z0 = diffusion.denoised(z, i)
        pixels = None
        if i < timeline.start:
            mask = clean(base + bias(i, base, config=config, total=timeline.total))
            if i % PREVIEW_EVERY == 0:
                pixels = foreseen(diffusion, z0, mask)
        else:
            seen = look(
                diffusion, scorer, text, z0=z0, mask=steps[-1].mask, generator=generator
            )  # fmt: skip
            pixels = seen.pixels
            # Asked before the new mask and its rerun, which could not change the answer.
            if best_of.stops(i, seen.loss) and stop_at is None:
                return finished(best_of.best)
            mask = _evolved_mask(seen, base, i, steps[-1].mask, diffusion, change)
        steps.append(EvolvedStep(step=i, mask=mask, pixels=pixels))
        on_step(steps[-1])
        if stop_at is not None and i >= min(stop_at, timeline.last + 1):
            return finished(i)
        if i >= timeline.start and config.rerun and (i - timeline.start) % config.rerun == 0:
            masks = rerun_masks(mask, config=config, timeline=timeline)
            z = diffusion.run([noise], masks, last=i)
        else:
            z = diffusion.blended(after, mask, i, [noise])
    return finished(best_of.best)


def _evolved_mask(
    seen: Look,
    base: Field,
    i: int,
    mask: BoolArray,
    diffusion: BlendedDiffusion,
    change: GradientChange | None,
) -> BoolArray:
    gradient = seen.gradient if change is None else change(seen.gradient, i)
    total = diffusion.timeline.total
    return clean(
        potential(base, i, mask=mask, gradient=gradient, config=diffusion.config, total=total)
    )


@torch.no_grad()
def foreseen(diffusion: BlendedDiffusion, z0: Tensor, mask: BoolArray) -> Pixels:
    """The picture that a step foresees, the source outside the mask, uint8 (W, W, 3)."""
    return to_pixels(diffusion.decoded(diffusion.pasted(z0, as_tensor(mask, like=z0)))[0])


def _with_loss(step: EvolvedStep, loss: float | None) -> EvolvedStep:
    return EvolvedStep(step=step.step, mask=step.mask, pixels=step.pixels, loss=loss)
