"""The methods that are compared: Click2Mask, fixed masks, and Click2Mask without its gradient."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from diffusers import StableDiffusionPipeline
from scipy.ndimage import gaussian_filter

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.cleanup import clean
from engine.click2mask.config import ClickConfig
from engine.click2mask.diffusion import BlendedDiffusion, Pixels
from engine.click2mask.evolve import Evolved, evolve
from engine.click2mask.field import Field, base_potential, bias
from engine.click2mask.finals import Candidate, draw, judged
from engine.click2mask.frame import Frame
from engine.click2mask.morphology import dilated
from engine.click2mask.remove import MARGIN
from engine.click2mask.request import ClickRequest
from engine.click2mask.run import Click
from engine.evaluation.click2mask_cases import ClickCase
from engine.jobs.context import QuietContext
from engine.layout.mask import BoolArray

OURS, PAPER_DISC = "click2mask", "start disc of the whole photo"
OnCall = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What one method made of a case.

    Attributes:
        picture: At the case's size.
        mask: What it was made with, at the case's size.
        calls: Counts of `Cost`.
        evolved: Of the methods that evolve.
    """

    picture: Pixels
    mask: BoolArray
    calls: dict[str, int]
    seconds: float
    evolved: Evolved | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A method. Where its config draws close up, so it does, a fixed mask left as it is.

    Attributes:
        fixed: Gives the mask that is used from first to last; None lets it evolve.
        random: Puts noise in the gradient's place.
    """

    name: str
    config: ClickConfig
    fixed: Callable[[ClickCase, Field, BlendedDiffusion, Frame], BoolArray] | None = None
    random: bool = False


def start_disc(
    case: ClickCase, base: Field, diffusion: BlendedDiffusion, frame: Frame
) -> BoolArray:
    """The mask that the evolution begins with."""
    return clean(base + bias(0, base, config=diffusion.config))


def end_disc(case: ClickCase, base: Field, diffusion: BlendedDiffusion, frame: Frame) -> BoolArray:
    """The mask that the schedule without gradients ends with."""
    total, last = diffusion.timeline.total, diffusion.timeline.last
    return clean(base + bias(last, base, config=diffusion.config, total=total))


def true_box(case: ClickCase, base: Field, diffusion: BlendedDiffusion, frame: Frame) -> BoolArray:
    """The box of the object that was left out, on the field."""
    ys, xs = np.nonzero(case.mask)
    box = np.zeros_like(case.mask)
    box[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = True
    return frame.mask_from_photo(box)


def true_shape(
    case: ClickCase, base: Field, diffusion: BlendedDiffusion, frame: Frame
) -> BoolArray:
    """The object's own shape, widened as `insert-click --remove` does it, on the field."""
    return frame.mask_from_photo(dilated(case.mask, MARGIN * max(case.mask.shape)))


def main_arms(config: ClickConfig) -> list[Arm]:
    """Click2Mask, the fixed masks, and the gradient zeroed or random."""
    whole = replace(config, window=1.0)
    # The paper's start size is a share of the photo; in a window the disc is as much smaller.
    paper = [Arm(name=PAPER_DISC, config=whole, fixed=start_disc)] if config.window < 1 else []
    return [
        Arm(name=OURS, config=config),
        Arm(name="start disc", config=config, fixed=start_disc),
        *paper,
        Arm(name="end disc", config=config, fixed=end_disc),
        # A large thing reaches past the window.
        Arm(name="true box", config=whole, fixed=true_box),
        Arm(name="zero gradient", config=replace(config, gradient_weight=0.0)),
        Arm(name="random gradient", config=config, random=True),
    ]


def outcome(
    case: ClickCase,
    arm: Arm,
    *,
    pack: str,
    pipeline: StableDiffusionPipeline,
    scorer: AlphaClip,
    width: int,
    seed: int,
    count: int,
    on_call: OnCall,
) -> Outcome:
    """Let a method answer a case: `count` results, of which the guiding scorer takes the best.

    Args:
        pack: Which one the models are of; close-ups open more of it.
        width: Side of the canvas in px; close-ups have a size of their own.
    """
    side = case.before.shape[0]
    started = time.perf_counter()
    config = arm.config if arm.fixed is None else replace(arm.config, shaped=False)
    frame = Frame.around(
        [case.click], photo=(side, side), width=width, squash=False, window=config.window
    )
    source = frame.cut(case.before)
    diffusion = BlendedDiffusion.of(
        pipeline, picture=source, prompt=case.prompt, config=config, on_call=on_call
    )
    text = scorer.text([case.prompt])
    base = base_potential([frame.to_cells(case.click)], config=config)
    evolved = None
    if arm.fixed is not None:
        mask = arm.fixed(case, base, diffusion, frame)
    else:
        change = random_gradient(seed) if arm.random else None
        evolved = evolve(diffusion, scorer, text, base=base, seed=seed, change=change)
        mask = evolved.mask
    if config.close_up:
        click = Click(
            request=ClickRequest(
                photo=case.before, clicks=(case.click,), prompt=case.prompt, count=count,
                seed=seed, pack=pack,
            ),
            frame=frame, source=source, diffusion=diffusion, scorer=scorer, text=text, base=base,
            context=QuietContext(),
        )  # fmt: skip
        best = _best(click.candidates(mask))
        assert best.photo is not None and best.shape is not None
        picture, used = best.photo, best.shape.on_canvas(side, side)
    else:
        seeds = [seed + k for k in range(count)]
        made = draw(diffusion, mask, seeds)
        best = _best(
            judged(diffusion, scorer, text, source=source, mask=mask, made=made, seeds=seeds)
        )
        picture = frame.put_back(case.before, best.decoded, best.weight)
        used = frame.mask_on_photo(mask)
    return Outcome(
        picture=picture,
        mask=used,
        calls=diffusion.cost.values(),
        seconds=time.perf_counter() - started,
        evolved=evolved,
    )


def _best(candidates: Sequence[Candidate]) -> Candidate:
    return max(candidates, key=lambda candidate: candidate.score)


def random_gradient(seed: int) -> Callable[[Field, int], Field]:
    """Smooth noise with no meaning in place of |dL/dm|; its z-scores are as wide as real ones."""

    def change(gradient: Field, i: int) -> Field:
        rng = np.random.default_rng([seed % 2**63, i])
        return np.abs(gaussian_filter(rng.standard_normal(gradient.shape), 1.5))

    return change
