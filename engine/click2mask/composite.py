"""The feathered edge with which a result is laid over the photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.click2mask.config import PAPER_WIDTH, ClickConfig
from engine.layout.mask import BoolArray

_UNSEEN = 1 / 255
"""Weights below it change no 8-bit value by more than one; the photo stays as it is there."""


def enlarged(mask: BoolArray, width: int) -> BoolArray:
    """A mask of the field on a canvas of `width` px: bilinear, more than a half."""
    grey = mask.astype(np.float32)
    return cv2.resize(grey, (width, width), interpolation=cv2.INTER_LINEAR) > 0.5


def feather(mask: BoolArray, *, config: ClickConfig, width: int) -> NDArray[np.float32]:
    """Weight of the result, 0..1, shape (width, width): 1 in the mask and well beyond its edge.

    The mask is blurred and multiplied by `feather_gain`, so that the soft band lies where the
    blurred mask is below 1 / gain, outside the object.
    """
    large = enlarged(mask, width)
    hard = large.astype(np.float32)
    if config.feather <= 0:
        return hard
    sigma = config.feather * width / PAPER_WIDTH
    soft = cv2.GaussianBlur(hard, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    weight = np.clip(soft * config.feather_gain, 0, 1)
    weight[weight < _UNSEEN] = 0
    weight[large] = 1
    return weight.astype(np.float32)
