"""Slips of the pen: "helemt" is a helmet, a "suit case" a suitcase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from planner.lexicon import Sort, known_words, match_noun, nouns, word_set
from planner.nouns import plural, singulars

_SHORTEST = 5
"""Shorter words have too many neighbours: "skis" and "sis"."""
_SWAPPED = 6
"""From here on two letters may have changed places."""
_LONG = 8
"""From here on a letter may be missing or too many; "border" is no "boarder"."""


def well_spelt(word: str) -> str:
    """The listed noun that an unlisted word is one slip away from; any other word as it is.

    A slip is a letter twice that should be there once or the other way round, two that changed
    places, and in long words any letter too many or too few; never the first one. A letter for
    another is none: too many rare words differ in just that ("warthog", "grooms").
    """
    if len(word) < _SHORTEST or not word.isalpha() or _is_listed(word):
        return word
    found = _slips().get(word)
    if found is None:
        found = next((less for less in _shortened(word) if less in _long_nouns()), None)
    return found or word


def _is_listed(word: str) -> bool:
    bent = word.endswith(("ing", "ed", "ly"))
    return bent or bool({word, *singulars(word)} & known_words())


def joined(words: list[str]) -> list[str]:
    """The words, listed compounds that are written apart put together: "suit cases".

    Not behind an adjective: a green house is no greenhouse.
    """
    found: list[str] = []
    for word in words:
        if found and _may_join(found[-1], word):
            found[-1] += word
        else:
            found.append(word)
    return found


def _may_join(first: str, second: str) -> bool:
    if not (first + second).isalpha() or min(len(first), len(second)) < 3:
        return False
    if first in word_set("adjectives") or first in word_set("function"):
        return False
    apart, whole = match_noun([first, second], 0), match_noun([first + second], 0)
    return (
        whole is not None and whole.noun.sort is Sort.THING and (apart is None or apart.length == 1)
    )


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
        for less in _shortened(name):
            found.setdefault(less, name)
        for at in range(1, len(name) - 1 if len(name) >= _SWAPPED else 0):
            found.setdefault(name[:at] + name[at + 1] + name[at] + name[at + 2 :], name)
    return found


def _shortened(word: str) -> Iterator[str]:
    """The word without one letter: without one of two alike, or in long words without any."""
    for at in range(1, len(word)):
        if len(word) >= _LONG or word[at] == word[at - 1]:
            yield word[:at] + word[at + 1 :]
