"""The README's commands are one line each, name what is needed, and use options that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from engine.cli.main import COMMANDS, VERSION, main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def pasted(marker: str) -> str:
    """The lines of code between two markers."""
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```\n<!-- /{marker} -->", README, re.S)
    assert found
    return found[1]


def system_packages(command: str) -> list[str]:
    found = re.search(r"--no-install-recommends (.*?) && ", command)
    assert found
    return found[1].split()


@pytest.mark.parametrize("marker", ["start", "test"])
def test_a_command_to_paste_is_one_line_from_nothing(marker: str) -> None:
    command = pasted(marker)
    assert command.count("\n") == 1
    assert "python3-venv" in system_packages(command)
    assert "python3 -m venv .venv" in command


def test_both_commands_install_the_same_system_packages() -> None:
    assert system_packages(pasted("start")) == system_packages(pasted("test"))


def test_every_command_and_option_named_is_one_that_exists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.cli.main._quiet_libraries", lambda: None)
    helps = {}
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        helps[name] = capsys.readouterr().out
    named = re.findall(r"main\.py ([a-z-]+)\b(?![.-])((?:[^`\n&|]|\|(?! ))*)", README)
    assert {name for name, _ in named} == set(COMMANDS)
    for name, rest in named:
        if name in ("train", "eval"):
            continue
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in helps[name], f"{name} {option}"
    for name, end, least in (("suggest", "`design` takes:", 10), ("design", "In the window", 4)):
        table = README.split(f"`{name}` takes:")[1].split(end)[0]
        options = re.findall(r"`(-[-a-z]+)", table)
        assert len(options) > least
        for option in options:
            assert option in helps[name], f"{name} {option}"


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"Version {VERSION}" in README
