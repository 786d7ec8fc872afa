"""Contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.sheet import scene_sheet, semantic_colours
from engine.errors import DataError, InputError


def test_a_sheet_shows_pictures_maps_and_captions(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    scenes = scene_sheet(path, seed=1, count=4)
    assert [scene.seed for scene in scenes] == [1, 2, 3, 4]
    picture = np.asarray(Image.open(path).convert("RGB"))
    first = scenes[0]
    assert first.image is not None
    top, left = 8 + (256 - first.height) // 2, 8 + (256 - first.width) // 2
    shown = picture[top : top + first.height, left : left + first.width]
    assert np.array_equal(shown, first.image)
    x = left + 256
    map_shown = picture[top : top + first.height, x : x + first.width]
    assert np.array_equal(map_shown, semantic_colours(first))
    caption_strip = picture[8 + 256 : 8 + 256 + 26, 8:400]
    assert (caption_strip < 100).any()


def test_a_sheet_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 scenes"):
        scene_sheet(tmp_path / "sheet.png", seed=1, count=0)
    with pytest.raises(DataError, match="cannot be written"):
        scene_sheet(tmp_path / "no" / "sheet.png", seed=1, count=1)
