"""What goes into a design job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.layout.geometry import Box
from engine.layout.layout import Layout
from planner.scene import Instance, Relation, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRequest:
    """Design a scene, or what is missing of it. The same request gives the same layout.

    Attributes:
        layout: Where the design starts; its layers stay as they are.
        scene: What the finished layout is to hold. Its caption is the context text.
        placed: Which instances stand in the layout already, with the id of their layer.
        boxes: Boxes that the user has set, in pixels of the canvas; taken as they are.
        only: The instances to place now ("next one", "again"); None places all that are missing.
        seed: Of every choice.
        masks: SmartMask suggestions per step, of which the best is taken.
        guidance: "blob" (the paper's coarse guidance, a Gaussian at the box) or "box".
        pack: Which pack answers.
        style: As in SuggestRequest.
        placer: "planner", or the baselines "uniform" and "prior" (class mean boxes).
    """

    layout: Layout
    scene: Scene
    placed: Mapping[Instance, str] = field(default_factory=dict)
    boxes: Mapping[Instance, Box] = field(default_factory=dict)
    only: tuple[Instance, ...] | None = None
    seed: int = 0
    masks: int = 8
    guidance: str = "blob"
    pack: str = "lite"
    style: str = "any"
    placer: str = "planner"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One object of the design: sent as a preview after every step, and kept in the result.

    Attributes:
        proposals: The planner's boxes in pixels, best first.
        box: The one that was followed.
        layer: Id of the new layer; None when nothing usable came out.
        layout: The layout after this step.
        tries: How many boxes were tried.
        score: Of the mask that was taken, 0..1, with its parts by name.
        note: What the user should read of this step, "" for nothing.
    """

    instance: Instance
    label: str
    proposals: tuple[Box, ...]
    box: Box
    layer: str | None
    layout: Layout
    tries: int = 1
    score: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignResult:
    """What stands at the end, partial when something could not be placed.

    Attributes:
        request: As it was run.
        placed: Every instance that has a layer now, with its id, those of the request included.
        unmet: Relations that the finished layout does not satisfy.
        seconds: Wall time by part ("load", "plan", "masks", "score").
    """

    request: DesignRequest
    layout: Layout
    steps: tuple[PlannedStep, ...]
    placed: Mapping[Instance, str]
    unmet: tuple[Relation, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
