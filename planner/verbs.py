"""Whether a word is a noun or a verb here: "a dog watches", "two watches"."""

from __future__ import annotations

from planner.lexicon import NounMatch, Sort, poses, relation_phrases, word_set
from planner.nouns import singulars

_DETERMINERS = word_set("determiners", "function")


def acts_as_verb(
    words: list[str],
    at: int,
    noun: NounMatch,
    *,
    last: NounMatch | None,
    opened: bool,
    after: str,
) -> bool:
    """Whether a word that is noun and verb is the verb here: "a dog watches", "cows graze"."""
    word = words[at]
    stems = {word, *singulars(word)}
    both = word_set("noun_verbs") | word_set("verbs")
    following = words[at + 1] if at + 1 < len(words) else "."
    if last is not None:
        if word in word_set("modals") and last.noun.living:
            return True
        if word.endswith("ing") and last.noun.living:
            return True
        if not stems & both:
            return False
        if word in poses() and (
            (noun.plural and not last.plural and last.noun.category != "food")
            or relation_begins(words, at + 1, None)
        ):
            return True
        if following in ("a", "an", "the", "his", "her", "its", "their"):
            return True
        moves = last.noun.living or last.noun.category in ("vehicle", "boat", "sky")
        if not moves and noun.noun.sort is Sort.NOTHING and relation_begins(words, at + 1, None):
            return True
        if not moves:
            return last.plural and not noun.plural and word not in ("light", "stand", "board")
        if last.plural:
            return not noun.plural
        return noun.plural
    if not stems & both and not word.endswith("ing"):
        return False
    if opened:
        return False
    if word in word_set("modals") or after == "noun":
        return True
    if word in poses() and not (word.endswith("ing") and noun.noun.sort is Sort.THING):
        return after not in ("relation", "with", "of", "holds", "start")
    article = following in _DETERMINERS or following in ("a", "an", "some", "two", "three")
    if after in ("who", "pronoun", "clause"):
        return article or after != "clause"
    if at and words[at - 1] == "to" and after != "relation":
        return article or word not in ("train", "bus", "work", "school", "store")
    return after in ("and", "start", "noun") and article


def relation_begins(words: list[str], at: int, noun: NounMatch | None) -> bool:
    """Whether a listed phrase of several words, "next to", begins here."""
    if at >= len(words):
        return False
    longest = noun.length if noun else 1
    if longest == 1 and words[at] in relation_phrases() and words[at] not in ("down", "up"):
        return words[at] not in word_set("adjectives")
    ends = {*word_set("holds", "function"), *word_set("skipped", "function")}
    return any(
        phrase in relation_phrases() or phrase in ends
        for length in range(max(longest, 1) + 1, min(5, len(words) - at) + 1)
        for phrase in (" ".join(words[at : at + length]),)
    )
