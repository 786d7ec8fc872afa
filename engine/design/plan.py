"""What a scene means for the loop: kinds of things, what carries each, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.design.stage import Role, role_of
from engine.design.things import Nearest, Thing, thing_of
from planner.graph import drawing_order
from planner.scene import Element, Instance, Relation, Scene
from planner.scene import RelationKind as Kind

SIDES = frozenset(
    {Kind.LEFT_OF, Kind.RIGHT_OF, Kind.NEXT_TO, Kind.BETWEEN, Kind.IN_FRONT_OF, Kind.BEHIND}
)
LIGHTS = frozenset({"lamp", "light", "chandelier", "sconce"})
SURFACES = (
    "table", "dining table", "counter", "desk", "coffee table", "workbench", "shelf", "bookshelf",
    "nightstand", "chest of drawers", "file cabinet",
)  # fmt: skip
"""Things that carry what stands on no floor, the likeliest first."""
_BIRD_SHARE = 0.085
_HANGING_HEIGHT = 0.6
"""Metres of what hangs from a ceiling at most: a lamp there is no floor lamp."""
_STANDING = "standing"
_ONE_PERSON = frozenset({"man", "woman", "girl", "person"})
"""Those that models know standing; of boys the lite world has too few."""
_HANDY = 0.4
"""Metres of what is in the hands, where its own size is not known."""
_MOST_ROOM = 2.0
"""Times the least height: a bowl with many apples."""
_LEAST_WIDTH = 0.22
"""Metres that a small thing takes on a table; crumbs are drawn larger than life."""
_WIDE = frozenset({"table", "desk", "coffee table", "counter", "rug", "towel", "bench", "sofa",
                   "bookcase", "plate"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A scene read for placing.

    Attributes:
        scene: As it was asked for.
        order: All instances, in drawing order.
        things: Element id -> its kind, backgrounds excepted.
        roles: Element id -> part, of the backgrounds.
        supports: Element id -> id of the element that carries it (a thing, or a background that
            it was said to be on); those that stand on any ground are missing.
        implied: Elements whose support nobody named: a cup goes on the table that is there.
        holders: Element id -> id of the element that has it in the hands.
        along: Relations of what is carried or held, for its carrier: who sits on a bench under
            a tree has the bench under it.
    """

    scene: Scene
    order: tuple[Instance, ...]
    things: Mapping[str, Thing]
    roles: Mapping[str, Role]
    supports: Mapping[str, str]
    implied: frozenset[str]
    holders: Mapping[str, str]
    along: tuple[Relation, ...] = ()

    def relations(self, element: str) -> tuple[Relation, ...]:
        """Those in which the element is subject or reference."""
        return tuple(
            r
            for r in (*self.scene.relations, *self.along)
            if element == r.subject or element in r.references
        )

    def told(self, element: str) -> str:
        """The label as SmartMask is told it: who does nothing that was said stands."""
        label = self.scene.element(element).label
        thing = self.things.get(element)
        stands = thing is not None and _stands(self.scene, element, thing, self.supports)
        return f"{label}, {_STANDING}" if stands else label

    def is_background(self, element: str) -> bool:
        return element in self.roles


def plan_of(scene: Scene, *, nearest: Nearest | None = None) -> Plan:
    """Read a scene; `nearest` is asked about words that the lite world does not hold."""
    roles = {e.id: role_of(e.label) for e in scene.elements if e.background}
    free = [e for e in scene.elements if not e.background]
    kinds = {e.id: thing_of(e.label, nearest=nearest) for e in free}
    holders = {
        r.subject: r.references[0]
        for r in scene.relations
        if r.kind is Kind.HELD_BY
        and r.subject != r.references[0]
        and {r.subject, r.references[0]} <= kinds.keys()
    }
    # What is in the hands stands nowhere: "plays the guitar on a stage" is said of who plays.
    supports = {e: ref for e, ref in _said_supports(scene).items() if e not in holders}
    for element in free:
        carried = supports.get(element.id)
        if element.id in holders:
            kinds[element.id] = _handy(kinds[element.id], kinds[holders[element.id]])
            continue
        kinds[element.id] = _in_place(
            scene, element, roles=roles, kinds=kinds, carried=carried, nearest=nearest
        )
    implied = _implied_supports(scene, free, kinds=kinds, supports=supports)
    for element in free:
        if element.id in implied:
            supports[element.id] = implied[element.id]
            kinds[element.id] = thing_of(element.label, carried=True, nearest=nearest)
    for element in free:
        if _stands(scene, element.id, kinds[element.id], supports):
            posed = thing_of(element.label, nearest=nearest, pose=_STANDING)
            kinds[element.id] = replace(kinds[element.id], aspect=posed.aspect)
    _make_room(scene, kinds)
    _widen_carriers(free, kinds=kinds, supports=supports)
    extra = tuple(Relation(Kind.ON, e, (ref,)) for e, ref in implied.items())
    order = drawing_order(replace(scene, relations=(*scene.relations, *extra)))
    return Plan(
        scene=scene, order=order, things=kinds, roles=roles, supports=supports,
        implied=frozenset(implied), holders=holders, along=_along(scene, {**supports, **holders}),
    )  # fmt: skip


