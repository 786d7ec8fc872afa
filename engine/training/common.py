"""What every training has in common: options, the loop, EMA, checkpoints, curve.

A run is bounded by time, not by steps: the learning rate follows a cosine over the time budget,
so the same command gives a finished model in five minutes or in five hours. A run that is cut
short, by Ctrl+C or `kill` too, goes on from its checkpoint; a finished one is the start of the
next cycle.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from engine.errors import Cancelled, DataError, InputError, ModelMissing

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """Options of every `train` command.

    Attributes:
        out: Work folder of the run: checkpoint, curve, sample sheets, exported model.
        data: Folder laid out as the data set folder in the README; None trains on generated data.
        time_budget: Seconds of training, without the final export.
        lr: Peak learning rate.
        checkpoint_every: Seconds between checkpoints and sample sheets.
        fresh: Ignore an unfinished run's checkpoint in `out`.
        init: Model folder whose weights the run starts from, None for random ones.
        resumed_at: Steps done by the unfinished run that goes on; 0 for a new one.
    """

    out: Path
    data: Path | None
    time_budget: float
    batch_size: int
    lr: float
    seed: int
    checkpoint_every: float
    device: str
    threads: int
    fresh: bool
    init: Path | None
    resumed_at: int = 0

    @property
    def draw_seed(self) -> int:
        """Seed of batches, noise and times: a run that goes on must not draw what it drew before.

        Seen when it did: after three resumes the loss fell steeply, for the model knew the noise.
        """
        return self.seed + 100_003 * self.resumed_at


def add_common_arguments(
    parser: argparse.ArgumentParser, *, name: str, seconds: float, batch_size: int, lr: float
) -> None:
    parser.add_argument("--out", type=Path, default=Path("checkpoints") / name, help="work folder")
    parser.add_argument("--data", type=Path, help="data set folder; without it, generated data")
    parser.add_argument("--time-budget", type=float, default=seconds, metavar="SECONDS")
    parser.add_argument("--batch-size", type=int, default=batch_size)
    parser.add_argument("--lr", type=float, default=lr)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint-every", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    # Measured: when other programs want the cores too, threads beyond the free cores make a step
    # up to fifty times slower, because each waits for the slowest at every layer.
    half = max(1, (os.cpu_count() or 2) // 2)
    parser.add_argument("--threads", type=int, default=half, help="CPU threads (half the cores)")
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint in --out")
    parser.add_argument("--init", type=Path, help="model folder to start from")


def options_from(args: argparse.Namespace) -> TrainOptions:
    if args.time_budget <= 0 or args.batch_size <= 0 or args.lr <= 0:
        raise InputError("--time-budget, --batch-size and --lr must be greater than 0.")
    if args.data is not None and not args.data.is_dir():
        raise DataError(f"There is no data folder {args.data}.")
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(max(1, args.threads))
    if args.device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    options = TrainOptions(
        out=args.out,
        data=args.data,
        time_budget=args.time_budget,
        batch_size=args.batch_size,
        lr=args.lr,
        seed=args.seed,
        checkpoint_every=args.checkpoint_every,
        device=args.device,
        threads=args.threads,
        fresh=args.fresh,
        init=args.init,
        resumed_at=0 if args.fresh else steps_done(args.out / CHECKPOINT),
    )
    torch.manual_seed(options.draw_seed)
    return options


def steps_done(checkpoint: Path) -> int:
    """Of the unfinished run that left this checkpoint; 0 without one."""
    if not checkpoint.exists():
        return 0
    return int(torch.load(checkpoint, mmap=True, weights_only=True)["step"])


def move(model: nn.Module, device: str) -> None:
    """To the device, channels last, which doubles convolutions on a CPU."""
    model.to(device)
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def load_matching(model: nn.Module, folder: Path) -> None:
    """Take over the weights of a model folder that have the same name and shape in the model.

    A part that was added since starts as it is initialised, inputs that were added to a linear
    layer at zero; what was taken is printed.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelMissing(f"There are no weights (*.safetensors) in {folder}.")
    theirs = {key: value for file in files for key, value in load_file(file).items()}
    ours = model.state_dict()
    same = {
        k: w
        for k, v in theirs.items()
        if k in ours and (w := _widened(v, ours[k].shape)) is not None
    }
    model.load_state_dict(same, strict=False)
    print(f"{len(same)} of {len(ours)} tensors taken over from {folder}.", flush=True)


def _widened(theirs: torch.Tensor, shape: torch.Size) -> torch.Tensor | None:
    """The weight in our shape: a linear layer may have got more inputs, which begin at 0."""
    if theirs.shape == shape:
        return theirs
    if theirs.ndim != 2 or theirs.shape[0] != shape[0] or theirs.shape[1] > shape[1]:
        return None
    return nn.functional.pad(theirs, (0, shape[1] - theirs.shape[1]))


