"""The whole evaluation with suggesters whose quality is known."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.evaluation.bank import ShapeBank
from engine.evaluation.cases import generated_cases, voc_cases
from engine.evaluation.context import PlacementStatistics
from engine.evaluation.markdown import report_markdown
from engine.evaluation.report import Record, main_rows, report_text, targets
from engine.evaluation.sheet import write_sheet
from engine.evaluation.smartmask import Judges, Options, evaluate
from engine.smartmask.request import AS_THE_PACK, Suggestion, SuggestResult
from tests.unit.evaluation.helpers import dog_case, park, rectangle

CASES = [dog_case(n) for n in range(6)]
TRUTHS = {case.layout.caption: case for case in CASES}


@pytest.fixture(scope="module")
def judges() -> dict[str, Judges]:
    scenes = [park(n, horizon=40 + n % 30, split="train") for n in range(100, 140)]
    judge = Judges(
        bank=ShapeBank.of(scenes), placements=PlacementStatistics(scenes), classifier=None
    )
    return {"voc": judge}


def result(request, masks) -> SuggestResult:
    suggestions = tuple(
        Suggestion(sample=k + 1, seed=request.seed + k, mask=mask, score=0.5)
        for k, mask in enumerate(masks)
    )
    return SuggestResult(request=request, suggestions=suggestions[::-1])


def knowing(request) -> SuggestResult:
    """Knows the truth as long as layout and caption are right, else puts a box in the sky."""
    case = TRUTHS[request.layout.caption]
    layers = [(layer.label, layer.mask) for layer in request.layout.layers]
    right = layers == [(layer.label, layer.mask) for layer in case.layout.layers]
    mask = case.truth if right else rectangle(80, 3, 30, 30)
    return result(request, [mask.moved(k % 2, 0) for k in range(request.count)])


def blind(request) -> SuggestResult:
    return result(request, [rectangle(20 + k, 60, 20, 20) for k in range(request.count)])


@pytest.fixture(scope="module")
def outcome(judges):
    options = Options(count=6, changed=6, samples=2)
    return evaluate(knowing, {"voc": CASES}, judges=judges, options=options)


def row(rows, **wanted):
    (found,) = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    return found


def test_a_perfect_suggester_gets_perfect_figures_in_every_mode(outcome):
    report, _ = outcome
    for kind in ("free", "box", "point", "stroke", "dilation"):
        ours = row(report["rows"], kind=kind, size="all", method="SmartMask")
        assert ours["best8"] == 1
        assert ours["n"] == 6
    assert row(report["rows"], kind="box", size="all", method="ellipse")["best8"] > 0.75


def test_every_mode_stands_beside_its_baselines(outcome):
    report, _ = outcome
    methods = {(r["kind"], r["method"]) for r in report["rows"] if r["size"] == "all"}
    assert {("box", m) for m in ("filled box", "ellipse", "mean shape", "retrieved")} <= methods
    for kind in ("stroke", "dilation"):
        assert {(kind, "scribble"), (kind, "scribble eroded")} <= methods


def test_losing_the_context_shows(outcome):
    report, _ = outcome
    true = row(report["context"], kind="free", variant="true")
    blank = row(report["context"], kind="free", variant="blank layout")
    assert true["iou"] > 0.85 and blank["iou"] == 0
    difference, error = blank["true_minus"]["iou"]
    assert difference == pytest.approx(true["iou"])
    assert error < 0.05
    assert true["support"] == 1 and blank["support"] == 0


def test_context_targets_need_a_clear_win(outcome, judges):
    report, _ = outcome
    aims = {t["text"]: t for t in report["targets"] if "blank layout" in t["text"]}
    assert aims and all(t["reached"] for text, t in aims.items() if "support" in text)
    options = Options(count=6, changed=6, samples=2)
    unmoved, _ = evaluate(blind, {"voc": CASES}, judges=judges, options=options)
    assert not any(t["reached"] for t in unmoved["targets"] if "blank layout" in t["text"])


def test_placements_lie_between_truth_and_chance(outcome):
    report, _ = outcome
    who = {r["who"]: r for r in report["placements"] if r["kind"] == "free"}
    assert who["the truth"]["support"] == 1
    assert who["SmartMask, blank layout"]["support"] == 0
    assert set(who) >= {"the truth, shuffled layouts", "SmartMask, other caption"}


def test_report_is_plain_json_and_readable(outcome):
    report, _ = outcome
    assert json.loads(json.dumps(report)) == json.loads(json.dumps(report))
    text = report_text(report)
    assert "retrieved" in text and "blank layout" in text and "Aims" in text
    assert "nan" not in text


def test_the_card_tables_hold_every_row_and_aim(outcome):
    report, _ = outcome
    text = report_markdown(report, command="eval")
    rows = [line for line in text.splitlines() if line.startswith("| voc")]
    wanted = (*report["rows"], *report["context"], *report["placements"], *report["targets"])
    assert len(rows) == sum(
        str(row.get("source", row.get("text"))).startswith("voc") for row in wanted
    )
    first = next(r for r in report["rows"] if r["kind"] == "box" and r["method"] == "ellipse")
    assert f"| voc | box | ellipse | {first['iou']:.3f} |" in text
    assert "nan" not in text


def test_requests_name_label_seed_count_and_never_the_truth(judges):
    seen = []

    def watching(request):
        seen.append(request)
        return blind(request)

    options = Options(count=2, changed=1, samples=3, seed=5, kinds=("free", "stroke"))
    evaluate(watching, {"voc": CASES[:2]}, judges=judges, options=options)
    assert {(r.label, r.count, r.seed, r.style) for r in seen} == {("dog", 3, 5, "natural")}
    chosen = [r for r in seen if r.among == AS_THE_PACK]
    assert len(chosen) == 2 * 2 and len(seen) - len(chosen) == 2 * 2 + 2 * 3
    assert all("dog" not in [layer.label for layer in r.layout.layers] for r in seen)


def test_sheet_shows_guidance_samples_and_truth(outcome, tmp_path):
    _, strips = outcome
    found = strips["voc", "point"]
    write_sheet(tmp_path / "sheets" / "point.png", found, title="point")
    picture = np.asarray(Image.open(tmp_path / "sheets" / "point.png").convert("RGB")).astype(int)
    green = (picture[..., 1] - picture[..., 0] > 40) & (picture[..., 1] - picture[..., 2] > 40)
    assert green[-110:].any()
    assert picture.shape[1] >= 6 * 112


def test_voc_cases_are_complete_objects_half_of_them_in_company():
    scenes = [park(n) for n in range(10)]
    cases = voc_cases(scenes, count=8, seed=0)
    assert len(cases) == 8
    assert {case.label for case in cases} <= {"dog", "house"}
    assert all(case.label not in [x.label for x in case.layout.layers] for case in cases)
    assert cases == voc_cases(scenes, count=8, seed=0)


def test_generated_cases_show_only_what_lies_beneath():
    scenes = [park(n) for n in range(10)]
    cases = generated_cases(scenes, count=10, seed=0)
    houses = [case for case in cases if case.label == "house"]
    assert houses and all([x.label for x in c.layout.layers] == ["sky", "grass"] for c in houses)


def test_retrieved_shapes_are_compared_only_where_there_are_some() -> None:
    def record(method: str, case: str, best: float) -> Record:
        return Record(
            source="coco", kind="box", method=method, variant="true", case=case, size="small",
            in_company=False, scores={"iou": best, "best8": best},
        )  # fmt: skip

    records = [
        record("SmartMask", "a cat", 0.5),
        record("SmartMask", "an unknown thing", 0.1),
        record("retrieved", "a cat", 0.4),
    ]
    (gain,) = targets(records, main_rows(records), [])
    assert gain.value == pytest.approx(0.1) and "best of 8" in gain.text
