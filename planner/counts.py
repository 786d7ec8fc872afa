"""How many: numbers and quantities in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from planner.lexicon import LONGEST_PHRASE, key
from planner.wordlists import words_of

BARE_PLURAL = 3
"""How many "dogs" are, when nobody says."""

_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}


@cache
def _tables() -> dict[str, dict[str, int]]:
    raw: dict[str, Any] = words_of("quantities")
    return {name: {key(k): int(v) for k, v in raw[name].items()} for name in
            ("numbers", "vague", "groups")}  # fmt: skip


@cache
def pieces() -> frozenset[str]:
    """Words that only measure what follows their "of": "slice"."""
    return frozenset(key(word) for word in words_of("quantities")["pieces"].split(","))


def number(words: Sequence[str], start: int) -> tuple[int, int] | None:
    """(count, words taken) of a number or quantity that begins at `start`; None without one.

    A count of 0 means that the words say nothing about how many ("different").
    """
    tables = _tables()
    for length in range(min(LONGEST_PHRASE, len(words) - start), 0, -1):
        phrase = " ".join(words[start : start + length])
        if phrase in tables["vague"]:
            return tables["vague"][phrase], length
    word = words[start]
    tens, _, ones = word.partition("-")
    if tens in _TENS and tables["numbers"].get(ones, 10) < 10:
        return _TENS[tens] + tables["numbers"][ones], 1
    if word in tables["numbers"]:
        return tables["numbers"][word], 1
    if re.fullmatch(r"[0-9]{1,9}", word):
        return int(word), 1
    return None


def group_size(word: str) -> int | None:
    """How many a group word stands for before "of": "herd" -> 6; None for other words."""
    return _tables()["groups"].get(word)
