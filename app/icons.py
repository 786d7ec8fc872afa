"""Icons: simple line drawings in `resources/icons`, coloured for the theme."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    pixels = round(side * ratio)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    data = _source(name).replace("currentColor", colour)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(data.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, colour: QColor, *, side: int = 20, ratio: float = 1.0) -> QPixmap:
    return _pixmap(name, colour.name(), side, ratio)


def icon(
    name: str, colour: QColor, *, on: QColor | None = None, off: QColor | None = None
) -> QIcon:
    """An icon for 1x and 2x screens; `on` colours its checked state, `off` its disabled one."""
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        normal = _pixmap(name, colour.name(), 24, ratio)
        made.addPixmap(normal, QIcon.Mode.Normal, QIcon.State.Off)
        if on is not None:
            chosen = _pixmap(name, on.name(), 24, ratio)
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
                made.addPixmap(chosen, mode, QIcon.State.On)
        if off is not None:
            faded = _pixmap(name, off.name(), 24, ratio)
            made.addPixmap(faded, QIcon.Mode.Disabled, QIcon.State.Off)
    return made


def app_icon() -> QIcon:
    made = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_pixmap("app", "#000000", side, 1.0))
    return made
