"""The scorer, and published checkpoints as a scorer's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.click2mask.alpha_clip import (
    AlphaClip,
    normalised_alpha,
    normalised_rgb,
    region_window,
)
from engine.click2mask.convert import convert
from engine.errors import InputError, ModelDamaged, ModelMissing
from tests.unit.click2mask import tiny

WIDTH, PATCH, SIDE, BLOCKS, OUT = 128, 8, 32, 3, 8


def published(seed: int = 0) -> dict[str, Tensor]:
    """A small random tower under the names of the published checkpoints."""
    made = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=made) * 0.1

    tower = {
        "conv1.weight": rand(WIDTH, 3, PATCH, PATCH),
        "conv1_alpha.weight": rand(WIDTH, 1, PATCH, PATCH),
        "class_embedding": rand(WIDTH),
        "positional_embedding": rand((SIDE // PATCH) ** 2 + 1, WIDTH),
        "proj": rand(WIDTH, OUT),
    }
    shapes = {
        "attn.in_proj.weight": (3 * WIDTH, WIDTH),
        "attn.in_proj.bias": (3 * WIDTH,),
        "attn.out_proj.weight": (WIDTH, WIDTH),
        "attn.out_proj.bias": (WIDTH,),
        "mlp.c_fc.weight": (4 * WIDTH, WIDTH),
        "mlp.c_fc.bias": (4 * WIDTH,),
        "mlp.c_proj.weight": (WIDTH, 4 * WIDTH),
        "mlp.c_proj.bias": (WIDTH,),
    }
    for block in range(BLOCKS):
        prefix = f"transformer.resblocks.{block}."
        tower |= {prefix + name: rand(*shape) for name, shape in shapes.items()}
        for norm in ("ln_1", "ln_2"):
            tower[f"{prefix}{norm}.weight"] = 1 + rand(WIDTH)
            tower[f"{prefix}{norm}.bias"] = rand(WIDTH)
    for norm in ("ln_pre", "ln_post"):
        tower[f"{norm}.weight"], tower[f"{norm}.bias"] = 1 + rand(WIDTH), rand(WIDTH)
    return tower


def reference(tower: dict[str, Tensor], rgb: Tensor, alpha: Tensor) -> Tensor:
    """The forward pass of Alpha-CLIP's visual tower, from its description."""

    def norm(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, (WIDTH,), tower[f"{name}.weight"], tower[f"{name}.bias"])

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, tower[f"{name}.weight"], tower[f"{name}.bias"])

    x = F.conv2d(rgb, tower["conv1.weight"], stride=PATCH)
    x = x + F.conv2d(alpha, tower["conv1_alpha.weight"], stride=PATCH)
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([tower["class_embedding"].expand(len(x), 1, -1), x], dim=1)
    x = norm("ln_pre", x + tower["positional_embedding"])
    heads = WIDTH // 64
    for block in range(BLOCKS):
        prefix = f"transformer.resblocks.{block}."
        qkv = linear(f"{prefix}attn.in_proj", norm(f"{prefix}ln_1", x))
        q, k, v = (p.unflatten(-1, (heads, 64)).transpose(1, 2) for p in qkv.chunk(3, -1))
        weights = (q @ k.transpose(-1, -2) / 8).softmax(-1)
        x = x + linear(f"{prefix}attn.out_proj", (weights @ v).transpose(1, 2).flatten(2))
        h = linear(f"{prefix}mlp.c_fc", norm(f"{prefix}ln_2", x))
        x = x + linear(f"{prefix}mlp.c_proj", h * torch.sigmoid(1.702 * h))
    return norm("ln_post", x[:, 0]) @ tower["proj"]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The CLIP folder that a checkpoint belongs to."""
    folder = tmp_path / "clip"
    tiny.scorer().save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("wrapped", [False, True])
def test_converted_checkpoint_computes_what_the_tower_does(
    tmp_path: Path, clip: Path, wrapped: bool
) -> None:
    tower = published()
    state = {f"module.visual.{k}": v for k, v in tower.items()} if wrapped else tower
    torch.save({"state_dict": state} if wrapped else state, tmp_path / "tower.pth")
    convert(tmp_path / "tower.pth", clip=clip, out=tmp_path / "out")
    scorer = AlphaClip.from_pretrained(tmp_path / "out")
    rgb, alpha = torch.rand(2, 3, SIDE, SIDE), (torch.rand(2, 1, SIDE, SIDE) > 0.5).float()
    wanted = F.normalize(reference(tower, normalised_rgb(rgb), normalised_alpha(alpha)), dim=-1)
    torch.testing.assert_close(scorer.image(rgb, alpha), wanted, atol=2e-6, rtol=1e-4)
    assert not torch.allclose(scorer.image(rgb, 1 - alpha), wanted, atol=1e-3)
    original = AlphaClip.from_pretrained(clip)
    torch.testing.assert_close(scorer.text(["a red dog"]), original.text(["a red dog"]))


def test_checkpoint_with_code_in_it_is_not_opened(tmp_path: Path, clip: Path) -> None:
    class Trap:
        def __reduce__(self):  # noqa: ANN204
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"visual": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(ModelDamaged, match="trap.pth"):
        convert(tmp_path / "trap.pth", clip=clip, out=tmp_path / "out")
    assert not (tmp_path / "sprung").exists() and not (tmp_path / "out").exists()


def test_what_is_no_tower_is_named(tmp_path: Path, clip: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(ModelDamaged, match="conv1_alpha"):
        convert(tmp_path / "other.pth", clip=clip, out=tmp_path / "out")
    cut = published()
    del cut["transformer.resblocks.1.mlp.c_fc.bias"]
    torch.save(cut, tmp_path / "cut.pth")
    with pytest.raises(ModelDamaged, match="whole"):
        convert(tmp_path / "cut.pth", clip=clip, out=tmp_path / "out")
    with pytest.raises(ModelMissing, match="gone.pth"):
        convert(tmp_path / "gone.pth", clip=clip, out=tmp_path / "out")


def test_tower_of_another_clip_is_refused(tmp_path: Path, clip: Path) -> None:
    tower = published() | {"proj": torch.randn(WIDTH, OUT + 4)}
    torch.save(tower, tmp_path / "tower.pth")
    with pytest.raises(InputError, match="trained from"):
        convert(tmp_path / "tower.pth", clip=clip, out=tmp_path / "out")


def test_alpha_is_normalised_as_published() -> None:
    assert normalised_alpha(torch.tensor([0.0, 1.0])).tolist() == pytest.approx(
        [-1.923, 1.923], abs=1e-3
    )


def test_scorer_needs_its_alpha_channel(tmp_path: Path, clip: Path) -> None:
    from transformers import CLIPConfig, CLIPModel

    config: Any = CLIPConfig.from_pretrained(clip)
    config.vision_config.num_channels = 3
    CLIPModel(config).save_pretrained(tmp_path / "plain")
    tiny.tokenizer().save_pretrained(tmp_path / "plain")
    with pytest.raises(ModelDamaged, match="channels"):
        AlphaClip.from_pretrained(tmp_path / "plain")
    with pytest.raises(ModelMissing):
        AlphaClip.from_pretrained(tmp_path / "nothing")


def test_prompts_that_the_scorer_cannot_see() -> None:
    scorer = AlphaClip(tiny.scorer(), tiny.tokenizer())
    assert scorer.check_prompt("a red dog") == ""
    assert "reads the first" in scorer.check_prompt("red dog " * 20)
    with pytest.raises(InputError, match="qwertz"):
        scorer.check_prompt("qwertz uiop")


def test_window_scorer_sees_the_region_and_not_what_is_far_from_it() -> None:
    scorer = AlphaClip(tiny.scorer(window=1.5), tiny.tokenizer())
    rgb, alpha = torch.rand(1, 3, 128, 128), torch.zeros(1, 1, 128, 128)
    alpha[..., 40:70, 20:50] = 1
    far, near = rgb.clone(), rgb.clone()
    far[..., 90:, 90:] = 0
    near[..., 50:60, 30:40] = 0
    seen = scorer.image(rgb, alpha)
    assert torch.equal(seen, scorer.image(far, alpha))
    assert not torch.allclose(seen, scorer.image(near, alpha))


def test_region_window_is_square_and_inside() -> None:
    region = torch.zeros(100, 100)
    region[90:, :20] = 1
    rows, columns = region_window(region, 1.5)
    assert rows.stop - rows.start == columns.stop - columns.start == 30
    assert (rows.stop, columns.start) == (100, 0)
    assert region_window(torch.zeros(8, 9), 2.0) == (slice(0, 8), slice(0, 9))
