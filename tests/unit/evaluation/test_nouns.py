"""`eval nouns`: which words count as nouns, and what is said of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.errors import DataError
from engine.evaluation.nouns import CAPTIONS, Noun, Verdict, evaluate, frequent_nouns, report_of

CAPTION_LINES = [
    "A man standing near two traffic lights.",
    "Two men in a kitchen with a glass of wine",
    "A traffic light on the top of a man\u2019s car",
]


def test_compounds_plurals_and_places_count_and_what_cannot_be_drawn_does_not() -> None:
    found = dict(frequent_nouns(CAPTION_LINES, count=50))
    assert found["man"] == 3
    assert found["traffic light"] == 2
    assert found["kitchen"] == found["wine"] == 1
    assert not {"traffic", "light", "top", "standing", "two"} & set(found)


def test_the_commonest_come_first_and_no_more_than_asked_for() -> None:
    assert frequent_nouns(CAPTION_LINES, count=2) == [("man", 3), ("traffic light", 2)]


def test_a_verdict_on_something_else_does_not_count() -> None:
    nouns = [
        Noun(word="couch", count=3, taken="sofa", how="table"),
        Noun(word="magnet", count=2, taken="windmill", how="meaning"),
        Noun(word="bunny", count=1, taken="rabbit", how="table"),
        Noun(word="dog", count=1, taken="dog", how="exact"),
    ]
    report = report_of(
        nouns,
        {
            "couch": Verdict(taken="lamp", thing=True, drawn=True),
            "magnet": Verdict(taken="windmill", thing=False, drawn=False),
            "bunny": Verdict(taken="rabbit", thing=True, drawn=False, why="a lump"),
        },
    )
    assert report["outdated"] == ["couch"]
    assert (report["judged"], report["sensible"], report["drawn"]) == (2, 1, 0)
    assert report["silly"] == {"magnet": "windmill"}
    assert report["lumps"] == {"bunny": "a lump"}
    assert report["ways"] == {"exact": 1, "table": 2, "meaning": 1, "none": 0}


def test_the_shipped_verdicts_are_on_what_is_drawn_today() -> None:
    report, nouns = evaluate(None)
    assert len(nouns) == 100
    assert report["outdated"] == []


def test_the_command_reads_captions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / CAPTIONS).write_bytes(gzip.compress("\n".join(CAPTION_LINES).encode()))
    assert main(["eval", "nouns", "--data", str(tmp_path), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["list"]
    assert ["man", 3, "exact", "man"] in listed
    assert ["wine", 1, "table", "wine glass"] in listed


def test_a_folder_without_captions_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=CAPTIONS):
        evaluate(tmp_path)
