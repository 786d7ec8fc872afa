"""Measures finished designs against what their captions say, on the masks alone.

Nothing here is shared with `engine.design`: its score reads boxes, this reads pixels, so that a
mistake in the one does not hide in the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import world
from engine.errors import DataError
from engine.layout.layer import Layer
from engine.layout.layout import Layout

CAPTIONS_FILE = Path(__file__).resolve().parents[2] / "resources" / "captions" / "design_50.json"

_GROUNDS = {
    "grass", "field", "sand", "snow", "earth", "road", "sidewalk", "path", "floor", "square",
    "hill", "dune", "mountain", "carpet", "rug", "ground", "lawn", "beach", "street", "table top",
    "sea floor",
}  # fmt: skip
_WATERS = {"sea", "lake", "river", "water", "pond", "ocean", "pool"}
_UPRIGHT = {"sky", "sunset sky", "night sky", "wall", "ceiling"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One caption and what it asks for, written by hand.

    Attributes:
        things: (label, least count, most count, other names).
        relations: (kind, subject, references), by label.
    """

    id: str
    where: str
    caption: str
    background: tuple[str, ...]
    things: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    relations: tuple[tuple[str, str, tuple[str, ...]], ...]


def read_wanted(file: Path = CAPTIONS_FILE) -> tuple[Wanted, ...]:
    """Raises DataError when the file is missing or no list of captions."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            Wanted(
                id=entry["id"],
                where=entry["where"],
                caption=entry["caption"],
                background=tuple(entry["background"]),
                things=tuple(
                    (t["label"], t["count"], t.get("most", t["count"]), tuple(t.get("also", ())))
                    for t in entry["things"]
                ),
                relations=tuple((r[0], r[1], tuple(r[2:])) for r in entry["relations"]),
            )
            for entry in entries
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file} cannot be read as captions: {error}.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures of one design.

    Attributes:
        missing: Labels of which nothing stands in the layout.
        miscounted: Labels with too few or too many, as "dog 2 of 3".
        extra: Labels of things that nobody asked for.
        held, broken: Relations by text, those that all subjects satisfy and those that not.
        instances: (satisfied, all) over every subject instance of every relation.
        standing: Things that should stand.
        floating: Labels of those that do not.
    """

    missing: tuple[str, ...]
    miscounted: tuple[str, ...]
    extra: tuple[str, ...]
    held: tuple[str, ...]
    broken: tuple[str, ...]
    instances: tuple[int, int]
    standing: int
    floating: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A layer's amodal mask on the canvas and what is read off it."""

    layer: Layer
    index: int
    pixels: NDArray[np.bool_]
    x: float
    y: float
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def tall(self) -> int:
        return self.bottom - self.top


def measure(layout: Layout, wanted: Wanted) -> Measured:
    """Compare a finished layout with what its caption asks for."""
    shapes = [s for i, x in enumerate(layout.layers) if (s := _shape(layout, x, i)) is not None]
    names = [*(t[0] for t in wanted.things), *wanted.background]
    also = {t[0]: t[3] for t in wanted.things}
    found: dict[str, list[_Shape]] = {name: [] for name in names}
    extra: list[str] = []
    for shape in shapes:
        name = _named(shape.layer.label, names, also)
        if name is not None:
            found[name].append(shape)
        elif _head(shape.layer.label) not in world.BACKGROUND_CLASSES:
            extra.append(shape.layer.label)
    missing = tuple(name for name in names if not found[name])
    miscounted = tuple(
        f"{name} {len(found[name])} of {least}"
        for name, least, most, _ in wanted.things
        if found[name] and not least <= len(found[name]) <= most
    )
    held, broken, good, total = [], [], 0, 0
    for kind, subject, references in wanted.relations:
        text = f"{subject} {kind} {' and '.join(references)}"
        results = [_satisfied(kind, s, references, found, layout, wanted) for s in found[subject]]
        expected = next((t[1] for t in wanted.things if t[0] == subject), 1)
        good, total = good + sum(results), total + max(len(results), expected)
        (held if results and all(results) else broken).append(text)
    standing, floating = _floating(shapes, found, layout, wanted)
    return Measured(
        missing=missing, miscounted=miscounted, extra=tuple(extra), held=tuple(held),
        broken=tuple(broken), instances=(good, total), standing=standing, floating=floating,
    )  # fmt: skip


