"""A scene as a list that people can type: "3 dogs; bench; tree left of bench; sky".

One element between semicolons: a count, the label, its pose behind a comma, then relations, each
but the first behind a comma too:

    2 girls, sitting on bench, left of tree #2

A reference is a label without its pose; `#2` picks the second element of that label. A label that
would read as something else stands in double quotes. "(background)" and "(thing)" say what a label
is where the word alone says otherwise. "no cats" leaves out the cats of a caption.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.counts import number
from planner.errors import NothingToPlan
from planner.grounds import grounded, is_background
from planner.lexicon import base_label, key, known_poses, match_noun, noun_of, relation_phrases
from planner.nouns import looks_plural, plural, singulars
from planner.scene import MAX_COUNT, MAX_ELEMENTS, Element, Relation, RelationKind, Scene

_MARKS = {"(background)": True, "(thing)": False}
_NONE_OF = re.compile(r"\s*(?:no|without(?: any| an?)?|not (?:any|an?))\s+(?=\S)", re.IGNORECASE)
MAX_LABEL = 80
"""Characters of a label; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One entry as it was typed, references still words."""

    label: str
    count: int
    background: bool
    relations: tuple[tuple[RelationKind, tuple[str, ...]], ...]


def parse_elements(text: str, *, caption: str = "") -> Scene:
    """The scene of an element list; ids are "e1", "e2" ... in its order.

    Entries that cannot be used, references that name no element and what goes over the limits are
    left out, and a note says so. No background is added; `grounded` does that.

    Raises:
        NothingToPlan: The list holds no element at all.
    """
    notes: list[str] = []
    entries = _split(text, ";\n")
    absent = tuple(dict.fromkeys(label for entry in entries if (label := _ruled_out(entry))))
    wanted = [entry for entry in entries if not _ruled_out(entry)]
    lines = [line for entry in wanted if (line := _line(entry, notes)) is not None]
    if not lines and not absent:
        raise NothingToPlan(
            "The list holds no elements: write them with semicolons between, for example "
            '"3 dogs; bench; tree left of bench; sky".'
        )
    if len(lines) > MAX_ELEMENTS:
        notes.append(f"The list has {len(lines)} elements; only the first {MAX_ELEMENTS} are kept.")
        lines = lines[:MAX_ELEMENTS]
    elements = tuple(
        Element(id=f"e{at + 1}", label=line.label, count=line.count, background=line.background)
        for at, line in enumerate(lines)
    )
    relations: list[Relation] = []
    for element, line in zip(elements, lines, strict=True):
        for kind, references in line.relations:
            relation = _related(element, kind, references, elements, notes)
            if relation is not None and relation not in relations:
                relations.append(relation)
    return Scene(
        caption=caption,
        elements=elements,
        relations=tuple(relations),
        notes=tuple(notes),
        absent=absent,
    )


def elements_text(scene: Scene) -> str:
    """The list of a scene; `parse_elements` of it has the same elements and relations, its ids
    counted anew."""
    entries: list[str] = []
    for element in scene.elements:
        told = [
            f"{relation.kind} {_references_text(scene, relation)}"
            for relation in scene.relations
            if relation.subject == element.id
        ]
        entry = _label_text(element)
        entries.append(" ".join((entry, ", ".join(told))) if told else entry)
    return "; ".join(entries)


def merged(caption_scene: Scene, list_scene: Scene) -> Scene:
    """What a caption and a list ask for together: the list decides where both name a thing.

    Every element of the list stays as it is; the caption adds the things and backgrounds that the
    list neither names nor rules out, and the relations between what is there. The result stands on
    a ground.
    """
    ruled_out = {key(label) for label in list_scene.absent}
    elements = list(list_scene.elements)
    taken = {element.id for element in elements}
    twins: dict[str, str] = {}
    for element in caption_scene.elements:
        twin = _twin(element, list_scene, set(twins.values()))
        if twin is not None:
            twins[element.id] = twin
        elif key(base_label(element.label)) in ruled_out:
            continue
        elif element.background and any(e.background for e in list_scene.elements):
            # Who lists backgrounds lists all that are wanted.
            continue
        else:
            fresh = next(f"e{k}" for k in range(1, 10_000) if f"e{k}" not in taken)
            taken.add(fresh)
            twins[element.id] = fresh
            elements.append(replace(element, id=fresh))
    notes = [*caption_scene.notes, *list_scene.notes]
    if len(elements) > MAX_ELEMENTS:
        notes.append(
            f"Caption and list have {len(elements)} elements; only {MAX_ELEMENTS} are kept."
        )
        elements = elements[:MAX_ELEMENTS]
    kept = {element.id for element in elements}
    told = [
        Relation(r.kind, twins[r.subject], tuple(twins[ref] for ref in r.references))
        for r in caption_scene.relations
        if {r.subject, *r.references} <= twins.keys()
    ]
    relations = [
        relation
        for relation in dict.fromkeys((*list_scene.relations, *told))
        if {relation.subject, *relation.references} <= kept
    ]
    scene = Scene(
        caption=caption_scene.caption or list_scene.caption,
        elements=tuple(elements),
        relations=tuple(relations),
        notes=tuple(dict.fromkeys(notes)),
    )
    return scene if any(element.background for element in elements) else grounded(scene)


def _twin(element: Element, scene: Scene, used: set[str]) -> str | None:
    """Id of the list's element of the same label, poses aside."""
    same = [
        e.id
        for e in scene.elements
        if e.id not in used and key(base_label(e.label)) == key(base_label(element.label))
    ]
    exact = [name for name in same if scene.element(name).label == element.label]
    return (exact or same or [None])[0]


