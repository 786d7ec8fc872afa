"""Slips of the pen: "helemt" is a helmet, "tatttoos" are tattoos."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from planner.lexicon import known_words, nouns
from planner.nouns import plural, singulars

_SHORTEST = 6
"""Shorter words have too many neighbours: "boots" and "books"."""


def well_spelt(word: str) -> str:
    """The listed noun that an unlisted word is one slip away from; any other word as it is.

    A slip is a letter too many, too few, or two that changed places, not at the first letter. A
    letter for another is none: too many rare words differ in just that ("warthog", "grooms").
    """
    if len(word) < _SHORTEST or not word.isalpha() or _is_listed(word):
        return word
    found = _slips().get(word)
    if found is None:
        inner = (word[:at] + word[at + 1 :] for at in range(1, len(word)))
        found = next((less for less in inner if less in _long_nouns()), None)
    return found or word


def _is_listed(word: str) -> bool:
    bent = word.endswith(("ing", "ed", "ly"))
    return bent or bool({word, *singulars(word)} & known_words())


@cache
def _long_nouns() -> frozenset[str]:
    single = (name for name in nouns() if name.isalpha() and len(name) >= _SHORTEST - 1)
    return frozenset(form for name in single for form in (name, plural(name)))


@cache
def _slips() -> Mapping[str, str]:
    """Every listed noun with a letter left out or two neighbours swapped -> the noun."""
    found: dict[str, str] = {}
    for name in sorted(_long_nouns()):
        if len(name) < _SHORTEST:
            continue
        for at in range(1, len(name)):
            found.setdefault(name[:at] + name[at + 1 :], name)
            if at + 1 < len(name):
                found.setdefault(name[:at] + name[at + 1] + name[at] + name[at + 2 :], name)
    return found
