"""The known thing nearest to what the user typed, and the line that says so.

A hand-written table (`resources/vocab/lite_names.json`) goes before nearness of meaning: by meaning
alone a couch lies near a lamp, and a baseball player near a baseball.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.layout.labels import ade_class_of, noun_phrases, singulars
from planner.lexicon import noun_of

if TYPE_CHECKING:
    import torch

    from engine.text.encoder import TextEncoder

NAMES_FILE = Path(__file__).resolve().parents[2] / "resources" / "vocab" / "lite_names.json"
"""Thing of the lite world -> other words for it, for its kinds, and for what looks most like it."""

_SKIES = ("sky", "night sky", "sunset sky")


@dataclass(frozen=True, slots=True)
class KnownThing:
    """What a label is taken for.

    Attributes:
        name: The nearest of the known things.
        similarity: Cosine of the two texts, -1..1; 1.0 when the label names the thing itself.
        how: "exact" - the label names the thing itself ("two red dogs" names "dog"); "table" - its
            noun is in the table of names, or is a place or material of the planner's lists;
            "meaning" - the thing whose name means most nearly the same; "none" - as "meaning", but
            the label holds no English word for a thing.
        note: The line for the user; empty when the label names the thing itself.
    """

    name: str
    similarity: float
    how: Literal["exact", "table", "meaning", "none"]
    note: str

    @property
    def known(self) -> bool:
        """Whether the label names the thing itself."""
        return self.how == "exact"

    @property
    def is_word(self) -> bool:
        """Whether the label holds an English word for a thing; False for gibberish."""
        return self.how != "none"


def nearest_known(label: str, encoder: TextEncoder, things: Sequence[str]) -> KnownThing:
    """The thing of `things` (at least one) that a label means or comes nearest to.

    Any label gets an answer; gibberish gets one with `is_word` False.
    """
    names = {name.lower(): name for name in things}
    phrases = tuple(noun_phrases(label)) or (label,)
    match = ade_class_of(label)
    for phrase in phrases:
        named = next((names[form] for form in singulars(phrase) if form in names), None)
        if named is not None:
            return KnownThing(named, 1.0, "exact", "")
        listed = next((names[name] for name in listed_names(phrase) if name in names), None)
        if listed is not None:
            return KnownThing(listed, _cosine(encoder, phrase, listed), "table",
                              _note(label, listed))  # fmt: skip
        if match.word.rpartition(" ")[2] in singulars(phrase):
            # The thing's own noun is a word, but not one of the known things.
            break
    spoken = match.word or phrases[0]
    vectors = _vectors(encoder, tuple(things))
    # The noun decides; the whole label only tips the scales ("toy car").
    scores = vectors @ encoder.embed([spoken, phrases[0]]).mean(0)
    best = int(scores.argmax())
    name, is_word = things[best], match.how in ("exact", "table")
    similarity = float(vectors[best] @ encoder.embed([spoken])[0])
    if is_word:
        return KnownThing(name, similarity, "meaning", _note(label, name))
    note = f'Nothing called "{_shown(label)}" is known: it is drawn as "{name}", '
    return KnownThing(name, similarity, "none", f"{note}which comes nearest.")


def listed_names(phrase: str) -> Iterator[str]:
    """Things that the tables name for a word or compound in either number, the best first.

    Of a place the planner's lists know what it shows: a kitchen is a wall and a floor. The sky of
    an open place comes last, for every such place has one.
    """
    table = _table()
    yield from (table[form] for form in singulars(phrase) if form in table)
    noun = noun_of(phrase)
    if noun is None:
        return
    yield noun.label
    if noun.label in table:
        yield table[noun.label]
    yield from sorted(noun.backgrounds, key=lambda name: name in _SKIES)


def _cosine(encoder: TextEncoder, phrase: str, name: str) -> float:
    one, other = encoder.embed([phrase, name])
    return float(one @ other)


def _shown(label: str) -> str:
    return label.strip() if len(label) <= 40 else label.strip()[:39] + "…"


def _note(label: str, name: str) -> str:
    return f'"{_shown(label)}" is drawn as "{name}", the nearest thing this model knows.'


def note_on(label: str, encoder: TextEncoder, things: Sequence[str] | None = None) -> str:
    """The line that tells what a label is taken for; empty when it is known as it stands."""
    return nearest_known(label, encoder, things or known_things()).note


@lru_cache(maxsize=1)
def known_things() -> tuple[str, ...]:
    """The things that the lite models were trained on."""
    from engine.data.world import OBJECT_CLASSES

    return tuple(dict.fromkeys(str(getattr(thing, "name", thing)) for thing in OBJECT_CLASSES))


@cache
def _table() -> Mapping[str, str]:
    """Word -> thing, from NAMES_FILE."""
    grouped: dict[str, str] = json.loads(NAMES_FILE.read_text(encoding="utf-8"))
    return {word: name for name, words in grouped.items() for word in words.split(", ")}


@lru_cache(maxsize=4)
def _vectors(encoder: TextEncoder, things: tuple[str, ...]) -> torch.Tensor:
    return encoder.embed(things)
