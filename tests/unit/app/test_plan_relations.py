from __future__ import annotations

import pytest

from app.plan.relations import read_relations, relations_text, split_relations
from planner.scene import Element, Relation, RelationKind

DOG = Element(id="d", label="dog", count=2)
GIRL = Element(id="g", label="girl, sitting")
BENCH = Element(id="b", label="bench")
TREE = Element(id="t", label="tree", count=2)
ALL = (DOG, GIRL, BENCH, TREE)
K = RelationKind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left of bench", [(K.LEFT_OF, "b")]),
        ("to the left of the bench", [(K.LEFT_OF, "b")]),
        ("On the right of a Tree", [(K.RIGHT_OF, "t")]),
        ("on bench; behind trees", [(K.ON, "b"), (K.BEHIND, "t")]),
        ("on the bench, and left of the girl", [(K.ON, "b"), (K.LEFT_OF, "g")]),
        ("between bench and trees", [(K.BETWEEN, "b", "t")]),
        ("in front of girl, sitting", [(K.IN_FRONT_OF, "g")]),
        ("beside bench", [(K.NEXT_TO, "b")]),
        ("is under the tree.", [(K.UNDER, "t")]),
        ("", []),
    ],
)
def test_what_people_write_is_read(text: str, expected: list[tuple[RelationKind, str]]) -> None:
    read = read_relations(text, "d", ALL)
    assert read.problems == ()
    assert [(r.kind, *r.references) for r in read.relations] == expected
    assert all(r.subject == "d" for r in read.relations)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("left of bnch", "no other “bnch”"),
        ("left of dog", "no other “dog”"),
        ("somewhere", "“somewhere” is not understood"),
        ("left of", "Say what it is left of"),
        ("between bench", "between which two"),
        ("between bench and moon", "no other “moon”"),
    ],
)
def test_what_is_not_understood_is_said(text: str, words: str) -> None:
    read = read_relations(text, "d", ALL)
    assert read.relations == ()
    assert words in " ".join(read.problems)


def test_what_is_understood_stays_beside_what_is_not() -> None:
    read = read_relations("on bench; left of moon", "d", ALL)
    assert [r.kind for r in read.relations] == [K.ON]
    assert len(read.problems) == 1


@pytest.mark.parametrize("kind", list(RelationKind))
def test_every_relation_is_written_as_it_is_read(kind: RelationKind) -> None:
    references = ("b", "g") if kind is K.BETWEEN else ("g",)
    relations = (Relation(kind, "d", references), Relation(K.BEHIND, "d", ("t",)))
    text = relations_text(ALL, relations, "d")
    read = read_relations(text, "d", ALL)
    assert set(read.relations) == set(relations) and not read.problems


def test_a_name_may_hold_the_words_of_a_relation() -> None:
    man = Element(id="m", label="man in a hat on stilts")
    read = read_relations("left of man in a hat on stilts; on bench", "d", (*ALL, man))
    assert read.problems == ()
    assert [(r.kind, r.references) for r in read.relations] == [
        (K.LEFT_OF, ("m",)),
        (K.ON, ("b",)),
    ]


def test_a_second_element_of_the_same_name_has_a_number() -> None:
    other = Element(id="t2", label="tree, bare")
    relation = Relation(K.BETWEEN, "d", ("t", "t2"))
    text = relations_text((*ALL, other), (relation,), "d")
    assert text == "between tree and tree #2"
    assert read_relations(text, "d", (*ALL, other)).relations == (relation,)


def test_only_its_own_relations_are_written() -> None:
    assert relations_text(ALL, (Relation(K.ON, "g", ("b",)),), "d") == ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2 dogs left of bench", ("2 dogs", "left of bench")),
        ("sky", ("sky", "")),
        ("on bench", ("", "on bench")),
    ],
)
def test_a_line_is_split_before_its_relation(text: str, parts: tuple[str, str]) -> None:
    assert split_relations(text) == parts
