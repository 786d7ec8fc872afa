from __future__ import annotations

import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ProjectError
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.project import open_project, save_project
from engine.smartmask.repeat import request_again

Rewrite = Callable[[Path, Mapping[str, bytes | None]], None]


@pytest.fixture
def saved(layout: Layout, tmp_path: Path) -> Path:
    path = tmp_path / "scene.ora"
    save_project(layout, path, unknown={"layout/other.bin": bytes(range(50))})
    return path


def opens_same_or_is_refused(path: Path, layout: Layout) -> bool:
    """Whether it was refused; anything else than the layout or a ProjectError fails the test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            opened = open_project(path)
    except ProjectError as error:
        assert path.name in str(error)
        return True
    assert opened.layout == layout
    return False


def test_cut_short_anywhere(saved: Path, layout: Layout) -> None:
    data = saved.read_bytes()
    for length in [0, 1, 3, 21, 22, 30, 100, *range(150, len(data) - 1, len(data) // 60)]:
        saved.write_bytes(data[:length])
        assert opens_same_or_is_refused(saved, layout)


def test_flipped_bytes(saved: Path, layout: Layout) -> None:
    data = saved.read_bytes()
    chance = random.Random(7)
    directory = data.index(b"PK\x01\x02")
    places = [chance.randrange(len(data)) for _ in range(150)]
    places += [chance.randrange(directory, len(data)) for _ in range(150)]
    refused = 0
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        saved.write_bytes(flipped)
        refused += opens_same_or_is_refused(saved, layout)
    assert refused > 50


def test_noise_and_foreign_files(tmp_path: Path, layout: Layout) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (10, 10)).save(picture, "PNG")
    for content in (b"", b"PK\x05\x06", picture.getvalue(), bytes(70_000), b"PK\x03\x04" * 500):
        (tmp_path / "x.ora").write_bytes(content)
        with pytest.raises(ProjectError, match=r"x\.ora is not a Scenewright project"):
            open_project(tmp_path / "x.ora")


def test_zip_of_another_kind(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.ora", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    with pytest.raises(ProjectError, match="'mimetype' does not say image/openraster"):
        open_project(tmp_path / "book.ora")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"There is no file .*gone\.ora"):
        open_project(tmp_path / "gone.ora")
    with pytest.raises(ProjectError, match="Cannot read"):
        open_project(tmp_path)


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "C:/x", "a\\b", "x\x01"])
def test_dangerous_entry_names(saved: Path, name: str) -> None:
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(ProjectError, match="entry"):
        open_project(saved)


def test_duplicate_entry(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("stack.xml", "<image/>")
    with pytest.raises(ProjectError, match=r"'stack\.xml' occurs twice"):
        open_project(saved)


def test_compression_that_openraster_has_not(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("extra.bin", bytes(1000), zipfile.ZIP_BZIP2)
    with pytest.raises(ProjectError, match=r"'extra\.bin' is compressed"):
        open_project(saved)


def test_encrypted_entry(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    saved.write_bytes(data)
    with pytest.raises(ProjectError, match="'mimetype' is encrypted"):
        open_project(saved)


def test_too_many_entries(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive:
        for number in range(10_000):
            archive.writestr(f"x/{number}", "")
    with pytest.raises(ProjectError, match="at most 10000"):
        open_project(saved)


def test_huge_table_of_contents(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive:
        for number in range(100):
            archive.writestr(f"x/{number}" + "y" * 60_000, "")
    with pytest.raises(ProjectError, match="table of contents"):
        open_project(saved)


def test_zip_bomb(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.bin", bytes(50_000_000))
    with pytest.raises(ProjectError, match=r"'bomb\.bin' unpacks to far more"):
        open_project(saved)


def test_entry_whose_stated_size_is_a_lie(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.bin", bytes(50_000_000))
    data = bytearray(saved.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 1000)
    saved.write_bytes(data)
    with pytest.raises(ProjectError, match=r"'bomb\.bin' is damaged"):
        open_project(saved)


def test_entry_too_large_for_its_kind(saved: Path, rewrite: Rewrite) -> None:
    rewrite(saved, {"stack.xml": b"<image>" + b" " * (1 << 20) + b"</image>"})
    with pytest.raises(ProjectError, match=r"'stack\.xml' has 1048591 bytes"):
        open_project(saved)


@pytest.mark.parametrize(
    "stack",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><image>&b;</image>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><image>&a;</image>',
        b'<image w="100" h="80">' + b"<stack>" * 50_000 + b"</stack>" * 50_000 + b"</image>",
        b'<image w="100" h="80"/>',
        b'<image w="nan" h="80"><stack/></image>',
        b'<image w="1e99" h="80"><stack/></image>',
        b'<image h="80"><stack/></image>',
        b'<image w="20000" h="80"><stack/></image>',
        b'<image w="100" h="80"><stack><layer src="gone.png"/></stack></image>',
        b'<image w="100" h="80"><stack><layer src="stack.xml"/></stack></image>',
        b"\xff\xfe\x00",
        b"",
    ],
    ids=range(12),
)
def test_bad_stacks(saved: Path, rewrite: Rewrite, stack: bytes) -> None:
    rewrite(saved, {"stack.xml": stack, "layout/document.json": None})
    with pytest.raises(ProjectError, match=r"scene\.ora: entry '(stack\.xml|gone\.png)'"):
        open_project(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": True}, "no version"),
        ({"version": 0}, "no version"),
        ({"version": None}, "no version"),
        ({"canvas": {"width": 160}}, "canvas.height"),
        ({"canvas": {"width": 10**6, "height": 10}}, "1000000 x 10 px"),
        ({"canvas": {"width": True, "height": 100}}, "canvas.width"),
        ({"caption": 3}, "caption"),
        ({"layers": {}}, "layers"),
        ({"settings": []}, "settings"),
    ],
)
def test_bad_documents(saved: Path, rewrite: Rewrite, change: dict, message: str) -> None:
    document = _document(saved) | change
    rewrite(saved, {"layout/document.json": json.dumps(document).encode()})
    with pytest.raises(ProjectError, match=rf"'layout/document\.json' cannot be used.*{message}"):
        open_project(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"ade_class": 150}, "ade_class"),
        ({"visible": 1}, "visible"),
        ({"box": {"x": 0, "y": 0, "width": -1, "height": 4}}, "box.width"),
        ({"box": {"x": 0.5, "y": 0, "width": 1, "height": 4}}, "box.x"),
        ({"id": "b" * 32}, "same id"),
    ],
)
def test_bad_layer_records(saved: Path, rewrite: Rewrite, change: dict, message: str) -> None:
    document = _document(saved)
    document["layers"][0] |= change
    rewrite(saved, {"layout/document.json": json.dumps(document).encode()})
    with pytest.raises(ProjectError, match=rf"'layout/document\.json' cannot be used.*{message}"):
        open_project(saved)


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b"[1]", b"null", b"\xff", b'{"version": NaN}', b"9" * 5000, b""]
)
def test_text_that_is_no_document(saved: Path, rewrite: Rewrite, text: bytes) -> None:
    rewrite(saved, {"layout/document.json": text})
    with pytest.raises(ProjectError, match=r"'layout/document\.json' cannot be used"):
        open_project(saved)


SMARTMASK = {
    "label": "dog",
    "guidance": {"mode": "box", "box": [30, 60, 35, 35]},
    "finish": {
        "edges": {"box": [0, 60, 160, 60], "down": False, "slack": 0.1, "meets": []},
        "seat": [0, 3],
        "shift": [0, 0],
    },
    "place": [30, 60, 35, 35],
    "area": 900,
    "steps": 4,
}


def with_origin(path: Path, rewrite: Rewrite, **changed: object) -> None:
    """Puts what is said of the dog's origin into the file."""
    document = _document(path)
    origin = {"kind": "smartmask", "request": SMARTMASK, "seed": 9, "pack": "lite"} | changed
    next(x for x in document["layers"] if x["label"] == "dog")["provenance"] = origin
    text = json.dumps(document).replace('"NaN"', "NaN").replace('"1e999"', "1e999")
    rewrite(path, {"layout/document.json": text.replace('"9..."', "9" * 9000).encode()})


