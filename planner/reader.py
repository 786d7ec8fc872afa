"""Reads a caption's chunks from left to right: who it is about, and what stands where."""

from __future__ import annotations

from dataclasses import dataclass

from planner.chunks import Chunk, Joint
from planner.lexicon import Noun, Sort, animal_poses, role_poses
from planner.meaning import (
    ABOVE,
    INSIDE,
    NEXT_TO,
    ON,
    Item,
    accompanied_kind,
    held_kind,
    is_contact,
    is_holding,
    is_of_things,
    is_riding,
    is_wearing,
    is_worn,
    placed_kind,
    riding_kind,
    riding_pose,
)
from planner.phrases import NounPhrase
from planner.scene import (
    MAX_COUNT,
    MAX_ELEMENTS,
    Element,
    Relation,
    RelationKind,
    Scene,
)

_NO_WORDS = Chunk(Joint.STOP, "")
_PERSONAL = frozenset(["he", "she", "him", "her", "himself", "herself", "his", "hers"])
_MANY = frozenset(["they", "them", "themselves", "their", "theirs"])
_OPEN_TO_NEW_SUBJECT = ("object", "reference")
_IMAGES = frozenset({"picture", "painting", "poster", "statue", "sculpture", "figurine", "doll",
                     "toy", "map", "portrait", "screen", "photograph"})  # fmt: skip


@dataclass(slots=True)
class _Pending:
    """A preposition that waits for its noun."""

    role: str
    """ "relation", "holds", "with" or "none"."""
    kind: RelationKind | None = None
    phrase: str = ""
    actor: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    slot: str = ""


