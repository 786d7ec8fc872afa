"""Build resources/artwork from the collections: `python -m engine.data.build_artwork`.

Needs what running does not: the icon collections (npm packages `@iconify-json/...`, unpacked),
the Debian package openclipart-svg, and resvg_py.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.data import artwork_sources as table
from engine.data import artwork_tables as tables
from engine.data.artwork import INDEX_NAME, PACK_FOLDER, PACK_NAME
from engine.data.drawings import all_drawings

SIDE = 256
ENOUGH = 6000
"""Bytes past which a drawing is packed more tightly, so that the pack stays below 15 MB."""
OPENCLIPART = Path("/usr/share/openclipart/svg")
FIELDS = ("id", "name", "pose", "style", "faces", "source", "design", "entry", "width", "height")
WATER = re.compile(r'<path fill="#[0-9a-f]+" d="(?:M0 \d+h36v[^"]*|[^"]*h-?28(?:\.01)?z)"/>')
"""The strip of water that two collections draw under their boats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    id: str
    name: str
    pose: str
    style: str
    faces: str
    source: str
    design: str
    svg: str
    rotate: float = 0.0


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.strip().splitlines():
        name, _, rest = line.partition(": ")
        yield name, rest.split(" ")


class Collection:
    """The icons of one npm package."""

    def __init__(self, folder: Path, style: str) -> None:
        package = table.COLLECTIONS[style][0]
        found = sorted(folder.glob(f"iconify-json-{package}-[0-9]*/package/icons.json"))
        if not found:
            raise SystemExit(f"{folder} holds no unpacked @iconify-json/{package}")
        self.style = style
        self.root: dict[str, Any] = json.loads(found[-1].read_text())
        self.skip = set(table.SKIP.get(style, "").split())

    def svg(self, slug: str) -> str | None:
        if slug in self.skip:
            return None
        if self.style == "fx":
            slug = table.ALIASES.get(slug, slug.replace("-", ""))
        icon = self.root["icons"].get(slug)
        if icon is None:
            return None
        width = icon.get("width", self.root.get("width", 16))
        height = icon.get("height", self.root.get("height", 16))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box}" width="{width}" height="{height}">{icon["body"]}</svg>'
        )


BOATS = frozenset({"sailboat", "speedboat", "motor boat", "ship", "ferry", "canoe"})


def icons(collection: Collection) -> Iterator[Drawing]:
    """The objects of one emoji collection."""
    groups = (tables.ANIMALS, tables.PLANTS, tables.VEHICLES, tables.BUILDINGS, tables.HOME,
              tables.TOYS, tables.FOOD, tables.CLOTHES, tables.SKY_AND_GROUND)  # fmt: skip
    for name, slugs in _lines("".join(groups)):
        for token in slugs:
            slug, _, note = token.partition("/")
            svg = collection.svg(slug)
            if svg is None:
                continue
            faces = "left" if name in table.FACES_LEFT else "front"
            yield Drawing(
                id=f"{collection.style}/{slug}",
                name=name,
                pose="" if note == "front" else note,
                style=collection.style,
                faces="front" if note == "front" else faces,
                source=collection.style,
                design=slug,
                svg=WATER.sub("", svg) if name in BOATS else svg,
                rotate=table.ROTATE.get(slug, 0.0),
            )


def people(collection: Collection) -> Iterator[Drawing]:
    """Men, women and persons in every pose, in two skin tones each."""
    style = collection.style
    for number, (pose, slugs) in enumerate(_lines(tables.PEOPLE_POSES)):
        if style in table.SKIP_POSES.get(pose, "").split():
            continue
        for who_number, who in enumerate(("man", "woman", "person")):
            for pattern in slugs:
                slug = pattern.replace("%", who)
                for step in range(2):
                    tone = table.SKIN_TONES[(number + who_number * 2 + step * 3) % 6]
                    suffix = f"-{tone}" if style == "fluent" else f"-{tone}-skin-tone"
                    svg = collection.svg(slug + suffix if tone else slug)
                    if svg is None:
                        continue
                    yield Drawing(
                        id=f"{style}/{slug}{'-' + tone if tone else ''}",
                        name=who,
                        pose=pose,
                        style=style,
                        faces="front" if pose in _FRONT_POSES else "left",
                        source=style,
                        design=slug,
                        svg=svg,
                    )
    for name, tokens in _lines(tables.PEOPLE_OTHERS):
        for token in tokens:
            slug, _, pose = token.partition("/")
            svg = collection.svg(slug)
            if svg is not None:
                yield Drawing(
                    id=f"{style}/{slug}",
                    name=name,
                    pose=pose.replace("_", " ") or "standing",
                    style=style,
                    faces="front" if name == "couple" else "left",
                    source=style,
                    design=slug,
                    svg=svg,
                )


