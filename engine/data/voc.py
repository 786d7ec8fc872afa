"""PASCAL VOC + SBD semantic maps -> ordered real silhouettes.

The maps hold classes, not instances: objects of one class that touch are one component. What
counts as a whole silhouette is decided here, by geometry.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.data.scenes import RealObject, RealScene, caption_of
from engine.errors import DataError
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask

ARCHIVE = "voc_sbd_masks_160.zip"
VOID = 255
VOC_CLASSES = (
    "airplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "dining table", "dog", "horse", "motorcycle", "person", "potted plant", "sheep", "sofa",
    "train", "tv",
)  # fmt: skip
"""Everyday names of the classes 1..20, in the data set's order."""

MIN_SHARE = 0.003
"""Components under this share of the picture are noise, not objects."""
MIN_COMPLETE_AREA = 120
"""Pixels below which a silhouette shows no shape worth learning."""
VAL_PERCENT = 10

_RIM = 3
"""Void deeper than this many pixels is a thing nobody labelled, not the rim of an object."""
_GAP = 2
"""Objects with fewer free pixels than this between them touch: the maps were made smaller."""
_SMALL_HOLE = 0.02
_CACHE_VERSION = 1

ByteArray = NDArray[np.uint8]


def split_of(name: str) -> str:
    """ "train" or "val": fixed by the name alone, so every machine has the same split."""
    return "val" if hashlib.sha256(name.encode()).digest()[0] * 100 < VAL_PERCENT * 256 else "train"


def scene_of_map(labels: ByteArray, *, name: str) -> RealScene:
    """The objects of one semantic map, far to near by their lowest row.

    Args:
        labels: (height, width) with 0 = background, 1..20 = class, 255 = void.
        name: Of the picture; decides the split.

    Raises:
        DataError: A pixel is neither of these.
    """
    if labels.ndim != 2 or np.any((labels > len(VOC_CLASSES)) & (labels != VOID)):
        raise DataError(
            f"{name}: not a VOC semantic map; pixels must be 0..20 or 255 in one channel."
        )
    height, width = labels.shape
    components, classes = _components(labels)
    occupied = components != 0
    occupied |= _deep_void(labels)
    objects: list[RealObject] = []
    for number, class_id in enumerate(classes, 1):
        full = components == number
        whole, box = _filled(full, occupied)
        area = int(whole.sum())
        if area < MIN_SHARE * width * height or area < 16:
            continue
        mask = Mask.from_array(whole, x=box.x, y=box.y)
        complete = (
            area >= MIN_COMPLETE_AREA
            and not _touches_border(mask.box, width, height)
            and not _touches_other(full, occupied, mask.box)
        )
        objects.append(RealObject(label=VOC_CLASSES[class_id - 1], mask=mask, complete=complete))
    objects.sort(key=lambda o: (o.box.bottom, -o.mask.area))
    return RealScene(
        width=width,
        height=height,
        caption=caption_of(o.label for o in sorted(objects, key=lambda o: -o.mask.area)),
        objects=tuple(objects),
        name=name,
        split=split_of(name),
    )


def _components(labels: ByteArray) -> tuple[NDArray[np.int32], list[int]]:
    """Connected components (1..n, 0 = none) with the void rim shared out, and their classes."""
    ids = np.zeros(labels.shape, np.int32)
    classes: list[int] = []
    for class_id in np.unique(labels):
        if class_id in (0, VOID):
            continue
        count, part = cv2.connectedComponents((labels == class_id).astype(np.uint8), connectivity=8)
        np.copyto(ids, part + len(classes), where=part > 0)
        classes += [int(class_id)] * (count - 1)
    void = labels == VOID
    if void.any() and not void.all():
        distance, nearest = cv2.distanceTransformWithLabels(
            void.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        # Every non-void pixel has a number of its own; look up which component it belongs to.
        owner = np.zeros(int(nearest.max()) + 1, np.int32)
        owner[nearest[~void]] = ids[~void]
        rim = void & (distance <= _RIM)
        ids[rim] = owner[nearest[rim]]
    return ids, classes


def _deep_void(labels: ByteArray) -> BoolArray:
    void = (labels == VOID).astype(np.uint8)
    if not void.any() or void.all():
        return void.astype(bool)
    return cv2.distanceTransform(void, cv2.DIST_L2, 3) > _RIM


def _filled(full: BoolArray, occupied: BoolArray) -> tuple[BoolArray, Box]:
    """The component's crop with small holes that no other object fills closed, and its box."""
    rows, columns = np.flatnonzero(full.any(1)), np.flatnonzero(full.any(0))
    if rows.size == 0:
        return full, Box(0, 0, 0, 0)
    y, x = int(rows[0]), int(columns[0])
    box = Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)
    crop = full[y : box.bottom, x : box.right].copy()
    limit = max(4, _SMALL_HOLE * int(crop.sum()))
    empty = np.pad(~crop, 1, constant_values=True).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(empty, connectivity=4)
    parts = parts[1:-1, 1:-1]
    outside = cv2.connectedComponents(empty, connectivity=4)[1][0, 0]
    others = occupied[y : box.bottom, x : box.right] & ~crop
    for part in range(1, count):
        hole = parts == part
        if part != outside and stats[part, cv2.CC_STAT_AREA] <= limit and not others[hole].any():
            crop[hole] = True
    return crop, box


