"""PNG files that carry their request, and what foreign or hostile ones do."""

from __future__ import annotations

import io
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import InputError
from engine.layout.layout import Background
from engine.layout.mask import EMPTY_MASK, Mask
from engine.render.history import record_of, request_of
from engine.render.metadata import (
    KEY,
    parameters_text,
    png_bytes,
    request_from_png,
    request_of_png,
)
from engine.render.request import Picture, RenderRequest, RenderResult
from tests.unit.render.tiny import park


def result_of(request: RenderRequest) -> tuple[RenderResult, Picture]:
    rng = np.random.default_rng(0)
    picture = Picture(
        sample=2, seed=request.seed + 1, pixels=rng.integers(0, 256, (24, 32, 3), np.uint8)
    )
    result = RenderResult(
        request=request, pictures=(picture,), prompt="a dog", pack="lite", model_hash="abc"
    )
    return result, picture


def rich_request() -> RenderRequest:
    layout = park()
    odd = np.random.default_rng(1).random((40, 50)) > 0.5
    layers = (
        replace(layout.layers[0], mask=Mask.from_array(odd, x=-7, y=-5), group="far"),
        *layout.layers[1:],
        replace(layout.layers[0], id="empty", label="ünïcode 犬", mask=EMPTY_MASK),
    )
    return RenderRequest(
        layout=replace(layout, layers=layers, caption='two "dogs"\n& a cat'),
        prompt="an old dog",
        negative="cats",
        style="ink",
        count=4,
        seed=41,
        size=256,
        steps=12,
        guidance=2.5,
        control_scale=0.75,
        layer_prompts=False,
    )


def test_a_png_restores_the_request_of_its_own_picture(tmp_path: Path) -> None:
    request = rich_request()
    result, picture = result_of(request)
    path = tmp_path / "a.png"
    path.write_bytes(png_bytes(result, picture))
    assert request_from_png(path) == replace(request, count=1, seed=42)


def test_the_pixels_are_untouched_and_others_read_the_settings(tmp_path: Path) -> None:
    result, picture = result_of(rich_request())
    with Image.open(io.BytesIO(png_bytes(result, picture))) as image:
        assert np.array_equal(np.asarray(image), picture.pixels)
        text = image.info["parameters"]
        assert "trainedAlgorithmicMedia" in str(image.info.get("xmp", image.info))
    assert text.splitlines()[0] == "a dog"
    assert "Negative prompt: cats" in text and "Seed: 42" in text and "Steps: 12" in text


def test_no_photo_and_no_folder_of_this_computer_goes_into_the_file() -> None:
    request = rich_request()
    photo = Background(data=b"SECRETPHOTO" * 1000, format="png", name="me.png")
    request = replace(
        request, layout=replace(request.layout, background=photo), pack="/home/someone/packs/mine"
    )
    data = png_bytes(*result_of(request))
    record = json.dumps(record_of(*result_of(request)))
    for text in (data.decode("latin-1"), record):
        assert "SECRETPHOTO" not in text and "/home/someone" not in text
    assert request_of_png(data).pack == "mine"
    assert len(data) < 8000


def test_a_record_works_with_the_layout_at_hand() -> None:
    result, picture = result_of(rich_request())
    record = json.loads(json.dumps(record_of(result, picture)))
    other = park(caption="something else")
    assert request_of(record, other).layout is other
    assert request_of(record).layout.caption == 'two "dogs"\n& a cat'
    assert record["starred"] is False
    assert parameters_text(record).startswith("a dog")


def with_text(value: str, *, key: str = KEY, zipped: bool = False) -> bytes:
    info = PngInfo()
    info.add_itxt(key, value, zip=zipped)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def broken_record(**changes: Any) -> str:
    record = record_of(*result_of(rich_request()))
    for path, value in changes.items():
        at: Any = record
        *way, last = path.split("__")
        for name in way:
            at = at[int(name)] if name.isdigit() else at[name]
        at[int(last) if last.isdigit() else last] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": 1, "request": {"seed": 1}}',
        broken_record(version=99),
        broken_record(version="1"),
        broken_record(request__seed=-5),
        broken_record(request__seed=10**30),
        broken_record(request__steps="12"),
        broken_record(request__size=True),
        broken_record(request__prompt="x" * 10_000),
        broken_record(layout__width=1),
        broken_record(layout__width=10**9),
        broken_record(layout__layers="none"),
        broken_record(layout__layers__0__label=""),
        broken_record(layout__layers__0__ade_class=400),
        broken_record(layout__layers__1__id="sky"),
        broken_record(layout__layers__0__mask="!!!!"),
        broken_record(layout__layers__0__mask="eJwDAAAAAAE="),
        broken_record(layout__layers__0__box=[0, 0, 10**6, 10**6]),
        broken_record(layout__layers__0__box=[0, 0, -5, -5]),
        broken_record(layout__layers__0__box=[0, 0]),
        broken_record(request__guidance=1e999),
    ],
)
def test_a_damaged_record_is_an_input_error(text: str) -> None:
    for zipped in (False, True):
        with pytest.raises(InputError):
            request_of_png(with_text(text, zipped=zipped))


def png_with_chunk(kind: bytes, body: bytes) -> bytes:
    data = with_text("x", key="other")
    end = data.rindex(b"IEND") - 4
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:end] + chunk + data[end:]


def test_a_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(b" " * (64 << 20), 9)
    with pytest.raises(InputError, match="too long"):
        request_of_png(png_with_chunk(b"iTXt", KEY.encode() + b"\0\1\0\0\0" + bomb))
    with pytest.raises(InputError, match="too long"):
        request_of_png(png_with_chunk(b"zTXt", KEY.encode() + b"\0\0" + bomb))


def test_foreign_and_broken_files_are_input_errors(tmp_path: Path) -> None:
    good = png_bytes(*result_of(rich_request()))
    for data in (
        b"",
        b"GIF89a",
        with_text("hello", key="Comment"),
        good[:200],
        png_with_chunk(b"iTXt", KEY.encode()),
        png_with_chunk(b"iTXt", KEY.encode() + b"\0\1\0\0\0not zlib"),
        png_with_chunk(b"tEXt", KEY.encode() + b"\0\xff\xfe"),
    ):
        with pytest.raises(InputError):
            request_of_png(data)
    flipped = bytearray(good)
    flipped[good.index(KEY.encode()) + 40] ^= 0xFF
    with pytest.raises(InputError, match="checksum"):
        request_of_png(bytes(flipped))
    with pytest.raises(InputError, match="cannot be read"):
        request_from_png(tmp_path / "none.png")
