"""The engine thread: order, cancelling, errors and what it keeps in memory."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engine.errors import EngineError, InputError, ModelMissing, OutOfMemory
from engine.jobs.context import JobContext, JobState, Message
from engine.jobs.engine import Engine
from engine.layout.layout import Layout
from engine.render.request import RenderRequest
from engine.segment.request import SegmentRequest

STEPS = 5
MODULE = "scenewright_job_of_a_test"


@dataclass(frozen=True, slots=True)
class Count:
    """A job of STEPS steps; `at` is called before every step with its number."""

    at: Callable[[int], object] = lambda step: None
    name: str = ""


@dataclass(frozen=True)
class Load:
    started: threading.Event = field(default_factory=threading.Event)


class Recorder:
    """Collects messages and waits for a job's last one."""

    def __init__(self, engine: Engine) -> None:
        self.messages: list[Message] = []
        self._news = threading.Condition()
        engine.subscribe(self._take)

    def _take(self, message: Message) -> None:
        with self._news:
            self.messages.append(message)
            self._news.notify_all()

    def last_of(self, job: int) -> Message:
        def final() -> Message | None:
            return next((m for m in self.messages if m.job == job and m.is_final), None)

        with self._news:
            assert self._news.wait_for(lambda: final() is not None, timeout=20), self.messages
            found = final()
            assert found is not None
            return found

    def of(self, job: int) -> list[Message]:
        return [m for m in self.messages if m.job == job]


def count(request: Count, context: JobContext) -> str:
    for step in range(1, STEPS + 1):
        request.at(step)
        context.progress("Counting", step, STEPS, preview=step)
    return f"counted {request.name}"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    module = ModuleType(MODULE)
    module.__dict__["count"] = count
    monkeypatch.setitem(sys.modules, MODULE, module)
    with Engine(handlers={Count: f"{MODULE}:count"}) as engine:
        yield engine


def test_a_job_reports_every_step_and_its_result(engine: Engine) -> None:
    recorder = Recorder(engine)
    job = engine.submit(Count(name="one"))
    assert recorder.last_of(job).result == "counted one"
    messages = recorder.of(job)
    assert [m.state for m in messages] == [
        JobState.QUEUED,
        *[JobState.RUNNING] * (STEPS + 1),
        JobState.DONE,
    ]
    assert [(m.step, m.total, m.preview) for m in messages[2:-1]] == [
        (step, STEPS, step) for step in range(1, STEPS + 1)
    ]


def test_jobs_run_one_after_the_other_in_the_order_they_came(engine: Engine) -> None:
    recorder = Recorder(engine)
    jobs = [engine.submit(Count(name=str(i))) for i in range(6)]
    recorder.last_of(jobs[-1])
    assert jobs == [1, 2, 3, 4, 5, 6]
    assert [m.job for m in recorder.messages if m.is_final] == jobs
    running = [m.job for m in recorder.messages if m.state is JobState.RUNNING]
    assert running == sorted(running)


def test_everything_runs_on_one_thread_that_is_not_the_callers(engine: Engine) -> None:
    seen: set[int] = set()
    recorder = Recorder(engine)
    jobs = [engine.submit(Count(lambda step: seen.add(threading.get_ident()))) for _ in range(3)]
    recorder.last_of(jobs[-1])
    assert len(seen) == 1
    assert threading.get_ident() not in seen


@pytest.mark.parametrize("when", range(1, STEPS + 1))
def test_cancel_stops_within_the_very_step(engine: Engine, when: int) -> None:
    recorder = Recorder(engine)
    reached: list[int] = []

    def at(step: int) -> None:
        reached.append(step)
        if step == when:
            engine.cancel(1)

    job = engine.submit(Count(at))
    last = recorder.last_of(job)
    assert (last.state, last.result, last.error) == (JobState.CANCELLED, None, None)
    assert reached == list(range(1, when + 1))
    following = engine.submit(Count(name="next"))
    assert recorder.last_of(following).result == "counted next"


def test_cancel_after_the_last_step_still_counts(engine: Engine) -> None:
    recorder = Recorder(engine)

    def on_message(message: Message) -> None:
        if message.step == STEPS:
            engine.cancel(message.job)

    engine.subscribe(on_message)
    assert recorder.last_of(engine.submit(Count())).state is JobState.CANCELLED


