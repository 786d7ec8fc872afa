"""The whole job, on tiny random models of both layouts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.click2mask.config import FAITHFUL, default_preset, pack_config
from engine.click2mask.diffusion import BlendedDiffusion, Noise
from engine.click2mask.family import check_pack
from engine.click2mask.layer import layer_of
from engine.click2mask.request import ClickRequest, Evolution
from engine.click2mask.run import run
from engine.errors import Cancelled, EngineError, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import QuietContext
from tests.unit.click2mask import tiny

LAST = 14
"""Of the 15 steps that 20 leave."""


class Watcher:
    """Keeps what a job reports; cancels at a report of one's choice."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self.previews: list[Evolution] = []
        self.cancel_at = cancel_at

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        self.reports.append((stage, step, total))
        if preview is not None:
            self.previews.append(preview)
        if self.cancel_at is not None and stage == "Drawing" and step >= self.cancel_at:
            raise Cancelled("Cancelled.")


def photo(width: int = 120, height: int = 90) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def ask(pack: Path, **changes: Any) -> ClickRequest:
    values: dict[str, Any] = {
        "photo": photo(),
        "clicks": ((70, 40),),
        "prompt": "a red dog",
        "count": 2,
        "seed": 3,
        "pack": str(pack),
    }
    return ClickRequest(**values | changes)


def test_a_click_gives_ranked_pictures_with_the_background_kept(lite_pack: Path) -> None:
    watcher = Watcher()
    request = ask(lite_pack)
    before = request.photo.copy()
    result = run(request, watcher)
    assert (request.photo == before).all()
    assert sorted(i.picture.seed for i in result.insertions) == [3, 4]
    scores = [i.picture.score for i in result.insertions]
    assert scores == sorted(scores, reverse=True)
    for insertion in result.insertions:
        assert insertion.picture.pixels.shape == before.shape
        mask = insertion.mask.on_canvas(120, 90)
        assert mask[40, 70]
        changed = (insertion.picture.pixels != before).any(axis=2)
        assert changed[mask].mean() > 0.5
        # The window is 90 px wide and ends at x = 115.
        assert not changed[:, 116:].any() and not changed[:, :24].any()
    assert watcher.previews and watcher.previews[0].pixels.shape == before.shape
    steps = [look.step for look in result.insertions[0].evolution]
    assert steps == list(range(len(steps)))
    assert all(0 <= step <= total for _, step, total in watcher.reports if total)
    assert result.calls["gradients"] >= 2 and result.calls["scored"] == 2


def test_the_same_request_gives_the_same_result(lite_pack: Path) -> None:
    first, second = (run(ask(lite_pack, count=1), QuietContext()) for _ in range(2))
    assert (first.insertions[0].picture.pixels == second.insertions[0].picture.pixels).all()
    assert first.insertions[0].mask == second.insertions[0].mask
    other = run(ask(lite_pack, count=1, seed=99), QuietContext())
    assert (first.insertions[0].picture.pixels != other.insertions[0].picture.pixels).any()


def test_stable_diffusions_layout_works_too(sd_pack: Path) -> None:
    result = run(ask(sd_pack, count=1, clicks=((20, 30), (60, 60))), QuietContext())
    mask = result.insertions[0].mask.on_canvas(120, 90)
    assert mask[30, 20] or mask[60, 60]
    assert (result.insertions[0].picture.pixels != photo()).any()


def test_fast_makes_fewer_calls_than_faithful(lite_pack: Path) -> None:
    calls = {
        name: run(ask(lite_pack, preset=name), QuietContext()).calls["unet"]
        for name in ("faithful", "fast")
    }
    assert calls["fast"] < calls["faithful"]


def test_cancel_stops_within_one_step(lite_pack: Path) -> None:
    watcher = Watcher(cancel_at=0)
    with pytest.raises(Cancelled):
        run(ask(lite_pack), watcher)
    assert [stage for stage, _, _ in watcher.reports].count("Drawing") == 1


def test_stopping_early_takes_the_mask_of_that_step(lite_pack: Path) -> None:
    result = run(ask(lite_pack, count=1, stop_at=1), QuietContext())
    found = result.insertions[0]
    assert [look.step for look in found.evolution] == [0, 1]
    assert found.mask == found.evolution[1].mask


def test_the_new_object_becomes_a_layer(lite_pack: Path) -> None:
    result = run(ask(lite_pack, count=1), QuietContext())
    layer = layer_of(result, result.insertions[0])
    assert layer.label == "a red dog" and not layer.mask.is_empty
    assert layer.provenance is not None and layer.provenance.kind == "click2mask"
    assert layer.provenance.request["clicks"] == [[70, 40]]
    json.dumps(dict(layer.provenance.request))


