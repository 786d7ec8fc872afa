"""What a segmentation model calls things, and what a layout calls them; imports no torch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.layout.labels import ade_class_of
from engine.layout.layout import MAX_LABEL
from engine.layout.palette import ade_classes
from engine.smartmask.backgrounds import is_background
from planner.nouns import plural


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ADE_STUFF = _words(
    """
    wall building sky floor tree ceiling road grass sidewalk earth mountain plant water house sea
    rug field rock base counter sand skyscraper grandstand path runway stairway river blind hill
    bar hovel tower land escalator buffet stage canopy waterfall tent lake pier
    """
)
"""ADE20K's classes that panoptic models do not count (of 150; those that a photo has often)."""
_COCO_ENDINGS = re.compile(r"(-other|-stuff|-merged)+$")
_COCO_STUFF = re.compile(r"-(other|stuff|merged)\b|^(wall|floor|ceiling|door|window|tree)-")
_NUMBERS = ("no", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class ClassName:
    """One class of a model.

    Attributes:
        label: As a layer is called: one short name.
        ade_class: Nearest ADE20K class, 0..149.
        is_stuff: Whether the model gives all of it as one segment.
        is_backdrop: Whether it is what a scene stands on or before, rather than stands in it.
    """

    label: str
    ade_class: int
    is_stuff: bool
    is_backdrop: bool


def class_names(
    id2label: Mapping[int, str], stuff: Sequence[int] | None = None
) -> dict[int, ClassName]:
    """The classes of a model by its label id.

    Args:
        id2label: As in the model's config: "animal, animate being, beast", "wall-other-merged".
        stuff: Ids of the uncounted classes; None tells them by their names.
    """
    is_ade = len(id2label) == len(ade_classes())
    names: dict[int, ClassName] = {}
    for key, raw in id2label.items():
        label = short_name(raw)
        if is_ade:
            uncounted = label in _ADE_STUFF
        else:
            uncounted = bool(_COCO_STUFF.search(raw)) or is_background(label)
        known = is_ade and 0 <= key < len(id2label) and _same_name(label, key)
        names[key] = ClassName(
            label=label,
            ade_class=key if known else ade_class_of(label).ade_class,
            is_stuff=uncounted if stuff is None else key in stuff,
            is_backdrop=is_background(label),
        )
    return names


def short_name(raw: str) -> str:
    """ "door-stuff" as "door", "sky, blue sky" as "sky", "floor-wood" as "wood floor"."""
    first = re.split(r"[,;]", raw)[0].strip()
    plain = _COCO_ENDINGS.sub("", first)
    if plain == first and (turned := re.fullmatch(r"(wall|floor)-(\w+)", plain)):
        plain = f"{turned[2]} {turned[1]}"
    return " ".join(plain.replace("-", " ").replace("_", " ").split())[:MAX_LABEL] or "thing"


def caption_of(labels: Sequence[str]) -> str:
    """What a photo shows, in words: "a dog, two trees, grass and sky"; "" for nothing."""
    counts = Counter(labels)
    parts = [_counted(label, count) for label, count in counts.most_common()]
    things = sorted(parts, key=lambda part: " " not in part)[:_MOST_NAMED]
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} and {things[-1]}"


def _counted(label: str, count: int) -> str:
    if is_background(label):
        return label
    if count == 1:
        return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    *before, noun = label.split()
    return " ".join([number, *before, plural(noun)])


def _same_name(label: str, key: int) -> bool:
    """Whether a class of a 150-class model is the one that ADE20K has at this place."""
    ours = ade_classes()[key].name.strip().casefold()
    theirs = label.casefold()
    return (
        ours == theirs
        or ours.split()[0] == theirs.split()[0]
        or (ade_class_of(theirs).ade_class == key)
    )