def test_a_queued_job_that_is_cancelled_never_starts(engine: Engine) -> None:
    recorder = Recorder(engine)
    go = threading.Event()
    first = engine.submit(Count(lambda step: go.wait(20)))
    started: list[int] = []
    second = engine.submit(Count(started.append))
    third = engine.submit(Count(name="third"))
    engine.cancel(second)
    assert recorder.last_of(second).state is JobState.CANCELLED
    go.set()
    assert recorder.last_of(third).result == "counted third"
    assert recorder.last_of(first).state is JobState.DONE
    assert started == []
    assert [m.state for m in recorder.of(second)] == [JobState.QUEUED, JobState.CANCELLED]


def test_cancel_of_a_finished_or_unknown_job_changes_nothing(engine: Engine) -> None:
    recorder = Recorder(engine)
    job = engine.submit(Count())
    recorder.last_of(job)
    engine.cancel(job)
    engine.cancel(99)
    recorder.last_of(engine.submit(Count()))
    assert len([m for m in recorder.of(job) if m.is_final]) == 1


def test_cancel_works_while_the_code_of_the_job_is_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The job's module waits, at import, until the cancel has been asked for."""
    gate = ModuleType("scenewright_gate")
    importing, cancelled = threading.Event(), threading.Event()
    gate.__dict__.update(importing=importing, cancelled=cancelled, ran=[])
    monkeypatch.setitem(sys.modules, "scenewright_gate", gate)
    (tmp_path / "scenewright_slow_load.py").write_text(
        "import scenewright_gate as gate\n"
        "gate.importing.set()\n"
        "assert gate.cancelled.wait(20)\n"
        "def run(request, context):\n"
        "    gate.ran.append(request)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with Engine(handlers={Load: "scenewright_slow_load:run"}) as engine:
        recorder = Recorder(engine)
        job = engine.submit(Load())
        assert importing.wait(20)
        engine.cancel(job)
        cancelled.set()
        assert recorder.last_of(job).state is JobState.CANCELLED
    assert gate.__dict__["ran"] == []
    sys.modules.pop("scenewright_slow_load", None)


def raising(error: BaseException) -> Callable[[int], None]:
    def at(step: int) -> None:
        raise error

    return at


def test_our_own_error_reaches_the_user_as_it_is(engine: Engine) -> None:
    recorder = Recorder(engine)
    last = recorder.last_of(engine.submit(Count(raising(InputError("The box is empty.")))))
    assert last.state is JobState.FAILED
    assert isinstance(last.error, InputError)
    assert str(last.error) == "The box is empty."


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ValueError("bad shape\nmore lines"), EngineError, "bad shape"),
        (MemoryError(), OutOfMemory, "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate"), OutOfMemory, "not enough memory"),
        (SystemExit(3), EngineError, "SystemExit"),
        (KeyError(), EngineError, "KeyError"),
    ],
)
def test_a_failure_is_told_in_one_line_and_the_next_job_works(
    engine: Engine,
    error: BaseException,
    kind: type[EngineError],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder(engine)
    last = recorder.last_of(engine.submit(Count(raising(error))))
    assert last.state is JobState.FAILED
    assert type(last.error) is kind
    assert words in str(last.error)
    assert "\n" not in str(last.error)
    assert "Traceback" in caplog.text
    assert recorder.last_of(engine.submit(Count(name="next"))).result == "counted next"


def test_code_that_cannot_be_imported_fails_the_job_only() -> None:
    with Engine(handlers={Count: "scenewright_no_such_module:run"}) as engine:
        last = Recorder(engine).last_of(engine.submit(Count()))
        assert last.state is JobState.FAILED
        assert isinstance(last.error, EngineError)
        assert "scenewright_no_such_module" in str(last.error)


def test_a_subscriber_that_fails_stops_neither_the_job_nor_the_others(engine: Engine) -> None:
    def broken(message: Message) -> None:
        raise ValueError("broken subscriber")

    engine.subscribe(broken)
    recorder = Recorder(engine)
    assert recorder.last_of(engine.submit(Count(name="one"))).result == "counted one"


def test_a_missing_model_is_told_before_the_code_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Loading it imports torch, which takes long."""
    monkeypatch.setenv("SCENEWRIGHT_MODELS", str(tmp_path))
    layout = Layout(width=64, height=64)
    for request in (
        RenderRequest(layout=layout, pack="sd15"),
        SegmentRequest(photo=np.zeros((8, 8, 3), np.uint8), pack="of-nobody"),
    ):
        with Engine(handlers={type(request): "scenewright_no_such_module:run"}) as engine:
            message = Recorder(engine).last_of(engine.submit(request))
        assert isinstance(message.error, ModelMissing) and request.pack in str(message.error)


def test_unsubscribe_ends_the_messages(engine: Engine) -> None:
    recorder, heard = Recorder(engine), []
    unsubscribe = engine.subscribe(heard.append)
    recorder.last_of(engine.submit(Count()))
    unsubscribe()
    unsubscribe()
    before = len(heard)
    recorder.last_of(engine.submit(Count()))
    assert before == STEPS + 3
    assert len(heard) == before


class Big:
    """Stands for a tensor."""


def _gone(ref: weakref.ref[Any]) -> bool:
    for _ in range(200):
        gc.collect()
        if ref() is None:
            return True
        threading.Event().wait(0.01)
    return False


@pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_nothing_of_a_finished_job_stays_in_memory(
    monkeypatch: pytest.MonkeyPatch, end: JobState
) -> None:
    refs: list[weakref.ref[Any]] = []

    def run(request: Count, context: JobContext) -> Any:
        big, result = Big(), Big()
        big.__dict__["self"] = big
        refs.extend([weakref.ref(big), weakref.ref(result)])
        if end is JobState.FAILED:
            raise ValueError("failed")
        if end is JobState.CANCELLED:
            engine.cancel(1)
        context.progress("Working")
        return result

    module = ModuleType(MODULE)
    module.__dict__["run"] = run
    monkeypatch.setitem(sys.modules, MODULE, module)
    finals: list[JobState] = []
    done = threading.Event()

    def listen(message: Message) -> None:
        if message.is_final:
            finals.append(message.state)
            done.set()

    with Engine(handlers={Count: f"{MODULE}:run"}) as engine:
        engine.subscribe(listen)
        request = Count(name="held")
        engine.submit(request)
        assert done.wait(20)
        assert finals == [end]
        assert all(_gone(ref) for ref in refs)


def test_a_failed_jobs_error_holds_no_frames(engine: Engine) -> None:
    last = Recorder(engine).last_of(engine.submit(Count(raising(ValueError("x")))))
    assert last.error is not None
    assert last.error.__traceback__ is None
    assert last.error.__context__ is None


def test_close_cancels_what_runs_and_what_waits(engine: Engine) -> None:
    recorder = Recorder(engine)
    running, go = threading.Event(), threading.Event()

    def at(step: int) -> None:
        running.set()
        assert go.wait(20)

    jobs = [engine.submit(Count(at)), engine.submit(Count()), engine.submit(Count())]
    assert running.wait(20)
    closer = threading.Thread(target=engine.close)
    closer.start()
    recorder.last_of(jobs[2])
    go.set()
    closer.join(20)
    assert not closer.is_alive()
    assert [recorder.last_of(job).state for job in jobs] == [JobState.CANCELLED] * 3
    assert engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.submit(Count())


def test_close_leaves_no_thread() -> None:
    def ours() -> list[threading.Thread]:
        return [t for t in threading.enumerate() if t.name == "scenewright-engine"]

    engines = [Engine(handlers={}) for _ in range(3)]
    assert len(ours()) == 3
    assert all(engine.close() for engine in engines)
    assert ours() == []


def test_close_from_inside_a_job_ends_the_thread(engine: Engine) -> None:
    recorder = Recorder(engine)
    job = engine.submit(Count(lambda step: engine.close()))
    assert recorder.last_of(job).state is JobState.CANCELLED
    assert engine.close(timeout=20)


def test_an_unknown_kind_of_request_is_refused_at_once(engine: Engine) -> None:
    with pytest.raises(EngineError, match="Load"):
        engine.submit(Load())


def test_starting_the_engine_imports_no_code_of_any_job() -> None:
    sys.modules.pop("engine.smartmask.suggest", None)
    with Engine():
        assert "engine.smartmask.suggest" not in sys.modules