def _split(text: str, marks: str) -> list[str]:
    """Parts between marks, none inside double quotes."""
    parts: list[str] = [""]
    quoted = False
    for char in text:
        quoted ^= char == '"'
        if char in marks and (not quoted or char == "\n"):
            quoted = False if char == "\n" else quoted
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _line(entry: str, notes: list[str]) -> _Line | None:
    marked: bool | None = None
    for mark, value in _MARKS.items():
        if mark in entry and '"' not in entry.partition(mark)[2]:
            entry, marked = entry.replace(mark, " "), value
    parts = _split(entry, ",")
    if not parts:
        return None
    head, relations = _cut_relation(parts[0])
    count, label, quoted = _counted(head)
    for part in parts[1:]:
        before, found = _cut_relation(part)
        if before and not relations and not quoted:
            label = f"{label}, {_clean(before)}" if label else _clean(before)
        elif before:
            notes.append(f'"{_short(before)}" in "{_short(entry)}" was not understood.')
        relations += found
    label = label[:MAX_LABEL].strip(" ,")
    if not _names_something(label):
        if entry.strip(" ,"):
            notes.append(f'"{_short(entry)}" names nothing and was left out.')
        return None
    if count > MAX_COUNT:
        notes.append(f"{count} of {label}: cut to {MAX_COUNT}, the limit.")
    if count < 1:
        notes.append(f"{count} of {label}: one was taken.")
    background = is_background(base_label(label)) if marked is None else marked
    count = 1 if background else max(1, min(count, MAX_COUNT))
    return _Line(label, count, background, tuple(relations))


def _ruled_out(entry: str) -> str:
    """The label of "no cats", "without a cat"; "" for an entry that asks for something."""
    found = _NONE_OF.match(entry)
    lower = entry.lower().split()
    named = match_noun(lower, 0) if lower else None
    if found is None or (named is not None and named.length > 1):
        return ""
    label = _counted(entry[found.end() :])[1]
    return label[:MAX_LABEL].strip(" ,") if _names_something(label) else ""


def _names_something(label: str) -> bool:
    return any(char.isalpha() for char in label)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else plain[:39] + "…"


def _clean(text: str) -> str:
    """A label's text: one line, single blanks, nothing of the grammar's own marks."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(re.sub(r'[";#]', " ", plain).split())


def _cut_relation(text: str) -> tuple[str, list[tuple[RelationKind, tuple[str, ...]]]]:
    """What stands before a relation, and the relation with its references, if there is one."""
    if text.lower() in known_poses():
        return text, []
    words = text.split()
    quoted = 0
    for at, word in enumerate(words):
        quoted += word.count('"')
        if quoted % 2 or word.startswith('"'):
            continue
        for length in range(min(5, len(words) - at), 0, -1):
            phrase = key(" ".join(words[at : at + length]))
            kind = relation_phrases().get(phrase)
            rest = " ".join(words[at + length :])
            if kind is None or not rest.strip() or _is_word_of_label(words, at, length):
                continue
            if " ".join(words[: at + length + 99]).lower() in known_poses():
                continue
            before = " ".join(words[:at])
            pose = before.rpartition(",")[2]
            if f"{pose} {phrase} {rest}".strip().lower() in known_poses():
                continue
            return before, [(kind, _references(rest, kind))]
    return text, []


def _is_word_of_label(words: Sequence[str], at: int, length: int) -> bool:
    """Whether the phrase is part of a listed noun: "stand" of "taxi stand", "hot-air balloon"."""
    lower = [word.lower() for word in words]
    for start in range(max(0, at - 3), at + 1):
        match = match_noun(lower, start)
        if match and match.length > 1 and start + match.length >= at + length and start <= at:
            return True
    return False


def _references(text: str, kind: RelationKind) -> tuple[str, ...]:
    if kind is RelationKind.BETWEEN:
        parts = re.split(r'\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', text, maxsplit=1)
        return tuple(part.strip() for part in parts)
    return (text.strip(),)


def _counted(text: str) -> tuple[int, str, bool]:
    """(count, label, whether the label was quoted) of "3 dogs"."""
    quote = re.fullmatch(r'\s*(-?\d{1,9})?\s*"([^"]*)"\s*', text)
    if quote:
        return int(quote.group(1) or 1), _clean(quote.group(2)), True
    words = _clean(text).split()
    times = re.fullmatch(r"(\d{1,9})[x×]", words[0].lower()) if words else None
    if times:
        return int(times.group(1)), _singular(words[1:], int(times.group(1))), False
    if words and re.fullmatch(r"-?\d{1,9}", words[0]) and len(words) > 1:
        return int(words[0]), _singular(words[1:], int(words[0])), False
    lower = [word.lower() for word in words]
    found = number(lower, 0) if len(words) > 1 else None
    noun = match_noun(lower, 0) if words else None
    if found and found[0] and found[1] < len(words) and not (noun and noun.length > found[1]):
        return found[0], _singular(words[found[1] :], found[0]), False
    if len(words) > 1 and lower[0] in ("the", "his", "her", "its", "their"):
        words = words[1:]
    bare = _singular(words, 1)
    many = (
        noun is not None and noun.plural and noun.length == len(words) and bare != " ".join(words)
    )
    background = is_background(bare)
    return (3 if many and not background else 1), bare, False


def _singular(words: Sequence[str], count: int) -> str:
    """A label of the typed words: "traffic lights" -> "traffic light"."""
    text = " ".join(words)
    noun = noun_of(text)
    if noun is not None:
        if noun.count > 1 or noun.label == key(text) or is_background(noun.label):
            return noun.label if is_background(noun.label) else key(text)
        match = match_noun(key(text).split(), 0)
        return match.word if match and match.plural else text
    last = words[-1].lower() if words else ""
    listed = match_noun([last], 0) if last else None
    if listed and listed.plural and count != 1:
        return " ".join((*words[:-1], listed.word))
    if count > 1 and looks_plural(last):
        return " ".join((*words[:-1], singulars(last)[0]))
    return text


def _label_text(element: Element) -> str:
    """An element's count and label, quoted where the bare words would read otherwise."""
    label = _clean(element.label)[:MAX_LABEL].strip(" ,")
    label = label if _names_something(label) else "thing"
    base, comma, pose = label.partition(", ")
    shown = plural(base) if element.count > 1 else base
    mark = ""
    if element.background != is_background(base):
        mark = " (background)" if element.background else " (thing)"
    count = f"{element.count} " if element.count > 1 else ""
    for text in (f"{count}{shown}{comma}{pose}", f"{count}{base}{comma}{pose}"):
        if _reads_as(text + mark, label, element):
            return text + mark
    return f'{count}"{label}"{mark}'


