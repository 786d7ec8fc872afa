"""What a caption says is not so: "no cars", "a dog that is not behind the sofa".

What is denied is neither placed nor arranged; the scene's notes tell of it. The thing that a
denied relation refers to is there all the same where the words take it for granted ("the sofa").
"""

from __future__ import annotations

from planner.chunks import Chunk, Joint
from planner.draft import Group
from planner.lexicon import Sort
from planner.noun_phrase import NounPhrase
from planner.sentence import Pending, Sentence

_RULED_OUT = frozenset({"without", "no", "not", "nor", "neither", "hardly any", "instead of"})
"""Other words ("looks like", "a picture of") leave a noun out that nobody denies."""


class Denial(Sentence):
    """Keeps track of how far a "not" or a "no" reaches."""

    def _deny(self, after: Chunk) -> None:
        """ "Not a cat" denies the cat, "not behind the sofa" what is said of the place."""
        if after.joint is Joint.NOUN:
            self._without = "not"
        else:
            self._denying = "relation"

    def _ends_denial(self, chunk: Chunk) -> None:
        """A mark or an "and" ends what is denied, an "or" takes it on."""
        goes_on = chunk.text in ("or", "nor")
        if self._denied_role is not None and goes_on:
            self._denying, self._pending = "relation", self._denied_role
        elif not goes_on:
            self._denying = ""
        self._denied_role = None
        self._listed_by = chunk.text

    def _is_denied(self, phrase: NounPhrase) -> bool:
        """Whether a noun names what is not there."""
        if self._without or phrase.negated:
            return True
        role = self._pending.role if self._pending is not None else ""
        if self._denying == "relation" and role in ("with", "holds"):
            return True
        if not (self._nothing and self._joined):
            return False
        bare = not phrase.counted and not phrase.definite and not phrase.possessive
        return self._listed_by in ("or", "nor") or (bare and not self._goes_on())

    def _leave_out(self, phrase: NounPhrase) -> None:
        """Takes a noun as absent; what is said of its place, with nobody else there, is void."""
        if self._without or self._pending is not None:
            self._slot = "clause"
        seeming = self._without and self._without not in _RULED_OUT
        self._without, self._pending, self._joined = "", None, False
        self._nothing, self._denying = True, ""
        noun = phrase.noun
        if noun is not None and not seeming and noun.sort in (Sort.THING, Sort.STUFF):
            self.draft.absent.append(noun.label)
        if not seeming and (noun is None or not (self._subject or self._actor)):
            self._denying = "subject"

    def _deny_relation(self, phrase: NounPhrase) -> bool:
        """Whether a noun is only the reference of something denied, which is then told of."""
        pending = self._pending
        acts = self._verb and self._slot == "verb"
        if not self._denying or (pending is None and not acts):
            return False
        by_nobody = self._denying == "subject"
        told = self._verb if pending is None else pending.phrase
        self._denying, self._pending, self._role, self._verb = "", None, None, ""
        self._joined, self._between = False, None
        self._denied_role = None if by_nobody else pending
        noun, group = phrase.noun, ()
        there = by_nobody or phrase.definite or phrase.possessive
        if noun is not None and noun.sort in (Sort.THING, Sort.STUFF) and there:
            group = self.draft.all_of_a_kind(noun, phrase) or (self.draft.item_of(noun, phrase),)
        if noun is not None and not by_nobody:
            actor = (pending.actor if pending else ()) or self._actor
            self._note_denied(actor, told, noun.label)
        self._last, self._slot = group or self._last, "clause"
        return True

    def _note_denied(self, actor: Group, told: str, reference: str) -> None:
        for at in actor:
            self.draft.denied.append(f"{self.draft.items[at].label} {told} {reference}")

    def _drop_denied(self, pending: Pending | None) -> bool:
        """Whether "not under it", "with no cat on it" was all that a pronoun was for."""
        void = bool(self._denying) or self._nothing
        if not void or pending is None:
            return False
        self._denying, self._nothing, self._between = "", False, None
        self._slot, self._role = "clause", None
        return True
