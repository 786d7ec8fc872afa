"""A SmartMask that draws ellipses and placers that always say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.design.request import DesignRequest, DesignResult
from engine.design.run import design
from engine.design.steps import Tools
from engine.jobs.context import JobContext, QuietContext
from engine.layout.geometry import Box
from engine.layout.guidance import GuidanceMode
from engine.layout.labels import ade_class_of
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.finish import finished
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult
from planner.placer import PlaceQuery, RelativeBox, ScoredBox
from planner.scene import Element, Relation, RelationKind, Scene


def ellipse(box: Box) -> Mask:
    rows = (np.arange(box.height)[:, None] + 0.5) / box.height * 2 - 1
    columns = (np.arange(box.width)[None, :] + 0.5) / box.width * 2 - 1
    return Mask.from_array(rows**2 + columns**2 <= 1, x=box.x, y=box.y)


def draw(request: SuggestRequest, context: JobContext) -> SuggestResult:
    """Ellipses in the box, or about as large as the blob; some seeds a little larger."""
    context.progress("drawing", 0, 1)
    found = []
    for k in range(request.count):
        guidance = request.guidance
        if guidance.mode is GuidanceMode.BOX:
            assert guidance.box is not None
            box = guidance.box
        else:
            assert guidance.point is not None and guidance.spread is not None
            side = max(round(guidance.spread / 0.35 * (0.9 + 0.05 * ((request.seed + k) % 4))), 4)
            x, y = guidance.point
            box = Box(round(x - side / 2), round(y - side / 2), side, side)
        wide = box.width > 0.5 * request.layout.width
        mask = Mask.filled(box) if wide else ellipse(box)
        mask = finished(mask, request.finish, request.layout)
        found.append(Suggestion(sample=k + 1, seed=request.seed + k, mask=mask, score=0.9))
    return SuggestResult(
        request=request,
        suggestions=tuple(found),
        ade_class=ade_class_of(request.label).ade_class,
        pack="fake",
    )


def draw_nothing(request: SuggestRequest, context: JobContext) -> SuggestResult:
    empty = Suggestion(sample=1, seed=request.seed, mask=EMPTY_MASK, score=0.0)
    return SuggestResult(request=request, suggestions=(empty,))


class Stubborn:
    """Proposes one box for everything."""

    def __init__(self, *box: float) -> None:
        self.box = RelativeBox(*box)
        self.queries: list[PlaceQuery] = []

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        self.queries.append(query)
        return [ScoredBox(self.box, 0.9)]


def scene(elements: str, *relations: tuple[str, str, str], caption: str = "") -> Scene:
    """ "2#dog, bench, grass*" with a star for backgrounds; relations name labels, "a+b" two."""
    ids: dict[str, str] = {}
    made = []
    for number, entry in enumerate(elements.split(", "), 1):
        count, _, label = entry.rpartition("#")
        background = label.endswith("*")
        label = label.rstrip("*")
        ids[label] = f"e{number}"
        made.append(
            Element(id=ids[label], label=label, count=int(count or 1), background=background)
        )
    told = tuple(
        Relation(RelationKind(kind), ids[subject], tuple(ids[x] for x in other.split("+")))
        for subject, kind, other in relations
    )
    return Scene(caption=caption or elements, elements=tuple(made), relations=told)


def designed(
    what: Scene,
    *,
    placer: Any = None,
    drawing: Callable[[SuggestRequest, JobContext], SuggestResult] = draw,
    context: JobContext | None = None,
    **values: Any,
) -> DesignResult:
    values.setdefault("layout", Layout(width=256, height=192))
    request = DesignRequest(scene=what, masks=2, **values)
    tools = Tools(placer or Stubborn(0.4, 0.5, 0.6, 0.7), drawing, context or QuietContext())
    return design(request, tools)
