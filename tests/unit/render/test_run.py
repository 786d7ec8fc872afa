"""Rendering with packs of the real layouts: what comes out, how it is told, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline, StableDiffusionPipeline

from engine.errors import Cancelled, InputError, ModelDamaged, ModelMissing, OutOfMemory
from engine.jobs.context import QuietContext
from engine.layout.layout import Layout
from engine.render.load import fast_scheduler
from engine.render.request import Picture, RenderRequest
from engine.render.run import run
from tests.unit.render import tiny


@dataclass
class Watching:
    """A job context that notes what it is told, and cancels at a step."""

    cancel_at: int | None = None
    steps: list[tuple[str, int, int]] = field(default_factory=list)
    previews: list[Picture] = field(default_factory=list)

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        self.steps.append((stage, step, total))
        if preview is not None:
            self.previews.append(preview)
        if total > 1 and step == self.cancel_at:
            raise Cancelled("Cancelled.")


def request(pack: str, **changes: Any) -> RenderRequest:
    base = RenderRequest(layout=tiny.park(), seed=3, size=128, steps=2, pack=pack)
    return replace(base, **changes)


def pixels(pack: str, **changes: Any) -> list[np.ndarray]:
    return [p.pixels for p in run(request(pack, **changes), QuietContext()).pictures]


@pytest.mark.parametrize("layer_prompts", [True, False])
def test_controlnet_union_takes_the_layout_as_its_segmentation(
    tmp_path: Path, layer_prompts: bool
) -> None:
    pack = tiny.sdxl_pack(tmp_path / "xl")
    tiny.put_union(pack, "seg")
    values: dict[str, Any] = {"size": 512, "layer_prompts": layer_prompts}
    with_map = pixels(str(pack), **values)[0]
    assert with_map.shape == (384, 512, 3)
    assert (with_map != pixels(str(pack), control_scale=0.0, **values)[0]).any()


def test_a_picture_is_the_same_whatever_stands_beside_it(lite: str) -> None:
    three = pixels(lite, count=3)
    assert not np.array_equal(three[0], three[1])
    assert np.array_equal(pixels(lite, count=1, seed=5)[0], three[2])


@pytest.mark.parametrize(
    ("family", "canvas", "size", "expected"),
    [
        ("lite", (128, 96), 128, (96, 128)),
        ("lite", (256, 171), 240, (160, 240)),
        ("sd15", (130, 100), 264, (200, 264)),
        ("sdxl", (128, 96), 512, (384, 512)),
    ],
)
def test_every_family_draws_at_sizes_that_its_models_take(
    family: str,
    canvas: tuple[int, int],
    size: int,
    expected: tuple[int, int],
    request: pytest.FixtureRequest,
) -> None:
    pack = request.getfixturevalue(family)
    base = RenderRequest(layout=tiny.park(*canvas), size=size, steps=1, pack=pack)
    result = run(base, QuietContext())
    (picture,) = result.pictures
    assert picture.pixels.shape == (*expected, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.std() > 1


def test_the_request_comes_back_with_the_defaults_filled_in(lite: str) -> None:
    result = run(request(lite, size=128, steps=1), QuietContext())
    settled = result.request
    assert settled.guidance is not None and settled.control_scale is not None
    assert result.prompt == "a dog in a park, grass, sky, tree, dog sitting"
    assert len(result.model_hash) == 16
    assert set(result.seconds) == {"load", "draw"}


def stock_picture(pack: str, layout: Layout, *, seed: int, guidance: float) -> np.ndarray:
    """The same picture by a plain diffusers call."""
    folder = Path(pack)
    base = StableDiffusionPipeline.from_pretrained(folder / "text_to_image")
    net = ControlNetModel.from_pretrained(folder / "controlnet_seg")
    pipeline = StableDiffusionControlNetPipeline(
        **base.components, controlnet=net, requires_safety_checker=False
    )
    pipeline.scheduler = fast_scheduler(pipeline.scheduler)
    from PIL import Image

    from engine.render.conditioning import conditioning
    from engine.render.prompt import prompt_of

    made = pipeline(
        prompt_of(layout),
        image=Image.fromarray(conditioning(layout, (128, 96))),
        num_inference_steps=2,
        guidance_scale=guidance,
        controlnet_conditioning_scale=1.0,
        generator=torch.Generator().manual_seed(seed),
    )
    return np.asarray(made.images[0])  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("family", ["lite", "sd15"])
def test_without_layer_words_it_is_the_stock_pipelines_picture(
    family: str, request: pytest.FixtureRequest
) -> None:
    pack = request.getfixturevalue(family)
    base = RenderRequest(
        layout=tiny.park(), size=128, steps=2, seed=4, guidance=3.0, control_scale=1.0, pack=pack
    )
    if family == "sd15":
        (Path(pack) / "render.json").write_text('{"smallest": 64}')
    ours = run(replace(base, layer_prompts=False), QuietContext()).pictures[0].pixels
    theirs = stock_picture(pack, tiny.park(), seed=4, guidance=3.0)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_the_layout_and_its_weight_change_the_picture(lite: str) -> None:
    normal = pixels(lite)[0]
    moved = tiny.park()
    dog = moved.layer("dog")
    layers = tuple(replace(x, mask=x.mask.moved(-40, 0)) if x is dog else x for x in moved.layers)
    assert not np.array_equal(pixels(lite, layout=replace(moved, layers=layers))[0], normal)
    assert not np.array_equal(pixels(lite, control_scale=0.2)[0], normal)
    assert not np.array_equal(pixels(lite, control_scale=0.0)[0], normal)


def test_layer_words_act_and_are_switched_off_again(lite: str) -> None:
    plain = pixels(lite, layer_prompts=False, control_scale=0.0)[0]
    worded = pixels(lite, control_scale=0.0)[0]
    again = pixels(lite, layer_prompts=False, control_scale=0.0)[0]
    assert not np.array_equal(plain, worded)
    assert np.array_equal(plain, again), "the words were not switched off again"


def test_progress_counts_every_step_and_shows_the_picture_early(lite: str) -> None:
    watch = Watching()
    run(request(lite, count=2, steps=5), watch)
    counted = [(step, total) for stage, step, total in watch.steps if stage.startswith("Drawing")]
    assert [step for step, _ in counted] == sorted(step for step, _ in counted)
    assert {total for _, total in counted} == {10}
    assert set(range(1, 11)) <= {step for step, _ in counted}
    first = watch.previews[0]
    assert (first.sample, first.seed, first.pixels.shape) == (1, 3, (96, 128, 3))
    assert {p.sample for p in watch.previews} == {1, 2}


def test_cancel_ends_it_at_the_step_and_leaves_the_models_usable(lite: str) -> None:
    before = pixels(lite)[0]
    watch = Watching(cancel_at=2)
    with pytest.raises(Cancelled):
        run(request(lite, steps=30), watch)
    assert max(step for _, step, total in watch.steps if total > 1) == 2
    assert np.array_equal(pixels(lite)[0], before)


def test_out_of_memory_is_told_in_our_words(lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate")

    monkeypatch.setattr("engine.render.run.draw", explode)
    with pytest.raises(OutOfMemory, match="memory"):
        run(request(lite), QuietContext())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 0}, "1 to 16"),
        ({"seed": -1}, "seed"),
        ({"size": 20}, "size of 128 to 512"),
        ({"size": 9000}, "size of 128 to 512"),
        ({"steps": 0}, "Steps"),
        ({"guidance": float("nan")}, "guidance"),
        ({"control_scale": 3.0}, "control scale"),
        ({"style": "photo"}, "no style 'photo'"),
        ({"prompt": "dog " * 2000}, "characters"),
        ({"layout": Layout(width=64, height=64)}, "nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said(lite: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(request(lite, **changes), QuietContext())


def test_an_empty_layout_with_a_caption_is_drawn(lite: str) -> None:
    empty = Layout(width=128, height=96, caption="a dog")
    result = run(request(lite, layout=empty), QuietContext())
    assert result.prompt == "a dog"


def test_a_pack_that_cannot_render_says_so(tmp_path: Path, lite: str) -> None:
    with pytest.raises(ModelMissing):
        run(request(str(tmp_path)), QuietContext())
    broken = tmp_path / "broken"
    (broken / "text_to_image").mkdir(parents=True)
    (broken / "text_to_image" / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    with pytest.raises(ModelDamaged, match="FluxPipeline"):
        run(request(str(broken)), QuietContext())
    (broken / "render.json").write_text('{"size": "huge"}')
    with pytest.raises(ModelDamaged, match="render.json"):
        run(request(str(broken)), QuietContext())


def test_a_prompt_that_is_too_long_is_noted(lite: str) -> None:
    result = run(request(lite, prompt="dog " * 60), QuietContext())
    assert any("longer than this model reads" in note for note in result.notes)
