"""The judge of renders: a small network that says what each pixel of an illustration shows.

It reads labels ("dog"); an ADE20K class is as likely as its labels together. It is trained apart
from the renderer and from the pack's segmenter, so that neither judges itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.evaluation.trained import load_trained
from engine.layout.palette import CLASS_COUNT

STRIDE = 4
"""Pixels for one reading, along a side."""
SHIPPED = Path(__file__).resolve().parents[2] / "resources/models/eval/render_judge"


class _Block(nn.Module):
    """Two 3 x 3 convolutions with a skip; `stride` 2 halves the picture first."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = functional.silu(self.norm1(self.conv1(x)))
        return functional.silu(self.skip(x) + self.norm2(self.conv2(h)))


class RenderJudge(ModelMixin, ConfigMixin):
    """A U-shaped network over pictures whose sides are multiples of 32 or padded to that.

    Args:
        labels: What it can read; the logits stand in this order.
        classes: ADE20K class of each label.
        widths: Channels at a quarter, an eighth, a sixteenth and a thirty-second of the size.
    """

    @register_to_config
    def __init__(
        self,
        labels: Sequence[str] = (),
        classes: Sequence[int] = (),
        widths: Sequence[int] = (32, 80, 192, 288),
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(STRIDE),
            nn.Conv2d(3 * STRIDE**2, widths[0], 3, 1, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.SiLU(),
        )
        self.down = nn.ModuleList()
        before = widths[0]
        for level, width in enumerate(widths):
            first = _Block(before, width, 2 if level else 1)
            # Where there are most pixels, a block costs most and sees least.
            self.down.append(nn.Sequential(first, _Block(width, width)) if level else first)
            before = width
        self.up = nn.ModuleList(
            _Block(upper + lower, lower)
            for upper, lower in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(widths[0], len(labels), 1)
        table = torch.zeros(len(labels), CLASS_COUNT)
        table[torch.arange(len(labels)), torch.tensor(list(classes), dtype=torch.long)] = 1
        self.register_buffer("table", table, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, labels, h/4, w/4) of pictures (B, 3, h, w) in -1..1."""
        return self.head(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """What `head` reads the logits from, (B, widths[0], h/4, w/4)."""
        height, width = x.shape[2:]
        x = functional.pad(x, (0, -width % 32, 0, -height % 32), mode="replicate")
        h, kept = self.stem(x), []
        for stage in self.down:
            h = stage(h)
            kept.append(h)
        kept.pop()
        for stage in self.up:
            h = functional.interpolate(h, scale_factor=2, mode="nearest")
            h = stage(torch.cat([h, kept.pop()], dim=1))
        return h[..., : -(-height // STRIDE), : -(-width // STRIDE)]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.config["labels"])

    @torch.inference_mode()
    def read(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Label probabilities (labels, h/4, w/4) of an RGB picture (h, w, 3)."""
        x = to_input(picture[None]).to(self.device, self.dtype)
        both = self(x).float().softmax(1) + self(x.flip(3)).flip(3).float().softmax(1)
        return (both[0] / 2).cpu().numpy()

    def class_map(self, probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Likeliest ADE class (h/4, w/4), 0..149, of what `read` gave."""
        assert isinstance(self.table, Tensor)
        classes = np.einsum("lhw,lc->chw", probabilities, self.table.cpu().numpy())
        return classes.argmax(0).astype(np.uint8)


def to_input(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 (B, h, w, 3) to (B, 3, h, w) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def load_judge(folder: Path = SHIPPED) -> RenderJudge:
    """The trained judge; raises ModelMissing or ModelDamaged where it cannot be opened."""
    return load_trained(
        RenderJudge, folder, what="the judge of renders", command="train render-judge"
    )
