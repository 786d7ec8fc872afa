"""The known thing nearest to what the user typed, and the line that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.layout.labels import ade_class_of, noun_phrases, singulars

if TYPE_CHECKING:
    import torch

    from engine.text.encoder import TextEncoder


@dataclass(frozen=True, slots=True)
class KnownThing:
    """What a label is taken for.

    Attributes:
        name: The nearest of the known things.
        similarity: Cosine of the two texts, -1..1; 1.0 when the label names the thing itself.
        known: Whether the label names the thing itself ("two red dogs" names "dog").
        is_word: Whether the label holds an English word for a thing; False for gibberish.
        note: The line for the user; empty when the label names the thing itself.
    """

    name: str
    similarity: float
    known: bool
    is_word: bool
    note: str


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
            return KnownThing(named, 1.0, True, True, "")
        if match.word in singulars(phrase):
            # The thing's own noun is a word, but not one of the known things.
            break
    spoken = match.word or phrases[0]
    vectors = _vectors(encoder, tuple(things))
    # The noun decides; the whole label only tips the scales ("toy car").
    scores = vectors @ encoder.embed([spoken, phrases[0]]).mean(0)
    best = int(scores.argmax())
    name, is_word = things[best], match.how in ("exact", "table")
    similarity = float(vectors[best] @ encoder.embed([spoken])[0])
    shown = label.strip() if len(label) <= 40 else label.strip()[:39] + "…"
    if is_word:
        note = f'"{shown}" is drawn as "{name}", the nearest thing this model knows.'
    else:
        note = f'Nothing called "{shown}" is known: it is drawn as "{name}", which comes nearest.'
    return KnownThing(name, similarity, False, is_word, note)


def note_on(label: str, encoder: TextEncoder, things: Sequence[str] | None = None) -> str:
    """The line that tells what a label is taken for; empty when it is known as it stands."""
    return nearest_known(label, encoder, things or known_things()).note


@lru_cache(maxsize=1)
def known_things() -> tuple[str, ...]:
    """The things that the lite models were trained on."""
    from engine.data.world import OBJECT_CLASSES

    return tuple(dict.fromkeys(str(getattr(thing, "name", thing)) for thing in OBJECT_CLASSES))


@lru_cache(maxsize=4)
def _vectors(encoder: TextEncoder, things: tuple[str, ...]) -> torch.Tensor:
    return encoder.embed(things)
