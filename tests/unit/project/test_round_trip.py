from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import ProjectError
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Background, Layout
from engine.layout.mask import Mask
from engine.project import encode_project, open_project, save_project, schema

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LABEL = TEXT.map(lambda text: " ".join(text.split())).filter(bool)
JSON = st.dictionaries(TEXT, st.none() | st.integers(-5, 5) | TEXT | st.lists(TEXT), max_size=3)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    bits = np.random.default_rng(draw(st.integers(0, 9999))).random((height, width))
    place = st.integers(-60, 100)
    return Mask.from_array(bits < draw(st.sampled_from([0, 0.05, 1])), x=draw(place), y=draw(place))


LAYERS = st.builds(
    Layer,
    label=LABEL,
    mask=masks(),
    ade_class=st.integers(-1, 149),
    visible=st.booleans(),
    locked=st.booleans(),
    group=st.none() | LABEL,
    prompt=TEXT,
    provenance=st.none()
    | st.builds(Provenance, kind=TEXT, request=JSON, seed=st.none() | st.integers(0), pack=TEXT),
    extra=st.dictionaries(st.sampled_from(["later", "newer"]), JSON, max_size=2),
)
LAYOUTS = st.builds(
    Layout,
    width=st.integers(64, 90),
    height=st.integers(64, 90),
    caption=TEXT,
    layers=st.lists(LAYERS, max_size=5).map(tuple),
    extra=st.dictionaries(st.sampled_from(["later", "newer"]), JSON, max_size=2),
)