def _stands(scene: Scene, element: str, thing: Thing, supports: Mapping[str, str]) -> bool:
    """Whether it is one person of whom no pose is said and who is neither on nor in anything."""
    label = scene.element(element).label
    grounds = {e.id for e in scene.elements if e.background}
    on = supports.get(element)
    inside = any(r.subject == element and r.kind is Kind.INSIDE for r in scene.relations)
    posed = "," in label or any(word.endswith("ing") for word in label.split())
    free = not inside and (on is None or on in grounds)
    return thing.name in _ONE_PERSON and not posed and free and thing.place == "ground"


def _said_supports(scene: Scene) -> dict[str, str]:
    return {r.subject: r.references[0] for r in scene.relations if r.kind is Kind.ON}


def _along(scene: Scene, carriers: Mapping[str, str]) -> tuple[Relation, ...]:
    """The relations to others of what is carried, told of its carriers, where nothing is told."""
    backgrounds = {e.id for e in scene.elements if e.background}
    told = {frozenset((r.subject, *r.references)) for r in scene.relations}
    found: list[Relation] = []
    for relation in scene.relations:
        carrier = carriers.get(relation.subject)
        if relation.kind not in (*SIDES, Kind.UNDER) or carrier is None:
            continue
        group = frozenset((carrier, *relation.references))
        alone = len(group) == len(relation.references) + 1 and group not in told
        # Lemons beside a vase on one table say nothing of the table.
        apart = all(carriers.get(reference) != carrier for reference in relation.references)
        if alone and apart and not group & backgrounds:
            found.append(replace(relation, subject=carrier))
            # One is enough: of a cup before and a plate behind, the table cannot follow both.
            told.add(group)
    return tuple(found)


def _in_place(
    scene: Scene,
    element: Element,
    *,
    roles: Mapping[str, Role],
    kinds: Mapping[str, Thing],
    carried: str | None,
    nearest: Nearest | None,
) -> Thing:
    """The kind of thing, with the place that the scene's words give it."""
    thing = kinds[element.id]
    held = {
        roles[ref]
        for r in scene.relations
        if r.subject == element.id and r.kind in (Kind.ON, Kind.INSIDE, Kind.ABOVE)
        for ref in r.references
        if ref in roles and (r.kind is not Kind.ABOVE or roles[ref] is Role.SKY)
    }
    if _hangs_from_ceiling(scene, element, roles):
        return replace(thing, place="ceiling", height=min(thing.height, _HANGING_HEIGHT))
    if Role.SKY in held and thing.place != "sky":
        return replace(thing, place="sky", height=_BIRD_SHARE)
    above = any(r.subject == element.id and r.kind is Kind.ABOVE and r.references[0] in roles
                for r in scene.relations)  # fmt: skip
    if above and _is_bird(thing):
        return replace(thing, place="sky", height=_BIRD_SHARE)
    if Role.WALL in held and carried in roles:
        return replace(thing, place="wall")
    if Role.WATER in held:
        return replace(thing, place="water")
    if thing.name == "umbrella" and roles and Role.WALL not in roles.values():
        # It hangs on a wall; in the open there is none, and it is not one in the sky.
        thing = replace(thing, place="ground")
    partners = [
        ref
        for r in scene.relations
        if r.subject == element.id and r.kind in (*SIDES, Kind.ABOVE)
        for ref in r.references
        if ref in kinds
    ]
    if _is_bird(thing) and any(kinds[p].place == "sky" for p in partners):
        return replace(thing, place="sky", height=_BIRD_SHARE)
    over = [
        r
        for r in scene.relations
        if r.subject == element.id and r.kind is Kind.ABOVE and r.references[0] in kinds
    ]
    if over and thing.stands and carried is None:
        return _above(thing, over, kinds=kinds)
    if carried is not None and carried not in roles:
        return thing_of(element.label, carried=True, nearest=nearest)
    return thing


def _handy(thing: Thing, holder: Thing) -> Thing:
    """A thing as somebody holds it: a balloon has a size in metres, a sign is no bus stop."""
    if thing.place in ("sky", "air") or not thing.name:
        return replace(thing, place="table", height=_HANDY)
    return replace(thing, place="table", height=min(thing.height, 0.6 * holder.height))


