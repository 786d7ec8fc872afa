"""Reading amodal annotations: COCOA and KINS-style."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from engine.data.cocoa import read_cocoa, read_kins
from engine.errors import DataError


def square(x: int, y: int, side: int) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def region(name: str, order: int, polygon, **more):
    return {"name": name, "order": order, "segmentation": polygon, "occlude_rate": 0, **more}


def write(path, data):
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def cocoa(tmp_path):
    regions = [
        region("cup ", 1, square(20, 15, 12)),
        region("table", 2, square(10, 20, 18), occlude_rate="0.25"),
        region("wall", 3, square(0, 0, 30), isStuff=1),
    ]
    Image.fromarray(np.zeros((40, 60), np.uint8)).save(tmp_path / "1.png")
    return write(tmp_path / "1.json", {"image_id": 5, "regions": regions})


def test_cocoa_goes_from_far_to_near_with_whole_masks(cocoa):
    (scene,) = read_cocoa(cocoa)
    assert [o.label for o in scene.objects] == ["wall", "table", "cup"]
    wall, table, cup = scene.objects
    assert table.mask.area == 18 * 18
    assert table.hidden_share == 0.25
    assert (wall.background, wall.complete, table.complete) == (True, False, True)
    assert (scene.width, scene.height, scene.name) == (60, 40, "5")
    assert scene.caption == "a table and a cup"


def test_cocoa_size_comes_from_stored_masks_or_from_the_caller(cocoa, tmp_path):
    (tmp_path / "1.png").unlink()
    data = json.loads(cocoa.read_text())
    (scene,) = read_cocoa(cocoa, sizes={5: (64, 48)})
    assert (scene.width, scene.height) == (64, 48)
    data["regions"][1]["visible_mask"] = {"size": [50, 70], "counts": "x"}
    (scene,) = read_cocoa(write(cocoa, data))
    assert (scene.width, scene.height) == (70, 50)


def test_cocoa_collection_and_folder(cocoa, tmp_path):
    single = json.loads(cocoa.read_text())
    collection = {
        "images": [{"id": 5, "width": 60, "height": 40}],
        "annotations": [{"image_id": 5, "regions": single["regions"]}],
    }
    (scene,) = read_cocoa(write(tmp_path / "all.json", collection))
    assert (scene.width, len(scene.objects)) == (60, 3)
    assert len(read_cocoa(tmp_path)) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": "first"}, "order"),
        ({"order": None}, "order"),
        ({"occlude_rate": []}, "occlude_rate"),
        ({"segmentation": [1, 2]}, "three points"),
        ({"segmentation": None}, "polygons or an RLE"),
    ],
)
def test_malformed_cocoa_is_refused(cocoa, change, words):
    data = json.loads(cocoa.read_text())
    data["regions"][0].update(change)
    with pytest.raises(DataError, match=words):
        read_cocoa(write(cocoa, data))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(DataError, match="annotations"):
        read_cocoa(write(tmp_path / "x.json", [1, 2]))
    with pytest.raises(DataError, match="regions"):
        read_cocoa(write(tmp_path / "x.json", {"regions": 3}))
    with pytest.raises(DataError, match=r"holds no \.json"):
        (tmp_path / "empty").mkdir()
        read_cocoa(tmp_path / "empty")


def rle(bits: np.ndarray) -> dict:
    encoded = coco_mask.encode(np.asfortranarray(bits.astype(np.uint8)))
    return {"size": list(bits.shape), "counts": encoded["counts"].decode()}  # pyright: ignore


def kins(amodal_key: str, visible_key: str) -> dict:
    """Three cars, each hiding part of the next; the nearest one reaches least far down."""
    whole = np.zeros((3, 40, 60), bool)
    whole[0, 10:30, 10:25] = True  # nearest
    whole[1, 12:33, 20:35] = True
    whole[2, 14:36, 30:45] = True  # farthest
    annotations = []
    for i in (1, 0, 2):
        seen = whole[i] & ~whole[:i].any(0)
        annotations.append(
            {"image_id": 1, "category_id": 4, amodal_key: rle(whole[i]), visible_key: rle(seen)}
        )
    return {
        "images": [{"id": 1, "file_name": "000001.png", "width": 60, "height": 40}],
        "categories": [{"id": 4, "name": "car"}],
        "annotations": annotations,
    }


@pytest.mark.parametrize("keys", [("a_segm", "i_segm"), ("segmentation", "inmodal_seg")])
def test_kins_orders_by_who_hides_whom(tmp_path, keys):
    (scene,) = read_kins(write(tmp_path / "kins.json", kins(*keys)))
    assert [o.box.x for o in scene.objects] == [30, 20, 10]
    assert scene.objects[-1].hidden_share == 0
    assert scene.objects[0].hidden_share == pytest.approx(5 * 19 / (22 * 15))
    assert scene.caption == "three cars"


def test_kins_without_a_visible_mask_is_refused(tmp_path):
    data = kins("a_segm", "i_segm")
    del data["annotations"][0]["i_segm"]
    with pytest.raises(DataError, match="i_segm"):
        read_kins(write(tmp_path / "kins.json", data))
