"""What a layer says of its origin is enough to draw its mask again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.layout.brush import paint_stroke
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import Layout
from engine.layout.mask import EMPTY_MASK, Mask
from engine.project import open_project, save_project
from engine.smartmask.following import Way, brought, form_of, mirror_of
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.placing import guidance_values, layer_of, placed, take
from engine.smartmask.placing import redrawn as redrawn_origin
from engine.smartmask.postprocess import clean
from engine.smartmask.repeat import can_be_repeated, fresh_request, guidance_of, request_again
from engine.smartmask.request import SuggestRequest, SuggestResult
from engine.smartmask.suggest import rank
from tests.unit.smartmask.tiny import park, tiny_lite

CANVAS = park().canvas
STROKE = paint_stroke(EMPTY_MASK, [(20, 10), (50, 40), (80, 20)], radius=4, canvas=CANVAS)
GUIDANCES = {
    "free": Guidance.free(),
    "box": Guidance.at_box(Box(30, 12, 40, 30)),
    "point": Guidance.at_point(50.5, 30.0),
    "sized point": Guidance.at_point(50.0, 30.0, spread=6.0),
    "scribble": Guidance.from_scribble(STROKE),
    "painted": Guidance.from_scribble(Mask.filled(Box(28, 10, 40, 34))),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pipeline() -> SmartMaskPipeline:
    return tiny_lite()


def answered(pipeline: SmartMaskPipeline, request: SuggestRequest) -> SuggestResult:
    request = pipeline.settled(request)
    return SuggestResult(
        request=request, suggestions=rank(request, pipeline(request)), pack=request.pack
    )


def test_fresh_masks_come_after_all_that_were_drawn(pipeline: SmartMaskPipeline) -> None:
    request = SuggestRequest(layout=park(), label="dog", count=2, among=6, seed=7)
    result = answered(pipeline, request)
    first = result.suggestions[0]
    layout = placed(park(), layer_of(result, first))
    again = pipeline(request_again(layout, layout.layers[-1].id))
    assert [clean(s.mask, CANVAS) for s in again] == [first.mask]
    assert fresh_request(layout, layout.layers[-1].id).seed == 7 + 6


@pytest.mark.parametrize("mode", GUIDANCES)
def test_a_layer_from_a_saved_project_is_drawn_again(
    pipeline: SmartMaskPipeline, tmp_path: Path, mode: str
) -> None:
    request = SuggestRequest(
        layout=park(), label="dog", guidance=GUIDANCES[mode], count=3, seed=7, style="natural"
    )
    request = replace(request, behind="tree", steps=3, text_scale=2.0)
    result = answered(pipeline, request)
    layer = layer_of(result, take(result, 2))
    save_project(placed(park(), layer, behind="tree"), tmp_path / "p.ora")
    opened = replace(open_project(tmp_path / "p.ora").layout, caption="said differently since")
    again = answered(pipeline, request_again(opened, layer.id))
    (suggestion,) = again.suggestions
    assert suggestion.mask == layer.mask
    assert again.request.seed == 8
    assert can_be_repeated(opened.layer(layer.id))
    fresh = fresh_request(opened, layer.id, count=2)
    assert (fresh.seed, fresh.count, fresh.behind) == (10, 2, layer.id)
    assert fresh.guidance == again.request.guidance


@pytest.fixture(scope="module")
def dog(pipeline: SmartMaskPipeline) -> Layer:
    request = SuggestRequest(
        layout=park(), label="dog", guidance=GUIDANCES["box"], count=2, seed=7, steps=3
    )
    result = answered(pipeline, request)
    return layer_of(result, take(result, 1))


def with_mask(layer: Layer, mask: Mask) -> tuple[Layout, str]:
    return placed(park(), replace(layer, mask=mask)), layer.id


def test_a_moved_layer_is_drawn_again_where_it_lies(
    pipeline: SmartMaskPipeline, dog: Layer
) -> None:
    moved = with_mask(dog, dog.mask.moved(11, 9))
    same = answered(pipeline, request_again(*moved))
    assert same.suggestions[0].mask == dog.mask.moved(11, 9)
    assert fresh_request(*moved).guidance == Guidance.at_box(Box(41, 21, 40, 30))
    redrawn = replace(layer_of(same, same.suggestions[0]), id=dog.id)
    after = placed(park(), redrawn)
    assert fresh_request(after, dog.id).guidance == Guidance.at_box(Box(41, 21, 40, 30))
    assert answered(pipeline, request_again(after, dog.id)).suggestions[0].mask == redrawn.mask


@pytest.mark.parametrize("mirror", [(True, False), (False, True), (True, True)])
def test_a_flipped_layer_comes_again_flipped(
    pipeline: SmartMaskPipeline, dog: Layer, mirror: tuple[bool, bool]
) -> None:
    turned = dog.mask.mirrored(across=mirror[0], down=mirror[1]).moved(7, 2)
    assert turned.bits != dog.mask.bits
    same = answered(pipeline, request_again(*with_mask(dog, turned)))
    assert same.suggestions[0].mask == turned
    # Painted, it is still the flipped one; drawn, kept, saved and drawn once more, too.
    middle = Box(turned.box.x + turned.box.width // 2, turned.box.y + 4, 2, 2)
    painted = with_mask(dog, turned.union(Mask.filled(middle)))
    assert answered(pipeline, request_again(*painted)).suggestions[0].mask == turned
    redrawn = replace(layer_of(same, same.suggestions[0]), id=dog.id)
    after = placed(park(), redrawn)
    assert answered(pipeline, request_again(after, dog.id)).suggestions[0].mask == turned
    back = with_mask(redrawn, dog.mask)
    assert answered(pipeline, request_again(*back)).suggestions[0].mask == dog.mask


def test_the_scribble_of_a_flipped_layer_is_flipped(pipeline: SmartMaskPipeline) -> None:
    scribble = GUIDANCES["scribble"]
    request = SuggestRequest(layout=park(), label="dog", guidance=scribble, seed=7, steps=3)
    result = answered(pipeline, request)
    layer = layer_of(result, take(result, 1))
    turned = layer.mask.mirrored(across=True, down=False)
    fresh = fresh_request(*with_mask(layer, turned))
    box, drawn = layer.mask.box, STROKE.clipped(CANVAS)
    wanted = drawn.mirrored(across=True, down=False)
    wanted = wanted.moved(2 * box.x + box.width - drawn.box.right - drawn.box.x, 0)
    assert fresh.guidance.scribble == wanted.clipped(CANVAS)


def test_a_ball_that_was_painted_was_not_flipped() -> None:
    rows, columns = np.mgrid[-30:31, -30:31]
    ball = Mask.from_array(np.hypot(rows, columns) <= 30)
    for lump in (Box(5, 20, 6, 12), Box(40, 6, 14, 9), Box(22, 50, 12, 8)):
        for painted in (ball.union(Mask.filled(lump)), ball.minus(Mask.filled(lump))):
            assert mirror_of(form_of(ball), painted) == (False, False)


def test_what_a_design_seated_is_drawn_where_it_sat_whichever_version_wrote_it(
    pipeline: SmartMaskPipeline, dog: Layer
) -> None:
    """How far a design moved a mask was kept in three ways."""
    assert dog.provenance is not None
    plain = {**dog.provenance.request, "place": list(dog.mask.box.moved(3, 5))}
    seated = dog.mask.moved(3, 5)
    mark = {"element": "e1", "index": 0}
    first = {"design": {**mark, "moved": [3, 5]}}
    second = {"design": mark, "finish": {"shift": [3, 5]}}
    now = {"design": mark, "finish": {"seat": [3, 5], "shift": [0, 0]}}
    for said in (first, second, now):
        layer = replace(
            dog, mask=seated, provenance=replace(dog.provenance, request={**plain, **said})
        )
        again = answered(pipeline, request_again(placed(park(), layer), layer.id))
        assert again.suggestions[0].mask == seated
        fresh = fresh_request(placed(park(), layer), layer.id)
        assert fresh.guidance == GUIDANCES["box"], "the box of the design, not one moved on"


def test_what_a_design_seated_and_the_user_moved_is_drawn_where_it_is(
    pipeline: SmartMaskPipeline, dog: Layer
) -> None:
    assert dog.provenance is not None
    said = {"design": {"element": "e1", "index": 0}, "finish": {"seat": [3, 5], "shift": [0, 0]}}
    request = {**dog.provenance.request, **said, "place": list(dog.mask.box.moved(3, 5))}
    layer = replace(dog, provenance=replace(dog.provenance, request=request))
    moved = with_mask(layer, dog.mask.moved(13, 9))
    same = answered(pipeline, request_again(*moved))
    redrawn = replace(layer_of(same, same.suggestions[0]), id=layer.id)
    redrawn = replace(redrawn, provenance=redrawn_origin(layer, redrawn))
    after = placed(park(), redrawn)
    assert redrawn.mask == dog.mask.moved(13, 9)
    assert fresh_request(after, layer.id).guidance == Guidance.at_box(Box(40, 16, 40, 30))
    assert redrawn.provenance is not None
    assert redrawn.provenance.request["design"] == said["design"]


def test_new_neighbours_do_not_change_what_comes_again(
    pipeline: SmartMaskPipeline, dog: Layer
) -> None:
    bush = Layer(id="bush", label="bush", mask=Mask.filled(Box(20, 20, 60, 30)), ade_class=4)
    layout = park().with_layers((*park().layers, bush, dog))
    assert answered(pipeline, request_again(layout, dog.id)).suggestions[0].mask == dog.mask
    assert "bush" in {x.id for x in fresh_request(layout, dog.id).seen_layers().layers}


def test_a_painted_or_cut_layer_gets_its_old_shape_again(
    pipeline: SmartMaskPipeline, dog: Layer
) -> None:
    box = dog.mask.box
    for rest in (Box(*box[:2], box.width // 2, box.height), Box(box.x, box.y + 5, *box[2:])):
        cut = with_mask(dog, dog.mask.clipped(rest))
        assert answered(pipeline, request_again(*cut)).suggestions[0].mask == dog.mask
        assert fresh_request(*cut).guidance == GUIDANCES["box"]


def test_a_scaled_layer_keeps_its_new_size(dog: Layer) -> None:
    box = dog.mask.box
    double = Mask.from_array(dog.mask.crop().repeat(2, 0).repeat(2, 1), x=box.x - 25, y=box.y - 12)
    for request in (request_again, fresh_request):
        guidance = request(*with_mask(dog, double)).guidance
        wanted = Box(2 * (30 - box.x) + box.x - 25, 2 * (12 - box.y) + box.y - 12, 80, 60)
        assert guidance == Guidance.at_box(wanted.intersection(CANVAS))


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("free", Guidance.at_box(Box(46, 10, 40, 30))),
        ("box", Guidance.at_box(Box(46, 10, 40, 30))),
        ("point", Guidance.at_point(66.5, 28.0)),
        ("sized point", Guidance.at_point(66.0, 28.0, spread=6.0)),
        ("scribble", Guidance.from_scribble(STROKE.moved(16, -2).clipped(CANVAS))),
    ],
)
def test_every_guidance_follows(mode: str, found: Guidance) -> None:
    way = Way(Box(30, 12, 40, 30), Box(46, 10, 40, 30))
    assert brought(GUIDANCES[mode], way, CANVAS) == found


def test_what_left_the_canvas_cannot_be_drawn_there(dog: Layer) -> None:
    with pytest.raises(InputError, match="outside the canvas"):
        fresh_request(*with_mask(dog, dog.mask.moved(500, 0)))


@pytest.mark.parametrize("mode", GUIDANCES)
def test_guidance_comes_back_from_its_values(mode: str) -> None:
    assert guidance_of(guidance_values(GUIDANCES[mode])) == GUIDANCES[mode]


def test_a_scribble_of_noise_does_not_swell_the_file() -> None:
    noise = np.random.default_rng(0).random((600, 600)) < 0.5
    values = guidance_values(Guidance.from_scribble(Mask.from_array(noise)))
    assert values == {"mode": "scribble", "scribble_box": [0, 0, 600, 600]}
    with pytest.raises(ValueError, match="scribble is missing"):
        guidance_of(values)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (None, "not drawn by SmartMask"),
        (Provenance(kind="drawn"), "not drawn by SmartMask"),
        (Provenance(kind="smartmask", seed=1), "cannot be drawn again"),
        (Provenance(kind="smartmask", seed=1, request={"label": "dog", "guidance": 5}), "again"),
        (
            Provenance(
                kind="smartmask",
                seed=1,
                request={"label": "dog", "guidance": {"mode": "scribble", "scribble_box": [0] * 4}},
            ),
            "scribble is missing",
        ),
        (
            Provenance(
                kind="smartmask",
                seed=1,
                request={
                    "label": "dog",
                    "guidance": {
                        "mode": "scribble",
                        "scribble_box": [0, 0, 9, 9],
                        "scribble": "eJw=",
                    },
                },
            ),
            "cannot be drawn again",
        ),
    ],
)
def test_an_origin_that_says_too_little_is_told(origin: Provenance | None, words: str) -> None:
    layer = Layer(id="x", label="dog", mask=STROKE, provenance=origin)
    with pytest.raises(InputError, match=words):
        request_again(Layout(width=96, height=64, layers=(layer,)), "x")
