"""Layouts and archives that the tests of the project file share."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Background, Layout
from engine.layout.mask import EMPTY_MASK, Mask

OraWriter = Callable[..., Path]


def disk(radius: int) -> np.ndarray:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(width: int, height: int) -> bytes:
    y, x = np.mgrid[:height, :width]
    pixels = np.dstack([x % 256, y % 256, (x + y) % 256]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@pytest.fixture
def layout() -> Layout:
    """A scene with all a file has to keep: photo, group, lock, off-canvas and empty masks."""
    return Layout(
        width=160,
        height=120,
        caption="Two pets on the grass",
        background=Background(data=jpeg(160, 120), format="jpeg", name="garden.jpg"),
        layers=(
            Layer(
                id="a" * 32,
                label="grass",
                ade_class=9,
                mask=Mask.from_array(np.ones((40, 160), bool), y=80),
            ),
            Layer(
                id="b" * 32,
                label="dog",
                ade_class=126,
                group="pets",
                prompt="brown, sitting",
                mask=Mask.from_array(disk(17), x=30, y=60),
                provenance=Provenance(
                    kind="smartmask",
                    request={"object": "dog", "box": [30, 60, 35, 35]},
                    seed=9,
                    pack="lite",
                    model_hash="0123456789abcdef",
                ),
            ),
            Layer(
                id="c" * 32,
                label="cat",
                group="pets",
                locked=True,
                mask=Mask.from_array(disk(20), x=-15, y=90),
            ),
            Layer(
                id="d" * 32,
                label='Vögel <"&"> 鳥',
                visible=False,
                mask=Mask.from_array(disk(5), x=150, y=-3),
            ),
            Layer(id="e" * 32, label="nothing yet", mask=EMPTY_MASK),
        ),
    )


@pytest.fixture
def write_ora(tmp_path: Path) -> OraWriter:
    """Writes an OpenRaster file as another program would, from a stack and its entries."""

    def write(
        stack: str, entries: Mapping[str, bytes], *, size: tuple[int, int] = (100, 80)
    ) -> Path:
        path = tmp_path / "foreign.ora"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
            width, height = size
            archive.writestr("stack.xml", f'<image w="{width}" h="{height}">{stack}</image>')
            for name, data in entries.items():
                archive.writestr(name, data)
        return path

    return write


@pytest.fixture
def rewrite() -> Callable[..., None]:
    """Changes entries of an archive: new bytes, or None to leave one out."""

    def change(path: Path, changes: Mapping[str, bytes | None]) -> None:
        with zipfile.ZipFile(path) as archive:
            old = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in {**old, **changes}.items():
                if data is not None:
                    archive.writestr(name, data)

    return change
