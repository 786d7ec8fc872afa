"""Loaded models, kept while there is room: the least recently used one goes first.

Imports neither Qt nor torch.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from engine.jobs.garbage import free_memory
from engine.models import memory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    model: Any
    size: int


_models: OrderedDict[Hashable, _Kept] = OrderedDict()
_lock = threading.RLock()


def get(key: Hashable, load: Callable[[], Any], size: Callable[[], int]) -> Any:
    """The model under `key`, loaded with `load` when it is not kept.

    When loading runs out of memory, every kept model is dropped and it is tried once more.

    Args:
        size: Bytes the loaded model takes; asked after it was loaded.
    """
    from engine.jobs.engine import is_out_of_memory

    with _lock:
        if key in _models:
            _models.move_to_end(key)
            return _models[key].model
        try:
            model = load()
        except Exception as error:
            if not is_out_of_memory(error) or not _models:
                raise
            log.info("Out of memory while loading: dropping %d kept models", len(_models))
            model = None
        if model is None:
            # Outside the except block, whose error holds the frames of the failed try.
            forget()
            model = load()
        _models[key] = _Kept(model, size())
        return model


def make_room(size: int, *, spare: Callable[[Any], bool] = lambda key: False) -> None:
    """Drop the least recently used models until `size` more bytes fit into the budget.

    Args:
        spare: Says of a key whether its model is in use together with the one to come: dropping
            it would free nothing and have it loaded again.
    """
    with _lock:
        if not _models:
            return
        budget = memory.budget(kept=total())
        for key in [key for key in _models if not spare(key)]:
            if total() + size <= budget:
                break
            del _models[key]
            log.info("Unloaded %s to make room", key)
    # Outside the lock, which the thread that collects may want.
    _free()


def total() -> int:
    """Bytes of all kept models."""
    with _lock:
        return sum(entry.size for entry in _models.values())


def names() -> tuple[Hashable, ...]:
    """Keys of the kept models, the least recently used first."""
    with _lock:
        return tuple(_models)


def forget(which: Callable[[Any], bool] = lambda key: True) -> None:
    """Drop every kept model whose key `which` says yes to."""
    with _lock:
        for key in [key for key in _models if which(key)]:
            del _models[key]
    _free()


def _free() -> None:
    if "torch" in sys.modules:
        free_memory()
