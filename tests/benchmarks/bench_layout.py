"""Layout core beside other ways of doing the same (B1, B2, B3, B7, B11).

Run as `python tests/benchmarks/bench_layout.py [--cpu]`. Figures are medians and 95th percentiles
of one run on this machine, so compare them only within one table. All run on one thread; with
--cpu its processor time is counted instead of the time that passes, for a machine that is busy.
"""

from __future__ import annotations

import copy
import io
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pycocotools import mask as coco

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.layout.brush import paint_stroke
from engine.layout.commands import EditMask
from engine.layout.compositing import compose
from engine.layout.document import Document
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.palette import display_colours
from engine.layout.semantic import class_map

WIDTH, HEIGHT = 3840, 2160
COUNT = 100
clock = time.perf_counter
KIB, MIB = 1024, 1024 * 1024


def sample_layout() -> Layout:
    """100 ragged objects at 4K, one of them as large as the canvas and one half of it."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    masks = [
        Mask.filled(Box(0, 0, WIDTH, HEIGHT)),
        Mask.from_array(rows > HEIGHT // 2 + 20 * np.sin(columns / 100)),
    ]
    while len(masks) < COUNT:
        width, height = (int(n) for n in random.integers(160, 900, 2))
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        ragged = 0.9 + 0.08 * np.sin(np.arctan2(y, x) * random.integers(3, 20))
        left, top = random.integers(-60, WIDTH - 200), random.integers(-60, HEIGHT - 200)
        masks.append(Mask.from_array(np.hypot(x, y) < ragged, x=int(left), y=int(top)))
    return Layout(
        width=WIDTH,
        height=HEIGHT,
        layers=tuple(
            Layer(label=f"thing {i}", mask=mask, ade_class=i) for i, mask in enumerate(masks)
        ),
    )


def timed(action: Callable[[], object], *, repeats: int) -> np.ndarray:
    """Milliseconds of each repeat; the first call, which warms up, is not counted."""
    action()
    times = []
    for _ in range(repeats):
        start = clock()
        action()
        times.append((clock() - start) * 1e3)
    return np.array(times)


def row(what: str, times: np.ndarray, note: str = "") -> None:
    p50, p95 = np.percentile(times, (50, 95))
    print(f"  {what:<46}{p50:10.3f}{p95:10.3f}   {note}")


def title(text: str) -> None:
    print(f"\n{text}\n  {'':<46}{'p50 ms':>10}{'p95 ms':>10}")


def composite(layout: Layout) -> None:
    title(f"B1  composite {COUNT} layers at {WIDTH} x {HEIGHT} (target 15 ms)")
    colours = display_colours()
    placed = []
    for number, layer in enumerate(layout.layers, 1):
        box = layer.mask.box.intersection(layout.canvas)
        placed.append((number, box, layer.mask.within(box), colours[layer.ade_class]))

    def naive() -> np.ndarray:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for layer in layout.layers:
            image[layer.mask.on_canvas(WIDTH, HEIGHT)] = colours[layer.ade_class]
        return image

    def cropped() -> np.ndarray:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for _, box, crop, colour in placed:
            image[box.y : box.bottom, box.x : box.right][crop] = colour
        return image

    fills = [np.full((*crop.shape, 3), colour, np.uint8) for _, _, crop, colour in placed]
    stencils = [crop.view(np.uint8) * 255 for _, _, crop, _ in placed]

    def with_cv2() -> np.ndarray:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for (_, box, _, _), fill, stencil in zip(placed, fills, stencils, strict=True):
            cv2.copyTo(fill, stencil, image[box.y : box.bottom, box.x : box.right])
        return image

    pictures = [Image.fromarray(stencil) for stencil in stencils]

    def with_pillow(mode: str) -> Image.Image:
        image = Image.new(mode, (WIDTH, HEIGHT))
        for (number, box, _, colour), picture in zip(placed, pictures, strict=True):
            value = number if mode == "P" else tuple(int(c) for c in colour)
            image.paste(value, (box.x, box.y), picture)
        return image

    def copied() -> np.ndarray:
        ids = np.zeros((HEIGHT, WIDTH), np.uint8)
        for number, box, crop, _ in placed:
            np.copyto(ids[box.y : box.bottom, box.x : box.right], number, where=crop)
        return ids

    row("whole boolean masks into RGB (numpy)", timed(naive, repeats=2))
    row("cropped masks into RGB (numpy)", timed(cropped, repeats=3))
    row("cropped masks into RGB (cv2.copyTo)", timed(with_cv2, repeats=5))
    row("paste into RGB (Pillow)", timed(lambda: with_pillow("RGB"), repeats=5))
    row("paste into palette image (Pillow)", timed(lambda: with_pillow("P"), repeats=10))
    row("unpacked crops into id map (numpy copyto)", timed(copied, repeats=10))
    row("ours: packed masks -> id map", timed(lambda: compose(layout), repeats=30))
    row("ours: packed masks -> class map", timed(lambda: class_map(layout), repeats=20))
    small = timed(lambda: class_map(layout, size=(256, 144)), repeats=50)
    row("ours: packed masks -> class map at 256 x 144", small)
    random = np.random.default_rng(1)
    corners = [
        (random.integers(0, WIDTH - 128), random.integers(0, HEIGHT - 128)) for _ in range(400)
    ]
    regions = iter([Box(int(x), int(y), 128, 128) for x, y in corners])
    dirty = timed(lambda: compose(layout, next(regions)), repeats=399)
    row("ours: dirty rectangle of 128 x 128", dirty, "target p95 0.5 ms")


def brush(layout: Layout) -> None:
    title("B2  one move of the brush, map brought up to date (napari: p95 1.0 / 0.26 / 0.7 ms)")
    for what, layer_index in (("object", 40), ("whole canvas", 0)):
        for radius in (10, 64, 256):
            document = Document(layout)
            assert document.semantic is not None
            layer = layout.layers[layer_index]
            box = layer.mask.box
            x, y = box.x + box.width / 2, box.y + box.height / 2
            times = []
            with document.gesture() as drag:
                mask = layer.mask
                for step in range(60):
                    points = [(x + 5 * step - 150, y), (x + 5 * step - 145, y + 3)]
                    start = clock()
                    mask = paint_stroke(
                        mask, points, radius=radius, canvas=layout.canvas, erase=layer_index == 0
                    )
                    drag.preview(EditMask(layer.id, mask))
                    times.append((clock() - start) * 1e3)
            row(f"ours: radius {radius}, mask of {what}", np.array(times))


def undo(layout: Layout) -> None:
    title("B3  undo and redo of one stroke (targets 2 ms and 10 KiB; napari undo 29-36 ms)")
    for what, layer_index in (("object", 40), ("whole canvas", 0)):
        for radius in (10, 64, 256):
            layer = layout.layers[layer_index]
            box = layer.mask.box
            points = [
                (box.x + box.width / 2 + 8 * i - 400, box.y + box.height / 2 + 40 * np.sin(i / 9))
                for i in range(100)
            ]
            document = Document(layout)
            assert document.semantic is not None
            mask = paint_stroke(
                layer.mask, points, radius=radius, canvas=layout.canvas, erase=layer_index == 0
            )
            start = clock()
            document.do(EditMask(layer.id, mask))
            done = (clock() - start) * 1e3
            times = timed(lambda d=document: (d.undo(), d.redo()), repeats=60)
            note = f"{document.undo_size / KIB:.1f} KiB a step, recorded in {done:.2f} ms"
            row(f"ours: radius {radius}, mask of {what}", times, note)

    full = [layer.mask.on_canvas(WIDTH, HEIGHT) for layer in layout.layers[:4]]
    times = timed(lambda: full[0].copy(), repeats=10)
    row("copy of one whole boolean mask", times, f"{full[0].nbytes / KIB:.0f} KiB a step")
    times = timed(lambda: copy.deepcopy(full), repeats=5)
    row("deep copy of the document (only 4 masks)", times, f"{4 * full[0].nbytes / KIB:.0f} KiB")


def codec(layout: Layout) -> None:
    title(f"B7  store {COUNT} masks (target: 5 times as fast as pycocotools)")
    crops = [layer.mask.crop() for layer in layout.layers]
    boxes = [layer.mask.box for layer in layout.layers]

    def encode_png(level: int) -> list[bytes]:
        files = []
        for crop in crops:
            file = io.BytesIO()
            Image.fromarray(crop).save(file, "PNG", compress_level=level)
            files.append(file.getvalue())
        return files

    fortran = [np.asfortranarray(crop.view(np.uint8)) for crop in crops]
    masks = [layer.mask for layer in layout.layers]
    packed = [zlib.compress(mask.bits, 1) for mask in masks]
    rle = [coco.encode(array) for array in fortran]
    png = encode_png(1)

    def report(what: str, action: Callable[[], object], size: int, repeats: int = 10) -> None:
        row(what, timed(action, repeats=repeats), f"{size / KIB:.0f} KiB")

    rle_size = sum(len(r["counts"]) for r in rle)
    png_size = sum(map(len, png))
    bits_size = sum(len(m.bits) for m in masks)
    deflated = sum(map(len, packed))
    report("ours: encode", lambda: [Mask.from_array(c) for c in crops], bits_size)
    report("ours: encode + deflate", lambda: [_deflated(c) for c in crops], deflated)
    report("pycocotools RLE: encode", lambda: [coco.encode(a) for a in fortran], rle_size)
    report("1-bit PNG, level 1: encode", lambda: encode_png(1), png_size, 3)
    report("ours: decode", lambda: [m.crop() for m in masks], bits_size)
    report("ours: inflate + decode", lambda: _inflated(packed, boxes), deflated)
    report("pycocotools RLE: decode", lambda: [coco.decode(r) for r in rle], rle_size)
    decode_png = lambda: [np.asarray(Image.open(io.BytesIO(p))) for p in png]  # noqa: E731
    report("1-bit PNG: decode", decode_png, png_size, 3)


def _deflated(crop: np.ndarray) -> bytes:
    return zlib.compress(Mask.from_array(crop).bits, 1)


def _inflated(packed: list[bytes], boxes: list[Box]) -> list[np.ndarray]:
    return [Mask(b, zlib.decompress(p)).crop() for p, b in zip(packed, boxes, strict=True)]


def memory() -> None:
    tracemalloc.start()
    layout = sample_layout()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    document = Document(layout)
    assert document.semantic is not None
    with_map, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    crops = sum(layer.mask.box.area for layer in layout.layers)
    print(f"\nB11  memory of {COUNT} layers at {WIDTH} x {HEIGHT} (target 60 MiB)")
    for what, size in (
        ("whole boolean masks", COUNT * WIDTH * HEIGHT),
        ("cropped boolean masks", crops),
        ("ours: layout", kept),
        ("ours: document with its id map", with_map),
        ("ours: the same, peak while the map is made", peak),
    ):
        print(f"  {what:<46}{size / MIB:10.1f} MiB")


def main() -> None:
    global clock
    if "--cpu" in sys.argv[1:]:
        clock = time.thread_time
    cv2.setNumThreads(1)
    layout = sample_layout()
    composite(layout)
    brush(layout)
    undo(layout)
    codec(layout)
    memory()


if __name__ == "__main__":
    main()
