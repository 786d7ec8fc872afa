"""The real Krita opens our file and shows every layer, and we open what it writes."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.project import open_project, save_project

pytestmark = [
    # Krita's first start alone takes a minute on a busy machine.
    pytest.mark.timeout(300),
    pytest.mark.skipif(not shutil.which("krita"), reason="krita is not installed"),
    pytest.mark.skipif(
        not (shutil.which("xvfb-run") or os.environ.get("DISPLAY")),
        reason="krita needs a display: install xvfb",
    ),
]


@pytest.fixture(scope="module")
def krita_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, because Krita unpacks its brushes into a new home at its first start."""
    return tmp_path_factory.mktemp("krita")


def krita_export(source: Path, target: Path, *, home: Path) -> Path:
    screen = ["xvfb-run", "-a"] if shutil.which("xvfb-run") else []
    own = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **own, "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        [*screen, "krita", "--export", "--export-filename", str(target), str(source)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0 and target.exists(), done.stderr
    return target


@dataclass
class PsdLayer:
    name: str
    box: tuple[int, int, int, int]
    visible: bool


def psd_layers(data: bytes) -> list[PsdLayer]:
    """Names, boxes (left, top, right, bottom) and visibility; farthest first.

    Adobe Photoshop File Formats Specification, "Layer and Mask Information Section".
    """
    assert data[:4] == b"8BPS"
    at = 26
    for _ in range(2):  # colour mode data, image resources
        at += 4 + struct.unpack(">I", data[at : at + 4])[0]
    at += 8
    count = abs(struct.unpack(">h", data[at : at + 2])[0])
    at += 2
    layers = []
    for _ in range(count):
        top, left, bottom, right, channels = struct.unpack(">iiiiH", data[at : at + 18])
        at += 18 + 6 * channels + 8
        flags = data[at + 2]
        (extra,) = struct.unpack(">I", data[at + 4 : at + 8])
        at += 8
        end, block = at + extra, at
        name = ""
        for _ in range(2):  # mask data, blending ranges
            block += 4 + struct.unpack(">I", data[block : block + 4])[0]
        block += (data[block] + 4) // 4 * 4
        while block + 12 <= end:
            key = data[block + 4 : block + 8]
            (size,) = struct.unpack(">I", data[block + 8 : block + 12])
            if key == b"luni":
                (length,) = struct.unpack(">I", data[block + 12 : block + 16])
                name = data[block + 16 : block + 16 + 2 * length].decode("utf-16-be")
            block += 12 + size + size % 2
        layers.append(PsdLayer(name.rstrip("\0"), (left, top, right, bottom), not flags & 2))
        at = end
    return layers


@pytest.fixture
def drawn(layout: Layout) -> Layout:
    """The layout without the empty layer, which no program could show."""
    return layout.with_layers(tuple(layer for layer in layout.layers if not layer.mask.is_empty))


def test_krita_shows_every_layer_in_its_place(
    drawn: Layout, tmp_path: Path, krita_home: Path
) -> None:
    save_project(drawn, tmp_path / "scene.ora")
    psd = krita_export(tmp_path / "scene.ora", tmp_path / "scene.psd", home=krita_home)
    shown = {layer.name: layer for layer in psd_layers(psd.read_bytes())}
    assert "pets" in shown and "background photo" in shown
    names = list(shown)
    order = [names.index(layer.label) for layer in drawn.layers]
    assert order == sorted(order)
    for layer in drawn.layers:
        box = layer.mask.box
        assert shown[layer.label].box == (box.x, box.y, box.right, box.bottom)
        assert shown[layer.label].visible == layer.visible


def test_krita_sees_our_colours(drawn: Layout, tmp_path: Path, krita_home: Path) -> None:
    save_project(drawn, tmp_path / "scene.ora")
    picture = Image.open(
        krita_export(tmp_path / "scene.ora", tmp_path / "scene.png", home=krita_home)
    )
    assert picture.size == (160, 120)
    assert picture.convert("RGB").getpixel((47, 77)) == (255, 0, 122)
    assert picture.convert("RGB").getpixel((150, 110)) == (4, 250, 7)


def test_what_krita_saved_again_still_has_our_layers(
    drawn: Layout, tmp_path: Path, krita_home: Path
) -> None:
    save_project(drawn, tmp_path / "scene.ora")
    krita_export(tmp_path / "scene.ora", tmp_path / "again.ora", home=krita_home)
    opened = open_project(tmp_path / "again.ora")

    def shown(layer: Layer) -> tuple:
        return layer.label, layer.mask, layer.group, layer.visible, layer.locked

    assert [shown(a) for a in opened.layout.layers] == [shown(b) for b in drawn.layers]
    assert opened.layout.layers[0].ade_class == 9
    background = opened.layout.background
    assert background is not None and background.name == "background photo"
