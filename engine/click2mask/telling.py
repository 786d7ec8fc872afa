"""What a prompt says of where its object goes: its relations to objects that are there. Ours.

Imports neither Qt nor torch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.layout.geometry import Box
from engine.layout.labels import head_phrase
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from planner.elements import parse_elements
from planner.errors import PlannerError
from planner.lexicon import relation_phrases
from planner.scene import Element, RelationKind, Scene


def told(prompt: str, earlier: Sequence[str]) -> Scene | None:
    """What a prompt says of the place of its object ("a hat on the dog"), towards earlier ones.

    Args:
        earlier: Prompts or labels of the objects that are there.

    Returns:
        A scene of all objects, each one element: `earlier[k]` is "e1" + k, the new one the last;
        None where the prompt relates it to none of them.
    """
    heads = [head_phrase(label).split() or ["thing"] for label in earlier]
    for words in range(max(map(len, heads), default=0), 0, -1):
        # "The bench" may be the wooden park bench, but "the park bench" is no garden bench.
        scene = _read(prompt, [" ".join(head[-words:]) for head in heads])
        if scene is not None:
            return scene
    return None


def _read(prompt: str, names: Sequence[str]) -> Scene | None:
    plain = re.sub(r'[";\n()]', " ", prompt).strip()
    plain = re.sub(r"\bit$", f'"{names[-1]}"', plain)
    plain = _and_relation().sub(",", plain)
    listed = "; ".join(f'"{name}"' for name in names)
    try:
        read = parse_elements(f"{listed}; {plain}")
    except PlannerError:
        return None
    if len(read.elements) != len(names) + 1:
        return None
    own = read.elements[-1].id
    relations = tuple(r for r in read.relations if r.subject == own and own not in r.references)
    if not relations:
        return None
    elements = (
        # One element each; a lake stays a ground that boats lie on, not a thing they stand on.
        *(Element(id=e.id, label=e.label, background=e.background) for e in read.elements[:-1]),
        Element(id=own, label=read.elements[-1].label),
    )
    return Scene(caption=prompt, elements=elements, relations=relations)


@cache
def _and_relation() -> re.Pattern[str]:
    """The "and" before a further relation: "on the table and next to the plate"."""
    phrases = "|".join(map(re.escape, relation_phrases()))
    return re.compile(rf"\s+and(?=\s+(?:{phrases})\s)", re.IGNORECASE)


def index_told(
    scene: Scene, layout: Layout, ids: Sequence[str], *, clicks: Sequence[tuple[int, int]]
) -> int:
    """The depth of an object that was clicked: in front of all but what it is said to be behind.

    Flowers in a vase, clicked over its rim, go behind it. A man in a car, clicked on the car, does
    not: nothing of him would be seen.

    Args:
        scene: From `told`; `ids` are the layers of its earlier elements, in their order.
        clicks: Pixels (x, y).
    """
    clicked = EMPTY_MASK
    for click in clicks:
        clicked = clicked.union(Mask.filled(Box(*click, 1, 1)))
    layers = {e.id: layer for e, layer in zip(scene.elements[:-1], ids, strict=True)}
    nearer = [
        layout.index(layers[reference])
        for relation in scene.relations
        for reference in relation.references
        if relation.kind is RelationKind.BEHIND
        or relation.kind is RelationKind.INSIDE
        and not layout.layer(layers[reference]).mask.overlap(clicked)
    ]
    return min(nearer, default=len(layout.layers))
