"""The Models dialog: what is there, how it comes and goes, and the way to it from a failure."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from app.dialogs.models import ModelsDialog
from app.lacking import Lack
from engine.errors import ModelMissing, OutOfMemory
from engine.models import memory
from engine.models.state import PackStatus, pack_states
from tests.e2e.window import fake_pictures
from tests.e2e.window.conftest import LEFT, Driver
from tests.e2e.window.pictures.conftest import PictureDriver

BODY = b"\0" * 4


def tiny_weights() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + BODY


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A catalogue with one more pack, and an empty folder that packs are put into."""
    folder = tmp_path / "packs"
    folder.mkdir()
    files = [{"path": "model.safetensors", "size": 3_000_000_000}]
    part = {
        "name": "segmenter",
        "title": "Finder",
        "needed_for": "turning a photo into layers",
        "repo": "someone/finder",
        "licence": "MIT",
        "licence_url": "https://example.org/mit",
        "files": files,
    }
    more = {**part, "name": "planner", "title": "Extra", "optional": True}
    catalogue = {"tiny": {"title": "Tiny", "summary": "To try.", "components": [part, more]}}
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    monkeypatch.setenv("SCENEWRIGHT_CATALOGUE", str(tmp_path / "catalogue.json"))
    monkeypatch.setenv("SCENEWRIGHT_MODELS", str(folder))
    yield folder
    memory.use(None)


def open_dialog(driver: Driver, pack: str) -> ModelsDialog:
    driver.window.actions_["models"].trigger()
    dialog = driver.window.models.dialog
    assert dialog is not None
    driver.wait_for(lambda: dialog.packs.count() > 0)
    dialog.choose(pack)
    return dialog


