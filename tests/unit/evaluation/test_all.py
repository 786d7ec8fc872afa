"""`eval all`: the table, what it remembers, and every measure on tiny models."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.cli.main import main
from engine.errors import Cancelled, DataError
from engine.evaluation import all as evaluation
from engine.evaluation import all_insertions, all_models, all_pictures, render_judge
from engine.evaluation import click2mask_metrics as click_metrics
from engine.evaluation.all_asked import Asked, Measured, Model
from engine.evaluation.all_page import BEGIN, END, MISSING, cells, with_table
from engine.evaluation.all_versions import (
    UNCOMMITTED,
    read_history,
    versions,
    weight_files,
    weights_hash,
)
from engine.evaluation.render_judge import RenderJudge
from engine.jobs.context import QuietContext
from engine.models.packs import forget_models, pack_folder
from engine.text.encoder import TextEncoder
from engine.training.scorer import new_scorer, save
from tests.unit.render import tiny as tiny_render
from tests.unit.segment import tiny as tiny_segment

QUICK = Asked(quick=True, data=None, pack="lite", context=QuietContext())


def judged_by(value: float) -> Model:
    """A model that is in the pack, with a figure that needs no time."""
    return Model(
        key="text",
        name="text encoder",
        components=("text_encoder",),
        weights=("text_encoder",),
        figure="right words",
        baseline="guesses",
        use="a word",
        measure=lambda asked: Measured(value=value, baseline=0.25, n=4, cpu_seconds=0.5),
    )


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The shipped text encoder alone, as a pack of its own."""
    folder = tmp_path / "packs" / "lite"
    copy_text_encoder(folder)
    return folder


def copy_text_encoder(folder: Path) -> None:
    """The shipped one with its weights, which it shares with the picture model."""
    shipped = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
    shipped.save_pretrained(folder / "text_encoder")
    (folder / "text_encoder" / "README.md").write_text("words")


def retrained(pack: Path) -> None:
    """Other weights in the same place."""
    file = pack / "text_encoder" / "model.safetensors"
    file.write_bytes(file.read_bytes() + b"x")


def test_a_model_that_is_not_there_is_shown_as_missing(pack: Path) -> None:
    asked = replace(QUICK, pack=str(pack))
    rows, history = evaluation.measure(evaluation.models()[4:], asked, [])
    assert {row.note for row in rows} == {MISSING} == {"not in this pack"}
    assert {"inpaint", "insert-mask", "click2mask"} <= {row.model.key for row in rows}
    assert history == []


def test_every_model_can_be_asked_for_by_its_key() -> None:
    assert tuple(model.key for model in evaluation.models()) == evaluation.KEYS


def test_the_row_shows_what_the_former_version_was_and_how_much_error_is_gone(pack: Path) -> None:
    asked = replace(QUICK, pack=str(pack))
    rows, history = evaluation.measure([judged_by(0.5)], asked, [])
    assert "-" in cells(rows[0], history)[5], "nothing was there before"
    retrained(pack)
    rows, history = evaluation.measure([judged_by(0.6)], asked, history)
    row = dict(zip(evaluation.HEAD, cells(rows[0], history), strict=True))
    assert (row["value"], row["before"], row["less error"]) == ("0.600", "0.500", "+20%")
    assert row["baseline"] == "0.250 (guesses)"


def test_measuring_the_same_weights_again_is_no_new_version(pack: Path) -> None:
    asked = replace(QUICK, pack=str(pack))
    _, history = evaluation.measure([judged_by(0.5)], asked, [])
    rows, history = evaluation.measure([judged_by(0.6)], asked, history)
    assert [entry.value for entry in history] == [0.6]
    assert cells(rows[0], history)[5] == "-"


def test_quick_and_full_figures_are_not_compared(pack: Path) -> None:
    asked = replace(QUICK, pack=str(pack))
    _, history = evaluation.measure([judged_by(0.5)], asked, [])
    retrained(pack)
    rows, history = evaluation.measure([judged_by(0.9)], replace(asked, quick=False), history)
    assert cells(rows[0], history)[5] == "-"
    assert len(history) == 2


def test_what_is_not_measured_again_keeps_its_figure_only_while_its_weights_stay(
    pack: Path,
) -> None:
    asked = replace(QUICK, pack=str(pack))
    _, history = evaluation.measure([judged_by(0.5)], asked, [])
    rows, _ = evaluation.measure([judged_by(0.9)], asked, history, only=["planner"])
    assert rows[0].entry is not None and rows[0].entry.value == 0.5
    retrained(pack)
    rows, _ = evaluation.measure([judged_by(0.9)], asked, history, only=["planner"])
    assert rows[0].entry is None and rows[0].note == "not measured"


def broken(error: Exception) -> Model:
    def measure(asked: Asked) -> Measured:
        raise error

    return replace(judged_by(0), key="smartmask", name="SmartMask", measure=measure)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("a | b\nc"), "failed: ValueError('a / b"),
        (RuntimeError("x" * 500), "failed: RuntimeError('xxx"),
        (DataError("No scenes. Make some."), "not measured: No scenes"),
    ],
)
def test_a_model_that_cannot_be_measured_takes_no_other_ones_figures_along(
    pack: Path, error: Exception, words: str
) -> None:
    asked = replace(QUICK, pack=str(pack))
    rows, history = evaluation.measure([broken(error), judged_by(0.5)], asked, [])
    assert rows[0].entry is None and rows[0].note.startswith(words)
    assert len(rows[0].note) < 200 and "|" not in rows[0].note and "\n" not in rows[0].note
    assert rows[1].entry is not None and [entry.value for entry in history] == [0.5]


