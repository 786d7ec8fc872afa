"""The catalogue as it ships, one of the user's own, and what is told about packs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError, ModelMissing
from engine.models import catalogue, packs, places
from engine.models.state import (
    PackStatus,
    answering_pack,
    pack_state,
    pack_states,
    stand_in_note,
)


def test_every_listed_model_has_a_source_a_licence_and_a_pinned_revision() -> None:
    known = catalogue.packs()
    assert list(known) == ["lite", "sd15", "sdxl"]
    assert known["lite"].shipped
    for pack in known.values():
        for part in pack.components:
            assert part.name in packs.COMPONENT_NAMES
            assert part.licence
            for file in part.files:
                assert len(file.revision or part.revision) == 40
                assert file.size > 0
            assert part.downloadable or part.note or pack.shipped


def test_only_what_cannot_run_code_is_listed() -> None:
    for pack in catalogue.packs().values():
        for part in pack.components:
            assert {Path(file.path).suffix for file in part.files} <= set(catalogue.ALLOWED)


@pytest.mark.parametrize(
    "file",
    [
        {"path": "../evil.json", "size": 1},
        {"path": "/etc/evil.json", "size": 1},
        {"path": "model.bin", "size": 1},
        {"path": "model.safetensors", "source": "model.pth", "size": 1},
        {"path": "config.json", "size": "large"},
    ],
)
def test_a_catalogue_that_could_do_harm_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: dict[str, object]
) -> None:
    part = {"name": "planner", "title": "", "needed_for": "", "licence": "", "files": [file]}
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"mine": {"title": "", "summary": "", "components": [part]}}))
    monkeypatch.setenv(catalogue.CATALOGUE_VARIABLE, str(own))
    with pytest.raises(InputError, match=r"own\.json is wrong at mine"):
        catalogue.packs()


@pytest.mark.usefixtures("home")
def test_states_tell_sizes_licences_and_folders() -> None:
    lite, sd15, sdxl = pack_states()
    assert (lite.name, lite.shipped, lite.removable) == ("lite", True, False)
    assert lite.bytes_present > 1_000_000
    assert sd15.status is PackStatus.MISSING
    assert 4e9 < sd15.bytes_total < 6e9 < sdxl.bytes_total
    assert "OpenRAIL" in sd15.licence
    assert sd15.folder == packs.install_parent() / "sd15"
    assert sd15.disk_free > 0
    planner = next(part for part in sd15.components if part.name == "planner")
    assert (planner.optional, planner.stand_in) == (True, "lite")
    with pytest.raises(ModelMissing, match="no pack big"):
        pack_state("big")


def test_a_pack_of_the_users_own_is_listed_too(home: Path) -> None:
    (home / "mine/planner").mkdir(parents=True)
    (home / "mine/planner/config.json").write_text("{}")
    mine = pack_state("mine")
    listed = next(state for state in pack_states() if state.name == "mine")
    # Other programs fill and free the disk meanwhile.
    assert replace(listed, disk_free=mine.disk_free) == mine
    assert [part.name for part in mine.components] == ["planner"]
    assert mine.removable


@pytest.mark.usefixtures("home")
def test_a_stand_in_is_named_and_what_is_missing_says_how_to_get_it() -> None:
    assert answering_pack("sd15", "smartmask") == "lite"
    assert answering_pack("lite", "smartmask") == "lite"
    with pytest.raises(ModelMissing) as caught:
        answering_pack("sd15", "text_to_image")
    told = str(caught.value)
    assert "2.1 GB" in told
    assert "CreativeML OpenRAIL-M" in told
    assert "`python main.py models install sd15 text_to_image`" in told


def test_looking_imports_neither_torch_nor_the_hub() -> None:
    modules = "catalogue, check, files, install, kept, loading, memory, packs, request, state"
    code = (
        f"import sys; from engine.models import {modules}, transfer, upkeep, local; "
        "state.pack_states(); "
        "sys.exit(bool({'torch', 'diffusers', 'huggingface_hub', 'PySide6'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("home")
def test_the_user_is_told_of_a_stand_in_alone() -> None:
    assert stand_in_note("lite", "planner", "lite") == ""
    told = stand_in_note("sd15", "planner", "lite")
    assert "sd15 lacks the planner" in told
    assert "pack lite was used" in told


@pytest.mark.usefixtures("home")
def test_a_pack_that_nobody_knows_has_no_stand_in(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="pack mine is not installed"):
        answering_pack("mine", "smartmask")
    with pytest.raises(ModelMissing, match="There is no pack at"):
        answering_pack(str(tmp_path / "nowhere"), "smartmask")
    with pytest.raises(ModelMissing, match="lacks SmartMask"):
        answering_pack(str(tmp_path), "smartmask")


@pytest.fixture
def without_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program as if the lite pack came with a planner alone."""
    lite = tmp_path / "shipped" / "lite"
    (lite / "planner").mkdir(parents=True)
    (lite / "planner" / "config.json").write_text("{}")
    packs.write_manifest(lite)
    monkeypatch.setattr(places, "SHIPPED", lite.parent)
    return lite


@pytest.mark.parametrize(
    ("component", "wanted"),
    [
        ("text_to_image", "`python main.py models install sd15` gets the pack sd15"),
        ("segmenter", "`python main.py models install sd15 segmenter`"),
        ("click_scorer", "convert-scorer"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_the_program_comes_without_is_not_to_be_restored(
    without_pictures: Path, component: str, wanted: str
) -> None:
    for told in (packs.missing_message("lite", component), packs.remedy("lite", component)):
        assert wanted in told
        assert str(without_pictures / component) in told
        assert "git checkout" not in told
        assert "pack lite needs" not in told
    assert "GB" in packs.missing_message("lite", "segmenter")
    assert "use the pack lite" not in packs.remedy("mine", component)
    assert "git checkout" in packs.remedy("lite", "planner")
    assert "use the pack lite" in packs.remedy("mine", "planner")
    with pytest.raises(ModelMissing, match="comes without it"):
        packs.check_component(without_pictures, component)


def test_a_pack_lists_a_click_scorer_only_beside_a_picture_model_of_click2mask() -> None:
    for name, pack in catalogue.packs().items():
        picture = pack.component("text_to_image")
        used = picture is not None and "Click2Mask" in picture.needed_for
        assert (pack.component("click_scorer") is not None) == used, name
