"""Colours of layers on the canvas: those of their class, softened so that a scene is pleasant."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from zlib import crc32

from PySide6.QtGui import QColor

from engine.layout.layer import Layer


@lru_cache(maxsize=1024)
def _soft(label: str, ade_class: int) -> tuple[float, float, float]:
    """Hue, lightness and saturation 0..1; labels of one class differ a little."""
    spread = crc32(label.casefold().encode()) / 0xFFFFFFFF
    if ade_class < 0:
        return spread, 0.64, 0.50
    from engine.layout.palette import display_colours

    red, green, blue = (int(v) / 255 for v in display_colours()[ade_class])
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    hue = (hue + (spread - 0.5) * 0.10) % 1.0
    lightness = 0.56 + 0.18 * lightness + (spread - 0.5) * 0.06
    return hue, lightness, 0.10 if saturation < 0.1 else 0.34 + 0.22 * saturation


def label_colour(label: str, ade_class: int = -1) -> QColor:
    hue, lightness, saturation = _soft(label, ade_class)
    return QColor.fromHslF(hue, saturation, lightness)


def layer_colour(layer: Layer) -> QColor:
    return label_colour(layer.label, layer.ade_class)


def edge_colour(fill: QColor) -> QColor:
    """For the thin line around a silhouette of that colour."""
    hue, saturation, lightness, _ = fill.getHslF()
    return QColor.fromHslF(max(hue, 0.0), saturation, lightness * 0.58)
