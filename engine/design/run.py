"""The design job: from a scene to a layout, object by object (SmartMask section 4.3)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.design.asking import ask, step_seed
from engine.design.places import backgrounds_lie
from engine.design.plan import Plan, plan_of
from engine.design.relations import SATISFIED, as_row
from engine.design.request import DesignRequest, DesignResult, PlannedStep
from engine.design.scoring import relation_value
from engine.design.stage import Role, backdrop_boxes, is_backdrop, plan_stage, role_of
from engine.design.state import State
from engine.design.steps import StepContext, Tools, place_background, place_thing
from engine.design.things import Nearest
from engine.errors import InputError, ModelMissing
from engine.jobs.context import JobContext
from engine.layout.geometry import Box
from engine.layout.layout import check_caption
from planner.graph import settle
from planner.placer import Placer
from planner.scene import Instance, Relation, Scene

PLACERS = ("planner", "prior", "uniform")
MAX_INSTANCES = 200


def run(request: DesignRequest, context: JobContext) -> DesignResult:
    """Design what is missing of a scene; the same request gives the same result.

    After every object a progress message carries a PlannedStep as its preview. Where the pack has
    no planner or no SmartMask its stand-in answers, which the notes say.

    Raises:
        InputError: There is nothing to place, or the request cannot be used.
        ModelMissing, ModelDamaged: The pack is not all there.
        Cancelled: The user cancelled, at the latest one denoising step ago.
    """
    from engine.models.state import answering_pack, stand_in_note
    from engine.smartmask.suggest import run as suggest

    check_request(request)
    started = time.perf_counter()
    pack = request.pack if request.placer == "uniform" else answering_pack(request.pack, "planner")
    placer = open_placer(request.placer, pack, context)
    nearest = _nearest(answering_pack(request.pack, "smartmask"), context)
    tools = Tools(placer, suggest, context, planner_pack=pack)
    tools.notes.extend(filter(None, [stand_in_note(request.pack, "planner", pack)]))
    tools.seconds["load"] = time.perf_counter() - started
    return design(request, tools, nearest=nearest)


def check_request(request: DesignRequest) -> None:
    """Raises InputError for a request that cannot be used."""
    if not request.scene.elements:
        raise InputError("There is nothing to place: name at least one thing, like a dog.")
    total = sum(element.count for element in request.scene.elements)
    if total > MAX_INSTANCES:
        raise InputError(f"{total} objects are too many for one design: at most {MAX_INSTANCES}.")
    if request.guidance not in ("blob", "box"):
        raise InputError(f"Unknown guidance {request.guidance!r}: use blob or box.")
    if request.placer not in PLACERS:
        raise InputError(f"Unknown placer {request.placer!r}: use one of {', '.join(PLACERS)}.")
    if not 1 <= request.masks <= 32:
        raise InputError(f"{request.masks} masks a step are not possible: use 1 to 32.")
    check_caption(request.scene.caption)


def open_placer(placer: str, pack: str, context: JobContext) -> Placer:
    """The placer of a pack; raises as `load_planner`."""
    from engine.models.packs import load_planner, pack_folder
    from planner.baselines import STATISTICS_FILE, PriorPlacer, UniformPlacer

    match placer:
        case "uniform":
            return UniformPlacer()
        case "prior":
            file = pack_folder(pack) / "planner" / STATISTICS_FILE
            if not file.is_file():
                raise ModelMissing(
                    f"The pack {pack} has no statistics of boxes: {file} is missing."
                )
            return PriorPlacer.from_file(file)
        case _:
            return load_planner(pack, context=context)


def _nearest(pack: str, context: JobContext) -> Nearest:
    """What words that the lite world does not hold are taken for, by the pack's text encoder."""
    from engine.smartmask.suggest import open_pack
    from engine.text.nearest import known_things, nearest_known

    _, text = open_pack(pack, context)
    if text is None:
        return lambda label: None
    return lambda label: nearest_known(label, text, known_things()).name


def design(request: DesignRequest, tools: Tools, *, nearest: Nearest | None = None) -> DesignResult:
    """The loop itself, with everything it needs given."""
    scene = settle(request.scene)
    plan = plan_of(scene, nearest=nearest)
    state = start(request, plan, tools)
    todo = missing(request, state)
    boxes = _backdrop_plan(state)
    steps: list[PlannedStep] = []
    for number, instance in enumerate(todo, 1):
        label = scene.element(instance.element).label
        at = StepContext(tools.context, f"Placing {label}", number - 1, len(todo))
        at.progress("")
        if plan.is_background(instance.element):
            box = _share_of(boxes[label], instance, scene)
            state, step = place_background(state, instance, box, request, tools, at)
        else:
            state, step = place_thing(state, instance, request, tools, at)
        steps.append(step)
        tools.context.progress(at.stage, number, len(todo), preview=step)
    unmet = tuple(r for r in scene.relations if not holds(state, r))
    notes = (*scene.notes, *tools.notes, *(step.note for step in steps if step.note))
    return DesignResult(
        request=request,
        layout=state.layout,
        steps=tuple(steps),
        placed=dict(state.placed),
        unmet=unmet,
        notes=tuple(dict.fromkeys(notes)),
        seconds={name: round(value, 4) for name, value in tools.seconds.items()},
    )


