"""Inserting with tiny random packs of the real layouts: the whole job, without a trained model."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import Cancelled, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import QuietContext
from engine.jobs.engine import HANDLERS, load_handler
from engine.layout.geometry import Box
from engine.layout.guidance import Guidance
from engine.layout.mask import EMPTY_MASK, Mask
from engine.models import packs
from engine.render import insert
from engine.render.defaults import defaults_of
from engine.render.insert_draw import open_inserter
from engine.render.insert_frame import soft_edge
from engine.render.region_attention import Regions
from engine.render.request import InsertRequest, InsertResult, Picture
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult
from tests.unit.render.tiny import lite_pack, park, put_union, sd15_pack, sdxl_pack

PLACE = Box(50, 40, 24, 30)


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(lite_pack(tmp_path_factory.mktemp("packs") / "small"))


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    yield
    packs.forget_models()


def photo(width: int = 128, height: int = 96) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(2).integers(0, 60, (height, width, 3))
    return (np.dstack([rows, columns, rows + columns]) % 190 + noise).astype(np.uint8)


def asked(pack: str, **more: Any) -> InsertRequest:
    given: dict[str, Any] = {
        "photo": photo(),
        "label": "dog",
        "layout": park(),
        "mask": Mask.filled(PLACE),
        "caption": "a dog in a park",
        "steps": 3,
        "feather": 4,
        "pack": pack,
    }
    return InsertRequest(**(given | more))


def run(request: InsertRequest, context: Any = None) -> InsertResult:
    return insert.run(request, context or QuietContext())


class Watching:
    """Keeps every message; cancels after so many with a preview."""

    def __init__(self, cancel_after: int = 10_000) -> None:
        self.previews: list[Picture] = []
        self.steps: list[tuple[int, int]] = []
        self._left = cancel_after

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        if stage.startswith(insert.STAGE):
            self.steps.append((step, total))
            if preview is not None:
                self.previews.append(preview)
            self._left -= 1
            if self._left < 0:
                raise Cancelled("Cancelled.")


def background(request: InsertRequest) -> np.ndarray:
    """Pixels that must not change."""
    assert request.mask is not None
    mask = request.mask.on_canvas(request.photo.shape[1], request.photo.shape[0])
    return soft_edge(mask, request.feather or 0) == 0


def test_the_object_is_drawn_and_its_background_kept_bit_for_bit(lite: str) -> None:
    request = asked(lite, count=2, seed=7)
    result = run(request)
    assert [i.picture.sample for i in result.insertions] == [1, 2]
    assert [i.picture.seed for i in result.insertions] == [7, 8]
    for insertion in result.insertions:
        pixels = insertion.picture.pixels
        assert pixels.shape == request.photo.shape
        assert np.array_equal(pixels[background(request)], request.photo[background(request)])
        inside = Mask.filled(PLACE).on_canvas(128, 96)
        assert (pixels[inside] != request.photo[inside]).any(axis=1).mean() > 0.5
    first, second = (i.picture.pixels for i in result.insertions)
    assert not np.array_equal(first, second)


def test_the_object_is_also_a_layer_that_says_where_it_came_from(lite: str) -> None:
    result = run(asked(lite, seed=3))
    layer = result.insertions[0].layer
    assert (layer.label, layer.mask.box, layer.ade_class) == ("dog", PLACE, 126)
    assert layer.provenance is not None
    assert layer.provenance.kind == "inserted"
    assert layer.provenance.seed == 3
    assert layer.provenance.request["steps"] == 3
    assert layer.provenance.model_hash == result.model_hash
    assert layer.id not in {x.id for x in result.layout.layers}
    assert [x.id for x in result.layout.layers] == [x.id for x in park().layers]


def test_the_same_request_gives_the_same_picture_whatever_the_count(lite: str) -> None:
    both = run(asked(lite, count=2, seed=5)).insertions
    alone = run(asked(lite, count=1, seed=6)).insertions[0]
    again = next(i for i in both if i.picture.seed == 6)
    assert np.array_equal(alone.picture.pixels, again.picture.pixels)


def test_previews_show_the_whole_photo_at_every_step(lite: str) -> None:
    watching = Watching()
    request = asked(lite)
    run(request, watching)
    assert len(watching.previews) == 3
    assert watching.steps[-1] == (3, 3)
    for look in watching.previews:
        assert look.pixels.shape == request.photo.shape
        assert np.array_equal(look.pixels[background(request)], request.photo[background(request)])


def test_cancel_ends_it_at_the_next_step_and_the_next_job_works(lite: str) -> None:
    request = asked(lite)
    with pytest.raises(Cancelled):
        run(request, Watching(cancel_after=2))
    assert len(run(request).insertions) == 1


def test_what_the_layout_says_reaches_the_drawing(lite: str) -> None:
    """Another object at the same place, and the same one behind another, give other pictures."""
    dog = run(asked(lite)).insertions[0].picture.pixels
    other = run(asked(lite, label="tree", caption="a tree")).insertions[0].picture.pixels
    assert not np.array_equal(dog, other)
    defaults = defaults_of(lite)
    request = insert.check_request(asked(lite, behind="grass"), defaults)
    chosen = insert._Chosen(mask=Mask.filled(PLACE), score=0.0, values={})
    layer = insert._layer(request, chosen, seed=0)
    behind = insert.placed(park(), layer, behind="grass")
    _, hidden, _ = insert.prepared(request, behind, layer, defaults)
    front = insert.placed(park(), layer)
    _, shown, _ = insert.prepared(request, front, layer, defaults)
    assert not np.array_equal(hidden.colours, shown.colours)
    assert (shown.colours == (255, 0, 122)).all(axis=2).any()


@pytest.mark.parametrize("size", [(64, 64), (300, 70), (70, 300), (512, 384)])
def test_photos_of_any_size_and_shape(lite: str, size: tuple[int, int]) -> None:
    picture = photo(*size)
    mask = Mask.filled(Box(size[0] // 4, size[1] // 4, size[0] // 3, size[1] // 3))
    request = asked(lite, photo=picture, layout=park(*size), mask=mask, feather=None, steps=2)
    pixels = run(request).insertions[0].picture.pixels
    assert pixels.shape == picture.shape
    assert (pixels[0] == picture[0]).all()


def test_a_photo_without_layers_is_drawn_without_the_layout(lite: str) -> None:
    bare = park().with_layers(())
    with_layers = run(asked(lite)).insertions[0].picture.pixels
    without = run(asked(lite, layout=bare)).insertions[0].picture.pixels
    assert not np.array_equal(with_layers, without)


class FakeSmartMask:
    def __init__(self, *masks: Mask) -> None:
        self.masks = masks
        self.requests: list[SuggestRequest] = []

    def run(self, request: SuggestRequest, context: Any) -> SuggestResult:
        self.requests.append(request)
        return SuggestResult(
            request=request,
            suggestions=tuple(
                Suggestion(sample=k, seed=request.seed + k - 1, mask=mask, score=1 / k)
                for k, mask in enumerate(self.masks, 1)
            ),
            notes=("taken for dog",),
        )


def test_without_a_mask_smartmask_proposes_from_the_guidance(
    lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Mask.filled(Box(20 + 10 * k, 30, 12, 12)) for k in range(2)]
    fake = FakeSmartMask(places[0], EMPTY_MASK, places[1])
    monkeypatch.setattr(insert.suggesting, "run", fake.run)
    monkeypatch.setattr(insert, "has_component", lambda pack, component: True)
    guidance = Guidance.at_point(40, 40)
    result = run(asked(lite, mask=None, guidance=guidance, count=3, steps=1))
    asked_for = fake.requests[0]
    assert asked_for.guidance == guidance
    assert asked_for.layout.caption == "a dog in a park"
    assert [x.label for x in asked_for.layout.layers] == [x.label for x in park().layers]
    by_sample = sorted(result.insertions, key=lambda i: i.picture.sample)
    assert [i.layer.mask for i in by_sample] == [places[0], places[1], places[0]]
    assert result.insertions[0].picture.score == 1.0
    assert by_sample[1].layer.provenance.request["mask_seed"] == 2  # type: ignore[union-attr]
    assert "taken for dog" in result.notes


def test_the_masks_most_like_a_given_one_come_first(
    lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Mask.filled(Box(20 + 20 * k, 30, 12, 12)) for k in range(3)]
    monkeypatch.setattr(insert.suggesting, "run", FakeSmartMask(*places).run)
    monkeypatch.setattr(insert, "has_component", lambda pack, component: True)
    wanted = Mask.filled(Box(58, 28, 20, 20))
    result = run(asked(lite, mask=None, like=wanted, count=2, steps=1))
    by_sample = sorted(result.insertions, key=lambda i: i.picture.sample)
    assert by_sample[0].layer.mask == places[2]


def test_a_pack_without_smartmask_says_who_stood_in(
    lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSmartMask(Mask.filled(PLACE))
    monkeypatch.setattr(insert.suggesting, "run", fake.run)
    result = run(asked(lite, mask=None, steps=1))
    assert fake.requests[0].pack == "lite"
    assert any("SmartMask of the pack lite" in note for note in result.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mask": EMPTY_MASK}, "mask is empty"),
        ({"mask": Mask.filled(Box(0, 0, 128, 96))}, "covers the whole photo"),
        ({"mask": Mask.filled(Box(500, 0, 9, 9))}, "mask is empty"),
        ({"label": "  "}, "label is empty"),
        ({"count": 0}, "variations"),
        ({"count": 99}, "variations"),
        ({"steps": 0}, "Steps of 0"),
        ({"seed": -1}, "seed"),
        ({"feather": -3}, "feather"),
        ({"style": "no such"}, "no style"),
        ({"photo": np.zeros((1, 1, 3), np.uint8), "layout": None}, "not possible"),
        ({"photo": np.zeros((64, 64), np.uint8)}, "RGB"),
        ({"layout": park(64, 64)}, "does not fit"),
        ({"behind": "nobody"}, "no layer"),
        ({"mask": None, "guidance": Guidance.at_box(Box(900, 900, 5, 5))}, "lies outside"),
    ],
)
def test_bad_input_is_refused_before_anything_is_loaded(
    lite: str, change: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insert, "open_inserter", lambda *a, **k: pytest.fail("loaded"))
    with pytest.raises(InputError, match=words):
        run(asked(lite, **change))


def test_without_a_segmenter_it_goes_by_words_and_place_and_says_so(
    lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = insert.has_component
    monkeypatch.setattr(
        insert, "has_component", lambda pack, name: name != "segmenter" and real(pack, name)
    )
    request = asked(lite, layout=None)
    result = run(request)
    assert result.layout.layers == () and len(result.insertions) == request.count
    assert any("No segmenter is installed" in note for note in result.notes)


def test_a_pack_without_the_inpaint_controlnet_is_named(lite: str, tmp_path: Path) -> None:
    folder = tmp_path / "half"
    shutil.copytree(lite, folder)
    shutil.rmtree(folder / "controlnet_inpaint")
    with pytest.raises(ModelMissing, match="ControlNet for insertion"):
        run(asked(str(folder)))


def test_a_pack_without_the_seg_controlnet_inserts_by_words_and_says_so(
    lite: str, tmp_path: Path
) -> None:
    folder = tmp_path / "half"
    shutil.copytree(lite, folder)
    shutil.rmtree(folder / "controlnet_seg")
    result = run(asked(str(folder)))
    assert any("no ControlNet for layouts" in note for note in result.notes)


def test_stable_diffusion_15(tmp_path: Path) -> None:
    pack = str(sd15_pack(tmp_path / "sd"))
    request = asked(pack, steps=2)
    result = run(request)
    pixels = result.insertions[0].picture.pixels
    assert np.array_equal(pixels[background(request)], request.photo[background(request)])
    assert not np.array_equal(pixels, request.photo)


def test_stable_diffusion_xl_with_controlnet_union(tmp_path: Path) -> None:
    pack = sdxl_pack(tmp_path / "xl")
    put_union(pack, "inpaint", promax=False)
    request = asked(str(pack), steps=2)
    with pytest.raises(ModelDamaged, match="promax"):
        run(request)
    packs.forget_models()
    put_union(pack, "inpaint")
    inserter = open_inserter(str(pack), QuietContext())
    assert inserter.renderer.union
    pixels = run(request).insertions[0].picture.pixels
    assert np.array_equal(pixels[background(request)], request.photo[background(request)])


def test_words_keep_to_their_region_in_the_unet_and_both_controlnets(
    lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, float]] = []
    bias = Regions.bias

    def seen(self: Regions, queries: int, *, batch: int, like: Any) -> Any:
        told.append((len(self.lengths), self.share))
        return bias(self, queries, batch=batch, like=like)

    monkeypatch.setattr(Regions, "bias", seen)
    models = open_inserter(lite, QuietContext()).renderer.denoisers
    before = [dict(model.attn_processors) for model in models]
    run(asked(lite, steps=2))
    assert len(models) == 3
    asking = sum(".attn2." in name for each in before for name in each)
    assert len(told) == 2 * asking, "every cross-attention, at both steps"
    assert {share for _, share in told} == {1.0, 0.5}
    assert [dict(model.attn_processors) for model in models] == before, "put back afterwards"


def test_the_engine_knows_the_job() -> None:
    assert load_handler(HANDLERS[InsertRequest]) is insert.run


def test_the_caption_comes_first_and_names_the_object(lite: str) -> None:
    defaults = defaults_of(lite)
    request = insert.check_request(asked(lite, caption="a park", label="Dog"), defaults)
    mask = Mask.filled(Box(30, 20, 60, 60))
    chosen = insert._Chosen(mask=mask, score=0.0, values={})
    layer = insert._layer(request, chosen, seed=0)
    scene, _, frame = insert.prepared(request, insert.placed(park(), layer), layer, defaults)
    assert frame.window == Box(0, 0, 128, 96)
    assert scene.prompt.startswith("Dog, a park")
    named = insert.check_request(replace(request, caption="my dog in a park"), defaults)
    scene, _, _ = insert.prepared(named, insert.placed(park(), layer), layer, defaults)
    assert scene.prompt.startswith("my dog in a park")
