"""What `eval insert` measures, on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.main import main
from engine.evaluation import insert as evaluation
from engine.evaluation.click2mask_cases import held_out_cases
from engine.evaluation.insert import BOX, METHODS, NOTHING, REAL, SMARTMASK, THEN_SEGMENT, Made
from engine.evaluation.insert_metrics import (
    norm_l2_background,
    overlap,
    rms_background,
    share_changed,
)
from engine.evaluation.render_judge import RenderJudge
from engine.jobs.context import QuietContext
from engine.layout.mask import Mask
from engine.render.request import InsertRequest

GREY = np.full((10, 10, 3), 100, np.uint8)
MASK = np.zeros((10, 10), bool)
MASK[2:5, 2:5] = True


def test_a_change_inside_the_reference_costs_nothing() -> None:
    after = GREY.copy()
    after[MASK] = 255
    assert norm_l2_background(GREY, after, MASK) == 0
    assert rms_background(GREY, after, MASK) == 0
    assert share_changed(GREY, after, MASK) == 0


def test_a_change_outside_is_measured_against_the_picture_itself() -> None:
    after = GREY.copy()
    after[~MASK] = 110
    assert norm_l2_background(GREY, after, MASK) == pytest.approx(0.1)
    assert rms_background(GREY, after, MASK) == pytest.approx(10)
    assert share_changed(GREY, after, MASK) == 1


def test_only_the_reference_counts_not_what_a_method_says_of_itself() -> None:
    after = GREY.copy()
    after[:6, :6] = 160
    small = norm_l2_background(GREY, after, MASK)
    wide = np.zeros_like(MASK)
    wide[:6, :6] = True
    assert small == pytest.approx(np.sqrt(27 * 60**2 / (91 * 100**2)))
    assert norm_l2_background(GREY, after, wide) == 0


def test_bytes_do_not_wrap_around() -> None:
    dark, light = np.zeros_like(GREY), np.full_like(GREY, 255)
    assert rms_background(dark, light, MASK) == 255
    assert norm_l2_background(light, dark, MASK) == 1
    assert norm_l2_background(dark, light, MASK) == float("inf")
    assert norm_l2_background(dark, dark, MASK) == 0


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="no background"):
        norm_l2_background(GREY, GREY, np.ones_like(MASK))
    with pytest.raises(ValueError, match="pictures of"):
        rms_background(GREY, GREY[:5], MASK)


def test_overlap() -> None:
    assert overlap(MASK, MASK) == 1
    assert overlap(MASK, ~MASK) == 0
    assert overlap(MASK & False, MASK & False) == 0


def perfect(request: InsertRequest) -> Made:
    """Puts a flat patch where its mask is; without one it guesses the lower half of the box."""
    height, width = request.photo.shape[:2]
    if request.mask is not None:
        mask = request.mask.on_canvas(width, height)
    else:
        assert request.guidance.box is not None
        mask = Mask.filled(request.guidance.box).on_canvas(width, height)
        mask[: request.guidance.box.y + request.guidance.box.height // 2] = False
    picture = request.photo.copy()
    picture[mask] = 7
    return Made(picture=picture, mask=mask)


def test_the_whole_report_on_two_held_out_cases() -> None:
    cases = held_out_cases(2)
    made = evaluation.insert_all(
        cases, perfect, pack="lite", seed=0, steps=1, context=QuietContext()
    )
    assert set(made) == set(METHODS)
    judge = RenderJudge(labels=["dog", "tree"], classes=[126, 4], widths=(8, 8, 8, 8)).eval()
    report: dict[str, Any] = evaluation.report_of(
        cases, made, [case.mask for case in cases], judge=judge
    )
    rows = {row["method"]: row for row in report["rows"]}
    assert rows[NOTHING]["l2"] == 0
    assert rows[evaluation.TRUE]["changed"] == 0
    assert rows[BOX]["l2"] > 0
    assert rows[REAL]["l2"] < rows[BOX]["l2"]
    quality = {row["mask"]: row for row in report["masks"]}
    assert quality[THEN_SEGMENT]["iou"] == 1
    assert 0 < quality[SMARTMASK]["iou"] < 1
    assert report["aims"][2]["reached"] is False
    for aim in report["aims"]:
        assert aim["low"] <= aim["value"] <= aim["high"]
    gain = report["aims"][0]
    assert gain["value"] == pytest.approx(rows[BOX]["l2"] - rows[SMARTMASK]["l2"], abs=2e-4)
    text = evaluation.tables(report)
    assert all(name in text for name in METHODS)
    assert evaluation.sheet(cases, made).size[0] == 5 * evaluation.TILE


def test_a_case_gives_every_method_the_same_question() -> None:
    (case,) = held_out_cases(1)
    asked = evaluation.requests_of(case, pack="lite", seed=3, steps=2)
    layouts = [request.layout for request in asked.values()]
    assert all(layout == layouts[0] for layout in layouts)
    assert layouts[0] is not None
    labels = [layer.label for layer in layouts[0].layers]
    truth = Mask.from_array(case.mask)
    assert asked[evaluation.TRUE].mask == truth
    assert asked[BOX].mask == Mask.filled(truth.box)
    assert asked[SMARTMASK].guidance.box == truth.box
    assert all(request.seed == 3 for request in asked.values())
    assert all(layer.mask != truth for layer in layouts[0].layers), labels


def test_without_a_segmenter_it_is_said_before_anything_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "pack"
    (pack / "text_to_image").mkdir(parents=True)
    assert main(["eval", "insert", "--quick", "--pack", str(pack)]) == 1
    assert "segmenter" in capsys.readouterr().err