@given(layout=LAYOUTS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_was_saved_is_what_opens(layout: Layout, tmp_path: Path) -> None:
    save_project(layout, tmp_path / "scene.ora")
    opened = open_project(tmp_path / "scene.ora")
    assert opened.layout == layout
    assert not opened.notes and not opened.foreign
    assert encode_project(opened.layout) == (tmp_path / "scene.ora").read_bytes()


def test_photo_keeps_its_very_bytes(layout: Layout, tmp_path: Path) -> None:
    save_project(layout, tmp_path / "scene.ora")
    with zipfile.ZipFile(tmp_path / "scene.ora") as archive:
        assert layout.background is not None
        assert archive.read("layout/photo.jpg") == layout.background.data
    assert open_project(tmp_path / "scene.ora").layout == layout


def test_openraster_form(layout: Layout, tmp_path: Path) -> None:
    save_project(layout, tmp_path / "scene.ora")
    data = (tmp_path / "scene.ora").read_bytes()
    # The magic bytes by which `file` and desktops know the format.
    assert data[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(tmp_path / "scene.ora") as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGB")
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
        assert archive.testzip() is None
    assert merged.size == (160, 120)
    assert merged.getpixel((47, 77)) == (255, 0, 122)  # dog, before the grass
    assert merged.getpixel((150, 110)) == (4, 250, 7)  # grass
    sky = merged.getpixel((100, 20))
    assert layout.background is not None
    assert sky == Image.open(io.BytesIO(layout.background.data)).getpixel((100, 20))
    assert max(thumbnail.size) <= 256 and thumbnail.mode == "RGBA"


def test_merged_image_is_transparent_where_nothing_lies(layout: Layout, tmp_path: Path) -> None:
    save_project(replace(layout, background=None), tmp_path / "scene.ora")
    with zipfile.ZipFile(tmp_path / "scene.ora") as archive:
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA")
    assert merged.getpixel((100, 20)) == (0, 0, 0, 0)
    assert merged.getpixel((150, 110)) == (4, 250, 7, 255)


def test_large_canvas_has_a_small_thumbnail(tmp_path: Path) -> None:
    mask = Mask.from_array(np.ones((100, 2000), bool))
    save_project(
        Layout(width=2000, height=500, layers=(Layer(label="sky", ade_class=2, mask=mask),)),
        tmp_path / "scene.ora",
    )
    with zipfile.ZipFile(tmp_path / "scene.ora") as archive:
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert thumbnail.size == (256, 64)
    assert thumbnail.getpixel((128, 5)) == (6, 230, 230, 255)
    assert thumbnail.getpixel((128, 40)) == (0, 0, 0, 0)


def test_unknown_entries_and_settings_survive(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "scene.ora"
    kept = {"layout/history/1.webp": b"\x00\x01", "notes.txt": "für später".encode()}
    save_project(layout, path, settings={"zoom": 2.5}, unknown=kept)
    first = open_project(path)
    save_project(first.layout, path, settings=first.settings, unknown=first.unknown)
    again = open_project(path)
    assert dict(again.unknown) == kept
    assert again.settings == {"zoom": 2.5}


def test_unknown_keys_of_a_later_program_survive_at_every_depth(
    layout: Layout, tmp_path: Path, rewrite: Callable[..., None]
) -> None:
    path = tmp_path / "scene.ora"
    save_project(layout, path)
    document = _document(path)
    document["later"] = {"a": [1]}
    document["canvas"]["dpi"] = 300
    document["background"]["rotation"] = 90
    document["layers"][1]["depth"] = 0.5
    document["layers"][1]["provenance"]["rank"] = 3
    rewrite(path, {"layout/document.json": json.dumps(document).encode()})

    opened = open_project(path)
    moved = replace(opened.layout.layers[1], mask=opened.layout.layers[1].mask.moved(3, 0))
    layers = (opened.layout.layers[0], moved, *opened.layout.layers[2:])
    save_project(opened.layout.with_layers(layers), path)

    document = _document(path)
    assert document["later"] == {"a": [1]}
    assert document["canvas"] == {"width": 160, "height": 120, "dpi": 300}
    assert document["background"]["rotation"] == 90
    assert document["layers"][1]["depth"] == 0.5
    assert document["layers"][1]["provenance"]["rank"] == 3
    assert document["layers"][1]["box"]["x"] == 33


def test_newer_version_is_refused_with_the_remedy(
    layout: Layout, tmp_path: Path, rewrite: Callable[..., None]
) -> None:
    path = tmp_path / "scene.ora"
    save_project(layout, path)
    document = _document(path) | {"version": 99}
    rewrite(path, {"layout/document.json": json.dumps(document).encode()})
    with pytest.raises(ProjectError, match=r"scene\.ora .*newer Scenewright.*99.*Update"):
        open_project(path)


def test_older_version_is_migrated(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scene.ora"
    save_project(layout, path)
    monkeypatch.setattr(schema, "VERSION", 3)
    monkeypatch.setitem(schema.MIGRATIONS, 1, lambda raw: raw | {"caption": raw["caption"] + "!"})
    monkeypatch.setitem(schema.MIGRATIONS, 2, lambda raw: raw | {"caption": raw["caption"] + "?"})
    assert open_project(path).layout.caption == "Two pets on the grass!?"


@pytest.mark.parametrize("sample", sorted((Path(__file__).parent / "samples").glob("*.ora")))
def test_files_of_every_version_open(sample: Path) -> None:
    opened = open_project(sample)
    assert [layer.label for layer in opened.layout.layers] == ["grass", "dog", "ball"]
    assert opened.layout.caption == "A dog and a ball"
    assert opened.layout.layers[1].provenance is not None
    assert opened.layout.background is not None and not opened.notes


def test_odd_layer_ids_stay_inside_the_archive(tmp_path: Path) -> None:
    names = ("../../etc/passwd", "CON", "A", "a", "é" * 150, "background")
    mask = Mask.from_array(np.ones((3, 3), bool))
    layout = Layout(
        width=64,
        height=64,
        layers=tuple(Layer(id=name, label="thing", mask=mask) for name in names),
    )
    save_project(layout, tmp_path / "scene.ora")
    assert open_project(tmp_path / "scene.ora").layout == layout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 16}, "16 x 120 px"),
        ({"caption": "x" * 5000}, "caption"),
        ({"background": Background(data=b"no photo", format="png", name="x.png")}, "x.png"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    layout: Layout, tmp_path: Path, change: dict, message: str
) -> None:
    path = tmp_path / "scene.ora"
    save_project(layout, path)
    before = path.read_bytes()
    with pytest.raises(ProjectError, match=message):
        save_project(replace(layout, **change), path)
    assert path.read_bytes() == before


def test_provenance_that_is_no_json_is_named(layout: Layout, tmp_path: Path) -> None:
    bad = replace(layout.layers[0], provenance=Provenance(kind="x", request={"at": float("nan")}))
    with pytest.raises(ProjectError, match="Cannot save"):
        save_project(layout.with_layers((bad,)), tmp_path / "scene.ora")


def _document(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("layout/document.json"))
