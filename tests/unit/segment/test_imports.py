"""Id maps and COCO JSON of other programs become layers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.photo import photo_from_bytes
from engine.project.export import export_ids, export_semantic
from engine.segment.imports import (
    import_coco,
    import_id_map,
    layout_of_photo,
    read_names,
)

WIDTH, HEIGHT = 100, 80


def png(pixels: np.ndarray | Image.Image) -> bytes:
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def scene() -> Layout:
    layers = (
        Layer(label="sky", ade_class=2, mask=Mask.filled(Box(0, 0, WIDTH, 40))),
        Layer(label="grass", ade_class=9, mask=Mask.filled(Box(0, 40, WIDTH, 40))),
        Layer(label="dog", ade_class=126, mask=Mask.filled(Box(30, 30, 20, 30))),
    )
    return Layout(width=WIDTH, height=HEIGHT, layers=layers)


def test_our_own_id_map_comes_back_with_its_names_in_depth_order(tmp_path: Path) -> None:
    export_ids(scene(), tmp_path / "ids.png")
    names = {1: "sky", 2: "grass", 3: "dog"}
    layout = import_id_map((tmp_path / "ids.png").read_bytes(), names=names).layout
    assert (layout.width, layout.height) == (WIDTH, HEIGHT)
    assert [x.label for x in layout.layers] == ["sky", "grass", "dog"]
    assert [x.ade_class for x in layout.layers] == [2, 9, 126]
    assert layout.layers[2].mask == scene().layers[2].mask
    # What the dog hides is not in the map.
    assert layout.layers[0].mask.area == WIDTH * 40 - 20 * 10


def test_completed_it_has_the_hidden_parts_too(tmp_path: Path) -> None:
    export_ids(scene(), tmp_path / "ids.png")
    names = {1: "sky", 2: "grass", 3: "dog"}
    data = (tmp_path / "ids.png").read_bytes()
    layout = import_id_map(data, names=names, complete=True).layout
    assert [x.mask for x in layout.layers] == [x.mask for x in scene().layers]


def test_a_semantic_map_is_named_by_its_colours(tmp_path: Path) -> None:
    export_semantic(scene(), tmp_path / "map.png")
    layout = import_id_map((tmp_path / "map.png").read_bytes()).layout
    assert sorted(x.label for x in layout.layers) == ["animal", "grass", "sky"]


def test_sixteen_bits_palettes_and_ade_annotations() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.uint16)
    ids[:40], ids[40:] = 3, 4000
    layout = import_id_map(png(ids), names={3: "sky", 4000: "sea"}).layout
    assert [x.label for x in layout.layers] == ["sky", "sea"]
    small = np.where(ids == 3, 3, 10).astype(np.uint8)
    palette = Image.fromarray(small)
    palette.putpalette(bytes(range(256)) * 3)
    ade = import_id_map(png(palette), names=read_names("ade")).layout
    assert [(x.label, x.ade_class) for x in ade.layers] == [("sky", 2), ("grass", 9)]


def test_values_without_a_name_are_numbered_and_told() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    ids[:40], ids[40:] = 1, 7
    imported = import_id_map(png(ids), names={1: "sky"})
    assert [x.label for x in imported.layout.layers] == ["sky", "layer 7"]
    assert any("7" in note for note in imported.notes)


def test_the_map_is_scaled_to_its_photo() -> None:
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    ids[20:60, 20:60] = 1
    photo = photo_from_bytes(png(np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.uint8)), "p.png")
    imported = import_id_map(png(ids), photo=photo)
    assert imported.layout.background == photo.background
    assert imported.layout.layers[0].mask.box == Box(40, 40, 80, 80)
    assert any("scaled" in note for note in imported.notes)


def test_bad_id_maps_are_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    with pytest.raises(InputError, match="Is it a photo"):
        import_id_map(png(noise), name="p.png")
    with pytest.raises(InputError, match="empty"):
        import_id_map(png(np.zeros((HEIGHT, WIDTH), np.uint8)))
    with pytest.raises(InputError, match="not possible"):
        import_id_map(png(np.ones((2, 2), np.uint8)))
    for data in (b"", b"words", png(noise)[:100]):
        with pytest.raises(InputError, match="whole PNG"):
            import_id_map(data)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('{"1": "dog", "2": {"label": "blue sky"}}', {1: "dog", 2: "blue sky"}),
        ('["sky", "sea"]', {1: "sky", 2: "sea"}),
    ],
)
def test_names(tmp_path: Path, content: str, names: dict[int, str]) -> None:
    file = tmp_path / "names.json"
    file.write_text(content)
    assert read_names(file) == names


@pytest.mark.parametrize("content", ["", "7", '{"a": "dog"}', '{"1": 5}', '{"1": " "}'])
def test_bad_names(tmp_path: Path, content: str) -> None:
    file = tmp_path / "names.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"names\.json"):
        read_names(file)
    with pytest.raises(InputError, match="no file of names"):
        read_names(tmp_path / "none.json")


def annotation(category: int, segmentation: Any, **more: Any) -> dict[str, Any]:
    return {"image_id": 5, "category_id": category, "segmentation": segmentation} | more


def coco(**more: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 5, "file_name": "park.jpg", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "tree"}],
        "annotations": [
            annotation(1, [[10, 50, 30, 50, 30, 70, 10, 70]]),
            annotation(2, [[50, 5, 70, 5, 70, 60, 50, 60]]),
            annotation(1, {"size": [HEIGHT, WIDTH], "counts": [0, WIDTH * HEIGHT]}, iscrowd=1),
        ],
    } | more


def written(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "instances.json"
    file.write_text(json.dumps(content))
    return file


def test_coco_objects_become_layers_far_to_near(tmp_path: Path) -> None:
    imported = import_coco(written(tmp_path, coco()))
    layout = imported.layout
    assert [x.label for x in layout.layers] == ["tree", "dog"]
    assert layout.layers[0].mask.box == Box(50, 5, 20, 55)
    assert layout.layers[1].ade_class == 126
    assert any("1 crowds" in note for note in imported.notes)


def test_one_of_several_pictures_is_chosen_by_name_or_id(tmp_path: Path) -> None:
    second = {"id": 6, "file_name": "sea.jpg", "width": 64, "height": 64}
    content = coco(images=[*coco()["images"], second])
    content["annotations"].append(
        {"id": 9, "image_id": 6, "category_id": 1, "segmentation": [[1, 1, 40, 1, 40, 40]]}
    )
    file = written(tmp_path, content)
    with pytest.raises(InputError, match="2 pictures"):
        import_coco(file)
    for name in ("sea", "sea.jpg", "6"):
        assert import_coco(file, picture=name).layout.width == 64
    with pytest.raises(InputError, match="no picture 'lake'"):
        import_coco(file, picture="lake")


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"images": []},
        coco(annotations=[]),
        coco(categories=[]),
        coco(images=[{"id": 5, "file_name": "a", "width": 1, "height": 1}]),
        coco(images=[{"id": 5, "file_name": "a", "width": "wide", "height": 9}]),
        coco(annotations=[{"image_id": 5, "category_id": 1, "segmentation": [[1, 2]]}]),
        coco(annotations=[{"image_id": 5, "category_id": 1}]),
    ],
)
def test_bad_coco_files_are_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError):
        import_coco(written(tmp_path, content))


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\x00\x01")
    with pytest.raises(InputError, match=r"a\.json"):
        import_coco(file)
    with pytest.raises(InputError, match="no such file"):
        import_coco(tmp_path / "none.json")


def test_a_photo_becomes_the_background_of_an_empty_layout() -> None:
    photo = photo_from_bytes(png(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), "p.png")
    layout = layout_of_photo(photo)
    assert (layout.width, layout.height, layout.layers) == (WIDTH, HEIGHT, ())
    assert layout.background == photo.background
    tiny = photo_from_bytes(png(np.zeros((1, 1, 3), np.uint8)))
    with pytest.raises(InputError, match="not possible"):
        layout_of_photo(tiny)
