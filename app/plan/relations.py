"""How an element stands to others, as short text that a user can edit: "left of bench"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from planner.scene import Element, Relation, RelationKind

WAYS: dict[str, RelationKind] = {kind.value: kind for kind in RelationKind} | {
    "to the left of": RelationKind.LEFT_OF,
    "on the left of": RelationKind.LEFT_OF,
    "to the right of": RelationKind.RIGHT_OF,
    "on the right of": RelationKind.RIGHT_OF,
    "on top of": RelationKind.ON,
    "over": RelationKind.ABOVE,
    "underneath": RelationKind.UNDER,
    "beneath": RelationKind.UNDER,
    "in back of": RelationKind.BEHIND,
    "beside": RelationKind.NEXT_TO,
    "near": RelationKind.NEXT_TO,
    "in": RelationKind.INSIDE,
}
_WAY = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, WAYS), key=len, reverse=True)) + r")\b", re.I
)
EXAMPLE = "left of bench"


@dataclass(frozen=True, slots=True)
class Reading:
    """Relations read from text, and what could not be understood."""

    relations: tuple[Relation, ...] = ()
    problems: tuple[str, ...] = ()


def relations_text(elements: Sequence[Element], relations: Sequence[Relation], subject: str) -> str:
    """ "left of bench; on grass": what `read_relations` reads."""
    labels = _names(elements)
    return "; ".join(
        f"{r.kind.value} {' and '.join(labels[x] for x in r.references)}"
        for r in relations
        if r.subject == subject and all(x in labels for x in r.references)
    )


def read_relations(text: str, subject: str, elements: Sequence[Element]) -> Reading:
    """Relations of `subject` in text; names are looked up among the elements."""
    found = _ways(text, elements)
    head = text[: found[0].start()] if found else text
    problems = [_not_understood(head)] if _bare(head) else []
    relations: list[Relation] = []
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    for match, end in zip(found, ends, strict=True):
        kind = WAYS[match[1].lower()]
        named = text[match.end() : end]
        names = _two_names(named) if kind is RelationKind.BETWEEN else (_bare(named),)
        references = [_lookup(name, subject, elements) for name in names]
        known = tuple(r for r in references if r is not None)
        if len(known) == len(references) and len(known) == (1, 2)[kind is RelationKind.BETWEEN]:
            relations.append(Relation(kind, subject, known))
        else:
            problems += _complaints(kind, names, references)
    return Reading(tuple(dict.fromkeys(relations)), tuple(dict.fromkeys(problems)))


def split_relations(text: str) -> tuple[str, str]:
    """ "2 dogs left of bench" as ("2 dogs", "left of bench")."""
    found = _WAY.search(text)
    return (text.strip(), "") if found is None else (_head(text, found), text[found.start() :])


def _head(text: str, found: re.Match[str]) -> str:
    return text[: found.start()].strip(" ,")


def short_label(label: str) -> str:
    """The label without the pose behind its comma."""
    return label.split(",")[0].strip()


def _ways(text: str, elements: Sequence[Element]) -> list[re.Match[str]]:
    """Where relations begin; "in" within the name "man in a hat" is none."""
    labels = {spelt(e.label) for e in elements for spelt in (str, short_label)}
    names = [re.finditer(rf"\b{re.escape(label)}\b", text, re.I) for label in labels if label]
    spans = [match.span() for found in names for match in found]
    return [
        match
        for match in _WAY.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in spans)
    ]


def _complaints(
    kind: RelationKind, names: Sequence[str], references: Sequence[str | None]
) -> list[str]:
    unknown = [n for n, r in zip(names, references, strict=True) if r is None and n]
    if unknown:
        return [f"There is no other “{name}” in the plan." for name in unknown]
    if kind is RelationKind.BETWEEN:
        return ["Say between which two, for example: between tree and bench."]
    return [f"Say what it is {kind.value}."]


def _not_understood(text: str) -> str:
    return f"“{_bare(text)}” is not understood here. Say for example: {EXAMPLE}."


def _bare(text: str) -> str:
    """Without what joins one relation to the next, and without an article."""
    text = re.sub(r"^[\s;,.]+|[\s;,.]+$", "", text)
    text = re.sub(r"(?:^|[\s;,]+)and$", "", text, flags=re.I)
    text = re.sub(r"^(?:and|is|are)\b\s*", "", text, flags=re.I)
    return re.sub(r"^(?:the|a|an|its|his|her)\s+", "", text, flags=re.I).strip(" ;,.")


def _two_names(text: str) -> tuple[str, ...]:
    parts = re.split(r"\s+and\s+|\s*&\s*", _bare(text), maxsplit=1)
    return tuple(_bare(part) for part in parts)


def _names(elements: Sequence[Element]) -> dict[str, str]:
    """What each element is called in relations: "tree", or "tree #2" for a second one."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for element in elements:
        short = short_label(element.label)
        counts[short] = number = counts.get(short, 0) + 1
        names[element.id] = short if number == 1 else f"{short} #{number}"
    return names


def _lookup(name: str, subject: str, elements: Sequence[Element]) -> str | None:
    """The element that a name means: by whole label, label without pose, or plural."""
    wanted = name.casefold()
    for element_id, called in _names(elements).items():
        if wanted == called.casefold() and element_id != subject:
            return element_id
    others = [e for e in elements if e.id != subject]
    for spelt in (str, short_label):
        for element in others:
            label = spelt(element.label).casefold()
            if wanted and wanted in (label, f"{label}s", f"{label}es"):
                return element.id
    return None
