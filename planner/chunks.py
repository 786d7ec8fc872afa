"""A caption cut into noun phrases, relations, verbs and joints, before anything is understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from planner.lexicon import (
    LONGEST_PHRASE,
    key,
    match_noun,
    poses,
    relation_phrases,
    word_set,
)
from planner.phrases import NounPhrase, read_noun_phrase
from planner.scene import RelationKind

_WORD = r"[^\W_]+(?:['’-][^\W_]+)*|[,.;:!?()&+/]"


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


_HOLDS = frozenset(
    key(text)
    for text in [
        "filled with",
        "full of",
        "containing",
        "topped with",
        "covered with",
        "covered in",
        "loaded with",
        "packed with",
        "filled up with",
        "stocked with",
        "stacked with",
        "crowded with",
        "cluttered with",
        "decorated with",
        "covered by",
        "garnished with",
        "adorned with",
        "lined with",
        "piled with",
        "laden with",
        "holding up",
        "piled high with",
        "set with",
        "contains",
        "covered",
        "stuffed with",
        "displaying",
        "made with",
        "served with",
        "that contains",
        "that has",
    ]
)
_SIDES: dict[str, RelationKind] = {
    **dict.fromkeys(
        [
            "in the background",
            "in background",
            "in the distance",
            "in the back",
            "in the far distance",
            "far away",
            "off in the distance",
            "in the back ground",
        ],
        RelationKind.BEHIND,
    ),
    **dict.fromkeys(
        ["in the foreground", "in front", "in foreground", "up front"], RelationKind.IN_FRONT_OF
    ),
    **dict.fromkeys(["on the left", "to the left", "at left", "on left"], RelationKind.LEFT_OF),
    **dict.fromkeys(
        ["on the right", "to the right", "at right", "on right"], RelationKind.RIGHT_OF
    ),
    **dict.fromkeys(["overhead"], RelationKind.ABOVE),
}
_SKIPPED = frozenset(
    key(text)
    for text in [
        "next to each other",
        "next to one another",
        "side by side",
        "close together",
        "in a row",
        "in a line",
        "each other",
        "one another",
        "one of them",
        "in front of each other",
        "close up of",
        "close up",
        "at once",
        "at the same time",
        "at a time",
        "as well",
        "such as",
        "in order",
        "on top of each other",
        "in a group",
        "looking at the camera",
        "at the camera",
        "for the camera",
        "on display",
        "on it's own",
        "on its own",
        "in line",
        "in use",
        "in a circle",
        "in the air",
        "in mid air",
        "in midair",
        "mid air",
        "in the rain",
        "in the sun",
        "in action",
        "at work",
        "at play",
        "in motion",
        "in a hurry",
        "on sale",
        "on fire",
        "by himself",
        "by herself",
        "by itself",
        "of each other",
        "to each other",
        "with each other",
        "from each other",
        "in black and white",
        "black and white photo of",
        "black and white picture of",
        "black and white image of",
        "on a sunny day",
        "on a cloudy day",
        "on a rainy day",
        "in color",
        "a black and white photo of",
        "on one leg",
        "on its hind legs",
        "on hind legs",
        "in profile",
        "up close",
        "on a leash",
        "on leashes",
        "to work",
        "to eat",
        "in half",
        "in two",
        "at home plate",
        "in a pile",
        "in a bunch",
        "in pieces",
        "from above",
        "from below",
        "from behind",
        "from the side",
        "in flight",
        "in tow",
        "in progress",
        "take a bath",
        "taking a bath",
        "having fun",
        "have fun",
        "taking a nap",
        "take a nap",
        "a lot",
        "at a stop",
        "in formation",
        "on duty",
        "on vacation",
        "on top",
        "on wheels",
        "all over",
    ]
)
_CLAUSE = frozenset(
    ["while", "as", "when", "where", "whereas", "during", "after", "before", "until", "because"]
)
_WHO = frozenset(["that", "which", "who", "whom", "whose"])
_NEUTRAL = frozenset(
    [
        "to",
        "for",
        "from",
        "about",
        "like",
        "off",
        "after",
        "before",
        "during",
        "per",
        "via",
        "except",
        "despite",
        "of",
        "than",
        "toward",
        "towards",
        "past",
        "as",
        "using",
        "about",
        "overlooking",
        "facing",
        "approaching",
    ]
)
_HAVE = frozenset(["has", "have", "had", "having", "feature", "features", "featuring", "include", "includes", "including", "with"])  # fmt: skip
_PRONOUNS = frozenset(
    [
        "it",
        "he",
        "she",
        "they",
        "them",
        "him",
        "her",
        "himself",
        "herself",
        "itself",
        "themselves",
        "its",
        "his",
        "their",
        "hers",
        "theirs",
    ]
)
_POSSESSIVES = frozenset(["its", "his", "her", "their"])


def tokens(text: str) -> list[str]:
    """Words and marks of a text, lower case; anything else is dropped."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
    return re.findall(_WORD, plain)


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
    if word in _POSSESSIVES and _is_pronoun_here(words, at):
        return Chunk(Joint.PRONOUN, word), 1
    if word not in _POSSESSIVES and word in _PRONOUNS:
        return Chunk(Joint.PRONOUN, word), 1
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
    noun = match_noun(words, at)
    floor = noun.length if noun else 0
    for length in range(min(LONGEST_PHRASE, len(words) - at), floor, -1):
        text = key(" ".join(words[at : at + length]))
        if text in _SIDES and not _continues(words, at + length):
            return Chunk(Joint.SIDE, text, kind=_SIDES[text]), length
        if text in _SKIPPED:
            return None, length
        if text in _HOLDS:
            return Chunk(Joint.HOLDS, text), length
        if text in poses() and length > 1:
            return Chunk(Joint.VERB, text, pose=poses()[text]), length
        if text in relation_phrases() and not (length == 1 and _is_adverb(words, at)):
            return Chunk(Joint.RELATION, text, kind=relation_phrases()[text]), length
    return None


def _continues(words: list[str], at: int) -> bool:
    return at < len(words) and words[at] in ("of", "side")


def _is_adverb(words: list[str], at: int) -> bool:
    """ "Up", "down", "by" ... before a verb, a mark or the end: "looking up"."""
    following = words[at + 1] if at + 1 < len(words) else "."
    if words[at] in ("inside", "outside", "up", "down", "around", "along", "across", "nearby",
                     "through", "over", "in", "on", "by", "behind", "past", "below"):  # fmt: skip
        ends = not following[0].isalnum() or following in ("and", "while", "as", "with", "to", "in",
                                                           "on", "at", "from", "for")  # fmt: skip
        return ends
    return False


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
        "no": Joint.WITHOUT, "of": Joint.OF, "but": Joint.CLAUSE,
    }  # fmt: skip
    if word in simple:
        return Chunk(simple[word], word)
    if word in _HAVE:
        return Chunk(Joint.WITH, word)
    if word in _WHO:
        return Chunk(Joint.WHO, word)
    if word in _CLAUSE:
        return Chunk(Joint.CLAUSE, word)
    if word in _NEUTRAL:
        return Chunk(Joint.NEUTRAL, word)
    if word in poses():
        return Chunk(Joint.VERB, word, pose=poses()[word])
    if word in word_set("verbs") or (word.endswith("ing") and len(word) > 5):
        return Chunk(Joint.VERB, word)
    return None
