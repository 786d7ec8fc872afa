"""Pairs of pictures by two packs, judged without knowing which is which."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.main import _parser, main
from engine.errors import InputError
from engine.evaluation import blind
from engine.evaluation.blind import TILE, commands, counted, drawn, first_of_each_kind, read_cases

COLOURS = {"old": (200, 0, 0), "new": (0, 0, 200)}


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        blind, "drawn", lambda case, pack, *, seed: Image.new("RGB", TILE, COLOURS[pack])
    )
    words = ["eval", "blind", "--before", "old", "--after", "new", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    return tmp_path / "out"


def test_the_key_tells_the_sides_of_the_sheets_and_they_are_mixed(pairs: Path) -> None:
    key = json.loads((pairs / "key.json").read_text())
    assert len(key["cases"]) == 30
    lefts = [case["left"] for case in key["cases"].values()]
    assert 3 < lefts.count("after") < 27
    for number in (1, 2, 6, 30):
        sheet = Image.open(pairs / f"pairs-{(number - 1) // blind.ROWS + 1}.png").convert("RGB")
        top = (number - 1) % blind.ROWS * (TILE[1] + 20) + 60
        case = key["cases"][str(number)]
        expected = COLOURS["new" if case["left"] == "after" else "old"]
        assert sheet.getpixel((40, top)) == expected
        assert sheet.getpixel((TILE[0] + 40, top)) != expected


def test_verdicts_are_counted_by_the_key(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = json.loads((pairs / "key.json").read_text())
    said = {
        number: "same" if number == "30" else "left" if case["left"] == "after" else "right"
        for number, case in key["cases"].items()
    }
    (tmp_path / "said.json").write_text(json.dumps(said))
    capsys.readouterr()
    words = ["eval", "blind", "--out", str(pairs), "--verdicts", str(tmp_path / "said.json")]
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["after"], result["before"], result["same"]) == (29, 0, 1)
    assert result["chance"] == 0
    assert sum(count.get("after", 0) for count in result["kinds"].values()) == 29
    for number in (1, 2, 6, 30):
        sheet = np.asarray(Image.open(pairs / f"opened-{(number - 1) // blind.ROWS + 1}.jpg"))
        row = sheet[(number - 1) % blind.ROWS * (TILE[1] + 20) + 60].astype(int)
        assert row[40, 0] > 150 > row[40, 2]
        assert row[TILE[0] + 40, 2] > 150 > row[TILE[0] + 40, 0]
    half = counted(key, dict.fromkeys(list(key["cases"])[:20], "left"))
    assert half["not_judged"] == 10
    with pytest.raises(InputError, match="cannot be counted"):
        counted(key, {"31": "left"})
    with pytest.raises(InputError, match="cannot be counted"):
        counted(key, {"1": "after"})


def test_the_size_of_a_picture_tells_no_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"old": (256, 192), "new": (640, 480)}
    monkeypatch.setattr(
        blind, "drawn", lambda case, pack, *, seed: Image.new("RGB", sizes[pack], COLOURS[pack])
    )
    words = ["eval", "blind", "--before", "old", "--after", "new", "--n", "1"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    sheet = Image.open(tmp_path / "out" / "pairs-1.png").convert("RGB")
    corner = (TILE[0] - 3, TILE[1] + 10)
    assert sheet.getpixel(corner) in COLOURS.values()
    assert sheet.getpixel((corner[0] + TILE[0] + 4, corner[1])) in COLOURS.values()


def test_every_case_can_be_asked(tmp_path: Path) -> None:
    cases = read_cases()
    assert len(cases) == 30 and len(first_of_each_kind(cases, 1)) == 4
    for case in cases:
        lines = commands(case, "lite", seed=1, out=tmp_path / "o.png", photo=tmp_path / "p.png")
        assert any(str(tmp_path / "o.png") in line for line in lines)
        assert all("lite" in line for line in lines)
        for line in lines:
            _parser(line[0]).parse_args(line)


def test_a_case_that_fails_shows_why(capsys: pytest.CaptureFixture[str]) -> None:
    case = first_of_each_kind(read_cases(), 1)[1]
    card = drawn(case, "no such pack", seed=0)
    assert card.size == TILE
    assert "no such pack" in capsys.readouterr().err


def test_a_pack_or_verdicts_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "blind", "--out", str(tmp_path)]) == 1
    assert "--before" in capsys.readouterr().err
