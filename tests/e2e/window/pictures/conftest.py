"""The hand on the Render panel, and a park over a photo."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from PySide6.QtTest import QTest

from app.render.panel import RenderPanel
from app.render.shots import Shot
from app.window import MainWindow
from engine.layout.layer import Layer
from engine.layout.layout import Background, Layout
from tests.e2e.window import fake_pictures
from tests.e2e.window.conftest import LEFT, Driver, block, disc

SIZE = (400, 300)


def photo(width: int = SIZE[0], height: int = SIZE[1]) -> Background:
    """A photo in which every pixel is another one."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.dstack([rows % 256, columns % 256, (rows + columns) % 256]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return Background(data=buffer.getvalue(), format="png", name="beach.png")


def pixels_of(background: Background | None) -> np.ndarray:
    assert background is not None
    return np.asarray(Image.open(io.BytesIO(background.data)).convert("RGB"))


class PictureDriver:
    """The hand on the Render panel."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.window: MainWindow = driver.window
        self.panel: RenderPanel = driver.window.rendering.panel
        self.grass = Layer(label="grass", mask=block(0, 150, 400, 150), ade_class=9)
        self.dog = Layer(label="dog", mask=disc(200, 200, 40), ade_class=126)

    @property
    def shots(self) -> tuple[Shot, ...]:
        return self.window.rendering.gallery.shots

    @property
    def steps(self) -> tuple[str, ...]:
        return self.window.session.document.undo_names

    def do(self, action: str) -> None:
        assert self.window.actions_[action].isEnabled(), action
        self.window.actions_[action].trigger()

    def begin(self, *, background: Background | None = None) -> None:
        layout = Layout(
            width=SIZE[0],
            height=SIZE[1],
            caption="a dog on the grass",
            layers=(self.grass, self.dog),
            background=background,
        )
        self.window.session.new(layout)
        self.window.side.show_panel(self.panel)

    def render(self, *, count: int = 2, seed: int = 5) -> None:
        form = self.panel.form
        form.dice.setChecked(False)
        form.seed.setValue(seed)
        form.count.setValue(count)
        before = len(self.shots)
        QTest.mouseClick(self.panel.render_button, LEFT)
        self.driver.wait_for(lambda: len(self.shots) == before + count)

    @property
    def asked(self) -> list:
        return fake_pictures.SCRIPT.requests


@pytest.fixture
def hand(driver: Driver) -> PictureDriver:
    return PictureDriver(driver)


@pytest.fixture
def hold() -> Iterator[threading.Event]:
    """Jobs wait before their end until this is set."""
    event = threading.Event()
    fake_pictures.SCRIPT.hold = event
    yield event
    event.set()
