"""The list of elements that people type, and what becomes of it together with a caption."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.captions import parse_caption
from planner.elements import elements_text, merged, parse_elements
from planner.errors import NothingToPlan, PlannerError
from planner.scene import (
    MAX_COUNT,
    MAX_ELEMENTS,
    Element,
    Relation,
    RelationKind,
    Scene,
)


def told(scene: Scene) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(r.subject, str(r.kind), r.references) for r in scene.relations}


def test_counts_labels_relations_and_backgrounds() -> None:
    scene = parse_elements("3 dogs; bench; tree left of bench; sky", caption="a park")
    assert scene.caption == "a park"
    assert [(e.id, e.label, e.count, e.background) for e in scene.elements] == [
        ("e1", "dog", 3, False),
        ("e2", "bench", 1, False),
        ("e3", "tree", 1, False),
        ("e4", "sky", 1, True),
    ]
    assert told(scene) == {("e3", "left of", ("e2",))}
    assert scene.notes == ()


def test_poses_several_relations_and_numbered_references() -> None:
    scene = parse_elements(
        "2 girls, sitting on bench, left of tree #2; bench; tree; tree; cat between the girls;"
        "lamp between bench and cat"
    )
    assert scene.elements[0] == Element(id="e1", label="girl, sitting", count=2)
    assert told(scene) == {
        ("e1", "on", ("e2",)),
        ("e1", "left of", ("e4",)),
        ("e5", "between", ("e1", "e1")),
        ("e6", "between", ("e2", "e5")),
    }


@pytest.mark.parametrize(
    ("entry", "label", "count"),
    [
        ("a few traffic lights", "traffic light", 3),
        ("several people", "person", 4),
        ("2x wine glasses", "wine glass", 2),
        ("geese", "goose", 3),
        ("1 sheep", "sheep", 1),
        ("the scissors", "scissors", 1),
        ("person, sitting on the ground", "person, sitting on the ground", 1),
        ("12 wombats", "wombat", 12),
        ('"chest on wheels"', "chest on wheels", 1),
        ("hot-air balloon", "hot-air balloon", 1),
    ],
)
def test_one_entry(entry: str, label: str, count: int) -> None:
    (element,) = parse_elements(entry).elements
    assert (element.label, element.count) == (label, count)


def test_marks_say_what_a_word_alone_does_not() -> None:
    scene = parse_elements("lava (background); wall (thing)")
    assert [(e.label, e.background) for e in scene.elements] == [("lava", True), ("wall", False)]
    assert parse_elements(elements_text(scene)) == scene


def test_what_cannot_be_used_is_told() -> None:
    scene = parse_elements("cat left of throne; 99 dogs; 0 birds; ; !!!; 5")
    assert [(e.label, e.count) for e in scene.elements[:3]] == [
        ("cat", 1),
        ("dog", MAX_COUNT),
        ("bird", 1),
    ]
    assert scene.relations == ()
    assert any("throne" in note for note in scene.notes)
    assert any("99 of dog" in note and str(MAX_COUNT) in note for note in scene.notes)
    assert any("0 of bird" in note for note in scene.notes)
    assert any("!!!" in note for note in scene.notes)
    assert len(scene.elements) == 3


@pytest.mark.parametrize("text", ["", "  ;; \n ", "...", ";,;\x00"])
def test_nothing_at_all_is_an_error_that_says_how(text: str) -> None:
    with pytest.raises(NothingToPlan, match="3 dogs; bench"):
        parse_elements(text)


def test_too_many_elements_are_cut_with_a_note() -> None:
    scene = parse_elements("; ".join(f"thing {chr(97 + k % 26)}{k}" for k in range(75)))
    assert len(scene.elements) == MAX_ELEMENTS
    assert any("75" in note for note in scene.notes)


def test_a_list_decides_where_both_name_a_thing() -> None:
    caption = parse_caption("Two dogs sit next to a bench in a park.")
    both = merged(caption, parse_elements("5 dogs; cat on bench; bench"))
    counts = {e.label.split(",")[0]: e.count for e in both.elements if not e.background}
    assert counts == {"dog": 5, "cat": 1, "bench": 1}
    by_label = {e.label: e.id for e in both.elements}
    assert told(both) == {
        (by_label["cat"], "on", (by_label["bench"],)),
        (by_label["dog"], "next to", (by_label["bench"],)),
    }
    assert both.caption == "Two dogs sit next to a bench in a park."
    assert {e.label for e in both.elements if e.background} == {"sky", "grass"}
    assert len({e.id for e in both.elements}) == len(both.elements)


def test_a_list_rules_out_what_the_caption_names() -> None:
    said = parse_caption("Two cats and a dog on the grass beside a bench.")
    scene = merged(said, parse_elements("no cats; red ball; without any benches"))
    assert {element.label for element in scene.elements} == {"red ball", "dog", "grass", "sky"}


def test_a_sign_that_begins_with_no_is_a_thing() -> None:
    assert parse_elements("nobleman; notebook").absent == ()
    assert parse_elements("no; dog").elements[-1].label == "dog"


def test_a_list_alone_gets_a_ground_when_it_is_merged() -> None:
    empty = Scene(caption="")
    assert {e.label for e in merged(empty, parse_elements("boat")).elements} == {
        "boat",
        "sky",
        "sea",
    }
    listed = merged(parse_caption("a dog in a park"), parse_elements("dog; night sky; snow"))
    assert {e.label for e in listed.elements} == {"dog", "night sky", "snow"}


WORDS = st.sampled_from(
    [
        "dog", "dogs", "bench", "sky", "grass", "tree", "girl", "sitting", "3", "two", "of", "the",
        "a", "left", "to", "on", "in", "front", "behind", "between", "and", "above", "inside",
        "wall", "#1", "#2", ",", ",", ";", ";", "(", ")", '"', "(background)", "(thing)",
        "traffic light", "people", "scissors", "in a wheelchair", "left of", "next to",
        "in front of", "sitting on the ground",
    ]
)  # fmt: skip
LISTS = st.lists(WORDS, max_size=20).map(" ".join) | st.text(max_size=80)


@settings(max_examples=100, deadline=None)
@given(LISTS)
def test_any_list_read_and_written_reads_the_same(text: str) -> None:
    try:
        scene = parse_elements(text)
    except PlannerError:
        return
    again = parse_elements(elements_text(scene))
    assert again.elements == scene.elements
    assert again.relations == scene.relations


LABELS = st.sampled_from(
    ["dog", "girl, sitting", "bench", "traffic light", "glasses", "sheep", "stand by me", "sky",
     "person, riding a bicycle", "two", "chest on wheels", "Bus", "3 amigos", "cup, half full"]
)  # fmt: skip


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    labels = draw(st.lists(LABELS, min_size=1, max_size=7))
    elements: list[Element] = []
    for at, label in enumerate(labels):
        background = draw(st.booleans()) and at % 3 == 0
        count = 1 if background else draw(st.integers(1, MAX_COUNT))
        elements.append(Element(id=f"e{at + 1}", label=label, count=count, background=background))
    ids = st.sampled_from([element.id for element in elements])
    relations: list[Relation] = []
    for kind in draw(st.lists(st.sampled_from(RelationKind), max_size=6)):
        subject, first, second = draw(ids), draw(ids), draw(ids)
        between = kind is RelationKind.BETWEEN
        relations.append(Relation(kind, subject, (first, second) if between else (first,)))
    unique = tuple(dict.fromkeys(relations))
    return Scene(caption="", elements=tuple(elements), relations=unique)


@settings(max_examples=100, deadline=None)
@given(scenes())
def test_any_scene_written_and_read_is_the_same(scene: Scene) -> None:
    again = parse_elements(elements_text(scene))
    assert again.elements == scene.elements
    assert set(again.relations) == set(scene.relations)
