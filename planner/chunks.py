"""A caption cut into noun phrases, relations, verbs and joints, before anything is understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from planner.lexicon import (
    LONGEST_PHRASE,
    Sort,
    key,
    match_noun,
    poses,
    relation_phrases,
    word_set,
)
from planner.noun_phrase import NounPhrase
from planner.nouns import plural
from planner.phrases import read_noun_phrase
from planner.scene import RelationKind
from planner.spelling import joined, well_spelt

_WORD = r"[^\W_]+(?:['’-][^\W_]+)*|[,.;:!?()&+/]"

_NOTICES = r"\bno[ -](?:parking|stopping|smoking|entry|swimming|fishing|dogs allowed|\w+ turn)\b"
"""What a sign says is denied to nobody in the picture."""


class Joint(StrEnum):
    """What a chunk does."""

    NOUN = "noun"
    RELATION = "relation"
    NEUTRAL = "neutral"
    """A preposition that says nothing about place: "for"."""
    HOLDS = "holds"
    """A relation told from the other side: "filled with"."""
    SIDE = "side"
    """A place without a reference: "in the background"."""
    WITH = "with"
    WITHOUT = "without"
    NOT = "not"
    """What follows is denied: "is not", "never"."""
    OF = "of"
    VERB = "verb"
    AND = "and"
    CLAUSE = "clause"
    WHO = "who"
    STOP = "stop"
    PRONOUN = "pronoun"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a caption: its words, and what its kind needs of the rest."""

    joint: Joint
    text: str
    phrase: NounPhrase | None = None
    kind: RelationKind | None = None
    pose: str = ""


_SIDES = (
    RelationKind.BEHIND,
    RelationKind.IN_FRONT_OF,
    RelationKind.LEFT_OF,
    RelationKind.RIGHT_OF,
    RelationKind.ABOVE,
)

_ALONE = {"behind": RelationKind.BEHIND, "above": RelationKind.ABOVE}
"""Places that need no reference: "a blue sky above"."""


def _function_words(name: str) -> frozenset[str]:
    return word_set(name, "function")


@cache
def _sides() -> dict[str, RelationKind]:
    """Phrase -> place, of places that name no reference."""
    return {text: kind for kind in _SIDES for text in _function_words(f"side_{kind}")}


