"""A scene in words: elements, how many of each, and how they stand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelationKind(StrEnum):
    """How a subject stands to its references, seen by the viewer."""

    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ABOVE = "above"
    BELOW = "below"
    ON = "on"
    UNDER = "under"
    IN_FRONT_OF = "in front of"
    BEHIND = "behind"
    NEXT_TO = "next to"
    BETWEEN = "between"
    INSIDE = "inside"
    HELD_BY = "held by"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One line of a plan: a thing, or several of the same.

    Attributes:
        id: Unique in the scene, stable over edits ("e1").
        label: What it is, singular, with its pose behind a comma as SmartMask was taught it:
            "dog", "girl, sitting".
        count: How many, 1 to MAX_COUNT.
        background: Sky, grass, wall ...: one large region behind the things.
    """

    id: str
    label: str
    count: int = 1
    background: bool = False


MAX_COUNT = 30
MAX_ELEMENTS = 60


@dataclass(frozen=True, slots=True)
class Relation:
    """`subject` stands so to `references`: ids of elements; two references for BETWEEN, else one.

    It holds for every instance of the subject, with at least one instance of each reference.
    """

    kind: RelationKind
    subject: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a caption, a list of elements, or the user's edits of them ask for.

    Attributes:
        caption: As the user wrote it; the context text of every step.
        notes: Lines the user should read: words that were left out, relations that contradict
            each other and which one was dropped, a count that was cut.
        absent: Labels that a list of elements rules out; what a caption denies is in its notes.
    """

    caption: str
    elements: tuple[Element, ...] = ()
    relations: tuple[Relation, ...] = ()
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def element(self, element_id: str) -> Element:
        """Raises KeyError for an unknown id."""
        for element in self.elements:
            if element.id == element_id:
                return element
        raise KeyError(element_id)


@dataclass(frozen=True, slots=True)
class Instance:
    """One object to place: number `index` (from 0) of an element."""

    element: str
    index: int = 0
