"""What is said of a background's place holds on the canvas."""

from __future__ import annotations

import pytest

from engine.design.reading import read_scene
from engine.evaluation.design_truth import Wanted, measure
from engine.layout.layout import Layout
from tests.unit.design.fakes import designed, scene


@pytest.mark.parametrize(
    ("caption", "background", "relation"),
    [
        ("A house behind a lake.", ("sky", "lake"), ("behind", "house", ("lake",))),
        ("Two people in front of the sea.", ("sea",), ("in front of", "person", ("sea",))),
        ("A bench by the lake.", ("lake",), ("next to", "bench", ("lake",))),
        ("A bench beside the road and a car on the road.", ("road",),
         ("next to", "bench", ("road",))),
        ("A tree behind the road.", ("road",), ("behind", "tree", ("road",))),
        ("A bird above the sea.", ("sea",), ("above", "bird", ("sea",))),
        ("Mountains behind a house.", ("mountain",), ("behind", "mountain", ("house",))),
        ("A house with a blue sky above.", ("sky",), ("above", "sky", ("house",))),
        ("A tree and a forest behind the lake.", ("forest", "lake"),
         ("behind", "forest", ("lake",))),
    ],
)  # fmt: skip
def test_relations_with_backgrounds_hold_on_the_pixels(
    caption: str, background: tuple[str, ...], relation: tuple[str, str, tuple[str, ...]]
) -> None:
    what = read_scene(caption)
    result = designed(what, layout=Layout(width=256, height=192))
    things = tuple((e.label, e.count, e.count, ()) for e in what.elements if not e.background)
    found = measure(
        result.layout,
        Wanted(id="x", where="", caption=caption, background=background, things=things,
               relations=(relation,)),
    )  # fmt: skip
    assert found.held, result.notes
    assert not found.floating
    assert result.unmet == ()


def test_a_background_that_cannot_lie_as_told_is_told_as_unmet() -> None:
    what = scene("sky*, lake*, forest*, duck", ("forest", "in front of", "lake"))
    assert [r.kind for r in designed(what).unmet] == ["in front of"]
