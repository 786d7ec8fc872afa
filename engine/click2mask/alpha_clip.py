"""Alpha-CLIP: how well a marked region of a picture fits words (Sun et al., CVPR 2024).

A plain transformers `CLIPModel` whose patch embedding has a fourth input channel, the region.
`CLIPVisionConfig(num_channels=4)` is all that tells it from CLIP, so `from_pretrained` opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoTokenizer, CLIPModel

from engine.errors import InputError, ModelDamaged, ModelMissing

RGB_MEAN = (0.48145466, 0.4578275, 0.40821073)
RGB_STD = (0.26862954, 0.26130258, 0.27577711)
ALPHA_MEAN, ALPHA_STD = 0.5, 0.26

WINDOW_KEY = "alpha_window"
"""Key of a scorer's config.json: it was trained on square windows this many times as large as the
region, and is shown such windows. Without it (the published models) it sees whole pictures."""

_LEAST_WINDOW = 0.25
"""Of the picture's side: what is smaller shows nothing of where it stands."""


class AlphaClip:
    """A scorer: its model, its tokenizer, and how pictures and regions are put before it."""

    def __init__(self, model: CLIPModel, tokenizer: Any) -> None:
        self._config: Any = model.config
        channels = self._config.vision_config.num_channels
        if channels != 4:
            raise ModelDamaged(f"The scorer looks at {channels} channels; RGB and region make 4.")
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> AlphaClip:
        """Open a model folder; computes in float32 whatever the files hold.

        Raises:
            ModelMissing: The folder, its weights or its tokenizer are not there.
            ModelDamaged: A file cannot be read as what it should be, or the model is no Alpha-CLIP.
        """
        folder = Path(folder)
        if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
            raise ModelMissing(f"There is no scorer in {folder}: config.json or weights are gone.")
        try:
            model = CLIPModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise ModelDamaged(f"The scorer in {folder} cannot be read: {reason}") from error
        return cls(model, tokenizer)

    @property
    def size(self) -> int:
        """Side in px of what the model sees."""
        return int(self._config.vision_config.image_size)

    @property
    def device(self) -> torch.device:
        return self.model.device

    def to(self, device: torch.device | str) -> AlphaClip:
        self.model.to(device)  # pyright: ignore[reportArgumentType]
        return self

    def text(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors of texts, float32 (len(texts), D); over-long ones are cut off."""
        batch = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
        )
        ids, mask = batch["input_ids"], batch["attention_mask"]
        with torch.no_grad():
            out = self.model.get_text_features(
                input_ids=ids.to(self.device), attention_mask=mask.to(self.device)
            )
        return F.normalize(out.pooler_output.float(), dim=-1)  # pyright: ignore

    def image(self, rgb: Tensor, alpha: Tensor) -> Tensor:
        """Unit vectors of marked pictures, float32 (B, D); differentiable in `rgb`.

        Args:
            rgb: 0..1, (B, 3, H, W).
            alpha: The region, 0 or 1, (B, 1, H, W); all ones marks the whole picture.
        """
        rgb, alpha = self.seen(rgb.float(), alpha.float())
        pixels = torch.cat([normalised_rgb(rgb), normalised_alpha(alpha)], dim=1)
        out = self.model.get_image_features(pixel_values=pixels.to(self.device))  # pyright: ignore
        return F.normalize(out.pooler_output.float(), dim=-1)  # pyright: ignore

    def check_prompt(self, prompt: str) -> str:
        """A note when the scorer reads only the beginning; else "".

        Raises InputError when it can make nothing of any word.
        """
        ids = self.tokenizer(prompt, truncation=False)["input_ids"]
        special = set(self.tokenizer.all_special_ids)
        unknown = self.tokenizer.unk_token_id
        own = [token for token in ids if token not in special]
        if not own and (unknown in ids or prompt.strip()):
            raise InputError(
                f"The scorer knows no word of {prompt[:60]!r}: use other words for the object."
            )
        if len(ids) > self._longest:
            return (
                f"The prompt has {len(ids)} word pieces; the scorer reads the first "
                f"{self._longest} alone."
            )
        return ""

    @property
    def _longest(self) -> int:
        return int(self._config.text_config.max_position_embeddings)

    def seen(self, rgb: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Both at the model's size, cut to windows around the regions where it wants them.

        What has the model's size is left as it is.
        """
        if rgb.shape[-2:] == (self.size, self.size):
            return rgb, alpha
        factor = getattr(self._config, WINDOW_KEY, None)
        if not factor:
            return fitted(rgb, self.size), fitted(alpha, self.size)
        pairs = []
        for picture, region in zip(rgb, alpha, strict=True):
            rows, columns = region_window(region[0], float(factor))
            pairs.append(
                (
                    fitted(picture[None, :, rows, columns], self.size),
                    fitted(region[None, :, rows, columns], self.size),
                )
            )
        return torch.cat([p for p, _ in pairs]), torch.cat([a for _, a in pairs])


def normalised_rgb(rgb: Tensor) -> Tensor:
    """0..1 to CLIP's mean and spread, (B, 3, H, W)."""
    mean = torch.tensor(RGB_MEAN, device=rgb.device, dtype=rgb.dtype)[:, None, None]
    std = torch.tensor(RGB_STD, device=rgb.device, dtype=rgb.dtype)[:, None, None]
    return (rgb - mean) / std


def normalised_alpha(alpha: Tensor) -> Tensor:
    """0..1 to -1.923..1.923."""
    return (alpha - ALPHA_MEAN) / ALPHA_STD


def fitted(x: Tensor, size: int) -> Tensor:
    """(B, C, H, W) at size x size: averaged where it shrinks, bilinear where it grows."""
    if x.shape[-2:] == (size, size):
        return x
    if min(x.shape[-2:]) >= size:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)


def region_window(region: Tensor, factor: float) -> tuple[slice, slice]:
    """Rows and columns of a square `factor` times as large as a region (H, W) > 0.5, inside H, W.

    The whole picture for an empty region.
    """
    height, width = region.shape
    marked = region > 0.5
    ys, xs = marked.any(1).nonzero()[:, 0], marked.any(0).nonzero()[:, 0]
    if not len(ys):
        return slice(0, height), slice(0, width)
    top, bottom, left, right = int(ys[0]), int(ys[-1]) + 1, int(xs[0]), int(xs[-1]) + 1
    wanted = max(max(bottom - top, right - left) * factor, _LEAST_WINDOW * max(height, width))
    side = max(1, min(round(wanted), height, width))
    return (
        _span((top + bottom) / 2, side, height),
        _span((left + right) / 2, side, width),
    )


def _span(middle: float, side: int, length: int) -> slice:
    start = min(max(round(middle - side / 2), 0), length - side)
    return slice(start, start + side)
