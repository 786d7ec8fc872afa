"""From what a user calls a thing to its nearest ADE20K-150 class: a lookup, no model."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from engine.layout.palette import ade_classes

TABLE_FILE = Path(__file__).resolve().parents[2] / "resources" / "vocab" / "ade_table.json"

FALLBACK_CLASS = 108
"""Class of a label nobody knows: plaything, ADE's word for any small thing."""

_NEAR_CUTOFF = 0.8
_NEAR_MIN_LENGTH = 5
_MAX_WORDS = 24
_MOST_RESPELLED = 4
_WORD = r"[^\W_]+(?:['’-][^\W_]+)*"

_IRREGULAR = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "oxen": "ox",
    "leaves": "leaf",
    "knives": "knife",
    "wolves": "wolf",
    "shelves": "shelf",
    "loaves": "loaf",
    "wives": "wife",
    "calves": "calf",
    "halves": "half",
    "elves": "elf",
    "scarves": "scarf",
    "thieves": "thief",
    "cacti": "cactus",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DETERMINERS = _words(
    """
    a an another any each eight every few five four her his its many more my nine no one
    other our seven several six some ten that the their these this those three two your
    """
)

_CUTS = _words(
    """
    above across against along and are around as at be behind below beneath beside between
    by carrying for from has have holding in inside into is near next on onto or outside
    over that through to under upon was wearing were where which while who whose with
    without
    """
)
"""Words after which something else than the thing itself is spoken of."""

_MEASURES = _words(
    """
    bit bunch cluster collection couple crowd flock group handful heap herd kind line lot
    lots number pack pair piece pile row school series set slice sort stack swarm type
    variety
    """
)
"""Nouns that only count what follows their "of"."""


@dataclass(frozen=True, slots=True)
class AdeMatch:
    """The class of a label.

    Attributes:
        ade_class: ADE20K-150 class, 0..149.
        name: Its name.
        how: "exact" - the label names the class; "table" - its noun is in the table; "near" - it
            is spelled almost like a word of the table; "none" - nobody knows it, FALLBACK_CLASS.
        word: The word or phrase that decided; empty with "none".
    """

    ade_class: int
    name: str
    how: Literal["exact", "table", "near", "none"]
    word: str = ""


def ade_class_of(label: str) -> AdeMatch:
    """The ADE class of a label such as "dog", "red sports cars" or "a girl, sitting"."""
    table, names = _table(), _class_ids()
    for phrase in noun_phrases(label):
        for form in singulars(phrase):
            if form in names:
                return AdeMatch(names[form], form, "exact", form)
            if form in table:
                return _match(table[form], "table", form)
    words = (phrase for phrase in noun_phrases(label) if " " not in phrase)
    for word in itertools.islice(words, _MOST_RESPELLED):
        if len(word) >= _NEAR_MIN_LENGTH:
            near = difflib.get_close_matches(word, _spellings(), n=1, cutoff=_NEAR_CUTOFF)
            if near:
                return _match((table | names)[near[0]], "near", near[0])
    return _match(FALLBACK_CLASS, "none", "")


def noun_phrases(label: str) -> Iterator[str]:
    """Phrases of a label that may name the thing, the likeliest first.

    "red sports car on a road" -> "red sports car", "sports car", "car", "red sports", ... and
    only at the end what follows the preposition.
    """
    whole = re.findall(_WORD, label.lower())[:_MAX_WORDS]
    while whole and whole[0] in _DETERMINERS:
        del whole[0]
    seen = {" ".join(whole)}
    if whole:
        # Some names hold an "of" or an "and" themselves: "chest of drawers".
        yield " ".join(whole)
    for clause in _clauses(label):
        for end in range(len(clause), 0, -1):
            for start in range(end):
                phrase = " ".join(clause[start:end])
                if phrase not in seen:
                    seen.add(phrase)
                    yield phrase


def head_phrase(label: str) -> str:
    """What the label names, without what is said about it: "stone wall" of "a stone wall with ivy".

    Empty when the label has no word that could be a name.
    """
    return " ".join(next(_clauses(label), ()))


def singulars(phrase: str) -> tuple[str, ...]:
    """The phrase and what it may be the plural of, likeliest first."""
    stem, _, last = phrase.rpartition(" ")
    stem = stem + " " if stem else ""
    if last in _IRREGULAR:
        return (phrase, stem + _IRREGULAR[last])
    forms = [phrase]
    if last.endswith("ies") and len(last) > 4:
        forms.append(stem + last[:-3] + "y")
    if last.endswith("s") and not last.endswith("ss") and len(last) > 3:
        forms.append(stem + last[:-1])
        if last.endswith("es"):
            forms.append(stem + last[:-2])
    return tuple(forms)


def _clauses(label: str) -> Iterator[list[str]]:
    """Runs of words cut at commas and at words that lead away from the thing."""
    for part in re.split(r"[,;:()\[\]./|\n]", label.lower().replace("_", " ")):
        words = re.findall(_WORD, part)[:_MAX_WORDS]
        words = [word.removesuffix("'s").removesuffix("’s") for word in words]
        yield from (run for run in _runs(words) if run)


def _runs(words: Sequence[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for place, word in enumerate(words):
        if word == "of" and run and singulars(run[-1])[-1] in _MEASURES:
            run = []
        elif word == "of" or word in _CUTS or _is_verb(words, place, run):
            yield run
            run = []
        elif word not in _DETERMINERS and not word.isdigit():
            run.append(word)
        elif run and word in _DETERMINERS:
            yield run
            run = []
    yield run


def _is_verb(words: Sequence[str], place: int, run: Sequence[str]) -> bool:
    """A word in -ing that says what the thing before it does: "man painting a wall"."""
    word = words[place]
    if not word.endswith("ing") or len(word) < 5 or not run:
        return False
    follows = words[place + 1] if place + 1 < len(words) else ""
    return follows in _DETERMINERS or word not in _table() and word not in _class_ids()


def _match(ade_class: int, how: Literal["table", "near", "none"], word: str) -> AdeMatch:
    return AdeMatch(ade_class, ade_classes()[ade_class].name, how, word)


@cache
def _class_ids() -> dict[str, int]:
    return {entry.name: entry.id for entry in ade_classes()}


@cache
def _table() -> dict[str, int]:
    grouped: dict[str, list[str]] = json.loads(TABLE_FILE.read_text(encoding="utf-8"))
    names = _class_ids()
    return {word: names[name] for name, words in grouped.items() for word in words}


@cache
def _spellings() -> tuple[str, ...]:
    return tuple(word for word in (_table() | _class_ids()) if len(word) >= _NEAR_MIN_LENGTH)
