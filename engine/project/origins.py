"""Damaged words on where a mask came from: they are left out, and the layer stays."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import Any

from engine.smartmask.origin import damaged

Json = dict[str, Any]

_NEEDED = {"label", "guidance"}
"""Without these of a request, no mask can be drawn again."""

_TYPES: dict[str, tuple[type, ...]] = {
    "seed": (int, type(None)),
    "pack": (str,),
    "model_hash": (str,),
}


def mend_origins(document: Any) -> tuple[str, ...]:
    """Leave out what is damaged in the provenance of a document's layers, in place.

    Args:
        document: As it was parsed; it may be anything.

    Returns:
        Notes for the user on the layers that are no longer what they were.
    """
    layers = document.get("layers") if isinstance(document, dict) else None
    lost, partly = list[str](), list[str]()
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict) or layer.get("provenance") is None:
            continue
        mended = _mended(layer["provenance"])
        if mended != layer["provenance"]:
            (partly if mended else lost).append(str(layer.get("label", "")))
            layer["provenance"] = mended
    return (
        *_told(lost, "the shape is kept, but it cannot be drawn again."),
        *_told(partly, "the shape is kept, but drawn again it may come out otherwise."),
    )


def is_sound(value: Any) -> bool:
    """Whether a parsed value holds nothing that JSON has not: no NaN, no infinite number."""
    return all(math.isfinite(number) for number in _numbers(value))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, float):
        yield value


def _mended(origin: Any) -> Json | None:
    """The provenance without what is damaged; None where too little would be left of it."""
    if not isinstance(origin, dict) or not isinstance(origin.get("kind"), str):
        return None
    request = origin.get("request", {})
    if not isinstance(request, dict):
        return None
    bad = {key for key, value in request.items() if not is_sound(value)}
    if origin["kind"] == "smartmask":
        bad |= damaged(request)
        if bad & _NEEDED:
            return None
    kept = {
        key: value
        for key, value in origin.items()
        if is_sound(value) and _has_type(key, value) and key != "request"
    }
    if "request" in origin:
        kept["request"] = {key: value for key, value in request.items() if key not in bad}
    return kept


def _has_type(key: str, value: Any) -> bool:
    return key not in _TYPES or type(value) in _TYPES[key]


def _told(labels: list[str], words: str) -> tuple[str, ...]:
    """One note for all of them."""
    if not labels:
        return ()
    first = textwrap.shorten(labels[0], 40, placeholder="…")
    more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
    return (f"The file is damaged in what it tells of how “{first}”{more} was drawn: {words}",)
