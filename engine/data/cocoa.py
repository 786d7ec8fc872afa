"""Amodal annotations: COCOA (Zhu et al. 2017) and KINS-style files -> ordered amodal masks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.coco import Picture, decoded, field, load_json, pictures_of, rows_of
from engine.data.scenes import RealObject, RealScene, caption_of
from engine.errors import DataError
from engine.layout.mask import BoolArray, Mask

_AMODAL_KEYS = ("a_segm", "segmentation")
_VISIBLE_KEYS = ("i_segm", "inmodal_seg")


def read_cocoa(
    path: Path, *, sizes: Mapping[int, tuple[int, int]] | None = None, split: str = "check"
) -> tuple[RealScene, ...]:
    """The pictures of a COCOA file, or of every .json file in a folder of single annotations.

    COCOA numbers its regions from the nearest (order 1) to the farthest.

    Args:
        sizes: (width, height) by image id. Without it, a single annotation's size comes from the
            picture of the same name beside it, else from a mask stored with the regions, else
            from the reach of the polygons.

    Raises:
        DataError: A file is missing, damaged or of another kind.
    """
    if path.is_dir():
        files = sorted(path.glob("*.json"))
        if not files:
            raise DataError(f"{path}: holds no .json annotation.")
        return tuple(s for file in files for s in read_cocoa(file, sizes=sizes, split=split))
    content = load_json(path)
    if isinstance(content, dict) and "regions" in content:
        return (_cocoa_scene(content, {}, path=path, sizes=sizes or {}, split=split),)
    images = (
        {i.get("id"): i for i in content.get("images", ())} if isinstance(content, dict) else {}
    )
    annotations = rows_of(content, "annotations", path)
    return tuple(
        _cocoa_scene(row, images.get(row.get("image_id"), {}), path=path, sizes=sizes or {},
                     split=split)
        for row in annotations
    )  # fmt: skip


def _cocoa_scene(
    annotation: dict[str, Any],
    image: dict[str, Any],
    *,
    path: Path,
    sizes: Mapping[int, tuple[int, int]],
    split: str,
) -> RealScene:
    regions = rows_of(annotation, "regions", path)
    image_id = annotation.get("image_id", path.stem)
    width, height = _size(regions, image, path=path, known=sizes.get(image_id))
    where = f"{path}: picture {image_id}"
    found: list[tuple[float, RealObject]] = []
    for region in regions:
        label = " ".join(str(field(region, "name", path)).split())
        bits = decoded(field(region, "segmentation", path), width=width, height=height, where=where)
        mask = Mask.from_array(bits)
        if mask.is_empty or not label:
            continue
        hidden = _number(region.get("occlude_rate", 0), "occlude_rate", where)
        order = _number(field(region, "order", path), "order", where)
        whole = not _cut_by_border(mask, width, height)
        stuff = bool(_number(region.get("isStuff", 0), "isStuff", where))
        found.append(
            (
                order,
                RealObject(
                    label=label, mask=mask, complete=whole, background=stuff, hidden_share=hidden
                ),
            )
        )
    found.sort(key=lambda pair: -pair[0])
    objects = tuple(o for _, o in found)
    return RealScene(
        width=width,
        height=height,
        caption=caption_of(o.label for o in objects if not o.background),
        objects=objects,
        name=str(image_id),
        split=split,
    )


def _size(
    regions: list[dict[str, Any]],
    image: dict[str, Any],
    *,
    path: Path,
    known: tuple[int, int] | None,
) -> tuple[int, int]:
    if known is not None:
        return known
    if "width" in image and "height" in image:
        return int(image["width"]), int(image["height"])
    for region in regions:
        for key in ("visible_mask", "invisible_mask"):
            rle = region.get(key)
            if (
                isinstance(rle, dict)
                and isinstance(rle.get("size"), list)
                and len(rle["size"]) == 2
            ):
                return int(rle["size"][1]), int(rle["size"][0])
    for suffix in (".jpg", ".png"):
        picture = path.with_suffix(suffix)
        if picture.is_file():
            from PIL import Image

            with Image.open(picture) as opened:
                return opened.size
    points = [v for r in regions for v in np.ravel(r.get("segmentation", ())).tolist()]
    if not points or not all(isinstance(v, int | float) for v in points):
        raise DataError(f"{path}: neither the picture nor its size is known.")
    return max(1, int(np.ceil(max(points[0::2])))), max(1, int(np.ceil(max(points[1::2]))))


def read_kins(path: Path, *, split: str = "check") -> tuple[RealScene, ...]:
    """The pictures of a KINS-style file: COCO layout with an amodal and a visible mask an object.

    The amodal mask is `a_segm` or `segmentation`, the visible one `i_segm` or `inmodal_seg`.
    Depth comes from who hides whom, and from the lowest row where nothing does.

    Raises:
        DataError: The file is missing, damaged or of another kind.
    """
    scenes = (_kins_scene(picture, split=split) for picture in pictures_of(load_json(path), path))
    return tuple(scene for scene in scenes if scene.objects)


def _kins_scene(picture: Picture, *, split: str) -> RealScene:
    rows: list[tuple[RealObject, BoolArray]] = []
    for label, row in picture.objects:
        amodal = picture.bits(_first(row, _AMODAL_KEYS, picture.where))
        visible = picture.bits(_first(row, _VISIBLE_KEYS, picture.where))
        mask = Mask.from_array(amodal | visible)
        if mask.is_empty:
            continue
        hidden = 1 - float((visible & amodal).sum()) / mask.area
        whole = not _cut_by_border(mask, picture.width, picture.height)
        found = RealObject(label=label, mask=mask, complete=whole, hidden_share=hidden)
        rows.append((found, visible))
    objects = tuple(rows[i][0] for i in _far_to_near(rows))
    return RealScene(
        width=picture.width,
        height=picture.height,
        caption=caption_of(o.label for o in objects),
        objects=objects,
        name=picture.name,
        split=split,
    )


def _far_to_near(rows: list[tuple[RealObject, BoolArray]]) -> list[int]:
    """Order of drawing: a thing that shows where another is hidden comes after it."""
    remaining = sorted(
        range(len(rows)), key=lambda i: (rows[i][0].box.bottom, -rows[i][0].mask.area)
    )
    visible = [v for _, v in rows]
    hidden = [o.mask.on_canvas(v.shape[1], v.shape[0]) & ~v for o, v in rows]

    def hides(i: int, j: int) -> bool:
        return (hidden[j] & visible[i]).sum() > (hidden[i] & visible[j]).sum()

    behind = {i: {j for j in remaining if j != i and hides(i, j)} for i in remaining}
    order: list[int] = []
    while remaining:
        ready = [i for i in remaining if not behind[i] & set(remaining)]
        # A cycle (A over B over A) has no right order; the lowest row decides.
        chosen = (ready or remaining)[0]
        order.append(chosen)
        remaining.remove(chosen)
    return order


def _first(row: dict[str, Any], keys: tuple[str, ...], where: str) -> Any:
    for key in keys:
        if key in row:
            return row[key]
    raise DataError(f"{where}: an object has none of {', '.join(keys)}.")


def _cut_by_border(mask: Mask, width: int, height: int) -> bool:
    box = mask.box
    return box.x <= 0 or box.y <= 0 or box.right >= width or box.bottom >= height


_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def _number(value: Any, key: str, where: str) -> float:
    """COCOA stores some numbers as text."""
    if isinstance(value, bool | int | float) or (
        isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    ):
        return float(value)
    raise DataError(f"{where}: {key} is {value!r}, not a number.")
