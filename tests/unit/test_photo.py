"""Any photo opens upright, in RGB, or is refused in one sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import InputError
from engine.layout.layout import Layout
from engine.photo import MAX_FILE_PIXELS, MAX_PIXELS, open_photo, photo_from_bytes
from engine.project.pictures import photo_pixels

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def halves(width: int = 40, height: int = 20) -> Image.Image:
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = RED, BLUE
    return Image.fromarray(pixels)


def test_a_png_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "halves.png"
    path.write_bytes(encoded(halves()))
    photo = open_photo(path)
    assert np.array_equal(photo.pixels, np.asarray(halves()))
    assert (photo.format, photo.name, photo.notes) == ("png", "halves.png", ())
    assert photo.data == path.read_bytes()
    assert photo.background.data == photo.data
    assert photo.background.name == "halves.png"


def test_one_pixel() -> None:
    photo = photo_from_bytes(encoded(Image.new("RGB", (1, 1), GREEN)))
    assert photo.pixels.shape == (1, 1, 3)
    assert tuple(photo.pixels[0, 0]) == GREEN


def test_a_hundred_megapixels_are_reduced_with_a_note() -> None:
    large = Image.new("L", (12_500, 8_000), 200)
    large.paste(20, (0, 0, 6_250, 8_000))
    photo = photo_from_bytes(encoded(large, compress_level=1), "large.png")
    assert photo.width * photo.height <= MAX_PIXELS
    assert photo.width / photo.height == pytest.approx(12_500 / 8_000, rel=1e-3)
    assert "12500 x 8000" in photo.notes[0]
    assert photo.pixels[100, 10, 0] == 20
    assert photo.pixels[100, -10, 0] == 200
    # What is kept as the background opens as the very same pixels.
    again = photo_pixels(photo.data, (photo.width, photo.height))
    assert np.array_equal(np.asarray(again), photo.pixels)


def test_a_large_turned_jpeg_is_reduced_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = halves(9_000, 600)
    photo = photo_from_bytes(encoded(wide, "JPEG", exif=exif), "turned.jpg")
    assert (photo.width, photo.height) == (546, 8_192)
    assert "600 x 9000" in photo.notes[0]
    assert photo.format == "jpeg"


def test_too_many_pixels_to_decode_are_refused() -> None:
    header = encoded(Image.new("1", (64, 64)))
    side = int(MAX_FILE_PIXELS**0.5) + 1000
    bomb = header[:16] + side.to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises(InputError, match="too large"):
        photo_from_bytes(bomb, "bomb.png")


def test_cmyk_turns_into_rgb() -> None:
    photo = photo_from_bytes(encoded(halves().convert("CMYK"), "JPEG", quality=95))
    assert photo.pixels[10, 5, 0] > 180 > 100 > photo.pixels[10, 5, 2]
    assert photo.pixels[10, 35, 2] > 180 > 100 > photo.pixels[10, 35, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_brightness(kind: str) -> None:
    grey = np.tile(np.array([[0, 0x4000, 0x8000, 0xFFFF]], np.uint16), (4, 1))
    photo = photo_from_bytes(encoded(Image.fromarray(grey), kind))
    assert photo.pixels[0, :, 1].tolist() == [0, 0x40, 0x80, 0xFF]


def test_floating_point_tiff_keeps_its_brightness() -> None:
    grey = np.array([[0.0, 0.5, 1.0, np.nan]], np.float32)
    photo = photo_from_bytes(encoded(Image.fromarray(grey), "TIFF"))
    assert photo.pixels[0, :, 0].tolist() == [0, 127, 255, 0]


def test_transparent_parts_of_a_palette_are_white() -> None:
    image = halves().quantize(4)
    clear = int(np.asarray(image)[0, 0])
    photo = photo_from_bytes(encoded(image, transparency=clear), "sticker.png")
    assert tuple(photo.pixels[5, 5]) == (255, 255, 255)
    assert photo.pixels[5, 35, 2] > 200
    assert "transparent" in photo.notes[0]


def test_half_transparent_parts_mix_with_white() -> None:
    photo = photo_from_bytes(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128))))
    assert photo.pixels[0, 0, 0] == pytest.approx(127, abs=1)


def test_the_rotation_tag_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = photo_from_bytes(encoded(halves(), "JPEG", exif=exif, quality=95))
    assert photo.pixels.shape == (40, 20, 3)
    assert photo.pixels[2, 10, 0] > 200
    assert photo.pixels[-3, 10, 2] > 200


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (GREEN, RED, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    photo = photo_from_bytes(data, "dance")
    assert photo.pixels[8, 8, 1] > 200
    assert photo.pixels[8, 8, 0] < 60
    assert "3 pictures" in photo.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_a_file_cut_short_is_refused(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    for length in (len(data) // 2, 30, 5):
        with pytest.raises(InputError, match=r"photo cut\.x cannot be read"):
            photo_from_bytes(data[:length], "cut.x")


def test_no_photo_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no photo"):
        open_photo(tmp_path / "none.png")
    with pytest.raises(InputError, match="no bytes"):
        photo_from_bytes(b"", "empty.png")
    with pytest.raises(InputError, match="cannot be read"):
        photo_from_bytes(b"not a picture at all, only words", "words.png")
    with pytest.raises(InputError, match="cannot be read"):
        open_photo(tmp_path)


def test_damaged_bytes_never_escape_as_another_error() -> None:
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"):
        good = np.frombuffer(encoded(halves(), kind), np.uint8)
        for _ in range(40):
            bad = good.copy()
            where = rng.integers(0, len(bad), 4)
            bad[where] = rng.integers(0, 256, 4)
            try:
                photo = photo_from_bytes(bad.tobytes(), "bad")
            except InputError as error:
                assert "bad" in str(error)
            else:
                assert photo.pixels.ndim == 3


def test_a_layout_can_be_made_on_it() -> None:
    photo = photo_from_bytes(encoded(halves(80, 64)))
    layout = Layout(width=photo.width, height=photo.height, background=photo.background)
    assert layout.canvas[2:] == (80, 64)
