"""The same measurement for many cases, in several processes where it takes hours in one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from engine.errors import ScenewrightError

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Found = TypeVar("Found")

_shared: Any = None


def mapped(
    function: Callable[[Shared, Item], Found], shared: Shared, items: Sequence[Item], *, jobs: int
) -> Generator[Found, None, None]:
    """`function(shared, item)` for each item, in their order.

    Args:
        function: Of a module's top level, where `jobs` is more than 1.
        shared: What all of them need; sent to each process once.
        jobs: Processes at the same time; with 1 everything happens in this one.
    """
    if jobs == 1:
        yield from (function(shared, item) for item in items)
        return
    # A fork would copy locks that torch's threads may hold.
    context = multiprocessing.get_context("spawn")
    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool = ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_start, initargs=(shared, threads)
    )
    waiting = [pool.submit(_call, function, item) for item in items]
    try:
        for found in waiting:
            yield found.result()
    except BrokenProcessPool as error:
        raise ScenewrightError(
            f"One of {jobs} processes was ended from outside, perhaps for want of memory: "
            "try fewer --jobs."
        ) from error
    except BaseException:
        # The rest, which may take hours, is not waited for; the pool itself picks up what ended.
        for process in multiprocessing.active_children():
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _start(shared: Any, threads: int) -> None:
    # Ctrl-C goes to all of them; what becomes of it is said by the one that waits.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import torch

    global _shared
    _shared = shared
    torch.set_num_threads(threads)


def _call(function: Callable[[Any, Any], Any], item: Any) -> Any:
    return function(_shared, item)
