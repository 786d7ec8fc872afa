"""What the window says when models are missing: what for, and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.click2mask.request import ClickRequest
from engine.models.state import ComponentState, PackState, PackStatus
from engine.render.request import InsertRequest, RenderRequest
from engine.segment.request import SegmentRequest

NEEDS: MappingProxyType[type, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        RenderRequest: ("Drawing pictures", ("text_to_image", "controlnet_seg")),
        InsertRequest: ("Inserting into a photo", ("text_to_image", "controlnet_inpaint")),
        ClickRequest: ("Making things appear in a photo", ("text_to_image", "click_scorer")),
        SegmentRequest: ("Finding the objects of a photo", ("segmenter",)),
    }
)
"""By kind of request: what it does, in words, and the models it takes."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Why something cannot be done and what could be, in words, and the pack to get for it."""

    words: str = ""
    pack: str = ""


def size_words(count: int) -> str:
    """Bytes as a person reads them."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    if count >= 1_000_000:
        return f"{count / 1e6:.0f} MB"
    return f"{max(count, 0) / 1e3:.0f} kB"


def lacks(kind: type, state: PackState) -> bool:
    """Whether a pack has not all that requests of a kind take."""
    needed = NEEDS[kind][1]
    return not all(_is_here(_part(state, name)) for name in needed)


def lack_of(kind: type, pack: str, states: Sequence[PackState]) -> Lack:
    """Why requests of a kind cannot be done with a pack; nothing where that is not known."""
    asked = next((state for state in states if state.name == pack), None)
    if asked is None or kind not in NEEDS:
        return Lack()
    purpose, needed = NEEDS[kind]
    begin = f"{purpose} needs models that are not on this computer yet."
    own = _to_download(asked, needed, states)
    if own:
        return Lack(f"{begin} “{asked.title}” has them: {_size(own)} to download.", pack)
    begin = f"{begin} “{asked.title}” comes without them in this version"
    others = [(size, x) for x in states if (size := _to_download(x, needed, states)) is not None]
    if not others:
        return Lack(f"{begin}, and nothing that can be downloaded has all of them.", pack)
    size, best = min(others, key=lambda pair: pair[0])
    what = f"{_size(size)} to download" if size else "choose it under Render, Advanced, Models"
    return Lack(f"{begin}. “{best.title}” has them: {what}.", best.name)


def lack_for(request: Any, states: Sequence[PackState]) -> Lack:
    """`lack_of` for a request that failed."""
    return lack_of(type(request), getattr(request, "pack", ""), states)


def stands_in(part: ComponentState | None, states: Sequence[PackState]) -> bool:
    """Whether another pack's model is there to do the work of one that is not."""
    other = next((x for x in states if part is not None and x.name == part.stand_in), None)
    return part is not None and other is not None and _is_here(_part(other, part.name))


def _size(count: int) -> str:
    """Never broken between number and unit."""
    return size_words(count).replace(" ", "\u00a0")


def _to_download(
    state: PackState, needed: Sequence[str], states: Sequence[PackState]
) -> int | None:
    """Bytes that are still to come until a pack has what is needed; None if it never will."""
    total = 0
    for name in needed:
        part = _part(state, name)
        if _is_here(part) or stands_in(part, states):
            continue
        if part is None or not part.downloadable:
            return None
        total += max(part.bytes_total - part.bytes_present, 1)
    return total


def _part(state: PackState, name: str) -> ComponentState | None:
    return next((part for part in state.components if part.name == name), None)


def _is_here(part: ComponentState | None) -> bool:
    return part is not None and part.status is PackStatus.INSTALLED
