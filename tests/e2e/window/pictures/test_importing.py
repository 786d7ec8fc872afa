"""What others made becomes layers; nothing that is open is lost by it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtTest import QTest

from app.dialogs import ask
from engine.layout.layout import Layout
from tests.e2e.window.conftest import LEFT, Driver
from tests.e2e.window.pictures.conftest import PictureDriver, photo


def photo_file(folder: Path, width: int = 320, height: int = 200) -> Path:
    path = folder / "beach.png"
    path.write_bytes(photo(width, height).data)
    return path


def test_a_photo_becomes_layers_over_itself_in_one_step(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photo_file(tmp_path)
    monkeypatch.setattr(ask, "photo_to_open", lambda *_: path)
    hand.do("import_layout")
    hand.driver.wait_for(lambda: bool(hand.driver.labels))
    layout = hand.driver.layout
    assert hand.driver.labels == ["sky", "tree"]
    assert (layout.width, layout.height) == (320, 200)
    assert layout.background is not None and layout.background.data == path.read_bytes()
    assert len(hand.steps) == 1
    hand.do("undo")
    assert hand.driver.labels == [] and hand.driver.layout.background is None


def test_the_open_project_is_asked_about_before_a_photo_takes_its_place(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.begin()
    hand.render(count=1)
    path = photo_file(tmp_path)
    monkeypatch.setattr(ask, "photo_to_open", lambda *_: path)
    seen = hand.driver.answer("Cancel")
    hand.do("import_layout")
    assert seen and len(hand.asked) == 1
    assert hand.driver.labels == ["grass", "dog"]


def test_objects_of_the_background_come_behind_what_is_there(hand: PictureDriver) -> None:
    hand.begin(background=photo())
    hand.do("photo_layers")
    hand.driver.wait_for(lambda: len(hand.driver.labels) == 4)
    assert hand.driver.labels == ["sky", "tree", "grass", "dog"]
    assert hand.steps == ("Find objects in the photo",)


def test_cancelling_an_import_leaves_nothing(hand: PictureDriver, hold: threading.Event) -> None:
    hand.begin(background=photo())
    hand.do("photo_layers")
    hand.driver.wait_for(lambda: bool(hand.asked))
    strip = hand.window.pictures.importing.strip
    assert strip.isVisible()
    QTest.mouseClick(strip.stop, LEFT)
    assert not strip.isVisible() and hand.steps == ()


def test_a_photo_gives_an_empty_canvas_its_size(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photo_file(tmp_path)
    monkeypatch.setattr(ask, "photo_to_open", lambda *_: path)
    driver.window.actions_["open_photo"].trigger()
    assert (driver.layout.width, driver.layout.height) == (320, 200)
    assert driver.window.session.document.undo_names == ("Set background",)


def test_a_picture_of_layer_numbers(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.zeros((120, 160), np.uint8)
    values[60:], values[20:50, 30:60] = 1, 2
    path = tmp_path / "ids.png"
    Image.fromarray(values).save(path)
    monkeypatch.setattr(ask, "file_to_import", lambda *_, **__: path)
    hand.do("import_ids")
    hand.driver.wait_for(lambda: bool(hand.driver.labels))
    assert [layer.mask.area for layer in hand.driver.layout.layers] == [160 * 60, 30 * 30]
    assert (hand.driver.layout.width, hand.driver.layout.height) == (160, 120)


def coco_file(folder: Path, *, pictures: int) -> Path:
    square = [10, 10, 60, 10, 60, 60, 10, 60]
    content = {
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "width": 200, "height": 100} for i in range(pictures)
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}],
        "annotations": [
            {
                "id": i,
                "image_id": i,
                "category_id": 18 - i,
                "segmentation": [square],
                "bbox": [10, 10, 50, 50],
                "area": 2500,
                "iscrowd": 0,
            }
            for i in range(pictures)
        ],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps(content))
    return path


def test_coco_annotations_ask_which_picture(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = coco_file(tmp_path, pictures=2)
    asked: list[list[str]] = []

    def choose(_w: object, _t: str, _l: str, names: list[str]) -> str:
        asked.append(names)
        return names[1]

    monkeypatch.setattr(ask, "file_to_import", lambda *_, **__: path)
    monkeypatch.setattr(ask, "one_of", choose)
    hand.do("import_coco")
    hand.driver.wait_for(lambda: bool(hand.driver.labels))
    assert len(asked[0]) == 2 and hand.driver.labels == ["cat"]


def test_a_file_of_another_kind_is_refused(
    hand: PictureDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "instances.json"
    path.write_text("no json")
    monkeypatch.setattr(ask, "file_to_import", lambda *_, **__: path)
    hand.do("import_coco")
    hand.driver.wait_for(lambda: "instances.json" in hand.window.toast.text)
    assert not hand.window.pictures.importing.strip.isVisible()
    assert hand.driver.layout.layers == Layout(width=64, height=64).layers
