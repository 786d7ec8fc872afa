"""The click scorer's training data and loss, on a handful of pictures."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.click2mask.alpha_clip import AlphaClip
from engine.training import scorer
from engine.training.picture_pool import PicturePool, open_pools
from engine.training.scorer_samples import Samples, items_of, name_of, window


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> list[PicturePool]:
    return open_pools(tmp_path_factory.mktemp("pool"), count=6, seed=0)


def test_items_show_enough_and_know_ground_from_things(pools: list[PicturePool]) -> None:
    items = items_of(pools)
    assert items
    for item in items:
        pool = pools[item.pool]
        assert (pool.maps[item.row] == item.value).mean() >= 0.002
    assert {i.ground for i in items} == {True, False}
    assert all(i.ground for i in items if i.label in ("sky", "grass", "wall", "floor"))


def test_samples_mark_what_they_name(pools: list[PicturePool]) -> None:
    draw = Samples(pools, size=48, seed=1)
    for item in [items[0] for items in draw.things.values()]:
        rgb, alpha = draw.view(item)
        assert rgb.shape == (48, 48, 3) and alpha.shape == (48, 48)
        assert 0 < alpha.mean() <= 1
    rgb, alpha, texts, names = draw.draw(6)
    assert rgb.shape == (6, 3, 48, 48) and alpha.shape == (6, 1, 48, 48)
    assert all(name in text for name, text in zip(names, texts, strict=True))
    captions = {words.caption for pool in pools for words in pool.words}
    for region, text in zip(alpha, texts, strict=True):
        assert text not in captions or region.min() == 1
    again = Samples(pools, size=48, seed=1)
    for item in [items[0] for items in again.things.values()]:
        again.view(item)
    assert again.draw(6)[2] == texts


def test_window_holds_the_region_where_it_fits() -> None:
    region = np.zeros((100, 80), bool)
    region[40:60, 30:45] = True
    for seed in range(20):
        top, left, side = window(region, 1.6, np.random.default_rng(seed))
        assert 0 <= top <= 100 - side and 0 <= left <= 80 - side
        assert top <= 40 and left <= 30 and top + side >= 60 and left + side >= 45


def test_loss_is_low_when_pairs_match_and_equal_names_are_all_right() -> None:
    vectors = torch.eye(4)
    scale = torch.tensor(math.log(50.0))
    names = ["dog", "cat", "sun", "cup"]
    right = scorer.contrastive(vectors, vectors, names, scale)
    wrong = scorer.contrastive(vectors, vectors.roll(1, 0), names, scale)
    assert float(right) < 0.01 < 10 < float(wrong)
    twins = torch.eye(4)[[0, 0, 1, 2]]
    told = scorer.contrastive(twins, twins, ["dog", "dog", "cat", "sun"], scale)
    untold = scorer.contrastive(twins, twins, ["dog", "wolf", "cat", "sun"], scale)
    assert float(told) == pytest.approx(float(untold), abs=0.02)
    assert name_of("girl, sitting") == "girl"


@pytest.mark.parametrize("kind", scorer.SHAPES)
def test_training_writes_a_scorer_that_opens(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer, "HELD_OUT", 3)
    monkeypatch.setattr(scorer, "CHECKED", 32)
    parser = argparse.ArgumentParser()
    scorer.add_arguments(parser)
    words = ["--out", str(tmp_path), "--time-budget", "0.5", "--batch-size", "4", "--samples", "3"]
    threads = torch.get_num_threads()
    try:
        assert scorer.run(parser.parse_args([*words, "--threads", "1", "--kind", kind])) == 0
    finally:
        torch.set_num_threads(threads)
    made = AlphaClip.from_pretrained(tmp_path / "model")
    assert made.size == scorer.SHAPES[kind]["image_size"]
    assert sum(p.numel() for p in made.model.parameters()) < 5e6
    texts = made.text(["a dog", "a puppy"])
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(2))
