"""Noun phrases: "a large herd of black and white cows" is six cows."""

from __future__ import annotations

from planner.counts import group_size, number, pieces
from planner.lexicon import (
    Noun,
    NounMatch,
    Sort,
    key,
    known_words,
    match_noun,
    modifier_backgrounds,
    poses,
    relation_phrases,
    word_set,
)
from planner.noun_phrase import (
    NounPhrase,
    PhraseDraft,
    finished,
    is_piece,
    told_by,
)
from planner.nouns import looks_plural, singulars
from planner.verbs import acts_as_verb, relation_begins

_DETERMINERS = word_set("determiners", "function")
_DEFINITE = word_set("definite", "function")
_POSSESSIVE = word_set("possessive", "function")
_PRONOUN_NUMBERS = word_set("pronoun_numbers", "function")


def read_noun_phrase(
    words: list[str], start: int, *, after: str, guess: bool
) -> tuple[NounPhrase, int] | None:
    """The noun phrase that begins at `start` and how many words it takes; None without one.

    Args:
        after: Joint of the chunk before, or "start".
        guess: Whether an unlisted word behind an article may be a thing.
    """
    draft, at = PhraseDraft(), start
    while at < len(words):
        step = _step(words, at, draft, after=after)
        if step == 0:
            break
        at += step
    if at == start:
        return None
    if not draft.heads and not draft.unknown and not draft.owner:
        # Only articles, numbers and adjectives: they are used up, but name nothing.
        return (NounPhrase(None), at - start) if draft.opened or draft.count else None
    held = after in ("verb", "of", "who") or words[at : at + 2] in (["in", "it"], ["in", "them"])
    if held and [match.word for match in draft.heads] == ["water"]:
        # What is drunk, or in a glass, is no background.
        return NounPhrase(Noun("water", Sort.NOTHING)), at - start
    phrase = finished(draft, words, at, guess=guess)
    return (phrase, at - start) if phrase is not None else None


def _step(words: list[str], at: int, draft: PhraseDraft, *, after: str) -> int:
    """Takes the word at `at` into the draft; how many words were taken, 0 at the phrase's end."""
    word = words[at]
    if not word[0].isalnum():
        return _between_adjectives(words, at, draft)
    if word == "and":
        return _between_adjectives(words, at, draft)
    if word.endswith("'s") and match_noun([word[:-2]], 0):
        return _owner(word, draft)
    noun = match_noun(words, at)
    two = " ".join(words[at : at + 2])
    if (draft.opened and two in word_set("phrasal", "function")) or (
        draft.heads and two in poses()
    ):
        # "In black holds up a kite", "woman snow boarding".
        return 0
    if (draft.heads or draft.unknown) and relation_begins(words, at, noun):
        return 0
    taken = _quantity(words, at, draft, noun)
    if taken is not None:
        return taken
    if word in _DETERMINERS:
        return _determiner(word, draft)
    if noun is not None:
        return _noun(words, at, draft, noun, after=after)
    if _ends_phrase(words, at, draft):
        return 0
    return _modifier(words, at, draft, after=after)


def _between_adjectives(words: list[str], at: int, draft: PhraseDraft) -> int:
    """1 for the "and" of "a black and white cow", 0 for any other."""
    if words[at] == "and" and _describe_a_dish(words, at, draft):
        draft.heads.clear()
        return 1
    if at + 1 >= len(words) or not draft.opened and draft.count is None and not draft.unknown:
        return 0
    colour = draft.heads and draft.heads[-1].word == "orange" and len(draft.heads) == 1
    if (draft.heads and not colour) or words[at] not in (",", "and", "&"):
        return 0
    if not colour and words[at - 1] not in word_set("adjectives"):
        return 0
    following = words[at + 1]
    if words[at] == "," and following in ("and",):
        return 0
    if following not in word_set("adjectives") and following != "orange":
        return 0
    if colour:
        draft.heads.clear()
    return 1


