"""Reading VOC semantic maps: what counts as one whole object."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from engine.data.scenes import caption_of
from engine.data.voc import VOC_CLASSES, read_voc, scene_of_map, split_of
from engine.errors import DataError

DOG, PERSON, TV = (VOC_CLASSES.index(n) + 1 for n in ("dog", "person", "tv"))


def canvas() -> np.ndarray:
    return np.zeros((100, 120), np.uint8)


def png(labels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(labels).save(out, "PNG")
    return out.getvalue()


def test_object_in_the_open_is_complete_with_its_box_and_label():
    labels = canvas()
    labels[20:60, 30:50] = DOG
    (dog,) = scene_of_map(labels, name="a").objects
    assert (dog.label, tuple(dog.box), dog.complete) == ("dog", (30, 20, 20, 40), True)


def test_object_cut_by_the_border_is_not_complete():
    labels = canvas()
    labels[70:100, 30:60] = DOG
    (dog,) = scene_of_map(labels, name="a").objects
    assert not dog.complete


@pytest.mark.parametrize("gap", [0, 1])
def test_objects_that_touch_are_not_complete(gap):
    labels = canvas()
    labels[20:60, 30:50] = DOG
    labels[20:60, 50 + gap : 70] = PERSON
    assert [o.complete for o in scene_of_map(labels, name="a").objects] == [False, False]


def test_objects_apart_stay_complete():
    labels = canvas()
    labels[20:60, 30:50] = DOG
    labels[20:60, 52:70] = PERSON
    assert [o.complete for o in scene_of_map(labels, name="a").objects] == [True, True]


def test_void_rim_belongs_to_the_object_and_the_background_by_nearness():
    labels = canvas()
    labels[18:62, 28:52] = 255
    labels[22:58, 32:48] = DOG
    (dog,) = scene_of_map(labels, name="a").objects
    assert dog.complete
    assert tuple(dog.box) == (30, 20, 20, 40)


def test_unlabelled_thing_beside_an_object_leaves_it_incomplete():
    labels = canvas()
    labels[20:60, 30:50] = DOG
    labels[20:60, 50:80] = 255
    (dog,) = scene_of_map(labels, name="a").objects
    assert not dog.complete
    assert dog.box.right < 60


def test_small_hole_is_filled_and_a_large_one_or_anothers_place_is_not():
    labels = canvas()
    labels[20:60, 20:60] = DOG
    labels[25:27, 25:27] = 0
    labels[30:45, 30:45] = 0
    labels[50:54, 50:54] = TV
    dog = next(o for o in scene_of_map(labels, name="a").objects if o.label == "dog")
    bits = dog.mask.on_canvas(120, 100)
    assert bits[25:27, 25:27].all()
    assert not bits[30:45, 30:45].any()
    assert not bits[50:54, 50:54].any()


def test_objects_go_from_far_to_near_by_their_lowest_row():
    labels = canvas()
    labels[50:90, 10:30] = DOG
    labels[10:40, 60:90] = TV
    labels[30:60, 100:115] = PERSON
    assert [o.label for o in scene_of_map(labels, name="a").objects] == ["tv", "person", "dog"]


def test_specks_are_not_objects():
    labels = canvas()
    labels[20:60, 30:50] = DOG
    labels[80:83, 80:83] = TV
    assert [o.label for o in scene_of_map(labels, name="a").objects] == ["dog"]


def test_caption_counts_the_objects_in_words():
    assert caption_of(["person", "dog", "dog"]) == "a person and two dogs"
    assert caption_of(["person"] * 2 + ["airplane"]) == "two people and an airplane"
    assert caption_of(["bus"] * 2 + ["sheep"] * 3 + ["cat"]) == "two buses, three sheep and a cat"
    assert caption_of([]) == ""


def test_ugly_class_names_are_everyday_words():
    assert {"dining table", "tv", "airplane", "potted plant", "motorcycle"} <= set(VOC_CLASSES)


def test_split_is_fixed_by_name_and_about_a_tenth():
    names = [f"2007_{i:06d}" for i in range(4000)]
    share = sum(split_of(n) == "val" for n in names) / len(names)
    assert 0.08 < share < 0.12
    assert [split_of(n) for n in names] == [split_of(n) for n in names]


def test_foreign_pixels_are_refused_by_name():
    labels = canvas()
    labels[0, 0] = 77
    with pytest.raises(DataError, match="2007_1"):
        scene_of_map(labels, name="2007_1")


@pytest.fixture
def archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "voc_sbd_masks_160.zip", "w") as bundle:
        for i in range(40):
            labels = canvas()
            labels[20 : 40 + i, 30:50] = DOG
            labels[10:30, 70:90] = PERSON
            bundle.writestr(f"{i:04d}.png", png(labels))
        bundle.writestr("empty.png", png(canvas()))
    return tmp_path


def test_cache_gives_back_the_same_scenes(archive, tmp_path):
    first = read_voc(archive, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir())
    second = read_voc(archive, cache=tmp_path / "cache")
    assert first == second
    assert len(first) == 40
    assert first[0].name == "0000"


def test_damaged_cache_is_made_anew(archive, tmp_path):
    first = read_voc(archive, cache=tmp_path / "cache")
    (stored,) = (tmp_path / "cache").iterdir()
    stored.write_bytes(stored.read_bytes()[:500])
    assert read_voc(archive, cache=tmp_path / "cache") == first


def test_train_and_val_share_no_picture(archive, tmp_path):
    parts = [{s.name for s in read_voc(archive, split=p, cache=tmp_path)} for p in ("train", "val")]
    assert parts[0] and not parts[0] & parts[1]
    assert len(parts[0] | parts[1]) == 40


def test_missing_and_damaged_archives_are_named(tmp_path):
    with pytest.raises(DataError, match="voc_sbd_masks_160.zip"):
        read_voc(tmp_path, cache=tmp_path)
    (tmp_path / "voc_sbd_masks_160.zip").write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="damaged"):
        read_voc(tmp_path, cache=tmp_path)


def test_layout_of_a_scene_keeps_order_and_drops_what_is_not_kept(archive, tmp_path):
    scene = read_voc(archive, cache=tmp_path)[0]
    layout = scene.to_layout(keep=[1])
    assert [layer.label for layer in layout.layers] == [scene.objects[1].label]
    assert layout.layers[0].mask == scene.objects[1].mask
    assert (layout.width, layout.height, layout.caption) == (120, 100, scene.caption)
