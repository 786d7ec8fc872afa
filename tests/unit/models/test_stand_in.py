"""A full pack without SmartMask or planner: the lite pack answers, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.design.request import DesignRequest
from engine.design.run import run as design
from engine.jobs.context import QuietContext
from engine.layout.layout import Layout
from engine.models import packs
from engine.smartmask.placing import layer_of
from engine.smartmask.repeat import request_again
from engine.smartmask.request import SuggestRequest
from engine.smartmask.suggest import run as suggest
from planner.scene import Element, Scene

LAYOUT = Layout(width=96, height=64, caption="a dog")


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(packs.FOLDER_VARIABLE, str(tmp_path))


def test_suggestions_of_a_pack_without_smartmask_say_who_drew_them() -> None:
    request = SuggestRequest(layout=LAYOUT, label="dog", count=1, steps=4, pack="sd15")
    result = suggest(request, QuietContext())
    assert result.pack == "lite"
    assert result.model_hash == packs.pack_hash("lite")
    assert any("sd15 lacks SmartMask" in note and "lite" in note for note in result.notes)
    layer = layer_of(result, result.suggestions[0])
    assert layer.provenance is not None
    assert (layer.provenance.pack, layer.provenance.request["pack"]) == ("lite", "sd15")
    again = suggest(
        request_again(LAYOUT.with_layers((layer,)), layer.id),
        QuietContext(),
    )
    assert again.suggestions[0].mask == layer.mask


def test_a_design_of_a_pack_without_planner_says_who_planned_it() -> None:
    scene = Scene(caption="a dog", elements=(Element(id="e1", label="dog"),))
    request = DesignRequest(layout=LAYOUT, scene=scene, masks=1, pack="sd15")
    result = design(request, QuietContext())
    told = " ".join(result.notes)
    assert "sd15 lacks the planner" in told
    assert "sd15 lacks SmartMask" in told
    origins = [layer.provenance for layer in result.layout.layers]
    assert [origin.request["design"]["pack"] for origin in origins if origin] == ["lite"]
