"""Opening the networks that only evaluation uses: judges trained apart from what they judge."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin

from engine.errors import ModelDamaged, ModelMissing

Kind = TypeVar("Kind", bound=ModelMixin)


def load_trained(kind: type[Kind], folder: Path, *, what: str, command: str) -> Kind:
    """A trained network, in float32 and eval mode.

    Args:
        what: Its name for people ("the judge of renders").
        command: Of `main.py`, that makes it.

    Raises:
        ModelMissing: The folder is not there.
        ModelDamaged: It cannot be loaded.
    """
    make = f"`python main.py {command}`"
    if not (folder / "config.json").is_file():
        raise ModelMissing(f"{what[0].upper()}{what[1:]} is not at {folder}; {make} makes it.")
    try:
        model = kind.from_pretrained(folder, torch_dtype=torch.float32)
    except Exception as error:  # whatever a broken folder makes the loader raise
        raise ModelDamaged(
            f"{folder}: cannot be loaded ({error}); restore it, or train it again with {make}."
        ) from error
    return model.eval()
