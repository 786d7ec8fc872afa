"""Several objects one after the other, and objects taken out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.click2mask.remove import removal
from engine.click2mask.request import ClickInsertion, ClickRequest, ClickResult, in_front_of
from engine.click2mask.run import run
from engine.click2mask.several import Wish, insert_several
from engine.errors import InputError
from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.render.request import Picture

SIDE = 128
SIZE = 40


class Painter:
    """Paints a square of a colour of its own at each click, under what is in front."""

    def __init__(self) -> None:
        self.asked: list[ClickRequest] = []

    def __call__(self, request: ClickRequest) -> ClickResult:
        self.asked.append(request)
        x, y = request.clicks[0]
        box = Box(x - SIZE // 2, y - SIZE // 2, SIZE, SIZE)
        mask = Mask.filled(box.intersection(Box(0, 0, SIDE, SIDE)))
        pixels = request.photo.copy()
        seen = mask if request.in_front is None else mask.minus(request.in_front)
        pixels[seen.on_canvas(SIDE, SIDE)] = 80 * len(self.asked)
        picture = Picture(sample=1, seed=0, pixels=pixels, score=0.5)
        return ClickResult(
            request=request, insertions=(ClickInsertion(picture=picture, mask=mask),)
        )


def common() -> ClickRequest:
    return ClickRequest(photo=np.zeros((SIDE, SIDE, 3), np.uint8), clicks=(), prompt="")


def test_each_object_goes_into_the_picture_that_the_former_made() -> None:
    painter = Painter()
    wishes = [
        Wish(prompt="a dog", clicks=((40, 90),)),
        Wish(prompt="a ball", clicks=((100, 60),)),
        Wish(prompt="a hat on the dog"),
    ]
    done = insert_several(wishes, common(), painter)
    assert (painter.asked[1].photo[90, 40] == 80).all()
    assert (painter.asked[2].photo[60, 100] == 160).all()
    x, y = painter.asked[2].clicks[0]
    assert 20 < x < 60 and y < 90
    # The ball's foot is farther away than the dog's; the hat is on the dog.
    labels = [layer.label for layer in done[-1].layout.layers]
    assert labels == ["a ball", "a dog", "a hat on the dog"]


def test_what_is_behind_an_object_leaves_its_pixels() -> None:
    painter = Painter()
    wishes = [
        Wish(prompt="a bench", clicks=((60, 80),)),
        Wish(prompt="a cat behind the bench", clicks=((60, 65),)),
    ]
    done = insert_several(wishes, common(), painter)
    picture = done[-1].result.insertions[0].picture.pixels
    assert (picture[80, 60] == 80).all() and (picture[50, 60] == 160).all()
    assert [layer.label for layer in done[-1].layout.layers] == [
        "a cat behind the bench",
        "a bench",
    ]
    # Amodal: the cat goes on behind the bench.
    assert done[-1].layer.mask.overlap(done[0].layer.mask) > 0


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([Wish(prompt="a dog")], "give it a click"),
        ([Wish(prompt="a dog", clicks=((9, 9),)), Wish(prompt="a ball")], "next to a dog"),
        ([Wish(prompt="a dog", clicks=((9, 9),)), Wish(prompt=" ")], "empty"),
        ([Wish(prompt="a dog", clicks=((9, 9),)), Wish(prompt="x", clicks=((999, 9),))], "outside"),
    ],
)
def test_wishes_without_a_place_are_told_before_anything_is_drawn(
    wishes: list[Wish], words: str
) -> None:
    painter = Painter()
    with pytest.raises(InputError, match=words):
        insert_several(wishes, common(), painter)
    assert painter.asked == []


def test_what_is_in_front_keeps_its_pixels_in_the_models_picture(lite_pack: Path) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    front = Mask.filled(Box(40, 40, 20, 56))
    request = ClickRequest(
        photo=photo, clicks=((48, 48),), prompt="a red dog", count=1, pack=str(lite_pack)
    )
    result = run(replace(request, in_front=front), QuietContext())
    changed = (result.insertions[0].picture.pixels != photo).any(axis=2)
    kept = front.on_canvas(96, 96)
    assert not changed[kept].any() and changed[~kept].any()


def test_a_given_shape_is_drawn_into_and_nothing_evolves(lite_pack: Path) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (96, 192, 3)).astype(np.uint8)
    # Wider than the square around the click: the models see all of it.
    shape = Mask.filled(Box(20, 30, 130, 30))
    request = ClickRequest(
        photo=photo, clicks=((30, 40),), prompt="a red dog", count=2, pack=str(lite_pack),
        shape=shape,
    )  # fmt: skip
    result = run(request, QuietContext())
    assert len(result.insertions) == 2 and result.calls["gradients"] == 0
    best = result.insertions[0]
    assert best.evolution == ()
    assert best.mask.overlap(shape) > 0.8 * shape.area
    changed = (best.picture.pixels != photo).any(axis=2)
    assert changed[shape.on_canvas(192, 96)].mean() > 0.5
    with pytest.raises(InputError, match="shape"):
        run(replace(request, shape=Mask.filled(Box(500, 0, 9, 9))), QuietContext())


def scene() -> Layout:
    return Layout(
        width=SIDE,
        height=SIDE,
        layers=(
            Layer(label="sky", mask=Mask.filled(Box(0, 0, SIDE, 64))),
            Layer(label="grass", mask=Mask.filled(Box(0, 64, SIDE, 64))),
            Layer(label="dog", mask=Mask.filled(Box(40, 70, 40, 40))),
            Layer(label="ball", mask=Mask.filled(Box(70, 90, 20, 20))),
        ),
    )


def test_what_is_removed_is_drawn_over_with_its_background() -> None:
    request, left = removal(scene(), replace(common(), clicks=((50, 80),)))
    assert request.prompt == "grass"
    assert [layer.label for layer in left.layers] == ["sky", "grass", "ball"]
    assert request.shape is not None and request.in_front is not None
    # A little wider than the dog; the ball before it is left as it is.
    assert request.shape.box.x < 40 and request.shape.box.y < 70
    ball = scene().layers[-1].mask
    assert request.in_front == ball


def test_the_caption_names_no_more_what_was_removed() -> None:
    told = replace(scene(), caption="a dog, a ball, sky and grass")
    _, left = removal(told, replace(common(), clicks=((50, 80),)))
    assert left.caption == "a ball, sky and grass"


def test_of_the_backgrounds_the_one_that_is_most_of_it_in_all_its_layers() -> None:
    bare = scene().layers[2:]
    grounds = (("grass", Box(40, 70, 40, 12)), ("sand", Box(40, 82, 40, 15)),
               ("grass", Box(40, 97, 40, 13)))  # fmt: skip
    layers = (*(Layer(label=name, mask=Mask.filled(box)) for name, box in grounds), *bare)
    request, _ = removal(replace(scene(), layers=layers), replace(common(), clicks=((50, 80),)))
    assert request.prompt == "grass"


def test_the_nearest_thing_under_each_click_is_removed() -> None:
    _, left = removal(scene(), replace(common(), clicks=((75, 95), (45, 75))))
    assert [layer.label for layer in left.layers] == ["sky", "grass"]
    request, left = removal(scene(), replace(common(), clicks=((75, 95),), prompt="water"))
    assert request.prompt == "water"
    assert [layer.label for layer in left.layers] == ["sky", "grass", "dog"]


@pytest.mark.parametrize(("click", "words"), [((5, 5), "only sky"), ((5, 100), "only grass")])
def test_backgrounds_are_not_removed(click: tuple[int, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        removal(scene(), replace(common(), clicks=(click,)))


def test_without_a_known_background_words_are_asked_for() -> None:
    bare = replace(scene(), layers=scene().layers[2:])
    with pytest.raises(InputError, match="prompt"):
        removal(bare, replace(common(), clicks=((50, 80),)))


def test_hidden_layers_are_not_in_front() -> None:
    layout = scene()
    hidden = replace(layout.layers[-1], visible=False)
    assert in_front_of(layout, 3) == layout.layers[-1].mask
    assert in_front_of(replace(layout, layers=(*layout.layers[:-1], hidden)), 3) is None
