from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.evaluation.design_truth import Wanted, measure, read_wanted, summary
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask


def layout(*layers: tuple[str, Box]) -> Layout:
    return Layout(
        width=200,
        height=160,
        layers=tuple(Layer(label=name, mask=Mask.filled(box)) for name, box in layers),
    )


SKY, GRASS = ("sky", Box(0, 0, 200, 70)), ("grass", Box(0, 64, 200, 96))


def wanted(*relations: tuple[str, str, tuple[str, ...]], dogs: int = 1) -> Wanted:
    return Wanted(
        id="x",
        where="outdoors",
        caption="",
        background=("sky", "grass"),
        things=(("dog", dogs, dogs, ()), ("bench", 1, 1, ("seat",))),
        relations=relations,
    )


def test_what_stands_where_it_should_is_counted_as_such() -> None:
    found = measure(
        layout(SKY, GRASS, ("dog", Box(20, 100, 20, 20)), ("bench", Box(100, 90, 60, 30))),
        wanted(("left of", "dog", ("bench",)), ("on", "dog", ("grass",))),
    )
    assert found.missing == found.miscounted == found.extra == found.broken == ()
    assert found.held == ("dog left of bench", "dog on grass")
    assert found.standing == 2
    assert found.floating == ()


def test_what_is_wrong_is_named() -> None:
    found = measure(
        layout(
            SKY,
            GRASS,
            ("dog", Box(20, 10, 20, 20)),
            ("seat", Box(100, 90, 60, 30)),
            ("cat", Box(60, 100, 10, 10)),
        ),
        wanted(("right of", "dog", ("bench",)), ("on", "dog", ("grass",)), dogs=2),
    )
    assert found.miscounted == ("dog 1 of 2",)
    assert found.extra == ("cat",)
    assert found.held == ()
    assert found.floating == ("dog",)


def test_a_thing_that_is_not_there_satisfies_nothing() -> None:
    found = measure(layout(SKY, GRASS), wanted(("left of", "dog", ("bench",))))
    assert found.missing == ("dog", "bench")
    assert found.broken == ("dog left of bench",)
    assert found.instances == (0, 1)


@pytest.mark.parametrize(
    ("kind", "dog", "holds"),
    [
        ("above", Box(110, 20, 20, 20), True),
        ("above", Box(110, 130, 20, 20), False),
        ("below", Box(110, 130, 20, 20), True),
        ("in front of", Box(110, 110, 20, 20), True),
        ("in front of", Box(110, 80, 20, 20), False),
        ("on", Box(110, 72, 20, 20), True),
        ("on", Box(10, 72, 20, 20), False),
        ("next to", Box(70, 95, 20, 20), True),
        ("next to", Box(5, 95, 8, 20), False),
        ("inside", Box(110, 85, 20, 20), True),
        ("held by", Box(150, 95, 20, 15), True),
        ("held by", Box(175, 95, 20, 15), False),
        ("held by", Box(110, 60, 20, 20), False),
    ],
)
def test_relations_are_read_off_the_masks(kind: str, dog: Box, holds: bool) -> None:
    scene = layout(SKY, GRASS, ("bench", Box(100, 90, 60, 30)), ("dog", dog))
    found = measure(scene, wanted((kind, "dog", ("bench",))))
    assert bool(found.held) is holds


def test_behind_goes_by_depth() -> None:
    behind = ("dog", Box(110, 75, 20, 30))
    bench = ("bench", Box(100, 90, 60, 30))
    relation = wanted(("behind", "dog", ("bench",)))
    assert measure(layout(SKY, GRASS, behind, bench), relation).held
    assert not measure(layout(SKY, GRASS, bench, behind), relation).held


def test_the_captions_ask_for_what_they_say() -> None:
    captions = read_wanted()
    assert len(captions) == 50
    assert len({w.caption for w in captions}) == 50
    assert Counter(w.where for w in captions).keys() == {"outdoors", "indoors"}
    for item in captions:
        number = sum(t[1] for t in item.things) + len(item.background)
        assert 5 <= number <= 15
        names = {t[0] for t in item.things} | set(item.background)
        for _, subject, references in item.relations:
            assert {subject, *references} <= names


def test_the_summary_is_of_all_designs() -> None:
    good = measure(
        layout(SKY, GRASS, ("dog", Box(20, 100, 20, 20)), ("bench", Box(100, 90, 60, 30))),
        wanted(("left of", "dog", ("bench",))),
    )
    bad = measure(layout(SKY, GRASS), wanted(("left of", "dog", ("bench",))))
    figures = summary([good, bad])
    assert figures["all_present"] == 0.5
    assert figures["relations_held"] == 0.5
    assert np.isclose(figures["floating"], 0.0)


SEA = ("sea", Box(0, 60, 200, 100))
SHORE = ("grass", Box(0, 110, 200, 50))


@pytest.mark.parametrize(
    ("kind", "dog", "holds"),
    [
        ("next to", Box(110, 98, 20, 20), True),
        ("next to", Box(110, 138, 20, 20), False),
        ("next to", Box(110, 68, 20, 20), False),
        ("in front of", Box(110, 100, 20, 20), True),
        ("in front of", Box(110, 45, 20, 20), False),
        ("behind", Box(110, 50, 20, 20), True),
        ("behind", Box(110, 100, 20, 20), False),
    ],
)
def test_places_by_the_sea_go_by_what_is_seen_of_it(kind: str, dog: Box, holds: bool) -> None:
    relation = (kind, "dog", ("sea",))
    asked = Wanted(id="x", where="", caption="", background=("sky", "sea", "grass"),
                   things=(("dog", 1, 1, ()),), relations=(relation,))  # fmt: skip
    found = measure(layout(SKY, SEA, SHORE, ("dog", dog)), asked)
    assert bool(found.held) is holds