@pytest.mark.parametrize(
    "damage",
    [
        {"finish": {"shift": [1e12, 0]}},
        {"finish": {"shift": [10**12, 0]}},
        {"finish": {"shift": ["9...", 0]}},
        {"finish": {"shift": "0, 0"}},
        {"finish": {"mirror": [2, 0]}},
        {"finish": {"edges": SMARTMASK["finish"]["edges"] | {"slack": "NaN"}}},
        {"finish": {"edges": SMARTMASK["finish"]["edges"] | {"slack": "1e999"}}},
        {"finish": {"edges": SMARTMASK["finish"]["edges"] | {"slack": 7.5}}},
        {"place": [0.5, "x", None, True]},
        {"area": -1},
        {"form": "no form"},
        {"steps": 10**9},
        {"text_scale": "NaN"},
        {"beneath": 5},
        {"design": []},
        {"something newer": ["NaN"]},
    ],
    ids=str,
)
def test_damage_in_where_a_mask_came_from_costs_nothing_else(
    saved: Path, rewrite: Rewrite, layout: Layout, damage: dict
) -> None:
    with_origin(saved, rewrite, request=SMARTMASK | damage)
    opened = open_project(saved)
    assert [x.mask for x in opened.layout.layers] == [x.mask for x in layout.layers]
    (note,) = opened.notes
    assert "“dog”" in note and "may come out otherwise" in note
    origin = opened.layout.layers[1].provenance
    assert origin is not None and (origin.seed, origin.pack) == (9, "lite")
    kept = {key: value for key, value in SMARTMASK.items() if key not in damage}
    assert origin.request == kept
    request_again(opened.layout, opened.layout.layers[1].id)
    save_project(opened.layout, saved)
    assert open_project(saved).layout == opened.layout and not open_project(saved).notes


