"""One and many: English plurals, regular and not."""

from __future__ import annotations

from planner.wordlists import listed, words_of

_IRREGULAR: dict[str, str] = words_of("plurals")["irregular"]
_SAME = frozenset(listed(words_of("plurals")["same"]))
_PLURALS = {single: many for many, single in _IRREGULAR.items() if many not in ("fry", "busses")}
_PLURALS |= {"person": "people", "bus": "buses"} | {word: word for word in _SAME}


def singulars(phrase: str) -> tuple[str, ...]:
    """What a word or compound may be the plural of, likeliest first; () for what is none.

    "traffic lights" -> ("traffic light",); "boxes" -> ("boxe", "box"). Only the last word bends.
    """
    stem, _, last = phrase.rpartition(" ")
    stem = stem + " " if stem else ""
    if last in _IRREGULAR:
        return (stem + _IRREGULAR[last],)
    forms: list[str] = []
    if last.endswith("ies") and len(last) > 4:
        forms.append(last[:-3] + "y")
    if last.endswith("men") and len(last) > 4:
        forms.append(last[:-3] + "man")
    if last.endswith("s") and not last.endswith(("ss", "us", "is")) and len(last) > 2:
        forms.append(last[:-1])
        if last.endswith("es") and len(last) > 3:
            forms.append(last[:-2])
    return tuple(stem + form for form in forms)


def keeps_its_form(word: str) -> bool:
    """Whether one and many are written alike: "sheep"."""
    return word.rpartition(" ")[2] in _SAME


def plural(noun: str) -> str:
    """English plural of a label: "bus" -> "buses", "wine glass" -> "wine glasses"."""
    stem, _, last = noun.rpartition(" ")
    if last in _PLURALS:
        bent = _PLURALS[last]
    elif last.endswith("man") and last not in ("human", "german", "roman"):
        bent = last[:-3] + "men"
    elif last.endswith(("s", "sh", "ch", "x")):
        bent = last + "es"
    elif last.endswith("y") and last[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        bent = last[:-1] + "ies"
    else:
        bent = last + "s"
    return f"{stem} {bent}".strip()


def looks_plural(word: str) -> bool:
    """Whether an unlisted word reads as a plural: "wombats"."""
    return word in _IRREGULAR or (
        len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    )
