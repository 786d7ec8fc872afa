"""What a running job may say and must ask; imports neither Qt nor torch."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from engine.errors import Cancelled


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One report of a job, sent from the engine thread.

    Attributes:
        job: Number of the job, rising from 1.
        step, total: Progress within the stage; total 0 means unknown.
        stage: What is being done, in words for the user ("Loading SmartMask").
        preview: A stage's early look at the result, None most of the time.
        result: Set with DONE only.
        error: Set with FAILED only; a ScenewrightError whose text can be shown.
    """

    job: int
    state: JobState
    stage: str = ""
    step: int = 0
    total: int = 0
    preview: Any = None
    result: Any = None
    error: Exception | None = None

    @property
    def is_final(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class CancelToken:
    """Set from any thread, asked by the job at every step."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled once `cancel` was called."""
        if self._event.is_set():
            raise Cancelled("Cancelled.")


class JobContext(Protocol):
    """Handed to the code of a job; the engine thread and the command line each have one."""

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        """Report, then raise Cancelled if the user asked for it. Call at every step."""
        ...


class QuietContext:
    """For calls outside any job: reports go nowhere, nothing cancels."""

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        return None
