"""The engine: one thread that runs one job after the other; imports neither Qt nor torch.

Requests go in with `submit`, messages come out through `subscribe`. The code of a job is imported
on the engine thread when the first request of its kind arrives, so starting the program imports
no torch, and a user can cancel while that import runs.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import MappingProxyType, TracebackType
from typing import Any

from engine.click2mask.request import ClickRequest
from engine.design.request import DesignRequest
from engine.errors import Cancelled, EngineError, ScenewrightError
from engine.jobs.context import CancelToken, JobContext, JobState, Message
from engine.jobs.garbage import free_memory
from engine.models.memory import out_of_memory
from engine.models.request import InstallRequest
from engine.render.request import InsertRequest, RenderRequest
from engine.segment.request import SegmentRequest
from engine.smartmask.request import SuggestRequest

log = logging.getLogger(__name__)

Handler = Callable[[Any, JobContext], Any]
Subscriber = Callable[[Message], None]

HANDLERS: Mapping[type, str] = MappingProxyType(
    {
        SuggestRequest: "engine.smartmask.suggest:run",
        DesignRequest: "engine.design.run:run",
        RenderRequest: "engine.render.run:run",
        InsertRequest: "engine.render.insert:run",
        SegmentRequest: "engine.segment.run:run",
        ClickRequest: "engine.click2mask.run:run",
        InstallRequest: "engine.models.install:run",
    }
)
"""Where the code for each kind of request lies, as "module:function"."""

NEEDS: Mapping[type, str] = MappingProxyType(
    {
        RenderRequest: "text_to_image",
        InsertRequest: "text_to_image",
        ClickRequest: "text_to_image",
        SegmentRequest: "segmenter",
    }
)
"""The model without which a request cannot be done. It is looked for before torch is imported, so
that who lacks it is told at once."""


@dataclass(slots=True)
class _Job:
    number: int
    request: Any
    where: str
    token: CancelToken = field(default_factory=CancelToken)
    state: JobState = JobState.QUEUED


def load_handler(where: str) -> Handler:
    """Import the function named by "module:function"."""
    module, _, function = where.partition(":")
    return getattr(importlib.import_module(module), function)


def _look_for(pack: str, component: str) -> None:
    """Raises ModelMissing, or InputError for a name that no pack can have."""
    # That module imports this one.
    from engine.models.state import answering_pack

    answering_pack(pack, component)


def as_shown(error: BaseException, stage: str = "") -> ScenewrightError:
    """The error of our own tree that tells a user what went wrong in a job."""
    if isinstance(error, ScenewrightError):
        return error
    what = f"{stage[0].lower()}{stage[1:]}" if stage else ""
    if is_out_of_memory(error):
        return out_of_memory(what)
    doing = f" while {what}" if what else ""
    reason = next(iter(str(error).splitlines()), "").strip() or "no reason given"
    return EngineError(
        f"The job failed{doing} ({type(error).__name__}: {reason}); try again, "
        "and report it if it happens again."
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, or torch on a CPU or an accelerator, ran out of memory."""
    torch = sys.modules.get("torch")
    # An interrupted import leaves a torch without its names behind.
    if isinstance(error, (MemoryError, getattr(torch, "OutOfMemoryError", MemoryError))):
        return True
    # torch's CPU allocator raises a bare RuntimeError.
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


