"""What a noun phrase says once its words are known: its head, its number, its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.counts import BARE_PLURAL, pieces
from planner.lexicon import Noun, NounMatch, Sort, place_list, word_set
from planner.nouns import keeps_its_form, looks_plural, singulars


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """What a noun phrase says.

    Attributes:
        noun: The head; None when it names nothing that is known or can be guessed.
        count: How many, 1 or more, before any limit.
        counted: Whether a number or an article said so.
        plural: Whether the head is a plural.
        definite: "the dog": may be one that was named before.
        possessive: "his dog".
        pose: Of a participle before the noun: "a sitting girl".
        backgrounds: Told by modifiers: "snowy hill", "kitchen table".
        indoors: Whether a modifier names a room.
        each: "each dog": all of those that were named before.
        owner: The noun before "'s".
        negated: "no people".
        guessed: Whether the head is not in the lists.
    """

    noun: Noun | None
    count: int = 1
    counted: bool = False
    plural: bool = False
    definite: bool = False
    possessive: bool = False
    pose: str = ""
    backgrounds: tuple[str, ...] = ()
    each: bool = False
    owner: NounMatch | None = None
    negated: bool = False
    guessed: bool = False


@dataclass(slots=True)
class PhraseDraft:
    """A noun phrase while it is read."""

    count: int | None = None
    group: int | None = None
    plural_piece: bool = False
    opened: bool = False
    single: bool = False
    definite: bool = False
    possessive: bool = False
    each: bool = False
    negated: bool = False
    pose: str = ""
    hints: list[str] = field(default_factory=list[str])
    unknown: list[str] = field(default_factory=list[str])
    heads: list[NounMatch] = field(default_factory=list[NounMatch])
    owner: NounMatch | None = None
    vague: bool = False
    bare_plural: bool = False
    """Unlisted and without an article, but a plural where a noun must stand: "warthogs"."""


def told_by(match: NounMatch, *, of: NounMatch | None = None) -> tuple[str, ...]:
    """Backgrounds that a noun before another one tells: "kitchen table", not "ice bucket".

    Before a word that is no thing itself, any of them tells: "sand lot", "grass area".
    """
    telling = match.noun.sort is Sort.PLACE or match.word in place_list("telling_nouns")
    if of is not None and of.noun.sort is not Sort.THING:
        telling = True
    return match.noun.backgrounds if telling else ()


def _hangs(words: list[str], at: int) -> bool:
    """Whether it goes on "... on the wall": a photograph that hangs there is a thing."""
    behind = words[at : at + 4]
    return behind[:1] in (["hanging"], ["hung"]) or (
        behind[:1] in (["on"], ["along"], ["upon"]) and bool({"wall", "walls"} & set(behind))
    )


def finished(draft: PhraseDraft, words: list[str], at: int, *, guess: bool) -> NounPhrase | None:
    head, plural, guessed = _head(draft, guess=guess)
    hints = list(draft.hints)
    if draft.heads and draft.heads[-1].word in word_set("looks"):
        # "Woodland style" is how a thing looks, not where it is.
        hints = []
    else:
        for match in draft.heads[:-1]:
            hints.extend(told_by(match, of=draft.heads[-1]))
    if draft.heads and shows_something(draft.heads[-1].word) and _hangs(words, at):
        head, guessed = Noun("picture", Sort.THING, "fixture"), False
    if draft.possessive and head is not None and head.label in word_set("body_too"):
        # "An elephant with its trunk up": no tree trunk.
        head = Noun(head.label, Sort.BODY)
    if (
        head is not None
        and head.label == "glasses"
        and ((at < len(words) and words[at] == "of") or (draft.count or 1) > 1)
    ):
        head, plural = Noun("glass", Sort.THING, "container"), True
    word = draft.heads[-1].word if draft.heads else ""
    bare = not draft.opened and draft.count is None
    if word and keeps_its_form(word) and not draft.single and (bare or draft.group):
        plural = plural or word != "fish"
    count = draft.count or draft.group
    if draft.group and draft.count:
        count = draft.count
    if count is not None and draft.group and not plural and head and head.category == "food":
        count = draft.count or (3 if draft.plural_piece else 1)
    if head is not None and word in word_set("plural_nouns") and head.label == word:
        count = draft.count or 1
    if draft.vague and not plural and not draft.plural_piece:
        count = 1
    if count is None:
        count = BARE_PLURAL if plural or draft.plural_piece else 1
    elif draft.single and plural and draft.count == 1:
        # "A women": the article is right more often than the noun.
        count = 1
    if head is not None:
        count *= head.count
    return NounPhrase(
        noun=head,
        count=count,
        counted=draft.count is not None or draft.group is not None,
        plural=plural,
        definite=draft.definite,
        possessive=draft.possessive,
        pose=draft.pose,
        backgrounds=tuple(dict.fromkeys(hints)),
        each=draft.each,
        owner=draft.owner,
        negated=draft.negated,
        guessed=guessed,
    )


def _head(draft: PhraseDraft, *, guess: bool) -> tuple[Noun | None, bool, bool]:
    """(head, whether plural, whether guessed)."""
    heads = draft.heads
    if heads:
        last = heads[-1]
        bare = not draft.opened and not draft.count and not last.plural and len(heads) == 1
        if bare and last.word in ("light", "orange", *word_set("ball_games", "meaning")):
            return Noun(last.word, Sort.NOTHING), False, False
        if len(heads) > 1 and last.noun.sort in (Sort.PART, Sort.BODY, Sort.NOTHING):
            inner = heads[-2]
            counts = last.noun.sort is not Sort.NOTHING or is_piece(last.word)
            if counts and not shows_something(last.word) and inner.noun.sort is Sort.THING:
                return inner.noun, last.plural or inner.plural, False
        return last.noun, last.plural, False
    if not guess or not draft.unknown or draft.negated:
        return None, False, False
    word = draft.unknown[-1]
    named = bool(draft.opened or draft.count or draft.bare_plural)
    if word.endswith(("ing", "ly", "ed")) or len(word) < 2 or word.isdigit() or not named:
        return None, False, False
    many = looks_plural(word) and not draft.single
    single = (singulars(word) or (word,))[-1 if word.endswith(("xes", "shes", "ches")) else 0]
    return Noun(single if many else word, Sort.THING), many, True


def is_piece(word: str) -> bool:
    return word in pieces() or any(form in pieces() for form in singulars(word))


def shows_something(word: str) -> bool:
    return bool({word, *singulars(word)} & {"image", "picture", "photo", "photograph"})
