"""Annotated real pictures: ordered objects with silhouettes, whatever data set they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import BoolArray, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class RealObject:
    """One annotated object of a real picture.

    Attributes:
        label: What it is, in everyday words ("dining table").
        mask: Its silhouette in picture pixels; amodal where the data set knows the hidden part.
        complete: The silhouette is whole: cut neither by the border nor by another object.
        background: Stuff (grass, sky) rather than a thing.
        hidden_share: Share of the silhouette that nearer objects hide, 0..1; None if unknown.
    """

    label: str
    mask: Mask
    complete: bool = False
    background: bool = False
    hidden_share: float | None = None

    @property
    def box(self) -> Box:
        return self.mask.box

    @property
    def crop(self) -> BoolArray:
        """The silhouette inside its box, shape (box.height, box.width)."""
        return self.mask.crop()


@dataclass(frozen=True, slots=True, kw_only=True)
class RealScene:
    """One annotated picture; `objects` go from far to near.

    Attributes:
        name: The picture's name in its data set, for example "2007_000032".
        split: "train", "val" or "check" (data that may only be used for checking).
    """

    width: int
    height: int
    caption: str
    objects: tuple[RealObject, ...]
    name: str
    split: str

    def to_layout(self, *, keep: Iterable[int] | None = None) -> Layout:
        """The objects (or only those at the indices `keep`) as layers, caption included."""
        kept = range(len(self.objects)) if keep is None else sorted(keep)
        layers = tuple(
            Layer(label=self.objects[i].label, mask=self.objects[i].mask, id=f"{i:032x}")
            for i in kept
        )
        return Layout(width=self.width, height=self.height, caption=self.caption, layers=layers)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLURALS = {"person": "people", "sheep": "sheep", "skis": "skis", "scissors": "scissors"}


def plural(noun: str) -> str:
    """English plural of a label: "bus" -> "buses", "person" -> "people"."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("knife"):
        return noun[:-2] + "ves"
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def counted(noun: str, count: int) -> str:
    """ "a dog", "an airplane", "two dogs", "many sheep"."""
    if count == 1:
        return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
    return f"{_NUMBERS[count] if count < len(_NUMBERS) else 'many'} {plural(noun)}"


def caption_of(labels: Iterable[str]) -> str:
    """Names and counts in words, in the order of first mention: "a person and two dogs"."""
    parts = [counted(noun, count) for noun, count in Counter(labels).items()]
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
