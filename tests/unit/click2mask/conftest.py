"""Packs of tiny models, written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.models.packs import forget_models
from tests.unit.click2mask.tiny import write_pack


@pytest.fixture(scope="session")
def lite_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("lite"))


@pytest.fixture(scope="session")
def sd_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(tmp_path_factory.mktemp("sd"), sd=True)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """On a busy machine more threads wait for each other at every tiny layer."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", autouse=True)
def no_models_left() -> Iterator[None]:
    yield
    forget_models()
