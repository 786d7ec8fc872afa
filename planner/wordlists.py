"""The files of `planner/words`, read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

WORDS_FOLDER = Path(__file__).resolve().parent / "words"


@cache
def words_of(name: str) -> Any:
    """One file of the word lists as parsed JSON."""
    return json.loads((WORDS_FOLDER / f"{name}.json").read_text("utf-8"))


def listed(text: str) -> Iterator[str]:
    """The entries of a list with commas between."""
    yield from (word.strip() for word in text.split(",") if word.strip())
