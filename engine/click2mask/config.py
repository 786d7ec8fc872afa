"""The constants of Click2Mask (Regev, Avrahami and Lischinski, AAAI 2025) and its presets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.errors import InputError, ModelDamaged

GRID = 64
"""Side of the potential field in cells, whatever the model's latent size."""
PAPER_WIDTH = 512
"""Width in px that the paper's pixel constants are meant for; they scale with the canvas."""
PAPER_STEPS = 75
"""Denoising steps that the bias schedule is meant for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickConfig:
    """Every constant of the method; the defaults are the paper's.

    Lengths in px are of a canvas of PAPER_WIDTH, lengths in cells of the field.

    Attributes:
        steps: DDIM steps of a whole schedule; the first `skip` (share) of them are not run.
        guidance: Classifier-free guidance scale.
        blur: Sigma in cells of the Gaussian field g around the click.
        lift: Highest base potential: B = g * (lift + 1) - 1.
        bias, decay: b(i) = bias * decay ** i.
        start, conditional, last: Shares of the steps run at which the mask begins to evolve, may
            stop, and must stop.
        inside, outside: Width in cells of the ring R on both sides of the mask's edge.
        gradient_weight: Factor of R * G in the potential.
        potential_gain: Factor of the whole potential, after its blur.
        bounded: The gradient never makes the mask larger than the schedule's first one. Ours; it
            changes nothing as long as the mask shrinks.
        alpha_margin: Px by which the mask is dilated for the scorer.
        copies: Pictures that the loss is averaged over, the first one as it is.
        chance, rotation, shift: Of the random affine change of a copy: probability, degrees,
            share of the width.
        rerun: Run the diffusion anew after every `rerun`-th evolution; 0 never.
        rerun_dilation, rerun_steps: Cells and steps of the schedule that dilates the mask at the
            beginning of a rerun.
        rerun_cover: Largest share of the field that a dilated mask may cover.
        rerun_large: Share of the field above which a mask is not dilated.
        thin: Share of the field up to which a mask is dilated in the final runs.
        thin_exact: Last steps of a final run in which a thin mask is not dilated.
        masks: Evolutions with seeds of their own; every result is made with each of their masks.
        score_runs, score_copies: The score of a result is the mean over runs of copies.
        feather, feather_gain: Sigma in px and factor of the composite's soft edge; 0 cuts hard.
        keep_size: Clicks near the border get masks as large as clicks in the middle. Ours.
        close_up: Draw the results by the pack's ControlNets in a window around the mask, where it
            has them (`close_up`). Ours.
        shaped: Close up, results are drawn into SmartMask's silhouettes at the click, those that
            agree best with the mask. Ours.
        squash: Take the whole photo as the square canvas, its aspect ratio lost, as the paper
            does; else a square window of the photo around the clicks. Ours.
        window: Side of that window as a share of the photo's shorter side. Smaller, the object is
            drawn with more of the canvas' latents, and the first mask is so much smaller. Ours.
    """

    steps: int = 100
    skip: float = 0.25
    guidance: float = 14.0
    blur: float = 10.0
    lift: float = 0.08
    bias: float = 0.6
    decay: float = 0.94
    start: float = 0.2
    conditional: float = 0.25
    last: float = 0.3
    inside: float = 6.0
    outside: float = 3.0
    gradient_weight: float = 4.0
    potential_gain: float = 1.3
    bounded: bool = True
    alpha_margin: float = 40.0
    copies: int = 2
    chance: float = 0.7
    rotation: float = 15.0
    shift: float = 0.1
    rerun: int = 1
    rerun_dilation: int = 32
    rerun_steps: int = 13
    rerun_cover: float = 0.75
    rerun_large: float = 0.2
    thin: float = 0.02
    thin_exact: int = 10
    masks: int = 1
    score_runs: int = 2
    score_copies: int = 32
    feather: float = 25.0
    feather_gain: float = 20.0
    keep_size: bool = False
    close_up: bool = False
    shaped: bool = False
    squash: bool = False
    window: float = 1.0


FAITHFUL = ClickConfig()
FAST = ClickConfig(steps=50, rerun=0, score_runs=1, score_copies=8, keep_size=True)
PRESETS: Mapping[str, ClickConfig] = MappingProxyType({"faithful": FAITHFUL, "fast": FAST})

PACK_FILE = "click.json"
"""File of a pack with the constants that differ for its models, by preset."""


def preset(name: str) -> ClickConfig:
    """The constants of a preset; raises InputError for an unknown name."""
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}; use {' or '.join(PRESETS)}.")
    return PRESETS[name]


def default_preset(folder: Path) -> str:
    """The preset that a pack's file names as its usual one; else the paper's."""
    return str(_said(folder).get("preset", "faithful"))


def pack_config(folder: Path, name: str) -> ClickConfig:
    """A preset with what the pack's PACK_FILE says of "all" presets and of this one.

    Raises:
        InputError: There is no such preset.
        ModelDamaged: The file is no JSON of that kind, or names unknown constants.
    """
    config, file, said = preset(name), folder / PACK_FILE, _said(folder)
    changes: dict[str, Any] = {}
    for part in ("all", name):
        if not isinstance(said.get(part, {}), dict):
            raise ModelDamaged(f"{file} cannot be used: {part!r} is no object.")
        changes |= said.get(part, {})
    known = {f.name: type(getattr(config, f.name)) for f in fields(config)}
    for key, value in changes.items():
        if key not in known or not isinstance(value, (known[key], int)):
            raise ModelDamaged(f"{file} gives {key} the value {value!r}, which cannot be used.")
    return replace(config, **changes)


def _said(folder: Path) -> dict[str, Any]:
    """What a pack's PACK_FILE holds; empty without one."""
    file = folder / PACK_FILE
    if not file.is_file():
        return {}
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{file} cannot be read; restore it, or delete it.") from error
    if not isinstance(said, dict):
        raise ModelDamaged(f"{file} cannot be used: it is no object.")
    return said