class Reader:
    """Takes chunks, gives a scene without the backgrounds that its place only implies."""

    def __init__(self, caption: str) -> None:
        self.backgrounds: list[str] = []
        self.indoors: bool | None = None
        self._caption = caption
        self._items: list[Item] = []
        self._relations: list[tuple[RelationKind, int, tuple[int, ...]]] = []
        self._sides: list[tuple[int, RelationKind]] = []
        self._worn: list[str] = []
        self._between: tuple[tuple[int, ...], list[int]] | None = None
        self._new_sentence()

    def _new_sentence(self) -> None:
        self._close_between()
        self._subject: tuple[int, ...] = ()
        self._actor: tuple[int, ...] = ()
        self._last: tuple[int, ...] = ()
        self._host: tuple[int, ...] = ()
        self._slot = "start"
        self._verb = ""
        self._pose = ""
        self._pending: _Pending | None = None
        self._role: _Pending | None = None
        self._fronted: list[tuple[RelationKind, str, tuple[int, ...]]] = []
        self._side: RelationKind | None = None
        self._joined = False
        self._without = False

    def take(self, pieces: list[Chunk]) -> None:
        for at, chunk in enumerate(pieces):
            before = pieces[at - 1] if at else _NO_WORDS
            after = pieces[at + 1] if at + 1 < len(pieces) else _NO_WORDS
            self._take(chunk, before, after)
        self._new_sentence()

    def _take(self, chunk: Chunk, before: Chunk, after: Chunk) -> None:
        match chunk.joint:
            case Joint.NOUN:
                self._noun(chunk, before, after)
            case Joint.PRONOUN:
                self._pronoun(chunk.text)
            case Joint.VERB:
                self._act(chunk, before)
            case Joint.RELATION | Joint.HOLDS | Joint.WITH | Joint.NEUTRAL:
                self._preposition(chunk)
            case Joint.SIDE:
                self._beside(chunk.kind)
            case Joint.OF:
                self._of(before)
            case Joint.WITHOUT:
                self._without = True
            case Joint.AND:
                self._joined = True
            case Joint.WHO:
                self._actor = self._last or self._actor
                self._subject = self._actor
                self._slot = "who"
            case Joint.CLAUSE:
                self._close_between()
                self._slot, self._pending, self._role, self._verb = "clause", None, None, ""
                self._joined = False
                self._actor = self._subject
            case Joint.STOP:
                if chunk.text in ".;!?:":
                    self._new_sentence()

    # What the sentence is about.

    def _act(self, chunk: Chunk, before: Chunk) -> None:
        verb = chunk.text
        self._without = False
        if before.joint is Joint.NOUN and before.phrase and before.phrase.noun is None:
            # "One sitting and one standing": whoever it is, is not the whole group.
            self._actor = ()
            return
        if self._joined and self._slot in _OPEN_TO_NEW_SUBJECT:
            self._actor = self._subject or self._actor
        elif self._last and self._slot not in ("clause", "who"):
            self._actor = self._doer(verb)
        self._joined = False
        self._verb, self._pending, self._role = verb, None, None
        self._close_between()
        if self._slot != "start":
            self._slot = "verb"
        if chunk.pose:
            if self._actor:
                self._set_pose(self._actor, chunk.pose)
            else:
                self._pose = chunk.pose

    def _doer(self, verb: str) -> tuple[int, ...]:
        last_lives = any(self._items[at].living for at in self._last)
        if self._slot in ("subject", "with") and last_lives:
            return self._last
        if is_of_things(verb) and not last_lives:
            return self._last
        if last_lives and self._slot in _OPEN_TO_NEW_SUBJECT and not self._joined:
            return self._last
        subject = self._subject or self._actor
        if any(self._items[at].living for at in subject):
            return subject
        return self._last if self._slot in ("subject", "with") else (subject or self._last)

    def _set_pose(self, actors: tuple[int, ...], pose: str) -> None:
        for at in actors:
            item = self._items[at]
            allowed = item.category == "person" and pose != "flying"
            if item.category == "animal" and pose in animal_poses():
                allowed = True
            if allowed and (not item.pose or item.pose in role_poses().values()):
                item.pose = pose

    # Prepositions.

    def _preposition(self, chunk: Chunk) -> None:
        role = {
            Joint.RELATION: "relation", Joint.HOLDS: "holds", Joint.WITH: "with",
        }.get(chunk.joint, "none")  # fmt: skip
        self._close_between()
        self._joined = False
        if role == "with" and self._verb and is_wearing(self._verb):
            self._verb = ""
        self._pending = _Pending(
            role, chunk.kind, chunk.text, self._actor or self._subject, self._last, self._slot
        )
        if chunk.kind is RelationKind.BETWEEN:
            self._between = (self._actor or self._subject, [])

    def _of(self, before: Chunk) -> None:
        phrase = before.phrase
        if phrase is None or phrase.noun is None or not self._last:
            return
        item = self._items[self._last[0]]
        if phrase.noun.sort is not Sort.THING or phrase.noun.label != item.label:
            return
        if item.label in _IMAGES:
            self._without = True
            return
        role = "holds" if item.category in ("container", "surface") else "none"
        self._pending = _Pending(role, None, "of", self._last, self._last, self._slot)

    def _beside(self, kind: RelationKind | None) -> None:
        if kind is None:
            return
        self._pending = None
        group = self._last if self._slot in ("subject", "with", "object") else self._actor
        if not group:
            self._side = kind
            return
        self._sides.extend((at, kind) for at in group)

    # Nouns and pronouns.

    def _noun(self, chunk: Chunk, before: Chunk, after: Chunk) -> None:
        phrase = chunk.phrase
        if phrase is None:
            return
        noun = phrase.noun
        if self._without or phrase.negated:
            self._without, self._pending = False, None
            return
        if noun is not None and noun.sort in (Sort.BODY, Sort.PART, Sort.NOTHING) and phrase.owner:
            noun = phrase.owner
            phrase = NounPhrase(noun, definite=phrase.definite)
        if noun is None or noun.sort in (Sort.PART, Sort.NOTHING):
            self._imply(phrase.backgrounds)
            if after.joint is not Joint.OF:
                self._pending = None if noun is not None or self._pending is None else self._pending
            return
        if noun.sort is Sort.BODY:
            self._body(phrase, after)
            return
        if self._is_place(noun):
            self._place(noun, phrase)
            return
        if self._wears(noun, phrase):
            self._worn.append(noun.label)
            self._pending = None
            return
        self._imply(phrase.backgrounds)
        group = (self._element(noun, phrase),)
        self._settle_role(group, after)
        if self._side is not None:
            self._sides.extend((at, self._side) for at in group)
            self._side = None

    def _imply(self, labels: tuple[str, ...]) -> None:
        self.backgrounds.extend(label for label in labels if label not in self.backgrounds)
        if {"wall", "floor"} & set(labels) and self.indoors is None:
            self.indoors = True

    def _is_place(self, noun: Noun) -> bool:
        if noun.sort is Sort.PLACE:
            return True
        pending = self._pending
        within = pending is not None and (pending.kind is INSIDE or pending.phrase == "at")
        return noun.sort is Sort.THING and noun.indoors and within

    def _place(self, noun: Noun, phrase: NounPhrase) -> None:
        labels = noun.backgrounds or ("wall", "floor")
        if noun.indoors:
            self.indoors = True if self.indoors is None else self.indoors
            if self.indoors:
                self._imply(labels)
        elif self.indoors is not True:
            self.indoors = False
            self._imply((*phrase.backgrounds, *labels))
        if self._slot == "start" and self._pending is None:
            self._slot = "place"
        self._pending, self._role, self._joined = None, None, False

    def _wears(self, noun: Noun, phrase: NounPhrase) -> bool:
        if noun.sort is not Sort.THING or not is_worn(noun.label, noun.category):
            return False
        if phrase.possessive or is_wearing(self._verb):
            return True
        pending = self._pending or (self._role if self._joined else None)
        if pending is None:
            return False
        host = pending.last if pending.role == "with" else pending.actor
        dressed = any(self._items[at].living for at in (*host, *pending.actor))
        return dressed and (pending.role == "with" or pending.kind is INSIDE)

    def _body(self, phrase: NounPhrase, after: Chunk) -> None:
        """ "On his lap", "in its mouth": by the one whose part it is."""
        pending, self._pending = self._pending, None
        if after.joint is Joint.OF:
            self._pending = pending
            return
        if pending is None or pending.role != "relation" or not phrase.possessive:
            return
        actor = set(pending.actor)
        owners = [at for at, item in enumerate(self._items) if item.living and at not in actor]
        if owners and pending.kind in (ON, INSIDE):
            kind = ON if pending.kind is ON else NEXT_TO
            for at in pending.actor:
                if not self._items[at].background:
                    self._relate(kind, at, (owners[-1],))

    def _element(self, noun: Noun, phrase: NounPhrase) -> int:
        background = noun.sort is Sort.STUFF
        for at, item in enumerate(self._items):
            same = item.label == noun.label and item.background == background
            again = phrase.definite and not phrase.guessed and phrase.count <= item.count
            if same and (background or again):
                return at
        item = Item(
            label=noun.label,
            category=noun.category,
            count=1 if background else phrase.count,
            background=background,
            guessed=phrase.guessed,
            pose=role_poses().get(noun.label, ""),
        )
        self._items.append(item)
        at = len(self._items) - 1
        if phrase.pose:
            self._set_pose((at,), phrase.pose)
        if self._pose:
            self._set_pose((at,), self._pose)
            self._pose = ""
        if background and noun.label in ("wall", "floor", "ceiling") and self.indoors is None:
            outside = {item.label for item in self._items if item.background} - {
                "wall", "floor", "ceiling"}  # fmt: skip
            self.indoors = None if outside or self.backgrounds else self.indoors
        return at

    def _settle_role(self, group: tuple[int, ...], after: Chunk) -> None:
        """Decides what a noun is in its sentence: subject, object, reference or company."""
        joined, self._joined = self._joined, False
        pending, self._pending = self._pending, None
        if pending is not None:
            self._fill(pending, group, after)
        elif joined and self._slot not in ("start", "place", "clause"):
            self._join(group, after)
        elif self._verb and self._slot == "verb" and self._actor:
            self._object(group)
        else:
            self._begin(group)

    def _begin(self, group: tuple[int, ...]) -> None:
        self._subject = self._actor = self._last = group
        self._host, self._role, self._slot, self._verb = (), None, "subject", ""
        for kind, phrase, references in self._fronted:
            self._place_group(kind, phrase, group, references)
        self._fronted = []

    def _join(self, group: tuple[int, ...], after: Chunk) -> None:
        if self._between is not None and len(self._between[1]) == 1:
            self._between[1].extend(group)
            self._close_between()
            self._last = (*self._last, *group)
            return
        goes_on = after.joint in (Joint.RELATION, Joint.VERB, Joint.SIDE, Joint.HOLDS)
        if self._slot in _OPEN_TO_NEW_SUBJECT:
            lives = self._items[group[0]].living
            supported = self._role is not None and self._role.kind in (ON, INSIDE)
            if goes_on or (lives and supported):
                self._begin(group)
            elif self._role is not None:
                self._fill(self._role, group, after)
            else:
                self._object(group)
            return
        if self._slot == "with" and self._role is not None:
            self._fill(self._role, group, after, joined=True)
            return
        if self._slot == "subject":
            self._subject = (*self._subject, *group)
            self._actor = self._last = self._subject
            return
        self._begin(group)

    def _object(self, group: tuple[int, ...]) -> None:
        """The object of a verb: ridden, held, flown, or merely there."""
        for at in self._actor:
            for other in group:
                actor, thing = self._items[at], self._items[other]
                kind: RelationKind | None = None
                if is_riding(self._verb) and actor.living:
                    kind = riding_kind(thing)
                    if kind is not None:
                        self._set_pose((at,), riding_pose(thing))
                elif self._verb in ("fly", "flies", "flying") and actor.living:
                    self._relate(ABOVE, other, (at,))
                elif not actor.living and is_holding(self._verb):
                    lies = held_kind(actor, thing)
                    if lies is not None:
                        self._relate(lies, other, (at,))
                elif actor.living and is_contact(self._verb) and not thing.background:
                    self._relate(NEXT_TO, other, (at,))
                if kind is not None:
                    self._relate(kind, at, (other,))
        self._last, self._slot, self._role = group, "object", None

    def _fill(
        self, pending: _Pending, group: tuple[int, ...], after: Chunk, *, joined: bool = False
    ) -> None:
        """A preposition gets its noun."""
        self._role = pending
        if pending.role == "with":
            self._company(pending, group, after, joined=joined)
            return
        if pending.role == "holds":
            hosts = pending.last or pending.actor
            for host in hosts[-1:]:
                for at in group:
                    kind = held_kind(self._items[host], self._items[at])
                    if kind is not None:
                        self._relate(kind, at, (host,))
            self._last, self._slot = group, "reference"
            return
        if pending.role == "none" or pending.kind is None:
            self._last, self._slot = group, "object" if pending.actor else self._slot
            return
        if pending.kind is RelationKind.BETWEEN:
            if self._between is None:
                return
            self._between[1].extend(group)
            if self._items[group[0]].count > 1:
                self._between[1].extend(group)
            self._last, self._slot = group, "reference"
            if len(self._between[1]) > 1:
                self._close_between()
            return
        if not pending.actor:
            self._fronted.append((pending.kind, pending.phrase, group))
            self._last = ()
            return
        self._place_group(pending.kind, pending.phrase, self._who(pending, group), group)
        self._last, self._slot = group, "reference"

    def _who(self, pending: _Pending, group: tuple[int, ...]) -> tuple[int, ...]:
        """Which of the things before a preposition it tells of."""
        reference = self._items[group[0]]
        last = [self._items[at] for at in pending.last]
        if not last or pending.slot in ("subject", "with", "verb", "who"):
            return pending.actor
        portable = all(item.category in ("food", "tableware", "container", "small", "sky")
                       for item in last)  # fmt: skip
        lies = pending.kind in (ON, INSIDE)
        if pending.slot == "object":
            bears = reference.category in ("surface", "container") or reference.background
            return pending.last if lies and portable and bears else pending.actor
        carried = not any(item.background or item.living for item in last)
        chained = self._role_before(pending) in (ON, INSIDE)
        return pending.last if lies and carried and chained else pending.actor

    def _role_before(self, pending: _Pending) -> RelationKind | None:
        """Kind of the relation that the last reference came by."""
        for kind, _, references in reversed(self._relations):
            if set(references) & set(pending.last):
                return kind
        return None

    def _place_group(
        self,
        kind: RelationKind,
        phrase: str,
        subjects: tuple[int, ...],
        references: tuple[int, ...],
    ) -> None:
        for at in subjects:
            for reference in references:
                subject, other = self._items[at], self._items[reference]
                meant = placed_kind(kind, phrase, subject, other)
                if meant is None:
                    continue
                if subject.background:
                    # Where a background lies is its own matter, except below what stands on it.
                    continue
                self._relate(meant, at, (reference,))
                if meant is ON and subject.category == "person" and not subject.pose:
                    self._set_pose((at,), riding_pose(other))

    def _company(
        self, pending: _Pending, group: tuple[int, ...], after: Chunk, *, joined: bool
    ) -> None:
        told = after.joint in (Joint.RELATION, Joint.SIDE, Joint.HOLDS)
        hosts = pending.last or pending.actor
        lives = any(self._items[at].living for at in group)
        if lives and any(self._items[at].living for at in pending.actor):
            hosts = pending.actor
        if not told:
            for host in hosts[-1:]:
                for at in group:
                    kind = accompanied_kind(self._items[host], self._items[at])
                    if kind is not None:
                        self._relate(kind, at, (host,))
        self._host = hosts
        self._last = (*self._last, *group) if joined else group
        self._actor = self._last
        self._slot = "with"
        if not self._subject:
            self._subject = self._last

    def _pronoun(self, word: str) -> None:
        pending, self._pending = self._pending, None
        self._joined = False
        if pending is not None and pending.role == "relation" and pending.kind is not None:
            for at in pending.actor:
                meant = self._meant(word, pending.actor)
                if pending.kind is RelationKind.BETWEEN:
                    self._between = None
                    if meant is not None and self._items[meant].count > 1:
                        self._relate(pending.kind, at, (meant, meant))
                elif meant is not None:
                    self._place_group(pending.kind, pending.phrase, (at,), (meant,))
            return
        if pending is None and word in ("it", "he", "she", "they"):
            meant = self._meant(word, ())
            if meant is not None:
                self._subject = self._actor = self._last = (meant,)
                self._slot, self._verb = "subject", ""

    def _meant(self, word: str, but: tuple[int, ...]) -> int | None:
        order = [*reversed(range(len(self._items)))]
        order = [*reversed(self._host), *(at for at in order if at not in self._host)]
        for at in order:
            item = self._items[at]
            if at in but or item.background:
                continue
            if word in _PERSONAL:
                if item.category == "person" or (item.living and word in ("him", "her", "his")):
                    return at
            elif word in _MANY:
                if item.count > 1 or (at in self._host and len(self._host) > 1):
                    return at
            elif item.category != "person":
                return at
        return None

    # The end.

    def _relate(self, kind: RelationKind, subject: int, references: tuple[int, ...]) -> None:
        entry = (kind, subject, references)
        if subject not in references and entry not in self._relations:
            self._relations.append(entry)

    def _close_between(self) -> None:
        if self._between is None:
            return
        subjects, references = self._between
        self._between = None
        if len(references) >= 2:
            for at in subjects:
                self._relate(RelationKind.BETWEEN, at, (references[0], references[1]))
        elif references:
            for at in subjects:
                self._relate(NEXT_TO, at, (references[0],))

    def _tell_sides(self) -> None:
        """ "In the background" is behind whatever the caption tells of first."""
        sided = {at for at, _ in self._sides}
        left = [at for at, kind in self._sides if kind is RelationKind.LEFT_OF]
        right = [at for at, kind in self._sides if kind is RelationKind.RIGHT_OF]
        if left and right:
            for at in left:
                self._relate(RelationKind.LEFT_OF, at, (right[0],))
        for at, kind in self._sides:
            if self._items[at].background or (at in (*left, *right) and left and right):
                continue
            main = next((other for other, item in enumerate(self._items)
                         if other not in sided and not item.background), None)  # fmt: skip
            if main is not None:
                self._relate(kind, at, (main,))

    def scene(self) -> Scene:
        """What was read so far, counts and length held to the limits."""
        self._tell_sides()
        notes: list[str] = []
        elements: list[Element] = []
        for number, item in enumerate(self._items[:MAX_ELEMENTS]):
            count = min(item.count, MAX_COUNT)
            if count < item.count:
                notes.append(
                    f"{item.count} of {item.label}: cut to {MAX_COUNT}, the most there is."
                )
            label = f"{item.label}, {item.pose}" if item.pose else item.label
            elements.append(
                Element(id=f"e{number + 1}", label=label, count=count, background=item.background)
            )
        if len(self._items) > MAX_ELEMENTS:
            notes.append(
                f"The caption names {len(self._items)} different things; only the first "
                f"{MAX_ELEMENTS} were taken."
            )
        if self._worn:
            worn = ", ".join(dict.fromkeys(self._worn))
            notes.append(f"What somebody wears is part of them, no element of its own: {worn}.")
        relations = tuple(
            Relation(kind, f"e{subject + 1}", tuple(f"e{at + 1}" for at in references))
            for kind, subject, references in self._relations
            if max(subject, *references) < len(elements)
        )
        return Scene(
            caption=self._caption,
            elements=tuple(elements),
            relations=relations,
            notes=tuple(notes),
        )