_FRONT_POSES = frozenset({"standing", "sitting", "lifting weights", "dancing", "cartwheeling"})


def clipart(folder: Path) -> Iterator[Drawing]:
    """The public domain drawings."""
    files = {path.stem: path for path in sorted(folder.rglob("*.svg"), reverse=True)}
    for name, tokens in _lines(tables.CLIPART):
        for token in tokens:
            stem, pose, faces = (token.split("/") + ["", ""])[:3]
            left = name in table.FACES_LEFT or pose in ("walking", "running")
            yield Drawing(
                id=f"clipart/{stem}",
                name=name,
                pose=pose.replace("_", " "),
                style="clipart",
                faces=faces or ("left" if left else "front"),
                source="clipart",
                design=stem,
                svg=str(files[stem]),
            )


def rasterise(drawing: Drawing) -> Image.Image | None:
    """The drawing at SIDE px on its longest side, cropped to its content; None when empty."""
    import resvg_py  # pyright: ignore[reportMissingImports]

    large = SIDE * 2
    source: dict[str, Any] = (
        {"svg_string": drawing.svg} if drawing.svg.startswith("<") else {"svg_path": drawing.svg}
    )
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(width=large, **source))))
    picture = picture.convert("RGBA")
    if drawing.rotate:
        picture = picture.rotate(drawing.rotate, Image.Resampling.BICUBIC, expand=True)
    box = Image.fromarray(((np.asarray(picture)[..., 3] > 40) * 255).astype(np.uint8)).getbbox()
    if box is None:
        return None
    if max(box[2] - box[0], box[3] - box[1]) < SIDE:
        # A drawing that fills little of its page is drawn larger instead of blown up.
        zoom = SIDE / max(box[2] - box[0], box[3] - box[1], 8)
        again = resvg_py.svg_to_bytes(width=min(int(large * zoom * 1.1), 4096), **source)
        picture = Image.open(io.BytesIO(bytes(again))).convert("RGBA")
        box = Image.fromarray(((np.asarray(picture)[..., 3] > 40) * 255).astype(np.uint8)).getbbox()
        assert box is not None
    picture = picture.crop(box)
    scale = SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    premultiplied = picture.convert("RGBa").resize(size, Image.Resampling.LANCZOS)
    return premultiplied.convert("RGBA")


def encode(picture: Image.Image) -> bytes:
    """Lossy WebP; the opacity is stored nearly exact, so the silhouettes keep their edges."""
    data = b""
    for quality in (60, 35):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, alpha_quality=80, method=4)
        data = buffer.getvalue()
        if len(data) <= ENOUGH:
            break
    return data


def build(sources: Path, clips: Path, folder: Path) -> None:
    drawings: list[Drawing] = []
    for style in table.COLLECTIONS:
        collection = Collection(sources, style)
        drawings += icons(collection)
        drawings += people(collection)
    drawings += clipart(clips)
    drawings += [Drawing(**fields) for fields in all_drawings()]
    rows, seen = [], set()
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / PACK_NAME, "w", zipfile.ZIP_STORED) as pack:
        for drawing in drawings:
            if drawing.id in seen:
                continue
            try:
                picture = rasterise(drawing)
            except (ValueError, OSError) as error:
                print(f"{drawing.id}: {error}")
                continue
            if picture is None or min(picture.size) < 6:
                print(f"{drawing.id}: empty")
                continue
            seen.add(drawing.id)
            entry = f"{len(rows):04d}.webp"
            info = zipfile.ZipInfo(entry, date_time=(2020, 1, 1, 0, 0, 0))
            pack.writestr(info, encode(picture))
            facts = {"entry": entry, "width": picture.width, "height": picture.height}
            rows.append([facts.get(field) or getattr(drawing, field, "") for field in FIELDS])
    licences = {
        style: {"licence": licence, "title": title, "package": f"@iconify-json/{package}"}
        for style, (package, licence, title) in table.COLLECTIONS.items()
    }
    licences["clipart"] = {"licence": "public domain", "title": "Open Clip Art Library 0.18",
                           "package": "Debian openclipart-svg"}  # fmt: skip
    licences["own"] = {"licence": "Apache-2.0", "title": "Scenewright drawings", "package": ""}
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"fields": {json.dumps(FIELDS)},\n"licences": {json.dumps(licences)},\n'
    (folder / INDEX_NAME).write_text(f'{text}"sprites": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{len(rows)} drawings of {len({row[1] for row in rows})} classes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of unpacked packages")
    parser.add_argument("--clipart", type=Path, default=OPENCLIPART)
    parser.add_argument("--out", type=Path, default=PACK_FOLDER)
    arguments = parser.parse_args()
    build(arguments.sources, arguments.clipart, arguments.out)


if __name__ == "__main__":
    main()
