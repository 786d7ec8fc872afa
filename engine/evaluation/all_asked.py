"""What `eval all` asks of every lite model, and what it gets back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.jobs.context import JobContext

_TIMED_RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How thoroughly to measure.

    Attributes:
        quick: Few cases: minutes for all models together.
        data: Data set folder; None measures on generated scenes only.
        pack: Name or folder of the pack.
    """

    quick: bool
    data: Path | None
    pack: str
    context: JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One model's main figure beside its baseline.

    Attributes:
        n: Cases that both answered.
        cpu_seconds: Of one typical use, on the threads that torch has.
    """

    value: float
    baseline: float
    n: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A row of the table.

    Attributes:
        key: Short name, for `--only` and the history.
        components: Of the pack, all of which have to be there.
        weights: Folders in the pack whose weights are this model's own.
        figure: What is measured, on held-out data.
        higher: Whether higher is better.
        best: The figure's end of the scale, from which its error is counted; None without one.
        baseline: What it is compared with.
        use: What `cpu_seconds` is the time of.
    """

    key: str
    name: str
    components: tuple[str, ...]
    weights: tuple[str, ...]
    figure: str
    baseline: str
    use: str
    measure: Callable[[Asked], Measured]
    higher: bool = True
    best: float | None = 1.0


def cpu_seconds(use: Callable[[], object]) -> float:
    """Processor seconds of one use: the least of a few, the first one not counted."""
    use()
    found = []
    for _ in range(_TIMED_RUNS):
        started = time.process_time()
        use()
        found.append(time.process_time() - started)
    return min(found)