def _describe_a_dish(words: list[str], at: int, draft: PhraseDraft) -> bool:
    """ "A ham and cheese sandwich": what is on it, no ham beside a sandwich."""
    first, second = draft.heads, match_noun(words, at + 1)
    if len(first) != 1 or second is None or first[0].plural or second.plural:
        return False
    dish = match_noun(words, at + 1 + second.length)
    foods = (first[0].noun, second.noun)
    return (
        all(noun.category == "food" or noun.label == "mushroom" for noun in foods)
        and dish is not None
        and dish.noun.category == "food"
    )


def _owner(word: str, draft: PhraseDraft) -> int:
    match = match_noun([word[:-2]], 0)
    if match is None or draft.heads:
        return 0
    draft.owner = match if match.noun.sort is Sort.THING else None
    draft.opened = True
    return 1


def _quantity(words: list[str], at: int, draft: PhraseDraft, noun: NounMatch | None) -> int | None:
    """Words taken by a number, a group or a measure; 0 to end the phrase; None for neither."""
    word = words[at]
    if at + 1 < len(words) and words[at + 1] == "of" and (noun is None or noun.length == 1):
        stem = next((form for form in (word, *singulars(word)) if group_size(form)), None)
        if stem and not (draft.heads and draft.heads[-1].noun.living):
            size = group_size(word) or 2 * (group_size(stem) or 1)
            if draft.count and draft.count > 1 and word != stem:
                size = draft.count * (group_size(stem) or 1)
            draft.count, draft.group, draft.opened = None, size, True
            draft.heads.clear()
            draft.unknown.clear()
            return 2
        if is_piece(word) and all(match.noun.sort is Sort.NOTHING for match in draft.heads):
            # "A close up picture of", "a slice of": only what follows is there.
            draft.heads.clear()
            draft.plural_piece = draft.plural_piece or word not in pieces()
            draft.opened = True
            return 2
    found = number(words, at)
    if found is None or (noun is not None and noun.length > found[1]):
        return None
    count, taken = found
    if draft.heads or draft.unknown:
        return 0
    if words[at] in _PRONOUN_NUMBERS and _stands_alone(words, at + taken):
        return 0
    if taken == 1 and word in ("a", "an", "one", "single", "lone", "another"):
        draft.single = True
        draft.count = draft.count or 1
    elif count:
        draft.count = count
        draft.vague = word == "some"
    draft.opened = True
    return taken


def _stands_alone(words: list[str], at: int) -> bool:
    """ "One sitting", "both in hats": a number that stands for the thing itself."""
    if at >= len(words) or not words[at][0].isalnum():
        return True
    word = words[at]
    if word == "of":
        return at + 1 < len(words) and words[at + 1] in ("them", "which", "whom")
    return match_noun(words, at) is None and (
        word in word_set("function") - _DETERMINERS
        or word in poses()
        or word in relation_phrases()
        or word in word_set("verbs")
    )


def _determiner(word: str, draft: PhraseDraft) -> int:
    if draft.heads or draft.unknown:
        return 0
    draft.opened = True
    draft.each = draft.each or word in ("each", "every")
    draft.definite = draft.definite or draft.each or word in _DEFINITE
    draft.possessive = draft.possessive or word in _POSSESSIVE
    draft.negated = draft.negated or word == "no"
    return 1


def _noun(words: list[str], at: int, draft: PhraseDraft, noun: NounMatch, *, after: str) -> int:
    if noun.length == 2 and after == "of" and words[at + 1] in poses():
        # "A bowl of fruit stands on": no fruit stand.
        noun = match_noun(words[: at + 1], at) or noun
    if noun.length == 1 and acts_as_verb(
        words,
        at,
        noun,
        last=draft.heads[-1] if draft.heads else None,
        opened=bool(draft.opened or draft.unknown or draft.count),
        after=after,
    ):
        return 0
    if _is_mere_adjective(words, at, draft, noun):
        _note_modifier(words[at], draft)
        draft.opened = draft.opened or words[at] in word_set("adjectives")
        return 1
    if draft.heads and draft.heads[-1].plural and noun.noun.sort is Sort.NOTHING:
        return 0
    if draft.heads and draft.heads[-1].word == "couple" and noun.plural:
        draft.count, draft.group = None, 2
        draft.heads.clear()
    draft.heads.append(noun)
    return noun.length


