"""Results drawn into the evolved mask by the pack's ControlNets, on tiny random models."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.click2mask import close_up
from engine.click2mask.request import ClickRequest, ClickResult
from engine.click2mask.run import run
from engine.errors import Cancelled
from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.render import insert
from tests.unit.click2mask.test_run import Watcher
from tests.unit.render import tiny

SIZE = (120, 90)


@pytest.fixture(scope="module")
def pack(lite_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny.lite_pack(tmp_path_factory.mktemp("close") / "lite")
    shutil.copytree(lite_pack / "click_scorer", folder / "click_scorer")
    changes = {"steps": 20, "score_copies": 2, "close_up": True}
    (folder / "click.json").write_text(json.dumps({"all": changes}), "utf-8")
    return folder


@pytest.fixture(scope="module")
def result(pack: Path) -> ClickResult:
    return run(asked(pack), QuietContext())


def asked(pack: Path) -> ClickRequest:
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    return ClickRequest(
        photo=pixels, clicks=((70, 40),), prompt="a red dog", count=2, seed=3, pack=str(pack)
    )


def test_results_are_drawn_into_the_photo_and_ranked(pack: Path, result: ClickResult) -> None:
    photo = asked(pack).photo
    assert sorted(i.picture.seed for i in result.insertions) == [3, 4]
    scores = [i.picture.score for i in result.insertions]
    assert scores == sorted(scores, reverse=True)
    for insertion in result.insertions:
        inside = insertion.mask.on_canvas(*SIZE)
        changed = (insertion.picture.pixels != photo).any(axis=2)
        assert changed[inside].mean() > 0.5 and changed[:10, :10].sum() == 0


def test_a_result_tells_the_shape_it_was_drawn_into(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = insert.run
    shape = Mask.filled(Box(60, 30, 25, 20))

    def given(request: Any, context: Any) -> Any:
        return drawn(replace(request, mask=shape), context)

    monkeypatch.setattr(close_up.insert, "run", given)
    found = run(asked(pack), QuietContext())
    assert all(insertion.mask == shape for insertion in found.insertions)


def test_each_result_has_a_seed_of_its_own_and_the_evolution(result: ClickResult) -> None:
    first, second = (i.picture.pixels for i in result.insertions)
    assert (first != second).any()
    assert result.calls["unet"] > 0 and result.insertions[0].evolution


def test_the_same_request_gives_the_same_result(pack: Path, result: ClickResult) -> None:
    again = run(asked(pack), QuietContext())
    assert all(
        (a.picture.pixels == b.picture.pixels).all()
        for a, b in zip(result.insertions, again.insertions, strict=True)
    )


def test_a_pack_without_the_controlnet_draws_as_the_paper_does(
    pack: Path, result: ClickResult, tmp_path: Path
) -> None:
    shutil.copytree(pack, tmp_path / "lite", ignore=shutil.ignore_patterns("controlnet_inpaint"))
    plain = run(asked(tmp_path / "lite"), QuietContext())
    assert plain.insertions[0].mask == result.insertions[0].mask, "the same evolution"
    assert (plain.insertions[0].picture.pixels != result.insertions[0].picture.pixels).any()


def test_a_shape_that_is_given_is_drawn_into_as_it_is(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    drawn = insert.run

    def seen(request: Any, context: Any) -> Any:
        given.append(request)
        return drawn(replace(request, mask=request.mask or shape), context)

    monkeypatch.setattr(close_up, "has_component", lambda *_: True)
    monkeypatch.setattr(close_up.insert, "run", seen)
    shape = Mask.filled(Box(30, 20, 40, 40))
    file = pack / "click.json"
    before = file.read_text("utf-8")
    file.write_text(before.replace('"close_up": true', '"close_up": true, "shaped": true'), "utf-8")
    try:
        run(asked(pack), QuietContext())
        run(replace(asked(pack), shape=shape), QuietContext())
        run(replace(asked(pack), stop_at=16), QuietContext())
    finally:
        file.write_text(before, "utf-8")
    assert given[0].mask is None and given[0].like is not None, "SmartMask draws the silhouette"
    assert given[0].guidance.point == (70, 40), "at the click"
    assert given[1].mask == shape
    assert given[2].mask is not None, "so is the one that the user stopped at"


def test_cancel_ends_a_close_up_too(pack: Path) -> None:
    class Impatient(Watcher):
        def progress(self, stage: str, *args: object, **kwargs: object) -> None:
            if stage.startswith("Drawing the object"):
                raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        run(asked(pack), Impatient())
