"""Contact sheets show the surroundings of the masks, whatever the picture's size."""

from __future__ import annotations

import numpy as np

from engine.click2mask.request import Evolution
from engine.click2mask.sheet import OUTLINE, cut, evolution_sheet, surroundings
from engine.layout.geometry import Box
from engine.layout.mask import Mask

SIZE = (400, 200)


def test_surroundings_have_the_photos_shape_and_hold_all_masks() -> None:
    view = surroundings([Box(150, 80, 40, 40), Box(170, 90, 50, 40)], SIZE)
    assert view.width == 2 * view.height < 400
    assert view.x < 150 and view.right > 220 and view.y < 80 and view.bottom > 130


def test_surroundings_stay_on_the_photo() -> None:
    view = surroundings([Box(-20, 150, 60, 80)], SIZE)
    assert view.x == 0 and view.bottom == 200
    assert surroundings([Box(10, 10, 300, 180)], SIZE) == Box(0, 0, 400, 200)
    assert surroundings([Box(0, 0, 0, 0)], SIZE) == Box(0, 0, 400, 200)
    assert surroundings([Box(-50, 0, 40, 40)], SIZE) == Box(0, 0, 400, 200)


def test_a_part_is_the_same_in_a_smaller_picture() -> None:
    photo = np.zeros((200, 400, 3), np.uint8)
    photo[100:140, 200:280] = 255
    view = Box(200, 100, 80, 40)
    assert cut(photo, view, SIZE).shape == (40, 80, 3) and cut(photo, view, SIZE).min() == 255
    small = photo[::4, ::4]
    assert cut(small, view, SIZE).shape == (10, 20, 3) and cut(small, view, SIZE).min() == 255


def test_a_small_mask_fills_much_of_its_tile() -> None:
    black = np.zeros((200, 400, 3), np.uint8)
    mask = Mask.filled(Box(190, 90, 20, 20))
    look = Evolution(step=3, mask=mask, pixels=black)
    sheet = np.asarray(evolution_sheet([look], size=SIZE, title="a dog", results=[black]))
    found = np.flatnonzero((np.abs(sheet.astype(int) - OUTLINE).sum(-1) < 60).any(0))
    assert 25 < np.ptp(found) < 60, "9 of the tile's 192 px if the whole photo were shown"
