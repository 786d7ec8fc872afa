"""The mask autoencoder's training: shapes come back, finer ones from the same codes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.cli.main import main
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.canonical import FRAME, MARGIN
from engine.training import autoencoder
from engine.training.shapes import ShapeBank, random_regions

RADII = np.linspace(0.2, 0.46, 12)
CODE = 16
CHANNELS = (16, 16, 16, 16)


def bank_of(scale: int) -> ShapeBank:
    """Discs and rings, drawn at the size that is asked for."""
    side = FRAME * scale
    down, across = np.mgrid[:side, :side] / side - 0.5
    radius = np.hypot(down, across)
    frames = [(radius < r) & (radius > r * inner) for r in RADII for inner in (0, 0.8)]
    natural = np.array([True, False] * len(RADII))
    return ShapeBank(
        np.stack(frames).astype(np.uint8) * 255, natural, ("disc", "ring") * len(RADII)
    )


@pytest.fixture
def coarse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small autoencoder; the silhouettes to train on are few."""
    monkeypatch.setattr(
        autoencoder, "shape_bank", lambda data, *, split, scale: bank_of(scale), raising=True
    )
    torch.manual_seed(0)
    model = ShapeAutoencoder()
    model.get_buffer("code_std").fill_(0.5)
    model.save_pretrained(tmp_path / "coarse")
    return tmp_path / "coarse"


def test_the_fine_part_alone_learns_and_shapes_come_back_at_twice_the_side(
    coarse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["train", "autoencoder", "--init", str(coarse), "--fine", "8", "--fine-only"]
    asked += ["--device", "cpu"]
    assert main([*asked, "--batch-size", "4", "--time-budget", "2", "--out", str(out)]) == 0
    before = ShapeAutoencoder.from_pretrained(coarse)
    after = ShapeAutoencoder.from_pretrained(out / "model")
    assert after.side == 2 * before.side == 2 * FRAME
    seen = torch.from_numpy(bank_of(1).frames[:4])[:, None].float() / 255
    with torch.no_grad():
        codes = before.encode(seen)
        assert torch.allclose(after.encode(seen), codes, atol=1e-5)
        assert after.decode(codes).shape == (4, 2 * FRAME, 2 * FRAME)
        assert torch.equal(after.decoder(after.expand(codes)), before.decoder(before.expand(codes)))
    assert after.state_dict()["refiner.leave.weight"].abs().max() > 0
    said = capsys.readouterr().out
    assert said.startswith("24 silhouettes") and "before:" in said and "thin parts" in said


@pytest.mark.parametrize(
    "options", [["--fine-only"], ["--fine-only", "--fine", "8"], ["--fine-only", "--init", "x"]]
)
def test_a_fine_part_alone_needs_a_model_and_a_size(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "autoencoder", *options, "--out", str(tmp_path)]) == 1
    assert "--fine-only needs --fine and --init" in capsys.readouterr().err


def test_a_fine_part_has_blocks_of_eight_channels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "autoencoder", "--fine", "12", "--out", str(tmp_path)]) == 1
    assert "multiple of 8" in capsys.readouterr().err


def test_a_model_that_goes_on_keeps_its_sizes_and_its_fine_part(tmp_path: Path) -> None:
    before = ShapeAutoencoder(code_size=CODE, channels=CHANNELS, fine=8)
    before.save_pretrained(tmp_path)
    for fine in (0, 8):
        after = autoencoder._begun(tmp_path, fine=fine).state_dict()
        assert all(torch.equal(after[k], v) for k, v in before.state_dict().items())
    wider = autoencoder._begun(tmp_path, fine=16)
    assert wider.config["fine"] == 16 and wider.config["code_size"] == CODE
    assert torch.equal(wider.expand.weight, before.expand.weight)


def test_an_untrained_fine_part_only_enlarges() -> None:
    torch.manual_seed(0)
    plain = ShapeAutoencoder(code_size=CODE, channels=CHANNELS)
    fine = ShapeAutoencoder(code_size=CODE, channels=CHANNELS, fine=8)
    fine.load_state_dict(plain.state_dict(), strict=False)
    codes = torch.randn(2, CODE)
    with torch.no_grad():
        small, size = plain.decode(codes)[0].numpy(), (fine.side, fine.side)
        large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
        made = fine.decode(codes)[0].numpy()
    assert np.allclose(made, large, atol=1e-4)


def test_lost_thin_parts_and_moved_outlines_show_in_the_figures() -> None:
    true = np.zeros((256, 256), bool)
    true[20:120, 60:200] = True
    true[120:230, 70:76] = true[120:230, 180:186] = True
    no_legs, moved = true.copy(), np.roll(true, 12, axis=0)
    no_legs[120:] = False
    assert autoencoder._thin_recall(true, true) == 1
    assert autoencoder._thin_recall(no_legs, true) < 0.1
    assert autoencoder._outline_f(true, true) == 1
    assert autoencoder._outline_f(moved, true) < autoencoder._outline_f(no_legs, true) < 0.9
    assert np.isnan(autoencoder._thin_recall(true[20:120], true[20:120] | True))


def test_grounds_keep_the_margin_at_any_side() -> None:
    made = random_regions(8, np.random.default_rng(1), scale=2)
    assert made.shape == (8, 2 * FRAME, 2 * FRAME) and made.any((1, 2)).all()
    inner = made[:, 2 * MARGIN : -2 * MARGIN, 2 * MARGIN : -2 * MARGIN]
    assert made.sum(dtype=int) == inner.sum(dtype=int)
