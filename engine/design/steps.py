"""One step of a design: a background or a thing, from the placer's boxes to a layer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from engine.design.asking import ask, step_seed
from engine.design.candidates import candidate_boxes
from engine.design.choosing import (
    GOOD,
    Choice,
    box_agreement,
    choose,
    depth_index,
    depth_of,
)
from engine.design.relations import Boxes, as_box
from engine.design.request import DesignRequest, PlannedStep
from engine.design.scoring import score_boxes
from engine.design.stage import (
    Role,
    crosses,
    edges_of,
    role_of,
    strip,
)
from engine.design.state import State
from engine.errors import InputError
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer
from engine.smartmask.finish import AS_DRAWN, Finish, finished
from engine.smartmask.placing import layer_of, placed
from engine.smartmask.request import AS_THE_PACK, Suggestion, SuggestRequest, SuggestResult
from planner.placer import Placer
from planner.scene import Instance

Draw = Callable[[SuggestRequest, JobContext], SuggestResult]

BOXES_A_PLAN = 3
"""Boxes that are tried before the placer is asked again."""
PLANS = 2
APART = 0.55
"""Boxes that agree more than this are one place; the next try should be another."""
SPREAD = 0.35
"""Standard deviation of the blob, as a share of sqrt(width * height) of the box."""
BACKGROUND_MASKS = 4

_DEPTH_ORDER = (Role.SKY, Role.WALL, Role.CEILING, Role.FAR, Role.WATER, Role.LAND, Role.FLOOR,
                Role.WAY)  # fmt: skip


@dataclass(slots=True)
class Tools:
    """What every step uses: the placer, SmartMask, the job's context, and a stop watch.

    `seconds` adds up the wall time of "plan", "masks" and "score"; `planner_pack` is the pack whose
    planner answers.
    """

    placer: Placer
    draw: Draw
    context: JobContext
    seconds: dict[str, float] = field(
        default_factory=lambda: {"load": 0.0, "plan": 0.0, "masks": 0.0, "score": 0.0}
    )
    notes: list[str] = field(default_factory=list)
    planner_pack: str = ""

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class StepContext:
    """Passes a step's progress on as the design's own, so that every denoising step can stop."""

    context: JobContext
    stage: str
    step: int
    total: int

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: object = None) -> None:
        self.context.progress(self.stage, self.step, self.total)


def place_background(
    state: State,
    instance: Instance,
    box: Box,
    request: DesignRequest,
    tools: Tools,
    at: StepContext,
) -> tuple[State, PlannedStep]:
    """Draw a background in its box and carry it on to the edges of the canvas."""
    label = state.plan.scene.element(instance.element).label
    with tools.timed("plan"):
        seed = step_seed(request.seed, instance)
        proposals, _ = ask(tools.placer, state, instance, seed=seed, count=BACKGROUND_MASKS)
    fixed = request.boxes.get(instance)
    wanted = (fixed or box).intersection(state.layout.canvas)
    index = backdrop_index(state, label)
    behind = state.layout.layers[index].id if index < len(state.layout.layers) else None
    result = _drawn(
        state, instance, request, tools, at, guidance=Guidance.at_box(wanted), behind=behind,
        count=min(request.masks, BACKGROUND_MASKS),
    )  # fmt: skip
    shown = [s for s in result.suggestions if not s.mask.is_empty]
    best = max(shown, key=lambda s: (box_agreement(s.mask.box, wanted), -s.sample), default=None)
    planned = tuple(as_box(row) for row in proposals)
    if best is None:
        note = f"No usable mask of {label!r} came out; it was left out."
        return state, _step(state, instance, planned, wanted, note=note)
    finish = AS_DRAWN
    winds = strip(label) and wanted.width < 0.9 * state.layout.width
    if fixed is None and not winds:
        apart = crosses(label, _backdrop_labels(state))
        meets = () if apart else tuple(sorted(state.backdrops))
        finish = Finish(edges=edges_of(label, wanted, meets=meets))
    layer = _layer(result, best, request, state, instance, finish=finish)
    layout = placed(state.layout, layer, behind=behind)
    after = replace(
        state,
        layout=layout,
        placed={**state.placed, instance: layer.id},
        backdrops=state.backdrops | {layer.id},
    )
    agreed = box_agreement(layer.mask.box, wanted)
    return after, _step(after, instance, planned, wanted, layer=layer.id, score=agreed)


def backdrop_index(state: State, label: str) -> int:
    """Depth of a new background among those that are there: sky, far land, water, land, ways."""
    labels = _backdrop_labels(state)
    own, index = _depth_rank(label, labels), 0
    for position, layer in enumerate(state.layout.layers):
        if layer.id in state.backdrops and _depth_rank(layer.label, labels) <= own:
            index = position + 1
    return index


def _depth_rank(label: str, labels: Sequence[str]) -> int:
    """Place among the backgrounds; a river through grass lies on it like a way."""
    return _DEPTH_ORDER.index(Role.WAY if crosses(label, labels) else role_of(label))


def _backdrop_labels(state: State) -> list[str]:
    """Of the backgrounds that the scene asks for and of those that are there."""
    there = [x.label for x in state.layout.layers if x.id in state.backdrops]
    return [*there, *(state.plan.scene.element(x).label for x in state.plan.roles)]


def place_thing(
    state: State, instance: Instance, request: DesignRequest, tools: Tools, at: StepContext
) -> tuple[State, PlannedStep]:
    """Place one thing: box by box until a mask is good, then with the placer asked again."""
    fixed = request.boxes.get(instance)
    if fixed is not None:
        return _place_fixed(state, instance, fixed, request, tools, at)
    best: tuple[Choice, SuggestResult, Box] | None = None
    tries, planned, first = 0, (), None
    for attempt in range(PLANS):
        with tools.timed("plan"):
            seed = step_seed(request.seed, instance, attempt)
            proposals, trust = ask(tools.placer, state, instance, seed=seed)
        with tools.timed("score"):
            boxes = best_boxes(state, instance, proposals, trust, seed=seed)
        planned = planned or tuple(as_box(row) for row in proposals)
        for box in boxes:
            first = first or box
            tries += 1
            for guidance in _guidances(box, request, state):
                found = _tried(state, instance, box, guidance, request, tools, at, attempt=attempt)
                if found is not None and (best is None or found[0].score > best[0].score):
                    best = (*found, box)
                if best is not None and _is_good(best[0]):
                    return _kept(state, instance, best, planned, tries, request)
    if best is None:
        label = state.plan.scene.element(instance.element).label
        note = f"No place was found for {label!r}; it was left out."
        return state, _step(
            state, instance, planned, first or Box(0, 0, 1, 1), tries=tries, note=note
        )
    return _kept(state, instance, best, planned, tries, request)


def best_boxes(
    state: State, instance: Instance, proposals: Boxes, trust: Boxes, *, seed: int
) -> list[Box]:
    """The BOXES_A_PLAN best places, best first, no two of them nearly the same."""
    rng = np.random.default_rng(seed)
    rows = candidate_boxes(state, instance, proposals, rng=rng)
    scores, _ = score_boxes(state, instance, rows, proposals=proposals, trust=trust)
    chosen: list[Box] = []
    for index in np.argsort(-scores, kind="stable")[:400]:
        box = as_box(rows[index])
        if all(box_agreement(box, other) < APART for other in chosen):
            chosen.append(box)
            if len(chosen) == BOXES_A_PLAN:
                break
    return chosen


def _is_good(choice: Choice) -> bool:
    parts = choice.parts
    sound = min(parts["box"] - 0.2, parts["shape"]) >= 0.3 and parts["scale"] >= 0.2
    free = min(parts["overlap"], parts["canvas"]) >= 0.5
    return (
        choice.score >= GOOD and sound and free and min(parts["relation"], parts["support"]) >= 0.55
    )


def _guidances(box: Box, request: DesignRequest, state: State) -> Iterator[Guidance]:
    """What the request asks for, then the exact box: the blob leaves size and shape open."""
    canvas = state.layout.canvas
    if request.guidance == "blob":
        x = min(max(box.x + box.width / 2, 0), canvas.width - 1)
        y = min(max(box.y + box.height / 2, 0), canvas.height - 1)
        yield Guidance.at_point(x, y, spread=SPREAD * (box.width * box.height) ** 0.5)
    if not box.intersection(canvas).is_empty:
        yield Guidance.at_box(box)


def _tried(
    state: State,
    instance: Instance,
    box: Box,
    guidance: Guidance,
    request: DesignRequest,
    tools: Tools,
    at: StepContext,
    *,
    attempt: int = 0,
    fixed: bool = False,
) -> tuple[Choice, SuggestResult] | None:
    depth = depth_of(state, instance, box)
    index = depth_index(state, instance, depth)
    layers = state.layout.layers
    behind = layers[index].id if index < len(layers) else None
    result = _drawn(
        state, instance, request, tools, at, guidance=guidance, behind=behind,
        count=request.masks, attempt=attempt,
    )  # fmt: skip
    with tools.timed("score"):
        choice = choose(
            state, instance, result.suggestions, box=box, depth=depth, fixed=fixed,
            typical_first=result.request.drawn > result.request.count,
        )  # fmt: skip
    return None if choice is None else (choice, result)


def _drawn(
    state: State,
    instance: Instance,
    request: DesignRequest,
    tools: Tools,
    at: StepContext,
    *,
    guidance: Guidance,
    behind: str | None,
    count: int,
    attempt: int = 0,
) -> SuggestResult:
    with tools.timed("masks"):
        result = tools.draw(
            SuggestRequest(
                layout=state.layout,
                label=state.plan.told(instance.element),
                guidance=guidance,
                count=count,
                # Of many, those that stand for them: an odd one out is seldom what was meant.
                among=AS_THE_PACK,
                seed=step_seed(request.seed, instance, attempt),
                behind=behind,
                pack=request.pack,
                style=request.style,
            ),
            at,
        )
    tools.notes.extend(note for note in result.notes if note not in tools.notes)
    return result


def _place_fixed(
    state: State,
    instance: Instance,
    box: Box,
    request: DesignRequest,
    tools: Tools,
    at: StepContext,
) -> tuple[State, PlannedStep]:
    """A box that the user set is taken as it is, whatever the relations say."""
    if box.intersection(state.layout.canvas).is_empty:
        raise InputError(f"The box {tuple(box)} lies outside the canvas: move it onto it.")
    guidance = Guidance.at_box(box)
    found = _tried(state, instance, box, guidance, request, tools, at, fixed=True)
    if found is None:
        label = state.plan.scene.element(instance.element).label
        note = f"No usable mask of {label!r} came out in its box; it was left out."
        return state, _step(state, instance, (box,), box, note=note)
    return _kept(state, instance, (*found, box), (box,), 1, request)


def _kept(
    state: State,
    instance: Instance,
    best: tuple[Choice, SuggestResult, Box],
    planned: tuple[Box, ...],
    tries: int,
    request: DesignRequest,
) -> tuple[State, PlannedStep]:
    choice, result, box = best
    finish = Finish(seat=choice.moved)
    layer = _layer(result, choice.suggestion, request, state, instance, finish=finish)
    layers = state.layout.layers
    layout = state.layout.with_layers((*layers[: choice.index], layer, *layers[choice.index :]))
    depth = depth_of(state, instance, choice.mask.box)
    after = replace(
        state,
        layout=layout,
        placed={**state.placed, instance: layer.id},
        depths={**state.depths, layer.id: depth},
    )
    return after, _step(
        after, instance, planned, box, layer=layer.id, tries=tries, score=choice.score,
        parts=choice.parts,
    )  # fmt: skip


def _layer(
    result: SuggestResult,
    suggestion: Suggestion,
    request: DesignRequest,
    state: State,
    instance: Instance,
    *,
    finish: Finish,
) -> Layer:
    """The layer of a mask; its id follows from the request, so that the same one comes again."""
    result = replace(result, request=replace(result.request, finish=finish))
    mask = finished(suggestion.mask, finish, state.layout)
    label = state.plan.scene.element(instance.element).label
    layer = replace(layer_of(result, replace(suggestion, mask=mask)), label=label)
    taken = {x.id for x in state.layout.layers}
    key = f"{request.seed}/{instance.element}/{instance.index}/{layer.label}"
    own = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    while own in taken:
        own = hashlib.md5(own.encode(), usedforsecurity=False).hexdigest()
    assert layer.provenance is not None
    values = {
        **layer.provenance.request,
        "design": {"seed": request.seed, "placer": request.placer, "pack": state.planner_pack,
                   "element": instance.element, "index": instance.index},
    }  # fmt: skip
    return replace(layer, id=own, provenance=replace(layer.provenance, request=values))


def _step(
    state: State,
    instance: Instance,
    planned: tuple[Box, ...],
    box: Box,
    *,
    layer: str | None = None,
    tries: int = 1,
    score: float = 0.0,
    parts: Mapping[str, float] | None = None,
    note: str = "",
) -> PlannedStep:
    return PlannedStep(
        instance=instance,
        label=state.plan.scene.element(instance.element).label,
        proposals=planned,
        box=box,
        layer=layer,
        layout=state.layout,
        tries=tries,
        score=round(score, 4),
        parts=parts or {},
        note=note,
    )
