"""Models stored in half precision are not computed in it."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.models.packs import pack_folder
from engine.segment.model import open_segmenter


def test_a_model_stored_in_half_precision_is_computed_in_single() -> None:
    """In half precision the shipped one overflowed on some pictures and found nothing there."""
    opened = open_segmenter(Path(pack_folder("lite")) / "segmenter")
    assert {weight.dtype for weight in opened.model.parameters()} == {torch.float32}
