"""Training shapes by class: for the retrieval baseline, the mean shape, and to spot memorising."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.evaluation.cases import AnyScene
from engine.layout.geometry import Box
from engine.layout.mask import BoolArray, Mask

FRAME = 32
"""Side of the frame in which shapes are compared: each in its own box, stretched to a square."""
_MIN_AREA = 120


class ShapeBank:
    """Whole silhouettes of the training part, by label."""

    def __init__(self, shapes: Iterable[tuple[str, Mask]]) -> None:
        found: dict[str, list[Mask]] = defaultdict(list)
        for label, mask in shapes:
            if mask.area >= _MIN_AREA:
                found[label].append(mask)
        self._masks = dict(found)
        self._aspects = {k: np.array([_aspect(m.box) for m in v]) for k, v in found.items()}
        self._frames: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def of(cls, scenes: Iterable[AnyScene], *, limit: int = 200_000) -> ShapeBank:
        """The whole things of the scenes: complete ones, wholly on the canvas."""

        def shapes() -> Iterable[tuple[str, Mask]]:
            for scene in scenes:
                canvas = Box(0, 0, scene.width, scene.height)
                for o in scene.objects:
                    mask = o.mask
                    whole = getattr(o, "complete", mask.box.intersection(canvas) == mask.box)
                    if whole and not o.background:
                        yield o.label, mask

        return cls(pair for pair, _ in zip(shapes(), range(limit), strict=False))

    def __contains__(self, label: str) -> bool:
        return label in self._masks

    def __len__(self) -> int:
        return sum(map(len, self._masks.values()))

    def similar(
        self, label: str, box: Box, *, count: int, rng: np.random.Generator, pool: int = 32
    ) -> list[Mask]:
        """`count` random ones of the `pool` shapes of the class nearest in aspect."""
        aspects = self._aspects[label]
        near = np.argsort(np.abs(aspects - _aspect(box)), kind="stable")[: max(pool, count)]
        chosen = rng.choice(near, count, replace=len(near) < count)
        return [self._masks[label][i] for i in chosen]

    def mean_shape(self, label: str) -> BoolArray:
        """Where over half of the class' shapes are, each in its own box: (FRAME, FRAME)."""
        return self._stack(label).mean(0).reshape(FRAME, FRAME) > 0.5

    def nearest(self, label: str, crops: Sequence[BoolArray]) -> NDArray[np.float32]:
        """IoU in the frame of each crop with the nearest shape of its class, either way round."""
        stack = self._stack(label)
        sizes = stack.sum(1)
        best = np.zeros(len(crops), np.float32)
        for flip in (1, -1):
            frames = np.stack([framed(crop[:, ::flip]) for crop in crops])
            frames = frames.reshape(len(crops), -1).astype(np.float32)
            both = frames @ stack.T
            either = frames.sum(1)[:, None] + sizes[None] - both
            best = np.maximum(best, (both / np.maximum(either, 1)).max(1))
        return best

    def _stack(self, label: str) -> NDArray[np.float32]:
        if label not in self._frames:
            frames = np.stack([framed(mask.crop()) for mask in self._masks[label]])
            self._frames[label] = frames.reshape(len(frames), -1).astype(np.float32)
        return self._frames[label]


def _aspect(box: Box) -> float:
    return float(np.log(max(box.width, 1) / max(box.height, 1)))


def framed(crop: BoolArray) -> BoolArray:
    """A cropped silhouette stretched to the frame, (FRAME, FRAME)."""
    return resized(crop, FRAME, FRAME)


def resized(crop: BoolArray, width: int, height: int) -> BoolArray:
    """A silhouette at another size, by coverage, (height, width)."""
    shrinks = crop.shape[0] > height or crop.shape[1] > width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(crop.astype(np.uint8) * 255, (width, height), interpolation=method) > 127


def fitted(crop: BoolArray, box: Box) -> Mask:
    """A silhouette stretched to fill a box."""
    return Mask.from_array(resized(crop, box.width, box.height), x=box.x, y=box.y)
