"""Layers: one object each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from engine.layout.mask import Mask

NO_ADE_CLASS = -1
"""`Layer.ade_class` of a label that has not been matched with an ADE20K class."""


def new_layer_id() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a mask came from, enough to make it again.

    Attributes:
        kind: "smartmask", "drawn", "imported", "sample" ...
        request: The request as plain JSON values, a scribble as text, without the other masks.
        seed: Of this very mask (request seed + sample number - 1); None when nothing was drawn.
        pack: The pack that answered, for example "lite".
        model_hash: First 16 hex digits of the SHA-256 over the pack's weights.
    """

    kind: str
    request: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    pack: str = ""
    model_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One object of a layout.

    Attributes:
        id: Unique in the layout, stable over edits and files; 32 hex digits for new layers.
        label: What the object is, as the user said it; never empty, at most 200 characters.
        ade_class: Nearest ADE20K-150 class 0..149, or NO_ADE_CLASS.
        mask: The amodal silhouette.
        group: Name of the group, None outside any.
        prompt: What renders say of this object beyond its label.
        extra: JSON values of a newer version's file that this version does not understand; kept.
    """

    label: str
    mask: Mask
    id: str = field(default_factory=new_layer_id)
    ade_class: int = NO_ADE_CLASS
    visible: bool = True
    locked: bool = False
    group: str | None = None
    prompt: str = ""
    provenance: Provenance | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
