"""Where packs lie, what they have, and what a user can do about what they lack.

Imports neither Qt nor torch, and reads no weights.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from platformdirs import user_data_path

from engine.errors import InputError, ModelMissing
from engine.models import catalogue, files
from engine.models.files import PARTIAL

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models"
"""The packs inside the repository."""

FOLDER_VARIABLE = "SCENEWRIGHT_MODELS"
"""Environment variable: a folder of packs that is looked at before all others, and the one that
new packs are installed into."""

SHIPPED_PACKS = ("lite",)
TOGETHER = frozenset({"text_to_image", "controlnet_seg", "controlnet_inpaint", "click_scorer"})
"""Components that one job uses at the same time."""
NEEDED_FILES = {
    "text_encoder": ("config.json", "tokenizer.json"),
    "smartmask": ("model_index.json",),
    "planner": ("config.json",),
    "text_to_image": ("model_index.json",),
    "controlnet_seg": ("config.json",),
    "controlnet_inpaint": ("config.json",),
    "segmenter": ("config.json", "preprocessor_config.json"),
    "click_scorer": ("config.json",),
}
COMPONENT_NAMES = {
    "text_encoder": "the text encoder",
    "smartmask": "SmartMask",
    "planner": "the planner",
    "text_to_image": "the picture model",
    "controlnet_seg": "the ControlNet for layouts",
    "controlnet_inpaint": "the ControlNet for insertion",
    "segmenter": "the segmenter",
    "click_scorer": "the click scorer",
}
"""Every component a pack can have, as the user reads it within a sentence."""


def pack_folder(pack: str = "lite") -> Path:
    """The folder of a pack, by its name or by a path that contains a slash.

    Names are looked up in $SCENEWRIGHT_MODELS, among the shipped packs, and among the downloaded
    ones, in that order.

    Raises:
        InputError: The name cannot be one of a pack.
        ModelMissing: No such pack is installed.
    """
    if "/" in pack or os.sep in pack:
        folder = Path(pack).expanduser()
        if not folder.is_dir():
            raise ModelMissing(f"There is no pack at {folder}: name a folder that holds one.")
        return folder.resolve()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", pack):
        raise InputError(f"{pack!r} cannot be the name of a pack; the shipped one is lite.")
    for parent in _parents():
        if (parent / pack).is_dir():
            return parent / pack
    raise ModelMissing(f"The pack {pack} is not installed. {remedy(pack)}")


def install_parent() -> Path:
    """The folder that packs are installed into."""
    own = os.environ.get(FOLDER_VARIABLE)
    return Path(own).resolve() if own else _parents()[-1]


def home_of(pack: str) -> Path:
    """Where a pack lies, or would be installed. Raises InputError as `pack_folder`."""
    try:
        return pack_folder(pack)
    except ModelMissing:
        return install_parent() / pack


def installed_names() -> frozenset[str]:
    """Names of every pack that has at least one model folder."""
    return frozenset(
        folder.name
        for parent in _parents()
        if parent.is_dir()
        for folder in parent.iterdir()
        if any((folder / component).is_dir() for component in COMPONENT_NAMES)
    )


def is_removable(folder: Path) -> bool:
    """Whether a pack's folder is the user's own, not the program's."""
    return SHIPPED not in folder.resolve().parents


def partial_folder(folder: Path, component: str) -> Path:
    """Where a component of the pack in `folder` grows while it is downloaded."""
    return folder / PARTIAL / component


def has_needed_files(model: Path, component: str) -> bool:
    """Whether a model's folder has the files without which it cannot be one."""
    return all((model / name).is_file() for name in NEEDED_FILES.get(component, ()))


def has_component(pack: str, component: str) -> bool:
    """Whether a pack has a component, as far as its first files tell."""
    model = home_of(pack) / component
    return model.is_dir() and has_needed_files(model, component)


def missing_message(pack: str, component: str) -> str:
    """What is missing, how large it is, under which licence, and the command that gets it."""
    part = catalogue.packs()[pack].component(component) if pack in catalogue.packs() else None
    name = COMPONENT_NAMES[component]
    if part is None or not part.downloadable:
        note = f" {part.note}" if part and part.note else ""
        return (
            f"The pack {pack} lacks {name}{_lost(pack, component)}.{note} {remedy(pack, component)}"
        )
    return (
        f"The pack {pack} lacks {name}: {part.title}, {human_size(part.size)}, {part.licence}. "
        f"`python main.py models install {pack} {component}` gets it."
    )


def _lost(pack: str, component: str) -> str:
    """Which file of a model that the program comes with is not there any more."""
    if pack not in SHIPPED_PACKS or not _is_shipped(pack, component):
        return ""
    model = home_of(pack) / component
    lost = [model / name for name in NEEDED_FILES[component] if not (model / name).is_file()]
    return f": {lost[0]} is missing" if lost else ""


def remedy(pack: str, component: str = "") -> str:
    """What a user can do about a pack that is missing or damaged."""
    if pack in SHIPPED_PACKS:
        if component and not _is_shipped(pack, component):
            return _instead(pack, component)
        return (
            f"The pack {pack} comes with the program: "
            f"`git checkout -- resources/models/{pack}` restores it."
        )
    lite = "" if component and not has_component("lite", component) else "the pack lite"
    known = catalogue.packs().get(pack)
    if known is None:
        return f"Install it again, or use {lite}." if lite else "Install it again."
    part = known.component(component)
    if part and not part.downloadable:
        way = "Put it there with `python main.py models install --from`"
        return f"{way}, or use {lite}." if lite else f"{way}."
    words = f"{pack} {component}" if component else pack
    way = f"`python main.py models install {words}` installs it"
    return f"{way}; {lite} needs nothing." if lite else f"{way}."


def _is_shipped(pack: str, component: str) -> bool:
    """Whether the program comes with a model; where its list is lost, it is taken to."""
    listed = manifest_sizes(SHIPPED / pack)
    return not listed or any(name.startswith(f"{component}/") for name in listed)


def _instead(pack: str, component: str) -> str:
    """Where else a model can be had that this version of the program comes without."""
    words = ["This version of the program comes without it."]
    others = {name: one for name, one in catalogue.packs().items() if not one.shipped}
    for name, other in others.items():
        part = other.component(component)
        if part is None:
            continue
        if not part.downloadable:
            words.append(f"The pack {name} can have one, {part.title}. {part.note}".rstrip())
        elif component in TOGETHER:
            parts = [one for one in other.components if not one.optional]
            size = human_size(sum(one.size for one in parts))
            words.append(
                f"`python main.py models install {name}` gets the pack {name}, which has one "
                f"({other.title}, {size})."
            )
        else:
            words.append(
                f"`python main.py models install {name} {component}` gets one for the pack {name} "
                f"({part.title}, {human_size(part.size)}, {part.licence})."
            )
        break
    words.append(f"One of your own goes to {SHIPPED / pack / component}.")
    return " ".join(words)


def human_size(count: int) -> str:
    """Bytes in words: "1.7 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def manifest_sizes(folder: Path) -> dict[str, int]:
    """File name -> size as the manifest lists it; empty where it lists nothing readable."""
    try:
        return {name: entry.size for name, entry in files.read_manifest(folder)[0].items()}
    except ValueError:
        return {}


def _parents() -> tuple[Path, ...]:
    own = os.environ.get(FOLDER_VARIABLE)
    downloaded = user_data_path("scenewright", appauthor=False) / "models"
    return (*([Path(own).resolve()] if own else []), SHIPPED, downloaded)
