"""Where models run, in which precision, and how much memory they may take.

Three presets: `auto` keeps whole models on the accelerator where they fit, `low` moves one model
at a time there, `very low` one layer at a time. Without an accelerator `auto` keeps every model
that fits into the budget, `low` one at a time, and `very low` also halves the precision.

Importing this module imports no torch; asking for the device does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.errors import InputError, OutOfMemory

if TYPE_CHECKING:
    import torch

PRESET_VARIABLE = "SCENEWRIGHT_MEMORY"
"""Environment variable: the preset to start with ("low", "very low")."""
DEVICE_VARIABLE = "SCENEWRIGHT_DEVICE"
"""Environment variable: "cpu", "cuda", "cuda:1", "mps"; the best one unless told."""

_SHARE = 0.6
_ROOM = 1.25
_WORKING = 1_000_000_000


class Preset(StrEnum):
    AUTO = "auto"
    LOW = "low"
    VERY_LOW = "very low"

    @property
    def next_lower(self) -> Preset | None:
        """The next more frugal one, None after the last."""
        order = list(Preset)
        at = order.index(self) + 1
        return order[at] if at < len(order) else None


class Offload(StrEnum):
    """How a pipeline lies on an accelerator."""

    WHOLE = "whole"
    MODEL = "one model at a time"
    SEQUENTIAL = "one layer at a time"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySettings:
    """What the user chose.

    Attributes:
        preset: See the module.
        device: None takes the best there is.
        budget: Bytes that loaded models may take together; None takes 60 % of what is free.
    """

    preset: Preset = Preset.AUTO
    device: str | None = None
    budget: int | None = None


_chosen: MemorySettings | None = None


def settings() -> MemorySettings:
    """The settings in force: those given to `use`, else the environment's.

    Raises:
        InputError: The environment names a preset that does not exist.
    """
    if _chosen is not None:
        return _chosen
    name = os.environ.get(PRESET_VARIABLE, Preset.AUTO).replace("_", " ").strip().lower()
    if name not in list(Preset):
        raise InputError(f"{PRESET_VARIABLE} is {name!r}: use one of {', '.join(Preset)}.")
    return MemorySettings(preset=Preset(name), device=os.environ.get(DEVICE_VARIABLE) or None)


def use(chosen: MemorySettings | None) -> None:
    """Have later loading follow these settings; None goes back to the environment's.

    Loaded models stay as they are until `packs.forget_models`.
    """
    global _chosen
    _chosen = chosen


def device() -> str:
    """The device that models run on: the chosen one, else cuda, else mps, else cpu.

    Raises:
        InputError: The chosen one is not in this computer.
    """
    chosen = settings().device
    if chosen == "cpu":
        return chosen
    import torch

    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if chosen is None:
        return next((name for name, there in has.items() if there), "cpu")
    if not has.get(chosen.partition(":")[0], False):
        there = ", ".join(["cpu", *(name for name, found in has.items() if found)])
        raise InputError(f"Models cannot run on {chosen} here: choose one of {there}.")
    return chosen


def dtype() -> torch.dtype:
    """The precision of weights: half on an accelerator, single on a CPU.

    On a CPU with `very low` it is bfloat16, whose range is that of single precision.
    """
    import torch

    if device() != "cpu":
        return torch.float16
    return torch.bfloat16 if settings().preset is Preset.VERY_LOW else torch.float32


def budget(*, kept: int = 0) -> int:
    """Bytes that all loaded models may take together.

    Args:
        kept: Bytes of the models that are loaded now; they count as free.
    """
    chosen = settings()
    if chosen.budget is not None:
        return chosen.budget
    if chosen.preset is not Preset.AUTO:
        return 0
    return int(_SHARE * (free_bytes() + kept))


def free_bytes() -> int:
    """Bytes free for models: on the accelerator, or in the computer's memory."""
    where = device()
    if where.startswith("cuda"):
        import torch

        return torch.cuda.mem_get_info(where)[0]
    import psutil

    return psutil.virtual_memory().available


