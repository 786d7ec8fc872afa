"""The packs that exist, as plain data: what each is made of, from where, how large, whose licence.

The data is `catalogue.json` beside this module. Another file of the same form, named by
$SCENEWRIGHT_CATALOGUE, adds packs or replaces them: a mirror, or a team's own models. Imports
neither Qt nor torch, and touches no network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from engine.errors import InputError, ModelMissing

CATALOGUE_VARIABLE = "SCENEWRIGHT_CATALOGUE"
"""Environment variable: a JSON file whose packs are added to the program's own."""

OWN = Path(__file__).with_name("catalogue.json")
ALLOWED = (".safetensors", ".json", ".txt", ".jinja")
"""Kinds of files that may be in a pack: weights that cannot run code, and text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a component.

    Attributes:
        path: Where it lies inside the component's folder, "/" between folders.
        size: Bytes, as listed; rounded where `sha256` is not known or the size was only published
            rounded. The server's own figure counts while downloading.
        sha256: Hex digest where it is known; else the server's own digest is what is checked.
        source: Its path at the source where that differs ("unet/model.fp16.safetensors").
        repo, revision: Its own source, for a file that is not from the component's.
    """

    path: str
    size: int
    sha256: str | None = None
    source: str = ""
    repo: str = ""
    revision: str = ""

    def __post_init__(self) -> None:
        for path in (self.path, self.source or self.path):
            parts = PurePosixPath(path)
            if parts.is_absolute() or ".." in parts.parts or "\\" in path or ":" in path:
                raise ValueError(f"{path!r} leaves the model's folder")
            if parts.suffix not in ALLOWED:
                raise ValueError(f"{path!r} is neither safetensors nor text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One model of a pack, a folder that plain `from_pretrained` opens.

    Attributes:
        name: The folder ("text_to_image").
        title: What it is, for people ("Stable Diffusion 1.5").
        needed_for: What does not work without it.
        repo, revision: Where it comes from on Hugging Face; "" where nobody publishes it.
        licence, licence_url: Under which terms.
        files: Empty for what is not downloaded.
        stand_in: The pack whose component of the same name answers while this one is missing.
        optional: Not installed unless it is named.
        note: What else a user should know.
    """

    name: str
    title: str
    needed_for: str
    licence: str
    files: tuple[ModelFile, ...] = ()
    repo: str = ""
    revision: str = ""
    licence_url: str = ""
    stand_in: str = ""
    optional: bool = False
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files, as listed."""
        return sum(file.size for file in self.files)

    @property
    def downloadable(self) -> bool:
        return bool(self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A named set of models that fit together.

    Attributes:
        title, summary: For people.
        shipped: Whether it comes with the program.
    """

    title: str
    summary: str
    components: tuple[Component, ...]
    shipped: bool = False

    def component(self, name: str) -> Component | None:
        return next((part for part in self.components if part.name == name), None)

    @property
    def licences(self) -> tuple[str, ...]:
        """Of what comes with it or is installed by it, each once, in the order of components."""
        own = [part for part in self.components if self.shipped or part.downloadable]
        return tuple(dict.fromkeys(part.licence for part in own or self.components))


def packs() -> Mapping[str, Pack]:
    """Every known pack by its name, the shipped ones first.

    Raises:
        InputError: The file that $SCENEWRIGHT_CATALOGUE names cannot be read as a catalogue.
    """
    own = _read(OWN)
    extra = os.environ.get(CATALOGUE_VARIABLE)
    return MappingProxyType({**own, **_read(Path(extra))}) if extra else own


def find_pack(name: str) -> Pack:
    """A pack by its name.

    Raises:
        ModelMissing: There is no such pack.
    """
    known = packs()
    if name not in known:
        raise ModelMissing(f"There is no pack {name}: the packs are {', '.join(known)}.")
    return known[name]


def find_component(pack: str, name: str) -> Component:
    """A component of a pack.

    Raises:
        ModelMissing: There is no such pack, or it has no such component.
    """
    found = find_pack(pack).component(name)
    if found is None:
        names = ", ".join(part.name for part in find_pack(pack).components)
        raise ModelMissing(f"The pack {pack} has no component {name}: it has {names}.")
    return found


@cache
def _read(file: Path) -> Mapping[str, Pack]:
    from pydantic import TypeAdapter, ValidationError

    try:
        return MappingProxyType(TypeAdapter(dict[str, Pack]).validate_json(file.read_bytes()))
    except OSError as error:
        raise InputError(f"The catalogue {file} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its text"
        raise InputError(f"The catalogue {file} is wrong at {where}: {first['msg']}.") from error
