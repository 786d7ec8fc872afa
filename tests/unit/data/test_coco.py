"""Reading COCO instances."""

import gzip
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from engine.data.coco import decoded, read_coco
from engine.errors import DataError

SIZE = {"width": 60, "height": 40, "where": "file: picture 1"}


def square(x: int, y: int, side: int) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def content(**changes):
    annotation = {"image_id": 7, "category_id": 18, "segmentation": [square(10, 20, 12)]}
    far = {"image_id": 7, "category_id": 3, "segmentation": [square(30, 5, 10)]}
    return {
        "images": [
            {"id": 7, "file_name": "a/000007.jpg", "width": 60, "height": 40, "captions": []}
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
        "annotations": [annotation, far],
        **changes,
    }


def write(tmp_path, data):
    path = tmp_path / "coco_mini_dev.json.gz"
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    return tmp_path


def test_scene_has_labels_masks_order_and_a_made_caption(tmp_path):
    (scene,) = read_coco(write(tmp_path, content()))
    assert [o.label for o in scene.objects] == ["car", "dog"]
    assert tuple(scene.objects[1].box) == (10, 20, 12, 12)
    assert (scene.name, scene.caption, scene.split) == ("000007", "a car and a dog", "check")


def test_first_caption_of_the_picture_is_used(tmp_path):
    data = content()
    data["images"][0]["captions"] = ["A dog watches a car. ", "Another."]
    (scene,) = read_coco(write(tmp_path, data))
    assert scene.caption == "A dog watches a car."


def test_crowds_are_left_out(tmp_path):
    data = content()
    data["annotations"][0]["iscrowd"] = 1
    (scene,) = read_coco(write(tmp_path, data))
    assert [o.label for o in scene.objects] == ["car"]


def test_polygons_of_one_object_are_joined():
    bits = decoded([square(0, 0, 5), square(20, 10, 6)], **SIZE)
    assert bits.sum() == 25 + 36
    assert bits[12, 22] and not bits[2, 12]


@pytest.mark.parametrize("form", ["text", "bytes", "runs"])
def test_every_form_of_rle_gives_the_mask_back(form):
    truth = np.random.default_rng(0).random((40, 60)) < 0.4
    rle = coco_mask.encode(np.asfortranarray(truth.astype(np.uint8)))
    if form == "runs":
        flat = truth.T.ravel()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flat]).astype(int))).tolist()  # pyright: ignore
        rle["counts"] = np.diff([0, *edges, flat.size]).tolist()  # pyright: ignore
    elif form == "text":
        rle["counts"] = rle["counts"].decode()  # pyright: ignore
    rle["size"] = list(rle["size"])
    assert (decoded(rle, **SIZE) == truth).all()


@pytest.mark.parametrize(
    "segmentation",
    [
        [[1, 2, 3]],
        [[0, 0, 5, 0, 5]],
        [["a"] * 6],
        [[0, 0, 5, 0, float("nan"), 3]],
        "polygon",
        7,
        {"size": [60, 40], "counts": [2400]},
        {"size": [40, 60], "counts": [5, 2_000_000_000]},
        {"size": [40, 60], "counts": [-5, 2405]},
        {"size": [40, 60], "counts": "PPYo0"},
        {"size": [40, 60], "counts": "\x01\x02"},
        {"size": [40, 60], "counts": "ooooooooooooooooo"},
        {"size": [40, 60]},
    ],
)
def test_malformed_segmentations_are_refused_with_their_place(segmentation):
    with pytest.raises(DataError, match="file: picture 1"):
        decoded(segmentation, **SIZE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"annotations": None}, "annotations"),
        ({"categories": [{"name": "dog"}]}, "'id'"),
        ({"categories": []}, "unknown category"),
        ({"images": [{"id": 7, "file_name": "x.jpg", "width": 60}]}, "'height'"),
        ({"annotations": [{"image_id": 7, "category_id": 18}]}, "'segmentation'"),
    ],
)
def test_wrong_files_say_what_is_missing(tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        read_coco(write(tmp_path, content(**changes)))


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(DataError, match="coco_mini_dev"):
        read_coco(tmp_path)
    (tmp_path / "coco_mini_dev.json.gz").write_bytes(gzip.compress(b"{}")[:-9])
    with pytest.raises(DataError, match="not readable"):
        read_coco(tmp_path)
