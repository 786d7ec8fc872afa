"""Training samples of SmartMask: what the model sees and what it should answer.

A sample is one object of one scene under one guidance. Samples are drawn once into a pool of
plain arrays, because drawing costs as much as a training step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.artwork import Split
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.labels import ade_class_of
from engine.layout.mask import Mask
from engine.smartmask.canonical import FRAME
from engine.smartmask.conditioning import (
    MAP_SIZE,
    SCALARS,
    THING_ID,
    guidance_map,
    placement_of,
    scalar_features,
    whole_window,
    window_ids,
    zoom_window,
)
from engine.training.scribbles import scribble_of
from engine.training.shapes import smooth_frame

Rng = np.random.Generator
MIN_VISIBLE = 0.55
"""Objects with less than this share on the canvas are not learned from."""


@dataclass(frozen=True, slots=True)
class SceneItem:
    """One object for training: a label, its class in the id map, and its mask cut to the canvas.

    `shape_known` is False for silhouettes that something else may have cut: they teach where an
    object goes, not what it looks like.
    """

    label: str
    ade_class: int
    mask: Mask
    background: bool
    shape_known: bool


@dataclass(frozen=True, slots=True)
class TrainingScene:
    """Objects far to near, caption, and whether they are photographed or drawn things."""

    canvas: Box
    caption: str
    items: tuple[SceneItem, ...]
    style: str


SceneSource = Callable[[Rng], TrainingScene]

_FIELDS: dict[str, tuple[type, tuple[int, ...]]] = {
    "ids_whole": (np.uint8, (MAP_SIZE, MAP_SIZE)),
    "ids_zoom": (np.uint8, (MAP_SIZE, MAP_SIZE)),
    "guide_whole": (np.uint8, (MAP_SIZE, MAP_SIZE)),
    "guide_zoom": (np.uint8, (MAP_SIZE, MAP_SIZE)),
    "frame": (np.uint8, (FRAME * FRAME // 2,)),
    "scalars": (np.float32, (SCALARS,)),
    "placement": (np.float32, (4,)),
    "shape_known": (np.bool_, ()),
    "can_mirror": (np.bool_, ()),
    "text": (np.int32, (2,)),
}


class Pool:
    """Samples as arrays on disk, one file a field, and the texts they refer to."""

    def __init__(self, folder: Path, *, size: int, writable: bool = False) -> None:
        self.folder, self.size = folder, size
        folder.mkdir(parents=True, exist_ok=True)
        self.arrays: dict[str, np.memmap] = {}
        for name, (kind, shape) in _FIELDS.items():
            path = folder / f"{name}.bin"
            mode = "w+" if writable else "r"
            self.arrays[name] = np.memmap(path, kind, mode, shape=(size, *shape))

    @property
    def texts(self) -> list[str]:
        return json.loads((self.folder / "texts.json").read_text(encoding="utf-8"))

    @classmethod
    def open(cls, folder: Path) -> Pool | None:
        """A finished pool, or None."""
        done = folder / "texts.json"
        if not done.is_file():
            return None
        size = (folder / "shape_known.bin").stat().st_size
        return cls(folder, size=size)


def draw_pool(
    folder: Path,
    scenes: SceneSource,
    *,
    size: int,
    seed: int,
    per_scene: int = 4,
    scribbles_only: bool = False,
    report: Callable[[int], None] = lambda done: None,
) -> Pool:
    """Fill a pool with `size` samples of scenes from the source, several a scene.

    With `scribbles_only` every sample is a whole shape under a scribble: the one guidance that
    never looks the same twice, so that a pool of all modes has too few of them.
    """
    (folder / "texts.json").unlink(missing_ok=True)
    pool = Pool(folder, size=size, writable=True)
    rng = np.random.default_rng(seed)
    texts: dict[str, int] = {}
    row = 0
    while row < size:
        for values, label, caption in samples_of(
            scenes(rng), rng, count=per_scene, scribbles_only=scribbles_only
        ):
            if row == size:
                break
            for name, value in values.items():
                pool.arrays[name][row] = value
            pool.arrays["text"][row] = [
                texts.setdefault(text, len(texts)) for text in (label, caption)
            ]
            row += 1
            if row % 5000 == 0:
                report(row)
    for array in pool.arrays.values():
        array.flush()
    (folder / "texts.json").write_text(json.dumps(list(texts)), encoding="utf-8")
    return pool


@dataclass(frozen=True, slots=True)
class Example:
    """One object to be learned: what the model sees of its scene, and the object itself.

    Attributes:
        ids: S_k of Eq. 1, class + 1 at canvas resolution, uint8 (height, width).
        caption: Empty where the model has to do without.
        style: "any" where the model has to do without.
        can_mirror: False where the caption tells left from right.
    """

    canvas: Box
    item: SceneItem
    guidance: Guidance
    ids: NDArray[np.uint8]
    caption: str
    style: str
    can_mirror: bool


def examples_of(
    scene: TrainingScene, rng: Rng, *, count: int, scribbles_only: bool = False
) -> Iterator[Example]:
    """Up to `count` objects of one scene, each with a guidance of its own."""
    usable = [i for i, item in enumerate(scene.items) if item.shape_known or not scribbles_only]
    things = [i for i in usable if not scene.items[i].background]
    stuff = [i for i in usable if scene.items[i].background]
    for _ in range(count):
        group = stuff if stuff and (not things or rng.random() < 0.12) else things
        if not group:
            return
        target = int(rng.choice(group))
        item = scene.items[target]
        guidance = (
            _scribble(item, scene.canvas, rng)
            if scribbles_only
            else _guidance(item, scene.canvas, rng)
        )
        caption = "" if rng.random() < 0.15 else scene.caption
        style = "any" if rng.random() < 0.2 else scene.style
        yield Example(
            canvas=scene.canvas,
            item=item,
            guidance=guidance,
            ids=_paint(scene, _seen(scene, target, rng)),
            caption=caption,
            style=style,
            can_mirror=not ({"left", "right"} & set(caption.lower().split())),
        )


def samples_of(
    scene: TrainingScene, rng: Rng, *, count: int, scribbles_only: bool = False
) -> Iterator[tuple[dict[str, np.ndarray | bool], str, str]]:
    """Up to `count` samples of one scene: arrays of the pool's fields, label, caption."""
    for example in examples_of(scene, rng, count=count, scribbles_only=scribbles_only):
        canvas, item, guidance = example.canvas, example.item, example.guidance
        whole, zoom = whole_window(canvas), zoom_window(guidance, canvas)
        values: dict[str, np.ndarray | bool] = {
            "ids_whole": window_ids(example.ids, whole),
            "guide_whole": _bytes(guidance_map(guidance, whole, MAP_SIZE, canvas)),
            "scalars": scalar_features(guidance, canvas, style=example.style),
            "placement": placement_of(item.mask.box, canvas),
            "frame": pack_frame(smooth_frame(item.mask.crop())),
            "shape_known": item.shape_known,
            "can_mirror": example.can_mirror,
        }
        if zoom is not None:
            values["ids_zoom"] = window_ids(example.ids, zoom)
            values["guide_zoom"] = _bytes(guidance_map(guidance, zoom, MAP_SIZE, canvas))
        yield values, item.label, example.caption


