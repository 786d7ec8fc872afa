"""From an English caption to a scene: a reader with word lists, without any model.

It reads noun phrases, verbs and prepositions from left to right and keeps in mind who the
sentence is about; `planner.chunks` cuts the text, this file understands the order of the pieces.
"""

from __future__ import annotations

from planner.chunks import chunks, tokens
from planner.errors import NothingToPlan
from planner.grounds import grounded
from planner.lexicon import known_words
from planner.reader import Reader
from planner.scene import Scene

MAX_WORDS = 400
"""Words of a caption that are read; what follows is left out, and a note says so."""

_ENGLISH_SHARE = 0.5


def parse_caption(text: str) -> Scene:
    """The scene that a caption tells of, with a ground to stand on.

    What could not be used is told in the scene's notes. The same text gives the same scene.

    Raises:
        NothingToPlan: The caption is empty, or names nothing that can be drawn.
    """
    caption = " ".join(text.split())
    words = tokens(text)
    spoken = [word for word in words if word[0].isalnum()]
    if not spoken:
        raise NothingToPlan(
            "The caption is empty: say what is in the picture, for example "
            '"two dogs next to a bench in a park".'
        )
    notes: list[str] = []
    if len(spoken) > MAX_WORDS:
        notes.append(f"The caption has {len(spoken)} words; only the first {MAX_WORDS} were read.")
        words = _first_words(words, MAX_WORDS)
        spoken = spoken[:MAX_WORDS]
    english = _is_english(spoken)
    reader = Reader()
    reader.take(chunks(words, guess=english))
    draft = reader.draft
    scene = draft.scene(caption)
    if not english:
        notes.append(
            "The caption does not read as English; only the words that are known were taken."
        )
    if not scene.elements and not draft.backgrounds and not draft.indoors:
        raise NothingToPlan(
            "No things were found in the caption; write it in plain English, for example "
            '"two dogs next to a bench in a park", or list the elements.'
        )
    return grounded(
        Scene(
            caption=scene.caption,
            elements=scene.elements,
            relations=scene.relations,
            notes=(*notes, *scene.notes),
        ),
        backgrounds=tuple(draft.backgrounds),
        indoors=draft.indoors,
    )


def _first_words(words: list[str], most: int) -> list[str]:
    kept: list[str] = []
    for word in words:
        most -= word[0].isalnum()
        if most < 0:
            break
        kept.append(word)
    return kept


def _is_english(words: list[str]) -> bool:
    """Whether enough of the words are listed ones; short texts get the benefit of the doubt."""
    known = sum(word in known_words() for word in words)
    return known >= _ENGLISH_SHARE * len(words) or len(words) <= 3
