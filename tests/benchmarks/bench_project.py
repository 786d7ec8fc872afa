"""B4 and B12: saving and opening projects beside other ways, and hostile files. Asserts nothing.

Run: python tests/benchmarks/bench_project.py
The peer pyora is measured when it is installed (pip install pyora), with few layers: each costs
it seconds.
"""

from __future__ import annotations

import io
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.errors import ProjectError
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.palette import display_colours
from engine.layout.semantic import class_map
from engine.project import encode_project, open_project, pictures, save_project

WIDTH, HEIGHT, LAYERS = 3840, 2160, 100
PYORA_LAYERS = 3
REPEATS = 5


def scene() -> Layout:
    """100 ellipses with wavy edges on a 4K canvas, one full-canvas, one half."""
    chance = np.random.default_rng(0)
    full = Mask.from_array(np.ones((HEIGHT, WIDTH), bool))
    half = Mask.from_array(np.ones((HEIGHT // 2, WIDTH), bool), y=HEIGHT // 2)
    layers = [
        Layer(label="sky", ade_class=2, mask=full),
        Layer(label="sea", ade_class=26, mask=half),
    ]
    while len(layers) < LAYERS:
        width, height = (int(side) for side in chance.integers(120, 1100, 2))
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        edge = 0.8 + 0.1 * np.sin(int(chance.integers(3, 20)) * np.arctan2(y, x))
        place = chance.integers((-100, -100), (WIDTH - 100, HEIGHT - 100))
        mask = Mask.from_array(x * x + y * y < edge, x=int(place[0]), y=int(place[1]))
        ade_class = int(chance.integers(0, 150))
        layers.append(Layer(label=f"thing {len(layers)}", ade_class=ade_class, mask=mask))
    return Layout(width=WIDTH, height=HEIGHT, layers=tuple(layers))


def timed(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1000


def row(name: str, save: float, load: float, size: int) -> None:
    print(f"{name:<44}{save:>10.0f}{load:>10.0f}{size / 2**20:>10.2f}")


def naive_save(layout: Layout, path: Path) -> None:
    """Pillow and zipfile as one would write it first: one RGBA picture a layer."""
    colours = display_colours()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        lines = []
        for number, layer in enumerate(layout.layers):
            crop = layer.mask.crop()
            pixels = np.zeros((*crop.shape, 4), np.uint8)
            pixels[crop] = (*colours[layer.ade_class], 255)
            archive.writestr(f"data/{number}.png", _png(pixels))
            x, y = layer.mask.box[:2]
            lines.append(f'<layer name="{layer.label}" src="data/{number}.png" x="{x}" y="{y}"/>')
        stack = f"<stack>{''.join(reversed(lines))}</stack>"
        archive.writestr("stack.xml", f'<image w="{WIDTH}" h="{HEIGHT}">{stack}</image>')
        table = np.vstack([[(0, 0, 0)], colours]).astype(np.uint8)
        merged = table[class_map(layout)]
        archive.writestr("mergedimage.png", _png(merged))
        thumbnail = Image.fromarray(merged)
        thumbnail.thumbnail((256, 256))
        archive.writestr("Thumbnails/thumbnail.png", _png(np.asarray(thumbnail)))


def naive_open(path: Path) -> list[np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("data/")]
        pictures = (Image.open(io.BytesIO(archive.read(name))) for name in names)
        return [np.asarray(picture)[..., 3] > 127 for picture in pictures]


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def bench_peers(layout: Layout, folder: Path) -> None:
    print(f"B4  {LAYERS} layers, {WIDTH} x {HEIGHT}; median of {REPEATS}")
    print(f"{'':<44}{'save ms':>10}{'open ms':>10}{'MiB':>10}")
    ours, naive = folder / "ours.ora", folder / "naive.ora"

    def cold() -> None:
        pictures.mask_png.cache_clear()
        save_project(layout, ours)

    first = timed(cold)
    opened = timed(lambda: open_project(ours))
    row("ours, first save", first, opened, ours.stat().st_size)
    last = layout.layers[-1]
    moved = [replace(last, mask=last.mask.moved(step + 1, 0)) for step in range(REPEATS)]
    edits = iter([layout.with_layers((*layout.layers[:-1], layer)) for layer in moved])
    again = timed(lambda: save_project(next(edits), ours))
    row("ours, save after one edit", again, opened, ours.stat().st_size)
    autosave = timed(lambda: encode_project(layout, merged=False))
    row("ours, recovery snapshot", autosave, opened, len(encode_project(layout, merged=False)))
    save = timed(lambda: naive_save(layout, naive), 3)
    row("RGBA a layer, Pillow", save, timed(lambda: naive_open(naive), 3), naive.stat().st_size)
    bench_pyora(layout, folder / "pyora.ora")


def bench_pyora(layout: Layout, path: Path) -> None:
    try:
        from pyora import Project  # pyright: ignore[reportMissingImports]
    except ImportError:
        print("pyora                                       not installed")
        return
    project = Project.new(WIDTH, HEIGHT)
    for layer in layout.layers[2 : 2 + PYORA_LAYERS]:
        crop = layer.mask.crop()
        pixels = np.zeros((*crop.shape, 4), np.uint8)
        pixels[crop] = (*display_colours()[layer.ade_class], 255)
        project.add_layer(Image.fromarray(pixels), layer.label, offsets=layer.mask.box[:2])
    save = timed(lambda: project.save(str(path)), 1)
    load = timed(lambda: Project.load(str(path)), 1)
    row(f"pyora, {PYORA_LAYERS} layers only", save, load, path.stat().st_size)


def hostile_files(layout: Layout) -> dict[str, bytes]:
    small = encode_project(
        Layout(width=400, height=300, layers=tuple(layout.layers[2:12]), caption="x")
    )
    chance = random.Random(0)
    flipped = bytearray(small)
    for _ in range(20):
        flipped[chance.randrange(len(flipped))] ^= 0xFF
    layer = '<layer name="x" src="data/x.png"/>'
    white = np.full((5900, 6000, 4), 255, np.uint8)
    zeros = Image.new("P", (8192, 8192))
    buffer = io.BytesIO()
    zeros.save(buffer, "PNG", bits=1)
    vast = Mask.from_array(np.ones((8192, 8192), bool))
    return {
        "own file, one layer of 67 million pixels": encode_project(
            Layout(width=8192, height=8192, layers=(Layer(label="sky", mask=vast),)), merged=False
        ),
        "cut in half": small[: len(small) // 2],
        "20 bytes flipped": bytes(flipped),
        "noise, 50 MB": chance.randbytes(50 << 20),
        "zip bomb, 1000 MB in 1 MB": archive({"bomb.bin": bytes(1000 << 20)}),
        "40,000 entries": archive({f"{number}": b"" for number in range(40_000)}),
        "PNG header of 2^31 x 2^31": archive(stack(layer) | {"data/x.png": huge_header()}),
        "one layer of 35 million RGBA pixels": archive(stack(layer) | {"data/x.png": _png(white)}),
        "one layer of 67 million 1-bit pixels": archive(
            stack(layer) | {"data/x.png": buffer.getvalue()}
        ),
        "XML 60,000 deep": archive(stack("<stack>" * 60_000 + "</stack>" * 60_000)),
        "XML of 250,000 elements": archive(stack("<a/>" * 250_000)),
        "JSON of 2,000,000 lists": archive(
            stack("") | {"layout/document.json": b"[" + b"[]," * 2_000_000 + b"[]]"}
        ),
        "JSON 1,000,000 deep": archive(stack("") | {"layout/document.json": b"[" * 1_000_000}),
    }


def stack(content: str) -> dict[str, bytes]:
    text = f'<image w="400" h="300"><stack>{content}</stack></image>'
    return {"stack.xml": text.encode()}


def archive(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        for name, data in entries.items():
            # Little compression keeps XML and JSON under the ratio limit, as an attacker would.
            file.writestr(name, data, compresslevel=9 if name == "bomb.bin" else 1)
    return buffer.getvalue()


def huge_header() -> bytes:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


def bench_hostile(layout: Layout, folder: Path) -> None:
    print("\nB12  hostile files, each in a process of its own (memory includes Python and numpy)")
    print(f"{'':<44}{'CPU ms':>10}{'peak MiB':>10}  outcome")
    for number, (name, data) in enumerate(hostile_files(layout).items()):
        path = folder / f"hostile{number}.ora"
        path.write_bytes(data)
        done = subprocess.run(
            [sys.executable, __file__, "--open", str(path)], capture_output=True, text=True
        )
        elapsed, peak, outcome = (done.stdout.strip() or "nan\tnan\t" + done.stderr[-200:]).split(
            "\t", 2
        )
        print(f"{name:<44}{float(elapsed):>10.0f}{float(peak):>10.0f}  {outcome}")


def open_one(path: Path) -> None:
    start = time.process_time()
    try:
        opened = open_project(path)
        outcome = f"opened, {len(opened.layout.layers)} layers"
    except ProjectError as error:
        outcome = "refused: " + str(error).replace(str(path), path.name)[:90]
    elapsed = (time.process_time() - start) * 1000
    print(elapsed, peak_mib(), outcome, sep="\t")


def peak_mib() -> float:
    """Largest memory of this process so far; Linux alone does not count the parent's before."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    if sys.argv[1:2] == ["--open"]:
        open_one(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        layout = scene()
        bench_peers(layout, Path(name))
        bench_hostile(layout, Path(name))


if __name__ == "__main__":
    main()
