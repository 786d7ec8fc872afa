"""The scene generator: a seed in, a whole scene out."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from engine.data import world
from engine.data.artwork import Split
from engine.data.world_captions import caption
from engine.data.world_kinds import SCENE_KINDS, SceneKind, Set, Slot
from engine.data.world_placing import Placed, Placer
from engine.data.world_sets import SETS
from engine.data.world_slots import fill_slot
from engine.data.world_sprites import STYLES
from engine.data.world_stages import STAGES, Stage
from engine.data.world_visible import visible_enough
from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask

LONGEST_SIDE = 256
ASPECTS = ((1, 1), (1, 1), (4, 3), (4, 3), (3, 2), (16, 9), (3, 4), (2, 3))
MIXED_SHARE = 0.25
"""Of scenes whose drawings come from all styles."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneObject:
    """One object of a scene.

    Attributes:
        label: What it is ("dog").
        ade_class: ADE20K class 0..149.
        box: Of its silhouette, in canvas pixels; may reach outside the canvas.
        crop: The amodal silhouette inside the box, shape (box.height, box.width).
        background: Stuff (grass, sky, wall) rather than a thing.
        pose: "sitting", "riding a bicycle" ...; "" where nothing is to be said.
        style: Of its drawing; "" for backgrounds.
        sprite: Id of its drawing; "" for backgrounds.
        support: What carries it: an area ("ground", "water", "walk" ...), "sky", "air", "wall",
            "ceiling", or the label of the thing that it stands on.
        parent: Index in the scene of the thing that it stands on, or None.
        base: Row of its foot; 0 for backgrounds.
    """

    label: str
    ade_class: int
    box: Box
    crop: BoolArray
    background: bool = False
    pose: str = ""
    style: str = ""
    sprite: str = ""
    support: str = ""
    parent: int | None = None
    base: float = 0.0

    @property
    def mask(self) -> Mask:
        """The amodal silhouette, bit-packed; made anew at every call."""
        return Mask.from_array(self.crop, x=self.box.x, y=self.box.y)

    @property
    def description(self) -> str:
        """Label and pose as a user would type them: "girl, sitting"."""
        return f"{self.label}, {self.pose}" if self.pose else self.label


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One generated scene; `objects` go from far to near, backgrounds among them.

    Attributes:
        image: Colours, shape (height, width, 3), 0..255; None when none was asked for.
        areas: Where feet may be: name -> mask over the canvas (for checks).
    """

    width: int
    height: int
    seed: int
    kind: str
    style: str
    caption: str
    objects: tuple[SceneObject, ...]
    image: NDArray[np.uint8] | None = None
    areas: dict[str, BoolArray] = field(default_factory=dict)
    horizon: float = 0.0

    def to_layout(self) -> Layout:
        """The scene as a layout; the same scene gives the same layer ids."""
        layers = tuple(
            Layer(
                id=f"{self.seed % 2**64:016x}{index:016x}",
                label=item.label,
                ade_class=item.ade_class,
                mask=item.mask,
                prompt=item.pose,
                provenance=Provenance(kind="generated", seed=self.seed),
            )
            for index, item in enumerate(self.objects)
        )
        return Layout(width=self.width, height=self.height, caption=self.caption, layers=layers)


_WEIGHTS = tuple(kind.weight for kind in SCENE_KINDS)


def generate(seed: int, *, split: Split = "train", size: tuple[int, int] | None = None,
             image: bool = True, kind: str | None = None,
             left_out: int | None = None) -> Scene:  # fmt: skip
    """One scene; the same arguments give the same scene, with or without its picture.

    Args:
        seed: Any integer.
        split: "train" or "val"; the two share no drawing.
        size: (width, height), each 64..2048; by default one of several shapes, longest side 256.
        image: Whether to paint the picture too.
        kind: Name of a scene kind; by default drawn by weight.
        left_out: Index of an object that the picture is painted without; `objects` still has it.

    Raises InputError for an unknown kind or split or a bad size.
    """
    if split not in ("train", "val"):
        raise InputError(f"There is no split {split!r}; use 'train' or 'val'.")
    rng = Random(f"{int(seed)}/{split}")
    chosen = rng.choices(SCENE_KINDS, _WEIGHTS)[0]
    if kind is not None:
        chosen = _kind(kind)
    aspect = rng.choice(ASPECTS)
    if size is None:
        scale = LONGEST_SIDE / max(aspect)
        size = round(aspect[0] * scale), round(aspect[1] * scale)
    width, height = size
    if not (64 <= width <= 2048 and 64 <= height <= 2048):
        raise InputError(f"A scene of {width} x {height} px is not possible: 64 to 2048 px a side.")
    style = "mixed" if rng.random() < MIXED_SHARE else rng.choice(STYLES)
    stage = STAGES[chosen.stage](rng, width, height, **chosen.options)
    placed = _fill(rng, stage, chosen, style=style, split=split, colour=image)
    text = caption(rng, placed, stage, phrases=chosen.phrases, style=style)
    picture = None
    if image:
        from engine.data.world_painting import paint

        first = len(stage.backdrops)
        shown = [thing for k, thing in enumerate(placed, first) if k != left_out]
        picture = paint(stage, shown, seed=int(seed))
    return Scene(
        width, height, int(seed), chosen.name, style, text, _objects(stage, placed), picture,
        dict(stage.areas), stage.horizon,
    )  # fmt: skip


def _kind(name: str) -> SceneKind:
    for kind in SCENE_KINDS:
        if kind.name == name:
            return kind
    names = ", ".join(kind.name for kind in SCENE_KINDS)
    raise InputError(f"There is no scene kind {name!r}; there are: {names}.")


def _fill(rng: Random, stage: Stage, kind: SceneKind, *, style: str, split: Split,
          colour: bool) -> list[Placed]:  # fmt: skip
    limit = round(rng.triangular(4, 15, 10))
    placer = Placer(rng, stage, kind, style=style, split=split, colour=colour, limit=limit)
    for entry in kind.cast:
        if isinstance(entry, Slot):
            fill_slot(placer, entry)
        elif isinstance(entry, Set) and rng.random() < entry.chance:
            SETS[entry.name](placer)
    # A cast that found too few places tries once more.
    slots = [e for e in kind.cast if isinstance(e, Slot) and not e.row and e.chance > 0.3]
    wanted = min(limit, rng.randint(4, 8))
    for _ in range(6):
        if len(placer.placed) >= wanted or not slots:
            break
        fill_slot(placer, rng.choice(slots))
    return visible_enough(placer.placed, stage.width, stage.height)


def _objects(stage: Stage, placed: list[Placed]) -> tuple[SceneObject, ...]:
    ids = world.ade_ids()
    found: list[SceneObject] = []
    for drop in stage.backdrops:
        box, crop = _cropped(drop.mask)
        ade = ids[world.BACKGROUND_CLASSES[drop.label]]
        found.append(SceneObject(drop.label, ade, box, crop, background=True))
    index = {id(thing): len(found) + number for number, thing in enumerate(placed)}
    for thing in placed:
        box, crop = _cropped(thing.cutout.mask)
        found.append(
            SceneObject(
                thing.kind.name,
                ids[thing.kind.ade],
                box.moved(thing.box.x, thing.box.y),
                crop,
                pose=thing.sprite.pose,
                style=thing.sprite.style,
                sprite=thing.sprite.id,
                support=thing.support,
                parent=index.get(id(thing.parent)) if thing.parent is not None else None,
                base=thing.base,
            )
        )
    return tuple(found)


def _cropped(mask: BoolArray) -> tuple[Box, BoolArray]:
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return Box(left, top, right - left, bottom - top), mask[top:bottom, left:right]
