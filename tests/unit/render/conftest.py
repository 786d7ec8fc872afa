"""Tiny packs, made once for all render tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.unit.render import tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models gain nothing from more, and beside other programs they lose a lot."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.lite_pack(tmp_path_factory.mktemp("packs") / "lite"))


@pytest.fixture(scope="session")
def sd15(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.sd15_pack(tmp_path_factory.mktemp("packs") / "sd15"))


@pytest.fixture(scope="session")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.sdxl_pack(tmp_path_factory.mktemp("packs") / "sdxl"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The tiny park, saved."""
    from engine.project import save_project

    save_project(tiny.park(), tmp_path / "park.ora")
    return tmp_path / "park.ora"
