"""The scene graph: which relations hold together, and in what order a scene is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import networkx as nx

from planner.lexicon import base_label, category_of, place_list
from planner.scene import Element, Instance, Relation, RelationKind, Scene

_K = RelationKind
_OPPOSITE = {
    _K.LEFT_OF: _K.RIGHT_OF, _K.RIGHT_OF: _K.LEFT_OF, _K.ABOVE: _K.BELOW, _K.BELOW: _K.ABOVE,
    _K.ON: _K.UNDER, _K.UNDER: _K.ABOVE, _K.IN_FRONT_OF: _K.BEHIND, _K.BEHIND: _K.IN_FRONT_OF,
    _K.NEXT_TO: _K.NEXT_TO,
}  # fmt: skip
"""The same place seen from the reference; what is inside, between or held has no such word."""

_AXES: dict[str, dict[RelationKind, int]] = {
    "left and right": {_K.LEFT_OF: 1, _K.RIGHT_OF: -1},
    "above and below": {_K.ABOVE: 1, _K.ON: 1, _K.BELOW: -1, _K.UNDER: -1},
    "in front and behind": {_K.IN_FRONT_OF: 1, _K.BEHIND: -1},
    "inside": {_K.INSIDE: 1},
    "drawing order": {_K.ON: 1, _K.INSIDE: 1, _K.IN_FRONT_OF: 1, _K.BEHIND: -1, _K.HELD_BY: 1},
}
"""What must be free of circles: +1 runs from the reference to the subject, -1 the other way."""

_BACKGROUND_ORDER = place_list("far_to_near")

_DISTANCE = {
    "sky": 0, "building": 1, "fixture": 2, "plant": 3, "boat": 4, "vehicle": 5, "street": 5,
    "surface": 6, "seat": 6, "container": 9, "": 8, "person": 8, "animal": 8, "clothing": 9,
    "small": 9, "tableware": 10, "food": 10,
}  # fmt: skip
"""Category -> how near such things mostly are; only breaks ties that relations leave."""


def scene_graph(scene: Scene) -> nx.MultiDiGraph[Instance]:
    """Instances as nodes (attributes `label`, `background`), edges with an attribute `kind`.

    An edge runs from each instance of a subject to each instance of a reference.

    A relation asks for one instance of the reference at least: the edges are the candidates.
    Relations that name unknown elements are left out.
    """
    graph: nx.MultiDiGraph[Instance] = nx.MultiDiGraph()
    for element in scene.elements:
        for instance in instances(element):
            graph.add_node(instance, label=element.label, background=element.background)
    known = {element.id: element for element in scene.elements}
    for relation in scene.relations:
        if not {relation.subject, *relation.references} <= known.keys():
            continue
        for subject in instances(known[relation.subject]):
            for reference in dict.fromkeys(relation.references):
                for other in instances(known[reference]):
                    if other != subject:
                        graph.add_edge(subject, other, kind=relation.kind)
    return graph


def instances(element: Element) -> tuple[Instance, ...]:
    """The objects to place for an element, by index."""
    return tuple(Instance(element.id, index) for index in range(element.count))


def settle(scene: Scene) -> Scene:
    """The scene without relations that contradict earlier ones, each told in the notes.

    Dropped are relations of a thing to itself, to elements that do not exist, "between" without
    two things, and what would close a circle (a left of b, b left of a; a on b, b on a). Nothing
    else changes; a settled scene comes back as it is.
    """
    known = {element.id: element for element in scene.elements}
    axes: dict[str, nx.DiGraph[str]] = {name: nx.DiGraph() for name in _AXES}
    kept: list[Relation] = []
    notes: list[str] = []
    for relation in scene.relations:
        why = _flaw(relation, known) or _circle(relation, axes, known)
        if why:
            notes.append(f'"{relation_words(scene, relation)}" was dropped: {why}')
        elif relation not in kept:
            kept.append(relation)
            for name, edge in _edges(relation, known):
                axes[name].add_edge(*edge)
    if tuple(kept) == scene.relations:
        return scene
    return Scene(
        caption=scene.caption,
        elements=scene.elements,
        relations=tuple(kept),
        notes=(*scene.notes, *(note for note in notes if note not in scene.notes)),
    )


def _flaw(relation: Relation, known: dict[str, Element]) -> str:
    unknown = [ref for ref in (relation.subject, *relation.references) if ref not in known]
    if unknown:
        return "an element of it does not exist."
    if relation.subject in relation.references:
        return "nothing can stand so to itself."
    wanted = 2 if relation.kind is _K.BETWEEN else 1
    if len(relation.references) != wanted:
        return "it needs two things to be between." if wanted == 2 else "it needs one reference."
    first, last = relation.references[0], relation.references[-1]
    if wanted == 2 and first == last and known[first].count < 2:
        return f"there is only one {base_label(known[first].label)} to be between."
    return ""


def _edges(relation: Relation, known: dict[str, Element]) -> Iterable[tuple[str, tuple[str, str]]]:
    """(axis, (earlier, later)) for every axis that a relation lies on."""
    for name, signs in _AXES.items():
        sign = signs.get(relation.kind, 0)
        if not sign:
            continue
        subject, reference = relation.subject, relation.references[0]
        if name == "drawing order" and (known[subject].background or known[reference].background):
            continue
        yield name, (reference, subject) if sign > 0 else (subject, reference)


def _circle(relation: Relation, axes: dict[str, nx.DiGraph[str]], known: dict[str, Element]) -> str:
    for name, (earlier, later) in _edges(relation, known):
        graph = axes[name]
        if earlier in graph and later in graph and nx.has_path(graph, later, earlier):
            return f"it contradicts what is said before ({name})."
    return ""


def relation_words(scene: Scene, relation: Relation) -> str:
    """A relation as a line: "tree left of bench", "cat between dog and bench"."""
    names = [_name(scene, ref) for ref in relation.references]
    if len(names) > 1 and len(set(relation.references)) == 1:
        names = names[:1]
    return f"{_name(scene, relation.subject)} {relation.kind} {' and '.join(names)}"


def _name(scene: Scene, element_id: str) -> str:
    try:
        return base_label(scene.element(element_id).label)
    except KeyError:
        return "?"


@lru_cache(maxsize=64)
def drawing_order(scene: Scene) -> tuple[Instance, ...]:
    """Every instance once: backgrounds first, support before supported, far before near.

    What is told in relation to something comes after it where nothing speaks against it. The
    instances of an element come one after the other. Relations that contradict each other are
    settled first. The same scene gives the same order.
    """
    settled = settle(scene)
    known = {element.id: element for element in settled.elements}
    place = {element.id: at for at, element in enumerate(settled.elements)}
    backgrounds = sorted(
        (e for e in settled.elements if e.background),
        key=lambda e: (_background_rank(e.label), place[e.id]),
    )
    graph: nx.DiGraph[str] = nx.DiGraph()
    things = [e for e in settled.elements if not e.background]
    graph.add_nodes_from(e.id for e in things)
    for relation in settled.relations:
        for name, edge in _edges(relation, known):
            if name == "drawing order":
                graph.add_edge(*edge)
    for relation in settled.relations:
        for reference in relation.references:
            wish = (reference, relation.subject)
            if known[reference].background or known[relation.subject].background:
                continue
            if not nx.has_path(graph, relation.subject, reference):
                graph.add_edge(*wish)

    def nearness(element_id: str) -> tuple[int, int]:
        return (_DISTANCE[category_of(known[element_id].label)], place[element_id])

    order = nx.lexicographical_topological_sort(graph, key=nearness)
    ordered = [*backgrounds, *(known[element_id] for element_id in order)]
    return tuple(instance for element in ordered for instance in instances(element))


def _background_rank(label: str) -> int:
    base = base_label(label)
    return _BACKGROUND_ORDER.index(base) if base in _BACKGROUND_ORDER else len(_BACKGROUND_ORDER)


def relations_of(scene: Scene, instance: Instance) -> tuple[Relation, ...]:
    """What the scene says of an instance's place, always with its element as the subject.

    Beside its own relations, the ones that things drawn before it have to it, turned round: with
    "tree behind bench" the tree is drawn first, and the bench is "in front of tree". "Inside",
    "between" and "held by" cannot be turned.
    """
    own = [relation for relation in scene.relations if relation.subject == instance.element]
    when = {each.element: at for at, each in reversed([*enumerate(drawing_order(scene))])}
    turned = [
        Relation(_OPPOSITE[relation.kind], instance.element, (relation.subject,))
        for relation in settle(scene).relations
        if instance.element in relation.references
        and relation.kind in _OPPOSITE
        and when.get(relation.subject, -1) < when.get(instance.element, -1)
    ]
    return tuple(dict.fromkeys((*own, *turned)))


def relation_text(scene: Scene, instance: Instance) -> str:
    """`relations_of` towards what is drawn before the instance: "left of bench, behind dog"."""
    when = {each.element: at for at, each in reversed([*enumerate(drawing_order(scene))])}
    mine = when.get(instance.element, -1)
    told: list[str] = []
    for relation in relations_of(scene, instance):
        if all(when.get(ref, mine) < mine for ref in relation.references):
            names = list(dict.fromkeys(_name(scene, ref) for ref in relation.references))
            told.append(f"{relation.kind} {' and '.join(names)}")
    return ", ".join(dict.fromkeys(told))
