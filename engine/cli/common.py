"""What the commands share: reading option values, progress, JSON and picture files."""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    from engine.layout.layer import Layer
    from engine.layout.layout import Layout


class UsageError(InputError):
    """Options that do not go together; the exit code is 2."""


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")


def size_value(text: str) -> tuple[int, int]:
    """ "512x384" as (width, height) in pixels."""
    found = re.fullmatch(r"(\d{1,9})[xX](\d{1,9})", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, for example 512x384")
    return int(found[1]), int(found[2])


class Progress:
    """A JobContext that shows one changing line on stderr when a person is watching."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        if self._shows:
            count = f" {step}/{total}" if total else ""
            print(f"\r\x1b[K{stage}{count}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the line, so that what is printed next starts clean."""
        if self._shows:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def run_job(request: Any) -> Any:
    """The result of a request that the engine has a handler for, its progress shown."""
    from engine.jobs.engine import HANDLERS, load_handler

    progress = Progress()
    try:
        progress.progress("Starting")
        return load_handler(HANDLERS[type(request)])(request, progress)
    finally:
        progress.clear()


def print_json(values: Any) -> None:
    print(json.dumps(values, indent=2, ensure_ascii=False))


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Columns as wide as their widest cell; the last one is left as it is."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head) - 1)]
    for row in (head, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join((*cells, row[-1])).rstrip())


def layer_name(layout: Layout, layer: Layer) -> str:
    """The name by which a user finds the layer again: "#2 tree"."""
    return f"#{layout.index(layer.id) + 1} {layer.label}"


def check_folder_of(path: Path | None) -> None:
    """Raise InputError when a file to be written has no folder to lie in."""
    if path is not None and not path.parent.is_dir():
        raise InputError(f"Cannot write {path}: there is no folder {path.parent}.")


def write_png(path: Path, picture: np.ndarray | Image) -> None:
    """Write a picture as PNG, whole or not at all; raises ProjectError when that fails."""
    from PIL import Image as images

    from engine.project.files import replace_file

    image = images.fromarray(picture) if not hasattr(picture, "save") else picture
    data = io.BytesIO()
    image.save(data, "PNG")  # type: ignore[union-attr]
    replace_file(path, data.getvalue())
