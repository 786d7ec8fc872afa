"""Something to stand on: the backgrounds that a scene needs beside those it names."""

from __future__ import annotations

from collections.abc import Sequence

from planner.lexicon import background_labels, base_label, category_of, place_list
from planner.scene import Element, RelationKind, Scene

_GROUNDS = frozenset(place_list("grounds"))
_SKIES = frozenset(place_list("skies"))
_INDOORS = frozenset(place_list("inner_backgrounds"))
_WATERS = frozenset(place_list("waters"))
_LANDED = frozenset(
    {"person", "animal", "plant", "vehicle", "street", "seat", "building", "surface", "container"}
)
_AIRBORNE = frozenset({"sky"})


def grounded(
    scene: Scene, *, backgrounds: Sequence[str] = (), indoors: bool | None = None
) -> Scene:
    """The scene with a sky or wall and a ground; one that has them is returned as it is.

    Args:
        backgrounds: Labels that the place brings ("in a park": sky, grass).
        indoors: Whether the place is a room; None when nothing was said.

    A note tells what was assumed when the words name no place at all.
    """
    named = [base_label(e.label) for e in scene.elements if e.background]
    # "At night" says more of the sky than "in the desert".
    brought = sorted(dict.fromkeys(backgrounds), key=lambda label: label == "sky")
    added: list[str] = []
    for label in brought:
        if not _has([*named, *added], label):
            added.append(label)
    present = [*named, *added]
    told = bool(present) or bool(indoors)
    inside = _is_indoors(scene, present, indoors=indoors)
    added += _missing(scene, present, inside=inside)
    if not added:
        return scene
    notes = scene.notes
    if not told:
        notes = (
            *notes,
            f"No place is named: {' and '.join(added)} {_were(added)} added as background.",
        )
    taken = {element.id for element in scene.elements}
    new = tuple(
        Element(id=name, label=label, background=True)
        for name, label in zip(_free_ids(taken, len(added)), added, strict=True)
    )
    return Scene(
        caption=scene.caption,
        elements=(*scene.elements, *new),
        relations=scene.relations,
        notes=notes,
    )


def _has(named: Sequence[str], label: str) -> bool:
    return label in named or (label in _SKIES and bool(_SKIES & set(named)))


def _were(added: Sequence[str]) -> str:
    return "was" if len(added) == 1 else "were"


def _free_ids(taken: set[str], count: int) -> list[str]:
    found: list[str] = []
    number = 1
    while len(found) < count:
        if f"e{number}" not in taken:
            found.append(f"e{number}")
        number += 1
    return found


def _things(scene: Scene) -> list[str]:
    return [base_label(e.label) for e in scene.elements if not e.background]


def _is_indoors(scene: Scene, present: Sequence[str], *, indoors: bool | None) -> bool:
    if indoors is not None:
        return indoors
    if _INDOORS & set(present):
        return not _SKIES & set(present)
    if present:
        return False
    things = _things(scene)
    inside = sum(label in place_list("indoor_things") for label in things)
    free = {*place_list("anywhere_things"), *place_list("road_things"), *place_list("sea_things")}
    free |= set(place_list("snow_things"))
    kinds = {category_of(label) for label in things if label not in free}
    placed = {category_of(label) for label in things if label not in place_list("anywhere_things")}
    outside = placed & {"vehicle", "boat", "street", "building", "plant", "sky"}
    if inside:
        return not outside or inside > 1
    if outside:
        return False
    indoor_kinds = {"food", "tableware", "container", "surface", "seat", "fixture"}
    return bool(kinds & indoor_kinds) or ("small" in kinds and kinds <= {"small", "clothing"})


def _missing(scene: Scene, present: Sequence[str], *, inside: bool) -> list[str]:
    """Labels that are still needed, far before near."""
    found: list[str] = []
    if inside:
        if "wall" not in present:
            found.append("wall")
        if not _GROUNDS & set(present):
            found.append(_indoor_ground(scene))
        return found
    if not _SKIES & set(present):
        found.append("sky")
    things = _things(scene)
    aloft = bool(things) and all(category_of(label) in _AIRBORNE for label in things)
    flying = all(category_of(e.label) in _AIRBORNE or e.label.endswith(", flying")
                 for e in scene.elements if not e.background)  # fmt: skip
    if _GROUNDS & set(present) and _GROUNDS & set(present) <= _WATERS and _has_landed(scene):
        ground = _outdoor_ground(scene)
        # A tent by the river needs a bank under it.
        bank = "sand" if "sea" in present else "grass"
        found.append(bank if ground in (*_WATERS, "grass") else ground)
    elif _needs_verge(scene, present):
        ground = _outdoor_ground(scene)
        found.append(ground if ground == "road" and "sidewalk" in present else "grass")
    if not _GROUNDS & set(present) and not (aloft or (flying and _SKIES & set(present))):
        found.append(_outdoor_ground(scene))
    return found


def _needs_verge(scene: Scene, present: Sequence[str]) -> bool:
    """Whether something stands beside a road, and nothing but the road is there to stand on."""
    strips = frozenset(place_list("strips"))
    if not _GROUNDS & set(present) or not _GROUNDS & set(present) <= strips:
        return False
    beside = (RelationKind.NEXT_TO, RelationKind.BEHIND, RelationKind.IN_FRONT_OF)
    ways = {e.id for e in scene.elements if e.background and base_label(e.label) in strips}
    return any(r.kind in beside and ways & set(r.references) for r in scene.relations)


def _has_landed(scene: Scene) -> bool:
    """Whether something stands that neither floats nor is carried by anything named."""
    off = (RelationKind.ON, RelationKind.INSIDE, RelationKind.ABOVE)
    borne = {r.subject for r in scene.relations if r.kind in off}
    afloat = {*place_list("afloat_things"), *place_list("sea_things")}
    moving = ("flying", "swimming", "surfing", "rowing")
    return any(
        category_of(e.label) in _LANDED
        and base_label(e.label) not in afloat
        and not e.label.endswith(moving)
        for e in scene.elements
        if not e.background and e.id not in borne
    )


def _indoor_ground(scene: Scene) -> str:
    """A close look at food or small things needs a table top, a room a floor."""
    kinds = {category_of(label) for label in _things(scene)}
    small = {"food", "tableware", "container", "small"}
    dishes = place_list("dishes")
    close = all(
        category_of(label) in small or label in dishes for label in _things(scene)
    ) and not any(label in place_list("indoor_things") for label in _things(scene))
    sides = {
        e.id for e in scene.elements if e.background and base_label(e.label) in ("wall", "ceiling")
    }
    # What is said to hang on a wall is seen from farther away than a table top.
    close = close and not any(sides & set(relation.references) for relation in scene.relations)
    return "table top" if kinds and close else "floor"


def _outdoor_ground(scene: Scene) -> str:
    things = set(_things(scene))
    poses = {e.label.partition(", ")[2] for e in scene.elements}
    if things & set(place_list("snow_things")) or poses & {"skiing", "snowboarding"}:
        return "snow"
    if things & set(place_list("sea_things")) or poses & {"surfing", "swimming", "rowing"}:
        return "sea"
    if things & set(place_list("rail_things")):
        return "earth"
    if things & set(place_list("road_things")):
        return "road"
    if things & set(place_list("sand_things")):
        return "sand"
    return "grass"


def is_background(label: str) -> bool:
    """Whether a label is one of the common backgrounds."""
    return label in background_labels()