def _reads_as(text: str, label: str, element: Element) -> bool:
    line = _line(f"{text}", [])
    follow = _line(f'{text} on "x"', [])
    wanted = _Line(label, element.count, element.background, ())
    return (
        line == wanted
        and follow is not None
        and replace(follow, relations=()) == wanted
        and follow.relations == ((RelationKind.ON, ('"x"',)),)
    )


def _references_text(scene: Scene, relation: Relation) -> str:
    names = [_reference_text(scene, name) for name in dict.fromkeys(relation.references)]
    if relation.kind is RelationKind.BETWEEN and len(names) == 1:
        return names[0]
    return " and ".join(names)


def _reference_text(scene: Scene, element_id: str) -> str:
    element = scene.element(element_id)
    base = key(_base(element.label))
    same = [e.id for e in scene.elements if key(_base(e.label)) == base]
    place = f" #{same.index(element_id) + 1}" if len(same) > 1 else ""
    plain = re.fullmatch(r"[^\W_]+(?: [^\W_]+)*", base) and not re.search(
        r"\b(and|background|thing)\b", base
    )
    return (base if plain and _cut_relation(f"x on {base}")[1] else f'"{base}"') + place


def _base(label: str) -> str:
    return _clean(label)[:MAX_LABEL].strip(" ,").partition(",")[0].strip()


def _related(
    element: Element,
    kind: RelationKind,
    references: Sequence[str],
    elements: Sequence[Element],
    notes: list[str],
) -> Relation | None:
    found: list[str] = []
    for text in references:
        target = _find(text, element, elements)
        if target is None:
            notes.append(
                f'"{_short(element.label)} {kind} {_short(text)}": there is no '
                f'"{_short(text)}" in the list.'
            )
            return None
        found.append(target.id)
    if kind is RelationKind.BETWEEN and len(found) == 1:
        found *= 2
    return Relation(kind, element.id, tuple(found))


def _find(text: str, subject: Element, elements: Sequence[Element]) -> Element | None:
    """The element that a reference names; the subject itself only if nothing else does."""
    picked = re.fullmatch(r"(.*?)\s*#(\d{1,3})\s*", text.strip())
    name, place = (picked.group(1), int(picked.group(2))) if picked else (text, 0)
    plain = key(_clean(name))
    words = plain.split()
    if len(words) > 1 and words[0] in ("the", "a", "an", "both", "two", "his", "her", "its"):
        plain = " ".join(words[1:])
    noun = noun_of(plain)
    wanted = {plain, *singulars(plain), *((key(noun.label),) if noun else ())}
    same = [e for e in elements if key(_base(e.label)) == plain]
    same = same or [e for e in elements if key(_base(e.label)) in wanted]
    same = same or [e for e in elements if key(_clean(e.label)) == plain]
    if place:
        return same[place - 1] if 1 <= place <= len(same) else None
    return next((e for e in same if e.id != subject.id), same[0] if same else None)
