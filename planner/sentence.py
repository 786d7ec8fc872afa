"""Who a sentence is about at any point of it, and whom its pronouns and prepositions mean."""

from __future__ import annotations

from dataclasses import dataclass

from planner.chunks import Chunk, Joint
from planner.draft import Draft, Group
from planner.lexicon import Noun, Sort, enclosures, word_set
from planner.meaning import (
    ABOVE,
    INSIDE,
    ON,
    has_body,
    held_kind,
    is_contact,
    is_dish,
    is_holding,
    is_of_things,
    is_portable,
    is_riding,
    is_wearing,
    is_worn,
)
from planner.noun_phrase import NounPhrase
from planner.scene import RelationKind

NO_WORDS = Chunk(Joint.STOP, "")
OPEN_TO_NEW_SUBJECT = ("object", "reference")
"""Slots after which "and" may begin another subject."""
_PERSONAL = frozenset(["he", "she", "him", "her", "himself", "herself", "his", "hers"])
_MANY = frozenset(["they", "them", "themselves", "their", "theirs"])
_INCLUDING = frozenset(["including", "include", "includes"])
_MOST_EACH = 8
"""Above this many users, a bare plural says little about how many they use."""


@dataclass(slots=True)
class Pending:
    """A preposition that waits for its noun."""

    role: str
    """ "relation", "holds", "with" or "none"."""
    kind: RelationKind | None = None
    phrase: str = ""
    actor: Group = ()
    last: Group = ()
    slot: str = ""


