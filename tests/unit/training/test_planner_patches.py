"""The vision tower's own lesson: a patch says which classes lie under it."""

from __future__ import annotations

import numpy as np
import torch

from engine.layout.palette import UNCLASSED, ade_classes
from engine.training.planner import open_lite, words_of
from engine.training.planner_batches import pixels_of
from engine.training.planner_lite import LiteSize
from engine.training.planner_patches import PatchLoss, class_shares
from tests.unit.planner.tiny import LITE

TREE, LAST = 5, len(ade_classes()) + 1


def test_shares_are_of_each_patch_and_keep_what_has_no_class():
    maps = np.zeros((1, 96, 96), np.uint8)
    maps[0, :32, :16] = TREE
    maps[0, 64:, 64:] = UNCLASSED
    shares = class_shares(torch.from_numpy(maps), grid=3).reshape(3, 3, -1)
    assert torch.allclose(shares.sum(-1), torch.ones(3, 3))
    assert shares[0, 0, TREE] == shares[0, 0, 0] == 0.5
    assert shares[2, 2, LAST] == 1
    assert shares[1, 1, 0] == 1


def test_the_lesson_teaches_colours_their_words():
    torch.manual_seed(0)
    size = LiteSize(**{f: getattr(LITE, f) for f in LiteSize.__slots__} | {"width": 192})
    model, processor = open_lite(None, size=size)
    grid = words_of(processor).side
    loss_of = PatchLoss(model, processor.tokenizer, grid)
    rng = np.random.default_rng(0)
    few = np.array([0, 3, TREE, 13, UNCLASSED], np.uint8)

    def drawn(count: int) -> np.ndarray:
        return np.kron(few[rng.integers(0, 5, (count, grid, grid))], np.ones((1, 32, 32), np.uint8))

    def step(maps: np.ndarray) -> torch.Tensor:
        features = model.model.get_image_features(pixel_values=pixels_of(maps))
        assert features is not None
        return loss_of(torch.from_numpy(maps))

    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    with torch.no_grad():
        before = float(step(drawn(16)))
    for _ in range(60):
        step(drawn(16)).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        after = float(step(drawn(16)))
    assert after < 0.5 * before
