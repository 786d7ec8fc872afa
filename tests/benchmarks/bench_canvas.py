"""Frames of the window's canvas with 100 layers at 4K (B6).

Run as `python tests/benchmarks/bench_canvas.py [--cpu]`. Figures are medians and 95th percentiles
in milliseconds, viewport 1600 x 900, Qt's offscreen platform. With --cpu the processor time is
counted instead of the time that passes, for a machine that is busy. Asserts nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.canvas.scene import Pending, Stroke
from app.canvas.view import CanvasView
from app.state import Selection
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

WIDTH, HEIGHT, COUNT = 3840, 2160, 100
FRAMES = 40


def scene() -> Layout:
    """100 ragged objects, one of them as large as the canvas and one half of it."""
    random = np.random.default_rng(7)
    boxes = (Box(0, 0, WIDTH, HEIGHT), Box(0, HEIGHT // 2, WIDTH, HEIGHT // 2))
    layers = [
        Layer(label=f"ground {i}", ade_class=i, mask=Mask.filled(box))
        for i, box in enumerate(boxes)
    ]
    for number in range(COUNT - len(layers)):
        width, height = (int(v) for v in random.integers(200, 900, 2))
        rows, columns = np.mgrid[0:height, 0:width]
        y, x = rows / height - 0.5, columns / width - 0.5
        angle = np.arctan2(y, x)
        edge = 0.35 + 0.1 * np.sin(angle * 5 + number) + 0.04 * np.sin(angle * 17)
        left, top = int(random.integers(0, WIDTH - width)), int(random.integers(0, HEIGHT - height))
        mask = Mask.from_array(np.hypot(x, y) < edge, x=left, y=top)
        layers.append(Layer(label=f"thing {number}", ade_class=number % 150, mask=mask))
    return Layout(width=WIDTH, height=HEIGHT, layers=tuple(layers))


class Bench:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.view = CanvasView(Document(scene()), Selection())
        self.view.resize(1600, 900)
        self.view.fit()
        self.target = QImage(1600, 900, QImage.Format.Format_RGB32)

    def frame(self) -> float:
        start = self.clock()
        self.view.render(self.target)
        return (self.clock() - start) * 1e3

    def line(self, name: str, changes: Iterator[None]) -> None:
        times = [self.frame() for _ in changes]
        half, high = np.percentile(times, [50, 95])
        print(f"{name:34}{half:10.2f}{high:10.2f}")

    def still(self) -> Iterator[None]:
        yield from (None for _ in range(FRAMES))

    def pan(self) -> Iterator[None]:
        for _ in range(FRAMES):
            self.view.set_viewport(self.view.viewport.moved(7, 3))
            yield

    def zoom(self) -> Iterator[None]:
        for number in range(FRAMES):
            self.view.zoom_to(self.view.viewport.zoom * (1.05 if number % 2 else 1 / 1.05))
            yield

    def drag(self) -> Iterator[None]:
        moved = frozenset([self.view.document.layout.layers[60].id])
        for number in range(FRAMES):
            self.view.set_pending(Pending(moved=moved, dx=number * 9, dy=number * 4))
            yield

    def stroke(self) -> Iterator[None]:
        layer, points = self.view.document.layout.layers[60].id, [QPointF(500, 900)]
        for number in range(FRAMES):
            points.append(QPointF(500 + number * 8, 900 + number))
            self.view.extend_stroke(Stroke(layer, tuple(points), 64, False))
            yield


def main() -> None:
    app = QApplication([])
    bench = Bench(time.process_time if "--cpu" in sys.argv else time.perf_counter)
    print(f"{'ms a frame':34}{'median':>10}{'p95':>10}")
    print(f"{'first frame (outlines are traced)':34}{bench.frame():10.2f}")
    for name, zoom in (("fit", None), ("100 %", 1.0), ("400 %", 4.0)):
        bench.view.fit() if zoom is None else bench.view.zoom_to(zoom)
        bench.frame()
        bench.line(f"{name}, nothing changes", bench.still())
        bench.line(f"{name}, pan", bench.pan())
    bench.view.fit()
    bench.frame()
    bench.line("fit, zoom by the wheel", bench.zoom())
    bench.view.fit()
    bench.frame()
    bench.line("fit, a layer is dragged", bench.drag())
    bench.line("fit, a brush stroke of 64 px", bench.stroke())
    bench.view.release_document()
    app.quit()


if __name__ == "__main__":
    main()
