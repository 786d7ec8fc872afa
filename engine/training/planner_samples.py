"""Training samples of the planner: scenes with some objects missing, and where those are.

One row is one semantic map S_k with what stands in it, and up to ASKS objects that are not in it
yet, each with its true box and with what can truly be said of its place. Rows are drawn once into
a pool, because drawing costs as much as training; they hold no tokens, so that one pool serves
every prompt form and tokenizer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.scenes import caption_of
from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.layout.palette import UNCLASSED, class_map_table, model_colours
from engine.training.planner_relations import relation_texts
from planner.boxes import MIN_SIDE, canvas_box, to_square
from planner.placer import Present, RelativeBox
from planner.prompts import head

Rng = np.random.Generator

MAP_SIDE = 96
"""Side of a semantic map in pixels."""
ASKS = 4
"""Objects asked for per map: they share the map and the list, which is most of the cost."""
NAMED = 16
"""Names in an answer of stage 1 at most."""
_VISIBLE_PIXELS = 6
"""Under this many pixels of the map nobody could name a thing."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanItem:
    """One object of a scene for the planner.

    Attributes:
        box: In canvas pixels, inside the canvas.
        mask: The silhouette cut to the canvas; None where only the box is known.
        parent: Index in the scene of what carries it, None for the ground or unknown.
        grounded: Whether it is known to stand on something, so that depth can be told by its foot.
    """

    label: str
    ade_class: int
    box: Box
    mask: Mask | None = None
    pose: str = ""
    background: bool = False
    parent: int | None = None
    grounded: bool = False

    @property
    def description(self) -> str:
        return f"{self.label}, {self.pose}" if self.pose else self.label


@dataclass(frozen=True, slots=True, eq=False)
class PlanScene:
    """Objects far to near."""

    canvas: Box
    caption: str
    items: tuple[PlanItem, ...]
    source: str
    truths: Mapping[int, str] | None = None
    """What the data set itself says of an object's place, by index ("left of bench")."""


Source = Callable[[Rng], PlanScene]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question with its answer."""

    label: str
    relation: str
    box: RelativeBox
    background: bool


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One map with its questions; the map itself lies beside it."""

    source: str
    caption: str
    aspect: float
    present: tuple[Present, ...]
    names: tuple[str, ...]
    asks: tuple[Ask, ...]