def _head(label: str) -> str:
    return label.partition(",")[0].strip().lower()


def _named(label: str, names: Sequence[str], also: Mapping[str, tuple[str, ...]]) -> str | None:
    head = _head(label)
    for name in names:
        if head == name or head in also.get(name, ()):
            return name
    # "red curtain" is a curtain, a "stall" the market stall; the longest name wins.
    near = [n for n in names if head.endswith(f" {n}") or n.endswith(f" {head}")]
    return max(near, key=len, default=None)


def _shape(layout: Layout, layer: Layer, index: int) -> _Shape | None:
    pixels = layer.mask.on_canvas(layout.width, layout.height)
    if not layer.visible or not pixels.any():
        return None
    rows, columns = np.nonzero(pixels)
    return _Shape(
        layer, index, pixels, float(columns.mean()), float(rows.mean()), int(columns.min()),
        int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1,
    )  # fmt: skip


def _satisfied(
    kind: str,
    subject: _Shape,
    references: Sequence[str],
    found: Mapping[str, list[_Shape]],
    layout: Layout,
    wanted: Wanted,
) -> bool:
    if kind == "between":
        return _between(subject, references, found)
    ground = references[0] in wanted.background
    return any(
        _holds(kind, subject, other, layout, ground=ground)
        for other in found[references[0]]
        if other is not subject
    )


def _between(subject: _Shape, references: Sequence[str], found: Mapping[str, list[_Shape]]) -> bool:
    firsts, seconds = found[references[0]], found[references[-1]]
    return any(
        min(a.x, b.x) < subject.x < max(a.x, b.x) for a in firsts for b in seconds if a is not b
    )


def _holds(kind: str, s: _Shape, r: _Shape, layout: Layout, *, ground: bool) -> bool:
    height = layout.height
    rows, columns = np.nonzero(s.pixels)
    gap = max(s.left - r.right, r.left - s.right, 0)
    near = gap <= max(s.width, r.width)
    together = min(s.right, r.right) - max(s.left, r.left)
    match kind:
        case "left of":
            return float((columns < r.x).mean()) >= 0.8
        case "right of":
            return float((columns > r.x).mean()) >= 0.8
        case "above":
            return float((rows < r.y).mean()) >= 0.75
        case "below":
            return float((rows > r.y).mean()) >= 0.75
        case "under":
            lower = float((rows > r.y).mean()) >= 0.6
            return lower and (ground or together >= 0.5 * min(s.width, r.width))
        case "on":
            return _on(s, r, height, ground=ground)
        case "inside":
            return _inside(s, r, ground=ground)
        case "in front of":
            nearer = s.index > r.index
            if ground:
                return nearer and (not _lies(r) or s.bottom >= _shown_row(r, layout))
            return nearer and near and s.bottom >= r.bottom - 0.01 * height
        case "behind":
            if ground and _lies(r):
                return s.bottom <= _shown_row(r, layout) + 0.03 * height
            return _behind(s, r, height, ground=ground, near=near)
        case "next to":
            if ground:
                return _beside(s, r, layout)
            side_by_side = min(s.bottom, r.bottom) > max(s.top, r.top)
            over = int((s.pixels & r.pixels).sum()) / min(s.pixels.sum(), r.pixels.sum())
            return near and side_by_side and over <= 0.4
        case "held by":
            reach = _filled(r, max(2, round(0.04 * r.tall)))
            hands = r.top + 0.15 * r.tall <= s.bottom and s.top <= r.top + 0.85 * r.tall
            return s.index > r.index and hands and bool((reach & s.pixels).any())
        case _:
            return False