def test_what_was_measured_is_kept_when_the_run_is_broken_off(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = broken(Cancelled("Cancelled."))
    monkeypatch.setattr(evaluation, "models", lambda: (judged_by(0.5), stopped))
    page = tmp_path / "lite.md"
    main(["eval", "all", "--quick", "--pack", str(pack), "--out", str(page)])
    assert [entry.value for entry in read_history(tmp_path / "lite_history.json")] == [0.5]
    text = page.read_text()
    assert "| 0.500 |" in text and "| SmartMask | right words ↑ | not measured |" in text


def test_the_command_says_by_its_status_that_a_model_failed(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluation, "models", lambda: (broken(ValueError("no")), judged_by(0.5)))
    page = tmp_path / "lite.md"
    assert main(["eval", "all", "--quick", "--pack", str(pack), "--out", str(page)]) == 1
    assert "failed: ValueError('no')" in page.read_text() and "0.500" in page.read_text()
    assert "Traceback" in capsys.readouterr().err


def test_versions_are_the_commits_that_changed_the_weights(pack: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", "-C", str(pack), *who, *words], check=True, capture_output=True)

    assert versions(pack, ["text_encoder"]) == [], "no checkout, no versions"
    git("init")
    assert [v.commit for v in versions(pack, ["text_encoder"])] == [UNCOMMITTED]
    git("add", ".")
    git("commit", "-m", "one")
    first = versions(pack, ["text_encoder"])
    (pack / "text_encoder" / "README.md").write_text("other words")
    git("commit", "-am", "a card is no version")
    assert versions(pack, ["text_encoder"]) == first
    retrained(pack)
    git("commit", "-am", "two")
    assert len(versions(pack, ["text_encoder"])) == 2
    assert versions(pack, ["text_encoder"])[1] == first[0]


def test_the_hash_is_that_of_the_weights_alone(pack: Path) -> None:
    before = weights_hash(weight_files(pack, ["text_encoder"]))
    (pack / "text_encoder" / "README.md").write_text("other words")
    assert weights_hash(weight_files(pack, ["text_encoder"])) == before
    retrained(pack)
    assert weights_hash(weight_files(pack, ["text_encoder"])) != before


def test_what_stands_around_the_table_stays() -> None:
    page = f"# By hand\n\n{BEGIN}\nold\n{END}\n\nMore by hand\n"
    made = with_table(page, "new")
    assert made == page.replace("old", "new")
    with pytest.raises(DataError, match="between which the table goes"):
        with_table("# By hand\n", "new")


def test_the_command_writes_page_and_history(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluation, "models", lambda: (judged_by(0.5),))
    page = tmp_path / "lite.md"
    page.write_text(f"# By hand\n{BEGIN}\n{END}\nAfter\n")
    command = ["eval", "all", "--quick", "--pack", str(pack), "--out", str(page)]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["value"] == "0.500"
    text = page.read_text()
    assert text.startswith("# By hand\n") and text.endswith("\nAfter\n")
    assert "`python main.py eval all --quick`" in text and "| text encoder |" in text
    assert [entry.value for entry in read_history(tmp_path / "lite_history.json")] == [0.5]


def test_a_history_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "lite_history.json").write_text('{"a": 1}')
    with pytest.raises(DataError, match="lite_history.json"):
        read_history(tmp_path / "lite_history.json")


def test_words_are_right_more_often_than_by_spelling() -> None:
    found = all_models.text_encoder(QUICK)
    assert found.value > 2 * found.baseline > 0
    assert found.n > 100


def test_silhouettes_survive_the_autoencoder_better_than_as_thumbnails() -> None:
    found = all_models.mask_autoencoder(QUICK)
    assert 1 > found.value > found.baseline > 0.5


class TestPictures:
    """Untrained tiny models: the figures mean nothing, but all of them can be taken."""

    @pytest.fixture(scope="class")
    @staticmethod
    def tiny(tmp_path_factory: pytest.TempPathFactory) -> Asked:
        torch.set_num_threads(1)
        folder = tiny_render.lite_pack(tmp_path_factory.mktemp("packs") / "lite")
        shutil.copytree(pack_folder("lite") / "smartmask", folder / "smartmask")
        copy_text_encoder(folder)
        tiny_segment.lite_segmenter(folder)
        text = TextEncoder.from_pretrained(folder / "text_encoder")
        save(new_scorer("guide", text), text, folder / "click_scorer", {})
        return replace(QUICK, pack=str(folder))

    @pytest.fixture(autouse=True)
    def judge(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        labels, classes = ("dog", "tree", "sky"), (126, 4, 2)
        RenderJudge(labels=labels, classes=classes, widths=(8, 8)).save_pretrained(tmp_path)
        monkeypatch.setattr(render_judge, "SHIPPED", tmp_path)
        monkeypatch.setattr(all_pictures, "_QUICK_PICTURES", 1)
        monkeypatch.setattr(all_insertions, "_QUICK_CASES", 1)
        monkeypatch.setattr(all_insertions, "_QUICK_CLICKS", 1)
        monkeypatch.setattr(all_pictures, "_QUICK_POOL", 3)

    @pytest.fixture(autouse=True)
    def click_judge(self, tiny: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = Path(tiny.pack)
        monkeypatch.setattr(click_metrics, "JUDGE", folder / "click_scorer")
        (folder / "click.json").write_text('{"all": {"steps": 8, "score_copies": 2}}')

    @pytest.mark.parametrize(
        "model", (*all_pictures.MODELS, *all_insertions.MODELS), ids=lambda model: model.key
    )
    def test_every_figure_can_be_taken(self, model: Model, tiny: Asked) -> None:
        found = model.measure(tiny)
        forget_models()
        assert found.n > 0
        assert found.cpu_seconds > 0
        if model.best == 1:
            assert 0 <= found.value <= 1 and 0 <= found.baseline <= 1
