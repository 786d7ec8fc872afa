"""The words of a render: one prompt for the whole picture, and phrases for its regions. No torch.

A layer's phrase acts on the layer's own region (see `engine.render.regions`); the prompt holds
the caption and whatever visible things the caption does not name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layout.labels import noun_phrases, singulars
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.semantic import layer_map

MAX_NAMED = 10
"""Things that the prompt adds to the caption at most: text encoders read 48 or 77 tokens, and
the style stands last. Every layer's words act on its own region all the same."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words and the layers they belong to (positions in depth order, 0 = farthest)."""

    text: str
    layers: tuple[int, ...]


def phrase_of(layer: Layer) -> str:
    """What is said of one layer: its label, then its own prompt ("girl, sitting")."""
    own = " ".join(layer.prompt.split())
    return f"{layer.label}, {own}" if own else layer.label


def phrases_of(layout: Layout) -> tuple[Phrase, ...]:
    """The phrases of all layers that can be seen, the largest first; equal ones are joined."""
    seen = np.bincount(layer_map(layout).ravel(), minlength=len(layout.layers) + 1)
    areas = Counter[str]()
    members: dict[str, list[int]] = {}
    for index, layer in enumerate(layout.layers):
        if seen[index + 1]:
            text = phrase_of(layer)
            areas[text] += int(seen[index + 1])
            members.setdefault(text, []).append(index)
    return tuple(Phrase(text, tuple(members[text])) for text, _ in areas.most_common())


def prompt_of(layout: Layout) -> str:
    """The caption, then the visible things that it does not name, with what is said of them.

    Three trees become one "tree": counts are in the layout, not in the words.
    """
    caption = " ".join(layout.caption.split()).rstrip(" .,")
    named = _named_things(caption)
    added: list[str] = []
    for phrase in phrases_of(layout):
        layer = layout.layers[phrase.layers[0]]
        if layer.prompt.strip() and not _says(caption, layer.prompt):
            added.append(phrase.text.replace(",", ""))
        elif not named & set(_forms(layer.label)):
            added.append(layer.label)
    words = list(dict.fromkeys(added))[:MAX_NAMED]
    return ", ".join(part for part in (caption, *words) if part)


def joined(parts: Sequence[str]) -> str:
    """Negative prompts joined by commas, each one once."""
    words = (word.strip() for part in parts for word in part.split(","))
    return ", ".join(dict.fromkeys(word for word in words if word))


def _forms(label: str) -> tuple[str, ...]:
    return tuple(form for form in singulars(label.casefold()))


def _named_things(caption: str) -> set[str]:
    """Every noun of a caption with its singular forms, phrases of up to three words."""
    words = caption.casefold().replace(",", " , ").replace(".", " . ").split()
    found: set[str] = set()
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            found.update(singulars(" ".join(words[start : start + length])))
    found.update(noun_phrases(caption))
    return found


def _says(caption: str, words: str) -> bool:
    return " ".join(words.casefold().split()) in caption.casefold()