class PlanPool:
    """Rows, their class maps uint8 (N, MAP_SIDE, MAP_SIDE), and the class statistics."""

    def __init__(self, rows: Sequence[PlanRow], maps: NDArray[np.uint8]) -> None:
        self.rows, self.maps = rows, maps

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "maps.npy", self.maps)
        records = [_to_record(row) for row in self.rows]
        (folder / "rows.json").write_text(json.dumps(records), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> PlanPool | None:
        """A finished pool, or None."""
        if not (folder / "rows.json").is_file():
            return None
        records = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        maps = np.load(folder / "maps.npy", mmap_mode="r")
        return cls([_from_record(record) for record in records], maps)


def draw_rows(
    source: Source,
    *,
    size: int,
    seed: int,
    per_scene: int = 3,
    report: Callable[[int], None] = lambda done: None,
) -> PlanPool:
    """`size` rows of scenes from the source, several a scene."""
    rng = np.random.default_rng(seed)
    rows: list[PlanRow] = []
    maps = np.zeros((size, MAP_SIDE, MAP_SIDE), np.uint8)
    while len(rows) < size:
        scene = source(rng)
        for _ in range(min(per_scene, len(scene.items), size - len(rows))):
            drawn = draw_row(scene, rng)
            if drawn is None:
                continue
            maps[len(rows)] = drawn[1]
            rows.append(drawn[0])
            if len(rows) % 2000 == 0:
                report(len(rows))
    return PlanPool(rows, maps)


def draw_row(scene: PlanScene, rng: Rng) -> tuple[PlanRow, NDArray[np.uint8]] | None:
    """One map of the scene with questions; None when nothing is left to ask for."""
    size = (scene.canvas.width, scene.canvas.height)
    large = [i for i, item in enumerate(scene.items) if _side(item, size) >= MIN_SIDE]
    if not large:
        return None
    target = int(rng.choice(large))
    if rng.random() < 0.5:
        # Late objects are most of a finished scene, and the map tells most about them.
        target = max(target, int(rng.choice(large)))
    shown = _shown(scene, target, rng)
    rest = [i for i in large if i not in shown and i != target]
    rng.shuffle(rest)
    # Things before stuff: a scene has many of them and each is harder.
    rest.sort(key=lambda i: scene.items[i].background)
    asked = [target, *rest[: ASKS - 1]]
    asks = tuple(_ask(scene, index, shown, rng) for index in asked)
    values = paint([scene.items[i] for i in shown], size=size)
    visible = np.bincount(values[1].ravel(), minlength=len(shown) + 1)[1:] >= _VISIBLE_PIXELS
    names = [scene.items[i].label for i, seen in zip(shown, visible, strict=True) if seen]
    row = PlanRow(
        source=scene.source,
        caption=_caption(scene, rng),
        aspect=size[0] / size[1],
        present=tuple(
            Present(scene.items[i].label, _square(scene.items[i].box, size)) for i in shown
        ),
        names=tuple(names[:NAMED]),
        asks=asks,
    )
    return row, values[0]


def paint(
    items: Sequence[PlanItem], *, size: tuple[int, int], side: int = MAP_SIDE
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """S_k of Eq. 1 on the padded square, later over earlier: class map and number map.

    Returns:
        Two uint8 (side, side): class + 1 (UNCLASSED without class), and item number from 1;
        0 where nothing is. Each pixel takes the canvas pixel under its centre.
    """
    width, height = size
    whole = max(size)
    centres = (np.arange(side) + 0.5) * whole / side
    xs = np.floor(centres - (whole - width) / 2).astype(int)
    ys = np.floor(centres - (whole - height) / 2).astype(int)
    classes = np.zeros((side, side), np.uint8)
    numbers = np.zeros((side, side), np.uint8)
    for number, item in enumerate(items, 1):
        box = item.box
        x0, x1 = np.searchsorted(xs, (box.x, box.right))
        y0, y1 = np.searchsorted(ys, (box.y, box.bottom))
        if x0 == x1 or y0 == y1:
            continue
        if item.mask is not None:
            crop = item.mask.crop()
            inside = crop[np.ix_(ys[y0:y1] - item.mask.box.y, xs[x0:x1] - item.mask.box.x)]
        else:
            dx = (xs[x0:x1] + 0.5 - box.x) / box.width * 2 - 1
            dy = (ys[y0:y1] + 0.5 - box.y) / box.height * 2 - 1
            inside = (dx[None] ** 2 + dy[:, None] ** 2) <= 1
        value = UNCLASSED if item.ade_class < 0 else item.ade_class + 1
        np.copyto(classes[y0:y1, x0:x1], value, where=inside)
        np.copyto(numbers[y0:y1, x0:x1], number, where=inside)
    return classes, numbers


def colours_of(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class maps uint8 (..., H, W) as the RGB that the model sees, (..., H, W, 3)."""
    return class_map_table(model_colours())[classes]


def statistics_of(pool: PlanPool) -> dict[str, Any]:
    """Class mean boxes for `planner.baselines.PriorPlacer`: label -> mean, spread, how many.

    Boxes are centre and size relative to the canvas, not the square, so that one mean serves
    every aspect.
    """
    found: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for row in pool.rows:
        frame = canvas_box(row.aspect)
        width, height = frame.x2 - frame.x1, frame.y2 - frame.y1
        for ask in row.asks:
            box = ask.box
            values = (
                ((box.x1 + box.x2) / 2 - frame.x1) / width,
                ((box.y1 + box.y2) / 2 - frame.y1) / height,
                (box.x2 - box.x1) / width,
                (box.y2 - box.y1) / height,
            )
            found[head(ask.label)].append(values)
            found["" if not ask.background else "(background)"].append(values)
    return {label: _summary(np.array(values)) for label, values in sorted(found.items())}


def _summary(values: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "count": len(values),
        "mean": [round(float(v), 4) for v in values.mean(axis=0)],
        "spread": [round(float(v), 4) for v in values.std(axis=0)],
    }


def _shown(scene: PlanScene, target: int, rng: Rng) -> list[int]:
    """S_k: what stands before the target, with random removal, and some of what does not meet it.

    Order among objects that do not meet is arbitrary, and users place things in any order.
    """
    choice = rng.random()
    if choice < 0.05:
        return []
    shown = list(range(target))
    box = scene.items[target].box
    if rng.random() < 0.35:
        for index in range(target + 1, len(scene.items)):
            item = scene.items[index]
            if not item.background and item.box.intersection(box).is_empty and rng.random() < 0.6:
                shown.append(index)
    if choice < 0.45:
        keep = rng.uniform(0.2, 1.0)
        # Grounds go rarely: a user's scene nearly always has one.
        shown = [i for i in shown if rng.random() < (0.85 if scene.items[i].background else keep)]
    return shown


def _ask(scene: PlanScene, index: int, shown: Sequence[int], rng: Rng) -> Ask:
    item = scene.items[index]
    size = (scene.canvas.width, scene.canvas.height)
    relation = ""
    told = (scene.truths or {}).get(index, "")
    if told and rng.random() < 0.8:
        relation = told
    elif not item.background and rng.random() < 0.75:
        texts = relation_texts(scene.items, index, shown, rng)
        if len(texts) > 1 and rng.random() < 0.2:
            relation = texts[0] + (" and " if rng.random() < 0.5 else ", ") + texts[1]
        elif texts:
            relation = texts[0]
    label = item.description if rng.random() < 0.5 else item.label
    return Ask(label, relation, _square(item.box, size), item.background)


def _caption(scene: PlanScene, rng: Rng) -> str:
    chance = rng.random()
    if chance < 0.12:
        return ""
    if chance < 0.35:
        return caption_of(item.label for item in scene.items if not item.background)
    return scene.caption


def _side(item: PlanItem, size: tuple[int, int]) -> float:
    return min(item.box.width, item.box.height) / max(size)


def _square(box: Box, size: tuple[int, int]) -> RelativeBox:
    square = to_square(box.x, box.y, box.width, box.height, canvas=size)
    return RelativeBox(*(round(v, 4) for v in (square.x1, square.y1, square.x2, square.y2)))


def _numbers(box: RelativeBox) -> list[float]:
    return [box.x1, box.y1, box.x2, box.y2]


def _to_record(row: PlanRow) -> list[Any]:
    return [
        row.source,
        row.caption,
        row.aspect,
        [[p.label, _numbers(p.box)] for p in row.present],
        list(row.names),
        [[a.label, a.relation, _numbers(a.box), a.background] for a in row.asks],
    ]


def _from_record(record: Sequence[Any]) -> PlanRow:
    source, caption, aspect, present, names, asks = record
    return PlanRow(
        source,
        caption,
        aspect,
        tuple(Present(label, RelativeBox(*box)) for label, box in present),
        tuple(names),
        tuple(Ask(label, relation, RelativeBox(*box), bg) for label, relation, box, bg in asks),
    )