class Ema:
    """Exponential moving average of a model's parameters, with a warm start."""

    def __init__(self, model: nn.Module, *, decay: float = 0.999) -> None:
        self.decay = decay
        self.shadow = {k: v.detach().clone() for k, v in model.state_dict().items()}

    def update(self, model: nn.Module, step: int) -> None:
        weight = max(1 - self.decay, 1 / (1 + step / 4))
        ours, theirs = [], []
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                ours.append(self.shadow[key])
                theirs.append(value.detach())
            else:
                self.shadow[key].copy_(value)
        torch._foreach_lerp_(ours, theirs, weight)

    @contextlib.contextmanager
    def applied(self, model: nn.Module) -> Iterator[nn.Module]:
        """The model with the averaged weights, in eval mode; put back afterwards."""
        backup = {k: v.detach().clone() for k, v in model.state_dict().items()}
        model.load_state_dict(self.shadow)
        was_training = model.training
        model.eval()
        try:
            yield model
        finally:
            model.load_state_dict(backup)
            model.train(was_training)


def learning_rate(share: float, step: int, *, peak: float, warmup: int = 200) -> float:
    """Linear warm-up over `warmup` steps, then a cosine over the share 0..1 of the budget."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(max(share, 0.0), 1.0))
    return peak * min(1.0, (step + 1) / warmup) * (0.01 + 0.99 * cosine)


def fit(
    model: nn.Module,
    *,
    options: TrainOptions,
    loss_of_batch: Callable[[int], tuple[torch.Tensor, Mapping[str, float]]],
    on_checkpoint: Callable[[nn.Module, int, float], None],
    weight_decay: float = 0.01,
    ema_decay: float = 0.999,
    clip: float = 1.0,
) -> int:
    """Train until the time budget is used, then leave the averaged weights in the model.

    Args:
        loss_of_batch: Draws batch number `step` and returns its loss and figures for the curve.
            Runs under bf16 autocast.
        on_checkpoint: Called with the averaged model, the step and the seconds used, at every
            checkpoint and once at the end: export it, draw the sample sheet.

    Returns:
        The number of steps done, those before a resume included.

    Raises:
        Cancelled: The process was told to end (Ctrl+C, `kill`); the checkpoint holds every step.
    """
    optimizer = torch.optim.AdamW(
        model.parameters(), options.lr, weight_decay=weight_decay, betas=(0.9, 0.99), fused=True
    )
    ema = Ema(model, decay=ema_decay)
    step, used = _resume(model, optimizer, ema, options)
    started, saved_at = time.monotonic() - used, used
    sums: dict[str, float] = {}
    counted = 0
    model.train()
    with _asked_to_stop() as stopping:
        while (used := time.monotonic() - started) < options.time_budget:
            if stopping.is_set():
                _save(model, optimizer, ema, step=step, used=used, options=options)
                raise Cancelled(
                    f"Stopped at step {step} after {used:.0f} s; the same command goes on from "
                    f"{options.out / CHECKPOINT}."
                )
            rate = learning_rate(used / options.time_budget, step, peak=options.lr)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast(options.device, dtype=torch.bfloat16):
                loss, figures = loss_of_batch(step)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            ema.update(model, step)
            step += 1
            for key, value in {"loss": float(loss.detach()), **figures}.items():
                sums[key] = sums.get(key, 0.0) + value
            counted += 1
            if counted == 200:
                row = {k: round(v / counted, 5) for k, v in sums.items()}
                _log(options.out / CURVE, {"step": step, "seconds": round(used), "lr": rate, **row})
                rate_text = f"{step * options.batch_size / max(used, 1e-9):.0f} samples/s"
                print(f"step {step}  {used:.0f} s  {row}  {rate_text}", flush=True)
                sums, counted = {}, 0
            if used - saved_at > options.checkpoint_every:
                _save(model, optimizer, ema, step=step, used=used, options=options)
                with ema.applied(model):
                    on_checkpoint(model, step, used)
                saved_at = used
                # The sheet's time is not training time.
                started += time.monotonic() - started - used
    model.load_state_dict(ema.shadow)
    model.eval()
    on_checkpoint(model, step, used)
    (options.out / CHECKPOINT).unlink(missing_ok=True)
    return step


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set by the first Ctrl+C or `kill`; the second one ends the process as usual."""
    asked = threading.Event()
    usual: dict[int, Any] = {}

    def put_back() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.set()
        put_back()
        print("Stopping after this step; once more stops at once.", file=sys.stderr, flush=True)

    # Python takes handlers in the main thread only.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            usual[number] = signal.signal(number, on_signal)
    try:
        yield asked
    finally:
        put_back()


def _save(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    ema: Ema,
    *,
    step: int,
    used: float,
    options: TrainOptions,
) -> None:
    state = {
        "model": model.state_dict(),
        "ema": ema.shadow,
        "optimizer": optimizer.state_dict(),
        "step": step,
        "used": used,
    }
    path = options.out / CHECKPOINT
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def _resume(
    model: nn.Module, optimizer: torch.optim.Optimizer, ema: Ema, options: TrainOptions
) -> tuple[int, float]:
    path = options.out / CHECKPOINT
    if options.fresh or not path.exists():
        return 0, 0.0
    state = torch.load(path, map_location=options.device, weights_only=True)
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        raise DataError(
            f"{path} is of a model of another shape: --fresh starts anew, another --out keeps it."
        ) from error
    optimizer.load_state_dict(state["optimizer"])
    ema.shadow = state["ema"]
    print(f"Going on from step {state['step']} ({state['used']:.0f} s used).", flush=True)
    return int(state["step"]), float(state["used"])


def _log(path: Path, row: Mapping[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
