"""Packs: named folders of models that fit together, and loading each model once.

A pack is a folder with one standard model folder (config + safetensors) per component:

    lite/text_encoder/   config.json, tokenizer.json, model.safetensors (or an index of shards)
    lite/smartmask/      model_index.json and the folders of a diffusers pipeline
    lite/manifest.json   size and SHA-256 of every file, written by `write_manifest`

Importing this module imports no torch; loading a model does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelDamaged, ModelMissing, ScenewrightError
from engine.jobs.context import JobContext, QuietContext
from engine.jobs.engine import is_out_of_memory
from engine.models import files, kept, memory
from engine.models.check import structure_problem
from engine.models.files import MANIFEST, write_manifest
from engine.models.places import (
    COMPONENT_NAMES,
    FOLDER_VARIABLE,
    NEEDED_FILES,
    SHIPPED,
    TOGETHER,
    has_component,
    has_needed_files,
    home_of,
    human_size,
    install_parent,
    installed_names,
    is_removable,
    manifest_sizes,
    missing_message,
    pack_folder,
    partial_folder,
    remedy,
)

if TYPE_CHECKING:
    from engine.smartmask.pipeline import SmartMaskPipeline
    from engine.text.encoder import TextEncoder
    from planner.llava import LlavaPlanner

__all__ = [
    "COMPONENT_NAMES",
    "FOLDER_VARIABLE",
    "MANIFEST",
    "SHIPPED",
    "cached",
    "check_arrived",
    "check_component",
    "forget_models",
    "has_component",
    "has_needed_files",
    "home_of",
    "human_size",
    "install_parent",
    "installed_names",
    "is_removable",
    "load_planner",
    "load_smartmask",
    "load_text_encoder",
    "manifest_sizes",
    "missing_message",
    "pack_folder",
    "pack_hash",
    "partial_folder",
    "remedy",
    "write_manifest",
]


def check_component(folder: Path, component: str) -> Path:
    """The folder of one model of a pack, found whole as far as its files tell.

    Every needed file is there, every safetensors file is as long as its header says, every file
    listed in the pack's manifest has the listed size and SHA-256 (not read again where the
    manifest was made right after the download and the file's time is unchanged), and the configs
    are those of such a model.

    Raises:
        ModelMissing: The model or one of its files is not there.
        ModelDamaged: A file is cut short, unreadable, not the one the manifest lists, not
            safetensors, or of another kind of model.
    """
    model, cure = folder / component, remedy(folder.name, component)
    if not model.is_dir() and partial_folder(folder, component).is_dir():
        raise ModelMissing(
            f"{_upper(COMPONENT_NAMES[component])} of the pack {folder.name} is only partly "
            f"downloaded. {cure}"
        )
    _refuse_pickled(model, cure)
    for name in NEEDED_FILES[component]:
        if not (model / name).is_file():
            raise ModelMissing(
                f"The pack {folder.name} lacks {COMPONENT_NAMES[component]}: {model / name} is "
                f"missing. {cure}"
            )
    shared = files.shards(model)
    for file in shared:
        if not file.is_file():
            raise ModelMissing(f"The pack {folder.name} is not whole: {file} is missing. {cure}")
    for name, entry in _manifest(folder).items():
        file = folder / name
        if not name.startswith(f"{component}/") and file not in shared:
            continue
        if not file.is_file():
            raise ModelMissing(f"The pack {folder.name} is not whole: {file} is missing. {cure}")
        if not files.is_as_listed(file, entry):
            raise ModelDamaged(f"{file} is not the file the pack was made with. {cure}")
    if not files.weights(model):
        raise ModelMissing(f"The pack {folder.name} has no weights in {model}. {cure}")
    _check_inside(model, folder, component, cure)
    return model


def check_arrived(model: Path, folder: Path, component: str) -> None:
    """Raises ModelDamaged when what arrived in `model` cannot be a component of `folder`'s pack."""
    cure = "Nothing was installed; take it from another source."
    _refuse_pickled(model, cure)
    for name in NEEDED_FILES.get(component, ()):
        if not (model / name).is_file():
            raise ModelDamaged(
                f"It has no {name}, so it is not {COMPONENT_NAMES[component]}. {cure}"
            )
    if not files.weights(model):
        raise ModelDamaged(f"{_upper(COMPONENT_NAMES[component])} came without weights. {cure}")
    _check_inside(model, folder, component, cure)


def _check_inside(model: Path, folder: Path, component: str, cure: str) -> None:
    for file in files.weights(model):
        if problem := files.safetensors_problem(file):
            raise ModelDamaged(f"{file} is damaged: {problem}. {cure}")
    if problem := structure_problem(model, component, pack=folder):
        raise ModelDamaged(f"{problem} {cure}")


