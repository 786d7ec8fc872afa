from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ProjectError
from engine.layout.layout import Layout
from engine.project.export import export_ids, export_masks, export_semantic, safe_name


def test_semantic_picture_has_the_ade_colours(layout: Layout, tmp_path: Path) -> None:
    export_semantic(layout, tmp_path / "x.png")
    picture = Image.open(tmp_path / "x.png")
    assert (picture.mode, picture.size) == ("RGB", (160, 120))
    assert picture.getpixel((47, 77)) == (255, 0, 122)  # dog
    assert picture.getpixel((150, 110)) == (4, 250, 7)  # grass
    assert picture.getpixel((100, 20)) == (0, 0, 0)
    assert picture.getpixel((155, 2)) == (0, 0, 0)  # the hidden bird


def test_ids_count_from_the_back(layout: Layout, tmp_path: Path) -> None:
    export_ids(layout, tmp_path / "ids.png")
    picture = Image.open(tmp_path / "ids.png")
    assert picture.mode == "I;16"
    ids = np.asarray(picture)
    assert [ids[110, 150], ids[77, 47], ids[110, 5], ids[20, 100]] == [1, 2, 3, 0]


def test_masks_are_amodal_and_numbered(layout: Layout, tmp_path: Path) -> None:
    written = export_masks(layout, tmp_path / "deep" / "masks")
    assert [path.name for path in written] == [
        "01-grass.png",
        "02-dog.png",
        "03-cat.png",
        "04-Vögel-&-鳥.png",
        "05-nothing-yet.png",
    ]
    for path, layer in zip(written, layout.layers, strict=True):
        picture = np.asarray(Image.open(path))
        assert np.array_equal(picture, layer.mask.on_canvas(160, 120) * 255)


def test_exports_twice_are_the_same_bytes(layout: Layout, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_semantic(layout, tmp_path / f"{name}.png")
        export_ids(layout, tmp_path / f"{name}-ids.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a-ids.png").read_bytes() == (tmp_path / "b-ids.png").read_bytes()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("a/b\\c", "a-b-c"),
        ("../..", "layer"),
        ('what? "x" <y>|*:', "what-x-y"),
        ("ends. ", "ends"),
        ("?", "layer"),
        ("x" * 200, "x" * 60),
        ("鳥" * 200, "鳥" * 40),
    ],
)
def test_names_that_every_system_takes(label: str, name: str) -> None:
    assert safe_name(label) == name


def test_more_than_99_layers_sort_by_name(layout: Layout, tmp_path: Path) -> None:
    one = layout.layers[1]
    layers = tuple(replace(one, id=f"{number}") for number in range(101))
    written = export_masks(layout.with_layers(layers), tmp_path)
    assert written == sorted(written) and written[0].name == "001-dog.png"


def test_unusable_places_are_named(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProjectError, match="file"):
        export_masks(layout, tmp_path / "file")
    with pytest.raises(ProjectError, match="folder does not exist"):
        export_semantic(layout, tmp_path / "gone" / "x.png")
