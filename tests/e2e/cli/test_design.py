"""The real program designs a small scene with the lite pack's own SmartMask."""

from __future__ import annotations

from pathlib import Path

from engine.project import open_project

from .test_program import needs_lite, program, values


@needs_lite
def test_the_same_caption_and_seed_give_the_same_project(tmp_path: Path) -> None:
    words = ["--caption", "A dog to the left of a tree on the grass.", "--size", "256x192"]
    words += ["--seed", "5", "-n", "3", "--placer", "uniform"]
    first, second = tmp_path / "a.ora", tmp_path / "b.ora"
    found = values("design", *words, "-o", first)
    assert program("design", *words, "-o", second).returncode == 0
    layout = open_project(first).layout
    assert layout == open_project(second).layout
    boxes = {layer.label: layer.mask.box for layer in layout.layers}
    assert boxes["dog"].x + boxes["dog"].width / 2 < boxes["tree"].x + boxes["tree"].width / 2
    assert boxes["dog"].bottom > boxes["grass"].y
    assert found["unmet"] == []
    assert all(layer.provenance and layer.provenance.model_hash for layer in layout.layers)