def pack_hash(pack: str = "lite", component: str | None = None) -> str:
    """First 16 hex digits of the SHA-256 over the pack's weights, their names included.

    Args:
        component: Only this one's weights.

    Raises:
        ModelMissing: The pack is not installed, or holds no weights.
    """
    folder = pack_folder(pack)
    found = files.weights(folder / component if component else folder)
    if not found:
        raise ModelMissing(f"The pack {pack} has no weights in {folder}. {remedy(pack)}")
    return files.digest_of_all(folder, found, _manifest(folder))[:16]


def load_smartmask(pack: str = "lite", *, context: JobContext | None = None) -> SmartMaskPipeline:
    """The pack's SmartMask pipeline, loaded on the first call and kept.

    Raises:
        ModelMissing, ModelDamaged: See `check_component`; also when the model does not open.
        Cancelled: The user cancelled while it loaded.
    """

    def load(model: Path) -> Any:
        from diffusers.utils import logging

        from engine.smartmask.pipeline import SmartMaskPipeline

        logging.disable_progress_bar()
        return SmartMaskPipeline.from_pretrained(model, use_safetensors=True)

    return cached(pack, "smartmask", load, context or QuietContext())


def load_text_encoder(pack: str = "lite", *, context: JobContext | None = None) -> TextEncoder:
    """The pack's text encoder, loaded on the first call and kept; raises as `load_smartmask`."""

    def load(model: Path) -> Any:
        from transformers.utils import logging

        from engine.text.encoder import TextEncoder

        logging.disable_progress_bar()
        return TextEncoder.from_pretrained(model)

    return cached(pack, "text_encoder", load, context or QuietContext())


def load_planner(pack: str = "lite", *, context: JobContext | None = None) -> LlavaPlanner:
    """The pack's planner, loaded on the first call and kept; raises as `load_smartmask`.

    A planner of more than a billion weights is opened in bfloat16, on the accelerator where there
    is one.
    """

    def load(model: Path) -> Any:
        from transformers.utils import logging

        from planner.llava import LlavaPlanner

        logging.disable_progress_bar()
        if not _is_big(model):
            return LlavaPlanner.from_pretrained(model)
        import torch

        return LlavaPlanner.from_pretrained(model, device=memory.device(), dtype=torch.bfloat16)

    big = _is_big(pack_folder(pack) / "planner")
    return cached(pack, "planner", load, context or QuietContext(), item_bytes=2 if big else 4)


def forget_models(folder: Path | None = None) -> None:
    """Drop every loaded model, so that its memory is freed and its files are read anew.

    Args:
        folder: Only the models of the pack that lies there.
    """
    kept.forget(lambda key: folder is None or key[1] == folder)


def cached(
    pack: str,
    component: str,
    load: Callable[[Path], Any],
    context: JobContext,
    *,
    variant: str = "",
    item_bytes: int = 4,
) -> Any:
    """A model of a pack, opened by `load` on the first call and kept while there is room.

    Args:
        load: Gets the checked folder; its errors become ModelDamaged.
        variant: Tells apart ways to open the same folder ("float16 on cuda").
        item_bytes: Bytes that one weight will take once it is loaded.

    Raises:
        ModelMissing, ModelDamaged, OutOfMemory, Cancelled.
    """
    folder, name = pack_folder(pack), COMPONENT_NAMES[component]

    def is_beside(key: tuple[str, Path, str]) -> bool:
        other, home, _ = key
        return home == folder and other != component and {other, component} <= TOGETHER

    def open_model() -> Any:
        context.progress(f"Loading {name}")
        model = check_component(folder, component)
        kept.make_room(size(), spare=is_beside)
        memory.check_free(size(), doing=f"loading {name}")
        try:
            return load(model)
        except (ScenewrightError, ImportError):
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            cure = remedy(folder.name, component)
            raise ModelDamaged(f"{model} does not open ({reason}). {cure}") from error

    def size() -> int:
        return files.parameters(folder / component) * item_bytes

    def loaded() -> Any:
        model = open_model()
        context.progress(f"Loading {name}", 1, 1)
        return model

    return kept.get((component, folder, variant), loaded, size)


def _manifest(folder: Path) -> dict[str, files.Listed]:
    try:
        return files.read_manifest(folder)[0]
    except ValueError as error:
        name = folder / MANIFEST
        raise ModelDamaged(f"{name} cannot be read. {remedy(folder.name)}") from error


def _refuse_pickled(model: Path, cure: str) -> None:
    """Say what to do about a folder whose weights are only in a format that can run code."""
    if not model.is_dir() or files.weights(model):
        return
    if pickled := files.pickled_weights(model):
        raise ModelDamaged(
            f"{pickled[0]} is a kind of file that can run code when it is opened, so it is not: "
            f"only safetensors are. Get this model as safetensors. {cure}"
        )


def _is_big(model: Path) -> bool:
    return files.parameters(model) > 1_000_000_000


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
