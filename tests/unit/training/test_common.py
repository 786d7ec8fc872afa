"""A training run is bounded by time, goes on where it was cut, and leaves averaged weights."""

from __future__ import annotations

import argparse
import itertools
import os
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.errors import Cancelled, DataError, InputError
from engine.training import common


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two milliseconds pass at every look, so a run has the same number of steps everywhere."""
    ticks = itertools.count()
    monkeypatch.setattr(common.time, "monotonic", lambda: next(ticks) * 0.002)


def options(folder: Path, **changes: object) -> common.TrainOptions:
    parser = argparse.ArgumentParser()
    common.add_common_arguments(parser, name="x", seconds=0.5, batch_size=4, lr=0.05)
    arguments = ["--out", str(folder), "--device", "cpu", "--threads", "1"]
    for key, value in changes.items():
        arguments += [f"--{key.replace('_', '-')}", str(value)]
    return common.options_from(parser.parse_args(arguments))


def a_line() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    x = torch.randn(64, 3)
    return nn.Linear(3, 1), x, x @ torch.tensor([[1.0], [-2.0], [0.5]])


def error_of(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    return float(((model(x) - y) ** 2).mean().detach())


def loss_on(model: nn.Module, x: torch.Tensor, y: torch.Tensor):
    def loss_of_batch(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        return ((model(x).float() - y) ** 2).mean(), {}

    return loss_of_batch


def test_it_learns_and_reports_its_last_state(tmp_path: Path) -> None:
    model, x, y = a_line()
    before = error_of(model, x, y)
    seen: list[int] = []
    steps = common.fit(
        model,
        options=options(tmp_path, time_budget=1.5),
        loss_of_batch=loss_on(model, x, y),
        on_checkpoint=lambda averaged, step, seconds: seen.append(step),
    )
    assert error_of(model, x, y) < 0.05 * before
    assert seen[-1] == steps
    assert not (tmp_path / common.CHECKPOINT).exists(), "a finished run has nothing to go on from"
    assert (tmp_path / common.CURVE).read_text().startswith("step,seconds,lr,loss")


def test_a_run_that_was_cut_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    model, x, y = a_line()

    def stop(averaged: nn.Module, step: int, seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        common.fit(
            model,
            options=options(tmp_path, time_budget=20, checkpoint_every=0.2),
            loss_of_batch=loss_on(model, x, y),
            on_checkpoint=stop,
        )
    again, x, y = a_line()
    first: list[int] = []

    def loss_of_batch(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        first.append(step)
        return loss_on(again, x, y)(step)

    common.fit(
        again,
        options=options(tmp_path, time_budget=0.4),
        loss_of_batch=loss_of_batch,
        on_checkpoint=lambda averaged, step, seconds: None,
    )
    assert first and first[0] > 0


def test_a_run_that_goes_on_draws_anew(tmp_path: Path) -> None:
    model, x, y = a_line()

    def stop(averaged: nn.Module, step: int, seconds: float) -> None:
        raise KeyboardInterrupt

    first = options(tmp_path, time_budget=20, checkpoint_every=0.2)
    drawn = torch.rand(8)
    with pytest.raises(KeyboardInterrupt):
        common.fit(model, options=first, loss_of_batch=loss_on(model, x, y), on_checkpoint=stop)
    again = options(tmp_path, time_budget=20)
    assert again.resumed_at > 0 and again.draw_seed != first.draw_seed
    assert not torch.equal(torch.rand(8), drawn), "the same noise is learned by heart"
    assert again.seed == first.seed, "pools stay what they are"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_costs_no_step(tmp_path: Path, number: signal.Signals) -> None:
    model, x, y = a_line()
    usual = signal.getsignal(number)
    loss = loss_on(model, x, y)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step == 7:
            os.kill(os.getpid(), number)
        return loss(step)

    with pytest.raises(Cancelled, match=r"step 8 .*checkpoint\.pt"):
        common.fit(
            model,
            options=options(tmp_path, time_budget=20),
            loss_of_batch=loss_of_batch,
            on_checkpoint=lambda averaged, step, seconds: pytest.fail("no time for a sheet"),
        )
    assert signal.getsignal(number) is usual
    again, x, y = a_line()
    steps: list[int] = []

    def next_loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        steps.append(step)
        assert steps != [8] or all(map(torch.equal, again.parameters(), model.parameters()))
        return loss_on(again, x, y)(step)

    common.fit(
        again,
        options=options(tmp_path, time_budget=0.4),
        loss_of_batch=next_loss,
        on_checkpoint=lambda averaged, step, seconds: None,
    )
    assert steps[0] == 8


def test_the_average_lags_and_is_put_back(tmp_path: Path) -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)
    ema = common.Ema(model, decay=0.9)
    nn.init.constant_(model.weight, 2.0)
    ema.update(model, step=10_000)
    with ema.applied(model):
        assert model.weight.item() == pytest.approx(1.1)
    assert model.weight.item() == 2.0


def test_the_learning_rate_rises_then_falls_with_the_budget() -> None:
    rates = [common.learning_rate(s, 10_000, peak=1.0) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(1.0) and rates[-1] < 0.02
    assert common.learning_rate(0.0, 0, peak=1.0) < 0.01


def test_wrong_options_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="greater than 0"):
        options(tmp_path, time_budget=0)
    with pytest.raises(DataError, match="no data folder"):
        options(tmp_path, data=tmp_path / "nowhere")


def test_a_checkpoint_of_another_model_is_kept_and_explained(tmp_path: Path) -> None:
    other = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(other.parameters(), fused=True)
    given = options(tmp_path)
    common._save(other, optimizer, common.Ema(other), step=1, used=0.1, options=given)
    model, x, y = a_line()
    with pytest.raises(DataError, match="--fresh"):
        common.fit(
            model,
            options=given,
            loss_of_batch=lambda step: ((model(x) - y).square().mean(), {}),
            on_checkpoint=lambda averaged, step, seconds: None,
        )
    assert (tmp_path / common.CHECKPOINT).is_file()


def test_a_layer_that_got_more_inputs_goes_on_as_it_was(tmp_path: Path) -> None:
    old, new = nn.Linear(3, 2), nn.Linear(5, 2)
    save_file(dict(old.state_dict()), tmp_path / "model.safetensors")
    common.load_matching(new, tmp_path)
    seen = torch.randn(4, 3)
    torch.testing.assert_close(new(torch.cat((seen, torch.ones(4, 2)), 1)), old(seen))