def _foot(shape: _Shape) -> NDArray[np.bool_]:
    """The pixels of the lowest twentieth of a shape."""
    out = shape.pixels.copy()
    out[: max(shape.bottom - max(2, round(0.05 * shape.tall)), 0)] = False
    return out


def _filled(shape: _Shape, margin: int) -> NDArray[np.bool_]:
    """The shape without its gaps (a bench's slats), widened by `margin` pixels."""
    import cv2

    points = cv2.findNonZero(shape.pixels.astype(np.uint8))
    out = np.zeros(shape.pixels.shape, np.uint8)
    if points is not None:
        cv2.fillConvexPoly(out, cv2.convexHull(points), 1)
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    return cv2.dilate(out, kernel).astype(bool)


def _on(s: _Shape, r: _Shape, height: int, *, ground: bool) -> bool:
    if ground and _head(r.layer.label) in _UPRIGHT:
        return float(r.pixels[s.pixels].mean()) >= 0.7
    foot = _foot(s)
    if ground:
        below = np.roll(foot, 2, axis=0) | foot
        return float(r.pixels[below].mean()) >= 0.5
    touching = _filled(r, max(2, round(0.02 * height)))
    return s.index > r.index and float(touching[foot].mean()) >= 0.5 and s.y < r.bottom


def _inside(s: _Shape, r: _Shape, *, ground: bool) -> bool:
    if ground:
        wet = _head(r.layer.label) in _WATERS
        return float(r.pixels[_foot(s) if wet else s.pixels].mean()) >= 0.6
    return r.left <= s.x <= r.right and r.top + 0.05 * r.tall <= s.bottom <= r.bottom + 2


def _lies(r: _Shape) -> bool:
    """Whether a background lies flat, so that its rows tell how far away they are."""
    label = _head(r.layer.label)
    return label in _GROUNDS - {"hill", "dune", "mountain"} or label in _WATERS


def _shown(r: _Shape, layout: Layout) -> NDArray[np.bool_]:
    """The pixels of a background that no nearer background covers."""
    out = r.pixels.copy()
    for layer in layout.layers[r.index + 1 :]:
        if layer.visible and _head(layer.label) in world.BACKGROUND_CLASSES:
            out &= ~layer.mask.on_canvas(layout.width, layout.height)
    return out if out.any() else r.pixels


def _shown_row(r: _Shape, layout: Layout) -> float:
    return float(np.nonzero(_shown(r, layout))[0].mean())


def _beside(s: _Shape, r: _Shape, layout: Layout) -> bool:
    """The foot is near what is seen of a background; of one that lies flat, not well inside it."""
    import cv2

    if _head(r.layer.label) in _UPRIGHT - {"wall"}:
        return True
    foot, shown = _foot(s), _shown(r, layout)
    away = cv2.distanceTransform((~shown).astype(np.uint8), cv2.DIST_L2, 3)
    deep = cv2.distanceTransform(shown.astype(np.uint8), cv2.DIST_L2, 3)
    inside = float((deep[foot] > 0.06 * layout.height).mean())
    return float(away[foot].min()) <= 0.12 * layout.height and (not _lies(r) or inside <= 0.5)


def _behind(s: _Shape, r: _Shape, height: int, *, ground: bool, near: bool) -> bool:
    if ground:
        return s.index < r.index
    farther = s.index < r.index or not (s.pixels & r.pixels).any()
    seen = float((~r.pixels[s.pixels]).mean()) >= 0.15
    return farther and near and seen and s.bottom <= r.bottom + 0.01 * height


