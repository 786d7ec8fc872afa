"""Scenes that the planner learns from: generated ones, VOC/SBD, VOC 2007 boxes, NSR-1K."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.artwork import Split
from engine.data.scenes import caption_of
from engine.data.voc import VOC_CLASSES, read_voc, split_of
from engine.errors import DataError
from engine.layout.geometry import Box
from engine.layout.labels import ade_class_of
from engine.layout.mask import Mask
from engine.training.planner_samples import PlanItem, PlanScene, Rng, Source
from engine.training.samples import cut_to_canvas

SPATIAL, COUNTING = "nsr1k_spatial_train.json.gz", "nsr1k_counting_val.json.gz"
VOC_BOXES = "voc07_boxes.json.gz"

NSR_CANVAS = (512, 384)
"""NSR-1K gives shares without the pictures' sizes; most COCO pictures are 4:3."""
_NSR_RELATIONS = {
    "left": "left of",
    "right": "right of",
    "top": "above",
    "bottom": "below",
    "next to": "next to",
}


def held_out(image_id: int) -> bool:
    """The fixed third of NSR-1K that nothing trains on, by the picture, so that no picture is on
    both sides."""
    return hashlib.sha256(f"nsr1k/{image_id}".encode()).digest()[0] % 3 == 0


def planner_source(data: Path | None, *, split: Split) -> Source:
    """All sources mixed; generated scenes alone without a data folder."""
    generated = generated_plans(split=split)
    if data is None:
        return generated
    others: list[tuple[float, Source]] = [
        (0.17, listed_plans(voc_plans(data, split=split))),
        (0.09, listed_plans(box_plans(data, split=split))),
        (0.10, listed_plans(spatial_plans(data, split=split))),
        (0.06, listed_plans(counting_plans(data, split=split))),
    ]
    shares = np.cumsum([share for share, _ in others])

    def draw(rng: Rng) -> PlanScene:
        chosen = int(np.searchsorted(shares, rng.random(), side="right"))
        return others[chosen][1](rng) if chosen < len(others) else generated(rng)

    return draw


def generated_plans(*, split: Split) -> Source:
    """Scenes of the generator, a fresh one each time."""
    from engine.data.generator import generate

    def draw(rng: Rng) -> PlanScene:
        scene = generate(int(rng.integers(2**62)), split=split, image=False)
        canvas = Box(0, 0, scene.width, scene.height)
        kept: dict[int, int] = {}
        items: list[PlanItem] = []
        for index, thing in enumerate(scene.objects):
            mask = cut_to_canvas(thing.mask, canvas)
            if mask is None:
                continue
            kept[index] = len(items)
            items.append(
                PlanItem(
                    label=thing.label,
                    ade_class=thing.ade_class,
                    box=mask.box,
                    mask=mask,
                    pose=thing.pose,
                    background=thing.background,
                    parent=None if thing.parent is None else kept.get(thing.parent),
                    grounded=not thing.background and thing.support not in ("sky", "air", "wall"),
                )
            )
        return PlanScene(canvas, scene.caption, tuple(items), "generated")

    return draw


def listed_plans(scenes: list[PlanScene]) -> Source:
    """Any of the scenes, mirrored in half of the cases."""
    if not scenes:
        raise DataError("There is no scene of this kind in the data folder.")

    def draw(rng: Rng) -> PlanScene:
        scene = scenes[int(rng.integers(len(scenes)))]
        return mirrored(scene) if rng.random() < 0.5 else scene

    return draw


def voc_plans(data: Path, *, split: Split) -> list[PlanScene]:
    """Real layouts of VOC/SBD: things only, no backgrounds."""
    scenes = []
    for scene in read_voc(data, split=split):
        items = tuple(
            PlanItem(o.label, ade_class_of(o.label).ade_class, o.box, o.mask, grounded=True)
            for o in scene.objects
        )
        canvas = Box(0, 0, scene.width, scene.height)
        scenes.append(PlanScene(canvas, scene.caption, items, "voc"))
    return scenes