def start(request: DesignRequest, plan: Plan, tools: Tools) -> State:
    """The state before the first step: what is there is matched, the stage is set."""
    layout = replace(request.layout, caption=request.scene.caption or request.layout.caption)
    again = set(request.only or ())
    kept = {
        instance: layer
        for instance, layer in request.placed.items()
        if instance not in again and any(x.id == layer for x in layout.layers)
    }
    removed = {layer for instance, layer in request.placed.items() if instance in again}
    layout = layout.with_layers(tuple(x for x in layout.layers if x.id not in removed))
    known = {**kept, **matched(plan.scene, layout.layers, taken=kept, skipped=again)}
    backdrops = frozenset(
        layer.id
        for layer in layout.layers
        if any(i.element in plan.roles and known[i] == layer.id for i in known)
        or (layer.id not in known.values() and is_backdrop(layer.label, layer.mask, layout.canvas))
    )
    roles = [*plan.roles.values(), *(role_of(x.label) for x in layout.layers if x.id in backdrops)]
    things = list(plan.things.values())
    counts = [plan.scene.element(x).count for x in plan.things]
    state = State(
        layout=layout,
        plan=plan,
        stage=plan_stage(canvas=layout.canvas, roles=roles, things=things, counts=counts),
        placed=known,
        backdrops=backdrops,
        planner_pack=tools.planner_pack,
    )
    row = _ground_row(state, request, tools)
    if row is not None:
        stage = plan_stage(
            canvas=layout.canvas, roles=roles, things=things, counts=counts, proposed=row
        )
        state = replace(state, stage=stage)
    # In the order they have: a layer that is there is never taken to lie before a nearer one.
    depths, last = {}, -1.0
    for layer in layout.layers:
        if layer.id not in backdrops:
            last = max(last, float(as_row(layer.mask.box)[3]))
            depths[layer.id] = last
    return replace(state, depths=depths)


def matched(
    scene: Scene,
    layers: tuple,
    *,
    taken: Mapping[Instance, str],
    skipped: set[Instance],
) -> dict[Instance, str]:
    """Instances that stand in the layout already: layers of the same label, in layer order."""
    free = [layer for layer in layers if layer.id not in taken.values()]
    found: dict[Instance, str] = {}
    for element in scene.elements:
        for index in range(element.count):
            instance = Instance(element.id, index)
            if instance in taken or instance in skipped:
                continue
            layer = next((x for x in free if _same(x.label, element.label)), None)
            if layer is not None:
                free.remove(layer)
                found[instance] = layer.id
    return found


def _same(first: str, second: str) -> bool:
    """Labels that name one thing; a pose behind the comma may be missing on either side."""
    a, b = first.casefold().strip(), second.casefold().strip()
    return a == b or a.partition(",")[0].strip() == b.partition(",")[0].strip()


def missing(request: DesignRequest, state: State) -> tuple[Instance, ...]:
    """What is to be placed now, in drawing order. Raises InputError for unknown instances."""
    order = state.plan.order
    if request.only is not None:
        unknown = [i for i in request.only if i not in order]
        if unknown:
            raise InputError(
                f"The scene has no {unknown[0].element} number {unknown[0].index + 1}."
            )
        return tuple(i for i in order if i in set(request.only))
    return tuple(i for i in order if i not in state.placed)


def _ground_row(state: State, request: DesignRequest, tools: Tools) -> float | None:
    """Where the ground begins: in the layout as it is, else after the placer, else None."""
    layout = state.layout
    tops: list[float] = []
    for layer in layout.layers:
        if layer.id in state.backdrops:
            role, box = role_of(layer.label), layer.mask.box
            if role in (Role.LAND, Role.FLOOR, Role.WATER, Role.WAY):
                tops.append(float(box.y))
            elif role in (Role.SKY, Role.WALL):
                tops.append(box.bottom - 0.04 * layout.height)
    if tops:
        return min(tops)
    for role in (Role.FLOOR, Role.LAND, Role.WATER):
        for element, own in state.plan.roles.items():
            if own is role:
                instance = Instance(element)
                with tools.timed("plan"):
                    rows, _ = ask(
                        tools.placer,
                        state,
                        instance,
                        seed=step_seed(request.seed, instance),
                        count=4,
                    )
                return float(np.median(rows[:, 1])) if len(rows) else None
    return None


def _backdrop_plan(state: State) -> dict[str, Box]:
    """Label -> box of every background of the scene."""
    plan = state.plan
    labels = [plan.scene.element(x).label for x in plan.roles]
    carrying = frozenset(
        plan.scene.element(x).label for x in plan.supports.values() if x in plan.roles
    )
    free = [t.place for x, t in plan.things.items() if plan.supports.get(x) not in plan.things]
    below = [place for place in free if place in ("ground", "water")]
    standing = below.count("ground") > len(below) / 2
    return backdrop_boxes(labels, state.stage, carrying=carrying, standing=standing)


def _share_of(box: Box, instance: Instance, scene: Scene) -> Box:
    """Several backgrounds of one kind ("three hills") share its box from left to right."""
    count = scene.element(instance.element).count
    if count == 1:
        return box
    step = box.width / count
    left = round(box.x + instance.index * step - 0.25 * step)
    return Box(left, box.y, round(1.5 * step), box.height).intersection(box)


def holds(state: State, relation: Relation) -> bool:
    """Whether every placed instance of the subject satisfies a relation; False without any."""
    plan = state.plan
    subjects = [i for i in state.placed if i.element == relation.subject]
    if not subjects or any(not state.layers_of(x) for x in relation.references):
        return False
    if plan.is_background(relation.subject):
        return backgrounds_lie(state, relation)
    for instance in subjects:
        row = as_row(state.layout.layer(state.placed[instance]).mask.box)[None]
        value = relation_value(state, relation, instance, row)
        if value is None or float(value[0]) < SATISFIED:
            return False
    return True