def _floating(
    shapes: Sequence[_Shape],
    found: Mapping[str, list[_Shape]],
    layout: Layout,
    wanted: Wanted,
) -> tuple[int, tuple[str, ...]]:
    """How many things should stand, and the labels of those with nothing under their foot."""
    backdrops = {id(s) for name in wanted.background for s in found[name]}
    backdrops |= {id(s) for s in shapes if _head(s.layer.label) in world.BACKGROUND_CLASSES}
    grounds = [s for s in shapes if id(s) in backdrops]
    where = np.full((layout.height, layout.width), -1)
    for number, shape in enumerate(grounds):
        where[shape.pixels] = number
    labels = [_head(s.layer.label) for s in grounds]
    firm = {i for i, x in enumerate(labels) if x.split()[-1] in _GROUNDS or x in _GROUNDS}
    level = {i for i in firm if labels[i].split()[-1] not in ("hill", "dune", "mountain")}
    wet = {i for i, x in enumerate(labels) if x.split()[-1] in _WATERS}
    upright = {i for i, x in enumerate(labels) if x in _UPRIGHT}
    count, loose = 0, []
    for name, members in found.items():
        for shape in members:
            if id(shape) in backdrops or not _should_stand(shape.layer.label, name, wanted):
                continue
            count += 1
            foot = _foot(shape)
            under = foot | np.roll(foot, max(2, round(0.015 * layout.height)), axis=0)
            values = where[under]
            allowed = np.isin(values, sorted(firm | wet))
            if not level:
                # Nobody named a ground: the free part of the canvas is one.
                rows = np.nonzero(under)[0]
                free = (values == -1) | ~np.isin(values, sorted(upright))
                allowed |= free & (rows > 0.35 * layout.height)
            stands = float(allowed.mean()) >= 0.5 or shape.bottom >= layout.height - 1
            if _carried(name, wanted) or not stands and "table" in _place(name):
                stands = _rests(shape, shapes, backdrops, layout.height)
            if not stands:
                loose.append(shape.layer.label)
    return count, tuple(loose)


def _carried(name: str, wanted: Wanted) -> bool:
    """Whether the caption puts it on or in another thing."""
    return any(
        kind in ("on", "inside") and subject == name and refs[0] not in wanted.background
        for kind, subject, refs in wanted.relations
    )


def _rests(shape: _Shape, shapes: Sequence[_Shape], backdrops: set[int], height: int) -> bool:
    """Whether the foot touches another thing that reaches lower."""
    foot = _foot(shape)
    for other in shapes:
        if other is shape or id(other) in backdrops or other.bottom < shape.bottom - 2:
            continue
        if float(_filled(other, max(2, round(0.02 * height)))[foot].mean()) >= 0.5:
            return True
    return False


def _should_stand(label: str, name: str, wanted: Wanted) -> bool:
    if "flying" in label:
        return False
    for kind, subject, refs in wanted.relations:
        aloft = kind == "above" or kind in ("inside", "on") and refs[0] in _UPRIGHT
        if subject == name and aloft:
            return False
        beside_sky = kind in ("left of", "right of", "next to") and _place(refs[0]) == {"sky"}
        if subject == name and beside_sky:
            return False
    places = _place(name)
    return not places or bool(places & {"ground", "table"})


def _place(name: str) -> set[str]:
    """Where a thing of the lite world can be; empty for unknown ones."""
    return {k.place for members in world.groups().values() for k in members if k.name == name}


def summary(results: Sequence[Measured]) -> dict[str, Any]:
    """Shares 0..1 over all designs."""
    relations = sum(len(m.held) + len(m.broken) for m in results)
    instances = sum(m.instances[1] for m in results)
    standing = sum(m.standing for m in results)
    number = max(len(results), 1)
    return {
        "designs": len(results),
        "all_present": sum(not m.missing for m in results) / number,
        "counts_right": sum(not m.missing and not m.miscounted for m in results) / number,
        "nothing_extra": sum(not m.extra for m in results) / number,
        "relations_held": sum(len(m.held) for m in results) / max(relations, 1),
        "relations_held_by_instance": sum(m.instances[0] for m in results) / max(instances, 1),
        "floating": sum(len(m.floating) for m in results) / max(standing, 1),
        "designs_with_floating": sum(bool(m.floating) for m in results) / number,
    }