def _is_mere_adjective(words: list[str], at: int, draft: PhraseDraft, noun: NounMatch) -> bool:
    """ "Light", "black", "glass": nouns that only describe when another noun follows."""
    if noun.length > 1 or words[at] not in word_set("adjectives") or draft.heads:
        return False
    following = at + 1
    while following < len(words) and (
        words[following] in word_set("adjectives")
        or (words[following] in ("and", ",") and words[following + 1 : following + 2] != [])
        and words[following + 1] in word_set("adjectives")
    ):
        following += 1
    if noun.noun.sort not in (Sort.THING, Sort.STUFF):
        return True
    return (
        following < len(words)
        and match_noun(words, following) is not None
        and (following > at + 1 or words[following] not in word_set("verbs"))
    )


def _ends_phrase(words: list[str], at: int, draft: PhraseDraft) -> bool:
    word = words[at]
    if word in word_set("adjectives") and not draft.heads:
        return False
    if word in word_set("function") or (
        word in relation_phrases() and word not in word_set("adjectives")
    ):
        return True
    if draft.heads:
        return not _joins_nouns(words, at, draft)
    if word in word_set("verbs") or word in poses() or word.endswith("ing"):
        return not (draft.opened and _noun_follows(words, at + 1))
    return False


def _joins_nouns(words: list[str], at: int, draft: PhraseDraft) -> bool:
    """ "Snow covered hill", "tree lined street": the noun before only describes."""
    last = draft.heads[-1]
    return (
        words[at].endswith("ed")
        and not last.noun.living
        and not last.plural
        and match_noun(words, at + 1) is not None
    )


def _noun_follows(words: list[str], at: int) -> bool:
    """Whether, adjectives apart, a noun comes next: "a sitting black cat"."""
    for place in range(at, min(at + 4, len(words))):
        if match_noun(words, place) is not None:
            return True
        if words[place] not in word_set("adjectives") and not words[place].endswith("ing"):
            return False
    return False


def _modifier(words: list[str], at: int, draft: PhraseDraft, *, after: str) -> int:
    word = words[at]
    if draft.heads:
        for match in draft.heads:
            draft.hints.extend(told_by(match))
        draft.heads.clear()
        draft.opened = True
        return 1
    if word in word_set("adjectives") or word in word_set("verbs") or word in poses():
        if not draft.opened and not draft.count and not _noun_follows(words, at + 1):
            return 0
        _note_modifier(word, draft)
        draft.opened = True
        return 1
    if _is_unlisted_plural(words, at, draft, after=after):
        draft.unknown.append(word)
        draft.bare_plural = True
        return 1
    known = word in modifier_backgrounds() or word.endswith(("ed", "y", "ing", "ful", "ish"))
    if draft.opened or draft.count or (known and _noun_follows(words, at + 1)):
        _note_modifier(word, draft)
        draft.unknown.append(word)
        return 1
    if _noun_follows(words, at + 1) and match_noun(words, at + 1) is not None:
        # An unlisted adjective without an article: "gnarly trees".
        return 1 if after != "noun" else 0
    return 0


def _is_unlisted_plural(words: list[str], at: int, draft: PhraseDraft, *, after: str) -> bool:
    """ "Warthogs in a field", "a bag of peanuts": where only a noun can stand."""
    word = words[at]
    if draft.opened or draft.count or draft.unknown or word in known_words() or not word.isalpha():
        return False
    closes = at + 1 >= len(words) or not words[at + 1][0].isalnum()
    stands = after in ("start", "stop", "relation", "with", "holds", "of")
    stands = stands or (after == "and" and closes)
    return stands and looks_plural(word) and match_noun(words, at + 1) is None


def _note_modifier(word: str, draft: PhraseDraft) -> None:
    background = modifier_backgrounds().get(key(word)) or modifier_backgrounds().get(word)
    if background:
        draft.hints.append(background)
    if word in poses() and not draft.pose:
        draft.pose = poses()[word]