@pytest.mark.parametrize(
    "origin",
    [
        {"kind": 3},
        {"request": "dog"},
        {"request": SMARTMASK | {"label": 5}},
        {"request": SMARTMASK | {"guidance": {"mode": "box", "box": [0, 0, "NaN", 4]}}},
        {"request": SMARTMASK | {"guidance": {"mode": "point", "point": ["1e999", 4]}}},
    ],
    ids=str,
)
def test_an_origin_of_which_too_little_is_left_goes(
    saved: Path, rewrite: Rewrite, layout: Layout, origin: dict
) -> None:
    with_origin(saved, rewrite, **origin)
    opened = open_project(saved)
    dog = opened.layout.layers[1]
    assert (dog.label, dog.mask, dog.provenance) == ("dog", layout.layers[1].mask, None)
    (note,) = opened.notes
    assert "“dog”" in note and "cannot be drawn again" in note


@pytest.mark.parametrize("seed", ["NaN", "9", True, 1.5])
def test_a_damaged_seed_is_left_out(
    saved: Path, rewrite: Rewrite, layout: Layout, seed: object
) -> None:
    with_origin(saved, rewrite, seed=seed)
    opened = open_project(saved)
    origin = opened.layout.layers[1].provenance
    assert origin is not None and origin.seed is None and origin.request == SMARTMASK
    assert len(opened.notes) == 1


