"""Scripted stand-ins for SmartMask and the design, run by the real engine thread: no model."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

import numpy as np

from engine.design.request import DesignRequest, DesignResult, PlannedStep
from engine.jobs.context import JobContext
from engine.jobs.engine import Engine
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance, GuidanceMode
from engine.layout.layer import Layer
from engine.layout.mask import Mask
from engine.smartmask.finish import finished
from engine.smartmask.placing import layer_of
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult
from planner.scene import Instance, Relation
from tests.e2e.window import fake_pictures

KNOWN = {"dog": 126, "tree": 4, "person": 12, "grass": 9, "sky": 2, "house": 25, "ball": 119}


@dataclass
class Script:
    """What the next jobs do.

    Attributes:
        steps: Steps each job takes.
        delay: Seconds a step takes.
        hold: Jobs wait before their last step until this is set.
        error: Raised by the next job, once.
        lost: Labels for which a design finds no place.
        unmet: Relations that a design tells to be unmet.
        gate: Designs take one permit of it for each object, so that a test says when it comes.
    """

    steps: int = 3
    delay: float = 0.0
    hold: threading.Event | None = None
    error: Exception | None = None
    alike: int = 0
    requests: list[SuggestRequest] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    unmet: tuple[Relation, ...] = ()
    gate: threading.Semaphore | None = None
    designs: list[DesignRequest] = field(default_factory=list)


SCRIPT = Script()


def make_engine() -> Engine:
    own = {SuggestRequest: f"{__name__}:run", DesignRequest: f"{__name__}:design"}
    return Engine(handlers={**own, **fake_pictures.HANDLERS}, needs={})


def run(request: SuggestRequest, context: JobContext) -> SuggestResult:
    SCRIPT.requests.append(request)
    for step in range(SCRIPT.steps):
        context.progress("Drawing shapes", step, SCRIPT.steps)
        time.sleep(SCRIPT.delay)
    while SCRIPT.hold is not None and not SCRIPT.hold.wait(0.01):
        context.progress("Drawing shapes", SCRIPT.steps, SCRIPT.steps)
    if SCRIPT.error is not None:
        error, SCRIPT.error = SCRIPT.error, None
        raise error
    suggestions = tuple(
        Suggestion(
            sample=k + 1,
            seed=request.seed + k,
            mask=finished(blob(request, request.seed + k), request.finish, request.layout),
            score=1 - k / 99,
            duplicate_of=1 if k >= request.count - SCRIPT.alike else None,
        )
        for k in range(request.count)
    )
    known = request.label in KNOWN
    notes = () if known else (f"“{request.label}” is drawn as “dog”.",)
    return SuggestResult(
        request=request,
        suggestions=suggestions,
        notes=notes,
        ade_class=KNOWN.get(request.label, 126),
        pack="fake",
        model_hash="0" * 16,
    )


def blob(request: SuggestRequest, seed: int) -> Mask:
    """A wobbly ellipse that follows the guidance."""
    random = np.random.default_rng(seed)
    return wobbly(place(request, random), random)


def wobbly(box: Box, random: np.random.Generator) -> Mask:
    rows, columns = np.mgrid[0 : box.height, 0 : box.width]
    x = (columns + 0.5) / box.width * 2 - 1
    y = (rows + 0.5) / box.height * 2 - 1
    angle = np.arctan2(y, x)
    edge = np.full(x.shape, 0.84)
    for wave in range(2, 6):
        phase, height = random.uniform(0, 2 * np.pi), random.uniform(0.0, 0.09)
        edge = edge + height * np.sin(wave * angle + phase)
    inside = np.hypot(x, y) <= np.minimum(edge, 1.0)
    return Mask.from_array(inside, x=box.x, y=box.y)


def place(request: SuggestRequest, random: np.random.Generator) -> Box:
    guidance, layout = request.guidance, request.layout
    if guidance.mode is GuidanceMode.BOX:
        assert guidance.box is not None
        return guidance.box
    if guidance.mode is GuidanceMode.SCRIBBLE:
        assert guidance.scribble is not None
        return guidance.scribble.box
    width = int(layout.width * random.uniform(0.15, 0.3))
    height = int(layout.height * random.uniform(0.2, 0.4))
    if guidance.mode is GuidanceMode.POINT:
        assert guidance.point is not None
        x, y = guidance.point
    else:
        x, y = layout.width * random.uniform(0.2, 0.8), layout.height * random.uniform(0.4, 0.8)
    return Box(int(x - width / 2), int(y - height / 2), width, height)


def design(request: DesignRequest, context: JobContext) -> DesignResult:
    """Each missing instance in the order of the list, background at the back."""
    SCRIPT.designs.append(request)
    wanted = [Instance(e.id, n) for e in request.scene.elements for n in range(e.count)]
    todo = [i for i in wanted if i not in request.placed]
    if request.only is not None:
        todo = [i for i in todo if i in request.only]
    todo.sort(key=lambda i: not request.scene.element(i.element).background)
    layout, placed, steps = request.layout, dict(request.placed), []
    context.progress("Getting ready", 0, len(todo))
    for number, instance in enumerate(todo):
        stage = f"Placing {request.scene.element(instance.element).label}"
        context.progress(stage, number, len(todo))
        while SCRIPT.gate is not None and not SCRIPT.gate.acquire(timeout=0.01):
            context.progress(stage, number, len(todo))
        time.sleep(SCRIPT.delay)
        if SCRIPT.error is not None:
            error, SCRIPT.error = SCRIPT.error, None
            raise error
        element = request.scene.element(instance.element)
        random = np.random.default_rng([request.seed, number, sum(element.label.encode())])
        proposals = tuple(design_box(request, element.background, random) for _ in range(3))
        box = request.boxes.get(instance, proposals[0])
        layer = designed(request, instance, box, random)
        if element.label in SCRIPT.lost:
            step = PlannedStep(
                instance=instance,
                label=element.label,
                proposals=proposals,
                box=box,
                layer=None,
                layout=layout,
                note="Everything it could stand on is taken.",
            )
        else:
            depth = 0 if element.background else len(layout.layers)
            layout = layout.with_layers((*layout.layers[:depth], layer, *layout.layers[depth:]))
            placed[instance] = layer.id
            step = PlannedStep(
                instance=instance,
                label=element.label,
                proposals=proposals,
                box=box,
                layer=layer.id,
                layout=layout,
            )
        steps.append(step)
        context.progress(stage, number + 1, len(todo), preview=step)
    return DesignResult(
        request=request, layout=layout, steps=tuple(steps), placed=placed, unmet=SCRIPT.unmet
    )


def designed(
    request: DesignRequest, instance: Instance, box: Box, random: np.random.Generator
) -> Layer:
    """A layer that says, as those of real designs do, what it was drawn with."""
    element = request.scene.element(instance.element)
    asked = SuggestRequest(
        layout=request.layout, label=element.label, guidance=Guidance.at_box(box), count=1
    )
    mask = Mask.filled(box) if element.background else wobbly(box, random)
    result = SuggestResult(
        request=asked, suggestions=(), ade_class=KNOWN.get(element.label, 126), pack="fake"
    )
    layer = layer_of(result, Suggestion(sample=1, seed=0, mask=mask, score=1.0))
    assert layer.provenance is not None
    mark = {"design": {"element": instance.element, "index": instance.index}}
    values = {**layer.provenance.request, **mark}
    return replace(layer, provenance=replace(layer.provenance, request=values))


def design_box(request: DesignRequest, background: bool, random: np.random.Generator) -> Box:
    width, height = request.layout.width, request.layout.height
    if background:
        top = int(height * random.uniform(0.3, 0.6))
        return Box(0, top, width, height - top)
    w, h = int(width * random.uniform(0.12, 0.25)), int(height * random.uniform(0.2, 0.4))
    x, y = int(random.uniform(0, width - w)), int(random.uniform(height * 0.3, height - h))
    return Box(x, y, w, h)
