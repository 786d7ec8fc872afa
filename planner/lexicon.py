"""The word lists of `planner/words`, read once, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from planner.nouns import plural, singulars
from planner.scene import RelationKind
from planner.wordlists import listed, words_of

LONGEST_PHRASE = 6


class Sort(StrEnum):
    """What a noun stands for."""

    THING = "thing"
    STUFF = "stuff"
    PLACE = "place"
    PART = "part"
    BODY = "body"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of the lists.

    Attributes:
        label: What an element made of it is called, singular.
        category: Of things: "person", "animal", "food" ...; else "".
        count: How many a collective stands for ("couple": 2).
        backgrounds: Of places: labels of the backgrounds that they bring.
        indoors: Of places and buildings: whether being in it means walls around.
    """

    label: str
    sort: Sort
    category: str = ""
    count: int = 1
    backgrounds: tuple[str, ...] = ()
    indoors: bool = False

    @property
    def living(self) -> bool:
        return self.category in ("person", "animal")


@dataclass(frozen=True, slots=True)
class NounMatch:
    """A noun found in a run of words: what it is, how many words it took, and its number."""

    noun: Noun
    length: int
    plural: bool
    word: str


def _named_lists(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Parts of "name: word, word; name: word"."""
    for entry in text.split(";"):
        name, _, members = entry.partition(":")
        if name.strip():
            yield name.strip(), tuple(listed(members))


def key(text: str) -> str:
    """How a word is looked up: lower case, hyphens as blanks."""
    return " ".join(text.lower().replace("-", " ").replace("’", "'").split())


@cache
def nouns() -> Mapping[str, Noun]:
    """Every listed noun by key. A word of several lists is what the first of them says."""
    found: dict[str, Noun] = {}
    places = words_of("places")
    indoors = {key(word) for word in listed(places["buildings"])}
    for category, members in words_of("things").items():
        for entry in listed(members):
            word, _, label = entry.partition("=")
            label, _, count = (label or word).partition("*")
            noun = Noun(label, Sort.THING, category, int(count or 1), (), key(word) in indoors)
            found.setdefault(key(word), noun if label else Noun(word, Sort.NOTHING))
    for word in listed(places["rooms"]):
        found.setdefault(key(word), Noun(word, Sort.PLACE, "", 1, ("wall", "floor"), True))
    for label, members in _named_lists(places["stuff"]):
        for word in members:
            found.setdefault(key(word), Noun(label, Sort.STUFF, "", 1, (label,)))
    for labels, members in _named_lists(places["places"]):
        for word in members:
            found.setdefault(key(word), Noun(word, Sort.PLACE, "", 1, tuple(listed(labels))))
    for word in listed(places["buildings"]):
        found.setdefault(key(word), Noun(word, Sort.PLACE, "", 1, ("wall", "floor"), True))
    for labels, members in _named_lists(places["telling"]):
        for word in members:
            found.setdefault(key(word), Noun(word, Sort.NOTHING, "", 1, tuple(listed(labels))))
    other = words_of("other")
    for name, sort in (("body", Sort.BODY), ("parts", Sort.PART), ("abstract", Sort.NOTHING)):
        for word in listed(other[name]):
            found.setdefault(key(word), Noun(word, sort))
    return MappingProxyType(found)


def noun_of(text: str) -> Noun | None:
    """The listed noun that a word or compound is, in either number; None when unknown."""
    match = match_noun(key(text).split(), 0)
    return match.noun if match and match.length == len(key(text).split()) else None


def match_noun(words: Sequence[str], start: int) -> NounMatch | None:
    """The longest listed noun that begins at `start`."""
    table = nouns()
    for length in range(min(5, len(words) - start), 0, -1):
        phrase = key(" ".join(words[start : start + length]))
        if phrase in table:
            plural = phrase in word_set("plural_nouns") and length == 1
            return NounMatch(table[phrase], length, plural and not _same_label(phrase), phrase)
        for single in singulars(phrase):
            if single in table:
                return NounMatch(table[single], length, True, single)
    return None


def _same_label(phrase: str) -> bool:
    """Whether the plural is the name of the thing itself: "scissors" are one thing."""
    return nouns()[phrase].label == phrase


@cache
def word_set(name: str, file: str = "other") -> frozenset[str]:
    """One of the plain lists of a file of `planner/words`, as lookup keys."""
    return frozenset(key(word) for word in listed(words_of(file)[name]))


@cache
def poses() -> Mapping[str, str]:
    """Verb form -> pose: "sits" -> "sitting"."""
    lists = _named_lists(words_of("poses")["poses"])
    return MappingProxyType({key(form): pose for pose, forms in lists for form in forms})


@cache
def known_poses() -> frozenset[str]:
    """Every pose that a label may carry behind its comma."""
    more = listed(words_of("poses")["more_poses"])
    return frozenset({*poses().values(), *more})


@cache
def animal_poses() -> frozenset[str]:
    return frozenset(listed(words_of("poses")["animal_poses"]))


@cache
def role_poses() -> Mapping[str, str]:
    """Who is called after what they do: "skier" -> "skiing"."""
    return MappingProxyType(
        {role: pose[0] for role, pose in _named_lists(words_of("poses")["roles"])}
    )


@cache
def relation_phrases() -> Mapping[str, RelationKind]:
    return MappingProxyType(
        {
            key(phrase): RelationKind(kind)
            for kind, phrases in words_of("relations").items()
            for phrase in listed(phrases)
        }
    )


@cache
def kinds_of(label: str) -> frozenset[str]:
    """Labels of the things that a word is the name of all of: "flower" of tulips and roses."""
    name = f"kinds_of_{label}"
    return (
        frozenset(listed(words_of("meaning")[name])) if name in words_of("meaning") else frozenset()
    )


@cache
def place_list(name: str) -> tuple[str, ...]:
    """Labels of a list of `words/places.json`: "indoor_things", "grounds" ..."""
    return tuple(listed(words_of("places")[name]))


@cache
def enclosures() -> Mapping[str, tuple[str, ...]]:
    """Things that are the place when animals are inside, with the backgrounds they bring."""
    names, _, labels = words_of("places")["when_inside"].partition(":")
    return MappingProxyType(dict.fromkeys(listed(names), tuple(listed(labels))))


@cache
def modifier_backgrounds() -> Mapping[str, str]:
    """Adjective -> background that it tells: "snowy" -> "snow"."""
    lists = _named_lists(words_of("places")["modifiers"])
    return MappingProxyType({key(word): label for label, words in lists for word in words})


@cache
def background_labels() -> frozenset[str]:
    """Labels that are one large region behind the things."""
    return frozenset(noun.label for noun in nouns().values() if noun.sort is Sort.STUFF)


def base_label(label: str) -> str:
    """A label without its pose: "girl, sitting" -> "girl"."""
    return label.split(",")[0].strip()


def category_of(label: str) -> str:
    """Category of an element's label; "" for what no list names, judged by its last word."""
    base = base_label(label)
    noun = noun_of(base) or noun_of(base.split()[-1] if base.split() else "")
    return noun.category if noun and noun.sort is Sort.THING else ""


@cache
def known_words() -> frozenset[str]:
    """Single English words of all lists, in every listed form."""
    found = {part for name in nouns() for part in name.split()}
    found |= {part for phrase in relation_phrases() for part in phrase.split()}
    found |= {part for form in poses() for part in form.split()}
    for name in ("function", "verbs", "adjectives"):
        found |= {part for word in word_set(name) for part in word.split()}
    for table in ("numbers", "vague", "groups"):
        found |= {part for word in words_of("quantities")[table] for part in word.split()}
    return frozenset(found | {plural(word) for word in found})
