"""Cases, metrics and the report of `eval click2mask`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.cli.main import main
from engine.click2mask import close_up
from engine.click2mask.alpha_clip import AlphaClip
from engine.click2mask.changed import changed, edited_region
from engine.click2mask.config import FAITHFUL, FAST
from engine.click2mask.frame import Frame
from engine.click2mask.morphology import dilated
from engine.evaluation.click2mask_arms import OURS, PAPER_DISC, main_arms, outcome, true_shape
from engine.evaluation.click2mask_cases import (
    ClickCase,
    held_out_cases,
    middle,
    moved,
    removals,
    unusual,
)
from engine.evaluation.click2mask_metrics import (
    METRICS,
    Judge,
    at_click,
    interval,
    iou,
    measured,
)
from engine.evaluation.click2mask_report import differences, targets
from engine.models.packs import forget_models
from tests.unit.click2mask import tiny
from tests.unit.render import tiny as render_tiny


@pytest.fixture(scope="module")
def cases() -> list[ClickCase]:
    return held_out_cases(3)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(AlphaClip(tiny.scorer(), tiny.tokenizer()), ["dog", "cat", "ball"])


def test_cases_differ_from_the_truth_at_the_object_alone(cases: list[ClickCase]) -> None:
    for case in cases:
        x, y = case.click
        assert case.mask[y, x]
        difference = (case.before != case.truth).any(axis=2)
        assert difference[case.mask].mean() > 0.5
        assert difference.sum() < 2.5 * case.mask.sum()
    assert len({case.name for case in cases}) == 3
    again = held_out_cases(1)[0]
    assert again.name == cases[0].name and (again.before == cases[0].before).all()


def test_clicks_are_moved_by_the_share_asked_for(cases: list[ClickCase]) -> None:
    for case in cases:
        x, y = moved(case, 0.1, seed=0).click
        assert np.hypot(x - case.click[0], y - case.click[1]) == pytest.approx(25.6, abs=1.5)
    assert unusual(cases)[0].prompt != cases[0].prompt


def test_removals_ask_for_what_lies_behind(cases: list[ClickCase]) -> None:
    asked = removals(cases)
    assert asked and all(case.prompt for case in asked)
    assert all((case.before != case.truth).any() for case in asked)
    names = {case.name: case for case in cases}
    assert all((case.truth == names[case.name].before).all() for case in asked)


def test_the_true_shape_holds_the_whole_object(cases: list[ClickCase]) -> None:
    for case in cases:
        unused: Any = None
        side = case.mask.shape[0]
        frame = Frame.around([case.click], photo=(side, side), width=256, squash=False)
        inside = frame.mask_on_photo(true_shape(case, unused, unused, frame))
        assert inside[case.mask].mean() > 0.97
        # Nothing farther off than the rim that a removal widens it by, and a cell.
        assert not (inside & ~dilated(case.mask, 0.02 * 256 + 6)).any()


def test_middle_lies_deep_in_the_mask() -> None:
    mask = np.zeros((50, 60), bool)
    mask[10:13, 5:50] = True
    mask[20:40, 30:50] = True
    x, y = middle(mask)
    assert 25 <= y <= 35 and 35 <= x <= 45


def test_edited_region_is_the_hull_of_what_changed() -> None:
    before = np.full((512, 512, 3), 100, np.uint8)
    after = before.copy()
    after[100:200, 100:110] = 200
    after[190:200, 100:200] = 200
    after[400, 400] = 255
    region = edited_region(before, after)
    assert region[180, 120] and not region[110, 190] and not region[400, 400]
    assert not edited_region(before, before).any()
    faint = before + 20
    assert not changed(before, faint.astype(np.uint8)).any()


def test_regions_far_from_the_click_do_not_count() -> None:
    region = np.zeros((100, 100), bool)
    region[10:20, 10:20] = region[60:90, 60:90] = True
    near = at_click(region, (58, 65))
    assert near[70, 70] and not near[15, 15]
    assert not at_click(region, (5, 90)).any()


def test_measures_of_an_untouched_and_of_the_true_picture(
    cases: list[ClickCase], judge: Judge
) -> None:
    case = cases[0]
    nothing = measured(case, case.before, case.mask, judge)
    assert nothing.keys() == METRICS.keys()
    assert nothing["l1"] == nothing["l1_outside"] == nothing["hit"] == nothing["hit5"] == 0
    truth = measured(case, case.truth, case.mask, judge)
    assert truth["l1"] > 0 and truth["iou_true"] == 1
    assert truth["l1_outside"] < truth["l1"]
    assert truth["l1_truth"] == 0 < nothing["l1_truth"]


def test_the_mask_is_held_against_the_outline_that_appeared_not_its_hull(
    cases: list[ClickCase], judge: Judge
) -> None:
    case = cases[0]
    x, y = case.click
    cross = np.zeros_like(case.mask)
    cross[max(y - 40, 0) : y + 40, x - 4 : x + 4] = True
    cross[y - 4 : y + 4, max(x - 40, 0) : x + 40] = True
    picture = case.before.copy()
    picture[cross] = np.where(picture[cross] < 128, 255, 0)
    found = measured(case, picture, cross, judge)
    # What changed is taken a pixel wider than the cross; its hull would give 0.3.
    assert found["iou_made"] > 0.7


def scores(**values: float) -> dict[str, float]:
    return dict.fromkeys(METRICS, 0.0) | values


def test_the_aims_count_what_changed_outside_the_object_not_the_object_itself() -> None:
    names = [f"{k}" for k in range(30)]
    ours = {name: scores(l1=0.09, l1_outside=0.01, hit=1.0) for name in names}
    disc = {name: scores(l1=0.08, l1_outside=0.03, hit=1.0) for name in names}
    found = targets({"click2mask": ours, "start disc": disc})
    assert [(t["reached"], t["gain"]) for t in found] == [(True, 0.02)]
    fewer = {name: scores(l1_outside=0.01, hit=0.0) for name in names}
    assert not targets({"click2mask": fewer, "start disc": disc})[0]["reached"]


def test_other_questions_are_not_subtracted() -> None:
    rows = {
        name: {"a": scores(), "b": scores()}
        for name in ("click2mask", "end disc", "unusual prompts")
    }
    assert [entry["arm"] for entry in differences(rows)] == ["end disc"]


def test_rank_counts_the_names_that_fit_better(judge: Judge) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    region = np.ones((64, 64), bool)
    ranks = {name: judge.rank(picture, region, name) for name in judge.names}
    assert sorted(ranks.values()) == [0, 1, 2]
    assert 0 <= judge.rank(picture, region, "red ball") <= 3


def test_interval_is_that_of_the_mean() -> None:
    values = np.random.default_rng(0).normal(0.5, 1.0, 400)
    mean, low, high = interval(values.tolist())
    assert low < mean < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert interval([0.25] * 5) == (0.25, 0.25, 0.25)


def test_iou_of_masks() -> None:
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert iou(a, b) == 0
    a[:2], b[1:3] = True, True
    assert iou(a, b) == pytest.approx(1 / 3)


def test_the_command_compares_all_arms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tiny.write_pack(tmp_path / "pack", constants={"steps": 8})
    tiny.scorer(size=40).save_pretrained(tmp_path / "judge")
    tiny.tokenizer().save_pretrained(tmp_path / "judge")
    threads = torch.get_num_threads()
    try:
        status = main(
            ["eval", "click2mask", "--quick", "--n", "2", "--results", "1", "--threads", "1",
             "--pack", str(pack), "--judge", str(tmp_path / "judge"), "--json",
             "--sheets", str(tmp_path / "sheets"), "--out", str(tmp_path / "report.json")]
        )  # fmt: skip
    finally:
        torch.set_num_threads(threads)
        forget_models()
    assert status == 0
    report = json.loads(capsys.readouterr().out)
    arms = {entry["arm"]: entry for entry in report["arms"]}
    assert set(arms) == {
        "click2mask", "start disc", "end disc", "true box", "zero gradient", "random gradient",
    }  # fmt: skip
    assert arms["click2mask"]["gradients"] > 0 == arms["true box"]["gradients"]
    assert arms["start disc"]["area"] > arms["end disc"]["area"]
    assert len(report["targets"]) == 4
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert len(list((tmp_path / "sheets").glob("*.png"))) == 2


def test_what_an_earlier_run_measured_is_taken_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tiny.write_pack(tmp_path / "pack", constants={"steps": 8})
    tiny.scorer(size=40).save_pretrained(tmp_path / "judge")
    tiny.tokenizer().save_pretrained(tmp_path / "judge")
    asked = [
        "eval", "click2mask", "--n", "2", "--results", "1", "--pack", str(pack),
        "--judge", str(tmp_path / "judge"), "--out", str(tmp_path / "report.json"),
    ]  # fmt: skip
    try:
        assert main([*asked, "--only", "end disc"]) == 0
        before = json.loads((tmp_path / "report.json").read_text())
        before["scores"]["end disc"] = {k: v | {"hit": 7.0} for k, v in
                                        before["scores"]["end disc"].items()}  # fmt: skip
        (tmp_path / "before.json").write_text(json.dumps(before))
        known = ["--known", str(tmp_path / "before.json")]
        tables = tmp_path / "tables.md"
        again = [
            *asked,
            "--only",
            "click2mask",
            "end disc",
            *known,
            "--few",
            "7",
            "--tables",
            str(tables),
        ]
        assert main(again) == 0
        said = tables.read_text().splitlines()
        assert said[0].startswith(
            f"`python main.py eval click2mask --n 2 --results 1 --pack {pack} "
            f"--judge {tmp_path / 'judge'} --few 7 --only click2mask 'end disc'`: at most 2 "
        )
        assert any(line.startswith("| end disc | 2 | 7.000 | ") for line in said)
        assert any(line.startswith("| more hits than the end disc, no worse l1_") for line in said)
        arms = {a["arm"]: a for a in json.loads((tmp_path / "report.json").read_text())["arms"]}
        assert arms["end disc"]["hit"] == 7.0 and arms["click2mask"]["n"] == 2
        capsys.readouterr()
        assert main([*asked, "--seed", "1", *known]) == 1
        assert "other options" in capsys.readouterr().err
        assert main([*asked, "--only", "no such"]) == 1
        assert "start disc" in capsys.readouterr().err
    finally:
        forget_models()


def test_arms_draw_close_up_where_the_pack_does_and_fixed_masks_stay_as_they_are(
    cases: list[ClickCase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = render_tiny.lite_pack(tmp_path / "lite")
    given: list[Any] = []
    drawn = close_up.insert.run

    def seen(request: Any, context: Any) -> Any:
        given.append(request)
        return drawn(replace(request, mask=request.mask or request.like), context)

    monkeypatch.setattr(close_up, "has_component", lambda *_: True)
    monkeypatch.setattr(close_up.insert, "run", seen)
    config = replace(FAST, steps=8, score_copies=2, close_up=True, shaped=True)
    scorer = AlphaClip(tiny.scorer(), tiny.tokenizer())
    case = cases[0]
    found = {
        arm.name: outcome(
            case, arm, pack=str(folder), pipeline=tiny.lite_pipeline(), scorer=scorer, width=256,
            seed=0, count=1, on_call=lambda: None,
        )
        for arm in main_arms(config)
        if arm.name in ("click2mask", "end disc")
    }  # fmt: skip
    forget_models()
    assert given[0].mask is None, "SmartMask draws for Click2Mask"
    assert given[1].mask is not None, "and not for the discs"
    disc = found["end disc"]
    assert disc.mask[case.click[1], case.click[0]] and 0.02 < disc.mask.mean() < 0.06
    changed_pixels = (disc.picture != case.before).any(axis=2)
    # Drawn into the photo itself: nothing but the disc and a feather of a few pixels.
    assert changed_pixels.any() and not changed_pixels[~dilated(disc.mask, 6)].any()
    assert found["click2mask"].evolved is not None


def test_a_missing_judge_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["eval", "click2mask", "--judge", str(tmp_path)]) == 1
    assert "--kind judge" in capsys.readouterr().err


def test_a_window_has_discs_of_its_own_size_and_of_the_photos() -> None:
    whole = {arm.name: arm.config.window for arm in main_arms(FAITHFUL)}
    assert PAPER_DISC not in whole and set(whole.values()) == {1.0}
    windows = {arm.name: arm.config.window for arm in main_arms(replace(FAITHFUL, window=0.6))}
    assert windows["start disc"] == windows[OURS] == 0.6
    assert windows[PAPER_DISC] == windows["true box"] == 1.0, "they reach past the window"
