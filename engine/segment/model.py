"""A pack's panoptic model: Mask2Former, MaskFormer, OneFormer or EoMT, through transformers."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import ModelDamaged
from engine.jobs.context import JobContext
from engine.models import memory
from engine.models.packs import cached
from engine.segment.layers import Segment, parted
from engine.segment.names import ClassName, class_names
from engine.segment.settings import SegmenterSettings, settings_in

WORK_SIDE = 1024
"""Longest side in px of the map that segments are cut from: the model sees at most that, and a
map of the whole of a large photo would take gigabytes."""
THRESHOLDS = {"eomt": 0.8, "eomt_dinov3": 0.8}
"""Of families whose scores run high; 0.5 for the others (their model cards)."""


@dataclass(frozen=True, slots=True, eq=False)
class Segmenter:
    """An opened model, its image processor, and what its classes are called."""

    model: Any
    processor: Any
    names: dict[int, ClassName]
    settings: SegmenterSettings

    @property
    def family(self) -> str:
        """The model type of the config: "maskformer", "mask2former", "oneformer", "eomt" ..."""
        return str(self.model.config.model_type)

    @property
    def threshold(self) -> float:
        """Lowest score that is kept where the request names none."""
        chosen = self.settings.threshold
        return THRESHOLDS.get(self.family, 0.5) if chosen is None else chosen


def load_segmenter(pack: str, context: JobContext) -> Segmenter:
    """The pack's segmenter, opened on the first call and kept; raises as `packs.cached`."""
    where = memory.device()

    def load(folder: Path) -> Segmenter:
        from transformers.utils import logging

        logging.disable_progress_bar()
        opened = open_segmenter(folder)
        opened.model.to(where)
        return opened

    return cached(pack, "segmenter", load, context, variant=where)


def open_segmenter(folder: Path) -> Segmenter:
    """Open a transformers folder of a universal segmentation model.

    Raises:
        ModelDamaged: The folder holds no such model, or names none of its classes.
    """
    from transformers import AutoConfig, AutoModelForUniversalSegmentation

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    # Not as it is stored: in half precision one picture in fifteen overflowed, and nothing was
    # found.
    model = AutoModelForUniversalSegmentation.from_pretrained(
        folder, config=config, dtype=torch.float32, local_files_only=True, use_safetensors=True
    ).eval()
    if not config.id2label:
        raise ModelDamaged(f"{folder} does not name its classes: install the pack again.")
    names = {int(key): str(value) for key, value in config.id2label.items()}
    settings = settings_in(folder)
    return Segmenter(
        model=model,
        processor=_processor(folder, config.model_type, names),
        names=class_names(names, settings.stuff),
        settings=settings,
    )


def _processor(folder: Path, family: str, names: dict[int, str]) -> Any:
    from transformers import AutoImageProcessor, AutoTokenizer, OneFormerProcessor

    if family != "oneformer":
        return AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    # OneFormer's own folders name a file of class names that lies in another repository.
    with tempfile.TemporaryDirectory() as place:
        info = {str(key): {"name": name, "isthing": 1} for key, name in names.items()}
        (Path(place) / "classes.json").write_text(json.dumps(info), "utf-8")
        images = AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, repo_path=place, class_info_file="classes.json"
        )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return OneFormerProcessor(image_processor=images, tokenizer=tokenizer)


def work_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of the panoptic map of a photo."""
    scale = min(1.0, WORK_SIDE / max(width, height))
    return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))


@torch.inference_mode()
def panoptic(
    segmenter: Segmenter, photo: NDArray[np.uint8], *, threshold: float | None = None
) -> list[Segment]:
    """What a photo shows, as segments at `work_size`, the surest first.

    Args:
        photo: RGB, uint8 (height, width, 3).
        threshold: Lowest score 0..1 of a segment; None takes the model's own.
    """
    width, height = work_size(photo.shape[1], photo.shape[0])
    if (width, height) != (photo.shape[1], photo.shape[0]):
        small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
        photo = np.asarray(small, dtype=np.uint8)
    inputs = _inputs(segmenter, photo)
    outputs = segmenter.model(**inputs)
    return _segments(segmenter, outputs, (height, width), threshold)


def _inputs(segmenter: Segmenter, photo: NDArray[np.uint8]) -> dict[str, torch.Tensor]:
    task = {"task_inputs": ["panoptic"]} if segmenter.family == "oneformer" else {}
    batch = segmenter.processor(images=photo, return_tensors="pt", **task)
    wanted = ("pixel_values", "pixel_mask", "task_inputs", "patch_offsets")
    weights = next(segmenter.model.parameters())
    return {
        key: value.to(weights.device, weights.dtype if value.is_floating_point() else None)
        for key, value in batch.items()
        if key in wanted and isinstance(value, torch.Tensor)
    }


def _post_processor(segmenter: Segmenter) -> Any:
    if segmenter.family != "oneformer":
        return segmenter.processor
    # OneFormer's own needs torchvision; what it does with the same outputs is the same.
    from transformers import MaskFormerImageProcessorPil

    return MaskFormerImageProcessorPil()


def _segments(
    segmenter: Segmenter, outputs: Any, size: tuple[int, int], threshold: float | None
) -> list[Segment]:
    stuff = [key for key, name in segmenter.names.items() if name.is_stuff]
    # The two spellings of one thing in transformers.
    fused = (
        {"stuff_classes": stuff}
        if segmenter.family.startswith("eomt")
        else {"label_ids_to_fuse": set(stuff)}
    )
    found = _post_processor(segmenter).post_process_panoptic_segmentation(
        outputs,
        target_sizes=[size],
        threshold=segmenter.threshold if threshold is None else threshold,
        mask_threshold=segmenter.settings.mask_threshold,
        overlap_mask_area_threshold=segmenter.settings.overlap,
        **fused,
    )[0]
    ids = np.asarray(found["segmentation"].cpu())
    # Fused segments are listed once for each query that went into them.
    best: dict[int, dict[str, Any]] = {}
    for info in found["segments_info"]:
        known = best.setdefault(info["id"], info)
        if info["score"] > known["score"]:
            best[info["id"]] = info
    segments = [
        Segment(segmenter.names[info["label_id"]], ids == number, float(info["score"]))
        for number, info in best.items()
        if info["label_id"] in segmenter.names
    ]
    if segmenter.settings.split:
        segments = [part for segment in segments for part in parted(segment)]
    return sorted(segments, key=lambda segment: -segment.score)