def _hangs_from_ceiling(scene: Scene, element: Element, roles: Mapping[str, Role]) -> bool:
    return any(
        roles.get(ref) is Role.CEILING
        for r in scene.relations
        if r.subject == element.id and r.kind in (Kind.BELOW, Kind.ON)
        for ref in r.references
    )


def _is_bird(thing: Thing) -> bool:
    return thing.name in ("bird", "pigeon", "seagull", "dove", "owl", "parrot", "eagle", "goose")


def _above(thing: Thing, over: list[Relation], *, kinds: Mapping[str, Thing]) -> Thing:
    """Something heavy said to be above a thing: a lamp hangs, others are up in the air.

    What is smaller than the thing under it sits on its top (an owl above a log).
    """
    if thing.ade in LIGHTS:
        return replace(thing, place="ceiling", height=min(thing.height, _HANGING_HEIGHT))
    below = kinds.get(over[0].references[0])
    if below is not None and below.stands and thing.height <= 1.3 * below.height:
        return thing
    return replace(thing, place="wall")


def _implied_supports(
    scene: Scene,
    free: list[Element],
    *,
    kinds: Mapping[str, Thing],
    supports: Mapping[str, str],
) -> dict[str, str]:
    """What carries things of the table for which nobody said it: as their neighbours, else a
    surface of the scene. Something that stands above a thing sits on its top."""
    found: dict[str, str] = {}
    surfaces = sorted(
        (e for e in free if e.label in SURFACES), key=lambda e: SURFACES.index(e.label)
    )
    hung = {r.subject for r in scene.relations if r.kind in (Kind.INSIDE, Kind.ON, Kind.HELD_BY)}
    for relation in scene.relations:
        subject = relation.subject
        if relation.kind is Kind.ABOVE and subject in kinds and subject not in hung:
            below = relation.references[0]
            if kinds[subject].stands and below in kinds:
                found[subject] = below
    for _ in range(3):
        for element in free:
            if element.id in found or element.id in hung or kinds[element.id].place != "table":
                continue
            carrier = _neighbours_support(scene, element.id, {**supports, **found}, kinds)
            if carrier:
                found[element.id] = carrier
    for element in free:
        small = kinds[element.id].place == "table"
        if small and element.id not in found and element.id not in hung and surfaces:
            found[element.id] = surfaces[0].id
    return {e: ref for e, ref in found.items() if e != ref}


def _make_room(scene: Scene, kinds: dict[str, Thing]) -> None:
    """A bowl that holds apples is larger than a bowl, the more of them the larger."""
    held: dict[str, int] = {}
    for relation in scene.relations:
        holder = relation.references[0]
        if relation.kind is Kind.INSIDE and {holder, relation.subject} <= kinds.keys():
            held[holder] = held.get(holder, 0) + scene.element(relation.subject).count
    for holder, count in held.items():
        own = kinds[holder]
        kinds[holder] = replace(
            own,
            height=1.5 * own.height,
            aspect=max(own.aspect, min(max(0.9 + 0.3 * count, 1.5), 2.2)),
            room=min(1.1 + 0.15 * count, _MOST_ROOM),
        )


def _widen_carriers(
    free: list[Element], *, kinds: dict[str, Thing], supports: Mapping[str, str]
) -> None:
    """Tables and rugs grow wider, up to twice, for what they are to carry side by side."""
    needed: dict[str, float] = {}
    for element in free:
        carrier = supports.get(element.id)
        if carrier in kinds:
            thing = kinds[element.id]
            wide = max(thing.height * thing.aspect, _LEAST_WIDTH) * element.count
            needed[carrier] = needed.get(carrier, 0.0) + 0.8 * wide
    for carrier, wide in needed.items():
        own = kinds[carrier]
        grown = wide / (own.height * own.aspect * _count(free, carrier))
        if own.ade in _WIDE and grown > 1:
            kinds[carrier] = replace(own, aspect=min(own.aspect * min(grown, 2.0), 5.0))


def _count(free: list[Element], element: str) -> int:
    return next(e.count for e in free if e.id == element)


def _neighbours_support(
    scene: Scene, element: str, supports: Mapping[str, str], kinds: Mapping[str, Thing]
) -> str | None:
    for relation in scene.relations:
        if relation.kind not in SIDES:
            continue
        group = {relation.subject, *relation.references}
        if element in group:
            for other in sorted(group - {element}):
                carrier = supports.get(other)
                if carrier in kinds and carrier != element and kinds[other].place == "table":
                    return carrier
    return None
