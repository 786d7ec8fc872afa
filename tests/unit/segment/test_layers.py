"""From flat segments to layers: order, hidden parts, specks."""

from __future__ import annotations

import numpy as np

from engine.layout.layer import Provenance
from engine.layout.mask import BoolArray
from engine.segment.layers import Placed, Segment, arrange, layers_of, parted
from engine.segment.names import class_names

WIDTH, HEIGHT = 120, 90


def area(x: int, y: int, width: int, height: int) -> BoolArray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y : y + height, x : x + width] = True
    return mask


def flat(*named: tuple[str, BoolArray]) -> list[Segment]:
    """Segments as a model gives them: later ones take the pixels of earlier ones."""
    names = class_names(dict(enumerate(label for label, _ in named)))
    segments: list[Segment] = []
    for number, (_, mask) in enumerate(named):
        for index, before in enumerate(segments):
            segments[index] = Segment(before.name, before.visible & ~mask, before.score)
        segments.append(Segment(names[number], mask, 0.9))
    return segments


def labels(placed: list[Placed]) -> list[str]:
    return [item.name.label for item in placed]


def meadow() -> list[Segment]:
    return flat(
        ("grass", area(0, 50, WIDTH, 40)),
        ("sky", area(0, 0, WIDTH, 50)),
        ("dog", area(60, 60, 20, 20)),
        ("tree", area(10, 20, 25, 45)),
    )


def test_backdrops_come_first_and_the_lower_thing_is_nearer() -> None:
    assert labels(arrange(meadow())) == ["sky", "grass", "tree", "dog"]


def test_the_order_does_not_depend_on_the_order_of_the_model() -> None:
    assert labels(arrange(meadow()[::-1])) == labels(arrange(meadow()))


def test_walls_lie_behind_floors_and_skies_behind_mountains_and_water() -> None:
    room = flat(("floor", area(0, 60, WIDTH, 30)), ("wall", area(0, 0, WIDTH, 60)))
    assert labels(arrange(room)) == ["wall", "floor"]
    coast = flat(
        ("sand", area(0, 70, WIDTH, 20)),
        ("sea", area(0, 50, WIDTH, 20)),
        ("mountain", area(0, 30, WIDTH, 20)),
        ("sky", area(0, 0, WIDTH, 30)),
    )
    assert labels(arrange(coast)) == ["sky", "mountain", "sea", "sand"]


def test_backdrops_go_on_behind_things_with_a_straight_horizon() -> None:
    segments = flat(
        ("sky", area(0, 0, WIDTH, 50)),
        ("grass", area(0, 50, WIDTH, 40)),
        ("person", area(50, 20, 20, 60)),
    )
    sky, grass, person = arrange(segments)
    assert np.array_equal(sky.amodal, area(0, 0, WIDTH, 50))
    assert np.array_equal(grass.amodal, area(0, 50, WIDTH, 40))
    assert np.array_equal(person.amodal, area(50, 20, 20, 60))


def test_no_pixel_stays_without_a_layer_where_there_is_a_backdrop() -> None:
    segments = flat(("grass", area(0, 30, 60, 60)), ("dog", area(20, 50, 20, 20)))
    placed = arrange(segments)
    assert np.logical_or.reduce([item.amodal for item in placed]).all()
    dog = next(item for item in placed if item.name.label == "dog")
    assert np.array_equal(dog.amodal, area(20, 50, 20, 20))


def test_a_thing_in_two_halves_goes_on_behind_what_parts_it() -> None:
    bench = area(20, 55, 70, 15)
    person = area(45, 20, 15, 65)
    far, near = arrange(flat(("bench", bench), ("person", person)))
    assert (far.name.label, near.name.label) == ("bench", "person")
    assert np.array_equal(far.amodal, bench)
    assert np.array_equal(near.amodal, person)


def test_what_stands_on_a_table_is_nearer_though_its_foot_is_higher() -> None:
    table, cup = area(20, 40, 80, 45), area(50, 50, 10, 12)
    placed = arrange(flat(("table", table), ("cup", cup)))
    assert labels(placed) == ["table", "cup"]
    assert np.array_equal(placed[0].amodal, table)


def test_specks_go_and_what_is_small_but_whole_stays() -> None:
    dog = area(60, 60, 20, 20)
    noisy = dog | area(5, 5, 1, 2)
    (placed,) = arrange(flat(("dog", noisy)))
    assert np.array_equal(placed.amodal, dog)
    assert arrange(flat(("dog", area(5, 5, 2, 2)))) == []
    assert labels(arrange(flat(("bird", area(5, 5, 4, 4))))) == ["bird"]


def test_nothing_found_gives_no_layers() -> None:
    assert arrange([]) == []


def test_parts_that_do_not_touch_are_things_of_their_own_and_backdrops_stay_whole() -> None:
    two = area(10, 10, 15, 20) | area(60, 10, 15, 20)
    (dogs,) = flat(("dog", two))
    assert sorted(int(part.visible.sum()) for part in parted(dogs)) == [300, 300]
    assert np.array_equal(np.logical_or.reduce([p.visible for p in parted(dogs)]), two)
    (sky,) = flat(("sky", two))
    assert [part.visible.sum() for part in parted(sky)] == [600]


def test_layers_are_as_large_as_the_photo_and_keep_their_scores() -> None:
    provenance = Provenance(kind="segmented", pack="lite")
    layers = layers_of(arrange(meadow()), size=(480, 360), provenance=provenance)
    dog = layers[-1]
    assert dog.label == "dog"
    assert dog.ade_class == 126
    assert tuple(dog.mask.box) == (240, 240, 80, 80)
    assert dog.provenance is not None
    assert dog.provenance.request["score"] == 0.9
    assert layers[0].mask.area == 480 * 200