def check_free(size: int, *, doing: str) -> None:
    """Raise OutOfMemory when `size` bytes of weights do not fit into the computer's memory.

    Most systems end a program that takes too much, instead of telling it: so it is told before.
    """
    import psutil

    free = psutil.virtual_memory().available
    if size > free:
        raise out_of_memory(
            doing, f"{size / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free"
        )


def plan_offload(preset: Preset, *, whole: int, largest: int, free: int) -> Offload:
    """How a pipeline shall lie on an accelerator.

    Args:
        whole, largest: Bytes of all its models, and of the largest one.
        free: Bytes free on the accelerator.
    """
    if preset is Preset.VERY_LOW or largest * _ROOM + _WORKING > free:
        return Offload.SEQUENTIAL
    if preset is Preset.LOW or whole * _ROOM + _WORKING > free:
        return Offload.MODEL
    return Offload.WHOLE


def place(pipeline: Any) -> Any:
    """Put a diffusers pipeline where the settings want it, and return it.

    To be called on the composed pipeline (ControlNets included), each time its parts changed, and
    before any attention processors of one's own are set: `very low` sets sliced ones.

    Raises:
        OutOfMemory: It does not fit; says what the next lower preset would do.
    """
    from accelerate.hooks import remove_hook_from_module

    from engine.jobs.engine import is_out_of_memory

    chosen, where = settings(), device()
    models = {n: m for n, m in pipeline.components.items() if hasattr(m, "parameters")}
    vae = models.get("vae")
    if vae is not None and hasattr(vae, "enable_slicing"):
        frugal = chosen.preset is not Preset.AUTO
        (vae.enable_slicing if frugal else vae.disable_slicing)()
        # AutoencoderTiny only tiles where it reduces by 8 to 4 channels, and is small anyway.
        tiles = chosen.preset is Preset.VERY_LOW and type(vae).__name__ != "AutoencoderTiny"
        (vae.enable_tiling if tiles else vae.disable_tiling)()
    if chosen.preset is Preset.VERY_LOW:
        pipeline.enable_attention_slicing()
    if where == "cpu":
        return pipeline
    for model in models.values():
        remove_hook_from_module(model, recurse=True)
    sizes = [_bytes(model) for model in models.values()]
    here = sum(_bytes(model) for model in models.values() if model.device.type != "cpu")
    offload = plan_offload(
        chosen.preset, whole=sum(sizes), largest=max(sizes, default=0), free=free_bytes() + here
    )
    try:
        match offload:
            case Offload.WHOLE:
                pipeline.to(where)
            case Offload.MODEL:
                pipeline.enable_model_cpu_offload(device=where)
            case Offload.SEQUENTIAL:
                pipeline.to("cpu", silence_dtype_warnings=True)
                pipeline.enable_sequential_cpu_offload(device=where)
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory("loading the models") from error
        raise
    return pipeline


def out_of_memory(doing: str = "", figures: str = "") -> OutOfMemory:
    """The error that explains an out-of-memory, and what one preset lower would be."""
    lower = settings().preset.next_lower
    when = f" while {doing}" if doing else ""
    when += f" ({figures})" if figures else ""
    if lower is None:
        advice = "ask for fewer or smaller pictures at a time, or close other programs"
    else:
        advice = (
            f"try again with the memory preset {lower} ({_COST[lower]}), ask for fewer or smaller "
            "pictures at a time, or close other programs"
        )
    return OutOfMemory(f"There was not enough memory{when}: {advice}.", retry_with=lower)


_COST = {
    Preset.LOW: "one model in memory at a time, somewhat slower",
    Preset.VERY_LOW: "the least memory, much slower",
}


def lower_preset() -> Preset | None:
    """Go one preset lower and drop every loaded model; the same request can then be run again.

    Returns:
        The preset now in force, None when there is no lower one.
    """
    from engine.models import kept

    lower = settings().preset.next_lower
    if lower is not None:
        use(replace(settings(), preset=lower))
        kept.forget()
    return lower


def _bytes(model: Any) -> int:
    return sum(p.numel() * p.element_size() for p in model.parameters())