def _seen(scene: TrainingScene, target: int, rng: Rng) -> list[int]:
    """Which objects the model sees: S_k, with some of them taken away at random.

    Order among objects that do not meet is arbitrary, so in a third of the cases nearer objects
    that leave the target alone are shown as well: that is what adding in front looks like.
    """
    if rng.random() < 0.06:
        return []
    beneath = list(range(target))
    if rng.random() < 0.35:
        box = scene.items[target].mask.box
        beneath += [
            i
            for i in range(target + 1, len(scene.items))
            if not scene.items[i].background and scene.items[i].mask.box.intersection(box).is_empty
        ]
    if rng.random() < 0.4:
        keep = rng.uniform(0.2, 1.0)
        beneath = [i for i in beneath if rng.random() < keep]
    return beneath


def _paint(scene: TrainingScene, indices: list[int]) -> NDArray[np.uint8]:
    """S_k of Eq. 1 as an id map of the canvas: class + 1, later over earlier."""
    ids = np.zeros((scene.canvas.height, scene.canvas.width), np.uint8)
    for index in indices:
        item = scene.items[index]
        box = item.mask.box
        value = THING_ID if item.ade_class < 0 else item.ade_class + 1
        np.copyto(ids[box.y : box.bottom, box.x : box.right], value, where=item.mask.crop())
    return ids


