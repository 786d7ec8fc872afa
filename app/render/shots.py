"""The finished pictures of a project, and how its file carries them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from engine.render.request import RenderRequest

PREFIX = "renders/"
INDEX = f"{PREFIX}index.json"
MAX_BYTES = 112 << 20
"""Of all pictures and other unknown entries that a project carries; its reader takes 128 MB."""
MAX_SHOTS = 2000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """A finished picture.

    Attributes:
        png: As it is saved and dragged out; holds the request that makes it again.
        size: Width and height in px.
        prompt: What was drawn, for search and tool tips.
        made: When, in seconds since 1970.
        seconds: What it took, 0 where that is not known.
        request: What makes just this one again; None until it is read from `png`.
    """

    png: bytes
    size: tuple[int, int]
    seed: int
    prompt: str = ""
    pack: str = ""
    made: float = 0.0
    seconds: float = 0.0
    starred: bool = False
    id: str = field(default_factory=lambda: uuid4().hex[:16])
    request: RenderRequest | None = None

    @property
    def entry(self) -> str:
        return f"{PREFIX}{self.id}.png"


def entries_of(shots: Sequence[Shot]) -> dict[str, bytes]:
    """The files that carry the pictures inside a project, in their order."""
    if not shots:
        return {}
    index = [
        {
            "id": shot.id,
            "size": list(shot.size),
            "seed": shot.seed,
            "prompt": shot.prompt,
            "pack": shot.pack,
            "made": shot.made,
            "seconds": round(shot.seconds, 2),
            "starred": shot.starred,
        }
        for shot in shots
    ]
    text = json.dumps({"version": 1, "pictures": index}, indent=1)
    return {INDEX: text.encode(), **{shot.entry: shot.png for shot in shots}}


def shots_of(entries: Mapping[str, bytes]) -> tuple[Shot, ...]:
    """Inverse of `entries_of`; a picture that the index does not know is kept all the same."""
    shots: list[Shot] = []
    for values in _index(entries.get(INDEX, b"")):
        shot = _shot(values, entries)
        if shot is not None and shot.id not in {other.id for other in shots}:
            shots.append(shot)
    known = {shot.entry for shot in shots}
    for name in sorted(set(entries) - known - {INDEX}):
        if name.endswith(".png"):
            stem = name.removeprefix(PREFIX).removesuffix(".png")
            shots.append(Shot(png=entries[name], size=png_size(entries[name]), seed=0, id=stem))
    return tuple(shots[:MAX_SHOTS])


def _index(text: bytes) -> list[Any]:
    try:
        pictures = json.loads(text)["pictures"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return pictures if isinstance(pictures, list) else []


def _shot(values: Any, entries: Mapping[str, bytes]) -> Shot | None:
    try:
        shot_id = str(values["id"])
        png = entries[f"{PREFIX}{shot_id}.png"]
        return Shot(
            id=shot_id,
            png=png,
            size=png_size(png),
            seed=int(values.get("seed", 0)),
            prompt=str(values.get("prompt", "")),
            pack=str(values.get("pack", "")),
            made=float(values.get("made", 0.0)),
            seconds=float(values.get("seconds", 0.0)),
            starred=values.get("starred") is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height as the head of a PNG file tells; (1, 1) for anything else."""
    if not png.startswith(b"\x89PNG") or len(png) < 24:
        return 1, 1
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def fitting(shots: Iterable[Shot], *, most: int = MAX_BYTES) -> tuple[Shot, ...]:
    """The pictures that a project has room for: starred ones first, then the newest.

    `shots` are newest first, and so is what comes back.
    """
    everything = tuple(shots)
    kept, left = set[str](), most
    for shot in sorted(everything, key=lambda s: not s.starred):
        if len(shot.png) <= left and len(kept) < MAX_SHOTS:
            kept.add(shot.id)
            left -= len(shot.png)
    return tuple(shot for shot in everything if shot.id in kept)
