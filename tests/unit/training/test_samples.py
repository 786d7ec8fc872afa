"""What SmartMask is trained on agrees with what it is asked later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.layout.geometry import Box
from engine.layout.mask import Mask
from engine.smartmask.canonical import FRAME, to_frame
from engine.smartmask.conditioning import MODE_SLOTS, OUTSIDE_ID, box_of
from engine.training import samples
from engine.training.scribbles import scribble_of

CANVAS = Box(0, 0, 96, 64)


def disc(x: int, y: int, radius: int) -> Mask:
    rows, columns = np.mgrid[:64, :96]
    return Mask.from_array((rows - y) ** 2 + (columns - x) ** 2 <= radius**2)


def scene(*, known: bool = True) -> samples.TrainingScene:
    grass = Mask.from_array(np.ones((24, 96), bool), y=40)
    items = (
        samples.SceneItem("grass", 9, grass, True, True),
        samples.SceneItem("ball", 119, disc(20, 45, 8), False, known),
        samples.SceneItem("dog", 126, disc(70, 44, 12), False, known),
    )
    return samples.TrainingScene(CANVAS, "a dog to the right of a ball", items, "illustration")


def drawn(*, known: bool = True, count: int = 400) -> list[tuple[dict, str, str]]:
    rng = np.random.default_rng(0)
    return list(samples.samples_of(scene(known=known), rng, count=count))


def test_every_guidance_is_drawn_and_whole_shapes_only_for_box_and_scribble() -> None:
    modes = {MODE_SLOTS[int(v["scalars"][:5].argmax())] for v, _, _ in drawn()}
    assert modes == set(MODE_SLOTS)
    cut = {MODE_SLOTS[int(v["scalars"][:5].argmax())] for v, label, _ in drawn(known=False)
           if label != "grass"}  # fmt: skip
    assert cut == {"free", "point", "point_sized"}


def test_the_target_is_never_in_the_map_it_is_to_be_added_to() -> None:
    for values, label, _ in drawn():
        ids = values["ids_whole"]
        own = {"grass": 10, "ball": 120, "dog": 127}[label]
        assert own not in np.unique(ids)
        assert OUTSIDE_ID in np.unique(ids), "the canvas is wider than high: padding above it"


def test_the_placement_is_the_box_of_the_target() -> None:
    boxes = {item.label: item.mask.box for item in scene().items}
    for values, label, _ in drawn(count=50):
        assert box_of(values["placement"], CANVAS) == boxes[label]


def test_a_caption_with_sides_is_not_mirrored() -> None:
    for values, _, caption in drawn(count=60):
        assert values["can_mirror"] == (caption == "")


def test_a_pool_is_drawn_once_and_opened_again(tmp_path: Path) -> None:
    pool = samples.draw_pool(tmp_path, lambda rng: scene(), size=40, seed=1)
    again = samples.Pool.open(tmp_path)
    assert again is not None and again.size == 40
    assert set(again.texts) >= {"dog", "ball"}
    np.testing.assert_array_equal(again.arrays["placement"], pool.arrays["placement"])
    other = samples.draw_pool(tmp_path / "b", lambda rng: scene(), size=40, seed=1)
    np.testing.assert_array_equal(other.arrays["scalars"], pool.arrays["scalars"])
    assert samples.Pool.open(tmp_path / "none") is None


def test_frames_survive_packing() -> None:
    frame = to_frame(disc(30, 30, 20).crop())
    unpacked = samples.unpack_frames(samples.pack_frame(frame)[None])[0]
    assert unpacked.shape == (FRAME, FRAME)
    assert np.abs(unpacked.astype(int) - frame).max() <= 16


@pytest.mark.parametrize("seed", range(12))
def test_scribbles_lie_about_the_object(seed: int) -> None:
    mask = disc(48, 32, 14)
    drawing = scribble_of(mask, np.random.default_rng(seed), width=96, height=64)
    assert not drawing.is_empty
    near = disc(48, 32, 28)
    outside = drawing.within(CANVAS) & ~near.within(CANVAS)
    assert outside.sum() <= 0.05 * drawing.area


def test_an_object_that_is_mostly_off_the_canvas_is_left_out() -> None:
    assert samples.cut_to_canvas(disc(90, 30, 5).moved(8, 0), CANVAS) is None
    cut = samples.cut_to_canvas(disc(80, 30, 10).moved(8, 0), CANVAS)
    assert cut is not None and cut.box.right == 96
    assert samples.cut_to_canvas(disc(40, 30, 5), CANVAS) == disc(40, 30, 5)