class Sentence:
    """The state of a sentence while it is read; `Reader` moves it on.

    What is denied (`planner.denial`) is told by four marks: `_without`, the next noun is absent;
    `_denying`, what is said next is not so, of the subject ("relation") or of nobody ("subject");
    `_denied_role`, what was denied last; `_nothing`, the last noun was an absent one.

    Its slot says what was read last: "start", "subject", "verb", "object", "reference", "with",
    "who", "clause" or "place".
    """

    def __init__(self) -> None:
        self.draft = Draft()
        self._between: tuple[Group, list[int]] | None = None
        self._before_subject: list[int] = []
        self._rest: list[Chunk] = []
        self._new_sentence()

    def _new_sentence(self) -> None:
        self._close_between()
        self._subject: Group = ()
        self._actor: Group = ()
        self._last: Group = ()
        self._host: Group = ()
        self._referred: Group = ()
        self._slot = "start"
        self._verb = ""
        self._pose = ""
        self._pending: Pending | None = None
        self._role: Pending | None = None
        self._fronted: list[tuple[RelationKind, str, Group]] = []
        self._before_subject = []
        self._side: RelationKind | None = None
        self._joined = False
        self._newcomer = False
        """Whether the noun that is read is new and the one before was known."""
        self._known = False
        self._without = ""
        self._denying = ""
        self._denied_role: Pending | None = None
        self._nothing = False
        self._listed_by = ""
        self._listing = False
        self._explaining = False

    def _ahead(self, steps: int) -> Chunk:
        return self._rest[steps] if steps < len(self._rest) else NO_WORDS

    def _goes_on(self) -> bool:
        """Whether the list of nouns that is being read ends in something said of them."""
        for chunk in self._rest:
            if chunk.joint not in (Joint.NOUN, Joint.AND, Joint.OF):
                return chunk.joint in (Joint.RELATION, Joint.VERB, Joint.SIDE, Joint.HOLDS)
        return False

    def _tells_anew(self) -> bool:
        """Whether the list ends in a clause of its own: "... and a plate is on the table", "... and
        a bag behind her"; not in a place, "... and a bag on the beach"."""
        for at, chunk in enumerate(self._rest):
            if chunk.joint not in (Joint.NOUN, Joint.AND, Joint.OF):
                following = next(iter(self._rest[at + 1 : at + 2]), NO_WORDS)
                noun = following.phrase.noun if following.phrase is not None else None
                thing = noun is not None and noun.sort is Sort.THING
                refers = following.joint is Joint.PRONOUN or thing
                return chunk.joint is Joint.VERB or (chunk.joint is Joint.RELATION and refers)
        return False

    def _starts_anew(self) -> bool:
        """ "A lamp behind the taxi and three shops": only what is known is referred to."""
        told = self._role is not None and self._role.role == "relation"
        return told and self._newcomer

    def _close_between(self) -> None:
        if self._between is None:
            return
        subjects, references = self._between
        self._between = None
        if subjects:
            self.draft.tie(subjects, references)
        else:
            self._before_subject = references

    def _begin(self, group: Group) -> None:
        self._subject = self._actor = self._last = group
        self._host, self._role, self._slot, self._verb = (), None, "subject", ""
        for kind, phrase, references in self._fronted:
            self.draft.place(kind, phrase, group, references)
        self.draft.tie(group, self._before_subject)
        if self._pose:
            self.draft.set_pose(group, self._pose)
        self._fronted, self._before_subject, self._pose = [], [], ""

    def _doer(self, verb: str) -> Group:
        last_lives = self.draft.lives(self._last)
        if self._slot in ("subject", "with") and last_lives:
            return self._last
        if is_of_things(verb) and not last_lives:
            return self._last
        if last_lives and self._slot in OPEN_TO_NEW_SUBJECT and not self._joined:
            return self._last
        subject = self._subject or self._actor
        if self.draft.lives(subject):
            return subject
        return self._last if self._slot in ("subject", "with") else (subject or self._last)

    def _who(self, pending: Pending, group: Group) -> Group:
        """Which of the things before a preposition it tells of."""
        reference = self.draft.items[group[0]]
        last = [self.draft.items[at] for at in pending.last]
        if not last or pending.slot in ("subject", "with", "verb", "who"):
            return pending.actor
        portable = all(is_portable(item) or item.category == "sky" for item in last)
        lies = pending.kind in (ON, INSIDE)
        if pending.slot == "object":
            if reference.background:
                bears = last[0].category == "sky" or self._verb in ("", "cut", "cutting")
            else:
                bears = reference.category != "seat" and held_kind(reference, last[0]) is not None
                potted = reference.category == "container" and last[0].category == "plant"
                portable = portable or potted
            mounted = lies and is_riding(self._verb) and not last[0].background
            over = pending.kind is ABOVE or mounted
            return pending.last if over or (lies and portable and bears) else pending.actor
        small = is_portable(reference) or is_dish(reference)
        beside = pending.kind not in (ON, INSIDE, ABOVE) and small
        lying = self._carried_by(pending.actor) if beside else ()
        if lying:
            # "A table topped with a cake next to a plate": the cake is.
            return lying
        carried = not any(item.background or item.living for item in last)
        chained = self.draft.came_by(pending.last) in (ON, INSIDE)
        return pending.last if lies and carried and chained else pending.actor

    def _carried_by(self, hosts: Group) -> Group:
        """The thing told last of those that lie on or in tables, plates and the like."""
        if any(self.draft.items[at].category != "surface" for at in hosts):
            return ()
        lying = (
            at
            for kind, at, references in self.draft.relations
            if kind in (ON, INSIDE) and set(references) & set(hosts)
        )
        return next(((at,) for at in reversed([*lying])), ())

    def _meant(self, word: str, but: Group) -> int | None:
        order = [*reversed(range(len(self.draft.items)))]
        things = (at for at in self._referred if not self.draft.items[at].background)
        first = (*reversed(self._host), *things)
        order = [*first, *(at for at in order if at not in first)]
        for at in order:
            item = self.draft.items[at]
            if at in but or (item.background and at not in first):
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

    def _tells_of_host(self) -> bool:
        """Whether "with X ..." goes on with "on it" or "in his hand"."""
        following = self._ahead(1)
        body = following.phrase is not None and following.phrase.possessive
        return (
            following.joint is Joint.PRONOUN or body or self._ahead(0).joint is not Joint.RELATION
        )

    def _is_tool(self, pending: Pending, group: Group) -> bool:
        """ "Hitting a ball with a bat": the one who hits has the bat, not the ball."""
        if pending.slot != "object" or not self.draft.lives(pending.actor):
            return False
        objects = [self.draft.items[at] for at in (*pending.last, *group)]
        small = all(item.category in ("small", "tableware", "food") for item in objects)
        tool = self.draft.items[group[0]].category != "food"
        return small and tool and is_contact(self._verb) and not is_holding(self._verb)

    def _told_with(self, hosts: Group, after: Chunk) -> Group:
        """Whom "a girl with a kite left of ..." tells of: the girl; of two alive, both."""
        host = self.draft.items[hosts[-1]]
        if host.living and self.draft.lives(self._last):
            return (*hosts, *self._last)
        reference = self._ahead(1).phrase
        if reference is not None and reference.noun is not None and after.kind in (ON, INSIDE):
            # "A man with food on the table".
            bears = reference.noun.category in ("surface", "container")
            if bears and all(is_portable(self.draft.items[at]) for at in self._last):
                return self._last if host.living else hosts
        holds = host.category in ("container", "vehicle", "boat")
        if host.living or has_body(host) or holds or is_dish(host):
            return hosts
        if host.category == "surface" and after.kind in (ON, INSIDE):
            return hosts
        return self._last

    def _stands_for_some(self, before: Chunk) -> bool:
        """Whether what was read last is a number without a noun; colours ("in red") are none."""
        if before.joint is not Joint.NOUN or before.phrase is None or before.phrase.noun:
            return False
        return before.text in ("other", "others") or before.text not in word_set("adjectives")

    def _wears(self, noun: Noun, phrase: NounPhrase) -> bool:
        if noun.sort is not Sort.THING or not is_worn(noun.label, noun.category):
            return False
        if phrase.possessive or is_wearing(self._verb):
            return True
        pending = self._pending or (self._role if self._joined else None)
        if pending is None:
            return False
        host = pending.last if pending.role == "with" else pending.actor
        dressed = any(self.draft.items[at].category == "person" for at in (*host, *pending.actor))
        return dressed and (pending.role == "with" or pending.kind is INSIDE)

    def _explain(self, at: int) -> None:
        """Takes a new thing for a part of what was named in general: "fruit with two pears"."""
        listed = self._listing or (self._pending is not None and self._pending.phrase in _INCLUDING)
        if self._joined and not self._explaining and not self._listing:
            return
        self._explaining = self.draft.explain(at, listed=listed)

    def _is_place(self, noun: Noun) -> bool:
        if noun.sort is Sort.PLACE:
            return True
        pending = self._pending
        within = pending is not None and (pending.kind is INSIDE or pending.phrase == "at")
        if pending is None and self._slot == "start" and self._ahead(0).joint is Joint.WITH:
            furniture = self._ahead(1).phrase
            if furniture is not None and furniture.noun is not None:
                within = furniture.noun.category in ("surface", "seat", "food", "tableware")
        if not within or noun.sort is not Sort.THING:
            return False
        return noun.indoors or (noun.label in enclosures() and self.draft.has_animals())

    def _one_for_each(self, at: int) -> None:
        """ "Two knights on horses": as many as there are of those who use them."""
        item, pending = self.draft.items[at], self._pending
        if pending is not None:
            users = pending.last if pending.role == "with" else pending.actor
            used = pending.role == "with" or item.category in ("vehicle", "animal", "seat")
            fits = used and (pending.role == "with" or pending.kind in (ON, INSIDE))
        else:
            users = self._actor
            fits = is_riding(self._verb) or is_holding(self._verb)
        company = pending is not None and pending.role == "with"
        alive = self.draft.lives(users) and not (item.living and company)
        if company and item.label.endswith("lamp"):
            # "A bed and two nightstands with lamps": one on each nightstand.
            users, alive = users[-1:], True
        total = sum(self.draft.items[user].count for user in users)
        if fits and alive and 1 < total <= _MOST_EACH:
            item.count = total

    def _spread(self, reference: int) -> None:
        """ "A lamp on each nightstand": as many lamps as nightstands."""
        count = self.draft.items[reference].count
        for at in self._pending.actor if self._pending else ():
            if self.draft.items[at].count == 1 and not self.draft.items[at].background:
                self.draft.items[at].count = count
