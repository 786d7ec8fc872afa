"""The scene graph, what is dropped of it, and the order in which a scene is drawn."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.captions import parse_caption
from planner.elements import parse_elements
from planner.graph import (
    drawing_order,
    relation_text,
    relation_words,
    relations_of,
    scene_graph,
    settle,
)
from planner.scene import Element, Instance, Relation, RelationKind, Scene

K = RelationKind


def labels(scene: Scene) -> list[str]:
    return [scene.element(instance.element).label for instance in drawing_order(scene)]


def kept(text: str) -> list[str]:
    scene = settle(parse_elements(text))
    return [relation_words(scene, relation) for relation in scene.relations]


def test_instances_are_nodes_and_relations_run_to_each_reference() -> None:
    scene = parse_elements("2 cups on table; 2 tables; sky")
    graph = scene_graph(scene)
    cups = [Instance("e1", 0), Instance("e1", 1)]
    tables = [Instance("e2", 0), Instance("e2", 1)]
    assert set(graph.nodes) == {*cups, *tables, Instance("e3", 0)}
    assert {(a, b) for a, b in graph.edges()} == {(c, t) for c in cups for t in tables}
    assert {kind for _, _, kind in graph.edges(data="kind")} == {K.ON}
    assert graph.nodes[cups[0]]["label"] == "cup"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a1 left of b1; b1 left of a1", ["a1 left of b1"]),
        ("a1 left of b1, right of b1; b1", ["a1 left of b1"]),
        ("a1 on b1; b1 on a1", ["a1 on b1"]),
        ("a1 above b1; b1 above c1; c1 above a1", ["a1 above b1", "b1 above c1"]),
        ("a1 inside b1; b1 inside a1", ["a1 inside b1"]),
        ("a1 in front of b1, behind b1; b1", ["a1 in front of b1"]),
        ("a1 on b1, behind b1; b1", ["a1 on b1"]),
        ("a1 next to a1; b1", []),
        ("a1 between b1; b1", []),
        ("a1 between b1; 2 b1", ["a1 between b1"]),
        ("a1 between a1 and b1; b1", []),
        ("a1 left of b1, above b1, in front of b1; b1",
         ["a1 left of b1", "a1 above b1", "a1 in front of b1"]),
        ("a1 next to b1; b1 next to a1", ["a1 next to b1", "b1 next to a1"]),
    ],
)  # fmt: skip
def test_contradictions_are_dropped_and_told(text: str, left: list[str]) -> None:
    scene = parse_elements(text)
    settled = settle(scene)
    assert kept(text) == left
    assert settled.elements == scene.elements
    assert len(settled.notes) == len(scene.notes) + len(scene.relations) - len(left)
    assert settle(settled) == settled


def test_unknown_elements_are_dropped_not_a_crash() -> None:
    scene = Scene(
        caption="",
        elements=(Element(id="e1", label="dog"),),
        relations=(Relation(K.ON, "e1", ("e7",)), Relation(K.ON, "e8", ("e1",))),
    )
    settled = settle(scene)
    assert settled.relations == ()
    assert len(settled.notes) == 2
    assert drawing_order(scene) == (Instance("e1", 0),)
    assert len(scene_graph(scene).nodes) == 1


def test_background_first_far_before_near() -> None:
    scene = parse_elements("dog; road; tree; grass; mountain; sky; house; sun")
    assert labels(scene) == ["sky", "mountain", "grass", "road", "sun", "house", "tree", "dog"]


def test_support_before_what_it_carries() -> None:
    scene = parse_elements("flower inside vase; vase on table; table on rug; rug; cat under table")
    assert labels(scene)[:3] == ["rug", "table", "vase"] or labels(scene)[:2] == ["rug", "table"]
    order = labels(scene)
    assert order.index("table") < order.index("vase") < order.index("flower")
    assert order.index("table") < order.index("cat")


def test_what_is_behind_comes_before_what_it_is_behind() -> None:
    scene = parse_elements("bench; tree behind bench; dog in front of bench; girl behind tree")
    assert labels(scene) == ["girl", "tree", "bench", "dog"]


def test_a_relation_is_told_from_the_side_that_is_drawn_later() -> None:
    scene = parse_elements("bench; tree behind bench; dog left of bench; sky")
    bench, tree, dog = Instance("e1"), Instance("e2"), Instance("e3")
    assert relation_text(scene, tree) == ""
    assert relation_text(scene, bench) == "in front of tree"
    assert relation_text(scene, dog) == "left of bench"
    assert relations_of(scene, tree) == (Relation(K.BEHIND, "e2", ("e1",)),)
    assert relations_of(scene, bench) == (Relation(K.IN_FRONT_OF, "e1", ("e2",)),)


def test_relation_text_of_between_and_of_several() -> None:
    scene = parse_elements("2 trees; girl, sitting between trees, behind dog; dog")
    assert relation_text(scene, Instance("e2")) == "between tree"
    assert relation_text(scene, Instance("e3")) == "in front of girl"
    assert relation_text(scene, Instance("nobody")) == ""


def test_instances_of_an_element_stay_together_in_order() -> None:
    scene = parse_elements("3 dogs; 2 cats left of dogs")
    order = drawing_order(scene)
    assert order == (*(Instance("e1", k) for k in range(3)), *(Instance("e2", k) for k in range(2)))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    size = draw(st.integers(1, 7))
    elements = tuple(
        Element(
            id=f"e{k}",
            label=draw(st.sampled_from(["dog", "sky", "table", "vase", "tree", "blob", "house"])),
            count=draw(st.integers(1, 3)),
            background=draw(st.integers(0, 4)) == 0,
        )
        for k in range(size)
    )
    ids = st.integers(0, size).map(lambda k: f"e{k}")
    relations = tuple(
        Relation(kind, draw(ids), tuple(draw(st.lists(ids, min_size=1, max_size=2))))
        for kind in draw(st.lists(st.sampled_from(RelationKind), max_size=12))
    )
    return Scene(caption="", elements=elements, relations=relations)


LATER = {K.ON, K.INSIDE, K.IN_FRONT_OF}


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_a_settled_scene_is_free_of_circles_and_its_order_respects_it(scene: Scene) -> None:
    settled = settle(scene)
    assert settle(settled) == settled
    assert set(settled.relations) <= set(scene.relations)
    sides = {
        "x": {K.LEFT_OF: 1, K.RIGHT_OF: -1},
        "y": {K.ABOVE: 1, K.ON: 1, K.BELOW: -1, K.UNDER: -1},
        "z": {K.IN_FRONT_OF: 1, K.BEHIND: -1},
        "in": {K.INSIDE: 1},
    }
    for signs in sides.values():
        graph: nx.DiGraph[str] = nx.DiGraph()
        for relation in settled.relations:
            pair = (relation.references[0], relation.subject)
            if relation.kind in signs:
                graph.add_edge(*(pair if signs[relation.kind] > 0 else pair[::-1]))
        assert nx.is_directed_acyclic_graph(graph)

    order = drawing_order(scene)
    assert sorted(order, key=str) == sorted(
        (Instance(e.id, k) for e in scene.elements for k in range(e.count)), key=str
    )
    background = [scene.element(instance.element).background for instance in order]
    assert background == sorted(background, reverse=True)
    when = {instance.element: at for at, instance in enumerate(order)}
    for relation in settled.relations:
        subject, reference = relation.subject, relation.references[0]
        if settled.element(subject).background or settled.element(reference).background:
            continue
        if relation.kind in LATER:
            assert when[reference] < when[subject]
        if relation.kind is K.BEHIND:
            assert when[subject] < when[reference]


def test_a_whole_caption_is_drawn_in_a_sensible_order() -> None:
    scene = parse_caption(
        "A vase of flowers stands on a table in front of a window. A cat sleeps under the table."
    )
    assert labels(scene)[:2] == ["wall", "floor"]
    order = labels(scene)
    assert order.index("window") < order.index("table") < order.index("vase")
    assert order.index("vase") < order.index("flower")