def test_a_sound_origin_is_not_called_damaged(
    saved: Path, rewrite: Rewrite, layout: Layout
) -> None:
    with_origin(saved, rewrite, newer=True)
    opened = open_project(saved)
    origin = opened.layout.layers[1].provenance
    assert not opened.notes and origin is not None and origin.request == SMARTMASK


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_numbers_that_are_none_are_refused_elsewhere(
    saved: Path, rewrite: Rewrite, number: str
) -> None:
    text = json.dumps(_document(saved) | {"settings": {"zoom": "here"}})
    rewrite(saved, {"layout/document.json": text.replace('"here"', number).encode()})
    with pytest.raises(ProjectError, match="number that is none"):
        open_project(saved)


def test_document_that_says_another_box(saved: Path, rewrite: Rewrite) -> None:
    document = _document(saved)
    document["layers"][0]["box"]["width"] = 8000
    rewrite(saved, {"layout/document.json": json.dumps(document).encode()})
    with pytest.raises(ProjectError, match=r"'data/a+\.png' is damaged.*8000 x 40"):
        open_project(saved)


def test_changed_picture_is_named(saved: Path, rewrite: Rewrite) -> None:
    other = io.BytesIO()
    Image.new("P", (160, 40)).save(other, "PNG", bits=1)
    rewrite(saved, {f"data/{'a' * 32}.png": other.getvalue()})
    with pytest.raises(ProjectError, match=r"'data/a+\.png' is damaged \(its checksum is wrong"):
        open_project(saved)


@pytest.mark.parametrize("gone", ["stack.xml", f"data/{'b' * 32}.png", "layout/photo.jpg"])
def test_missing_entry_is_named(saved: Path, rewrite: Rewrite, gone: str) -> None:
    rewrite(saved, {gone: None})
    with pytest.raises(ProjectError, match=f"'{gone}' is missing"):
        open_project(saved)


def header_only_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_000, 20_000, 2**31 - 1])
def test_picture_with_a_huge_header(saved: Path, rewrite: Rewrite, side: int) -> None:
    stack = b'<image w="100" h="80"><stack><layer name="x" src="data/x.png"/></stack></image>'
    rewrite(
        saved,
        {
            "layout/document.json": None,
            "stack.xml": stack,
            "data/x.png": header_only_png(side, side),
        },
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ProjectError, match=rf"'data/x\.png' is damaged \({side} x {side} px"):
            open_project(saved)


def test_one_picture_named_a_thousand_times(saved: Path, rewrite: Rewrite) -> None:
    picture = io.BytesIO()
    Image.new("RGBA", (6000, 5000), "red").save(picture, "PNG", compress_level=1)
    layers = b'<layer name="x" src="data/x.png"/>' * 5000
    stack = b'<image w="100" h="80"><stack>' + layers + b"</stack></image>"
    rewrite(
        saved,
        {"layout/document.json": None, "stack.xml": stack, "data/x.png": picture.getvalue()},
    )
    with pytest.raises(ProjectError, match="5000 layers"):
        open_project(saved)


def test_pictures_of_other_formats_are_not_read(saved: Path, rewrite: Rewrite) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (10, 10)).save(picture, "TIFF")
    stack = b'<image w="100" h="80"><stack><layer name="x" src="data/x.png"/></stack></image>'
    rewrite(
        saved,
        {"layout/document.json": None, "stack.xml": stack, "data/x.png": picture.getvalue()},
    )
    with pytest.raises(ProjectError, match=r"'data/x\.png' is damaged"):
        open_project(saved)


def test_opening_leaves_pillows_own_limit_alone(saved: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    open_project(saved)
    assert before == Image.MAX_IMAGE_PIXELS and before is not None


def test_layer_too_large_to_be_read_again_is_not_saved(tmp_path: Path) -> None:
    mask = Mask.from_array(np.eye(2, dtype=bool))
    huge = Mask(mask.box._replace(width=80_000, height=1000), bytes(10_000_000))
    layout = Layout(width=100, height=100, layers=(Layer(label="dog", mask=huge),))
    with pytest.raises(ProjectError, match=r"layer 1 \(dog\) is too large"):
        save_project(layout, tmp_path / "x.ora")


def _document(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("layout/document.json"))