def put_pack(folder: Path) -> Path:
    """A pack that is installed whole."""
    own = folder / "tiny" / "segmenter"
    own.mkdir(parents=True)
    files = {"model.safetensors": tiny_weights(), "config.json": b"{}"}
    files["preprocessor_config.json"] = b"{}"
    for name, data in files.items():
        (own / name).write_bytes(data)
    listed = {
        f"segmenter/{name}": {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    manifest = {"version": 1, "files": listed}
    (folder / "tiny" / "manifest.json").write_text(json.dumps(manifest))
    return own


def test_packs_are_listed_with_size_state_and_licence(driver: Driver, packs: Path) -> None:
    dialog = open_dialog(driver, "tiny")
    assert dialog.title.text() == "Tiny" and dialog.state.text() == "Not installed"
    assert "MIT" in dialog.licence.text() and "accepting" in dialog.licence.text()
    assert str(packs) in dialog.place.text() and "free" in dialog.place.text()
    rows = [dialog.parts.topLevelItem(i) for i in range(dialog.parts.topLevelItemCount())]
    assert [row.text(2) for row in rows if row] == ["3.0 GB", "3.0 GB"]
    assert "3.0 GB" in dialog.install.text()
    dialog.choose("lite")
    assert not dialog.remove.isEnabled() and not dialog.from_folder.isVisible()


def test_ticking_an_extra_model_adds_to_what_is_installed(driver: Driver, packs: Path) -> None:
    dialog = open_dialog(driver, "tiny")
    extra = dialog.parts.topLevelItem(1)
    assert extra is not None
    from PySide6.QtCore import Qt

    extra.setCheckState(0, Qt.CheckState.Checked)
    assert "6.0 GB" in dialog.install.text()
    dialog.begin_install()
    driver.wait_for(lambda: bool(fake_pictures.SCRIPT.requests))
    assert fake_pictures.SCRIPT.requests[0].components == ("segmenter", "planner")


def test_a_download_shows_its_way_and_can_be_paused_and_resumed(
    driver: Driver, packs: Path, hold: threading.Event
) -> None:
    dialog = open_dialog(driver, "tiny")
    QTest.mouseClick(dialog.install, LEFT)
    driver.wait_for(lambda: "of 3.0 GB" in dialog.stage.text())
    assert dialog.progress.maximum() == 1000
    assert not dialog.install.isVisible()
    QTest.mouseClick(dialog.pause, LEFT)
    assert dialog.install.isVisible() and "Paused" in dialog.message.text()
    hold.set()
    QTest.mouseClick(dialog.install, LEFT)
    driver.wait_for(lambda: "1 installed" in dialog.message.text())


def test_missing_models_are_told_in_plain_words(
    hand: PictureDriver, driver: Driver, packs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked for in the Render panel, and again where it fails."""
    window = driver.window
    states = pack_states()
    lite = next(state for state in states if state.name == "lite")
    bare = replace(
        lite,
        components=tuple(
            replace(p, status=PackStatus.MISSING, downloadable=False) for p in lite.components
        ),
    )
    for module in ("engine.models.state", "app.model_help", "app.dialogs.models"):
        monkeypatch.setattr(f"{module}.pack_states", lambda: (bare,))
    hand.begin()
    window.rendering.find_packs()
    driver.wait_for(lambda: window.rendering.panel.lack.isVisible())
    assert "Drawing pictures needs models" in window.rendering.panel.lack_words.text()
    QTest.mouseClick(window.rendering.panel.get_models, LEFT)
    assert window.models.dialog is not None and window.models.dialog.isVisible()

    fake_pictures.SCRIPT.error = ModelMissing("/some/where/config.json is missing: `models get`")
    hand.do("render")
    driver.wait_for(lambda: "Drawing pictures needs models" in window.toast.text)
    assert "config.json" not in window.toast.text and window.toast.button.isVisible()

    monkeypatch.undo()
    monkeypatch.setattr("app.render.making.drawing_lacks", Lack)
    window.rendering.find_packs()
    driver.wait_for(lambda: not window.rendering.panel.lack.isVisible())


def test_drawing_goes_on_during_a_download(
    driver: Driver, packs: Path, hold: threading.Event
) -> None:
    dialog = open_dialog(driver, "tiny")
    dialog.begin_install()
    driver.wait_for(lambda: "of 3.0 GB" in dialog.stage.text())
    driver.ask("dog")
    assert len(driver.window.strip.cards) == 4
    assert dialog.installing.is_running
    driver.window.suggesting.more(driver.layout)
    driver.window.suggesting.cancel()
    assert dialog.installing.is_running
    hold.set()
    driver.wait_for(lambda: "1 installed" in dialog.message.text())


def test_a_failed_download_says_why(driver: Driver, packs: Path) -> None:
    dialog = open_dialog(driver, "tiny")
    fake_pictures.SCRIPT.error = OSError("the network is gone")
    QTest.mouseClick(dialog.install, LEFT)
    driver.wait_for(lambda: "network is gone" in dialog.message.text())
    assert dialog.install.isVisible()


def test_files_are_checked(driver: Driver, packs: Path) -> None:
    own = put_pack(packs)
    dialog = open_dialog(driver, "tiny")
    QTest.mouseClick(dialog.verify, LEFT)
    driver.wait_for(lambda: dialog.message.text() == "All files are sound.")
    (own / "config.json").write_bytes(b"{ }")
    QTest.mouseClick(dialog.verify, LEFT)
    driver.wait_for(lambda: "segmenter/config.json" in dialog.message.text())


def test_a_pack_is_removed_after_a_question(driver: Driver, packs: Path) -> None:
    put_pack(packs)
    dialog = open_dialog(driver, "tiny")
    chosen = dialog.chosen
    assert chosen is not None and chosen.status is PackStatus.INSTALLED
    driver.answer("Cancel")
    QTest.mouseClick(dialog.remove, LEFT)
    assert (packs / "tiny").is_dir()
    driver.answer("Remove")
    QTest.mouseClick(dialog.remove, LEFT)
    driver.wait_for(lambda: not (packs / "tiny").exists())
    driver.wait_for(lambda: dialog.state.text() == "Not installed")


def test_a_missing_model_leads_to_the_dialog(hand: PictureDriver, packs: Path) -> None:
    hand.begin()
    fake_pictures.SCRIPT.error = ModelMissing("The pack tiny is not installed.")
    QTest.mouseClick(hand.panel.render_button, LEFT)
    toast = hand.window.toast
    hand.driver.wait_for(lambda: toast.button.isVisible())
    assert toast.button.text() == "Models…"
    QTest.mouseClick(toast.button, LEFT)
    dialog = hand.window.models.dialog
    assert dialog is not None and dialog.isVisible()


def test_too_little_memory_is_tried_again_with_less(hand: PictureDriver, packs: Path) -> None:
    hand.begin()
    fake_pictures.SCRIPT.error = OutOfMemory("There was not enough memory.", retry_with="low")
    hand.panel.form.count.setValue(1)
    QTest.mouseClick(hand.panel.render_button, LEFT)
    toast = hand.window.toast
    hand.driver.wait_for(lambda: "not enough memory" in toast.text)
    QTest.mouseClick(toast.button, LEFT)
    hand.driver.wait_for(lambda: len(hand.shots) == 1)
    assert memory.settings().preset is memory.Preset.LOW
    assert hand.asked[0] == hand.asked[1]
