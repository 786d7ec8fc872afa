"""A stand-in for SmartMask, so that the commands are tested without weights."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engine.cli.main import main
from engine.jobs.context import JobContext
from engine.layout.mask import EMPTY_MASK, Mask
from engine.smartmask.request import Suggestion, SuggestRequest, SuggestResult


@dataclass
class FakeSmartMask:
    """Answers every request with discs; the last sample is empty, the one before a duplicate."""

    requests: list[SuggestRequest] = field(default_factory=list)
    error: BaseException | None = None

    def run(self, request: SuggestRequest, context: JobContext) -> SuggestResult:
        self.requests.append(request)
        context.progress("Drawing", 1, 2)
        if self.error:
            raise self.error
        suggestions = [self._sample(request, k) for k in range(1, request.count + 1)]
        return SuggestResult(
            request=request,
            suggestions=tuple(suggestions),
            notes=("taken for dog",),
            ade_class=126,
            pack=request.pack,
            model_hash="0123456789abcdef",
            seconds={"load": 0.5},
        )

    def _sample(self, request: SuggestRequest, k: int) -> Suggestion:
        layout = request.layout
        rows, columns = np.mgrid[: layout.height, : layout.width]
        disc = (rows - layout.height / 2) ** 2 + (columns - 20 - 5 * k) ** 2 < 15**2
        last = request.count > 2 and k == request.count
        return Suggestion(
            sample=k,
            seed=request.seed + k - 1,
            mask=EMPTY_MASK if last else Mask.from_array(disc),
            score=0.0 if last else 1 / k,
            duplicate_of=1 if request.count > 3 and k == request.count - 1 else None,
        )


@pytest.fixture
def smartmask(monkeypatch: pytest.MonkeyPatch) -> FakeSmartMask:
    fake = FakeSmartMask()
    module = ModuleType("engine.smartmask.suggest")
    module.__dict__["run"] = fake.run
    monkeypatch.setitem(sys.modules, "engine.smartmask.suggest", module)
    return fake


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs one command line in this process and returns exit code, stdout and stderr."""
    monkeypatch.setattr("engine.cli.main._quiet_libraries", lambda: None)

    def run(*words: str | Path) -> Outcome:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return run


@pytest.fixture
def project(command: Command, tmp_path: Path) -> Path:
    """An empty project of 96 x 80 px."""
    path = tmp_path / "scene.ora"
    assert command("new", "--size", "96x80", "--caption", "A dog in a park", path).code == 0
    return path
