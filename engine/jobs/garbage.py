"""Giving memory back; imports neither Qt nor torch.

Reference cycles are collected on the thread that asks for it, or that Python happens to choose.
Objects of the window must go on its own thread, so the window has them collected there.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

_collect: Callable[[], object] = gc.collect


def collect_with(collect: Callable[[], object] = gc.collect) -> None:
    """From now on, `free_memory` collects with this function; it is called from any thread."""
    global _collect
    _collect = collect


def free_memory() -> None:
    """Give back what nothing refers to any more, reference cycles included."""
    _collect()
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_available():
        cuda.empty_cache()