def tokens(text: str) -> list[str]:
    """Words and marks of a text, lower case; what is quoted is written on things, and dropped."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
    plain = re.sub(r'["“][^"“”]*["”]', " ", plain)
    plain = re.sub(_NOTICES, " ", plain)
    plain = re.sub(r"\bupside[ -]down\b", " ", plain)
    return _told_apart(joined([well_spelt(word) for word in re.findall(_WORD, plain)]))


def _told_apart(words: list[str]) -> list[str]:
    """ "Mouse" beside a keyboard is no animal, "umbrella's riding" are umbrellas."""
    words = [_without_owner(words, at) for at in range(len(words))]
    if not word_set("computer_words", "meaning") & set(words):
        return words
    found: list[str] = []
    for word in words:
        if word in ("mouse", "mice") and found[-1:] != ["computer"]:
            found.append("computer")
        found.append(word)
    return found


def _without_owner(words: list[str], at: int) -> str:
    """ "Umbrella's" where nothing follows that could be owned: a plural."""
    word, following = words[at], words[at + 1] if at + 1 < len(words) else "."
    owns = not word.endswith("'s") or match_noun([word[:-2]], 0) is None
    if owns or following in word_set("adjectives") or match_noun(words, at + 1) is not None:
        return word
    acts = following in poses() or following in word_set("verbs") or following.endswith("ing")
    # "The man's riding": with somebody alive it is "is".
    lives = match_noun([word[:-2]], 0)
    if (acts or following in relation_phrases()) and lives and not lives.noun.living:
        return plural(word[:-2])
    return word


def chunks(words: list[str], *, guess: bool = True) -> list[Chunk]:
    """The chunks of a tokenised caption, in order; with `guess`, unlisted nouns are taken too."""
    found: list[Chunk] = []
    at = 0
    while at < len(words):
        chunk, taken = _next_chunk(words, at, found, guess=guess)
        at += taken
        if chunk is not None:
            found.append(chunk)
    return found


def _next_chunk(
    words: list[str], at: int, before: list[Chunk], *, guess: bool
) -> tuple[Chunk | None, int]:
    word = words[at]
    if not word[0].isalnum():
        joint = Joint.AND if word in ",&+" else Joint.STOP
        return Chunk(joint, word), 1
    fixed = _fixed_phrase(words, at)
    if fixed is not None:
        return fixed
    if word in _function_words("possessive_pronouns") and _is_pronoun_here(words, at):
        return Chunk(Joint.PRONOUN, word), 1
    if word not in _function_words("possessive_pronouns") and word in _function_words("pronouns"):
        return Chunk(Joint.PRONOUN, word), 1
    if word == "that" and before and before[-1].joint is Joint.NOUN:
        return Chunk(Joint.WHO, word), 1
    read = read_noun_phrase(words, at, after=_kind_of(before), guess=guess)
    if read is not None:
        phrase, taken = read
        return Chunk(Joint.NOUN, " ".join(words[at : at + taken]), phrase), taken
    return _single_word(words, at), 1


def _kind_of(before: list[Chunk]) -> str:
    """What stands right before a noun phrase, as far as it matters to it."""
    return before[-1].joint.value if before else "start"


def _fixed_phrase(words: list[str], at: int) -> tuple[Chunk | None, int] | None:
    """A listed phrase that begins here: the longest, unless a listed noun is longer."""
    told = _told_by_verb(words, at)
    if told is not None:
        return told, 1
    noun = match_noun(words, at)
    floor = noun.length if noun and noun.noun.sort is not Sort.PART else 0
    if words[at] in relation_phrases() and words[at + 1 : at + 2] and _opens(words[at + 1]):
        # "Outside" alone is a place, "outside the bus" is not.
        floor = 0
    for length in range(min(LONGEST_PHRASE, len(words) - at), floor, -1):
        text = key(" ".join(words[at : at + length]))
        if text in _sides() and not _continues(words, at + length):
            return Chunk(Joint.SIDE, text, kind=_sides()[text]), length
        if text in _function_words("skipped"):
            return None, length
        if text in _function_words("without"):
            return Chunk(Joint.WITHOUT, text), length
        if text in _function_words("not"):
            return Chunk(Joint.NOT, text), length
        if text in _function_words("nobody"):
            return Chunk(Joint.NOUN, text, NounPhrase(None, negated=True)), length
        if text in _function_words("holds"):
            return Chunk(Joint.HOLDS, text), length
        if text in _function_words("phrasal"):
            verb = words[at]
            return Chunk(Joint.VERB, verb, pose=poses().get(verb, "")), length
        if text in poses() and length > 1:
            return Chunk(Joint.VERB, text, pose=poses()[text]), length
        if text in _ALONE and _is_adverb(words, at):
            return Chunk(Joint.SIDE, text, kind=_ALONE[text]), length
        if text in relation_phrases() and not (length == 1 and _is_adverb(words, at)):
            return Chunk(Joint.RELATION, text, kind=relation_phrases()[text]), length
    return None


def _opens(word: str) -> bool:
    return word in ("a", "an") or word in _function_words("determiners")


def _told_by_verb(words: list[str], at: int) -> Chunk | None:
    """ "Hanging from", "fixed to", "leaning on": what the verb before makes of a small word."""
    for name, small, kind in _VERBS_AND_WORDS:
        if at and words[at] == small and words[at - 1] in word_set(name, "meaning"):
            return Chunk(Joint.RELATION, f"{name} {small}", kind=kind)
    return None


_VERBS_AND_WORDS = (
    ("hanging", "from", RelationKind.BELOW),
    ("fastened", "to", RelationKind.ON),
    ("leaning", "on", RelationKind.NEXT_TO),
)
"""A set of verbs, the word behind it, and how the subject then is to what follows."""


def _continues(words: list[str], at: int) -> bool:
    return at < len(words) and (words[at] in ("of", "side") or match_noun(words, at) is not None)


def _is_adverb(words: list[str], at: int) -> bool:
    """ "Up", "down", "by" ... before a verb, a mark or the end: "looking up"."""
    if words[at] not in _function_words("adverbs"):
        return False
    following = words[at + 1] if at + 1 < len(words) else "."
    return not following[0].isalnum() or following in _function_words("after_adverbs")


def _is_pronoun_here(words: list[str], at: int) -> bool:
    """Whether "her" stands alone rather than before a noun."""
    if at + 1 >= len(words):
        return True
    following = words[at + 1]
    if not following[0].isalnum():
        return True
    if match_noun(words, at + 1) is not None or following in word_set("adjectives"):
        return False
    return following in word_set("function") or following in relation_phrases() or (
        following in poses() or following in word_set("verbs"))  # fmt: skip


def _single_word(words: list[str], at: int) -> Chunk | None:
    word = words[at]
    simple = {
        "and": Joint.AND, "or": Joint.AND, "plus": Joint.AND, "without": Joint.WITHOUT,
        "no": Joint.WITHOUT, "nor": Joint.WITHOUT, "of": Joint.OF, "but": Joint.CLAUSE,
    }  # fmt: skip
    if word in simple:
        return Chunk(simple[word], word)
    if word in ("one", "another", "other", "others", "some"):
        return Chunk(Joint.NOUN, word, NounPhrase(None))
    if word in _function_words("have"):
        return Chunk(Joint.WITH, word)
    if word in _function_words("who"):
        return Chunk(Joint.WHO, word)
    if word in _function_words("clause"):
        return Chunk(Joint.CLAUSE, word)
    if word in _function_words("neutral"):
        return Chunk(Joint.NEUTRAL, word)
    if word in poses():
        return Chunk(Joint.VERB, word, pose=poses()[word])
    if word in word_set("verbs") or (word.endswith("ing") and len(word) > 5):
        return Chunk(Joint.VERB, word)
    return None
