"""The artwork pack: drawings of whole objects with their true silhouettes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError

PACK_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "artwork"
PACK_NAME = "sprites.zip"
INDEX_NAME = "index.json"
UNSEEN_SHARE = 0.09
ALWAYS_UNSEEN_FROM = 4

Split = Literal["train", "val"]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """One drawing, cropped to its content, longest side 256 px.

    Attributes:
        id: Unique in the pack and stable, for example "noto/dog".
        name: The class of the world that it shows, for example "dog".
        pose: "standing", "riding a bicycle" ...; "" where nothing is to be said.
        style: The collection it comes from; drawings of one style fit together.
        faces: "left", "right" or "front".
        source: Key of the licence notes in the index.
        design: What the silhouette split goes by; variants of one drawing (skin tones, colours)
            share it.
        pack: The file that holds the picture.
        entry: Its name in there.
        width, height: Of the picture in pixels; the longer one is 256.
    """

    id: str
    name: str
    pose: str
    style: str
    faces: str
    source: str
    design: str
    pack: Path
    entry: str
    width: int
    height: int

    def rgba(self) -> NDArray[np.uint8]:
        """Colours and opacity, shape (h, w, 4), 0..255, not premultiplied; decoded anew."""
        from PIL import Image

        try:
            data = _open_pack(self.pack).read(self.entry)
            with Image.open(io.BytesIO(data)) as picture:
                return np.asarray(picture.convert("RGBA"))
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise DataError(
                f"Drawing {self.entry} in {self.pack} cannot be read ({error}); "
                "restore the file from the repository."
            ) from error

    def silhouette(self) -> NDArray[np.bool_]:
        """Where the drawing is more than half opaque, shape (h, w); real holes stay holes."""
        return self.rgba()[..., 3] > 127


@dataclass(frozen=True, slots=True)
class ArtworkPack:
    """All drawings, in the order of the index."""

    sprites: tuple[Sprite, ...]
    licences: dict[str, dict[str, str]]
    unseen: frozenset[str]
    """Ids of the drawings that are kept out of training."""

    def split(self, sprite: Sprite) -> Split:
        """Whether the drawing may be trained on; about an eighth of the designs may not.

        Fixed by a hash of class, style and design, not by the pack's order. A class of four
        designs or more always has one that is never trained on.
        """
        return "val" if sprite.id in self.unseen else "train"


def _hash(sprite: Sprite) -> float:
    key = f"{sprite.style}/{sprite.name}/{sprite.design}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big") / 2**32


def _unseen(sprites: tuple[Sprite, ...]) -> frozenset[str]:
    by_class: dict[str, list[Sprite]] = {}
    for sprite in sprites:
        by_class.setdefault(sprite.name, []).append(sprite)
    unseen: set[str] = set()
    for members in by_class.values():
        values = {sprite.id: _hash(sprite) for sprite in members}
        limit = UNSEEN_SHARE
        if len(set(values.values())) >= ALWAYS_UNSEEN_FROM:
            limit = max(limit, min(values.values()))
        unseen.update(key for key, value in values.items() if value <= limit)
    return frozenset(unseen)


@cache
def load_artwork(folder: Path = PACK_FOLDER) -> ArtworkPack:
    """Read the index; pictures are decoded when asked for. Raises DataError without a pack."""
    index_path, pack_path = folder / INDEX_NAME, folder / PACK_NAME
    for path in (index_path, pack_path):
        if not path.is_file():
            raise DataError(f"The artwork pack lacks {path}; restore it from the repository.")
    try:
        index = json.loads(index_path.read_text(encoding="utf-8"))
        sprites = tuple(
            Sprite(pack=pack_path, **dict(zip(index["fields"], row, strict=True)))
            for row in index["sprites"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The artwork index {index_path} is damaged ({error}); restore it from the repository."
        ) from error
    return ArtworkPack(sprites, index["licences"], _unseen(sprites))


@cache
def _open_pack(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