def _guidance(item: SceneItem, canvas: Box, rng: Rng) -> Guidance:
    """One of the four modes, 25 % each; a silhouette that may be cut teaches no box or scribble."""
    mode = int(rng.integers(4)) if item.shape_known else int(rng.integers(2))
    box = item.mask.box
    if mode == 0:
        return Guidance.free()
    if mode == 1:
        # Jitter up to a tenth of the size: the click says around here, not exactly here.
        jitter = rng.uniform(-0.1, 0.1, 2)
        x = box.x + box.width * (0.5 + jitter[0])
        y = box.y + box.height * (0.5 + jitter[1])
        x = float(np.clip(x, 0, canvas.width - 1))
        y = float(np.clip(y, 0, canvas.height - 1))
        if rng.random() < 0.5:
            return Guidance.at_point(x, y)
        spread = rng.uniform(0.25, 0.5) * np.sqrt(box.width * box.height)
        return Guidance.at_point(x, y, spread=max(float(spread), 1.0))
    if mode == 2:
        return Guidance.at_box(box)
    return _scribble(item, canvas, rng)


def _scribble(item: SceneItem, canvas: Box, rng: Rng) -> Guidance:
    drawn = scribble_of(item.mask, rng, width=canvas.width, height=canvas.height)
    return Guidance.from_scribble(drawn)


def _bytes(field: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(field * 255).astype(np.uint8)


def pack_frame(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Coverage (FRAME, FRAME) in 16 steps, two pixels a byte."""
    steps = (frame.reshape(-1, 2) >> 4).astype(np.uint8)
    return ((steps[:, 0] << 4) | steps[:, 1]).astype(np.uint8)


def unpack_frames(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, FRAME * FRAME / 2) back to coverage 0..255 (N, FRAME, FRAME)."""
    pair = np.stack((packed >> 4, packed & 15), axis=-1)
    return (pair * 17).astype(np.uint8).reshape(len(packed), FRAME, FRAME)


def cut_to_canvas(mask: Mask, canvas: Box) -> Mask | None:
    """The mask's part on the canvas; None when too little of it is left."""
    inside = mask.box.intersection(canvas)
    if inside == mask.box:
        return mask
    if inside.is_empty:
        return None
    cut = Mask.from_array(mask.within(inside), x=inside.x, y=inside.y)
    return cut if cut.area >= max(16, MIN_VISIBLE * mask.area) else None


def real_source(data: Path, *, split: Split) -> SceneSource:
    """Scenes of VOC/SBD photographs, those with whole silhouettes twice as often."""
    from engine.data.voc import read_voc

    scenes = read_voc(data, split=split)
    weights = np.array([1.0 + 2.0 * any(o.complete for o in s.objects) for s in scenes])
    shares = weights / weights.sum()

    def draw(rng: Rng) -> TrainingScene:
        scene = scenes[int(rng.choice(len(scenes), p=shares))]
        items = tuple(
            SceneItem(
                label=item.label,
                ade_class=ade_class_of(item.label).ade_class,
                mask=item.mask,
                background=False,
                shape_known=item.complete,
            )
            for item in scene.objects
        )
        canvas = Box(0, 0, scene.width, scene.height)
        return TrainingScene(canvas, scene.caption, items, "natural")

    return draw


def generated_source(*, split: Split) -> SceneSource:
    """Scenes of the generator, a fresh one each time."""
    from engine.data.generator import generate

    def draw(rng: Rng) -> TrainingScene:
        scene = generate(int(rng.integers(2**62)), split=split, image=False)
        canvas = Box(0, 0, scene.width, scene.height)
        items = []
        for item in scene.objects:
            cut = cut_to_canvas(item.mask, canvas)
            if cut is not None:
                items.append(
                    SceneItem(
                        # Half with the pose, as users type it: "girl, sitting".
                        label=item.description if rng.random() < 0.5 else item.label,
                        ade_class=item.ade_class,
                        mask=cut,
                        background=item.background,
                        shape_known=True,
                    )
                )
        return TrainingScene(canvas, scene.caption, tuple(items), "illustration")

    return draw


def mixed_source(data: Path | None, *, split: Split, natural_share: float = 0.45) -> SceneSource:
    """Generated scenes, and with a data folder real ones among them."""
    generated = generated_source(split=split)
    if data is None:
        return generated
    real = real_source(data, split=split)

    def draw(rng: Rng) -> TrainingScene:
        return real(rng) if rng.random() < natural_share else generated(rng)

    return draw
