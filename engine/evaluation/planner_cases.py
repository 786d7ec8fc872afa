"""What the planner is asked in `eval planner`: held-out rows, and the neighbours' baseline."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.training.planner_samples import (
    Ask,
    PlanItem,
    PlanPool,
    PlanScene,
    Source,
    colours_of,
    draw_rows,
    paint,
)
from engine.training.planner_sources import (
    box_plans,
    counting_plans,
    generated_plans,
    listed_plans,
    planner_source,
    spatial_plans,
    voc_plans,
)
from planner.boxes import to_square
from planner.placer import PlaceQuery, Present, RelativeBox, ScoredBox
from planner.prompts import head

if TYPE_CHECKING:
    from engine.text.encoder import TextEncoder

PROPOSALS = 8


@dataclass(frozen=True, slots=True, eq=False)
class PlaceCase:
    """One question with the true answer, and the names of what is on its map."""

    source: str
    query: PlaceQuery
    truth: RelativeBox
    names: tuple[str, ...]


def held_out_cases(data: Path | None, *, count: int, seed: int) -> list[PlaceCase]:
    """`count` cases a source; generated ones alone without a data folder."""
    sources: dict[str, Source] = {"generated": generated_plans(split="val")}
    if data is not None:
        sources |= {
            "voc": listed_plans(voc_plans(data, split="val")),
            "voc07": listed_plans(box_plans(data, split="val")),
            "nsr-spatial": listed_plans(spatial_plans(data, split="val")),
            "nsr-counting": listed_plans(counting_plans(data, split="val")),
        }
    cases: list[PlaceCase] = []
    for name, source in sources.items():
        pool = draw_rows(source, size=count, seed=_seed(seed, name), per_scene=1)
        for index, row in enumerate(pool.rows):
            ask = row.asks[0]
            query = PlaceQuery(
                semantic_map=colours_of(pool.maps[index]),
                aspect=row.aspect,
                present=row.present,
                caption=row.caption,
                label=ask.label,
                relation=ask.relation,
                count=PROPOSALS,
                seed=_seed(seed, f"{name}/{index}"),
            )
            cases.append(PlaceCase(name, query, ask.box, row.names))
    return cases


def centred(truth: RelativeBox) -> RelativeBox:
    """The true box in the middle of the width: who knows all but where across has this much."""
    half = (truth.x2 - truth.x1) / 2
    return RelativeBox(0.5 - half, truth.y1, 0.5 + half, truth.y2)


def blanked(query: PlaceQuery) -> PlaceQuery:
    """The same question with an empty map; the list of what is present stays."""
    return replace(query, semantic_map=np.zeros_like(query.semantic_map))


def unlisted(query: PlaceQuery) -> PlaceQuery:
    """The same question without the list; the map stays."""
    return replace(query, present=())


def scene_query(
    scene: PlanScene,
    index: int,
    boxes: dict[int, RelativeBox],
    *,
    relation: str = "",
    seed: int,
) -> PlaceQuery:
    """Where item `index` goes when the items in `boxes` stand there, painted as ellipses."""
    size = (scene.canvas.width, scene.canvas.height)
    items = [_moved(scene.items[i], box, size) for i, box in boxes.items()]
    return PlaceQuery(
        semantic_map=colours_of(paint(items, size=size)[0]),
        aspect=size[0] / size[1],
        present=tuple(Present(scene.items[i].label, box) for i, box in boxes.items()),
        caption=scene.caption,
        label=scene.items[index].label,
        relation=relation,
        count=PROPOSALS,
        seed=seed,
    )


def true_box(scene: PlanScene, index: int) -> RelativeBox:
    box = scene.items[index].box
    size = (scene.canvas.width, scene.canvas.height)
    return to_square(box.x, box.y, box.width, box.height, canvas=size)


class NeighbourPlacer:
    """Boxes of the same thing in the training scenes whose captions are nearest in meaning.

    A thing that no training scene holds gets the boxes of the nearest name.
    """

    def __init__(self, pool: PlanPool, text: TextEncoder) -> None:
        self.text = text
        found: defaultdict[str, list[tuple[int, Ask]]] = defaultdict(list)
        for index, row in enumerate(pool.rows):
            for ask in row.asks:
                found[head(ask.label)].append((index, ask))
        self.asks = dict(found)
        self.names = sorted(self.asks)
        self.captions: NDArray[np.float32] = text.embed([row.caption for row in pool.rows]).numpy()
        self.name_vectors: NDArray[np.float32] = text.embed(self.names).numpy()

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        name = head(query.label)
        if name not in self.asks:
            nearest = self.name_vectors @ self.text.embed([name]).numpy()[0]
            name = self.names[int(nearest.argmax())]
        asks = self.asks[name]
        caption = self.text.embed([query.caption]).numpy()[0]
        scores = self.captions[[index for index, _ in asks]] @ caption
        order = np.argsort(-scores, kind="stable")[: query.count]
        return [ScoredBox(asks[int(i)][1].box, float(scores[int(i)])) for i in order]


def neighbour_placer(
    data: Path | None, text: TextEncoder, *, rows: int, seed: int
) -> NeighbourPlacer:
    """The baseline over freshly drawn training rows."""
    source = planner_source(data, split="train")
    return NeighbourPlacer(draw_rows(source, size=rows, seed=seed), text)


def _moved(item: PlanItem, box: RelativeBox, size: tuple[int, int]) -> PlanItem:
    from engine.layout.geometry import Box
    from planner.boxes import to_canvas

    x, y, width, height = to_canvas(box, canvas=size)
    moved = Box(round(x), round(y), max(1, round(width)), max(1, round(height)))
    return replace(item, box=moved.intersection(Box(0, 0, *size)), mask=None)


def _seed(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:6], "big")


def sample_of(scenes: Sequence[PlanScene], *, count: int, seed: int) -> list[PlanScene]:
    """`count` of them, always the same for a seed; all when there are fewer."""
    order = np.random.default_rng(seed).permutation(len(scenes))[:count]
    return [scenes[int(i)] for i in sorted(order)]
