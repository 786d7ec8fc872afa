"""A condition embedding that is kept as it is, and what it says of a pool, computed once.

Of a training step of the lite ControlNet, two fifths go into embedding the layout at its full
size. Once the embedding has learned to tell the classes apart it can be kept: what it says of each
picture of the pool is then read from disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from diffusers import ControlNetModel
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from numpy.typing import NDArray

from engine.training.picture_pool import PicturePool
from engine.training.text_to_image import Batches


class KeptEmbedding(ControlNetConditioningEmbedding):
    """Hands on a condition that was embedded before."""

    def forward(self, conditioning: torch.Tensor) -> torch.Tensor:
        if conditioning.shape[1] == self.conv_out.out_channels:
            return conditioning
        return super().forward(conditioning)


class KeptBatches(Batches):
    """Batches whose conditions are (B, C, h, w): those of the pool, embedded before."""

    embedded: dict[Path, NDArray[np.float16]]

    def embed(self, controlnet: ControlNetModel) -> None:
        """Freeze the embedding of the ControlNet; embed all conditions, unless that is done."""
        embedding = keep(controlnet)
        key = _key(embedding)
        self.embedded = {
            pool.folder: self._embedded(pool, embedding, key=key) for pool in self.pools
        }

    def conditions(self, pool: PicturePool, rows: NDArray[np.int64]) -> torch.Tensor:
        found = torch.from_numpy(np.asarray(self.embedded[pool.folder][rows]))
        return found.to(self.device).float()

    @torch.no_grad()
    def _embedded(
        self, pool: PicturePool, embedding: KeptEmbedding, *, key: str, batch: int = 16
    ) -> NDArray[np.float16]:
        file, mark = pool.folder / "conditions.bin", pool.folder / "conditions.key"
        channels = cast(int, embedding.conv_out.out_channels)
        shape = (pool.count, channels, *pool.latents.shape[2:])
        if not (file.is_file() and mark.is_file() and mark.read_text("utf-8") == key):
            print(f"Embedding the layouts in {pool.folder}.", flush=True)
            mark.unlink(missing_ok=True)
            out = np.memmap(file, np.float16, "w+", shape=shape)
            for rows in _runs(pool.count, batch):
                with torch.autocast(self.device, dtype=torch.bfloat16):
                    found = embedding(super().conditions(pool, rows))
                out[rows[0] : rows[-1] + 1] = found.half().cpu().numpy()
            out.flush()
            mark.write_text(key, "utf-8")
        return np.memmap(file, np.float16, "r", shape=shape)


def keep(controlnet: ControlNetModel) -> KeptEmbedding:
    """Freeze the condition embedding of a ControlNet and let embedded conditions pass."""
    embedding = controlnet.controlnet_cond_embedding
    # Another class on the same weights: names, export and EMA stay as they are.
    embedding.__class__ = KeptEmbedding
    embedding.requires_grad_(False)
    return cast(KeptEmbedding, embedding)


def _runs(count: int, batch: int) -> Sequence[NDArray[np.int64]]:
    return [np.arange(start, min(start + batch, count)) for start in range(0, count, batch)]


def _key(embedding: ControlNetConditioningEmbedding) -> str:
    parts = b"".join(v.float().cpu().numpy().tobytes() for v in embedding.state_dict().values())
    return hashlib.sha256(parts).hexdigest()[:16]
