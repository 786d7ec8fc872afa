"""Between the engine's pixels, picture files and Qt's pictures."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """A picture of its own from RGB, uint8 (height, width, 3)."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return view.copy()


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """The pixels as a PNG file, without loss."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
