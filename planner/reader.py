"""Reads a caption's chunks from left to right: who it is about, and what stands where."""

from __future__ import annotations

from planner.chunks import Chunk, Joint
from planner.counts import BARE_PLURAL
from planner.denial import Denial
from planner.draft import Group
from planner.lexicon import Noun, Sort, enclosures
from planner.meaning import (
    ABOVE,
    HELD_BY,
    INSIDE,
    NEXT_TO,
    ON,
    accompanied_kind,
    in_hand_kind,
    is_contact,
    is_gaze,
    is_holding,
    is_image,
    is_lightly_held,
    is_portable,
    is_riding,
    is_taking,
    is_wearing,
    riding_kind,
    riding_pose,
)
from planner.noun_phrase import NounPhrase
from planner.scene import RelationKind
from planner.sentence import NO_WORDS, OPEN_TO_NEW_SUBJECT, Pending


class Reader(Denial):
    """Takes the chunks of a caption and fills a draft with what they tell."""

    def take(self, pieces: list[Chunk]) -> None:
        for at, chunk in enumerate(pieces):
            before = pieces[at - 1] if at else NO_WORDS
            self._rest = pieces[at + 1 :]
            self._take(chunk, before, self._ahead(0))
        self._new_sentence()

    def _take(self, chunk: Chunk, before: Chunk, after: Chunk) -> None:
        match chunk.joint:
            case Joint.NOUN:
                self._noun(chunk, before, after)
            case Joint.PRONOUN:
                self._pronoun(chunk.text, after)
            case Joint.VERB:
                self._act(chunk, before)
            case Joint.RELATION | Joint.HOLDS | Joint.WITH | Joint.NEUTRAL:
                self._preposition(chunk)
            case Joint.SIDE:
                self._beside(chunk.kind, before, after)
            case Joint.OF:
                self._of(before)
            case Joint.WITHOUT:
                self._without = chunk.text
            case Joint.NOT:
                self._deny(after)
            case Joint.AND:
                self._joined, self._pending = True, None
                self._ends_denial(chunk)
            case Joint.WHO:
                self._actor = self._last or self._actor
                self._subject = self._actor
                self._slot = "who"
            case Joint.CLAUSE:
                self._close_between()
                self._ends_denial(chunk)
                self._slot, self._pending, self._role, self._verb = "clause", None, None, ""
                self._joined = False
                self._actor = self._subject
            case Joint.STOP if chunk.text in ".;!?:":
                self._new_sentence()
                self._listing = chunk.text == ":"

    # What the sentence is about.

    def _act(self, chunk: Chunk, before: Chunk) -> None:
        verb = chunk.text
        self._without = ""
        if self._stands_for_some(before):
            # "One sitting and one standing": whoever it is, is not the whole group.
            self._actor = ()
            return
        if self._joined and self._slot in OPEN_TO_NEW_SUBJECT:
            self._actor = self._subject or self._actor
        elif self._last and self._slot not in ("clause", "who"):
            self._actor = self._doer(verb)
        self._joined = False
        self._verb, self._pending, self._role = verb, None, None
        self._close_between()
        if self._slot != "start":
            self._slot = "verb"
        if chunk.pose and not self._denying:
            if self._actor:
                self.draft.set_pose(self._actor, chunk.pose)
            else:
                self._pose = chunk.pose

    # Prepositions.

    def _preposition(self, chunk: Chunk) -> None:
        role = {
            Joint.RELATION: "relation", Joint.HOLDS: "holds", Joint.WITH: "with",
        }.get(chunk.joint, "none")  # fmt: skip
        self._close_between()
        self._joined = False
        if role == "with" and self._verb and is_wearing(self._verb):
            self._verb = ""
        if role == "relation" and is_gaze(self._verb, chunk.text):
            role = "none"
        self._pending = Pending(
            role, chunk.kind, chunk.text, self._actor or self._subject, self._last, self._slot
        )
        if chunk.text.startswith("outside") and self.draft.indoors is None:
            self.draft.indoors = False
        if chunk.kind is RelationKind.BETWEEN and not self._denying:
            self._between = (self._actor or self._subject, [])

    def _of(self, before: Chunk) -> None:
        phrase = before.phrase
        if phrase is None or phrase.noun is None or not self._last:
            return
        item = self.draft.items[self._last[-1]]
        if phrase.noun.sort is not Sort.THING or phrase.noun.label != item.label:
            return
        if is_image(item):
            self._without = "of"
            return
        role = "holds" if item.category in ("container", "surface") else "none"
        self._pending = Pending(role, None, "of", self._last[-1:], self._last[-1:], self._slot)

    def _beside(self, kind: RelationKind | None, before: Chunk, after: Chunk) -> None:
        if kind is None or self._drop_denied(Pending("relation", kind)):
            return
        self._pending = None
        if after.joint is Joint.NOUN and before.joint in (Joint.AND, Joint.STOP):
            # "To the right a boy": told of what follows.
            self._side = kind
            self._slot, self._joined = "clause", False
            return
        group = self._last if self._slot in ("subject", "with", "object") else self._actor
        if not group:
            self._side = kind
            return
        told = {at for at, _ in self.draft.sides}
        self.draft.sides.extend((at, kind) for at in group if at not in told)
        self._slot, self._role = "reference", None

    # Nouns and pronouns.

    def _noun(self, chunk: Chunk, before: Chunk, after: Chunk) -> None:
        phrase = chunk.phrase
        if phrase is None:
            return
        noun = phrase.noun
        if self._is_denied(phrase):
            self._leave_out(phrase)
            return
        self._nothing = False
        if self._deny_relation(phrase):
            return
        if noun is not None and noun.sort in (Sort.BODY, Sort.PART, Sort.NOTHING) and phrase.owner:
            noun = phrase.owner.noun
            count = BARE_PLURAL if phrase.owner.plural else 1
            phrase = NounPhrase(noun, count=count, definite=phrase.definite)
        if noun is None and chunk.text == "another" and self._subject:
            # "One giraffe lies down while another eats".
            like = self.draft.items[self._subject[0]]
            noun = Noun(like.label, Sort.THING, like.category)
            phrase = NounPhrase(noun, counted=True)
        if noun is None or noun.sort in (Sort.PART, Sort.NOTHING):
            self.draft.imply((*phrase.backgrounds, *(noun.backgrounds if noun else ())))
            if after.joint is not Joint.OF and not self._stands_for_some(chunk):
                pending = self._pending if noun is not None else None
                if pending is not None and pending.role == "relation":
                    self._role, self._slot = pending, "reference"
                self._pending = None
            return
        if noun.sort is Sort.BODY:
            self._body(phrase, after)
            return
        if self._is_place(noun):
            self._place(noun, phrase)
            return
        if self._wears(noun, phrase):
            self.draft.worn.append(noun.label)
            if self._pending is not None:
                self._role, self._pending = self._pending, None
            return
        posing = self._pending is not None and self._pending.phrase == "for"
        if is_image(noun) and (posing or (self._slot == "verb" and is_taking(self._verb))):
            # "Posing for a picture", "taking pictures".
            self._pending = None
            return
        self.draft.imply(phrase.backgrounds)
        known = len(self.draft.items)
        group = self.draft.all_of_a_kind(noun, phrase) or (self.draft.item_of(noun, phrase),)
        if group[0] == known:
            self._explain(known)
        if group[0] == known and phrase.plural and not phrase.counted:
            self._one_for_each(group[0])
        if phrase.each and self._pending is not None:
            self._spread(group[0])
        known, self._known = self._known, phrase.definite or phrase.possessive
        self._newcomer = known and phrase.counted and not self._known
        self._settle_role(group, after)
        if self._side is not None:
            self.draft.sides.extend((at, self._side) for at in group)
            self._side = None

    def _place(self, noun: Noun, phrase: NounPhrase) -> None:
        labels = noun.backgrounds or enclosures().get(noun.label, ("wall", "floor"))
        if noun.indoors:
            self.draft.indoors = True if self.draft.indoors is None else self.draft.indoors
            if self.draft.indoors:
                self.draft.imply(labels)
        elif self.draft.indoors is not True:
            self.draft.indoors = False
            self.draft.imply((*phrase.backgrounds, *labels))
        if self._slot == "start" and self._pending is None:
            self._slot = "place"
        self._pending, self._role, self._joined = None, None, False

    def _body(self, phrase: NounPhrase, after: Chunk) -> None:
        """ "On his lap", "in its mouth": by the one whose part it is."""
        pending, self._pending = self._pending, None
        if after.joint is Joint.OF:
            self._pending = pending
            return
        if pending is None or pending.role != "relation" or not phrase.possessive:
            return
        actor = set(pending.actor)
        owners = [at for at, item in enumerate(self.draft.items) if item.living and at not in actor]
        if owners and pending.kind in (ON, INSIDE):
            lies = pending.kind is ON and pending.phrase != "fastened to"
            kind = ON if lies else NEXT_TO
            for at in pending.actor:
                if not self.draft.items[at].background:
                    self.draft.relate(kind, at, (owners[-1],))

    def _settle_role(self, group: Group, after: Chunk) -> None:
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

    def _join(self, group: Group, after: Chunk) -> None:
        if self._between is not None and len(self._between[1]) == 1:
            self._between[1].extend(group)
            self._close_between()
            self._last = (*self._last, *group)
            return
        if self._role is not None and self._role.phrase == "of" and after.joint is Joint.OF:
            # "A vase of flowers and a bowl of fruit": two of a kind, not one in the other.
            self._subject = self._actor = self._last = (*self._subject, *group)
            self._role, self._slot = None, "subject"
            return
        goes_on = self._goes_on()
        if self._slot in OPEN_TO_NEW_SUBJECT:
            lives = self.draft.items[group[0]].living
            supported = self._role is not None and self._role.kind in (ON, INSIDE)
            owns = lives and after.joint is Joint.WITH
            if self._carries(group):
                # "Carries a bag and an umbrella on the beach": the umbrella begins nothing new.
                self._object(group)
            elif goes_on or owns or (lives and supported) or self._starts_anew():
                self._begin(group)
            elif self._role is not None:
                self._fill(self._role, group, after)
            else:
                self._object(group)
            return
        if self._slot == "with" and self._role is not None:
            if after.kind is ABOVE:
                # "A table with plates and a lamp above it": the lamp is not on the table.
                hosts = self._host
                self._begin(group)
                self._host = hosts
            else:
                self._fill(self._role, group, after, joined=True)
            return
        if self._slot == "subject":
            self._subject = (*self._subject, *group)
            self._actor = self._last = self._subject
            return
        self._begin(group)

    def _carries(self, group: Group) -> bool:
        """Whether the noun is one more thing in somebody's hands."""
        return (
            self._slot == "object"
            and bool(self._actor)
            and not self._tells_anew()
            and all(
                in_hand_kind(self._verb, self.draft.items[at], self.draft.items[other]) is HELD_BY
                for at in self._actor
                for other in group
            )
        )

    def _object(self, group: Group) -> None:
        """The object of a verb: ridden, held, flown, or merely there."""
        for at in self._actor:
            for other in group:
                actor, thing = self.draft.items[at], self.draft.items[other]
                kind: RelationKind | None = None
                if is_riding(self._verb) and actor.living:
                    kind = riding_kind(thing)
                    if kind is not None:
                        self.draft.set_pose((at,), riding_pose(thing))
                elif self._verb in ("fly", "flies", "flying") and actor.living:
                    self.draft.relate(ABOVE, other, (at,))
                elif not actor.living and is_holding(self._verb):
                    self.draft.hold(at, (other,))
                elif actor.living and is_contact(self._verb) and not thing.background:
                    meant = in_hand_kind(self._verb, actor, thing)
                    self.draft.relate(meant, other, (at,))
                    if is_lightly_held(self._verb):
                        self.draft.lightly_held.add(other)
                if kind is not None:
                    self.draft.relate(kind, at, (other,))
        self._last, self._slot, self._role = group, "object", None

    def _fill(self, pending: Pending, group: Group, after: Chunk, *, joined: bool = False) -> None:
        """A preposition gets its noun."""
        self._role = pending
        if pending.role == "with":
            self._company(pending, group, after, joined=joined)
            return
        if pending.role == "holds":
            hosts = pending.last or pending.actor
            for host in hosts[-1:]:
                self.draft.hold(host, group)
            self._last, self._slot = group, "reference"
            return
        if pending.role == "none" or pending.kind is None:
            self._last, self._slot = group, "object" if pending.actor else self._slot
            return
        if pending.kind is RelationKind.BETWEEN:
            if self._between is None:
                return
            self._between[1].extend(group)
            if self.draft.items[group[0]].count > 1:
                self._between[1].extend(group)
            self._last, self._slot = group, "reference"
            if len(self._between[1]) > 1:
                self._close_between()
            return
        if not pending.actor:
            self._fronted.append((pending.kind, pending.phrase, group))
            self._last = ()
            return
        subjects = self._who(pending, group)
        if pending.kind is ON and set(group) & set(subjects):
            # "Two tables and five chairs, a cup on each table": not the chairs.
            small = tuple(at for at in subjects if is_portable(self.draft.items[at]))
            subjects = small or subjects
        self.draft.place(pending.kind, pending.phrase, subjects, group)
        self._referred = group
        self._last, self._slot = group, "reference"

    def _company(self, pending: Pending, group: Group, after: Chunk, *, joined: bool) -> None:
        told = after.joint in (Joint.RELATION, Joint.SIDE, Joint.HOLDS) and not joined
        of_host = told and self._tells_of_host()
        hosts = pending.last or pending.actor
        carried = {self.draft.items[at].category for at in pending.last} & {"vehicle", "boat"}
        lives = self.draft.lives(group)
        together = lives and self.draft.lives(pending.actor) and not (of_host and carried)
        if together or self._is_tool(pending, group):
            hosts = pending.actor
        apart = told and pending.slot in OPEN_TO_NEW_SUBJECT
        for host in () if of_host or apart else hosts[-1:]:
            for at in group:
                kind = accompanied_kind(self.draft.items[host], self.draft.items[at])
                if kind is not None and (not told or kind in (ON, INSIDE) or not lives):
                    self.draft.relate(kind, at, (host,))
                    self.draft.lightly_held.add(at)
        self._host = hosts
        self._last = (*self._last, *group) if joined else group
        self._actor = self._last
        if told and not of_host and hosts and pending.slot not in OPEN_TO_NEW_SUBJECT:
            self._actor = self._told_with(hosts, after)
        self._slot = "with"
        if not self._subject:
            self._subject = self._last

    def _pronoun(self, word: str, after: Chunk) -> None:
        pending, self._pending = self._pending, None
        self._joined = False
        if self._drop_denied(pending):
            return
        if pending is not None and pending.role == "relation" and pending.kind is not None:
            meant = self._meant(word, ())
            if meant is not None and (not pending.actor or after.joint is Joint.NOUN):
                # "Next to it a bowl": told of what follows.
                self._fronted.append((pending.kind, pending.phrase, (meant,)))
                self._slot, self._verb = "clause", ""
                return
        if pending is not None and pending.role == "relation" and pending.kind is not None:
            for at in pending.actor:
                meant = self._meant(word, pending.actor)
                if pending.kind is RelationKind.BETWEEN:
                    self._between = None
                    if meant is not None and self.draft.items[meant].count > 1:
                        self.draft.relate(pending.kind, at, (meant, meant))
                elif meant is not None:
                    self.draft.place(pending.kind, pending.phrase, (at,), (meant,))
            self._slot, self._role = "reference", None
            return
        if pending is None and word in ("it", "he", "she", "they"):
            meant = self._meant(word, ())
            if meant is not None:
                self._subject = self._actor = self._last = (meant,)
                self._slot, self._verb = "subject", ""
