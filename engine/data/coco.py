"""COCO instances (polygons or RLE) with captions -> ordered silhouettes, for checking only.

COCO masks are modal and carry no depth order; objects are ordered far to near by their lowest
row, as in the VOC reader.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from engine.data.scenes import RealObject, RealScene, caption_of
from engine.errors import DataError
from engine.layout.mask import BoolArray, Mask

MINI = "coco_mini_dev.json.gz"


def read_coco(data: Path, *, split: str = "check") -> tuple[RealScene, ...]:
    """Every picture with at least one object, in the order of the file.

    Args:
        data: An instances file (.json or .json.gz), or the folder that holds
            `coco_mini_dev.json.gz`. A picture's caption is the first of its `captions`;
            without one it is made of the labels.

    Raises:
        DataError: The file is missing, damaged, or not COCO instances.
    """
    path = data if data.is_file() else data / MINI
    scenes = (_scene(picture, split=split) for picture in pictures_of(load_json(path), path))
    return tuple(scene for scene in scenes if scene.objects)


def _scene(picture: Picture, *, split: str) -> RealScene:
    objects = []
    for label, row in picture.objects:
        if row.get("iscrowd"):
            continue  # a crowd is no silhouette of one thing
        mask = Mask.from_array(picture.bits(field(row, "segmentation", picture.path)))
        if not mask.is_empty:
            objects.append(RealObject(label=label, mask=mask))
    objects.sort(key=lambda o: (o.box.bottom, -o.mask.area))
    captions = [str(c).strip() for c in picture.row.get("captions") or ()]
    return RealScene(
        width=picture.width,
        height=picture.height,
        caption=captions[0] if captions else caption_of(o.label for o in objects),
        objects=tuple(objects),
        name=picture.name,
        split=split,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of an instances file.

    Attributes:
        name: Its file name without the ending.
        row: Its entry in the file.
        objects: Label and entry of each annotation.
    """

    path: Path
    name: str
    width: int
    height: int
    row: dict[str, Any]
    objects: tuple[tuple[str, dict[str, Any]], ...]

    @property
    def where(self) -> str:
        return f"{self.path}: picture {self.name}"

    def bits(self, segmentation: Any) -> BoolArray:
        return decoded(segmentation, width=self.width, height=self.height, where=self.where)


def pictures_of(content: Any, path: Path) -> Iterator[Picture]:
    """The pictures of COCO-like content, in the order of the file.

    Raises DataError where a list or an entry lacks something, or a category is unknown.
    """
    labels = {
        field(row, "id", path): str(field(row, "name", path)).strip()
        for row in rows_of(content, "categories", path)
    }
    by_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(content, "annotations", path):
        by_image[field(row, "image_id", path)].append(row)
    for image in rows_of(content, "images", path):
        name = Path(str(field(image, "file_name", path))).stem
        rows = by_image[field(image, "id", path)]
        categories = [field(row, "category_id", path) for row in rows]
        unknown = next((c for c in categories if c not in labels), None)
        if unknown is not None:
            raise DataError(f"{path}: picture {name} uses the unknown category {unknown!r}.")
        yield Picture(
            path=path,
            name=name,
            width=int(field(image, "width", path)),
            height=int(field(image, "height", path)),
            row=image,
            objects=tuple(zip((labels[c] for c in categories), rows, strict=True)),
        )


def load_json(path: Path) -> Any:
    """The content of a .json or .json.gz file. Raises DataError with the file's name."""
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: not readable as JSON ({error}).") from error


def rows_of(content: Any, key: str, path: Path) -> list[dict[str, Any]]:
    """The list of objects under `key`. Raises DataError when it is not one."""
    rows = content.get(key) if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path}: has no list {key!r}; this is not an instances file.")
    return rows


def field(row: dict[str, Any], key: str, path: Path) -> Any:
    """`row[key]`. Raises DataError when it is missing."""
    if key not in row:
        raise DataError(f"{path}: an entry lacks {key!r} (it has {', '.join(sorted(row))}).")
    return row[key]


def decoded(segmentation: Any, *, width: int, height: int, where: str) -> BoolArray:
    """A mask (height, width) of a COCO segmentation.

    Args:
        segmentation: A flat polygon [x, y, ...], a list of such polygons (their union), or an
            RLE {"size": [height, width], "counts": text, bytes or list}.

    Raises:
        DataError: It is none of these, or of another size; the message begins with `where`.
    """
    if not (0 < width <= 20_000 and 0 < height <= 20_000):
        raise DataError(f"{where}: {width} x {height} px is no picture size.")
    if isinstance(segmentation, dict):
        return _of_rle(segmentation, width=width, height=height, where=where)
    if not isinstance(segmentation, list):
        raise DataError(f"{where}: a segmentation must be polygons or an RLE.")
    flat = bool(segmentation) and not isinstance(segmentation[0], list)
    polygons = [segmentation] if flat else segmentation
    for polygon in polygons:
        numbers = isinstance(polygon, list) and all(
            isinstance(v, int | float) and np.isfinite(v) and abs(v) < 1e6 for v in polygon
        )
        if not numbers or len(polygon) < 6 or len(polygon) % 2:
            raise DataError(f"{where}: a polygon needs at least three points x, y.")
    if not polygons:
        return np.zeros((height, width), bool)
    rles = coco_mask.frPyObjects(polygons, height, width)
    return coco_mask.decode(coco_mask.merge(rles)).astype(bool)


def _of_rle(rle: dict[str, Any], *, width: int, height: int, where: str) -> BoolArray:
    size, counts = rle.get("size"), rle.get("counts")
    if size != [height, width]:
        raise DataError(f"{where}: an RLE of size {size} in a picture of {[height, width]}.")
    if isinstance(counts, list):
        lengths = counts
    elif isinstance(counts, str | bytes):
        text = counts.encode("ascii", "replace") if isinstance(counts, str) else counts
        lengths = _runs(text, where=where)
    else:
        raise DataError(f"{where}: an RLE without counts.")
    # Decoded here: the library trusts the runs and would write past its buffer.
    if not all(isinstance(n, int) and n >= 0 for n in lengths) or sum(lengths) != width * height:
        raise DataError(f"{where}: the runs of an RLE do not add up to its size.")
    bits = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return bits.reshape(width, height).T.copy()


def _runs(counts: bytes, *, where: str) -> list[int]:
    """Run lengths of COCO's compressed RLE text (6-bit groups, delta to the run before last)."""
    runs: list[int] = []
    value = shift = 0
    for byte in counts:
        group = byte - 48
        if not 0 <= group < 64:
            raise DataError(f"{where}: the counts of an RLE hold a foreign character.")
        value |= (group & 0x1F) << shift
        shift += 5
        if group & 0x20:
            if shift > 60:
                raise DataError(f"{where}: the counts of an RLE hold an endless number.")
            continue
        if group & 0x10:
            value -= 1 << shift
        if len(runs) > 2:
            value += runs[-2]
        if value < 0:
            raise DataError(f"{where}: the counts of an RLE hold a negative run.")
        runs.append(value)
        value = shift = 0
    if shift:
        raise DataError(f"{where}: the counts of an RLE break off.")
    return runs
