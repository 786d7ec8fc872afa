"""What fits stays, what does not goes; out of memory is explained and retried one preset lower."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from safetensors.numpy import save_file

from engine.errors import InputError, OutOfMemory
from engine.jobs.context import JobState, Message, QuietContext
from engine.jobs.engine import Engine
from engine.models import kept, memory, packs
from engine.models.memory import MemorySettings, Offload, Preset, plan_offload

GB = 10**9


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(memory.DEVICE_VARIABLE, "cpu")
    packs.forget_models()
    memory.use(None)
    yield
    memory.use(None)
    packs.forget_models()


@pytest.mark.parametrize(
    ("preset", "free", "wanted"),
    [
        (Preset.AUTO, 24 * GB, Offload.WHOLE),
        (Preset.AUTO, 6 * GB, Offload.MODEL),
        (Preset.AUTO, 4 * GB, Offload.SEQUENTIAL),
        (Preset.LOW, 24 * GB, Offload.MODEL),
        (Preset.LOW, 4 * GB, Offload.SEQUENTIAL),
        (Preset.VERY_LOW, 24 * GB, Offload.SEQUENTIAL),
    ],
)
def test_a_pipeline_lies_where_it_fits(preset: Preset, free: int, wanted: Offload) -> None:
    assert plan_offload(preset, whole=7 * GB, largest=3 * GB, free=free) is wanted


def load(name: str, size: int, opened: list[str]) -> Any:
    def made() -> Any:
        kept.make_room(size)
        opened.append(name)
        return SimpleNamespace(name=name)

    return kept.get(name, made, lambda: size)


def test_the_least_recently_used_model_goes_first() -> None:
    memory.use(MemorySettings(budget=100))
    opened: list[str] = []
    for name in ("a", "b", "a"):
        load(name, 40, opened)
    load("c", 40, opened)
    assert kept.names() == ("a", "c")
    assert kept.total() == 80
    load("b", 40, opened)
    assert opened == ["a", "b", "c", "b"]


def test_a_model_larger_than_the_budget_is_loaded_alone() -> None:
    memory.use(MemorySettings(budget=100))
    opened: list[str] = []
    load("small", 10, opened)
    load("huge", 500, opened)
    assert kept.names() == ("huge",)


def test_low_keeps_only_what_is_used_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for component in ("text_to_image", "controlnet_seg", "text_encoder"):
        home = tmp_path / "mine" / component
        home.mkdir(parents=True)
        save_file({"a": np.ones(10, np.float32)}, home / "model.safetensors")
    pack = str(tmp_path / "mine")
    memory.use(MemorySettings(preset=Preset.LOW))

    monkeypatch.setattr(packs, "check_component", lambda folder, component: folder / component)
    for component in ("text_encoder", "text_to_image", "controlnet_seg"):
        packs.cached(pack, component, lambda folder: folder.name, QuietContext())
    used: Any = kept.names()
    assert [key[0] for key in used] == ["text_to_image", "controlnet_seg"]


def test_out_of_memory_while_loading_drops_what_is_kept_and_tries_once_more() -> None:
    memory.use(MemorySettings(budget=1000))
    load("old", 10, [])
    tries: list[int] = []

    def tight() -> str:
        tries.append(len(kept.names()))
        if kept.names():
            raise MemoryError
        return "model"

    assert kept.get("new", tight, lambda: 10) == "model"
    assert tries == [1, 0]
    with pytest.raises(MemoryError):
        kept.get("never", lambda: (_ for _ in ()).throw(MemoryError()), lambda: 10)


def test_too_large_a_model_is_told_before_the_system_ends_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2 * GB))
    with pytest.raises(OutOfMemory, match=r"14\.1 GB are needed and 2\.0 GB are free") as caught:
        memory.check_free(14_100_000_000, doing="loading the planner")
    assert caught.value.retry_with == "low"


def test_presets_are_gone_down_one_by_one() -> None:
    load("model", 10, [])
    assert "preset low" in str(memory.out_of_memory("drawing"))
    assert memory.lower_preset() is Preset.LOW
    assert kept.names() == ()
    assert memory.lower_preset() is Preset.VERY_LOW
    error = memory.out_of_memory("drawing")
    assert error.retry_with is None
    assert "fewer or smaller pictures" in str(error)
    assert memory.lower_preset() is None


def test_the_environment_names_the_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.PRESET_VARIABLE, "very_low")
    assert memory.settings().preset is Preset.VERY_LOW
    monkeypatch.setenv(memory.PRESET_VARIABLE, "tiny")
    with pytest.raises(InputError, match="auto, low, very low"):
        memory.settings()


class Hungry:
    """A request whose job needs the preset low."""


def eat(request: Hungry, context: Any) -> str:
    context.progress("Drawing", 1, 4)
    if memory.settings().preset is Preset.AUTO:
        raise MemoryError
    return f"drawn with {memory.settings().preset}"


def wait_for(count: int, ends: list[Message]) -> None:
    end = time.monotonic() + 30
    while len(ends) < count and time.monotonic() < end:
        time.sleep(0.01)


def test_a_job_out_of_memory_is_retried_one_preset_lower() -> None:
    with Engine(handlers={Hungry: f"{__name__}:eat"}) as engine:
        ends: list[Message] = []
        engine.subscribe(lambda message: ends.append(message) if message.is_final else None)
        engine.submit(Hungry())
        wait_for(1, ends)
        assert ends[0].state is JobState.FAILED
        assert isinstance(ends[0].error, OutOfMemory)
        assert "while drawing" in str(ends[0].error)
        assert ends[0].error.retry_with == "low"
        assert memory.lower_preset() == ends[0].error.retry_with
        engine.submit(Hungry())
        wait_for(2, ends)
        assert ends[1].result == "drawn with low"
