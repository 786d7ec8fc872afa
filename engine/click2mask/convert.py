"""The published Alpha-CLIP checkpoints as a model folder.

A checkpoint holds the visual tower alone, with OpenAI's names; the text tower is that of the
CLIP model it was trained from. Nothing is unpickled but tensors.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from transformers import AutoTokenizer, CLIPConfig, CLIPModel, CLIPVisionConfig

from engine.errors import InputError, ModelDamaged, ModelMissing

_HEAD_WIDTH = 64
"""Of every CLIP vision tower that OpenAI published."""
_BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)")
_TOP = {
    "class_embedding": "embeddings.class_embedding",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_pre": "pre_layrnorm",
    "ln_post": "post_layernorm",
}
_IN_BLOCK = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def convert(checkpoint: Path, *, clip: Path, out: Path) -> CLIPModel:
    """Write the scorer's folder `out` from a checkpoint and a folder of the CLIP it belongs to.

    Args:
        clip: A CLIPModel folder with its tokenizer, for the text tower.

    Raises:
        ModelMissing: A file is not there.
        ModelDamaged: The checkpoint holds more than tensors, or not those of an Alpha-CLIP.
        InputError: The two do not belong together.
    """
    tower = read_checkpoint(checkpoint)
    if not (clip / "config.json").is_file():
        raise ModelMissing(f"There is no CLIP model in {clip}: name its folder.")
    text = CLIPModel.from_pretrained(clip, dtype=torch.float32, local_files_only=True)
    vision, config = vision_config(tower), cast(Any, text.config)
    width = tower["proj"].shape[1]
    if width != text.config.projection_dim:
        raise InputError(
            f"{checkpoint} makes vectors of {width} numbers, {clip} of "
            f"{text.config.projection_dim}: use the CLIP model that it was trained from."
        )
    model = CLIPModel(
        CLIPConfig(
            text_config=config.text_config.to_dict(),
            vision_config=vision.to_dict(),
            projection_dim=width,
            logit_scale_init_value=text.config.logit_scale_init_value,
        )
    )
    weights = {
        key: value
        for key, value in text.state_dict().items()
        if key.startswith(("text_model.", "text_projection.", "logit_scale"))
    }
    try:
        model.load_state_dict(weights | vision_weights(tower), strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelDamaged(f"{checkpoint} is no whole Alpha-CLIP tower: {reason}") from error
    model.eval().save_pretrained(out)
    AutoTokenizer.from_pretrained(clip, local_files_only=True).save_pretrained(out)
    return model


def read_checkpoint(file: Path) -> dict[str, Tensor]:
    """The visual tower's tensors, float32; raises as `convert`."""
    if not file.is_file():
        raise ModelMissing(f"There is no checkpoint {file}.")
    try:
        state: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ModelDamaged(
            f"{file} cannot be read as a checkpoint of tensors alone; it was not opened further."
        ) from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ModelDamaged(f"{file} holds something else than tensors.")
    tower = {
        re.sub(r"^(module\.)?(visual\.)?", "", str(key)): value.float()
        for key, value in state.items()
    }
    needed = ("conv1.weight", "conv1_alpha.weight", "positional_embedding", "proj")
    if missing := [key for key in needed if key not in tower]:
        raise ModelDamaged(f"{file} is no Alpha-CLIP tower: {', '.join(missing)} not in it.")
    return tower


def vision_config(tower: Mapping[str, Tensor]) -> CLIPVisionConfig:
    """What the shapes of a tower tell about its model."""
    width, _, patch, _ = tower["conv1.weight"].shape
    blocks = {int(found[1]) for key in tower if (found := _BLOCK.match(key))}
    positions = tower["positional_embedding"].shape[0] - 1
    return CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=tower["transformer.resblocks.0.mlp.c_fc.weight"].shape[0],
        num_hidden_layers=max(blocks) + 1,
        num_attention_heads=max(1, width // _HEAD_WIDTH),
        num_channels=4,
        patch_size=patch,
        image_size=patch * round(positions**0.5),
        projection_dim=tower["proj"].shape[1],
        hidden_act="quick_gelu",
    )


def vision_weights(tower: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A tower's tensors under the names of a `CLIPModel` with four channels."""
    rgb, alpha = tower["conv1.weight"], tower["conv1_alpha.weight"]
    out = {
        "vision_model.embeddings.patch_embedding.weight": torch.cat([rgb, alpha], dim=1),
        "visual_projection.weight": tower["proj"].T.contiguous(),
    }
    for key, value in tower.items():
        if found := _BLOCK.match(key):
            out |= _block_weights(f"vision_model.encoder.layers.{found[1]}.", found[2], value)
            continue
        for theirs, ours in _TOP.items():
            if key == theirs or key.startswith(f"{theirs}."):
                out[f"vision_model.{ours}{key.removeprefix(theirs)}"] = value
    return out


def _block_weights(prefix: str, name: str, value: Tensor) -> dict[str, Tensor]:
    # The attention's input layer is a Linear in some checkpoints and a bare parameter in others.
    if found := re.fullmatch(r"attn\.in_proj[._](weight|bias)", name):
        parts = zip("qkv", value.chunk(3), strict=True)
        return {f"{prefix}self_attn.{p}_proj.{found[1]}": part.clone() for p, part in parts}
    for theirs, ours in _IN_BLOCK.items():
        if name.startswith(f"{theirs}."):
            return {f"{prefix}{ours}{name.removeprefix(theirs)}": value}
    return {}
