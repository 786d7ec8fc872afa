"""Versions of the lite models: which weights, since when, and what they were measured to be.

The commits come from git, where the pack lies in a checkout; the figures from a small JSON file
beside the page, to which every `eval all` adds what it measured.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import DataError

UNCOMMITTED = "not committed"
_GIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Version:
    """A state of a model's weights: short commit, and its date as YYYY-MM-DD."""

    commit: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One measurement, as the history keeps it.

    Attributes:
        model: Its key.
        weights: Hash of the weights that were measured.
        commit, date: Of the version they are; "" outside a checkout.
        mode: "quick" or "full", with " + data" where a data folder was given: figures of different
            modes are not compared.
        figure: The figure's name at that time; another figure is not compared either.
        seconds: CPU seconds of one use.
        measured: Day of the measurement.
    """

    model: str
    weights: str
    commit: str
    date: str
    mode: str
    figure: str
    value: float
    baseline: float
    n: int
    size_mb: float
    seconds: float
    measured: str


def weight_files(pack: Path, folders: Sequence[str]) -> list[Path]:
    """The safetensors files of a model, by name."""
    return sorted(file for folder in folders for file in (pack / folder).rglob("*.safetensors"))


def weights_hash(files: Sequence[Path]) -> str:
    """First 16 hex digits of the SHA-256 over the files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def versions(pack: Path, folders: Sequence[str], *, count: int = 3) -> list[Version]:
    """The last versions of a model's weights, newest first; none where git knows nothing."""
    paths = [f":(glob){folder}/**/*.safetensors" for folder in folders]
    found = []
    if _git(pack, "status", "--porcelain", "--", *paths):
        found.append(Version(UNCOMMITTED, time.strftime("%Y-%m-%d")))
    log = _git(pack, "log", f"-{count}", "--format=%h %cs", "--", *paths)
    found += [Version(*line.split()) for line in log.splitlines()]
    return found[:count]


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, text=True, timeout=_GIT_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def read_history(file: Path) -> list[Entry]:
    """Every entry of a history file, oldest first; empty where there is none.

    Raises:
        DataError: The file is no history.
    """
    if not file.is_file():
        return []
    try:
        return [Entry(**fields) for fields in json.loads(file.read_text("utf-8"))]
    except (ValueError, TypeError) as error:
        raise DataError(f"{file} is no history of figures ({error}): move it away.") from error


def with_entry(history: Sequence[Entry], entry: Entry) -> list[Entry]:
    """The history with a new measurement, which replaces the same one of an earlier day."""

    def question(e: Entry) -> tuple[str, ...]:
        return e.model, e.weights, e.mode, e.figure

    return [*(e for e in history if question(e) != question(entry)), entry]


def before(history: Sequence[Entry], entry: Entry) -> Entry | None:
    """The last measurement of other weights of the same model by the same figure."""
    alike = (
        e
        for e in reversed(history)
        if (e.model, e.mode, e.figure) == (entry.model, entry.mode, entry.figure)
        and e.weights != entry.weights
    )
    return next(alike, None)


def history_text(history: Sequence[Entry]) -> str:
    """The history as JSON, one entry a line, so that a diff shows what was measured."""
    lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in history]
    return "[\n " + ",\n ".join(lines) + "\n]\n" if lines else "[]\n"
