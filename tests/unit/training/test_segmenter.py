"""Training the lite segmenter: targets, learning, and a folder that the segment job opens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.segment.model import open_segmenter, panoptic
from engine.training import segmenter as training
from engine.training.picture_pool import PicturePool, Words
from engine.training.segmenter import (
    CELLS,
    Batches,
    Learner,
    check,
    class_of_labels,
    export,
    targets_of,
    truth_of,
)
from engine.training.segmenter_model import new_processor

LABELS = ("sky", "grass", "dog", "animal")
SMALL = {"widths": (16, 16, 24, 32), "depths": (1, 1, 1, 1), "hidden": 32, "features": 32}


@pytest.fixture
def pool(tmp_path: Path) -> PicturePool:
    """Blue sky, green grass, and a red dog somewhere on it; the first picture has two dogs."""
    made = PicturePool(tmp_path / "pool", (256, 192), count=8, mode="w+")
    rng = np.random.default_rng(0)
    for row in range(8):
        made.pictures[row, :100], made.maps[row, :100] = (90, 160, 250), 1
        made.pictures[row, 100:], made.maps[row, 100:] = (60, 170, 60), 2
        for value in (3, 4)[: 2 if row == 0 else 1]:
            x = int(rng.integers(0, 100)) + 110 * (value - 3)
            made.pictures[row, 80:140, x : x + 40] = (220, 40, 30)
            made.maps[row, 80:140, x : x + 40] = value
        labels = ("night sky", "grass", "dog, sitting", "dog" if row == 0 else "")
        made.words.append(Words("", "flat", labels, (0, 3, 10, 127, 127)))
    return made


def test_frequent_labels_are_classes_and_skies_and_rare_things_are_not() -> None:
    words = Words("", "flat", ("sunset sky", "dog, running", "woman", ""), (0, 3, 127, 13, 1))
    often = type("Pool", (), {"words": [words] * 300})()
    rare = Words("", "flat", ("hedgehog",), (0, 127))
    seldom = type("Pool", (), {"words": [rare]})()
    classes = class_of_labels(cast("Any", [often, seldom]))
    assert classes == {
        "sunset sky": "sky",
        "dog": "dog",
        "woman": "person",
        "hedgehog": "animal",
    }


def test_targets_say_what_each_cell_shows() -> None:
    classes = np.full((256, 256), -1, np.int16)
    classes[:128] = 0
    classes[128:, :64] = 2
    classes[0, 0] = 3  # a speck is no target
    targets = targets_of([classes, np.full((256, 256), -1, np.int16)], device="cpu")
    assert targets.pairs.tolist() == [[0, 0], [0, 2]]
    assert targets.named.shape == (2, CELLS, CELLS)
    assert (targets.named[0, : CELLS // 2] == 0).all()
    assert (targets.named[0, CELLS // 2 :, CELLS // 4 :] == -1).all()
    assert (targets.named[1] == -1).all()
    assert targets.shares[1].sum() == pytest.approx(CELLS / 2 * CELLS / 4)


def test_two_of_a_thing_are_two_and_all_of_a_backdrop_is_one(pool: PicturePool) -> None:
    layers = np.array(pool.maps[0])
    found = truth_of(layers, {1: 0, 2: 1, 3: 2, 4: 2}, LABELS)
    assert sorted(class_id for class_id, _ in found) == [0, 1, 2, 2]
    merged = truth_of(layers, {1: 1, 2: 1, 3: 2}, LABELS)
    assert sorted(class_id for class_id, _ in merged) == [1, 2]


def test_it_learns_and_the_exported_folder_finds_the_dog(
    pool: PicturePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CROP_SHARE", 0.0)
    monkeypatch.setattr(training, "SIDE", 128)
    monkeypatch.setattr(training, "CELLS", 32)
    monkeypatch.setattr(training, "new_processor", lambda: new_processor(side=128))
    torch.manual_seed(0)
    classes = {"night sky": "sky", "grass": "grass", "dog": "dog"}
    batches = Batches([pool], LABELS, classes, seed=0)
    learner = Learner(LABELS, **SMALL).train()
    optimizer = torch.optim.AdamW(learner.parameters(), 3e-3)
    losses: list[float] = []
    figures: Mapping[str, float] = {}
    for _ in range(30):
        pixels, targets = batches.draw(4, "cpu")
        loss, figures = learner.losses(pixels, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert set(figures) == {"cells", "fit", "dice", "shown"}
    assert losses[-1] < 0.3 * losses[0]
    folder = export(learner.eval(), tmp_path / "model", LABELS)
    score = check(folder, [pool], LABELS, classes, sheet=tmp_path / "sheet.png")
    assert score.miou > 0.6
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    found = panoptic(open_segmenter(folder), np.array(pool.pictures[0]))
    assert sorted(segment.name.label for segment in found)[:2] == ["dog", "dog"]
    # What is trained goes on in full precision after the export in half.
    assert next(learner.model.parameters()).dtype == torch.float32