def box_plans(data: Path, *, split: Split) -> list[PlanScene]:
    """VOC 2007: boxes without silhouettes, painted as ellipses, far to near by their lower edge."""
    table = _read(data / VOC_BOXES)
    names = {c["id"]: VOC_CLASSES[c["id"] - 1] for c in table["categories"]}
    boxes: defaultdict[int, list[tuple[str, Box]]] = defaultdict(list)
    for note in table["annotations"]:
        boxes[note["image_id"]].append((names[note["category_id"]], _box(note["bbox"])))
    scenes = []
    for picture in table["images"]:
        size = (int(picture["width"]), int(picture["height"]))
        if boxes[picture["id"]] and split_of(picture["file_name"]) == split:
            caption = caption_of(label for label, _ in boxes[picture["id"]])
            scenes.append(_boxed(boxes[picture["id"]], size, caption, "voc07"))
    return scenes


def spatial_plans(data: Path, *, split: Split) -> list[PlanScene]:
    """NSR-1K spatial: two boxes and a sentence; "val" is the held-out third."""
    scenes = []
    for record in _nsr(data / SPATIAL, split):
        pairs = [(name, _share_box(box)) for name, box in (record["obj2"], record["obj1"])]
        if any(box.width < 4 or box.height < 4 for _, box in pairs):
            continue
        relation = f"{_NSR_RELATIONS[record['relation']]} {record['obj2'][0]}"
        scene = _boxed(pairs, NSR_CANVAS, record["prompt"], "nsr-spatial", sort=False)
        scenes.append(
            PlanScene(scene.canvas, scene.caption, scene.items, scene.source, {1: relation})
        )
    return scenes


def counting_plans(data: Path, *, split: Split) -> list[PlanScene]:
    """NSR-1K counting: a sentence with numbers and all boxes; "val" is the held-out third."""
    scenes = []
    for record in _nsr(data / COUNTING, split):
        pairs = [(name, _share_box(box)) for name, box in record["object_list"]]
        pairs = [(name, box) for name, box in pairs if box.width >= 4 and box.height >= 4]
        if pairs:
            scenes.append(_boxed(pairs, NSR_CANVAS, record["prompt"], "nsr-counting"))
    return scenes


def mirrored(scene: PlanScene) -> PlanScene:
    """Left and right exchanged, in pictures and words."""
    width = scene.canvas.width
    items = []
    for item in scene.items:
        box = item.box
        turned = Box(width - box.right, box.y, box.width, box.height)
        mask = item.mask
        if mask is not None:
            crop = np.ascontiguousarray(mask.crop()[:, ::-1])
            mask = Mask.from_array(crop, x=turned.x, y=turned.y)
        items.append(
            PlanItem(
                item.label,
                item.ade_class,
                turned,
                mask,
                item.pose,
                item.background,
                item.parent,
                item.grounded,
            )
        )
    truths = {index: _turned(text) for index, text in (scene.truths or {}).items()}
    return PlanScene(scene.canvas, _turned(scene.caption), tuple(items), scene.source, truths)


def _turned(text: str) -> str:
    swap = {"left": "right", "right": "left"}
    return " ".join(swap.get(word, word) for word in text.split(" "))


def _boxed(
    pairs: list[tuple[str, Box]],
    size: tuple[int, int],
    caption: str,
    source: str,
    *,
    sort: bool = True,
) -> PlanScene:
    canvas = Box(0, 0, *size)
    ordered = sorted(pairs, key=lambda p: p[1].bottom) if sort else pairs
    items = tuple(
        PlanItem(label, ade_class_of(label).ade_class, box.intersection(canvas))
        for label, box in ordered
        if not box.intersection(canvas).is_empty
    )
    return PlanScene(canvas, caption, items, source)


def _box(values: list[float]) -> Box:
    x, y, width, height = (round(v) for v in values)
    return Box(x, y, max(1, width), max(1, height))


def _share_box(values: list[float]) -> Box:
    x, y, width, height = values
    across, down = NSR_CANVAS
    return _box([x * across, y * down, width * across, height * down])


def _nsr(path: Path, split: Split) -> list[dict[str, Any]]:
    return [r for r in _read(path) if held_out(r["image_id"]) == (split == "val")]


def _read(path: Path) -> Any:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return json.load(stream)
    except FileNotFoundError as error:
        raise DataError(f"{path}: not found; --data must name the folder that holds it.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not readable ({error}); copy the file again.") from error