def _touches_border(box: Box, width: int, height: int) -> bool:
    return box.x <= 0 or box.y <= 0 or box.right >= width or box.bottom >= height


def _touches_other(full: BoolArray, occupied: BoolArray, box: Box) -> bool:
    y, x = max(box.y - _GAP, 0), max(box.x - _GAP, 0)
    region = np.s_[y : box.bottom + _GAP, x : box.right + _GAP]
    kernel = np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8)
    near = cv2.dilate(full[region].astype(np.uint8), kernel) > 0
    return bool((near & occupied[region] & ~full[region]).any())


def read_voc(
    data: Path, *, split: str | None = None, cache: Path | None = None
) -> tuple[RealScene, ...]:
    """Every picture of the archive that has an object, in the order of names.

    Args:
        data: Folder that holds `voc_sbd_masks_160.zip`, or the archive itself.
        split: "train" or "val" for one part (about 90 : 10 by name hash); None for both.
        cache: Folder for the prepared silhouettes; None takes the user's cache folder.

    Raises:
        DataError: The archive is missing, damaged, or holds something else.
    """
    archive = data if data.is_file() else data / ARCHIVE
    if not archive.is_file():
        raise DataError(f"{archive}: not found; --data must name the folder that holds {ARCHIVE}.")
    scenes = _cached(archive, cache or _user_cache())
    return scenes if split is None else tuple(s for s in scenes if s.split == split)


def _read_archive(archive: Path) -> tuple[RealScene, ...]:
    scenes: list[RealScene] = []
    try:
        with zipfile.ZipFile(archive) as bundle:
            for entry in sorted(n for n in bundle.namelist() if n.endswith(".png")):
                try:
                    labels = np.array(Image.open(io.BytesIO(bundle.read(entry))))
                except (UnidentifiedImageError, OSError) as error:
                    raise DataError(f"{archive}: {entry} is not a readable PNG.") from error
                scene = scene_of_map(labels, name=Path(entry).stem)
                if scene.objects:
                    scenes.append(scene)
    except zipfile.BadZipFile as error:
        raise DataError(f"{archive}: damaged ({error}); copy the archive again.") from error
    if not scenes:
        raise DataError(f"{archive}: holds no semantic maps (PNG files with classes 1..20).")
    return tuple(scenes)


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("scenewright") / "datasets"


def _cached(archive: Path, folder: Path) -> tuple[RealScene, ...]:
    stat = archive.stat()
    key = f"{_CACHE_VERSION}-{stat.st_size}-{int(stat.st_mtime)}"
    stored = folder / f"voc-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npz"
    if stored.is_file():
        try:
            return _load(stored)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            stored.unlink(missing_ok=True)  # half-written or foreign: made anew below
    scenes = _read_archive(archive)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = stored.with_suffix(f".{id(scenes)}.part.npz")
        _store(part, scenes)
        part.replace(stored)
    except OSError:
        pass  # the cache only saves time; a read-only home or a full disk must not stop reading
    return scenes


def _store(path: Path, scenes: tuple[RealScene, ...]) -> None:
    objects = [(i, o) for i, scene in enumerate(scenes) for o in scene.objects]
    np.savez(
        path,
        names=np.array([s.name for s in scenes]),
        sizes=np.array([(s.width, s.height) for s in scenes], np.int32),
        captions=np.array([s.caption for s in scenes]),
        scene=np.array([i for i, _ in objects], np.int32),
        label=np.array([VOC_CLASSES.index(o.label) for _, o in objects], np.uint8),
        box=np.array([tuple(o.box) for _, o in objects], np.int32),
        complete=np.array([o.complete for _, o in objects]),
        length=np.array([len(o.mask.bits) for _, o in objects], np.int64),
        bits=np.frombuffer(b"".join(o.mask.bits for _, o in objects), np.uint8),
    )


def _load(path: Path) -> tuple[RealScene, ...]:
    with np.load(path, allow_pickle=False) as stored:
        a = {key: stored[key] for key in stored.files}
    bits, ends = a["bits"].tobytes(), np.cumsum(a["length"]).tolist()
    starts = [0, *ends[:-1]]
    per_scene: list[list[RealObject]] = [[] for _ in a["names"]]
    rows = zip(
        a["scene"].tolist(), a["label"].tolist(), a["box"].tolist(), a["complete"].tolist(),
        starts, ends, strict=True,
    )  # fmt: skip
    for scene, label, box, complete, start, end in rows:
        mask = Mask(Box(*box), bits[start:end])
        per_scene[scene].append(RealObject(label=VOC_CLASSES[label], mask=mask, complete=complete))
    return tuple(
        RealScene(
            width=int(size[0]),
            height=int(size[1]),
            caption=str(caption),
            objects=tuple(found),
            name=str(name),
            split=split_of(str(name)),
        )
        for name, size, caption, found in zip(
            a["names"], a["sizes"], a["captions"], per_scene, strict=True
        )
    )
