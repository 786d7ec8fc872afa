"""The Click2Mask job: from a click and a prompt to ranked pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from diffusers import StableDiffusionPipeline
from torch import Tensor

from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.close_up import can_draw, close_ups
from engine.click2mask.composite import feather
from engine.click2mask.config import ClickConfig, pack_config
from engine.click2mask.diffusion import BlendedDiffusion, Cost, Pixels, canvas_width
from engine.click2mask.evolve import Evolved, EvolvedStep, evolve
from engine.click2mask.family import check_pack
from engine.click2mask.field import base_potential
from engine.click2mask.finals import BATCH, Candidate, draw, judged, score
from engine.click2mask.frame import Frame, resized
from engine.click2mask.load import open_parts
from engine.click2mask.request import (
    ClickInsertion,
    ClickRequest,
    ClickResult,
    Evolution,
    check_request,
)
from engine.click2mask.schedule import Timeline
from engine.errors import InputError
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask
from engine.models.packs import has_component, load_text_encoder, pack_folder, pack_hash
from engine.render.request import Picture

EVOLVING, DRAWING = "Finding the shape", "Drawing"
MAX_PREVIEW = 1024
"""Longest side in px of an evolution's pictures."""


def run(request: ClickRequest, context: JobContext) -> ClickResult:
    """Answer a request; the same request gives the same result. The photo is left as it is.

    Raises:
        InputError: The request cannot be used.
        EngineError: The pack is of a kind that Click2Mask does not work with.
        ModelMissing, ModelDamaged: The pack is not all there.
        Cancelled: The user cancelled, at the latest one step ago.
    """
    request = check_request(request)
    check_pack(request.pack)
    started = time.perf_counter()
    config = pack_config(pack_folder(request.pack), request.preset)
    config = replace(config, close_up=config.close_up and can_draw(request.pack))
    pipeline, scorer = open_parts(request.pack, context)
    notes = tuple(filter(None, (scorer.check_prompt(request.prompt), _known(request, context))))
    loaded = time.perf_counter()
    click = Click.of(request, pipeline=pipeline, scorer=scorer, config=config, context=context)
    evolved = click.shapes()
    grown = time.perf_counter()
    candidates = [(found, c) for found in evolved for c in click.candidates(found.mask)]
    candidates.sort(key=lambda pair: -pair[1].score)
    insertions = [
        click.insertion(found, candidate) for found, candidate in candidates[: request.count]
    ]
    return ClickResult(
        request=request,
        insertions=tuple(insertions),
        notes=notes,
        pack=request.pack,
        model_hash=pack_hash(request.pack),
        seconds={
            "load": loaded - started,
            "evolve": grown - loaded,
            "draw": time.perf_counter() - grown,
        },
        calls=click.cost.values(),
    )


