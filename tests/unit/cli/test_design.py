"""`design`: what is read from the words, what is printed, and what is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.design.kept import placed, plan_of
from engine.design.request import DesignRequest, DesignResult
from engine.design.run import check_request, design
from engine.design.steps import Tools
from engine.errors import Cancelled, ModelMissing
from engine.jobs.context import JobContext
from engine.project import open_project
from tests.unit.design import fakes

from .conftest import Command

CAPTION = "Two dogs to the left of a bench on the grass under a blue sky."


class FakeDesign:
    def __init__(self) -> None:
        self.requests: list[DesignRequest] = []
        self.error: BaseException | None = None

    def run(self, request: DesignRequest, context: JobContext) -> DesignResult:
        self.requests.append(request)
        if self.error:
            raise self.error
        check_request(request)
        placer = fakes.Stubborn(0.4, 0.5, 0.6, 0.7)
        return design(request, Tools(placer, fakes.draw, context))


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDesign:
    fake = FakeDesign()
    monkeypatch.setattr("engine.design.run.run", fake.run)
    return fake


def test_a_caption_becomes_a_project_with_its_things(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.ora"
    done = command("design", "--caption", CAPTION, "--size", "256x192", "-n", "2", "-o", out)
    assert done.code == 0, done.err
    layout = open_project(out).layout
    assert (layout.width, layout.height, layout.caption) == (256, 192, CAPTION)
    labels = [layer.label for layer in layout.layers]
    assert sorted(labels) == ["bench", "dog", "dog", "grass", "sky"]
    assert "2 dogs" in done.out
    assert "5 of 5 objects" in done.out


def test_the_project_keeps_the_plan_it_was_made_after(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.ora"
    command("design", "--caption", CAPTION, "--size", "256x192", "-n", "2", "-o", out)
    layout = open_project(out).layout
    plan = plan_of(layout)
    assert {e.label: e.count for e in plan.elements} == {"dog": 2, "bench": 1, "grass": 1, "sky": 1}
    assert set(placed(plan, layout).values()) == {layer.id for layer in layout.layers}
    assert [r.kind for r in plan.relations]


def test_json_holds_elements_steps_and_what_is_not_so(command: Command, tmp_path: Path) -> None:
    out, sheet = tmp_path / "out.ora", tmp_path / "steps.png"
    words = ["--caption", CAPTION, "--size", "256x192", "-n", "2", "-o", out, "--sheet", sheet]
    found = command("design", *words, "--json").json
    assert {e["label"] for e in found["elements"]} == {"dog", "bench", "grass", "sky"}
    assert len(found["steps"]) == len(found["placed"]) == 5
    assert found["unmet"] == []
    assert set(found["seconds"]) == {"load", "plan", "masks", "score"}
    ids = {layer.id for layer in open_project(out).layout.layers}
    assert {step["layer"] for step in found["steps"]} == ids
    with Image.open(sheet) as picture:
        assert picture.width > 4 * 256


def test_a_list_decides_and_options_reach_the_request(
    command: Command, tmp_path: Path, fake: FakeDesign
) -> None:
    words = ["--elements", "3 cats; sofa; cat on sofa", "--seed", "5", "--guidance", "box"]
    done = command("design", *words, "--placer", "uniform", "-n", "2", "-o", tmp_path / "x.ora")
    assert done.code == 0, done.err
    (request,) = fake.requests
    assert (request.seed, request.guidance, request.placer) == (5, "box", "uniform")
    assert (request.layout.width, request.layout.height) == (512, 384)
    assert {e.label for e in request.scene.elements} >= {"cat", "sofa"}


def test_a_design_goes_on_from_a_project(command: Command, tmp_path: Path) -> None:
    first, second = tmp_path / "a.ora", tmp_path / "b.ora"
    size = ["--size", "256x192", "-n", "2"]
    listed = ["--elements", "bench; grass (background)"]
    assert command("design", *listed, *size, "-o", first).code == 0
    before = open_project(first).layout
    done = command("design", "--caption", CAPTION, "--from", first, "-n", "2", "-o", second)
    assert done.code == 0, done.err
    after = open_project(second).layout
    assert [x.label for x in after.layers].count("bench") == 1
    assert {x.mask for x in before.layers} <= {x.mask for x in after.layers}
    assert open_project(first).layout == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--caption", ""], 1, "nothing to design"),
        (["--caption", CAPTION, "--photo", "none.png"], 1, "no photo"),
        (["--caption", CAPTION, "--photo", "p.png", "--size", "90x90"], 2, "--photo"),
        (["--caption", CAPTION, "--from", "none.ora"], 1, "none.ora"),
        (["--caption", CAPTION, "--size", "3x3"], 1, "3 x 3"),
        (["--caption", "dog " * 2000], 1, ""),
        (["--caption", CAPTION, "--size", "9x9", "--from", "none.ora"], 2, "--size"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(
    command: Command, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    out = tmp_path / "out.ora"
    done = command("design", *words, "-o", out)
    assert done.code == code
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Cancelled("Cancelled."), "Cancelled."),
        (ModelMissing("The pack lite lacks the planner."), "lacks the planner"),
    ],
)
def test_a_design_that_ends_early_writes_nothing(
    command: Command, tmp_path: Path, fake: FakeDesign, error: BaseException, said: str
) -> None:
    fake.error = error
    out = tmp_path / "out.ora"
    done = command("design", "--caption", CAPTION, "-o", out)
    assert done.code == 1
    assert said in done.err
    assert not out.exists()
