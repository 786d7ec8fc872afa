"""The artwork pack that ships."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.artwork import PACK_FOLDER, load_artwork
from engine.errors import DataError

PACK = load_artwork()


def test_the_pack_is_large_in_variety_and_small_in_bytes() -> None:
    classes = {sprite.name for sprite in PACK.sprites}
    styles = Counter(sprite.style for sprite in PACK.sprites)
    assert len(classes) >= 150
    assert sum(count >= 100 for count in styles.values()) >= 4
    assert sum(path.stat().st_size for path in PACK_FOLDER.iterdir()) <= 15_000_000


def test_people_come_in_several_poses_in_more_than_one_style() -> None:
    for name in ("man", "woman", "boy", "girl"):
        poses = {s.pose for s in PACK.sprites if s.name == name}
        assert {"standing", "sitting", "running", "walking"} <= poses, name
    riders = {s.style for s in PACK.sprites if s.pose == "riding a bicycle"}
    assert len(riders) >= 3


def test_every_source_has_a_licence_that_notice_names() -> None:
    notice = Path(PACK_FOLDER).parents[1].joinpath("NOTICE").read_text(encoding="utf-8")
    for source in {sprite.source for sprite in PACK.sprites}:
        entry = PACK.licences[source]
        assert entry["licence"] in ("MIT", "Apache-2.0", "CC-BY-4.0", "public domain")
        if entry["package"]:
            assert entry["package"].split()[-1] in notice


@pytest.mark.parametrize("step", range(12))
def test_drawings_are_cropped_whole_and_not_framed(step: int) -> None:
    for sprite in PACK.sprites[step * 7 :: 97]:
        rgba = sprite.rgba()
        silhouette = sprite.silhouette()
        assert rgba.dtype == np.uint8 and rgba.shape[2] == 4
        assert rgba.shape[:2] == (sprite.height, sprite.width)
        assert max(rgba.shape[:2]) == 256
        assert silhouette.shape == rgba.shape[:2]
        share = silhouette.mean()
        assert share > 0.02, sprite.id
        edges = (silhouette[:3], silhouette[-3:], silhouette[:, :3], silhouette[:, -3:])
        assert sum(edge.any() for edge in edges) >= 3, sprite.id


def test_the_split_is_fixed_by_design_and_leaves_something_unseen() -> None:
    sides: dict[tuple[str, str, str], set[str]] = {}
    for sprite in PACK.sprites:
        key = (sprite.style, sprite.name, sprite.design)
        sides.setdefault(key, set()).add(PACK.split(sprite))
    assert all(len(values) == 1 for values in sides.values())  # skin tones stay together
    unseen = [s for s in PACK.sprites if PACK.split(s) == "val"]
    assert 0.08 < len(unseen) / len(PACK.sprites) < 0.2
    assert len({s.name for s in unseen}) >= 150


def test_a_damaged_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="index.json"):
        load_artwork(tmp_path)
    (tmp_path / "index.json").write_text("{")
    (tmp_path / "sprites.zip").write_bytes(b"")
    with pytest.raises(DataError, match="damaged"):
        load_artwork(tmp_path)


def test_a_drawing_missing_from_the_pack_is_named(tmp_path: Path) -> None:
    index = json.loads((PACK_FOLDER / "index.json").read_text(encoding="utf-8"))
    index["sprites"] = index["sprites"][:2]
    (tmp_path / "index.json").write_text(json.dumps(index))
    buffer = io.BytesIO()
    Image.new("RGBA", (4, 4)).save(buffer, "WEBP")
    with zipfile.ZipFile(tmp_path / "sprites.zip", "w") as pack:
        pack.writestr("other.webp", buffer.getvalue())
    sprite = load_artwork(tmp_path).sprites[0]
    with pytest.raises(DataError, match=sprite.entry):
        sprite.rgba()
