"""The silhouette classifier: what does this outline look like?

It judges masks by shape alone (no place, no size, no context), so that a suggestion counts as
recognisable only when its outline shows what it is. Used by evaluation only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.evaluation.trained import load_trained
from engine.layout.mask import BoolArray

SIDE = 64
MARGIN = 4
SHIPPED = Path(__file__).resolve().parents[2] / "resources/models/eval/silhouette_classifier"


def portrait(crop: BoolArray) -> NDArray[np.uint8]:
    """A cropped silhouette as coverage 0..255 in a (SIDE, SIDE) frame, its aspect kept."""
    height, width = crop.shape
    scale = (SIDE - 2 * MARGIN) / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(crop.astype(np.uint8) * 255, size, interpolation=method)
    out = np.zeros((SIDE, SIDE), np.uint8)
    y, x = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    out[y : y + size[1], x : x + size[0]] = small
    return out


class _Block(nn.Module):
    """Two 3 x 3 convolutions with a skip (He et al. 2016, pre-activation)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = functional.silu(self.norm1(x))
        return self.skip(x) + self.conv2(functional.silu(self.norm2(self.conv1(h))))


class SilhouetteClassifier(ModelMixin, ConfigMixin):
    """A small residual network over 64 px silhouettes.

    Args:
        labels: Class names; the logits stand in this order.
        widths: Channels at 16, 8 and 4 px.
        blocks: Residual blocks at each of them.
        dropout: Before the last layer, in training.
    """

    @register_to_config
    def __init__(
        self,
        labels: Sequence[str] = (),
        widths: Sequence[int] = (64, 128, 192),
        blocks: Sequence[int] = (1, 2, 2),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        # Measured: starting at 16 px is three times as fast as at 32 px and no worse.
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(4),
            nn.Conv2d(16, widths[0], 3, 1, 1, bias=False),
        ]
        before = widths[0]
        for level, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            for block in range(count):
                layers.append(_Block(before, width, 2 if level and not block else 1))
                before = width
        self.body = nn.Sequential(*layers, nn.BatchNorm2d(before), nn.SiLU())
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(2 * before, len(labels))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes) of coverage (B, 1, SIDE, SIDE) in 0..1."""
        h = self.body(x * 2 - 1)
        pooled = torch.cat([h.mean((2, 3)), h.amax((2, 3))], dim=1)
        return self.head(self.drop(pooled))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.config["labels"])

    @torch.inference_mode()
    def probabilities(self, crops: Sequence[BoolArray]) -> NDArray[np.float32]:
        """Class probabilities (n, classes) of cropped silhouettes, averaged over both facings.

        An empty crop gets zeros: it shows nothing.
        """
        out = np.zeros((len(crops), len(self.labels)), np.float32)
        kept = [i for i, crop in enumerate(crops) if crop.any()]
        for start in range(0, len(kept), 256):
            part = kept[start : start + 256]
            frames = np.stack([portrait(crops[i]) for i in part])
            x = torch.from_numpy(frames)[:, None].float() / 255
            x = x.to(self.device, self.dtype)
            both = self(x).float().softmax(1) + self(x.flip(3)).float().softmax(1)
            out[part] = (both / 2).cpu().numpy()
        return out


def load_classifier(folder: Path = SHIPPED) -> SilhouetteClassifier:
    """The trained classifier; raises ModelMissing or ModelDamaged where it cannot be opened."""
    return load_trained(
        SilhouetteClassifier,
        folder,
        what="the silhouette classifier",
        command="train classifier --data DIR",
    )
