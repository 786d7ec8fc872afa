"""Scenes: deterministic, by the rules, truly captioned."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from engine.data import world
from engine.data.artwork import load_artwork
from engine.data.generator import Scene, SceneObject, generate
from engine.data.world_captions import NUMBERS, counted, plural, singular
from engine.data.world_kinds import SCENE_KINDS, Slot
from engine.data.world_sets import SETS
from engine.data.world_stages import STAGES
from engine.errors import InputError

COUNT = 250


@cache
def scenes() -> tuple[Scene, ...]:
    return tuple(generate(seed, image=False) for seed in range(COUNT))


def things(scene: Scene) -> list[SceneObject]:
    return [item for item in scene.objects if not item.background]


def test_the_world_is_as_large_as_promised() -> None:
    assert len(world.OBJECT_CLASSES) >= 150
    assert len(world.BACKGROUND_CLASSES) >= 12
    assert len(SCENE_KINDS) >= 20
    assert len({kind.name for kind in SCENE_KINDS}) == len(SCENE_KINDS)


def test_every_class_has_a_valid_ade_class_and_a_drawing() -> None:
    ids = world.ade_ids()
    drawn = {sprite.name for sprite in load_artwork().sprites}
    for members in world.groups().values():
        for member in members:
            assert member.ade in ids, member
            assert member.name in drawn, member
            assert 0.02 <= member.height <= 60
    assert set(world.BACKGROUND_CLASSES.values()) <= set(ids)


def test_every_class_is_cast_somewhere() -> None:
    cast: set[str] = set()
    for kind in SCENE_KINDS:
        assert kind.stage in STAGES
        for entry in kind.cast:
            if isinstance(entry, Slot):
                cast.update(entry.groups.split("/"))
            else:
                assert entry.name in SETS
    by_group = {name: {m.name for m in members} for name, members in world.groups().items()}
    assert cast <= set(by_group)
    reached = set().union(*(by_group[name] for name in cast))
    placed_by_sets = {
        "counter", "wall cabinet", "fridge", "stove", "sink", "table", "chair", "sofa", "armchair",
        "coffee table", "bed", "nightstand", "desk", "office chair", "bench", "parasol", "towel",
        "crate", "box", "treasure chest", "barrel", "television", "chest of drawers",
    }  # fmt: skip
    assert set(world.OBJECT_CLASSES) - reached <= placed_by_sets


def test_many_classes_and_all_kinds_really_come() -> None:
    seen = Counter(item.label for scene in scenes() for item in things(scene))
    assert len(seen) >= 150
    for kind in SCENE_KINDS:
        scene = generate(3, image=False, kind=kind.name)
        assert scene.kind == kind.name and len(things(scene)) >= 2


def test_the_same_seed_gives_the_same_scene_with_or_without_its_picture() -> None:
    for seed in range(12):
        first, second = generate(seed), generate(seed, image=False)
        assert first.image is not None and second.image is None
        assert first.caption == second.caption
        assert [o.sprite for o in first.objects] == [o.sprite for o in second.objects]
        assert [o.box for o in first.objects] == [o.box for o in second.objects]
        again = generate(seed).image
        assert again is not None and np.array_equal(first.image, again)
        assert first.image.shape == (first.height, first.width, 3)
    assert generate(1, image=False).caption != generate(2, image=False).caption


def test_training_scenes_use_no_drawing_of_the_other_split() -> None:
    pack = load_artwork()
    side = {sprite.id: pack.split(sprite) for sprite in pack.sprites}
    for seed in range(60):
        for split in ("train", "val"):
            scene = generate(seed, split=split, image=False)
            assert {side[o.sprite] for o in things(scene)} <= {split}


def test_scenes_hold_a_sensible_number_of_things_most_of_them_to_be_seen() -> None:
    counts = [len(things(scene)) for scene in scenes()]
    assert min(counts) >= 2 and max(counts) <= 16
    assert 5 <= np.mean(counts) <= 11
    for scene in scenes():
        taken = np.zeros((scene.height, scene.width), bool)
        for item in reversed(things(scene)):
            mask = item.mask.on_canvas(scene.width, scene.height)
            assert (mask & ~taken).sum() >= 0.25 * mask.sum(), (scene.seed, item.label)
            taken |= mask


def test_amodal_masks_contain_the_visible_ones_and_cover_the_canvas() -> None:
    for scene in scenes()[:60]:
        covered = np.zeros((scene.height, scene.width), bool)
        for item in scene.objects:
            assert item.crop.shape == (item.box.height, item.box.width)
            assert item.crop[0].any() and item.crop[-1].any()
            assert item.crop[:, 0].any() and item.crop[:, -1].any()
            assert item.mask.box == item.box
            covered |= item.mask.on_canvas(scene.width, scene.height)
        assert covered.all(), f"seed {scene.seed}: something has neither ground nor sky behind it"


def test_backgrounds_go_on_beneath_what_stands_before_them() -> None:
    hidden = 0
    for scene in scenes()[:80]:
        front = np.zeros((scene.height, scene.width), bool)
        for item in things(scene):
            front |= item.mask.on_canvas(scene.width, scene.height)
        for item in scene.objects:
            if item.background:
                hidden += int((item.mask.on_canvas(scene.width, scene.height) & front).sum())
    assert hidden > 0


def test_what_stands_stands_on_its_area() -> None:
    checked = 0
    for scene in scenes():
        for item in things(scene):
            area = scene.areas.get(item.support)
            if area is None:
                continue
            row = min(max(int(item.base) - 1, 0), scene.height - 1)
            column = min(max(item.box.x + item.box.width // 2, 0), scene.width - 1)
            window = area[max(0, row - 2) : row + 3, max(0, column - 3) : column + 4]
            assert window.any(), (scene.seed, scene.kind, item.label, item.support)
            checked += 1
    assert checked > 500


def test_things_on_tables_touch_their_table() -> None:
    checked = 0
    for seed in range(120):
        scene = generate(seed, image=False, kind=("dining room", "kitchen", "office")[seed % 3])
        for item in things(scene):
            if item.parent is None:
                continue
            carrier = scene.objects[item.parent]
            assert carrier.label == item.support
            assert scene.objects.index(item) > item.parent  # nearer than what carries it
            foot, middle = item.box.bottom, item.box.x + item.box.width / 2
            assert carrier.box.x <= middle <= carrier.box.right
            assert carrier.box.y - 2 <= foot <= carrier.box.y + 0.62 * carrier.box.height
            checked += 1
    assert checked > 100


def test_nearer_things_of_a_kind_are_larger() -> None:
    for scene in scenes():
        people = [o for o in things(scene) if o.label == "tree" and o.support == "ground"]
        for far in people:
            for near in people:
                if near.base > far.base + 0.25 * scene.height:
                    assert near.box.height > 0.8 * far.box.height


def test_water_craft_float_and_stars_are_in_the_sky() -> None:
    for scene in scenes():
        for item in things(scene):
            if item.label in ("sailboat", "ship", "ferry", "speedboat"):
                assert item.support == "water"
            if item.label in ("star", "sun", "moon", "cloud"):
                assert item.support == "sky"


def _said(text: str, label: str) -> list[int]:
    """Every number of `label` that the text names."""
    found = []
    many, one = re.escape(plural(label)), re.escape(singular(label))
    words = "|".join(NUMBERS[2:])
    for match in re.finditer(rf"\b({words}|\d+) {many}\b", text):
        word = match.group(1)
        found.append(int(word) if word.isdigit() else NUMBERS.index(word))
    found += [1] * len(re.findall(rf"\b{one}\b(?! (?:{_LAST_WORDS})\b)", text))
    return found


_LAST_WORDS = "|".join(
    sorted({re.escape(name.split(" ", 1)[1]) for name in world.OBJECT_CLASSES if " " in name})
)


def test_captions_count_truly() -> None:
    checked = 0
    for scene in scenes():
        here = Counter(item.label for item in things(scene))
        text = scene.caption[0].lower() + scene.caption[1:]
        for label, count in here.items():
            for number in _said(text, label):
                assert number == count, (scene.seed, scene.caption, label, count)
                checked += 1
    assert checked > 0.9 * COUNT


def test_captions_say_only_true_relations() -> None:
    checked = 0
    for seed in range(400):
        scene = generate(seed, image=False)
        match = re.search(r"with (.+?) on the (\w[\w ]*?)\.?$", scene.caption)
        if match is None or match.group(2) == "wall":
            continue
        what, carrier = match.groups()
        carrier = carrier.split(",")[0]
        on_it = Counter(
            item.label
            for item in things(scene)
            if item.parent is not None and scene.objects[item.parent].label == carrier
        )
        assert any(counted(label, count) == what for label, count in on_it.items()), scene.caption
        checked += 1
    assert checked >= 3


def test_captions_vary_and_are_short_sentences() -> None:
    texts = [scene.caption for scene in scenes()]
    assert len(set(texts)) > 0.8 * COUNT
    assert min(map(len, texts)) < 20 and max(map(len, texts)) < 250
    assert all(text[0].isupper() for text in texts)


@pytest.mark.parametrize(
    ("label", "text"),
    [("dog", "two dogs"), ("bus", "two buses"), ("sheep", "two sheep"), ("leaf", "two leaves"),
     ("office chair", "two office chairs"), ("butterfly", "two butterflies"), ("boy", "two boys"),
     ("tomato", "two tomatoes"), ("water buffalo", "two water buffaloes"), ("man", "two men"),
     ("kitchen knife", "two kitchen knives"), ("bench", "two benches")],
)  # fmt: skip
def test_plurals(label: str, text: str) -> None:
    assert counted(label, 2) == text


def test_the_layout_is_the_scene() -> None:
    scene = generate(11, image=False)
    layout = scene.to_layout()
    assert (layout.width, layout.height, layout.caption) == (
        scene.width, scene.height, scene.caption,
    )  # fmt: skip
    assert [layer.label for layer in layout.layers] == [item.label for item in scene.objects]
    assert len({layer.id for layer in layout.layers}) == len(layout.layers)
    assert layout == generate(11, image=False).to_layout()
    for layer, item in zip(layout.layers, scene.objects, strict=True):
        assert np.array_equal(layer.mask.crop(), item.crop)


def test_size_is_kept_and_bad_arguments_are_named() -> None:
    scene = generate(5, size=(320, 200))
    assert (scene.width, scene.height) == (320, 200)
    with pytest.raises(InputError, match="64 to 2048"):
        generate(5, size=(16, 16))
    with pytest.raises(InputError, match="ocean"):
        generate(5, kind="ocean")
    with pytest.raises(InputError, match="test"):
        generate(5, split="test")  # type: ignore[arg-type]


def test_there_is_one_sun_and_one_toilet_at_most() -> None:
    for scene in scenes():
        here = Counter(item.label for item in things(scene))
        assert all(here[name] <= 1 for name in world.ONLY_ONE), (scene.seed, here)