class Engine:
    """One worker thread and its queue.

    Messages of one job arrive in order: QUEUED, RUNNING (once for the start, then for every
    step), and exactly one of DONE, FAILED, CANCELLED. They are sent from the engine thread,
    except for QUEUED, sent from inside `submit`, and the CANCELLED of a job that had not begun,
    sent from inside `cancel` or `close`. The engine keeps no request, result or error once its
    final message is sent.
    """

    def __init__(
        self, *, handlers: Mapping[type, str] = HANDLERS, needs: Mapping[type, str] = NEEDS
    ) -> None:
        """`handlers` maps request types to "module:function"; nothing is imported yet.

        `needs` maps those that name a pack to the one of its models that must be there.
        """
        self._handlers, self._needs = dict(handlers), dict(needs)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._open_jobs: dict[int, _Job] = {}
        self._subscribers: list[Subscriber] = []
        self._lock = threading.Lock()
        self._last_number = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="scenewright-engine", daemon=True)
        self._thread.start()

    def submit(self, request: Any) -> int:
        """Queue a request and return its job number, from 1. Callable from any thread.

        Raises:
            EngineError: The engine is closed, or knows no such kind of request.
        """
        where = self._handlers.get(type(request))
        if where is None:
            raise EngineError(f"The engine cannot do a {type(request).__name__}.")
        with self._lock:
            if self._closed:
                raise EngineError("The engine is closed and takes no more jobs.")
            self._last_number += 1
            job = _Job(self._last_number, request, where)
            self._open_jobs[job.number] = job
        self._post(Message(job=job.number, state=JobState.QUEUED))
        self._queue.put(job)
        return job.number

    def cancel(self, job: int) -> None:
        """Cancel a job; one that is finished or unknown is left alone. Never waits.

        A queued job never starts. A running one stops at its next step.
        """
        with self._lock:
            found = self._open_jobs.get(job)
            if found is None:
                return
            found.token.cancel()
            waiting = found.state is JobState.QUEUED
            if waiting:
                self._finish(found, JobState.CANCELLED)
        if waiting:
            self._post(Message(job=job, state=JobState.CANCELLED))

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Have `callback` called with every message; returns what ends that."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    self._subscribers.remove(callback)

        return unsubscribe

    def close(self, timeout: float | None = None) -> bool:
        """Cancel every job and end the thread; returns whether it ended within `timeout` s.

        Without a timeout it waits for the running job's next step. Safe to call twice.
        """
        with self._lock:
            first, self._closed = not self._closed, True
            numbers = list(self._open_jobs)
        for number in numbers:
            self.cancel(number)
        if first:
            self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            with self._lock:
                starts = job.state is JobState.QUEUED
                if starts:
                    job.state = JobState.RUNNING
            if starts:
                self._post(self._run(job))
            # While the thread waits, a name here would keep the request's masks in memory.
            del job

    def _run(self, job: _Job) -> Message:
        """Run a job to its end and return its final message."""
        context = _Context(self, job)
        state, result, error = JobState.DONE, None, None
        try:
            context.progress("")
            component = self._needs.get(type(job.request))
            if component is not None:
                _look_for(job.request.pack, component)
            handler = load_handler(job.where)
            job.token.raise_if_cancelled()
            result = handler(job.request, context)
            job.token.raise_if_cancelled()
        except Cancelled:
            state, result = JobState.CANCELLED, None
        except BaseException as caught:
            # BaseException: whatever a job raises, the thread must live for the next one. The
            # traceback is logged as text, because a log that keeps its frames keeps the tensors.
            ours = isinstance(caught, ScenewrightError) or job.token.is_cancelled
            level = logging.INFO if ours else logging.ERROR
            log.log(level, "Job %d failed\n%s", job.number, traceback.format_exc())
            state, error = JobState.FAILED, _without_frames(as_shown(caught, context.stage))
        with self._lock:
            # A cancel that came after the last step still counts: one look, under the lock.
            if job.token.is_cancelled:
                state, result, error = JobState.CANCELLED, None, None
            self._finish(job, state)
        if state is not JobState.DONE and not self._closed:
            free_memory()
        return Message(job=job.number, state=state, result=result, error=error)

    def _finish(self, job: _Job, state: JobState) -> None:
        """Forget a job; the caller holds the lock."""
        job.state = state
        job.request = None
        self._open_jobs.pop(job.number, None)

    def _post(self, message: Message) -> None:
        with self._lock:
            subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber(message)
            except Exception:
                log.exception("A subscriber failed on a message of job %d", message.job)


class _Context:
    """The JobContext of a running job."""

    def __init__(self, engine: Engine, job: _Job) -> None:
        self._engine, self._job, self.stage = engine, job, ""

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        self._job.token.raise_if_cancelled()
        self.stage = stage
        self._engine._post(
            Message(
                job=self._job.number,
                state=JobState.RUNNING,
                stage=stage,
                step=step,
                total=total,
                preview=preview,
            )
        )
        self._job.token.raise_if_cancelled()


def _without_frames(error: ScenewrightError) -> ScenewrightError:
    """The error without its traceback, whose frames hold every tensor of the job."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
