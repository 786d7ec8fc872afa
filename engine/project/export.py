"""Flat pictures of a layout, for other programs and data sets.

All use the one depth order of the layout; the same layout gives the same bytes.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.layout.palette import class_map_table, display_colours
from engine.layout.semantic import class_map, layer_map
from engine.project.files import replace_file

_MAX_NAME = 60
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff\s]+')


def export_semantic(layout: Layout, path: Path | str) -> None:
    """RGB PNG of the canvas in the colours of ADE20K; black where nothing lies.

    Two classes of that palette share a colour (road, skyscraper): `export_ids` tells layers apart.

    Raises:
        ProjectError: The file cannot be written.
    """
    pixels = class_map_table(display_colours())[class_map(layout)]
    _write(Path(path), pixels)


def export_ids(layout: Layout, path: Path | str) -> None:
    """16-bit grey PNG: position of the nearest visible layer, 1 = farthest, 0 = nothing.

    Raises:
        ProjectError: The file cannot be written.
    """
    _write(Path(path), layer_map(layout))


def export_masks(layout: Layout, folder: Path | str) -> list[Path]:
    """One amodal grey PNG (0 or 255, canvas size) a layer, hidden layers too, farthest first.

    The folder is made if need be; its other files stay. Names are "NN-label.png".

    Returns:
        The files written, in depth order.

    Raises:
        ProjectError: The folder or a file cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"Cannot make the folder {folder}: {error.strerror}.") from error
    digits = max(2, len(str(len(layout.layers))))
    written: list[Path] = []
    for number, layer in enumerate(layout.layers, 1):
        path = folder / f"{number:0{digits}}-{safe_name(layer.label)}.png"
        mask = layer.mask.on_canvas(layout.width, layout.height)
        _write(path, mask.astype(np.uint8) * 255)
        written.append(path)
    return written


def safe_name(label: str) -> str:
    """The label as part of a file name that Windows, macOS and Linux take."""
    name = _UNSAFE.sub("-", label).strip("-. ")
    name = name.encode()[: _MAX_NAME * 2].decode(errors="ignore")[:_MAX_NAME]
    return name.strip("-. ") or "layer"


def _write(path: Path, pixels: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    # Not forced to the disk: an export can be made again.
    replace_file(path, buffer.getvalue(), sync=False)