def test_a_layer_where_nothing_changed_has_the_evolved_mask(lite_pack: Path) -> None:
    result = run(ask(lite_pack, count=1), QuietContext())
    found = result.insertions[0]
    same = replace(found, picture=replace(found.picture, pixels=photo()))
    assert layer_of(result, same).mask == found.mask


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"clicks": ((120, 40),)}, "outside the photo"),
        ({"clicks": ((5, -1),)}, "outside the photo"),
        ({"clicks": ()}, "1 to"),
        ({"prompt": "  "}, "empty"),
        ({"prompt": "dog " * 400}, "characters"),
        ({"prompt": "xyzzy"}, "xyzzy"),
        ({"photo": photo(10, 10), "clicks": ((5, 5),)}, "at least 64"),
        ({"count": 0}, "results"),
        ({"preset": "slow"}, "slow"),
    ],
)
def test_bad_requests_are_refused_in_words(
    lite_pack: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        run(ask(lite_pack, **changes), QuietContext())


def test_a_missing_scorer_is_named(lite_pack: Path, tmp_path: Path) -> None:
    shutil.copytree(lite_pack / "text_to_image", tmp_path / "text_to_image")
    with pytest.raises(ModelMissing, match="click scorer"):
        run(ask(tmp_path), QuietContext())


def test_packs_of_another_family_are_refused(lite_pack: Path, tmp_path: Path) -> None:
    shutil.copytree(lite_pack / "click_scorer", tmp_path / "click_scorer")
    (tmp_path / "text_to_image").mkdir()
    index = {"_class_name": "StableDiffusionXLPipeline"}
    (tmp_path / "text_to_image" / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(EngineError, match="SDXL.*Choose the pack lite or sd15"):
        run(ask(tmp_path), QuietContext())


def test_nobody_is_sent_to_download_a_pack_that_would_be_refused() -> None:
    with pytest.raises(EngineError, match="SDXL"):
        check_pack("sdxl")
    check_pack("sd15")
    check_pack("lite")


def test_a_pack_may_change_constants_but_no_others(tmp_path: Path) -> None:
    assert pack_config(tmp_path, "faithful") == FAITHFUL
    assert default_preset(tmp_path) == "faithful"
    file = tmp_path / "click.json"
    file.write_text('{"preset": "fast", "all": {"guidance": 5}, "fast": {"steps": 30}}')
    assert pack_config(tmp_path, "fast").steps == 30
    assert pack_config(tmp_path, "faithful").steps == 100
    assert pack_config(tmp_path, "faithful").guidance == 5
    assert default_preset(tmp_path) == "fast"
    for bad in ('{"all": {"colour": 1}}', '{"all": {"steps": "ten"}}', '{"all": 3}', "[1]", "{"):
        file.write_text(bad)
        with pytest.raises(ModelDamaged, match="click.json"):
            pack_config(tmp_path, "fast")


def blended(mask: np.ndarray, *, i: int) -> tuple[torch.Tensor, BlendedDiffusion]:
    diffusion = BlendedDiffusion.of(
        tiny.lite_pipeline(),
        picture=np.full((256, 256, 3), 90, np.uint8),
        prompt="a dog",
        config=replace(FAITHFUL, steps=20),
    )
    noise = diffusion.noise(0)
    z = torch.full_like(diffusion.source, 7.0)
    return diffusion.blended(z, mask, i, [noise]), diffusion


def test_blending_keeps_the_made_inside_and_the_source_outside() -> None:
    mask = np.zeros((64, 64), bool)
    mask[:, :32] = True
    z, diffusion = blended(mask, i=LAST)
    assert (z[..., :8] == 7).all()
    # The last background still carries the noise of the step just done.
    distance = (z - diffusion.source)[..., 8:].abs().mean()
    assert 0 < distance < 0.2


def test_small_masks_are_blended_by_the_share_they_cover() -> None:
    mask = np.zeros((64, 64), bool)
    mask[0:4, 0:2] = True
    z, diffusion = blended(mask, i=LAST)
    half = (7 + float(diffusion.source[0, 0, 0, 0])) / 2
    assert float(z[0, 0, 0, 0]) == pytest.approx(half, abs=0.1)


def test_noise_of_equal_steps_is_equal_and_of_others_is_not() -> None:
    a, b = Noise(5, (1, 4, 8, 8)), Noise(5, (1, 4, 8, 8))
    assert torch.equal(a.at(3), b.at(3)) and torch.equal(a.start(), b.start())
    assert not torch.equal(a.at(3), a.at(4)) and not torch.equal(a.start(), a.at(0))
    assert not torch.equal(a.at(3), Noise(6, (1, 4, 8, 8)).at(3))