@dataclass(slots=True)
class Click:
    """One request put before the models."""

    request: ClickRequest
    frame: Frame
    source: Pixels
    diffusion: BlendedDiffusion
    scorer: AlphaClip
    text: Tensor
    base: np.ndarray
    context: JobContext
    stage: str = EVOLVING
    total: int = 0
    _small: tuple[Frame, Pixels] = field(init=False)
    _last: Pixels = field(init=False)

    def __post_init__(self) -> None:
        self._small = reduced_photo(self.frame, self.request.photo)
        self._last = self._small[1]

    @classmethod
    def of(
        cls,
        request: ClickRequest,
        *,
        pipeline: StableDiffusionPipeline,
        scorer: AlphaClip,
        config: ClickConfig,
        context: JobContext,
    ) -> Click:
        photo = request.photo
        frame = Frame.around(
            (*request.clicks, *corners(request.shape)),
            photo=(photo.shape[1], photo.shape[0]),
            width=canvas_width(pipeline),
            squash=config.squash,
            window=config.window,
        )
        source = frame.cut(photo)
        diffusion = BlendedDiffusion.of(
            pipeline, picture=source, prompt=request.prompt, config=config
        )
        cells = [frame.to_cells(click) for click in request.clicks]
        click = cls(
            request=request,
            frame=frame,
            source=source,
            diffusion=diffusion,
            scorer=scorer,
            text=scorer.text([request.prompt]),
            base=base_potential(cells, config=config, usable=frame.usable),
            context=context,
            total=most_calls(config, request.count, evolves=request.shape is None),
        )
        diffusion.on_call = click.report
        return click

    @property
    def cost(self) -> Cost:
        return self.diffusion.cost

    def report(self, preview: Evolution | None = None) -> None:
        """Say how far the job is; raises Cancelled once the user asked for it."""
        done = min(self.cost.unet_calls, self.total)
        self.context.progress(self.stage, done, self.total, preview=preview)

    def show(self, step: EvolvedStep) -> None:
        self.report(self._evolution(step))

    def shapes(self) -> list[Evolved]:
        """The masks to draw into: evolved ones, or the one that the request gives."""
        request, config = self.request, self.diffusion.config
        if request.shape is not None:
            height, width = request.photo.shape[:2]
            mask = self.frame.mask_from_photo(request.shape.on_canvas(width, height))
            if not mask.any():
                raise InputError("The shape to draw into is too small for the models.")
            return [Evolved(mask=mask, best=0, steps=())]
        return [
            evolve(
                self.diffusion,
                self.scorer,
                self.text,
                base=self.base,
                seed=request.seed + number,
                stop_at=request.stop_at,
                on_step=self.show,
            )
            for number in range(config.masks)
        ]

    def candidates(self, mask: BoolArray) -> list[Candidate]:
        """Finished pictures with a mask, one a seed, scored, in the order of their seeds."""
        self.stage = DRAWING
        if self.diffusion.config.close_up:
            return self._close_ups(mask)
        seeds = [self.request.seed + k for k in range(self.request.count)]
        made = draw(self.diffusion, mask, seeds)
        return judged(
            self.diffusion,
            self.scorer,
            self.text,
            source=self.source,
            mask=mask,
            made=made,
            seeds=seeds,
        )

    def _close_ups(self, mask: BoolArray) -> list[Candidate]:
        """As `candidates`, each drawn into the photo itself."""
        config, frame, given = self.diffusion.config, self.frame, self.request.shape
        found: list[Candidate] = []
        for made in close_ups(
            self.request,
            # A shape that the user gives or stops at is drawn into as it is.
            given or Mask.from_array(frame.mask_on_photo(mask)),
            shaped=config.shaped and given is None and self.request.stop_at is None,
            context=self.context,
            cost=self.cost,
        ):
            height, width = made.photo.shape[:2]
            drawn = frame.mask_from_photo(made.mask.on_canvas(width, height))
            # A tiny thing covers no cell.
            cells = drawn if drawn.any() else mask
            view = frame.cut(made.photo)
            found.append(
                Candidate(
                    seed=made.seed,
                    mask=cells,
                    decoded=view,
                    weight=feather(cells, config=config, width=frame.width),
                    score=score(view, cells, self.scorer, self.text, config=config),
                    photo=made.photo,
                    shape=made.mask,
                )
            )
            self.cost.scored += 1
        return found

    def insertion(self, evolved: Evolved, candidate: Candidate) -> ClickInsertion:
        photo, nearer = self.request.photo, self.request.in_front
        pixels = candidate.photo
        if pixels is None:
            pixels = self.frame.put_back(photo, candidate.decoded, candidate.weight)
        if nearer is not None:
            kept = nearer.on_canvas(photo.shape[1], photo.shape[0])
            pixels[kept] = photo[kept]
        return ClickInsertion(
            picture=Picture(
                sample=candidate.seed - self.request.seed + 1,
                seed=candidate.seed,
                pixels=pixels,
                score=round(candidate.score, 4),
            ),
            mask=candidate.shape or Mask.from_array(self.frame.mask_on_photo(candidate.mask)),
            evolution=tuple(self._evolution(step) for step in evolved.steps),
        )

    def _evolution(self, step: EvolvedStep) -> Evolution:
        frame, photo = self._small
        if step.step == 0:
            self._last = photo
        if step.pixels is not None:
            config, width = self.diffusion.config, self.frame.width
            weight = feather(step.mask, config=config, width=width)
            self._last = frame.put_back(photo, step.pixels, weight)
        return Evolution(
            step=step.step,
            mask=Mask.from_array(self.frame.mask_on_photo(step.mask)),
            pixels=self._last,
            score=None if step.loss is None else round(1 - step.loss, 4),
        )


def corners(shape: Mask | None) -> tuple[tuple[int, int], ...]:
    """First and last pixel of a shape's box; nothing without a shape."""
    if shape is None:
        return ()
    box = shape.box
    return (box.x, box.y), (box.right - 1, box.bottom - 1)


def most_calls(config: ClickConfig, count: int, *, evolves: bool = True) -> int:
    """UNet calls that a request takes at most, a batch of results counted as one run."""
    timeline = Timeline.of(config)
    # Close-ups report for themselves.
    finals = 0 if config.close_up else -(-count // BATCH) * timeline.total
    if not evolves:
        return finals
    evolving = timeline.last + 2
    if config.rerun:
        evolving += sum(
            i + 1 for i in range(timeline.start, timeline.last + 1, config.rerun)
        )  # fmt: skip
    return config.masks * (evolving + finals)


def reduced_photo(frame: Frame, photo: Pixels) -> tuple[Frame, Pixels]:
    """A photo and its frame at no more than MAX_PREVIEW px a side."""
    height, width = photo.shape[:2]
    scale = MAX_PREVIEW / max(height, width)
    if scale >= 1:
        return frame, photo
    size = max(1, round(width * scale)), max(1, round(height * scale))
    box = Box(*(round(side * scale) for side in frame.box))
    return replace(frame, photo=Box(0, 0, *size), box=box), resized(photo, size)


def _known(request: ClickRequest, context: JobContext) -> str:
    """What a prompt is taken for that names nothing the pack's small models were trained on."""
    if not has_component(request.pack, "text_encoder"):
        return ""
    known = load_text_encoder(request.pack, context=context).known(request.prompt)
    if known.known:
        return ""
    return f'"{request.prompt[:40]}" comes nearest to "{known.name}" of what the small models know.'
