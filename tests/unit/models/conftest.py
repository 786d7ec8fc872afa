"""A hub of our own on loopback, and a catalogue with one small pack that comes from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants
from safetensors.numpy import save

from engine.models import catalogue, packs, transfer
from tests.unit.models.hub import Hub, serving

WEIGHTS = save({"a": np.arange(60_000, dtype=np.float32)})
NET = save({"b": np.ones((40, 50), np.float16)})
FILES = {
    "team/text/config.json": b'{"model_type": "bert"}',
    "team/text/tokenizer.json": b"{}",
    "team/text/model.fp16.safetensors": WEIGHTS,
    "team/net/config.json": json.dumps({"_class_name": "ControlNetModel"}).encode(),
    "team/net/diffusion_pytorch_model.safetensors": NET,
}
CATALOGUE = {
    "small": {
        "title": "Small",
        "summary": "For tests.",
        "components": [
            {
                "name": "text_encoder",
                "title": "Small text encoder",
                "needed_for": "words",
                "licence": "MIT",
                "repo": "team/text",
                "revision": "v1",
                "files": [
                    {"path": "config.json", "size": 22},
                    {"path": "tokenizer.json", "size": 2},
                    {
                        "path": "model.safetensors",
                        "source": "model.fp16.safetensors",
                        "size": len(WEIGHTS),
                        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
                    },
                ],
            },
            {
                "name": "controlnet_seg",
                "title": "Small ControlNet",
                "needed_for": "rendering",
                "licence": "OpenRAIL",
                "repo": "team/net",
                "optional": True,
                "files": [
                    {"path": "config.json", "size": 34},
                    {"path": "diffusion_pytorch_model.safetensors", "size": len(NET)},
                ],
            },
            {
                "name": "smartmask",
                "title": "Small SmartMask",
                "needed_for": "masks",
                "licence": "MIT",
                "stand_in": "lite",
                "optional": True,
                "note": "Nobody made it.",
            },
        ],
    }
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that packs are installed into."""
    packs.forget_models()
    folder = tmp_path / "models"
    monkeypatch.setenv(packs.FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogue's file."""
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps(CATALOGUE))
    monkeypatch.setenv(catalogue.CATALOGUE_VARIABLE, str(file))
    return file


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving() as served:
        served.files.update(FILES)
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(transfer, "WAIT", 0.01)
        yield served
