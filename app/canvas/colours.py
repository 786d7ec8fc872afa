"""Colours of layers on the canvas: natural ones for common things, else their class's, softened.

They are for the eye only. The semantic map and every export keep the exact class colours.
"""

from __future__ import annotations

import colorsys
from functools import lru_cache
from zlib import crc32

from PySide6.QtGui import QColor

from engine.layout.layer import Layer

NATURAL: dict[str, tuple[int, ...]] = {
    "#a9d3f2": (2,),
    "#8ccf6d": (9, 29, 94),
    "#4f9a5b": (4, 72),
    "#6fb255": (17, 68),
    "#9aa3b5": (16, 34),
    "#5aa9dc": (21, 26, 60, 128, 113, 109, 104),
    "#ead7a2": (46,),
    "#c9a97c": (13, 52, 91),
    "#8d919d": (6, 54),
    "#b9bcc6": (11, 32, 38, 42, 53, 59, 61, 93),
    "#dcb596": (1, 25, 79, 48),
    "#cf9a72": (77, 114, 84),
    "#c7617f": (12,),
    "#c98f5c": (126,),
    "#dd6a52": (20, 80, 83, 102, 116, 127),
    "#6f8fc9": (76, 90, 103),
    "#e585ab": (66,),
    "#eee4d3": (0, 5),
    "#c79f78": (3,),
    "#a97b55": (10, 14, 15, 19, 24, 33, 35, 44, 62, 64, 69, 99, 110),
    "#7d8fb8": (7, 23, 30, 39, 57, 131),
    "#b98a9f": (18, 28, 63),
    "#9ed0e6": (8, 27),
    "#f2c94c": (36, 82, 85, 87, 134, 148),
    "#e59b4a": (119, 120, 108, 112),
    "#5f6b85": (74, 89, 124, 118, 130, 141, 143),
}
_BASE = {ade: name for name, classes in NATURAL.items() for ade in classes}
_VARIED = frozenset({12, 20, 108, 119, 120, 126})
"""Classes of many different things: their labels spread wider."""


@lru_cache(maxsize=1024)
def label_colour(label: str, ade_class: int = -1) -> QColor:
    """The same for the same label; labels of one class differ a little."""
    checksum = crc32(label.casefold().encode())
    one, two = checksum % 1000 / 999 - 0.5, checksum // 1000 % 1000 / 999 - 0.5
    hue, lightness, saturation = _base(ade_class, one)
    wide = 2.2 if ade_class in _VARIED else 1.0
    hue = (hue + 0.05 * wide * one) % 1.0
    lightness = min(max(lightness + 0.06 * wide * two, 0.3), 0.9)
    return QColor.fromHslF(hue, saturation, lightness)


def _base(ade_class: int, chance: float) -> tuple[float, float, float]:
    if ade_class in _BASE:
        colour = QColor(_BASE[ade_class])
        return colour.hslHueF(), colour.lightnessF(), colour.hslSaturationF()
    if ade_class < 0:
        return chance % 1.0, 0.64, 0.50
    from engine.layout.palette import display_colours

    red, green, blue = (int(v) / 255 for v in display_colours()[ade_class])
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    return hue, 0.56 + 0.18 * lightness, 0.10 if saturation < 0.1 else 0.30 + 0.2 * saturation


def layer_colour(layer: Layer) -> QColor:
    return label_colour(layer.label, layer.ade_class)


def edge_colour(fill: QColor) -> QColor:
    """For the thin line around a silhouette of that colour."""
    hue, saturation, lightness = fill.hslHueF(), fill.hslSaturationF(), fill.lightnessF()
    return QColor.fromHslF(max(hue, 0.0), saturation, lightness * 0.58)
