"""What has been read of a caption so far: things, relations, and what its place brings."""

from __future__ import annotations

from planner.lexicon import Noun, Sort, animal_poses, kinds_of, role_poses
from planner.meaning import (
    HELD_BY,
    INSIDE,
    NEXT_TO,
    ON,
    Item,
    between_backgrounds,
    held_kind,
    placed_kind,
    riding_pose,
    turned_kind,
)
from planner.noun_phrase import NounPhrase
from planner.scene import (
    MAX_COUNT,
    MAX_ELEMENTS,
    Element,
    Relation,
    RelationKind,
    Scene,
)

Group = tuple[int, ...]
"""Numbers of items that a caption speaks of together."""


class Draft:
    """A scene while it is read; items are known by their number.

    Attributes:
        items: Things and named backgrounds in the order of mention.
        backgrounds: Labels that a place or an adjective implies.
        indoors: Whether the place is a room; None when nothing was said.
        sides: Items of which only a side was told: "in the background".
        worn: Labels of what somebody wears.
        lightly_held: Items that are held unless it is said where they lie.
        absent: Labels of what the caption says is not there.
        denied: Relations that it says do not hold, in words.
        explained: Item -> those that the caption goes on to say it is: "fruit: two apples".
    """

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.relations: list[tuple[RelationKind, int, Group]] = []
        self.backgrounds: list[str] = []
        self.indoors: bool | None = None
        self.sides: list[tuple[int, RelationKind]] = []
        self.worn: list[str] = []
        self.lightly_held: set[int] = set()
        self.absent: list[str] = []
        self.denied: list[str] = []
        self.explained: dict[int, list[int]] = {}

    def item_of(self, noun: Noun, phrase: NounPhrase) -> int:
        """The item that a noun phrase names: a new one, or one that was named before."""
        background = noun.sort is Sort.STUFF
        before = self._named_before(noun, phrase, background)
        if before is not None:
            return before
        self.items.append(
            Item(
                label=noun.label,
                category=noun.category,
                count=1 if background else phrase.count,
                background=background,
                pose=role_poses().get(noun.label, ""),
                counted=phrase.counted and phrase.count > 1,
            )
        )
        at = len(self.items) - 1
        if phrase.pose:
            self.set_pose((at,), phrase.pose)
        return at

    def all_of_a_kind(self, noun: Noun, phrase: NounPhrase) -> Group:
        """The tulips and roses that "the flowers" are; nothing for anything else."""
        if not phrase.definite or phrase.counted or not phrase.plural:
            return ()
        kinds = kinds_of(noun.label)
        if noun.label in ("animal", "person"):
            return tuple(at for at, item in enumerate(self.items) if item.category == noun.label)
        return tuple(at for at, item in enumerate(self.items) if item.label in kinds)

    def explain(self, at: int, *, listed: bool) -> bool:
        """Whether a new item says what an earlier, general word was: "fruit: apples, pears".

        Args:
            listed: Behind a colon or "including", where also animals and people are explained.
        """
        label, category = self.items[at].label, self.items[at].category
        for general in reversed(range(at)):
            name = self.items[general].label
            kinds = label in kinds_of(name) and (listed or not self.items[general].counted)
            if kinds or (listed and name == category and name in ("animal", "person")):
                self.explained.setdefault(general, []).append(at)
                return True
        return False

    def _settle_explained(self) -> None:
        """What was said of a general word holds for what it turned out to be."""
        for general, kinds in self.explained.items():
            own = [r for r in self.relations if r[1] == general]
            hosts = {ref for kind, _, refs in own if kind is INSIDE for ref in refs}
            group = {general, *kinds}
            kept = [r for r in self.relations if r[1] != general and not group & set(r[2])]
            kept += [r for r in self.relations if r[1] not in group and general in r[2]]
            for host in hosts:
                # What lies in a bowl that is on the table is not itself on the table.
                kept = [(k, host if k is ON and at in kinds else at, to) for k, at, to in kept]
            kept = [*dict.fromkeys(r for r in kept if r[1] not in r[2])]
            # "In a bowl: apples and a pear left of the bowl": only the last is told to be out.
            inside = [at for at in kinds if at != kinds[-1]] if len(kinds) > 1 else kinds
            if hosts:
                kept = [r for r in kept if r[1] not in inside or not hosts & set(r[2])]
            placed = {subject for _, subject, refs in kept if hosts & set(refs)}
            kept += [(kind, at, refs) for kind, _, refs in own for at in kinds if at not in placed]
            self.relations = [
                (kind, at, tuple(kinds[0] if ref == general else ref for ref in refs))
                for kind, at, refs in kept
            ]
            self.sides = [entry for entry in self.sides if entry[0] != general]

    def _named_before(self, noun: Noun, phrase: NounPhrase, background: bool) -> int | None:
        """The item that "the tent" is: of that name, or a "circus tent"."""
        known = [*enumerate(self.items)]
        if background:
            named = [at for at, item in known if item.background and item.label == noun.label]
            return named[0] if named else None
        if not phrase.definite:
            return None
        for at, item in reversed(known):
            fits = not phrase.counted or phrase.each or phrase.count <= item.count
            names = item.label == noun.label or item.label.endswith(f" {noun.label}")
            if names and fits and not item.background:
                return at
        return None

    def lives(self, group: Group) -> bool:
        return any(self.items[at].living for at in group)

    def has_animals(self) -> bool:
        return any(item.category == "animal" for item in self.items)

    def imply(self, labels: tuple[str, ...]) -> None:
        """Backgrounds that a place or an adjective brings."""
        self.backgrounds.extend(label for label in labels if label not in self.backgrounds)
        if {"wall", "floor"} & set(labels) and self.indoors is None:
            self.indoors = True

    def set_pose(self, actors: Group, pose: str) -> None:
        """Poses those that can take it and have none yet."""
        for at in actors:
            item = self.items[at]
            allowed = item.category == "person" and pose != "flying"
            if item.category == "animal" and pose in animal_poses():
                allowed = True
            if allowed and (not item.pose or item.pose in role_poses().values()):
                item.pose = pose

    def relate(self, kind: RelationKind, subject: int, references: Group) -> None:
        entry = (kind, subject, references)
        if subject not in references and entry not in self.relations:
            self.relations.append(entry)

    def place(self, kind: RelationKind, phrase: str, subjects: Group, references: Group) -> None:
        """What a preposition says, as far as it can be drawn."""
        for at in subjects:
            for reference in references:
                subject, other = self.items[at], self.items[reference]
                if subject.background:
                    self._lay(kind, at, reference)
                    continue
                meant = placed_kind(kind, phrase, subject, other)
                if meant is None:
                    continue
                self.relate(meant, at, (reference,))
                if meant is ON and subject.category == "person" and not subject.pose:
                    self.set_pose((at,), riding_pose(other))

    def _lay(self, kind: RelationKind, at: int, reference: int) -> None:
        """What is said of a background's own place."""
        background, other = self.items[at], self.items[reference]
        if other.background:
            if between_backgrounds(kind, background, other):
                self.relate(kind, at, (reference,))
            return
        meant = turned_kind(kind, background, other)
        if meant is not None:
            self.relate(meant, reference, (at,))

    def hold(self, host: int, group: Group) -> None:
        """What a host is "filled with" or "of"."""
        for at in group:
            kind = held_kind(self.items[host], self.items[at])
            if kind is not None:
                self.relate(kind, at, (host,))

    def tie(self, subjects: Group, references: list[int]) -> None:
        """Between two references; next to the only one."""
        for at in subjects:
            if len(references) >= 2:
                self.relate(RelationKind.BETWEEN, at, (references[0], references[1]))
            elif references:
                self.relate(RelationKind.NEXT_TO, at, (references[0],))

    def came_by(self, group: Group) -> RelationKind | None:
        """Kind of the last relation that a group was the reference of."""
        for kind, _, references in reversed(self.relations):
            if set(references) & set(group):
                return kind
        return None

    def _settle_hands(self) -> None:
        """What is merely "with" somebody, or eaten, is not in the hands where it lies somewhere.

        Meals are on the table where there is one.
        """
        lying = {subject for kind, subject, _ in self.relations if kind in (ON, INSIDE)}
        table = any(item.category == "surface" for item in self.items)
        for number, (kind, at, references) in enumerate(self.relations):
            meal = table and self.items[at].category in ("food", "tableware")
            if kind is HELD_BY and at in self.lightly_held and (at in lying or meal):
                self.relations[number] = (NEXT_TO, at, references)

    def _tell_sides(self) -> None:
        """ "In the background" is behind whatever the caption tells of first."""
        sided = {at for at, _ in self.sides}
        left = [at for at, kind in self.sides if kind is RelationKind.LEFT_OF]
        right = [at for at, kind in self.sides if kind is RelationKind.RIGHT_OF]
        if left and right:
            for at in left:
                self.relate(RelationKind.LEFT_OF, at, (right[0],))
        for at, kind in self.sides:
            if self.items[at].background:
                self._tell_side_of_background(at, kind)
                continue
            if at in (*left, *right) and left and right:
                continue
            others = (
                other
                for other, item in enumerate(self.items)
                if other not in sided and not item.background
            )
            main = next(others, None)
            if main is None and kind is RelationKind.BEHIND:
                # "A clock in the foreground and a house in the background".
                fronts = (other for other, told in self.sides if told is RelationKind.IN_FRONT_OF)
                main = next(fronts, None)
            if main is not None:
                self.relate(kind, at, (main,))

    def _denials(self) -> list[str]:
        """Notes on what the caption says is not there, or does not stand so."""
        notes: list[str] = []
        there = {item.label for item in self.items}
        absent = [label for label in dict.fromkeys(self.absent) if label not in there]
        if absent:
            notes.append(f"Left out, because the caption says there is none: {', '.join(absent)}.")
        if self.denied:
            told = ", ".join(f'"{text}"' for text in dict.fromkeys(self.denied))
            notes.append(f"The caption says it is not so, and nothing was arranged for it: {told}.")
        return notes

    def _tell_side_of_background(self, at: int, kind: RelationKind) -> None:
        """ "A blue sky above" is above the house that was named, else above the thing before."""
        things = [other for other in range(at) if not self.items[other].background]
        tall = [other for other in things if self.items[other].category == "building"]
        if kind is RelationKind.ABOVE and things:
            self._lay(kind, at, (tall or things)[-1])

    def scene(self, caption: str) -> Scene:
        """What was read, counts and length held to the limits."""
        self._tell_sides()
        self._settle_explained()
        self._settle_hands()
        notes: list[str] = []
        elements: list[Element] = []
        named = [at for at in range(len(self.items)) if at not in self.explained]
        for number in named[:MAX_ELEMENTS]:
            item = self.items[number]
            if item.count > MAX_COUNT:
                notes.append(
                    f"{item.count} of {item.label}: cut to {MAX_COUNT}, the most there is."
                )
            elements.append(
                Element(
                    id=f"e{number + 1}",
                    label=f"{item.label}, {item.pose}" if item.pose else item.label,
                    count=min(item.count, MAX_COUNT),
                    background=item.background,
                )
            )
        if len(named) > MAX_ELEMENTS:
            notes.append(
                f"The caption names {len(named)} different things; only the first "
                f"{MAX_ELEMENTS} were taken."
            )
        if self.worn:
            worn = ", ".join(dict.fromkeys(self.worn))
            notes.append(f"What somebody wears is part of them, no element of its own: {worn}.")
        notes += self._denials()
        kept = set(named[:MAX_ELEMENTS])
        relations = tuple(
            Relation(kind, f"e{subject + 1}", tuple(f"e{at + 1}" for at in references))
            for kind, subject, references in self.relations
            if {subject, *references} <= kept
        )
        return Scene(
            caption=caption, elements=tuple(elements), relations=relations, notes=tuple(notes)
        )
