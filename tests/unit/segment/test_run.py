"""The segment job with tiny random models of each family."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import Cancelled, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import QuietContext
from engine.jobs.engine import HANDLERS, load_handler
from engine.layout.layout import Background
from engine.models import packs
from engine.segment.model import WORK_SIDE, work_size
from engine.segment.request import SegmentRequest
from engine.segment.run import run
from tests.unit.segment import tiny


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    yield
    packs.forget_models()


def photo(width: int = 96, height: int = 64) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("make", [tiny.lite_segmenter, tiny.mask2former, tiny.eomt, tiny.oneformer])
def test_every_family_gives_layers_of_the_photos_size(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    make(tmp_path / "pack")
    request = SegmentRequest(photo=photo(), pack=str(tmp_path / "pack"))
    result = run(request, QuietContext())
    layout = result.layout
    assert (layout.width, layout.height) == (96, 64)
    assert layout.layers
    assert len(result.scores) == len(layout.layers)
    assert all(0 <= score <= 1 for score in result.scores)
    for layer in layout.layers:
        assert layer.mask.box.intersection(layout.canvas) == layer.mask.box
        assert not layer.mask.is_empty
        assert layer.provenance is not None
        assert layer.provenance.kind == "segmented"
        assert layer.provenance.model_hash == result.model_hash
    again = run(request, QuietContext())
    assert [(x.label, x.mask) for x in again.layout.layers] == [
        (x.label, x.mask) for x in layout.layers
    ]


def test_the_lite_models_note_and_the_photo_come_along(tmp_path: Path) -> None:
    tiny.lite_segmenter(tmp_path / "pack")
    background = Background(data=b"as it came", format="png")
    request = SegmentRequest(
        photo=photo(), background=background, caption="my garden", pack=str(tmp_path / "pack")
    )
    result = run(request, QuietContext())
    assert result.layout.background == background
    assert result.layout.caption == "my garden"
    assert "Knows drawings." in result.notes
    unnamed = run(SegmentRequest(photo=photo(), pack=str(tmp_path / "pack")), QuietContext())
    assert any(layer.label in unnamed.layout.caption for layer in unnamed.layout.layers)


def test_a_high_threshold_finds_nothing_and_says_so(tmp_path: Path) -> None:
    tiny.lite_segmenter(tmp_path / "pack")
    request = SegmentRequest(photo=photo(), threshold=1.0, pack=str(tmp_path / "pack"))
    result = run(request, QuietContext())
    assert result.layout.layers == ()
    assert any("Nothing was found" in note for note in result.notes)


def test_large_photos_are_looked_at_smaller_and_get_masks_of_their_own_size(
    tmp_path: Path,
) -> None:
    tiny.lite_segmenter(tmp_path / "pack")
    request = SegmentRequest(photo=photo(3000, 500), pack=str(tmp_path / "pack"))
    layout = run(request, QuietContext()).layout
    assert (layout.width, layout.height) == (3000, 500)
    assert max(layer.mask.box.right for layer in layout.layers) == 3000
    assert work_size(3000, 500) == (WORK_SIDE, 170)
    assert work_size(100, 80) == (100, 80)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"photo": photo(1, 1)}, "not possible"),
        ({"photo": np.zeros((90, 90), np.uint8)}, "RGB"),
        ({"threshold": 1.5}, "threshold"),
    ],
)
def test_bad_input(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {"photo": photo(), "pack": str(tmp_path)}
    with pytest.raises(InputError, match=words):
        run(SegmentRequest(**(given | change)), QuietContext())


def test_the_lite_pack_stands_in_for_a_pack_without_a_segmenter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENEWRIGHT_MODELS", str(tmp_path))
    tiny.lite_segmenter(tmp_path / "lite")
    result = run(SegmentRequest(photo=photo(), pack="sd15"), QuietContext())
    assert result.pack == "lite" and all(
        layer.provenance and layer.provenance.pack == "lite" for layer in result.layout.layers
    )
    assert "lacks the segmenter: that of the pack lite was used" in result.notes[0]


def test_a_pack_without_a_segmenter_and_one_with_a_broken_one(tmp_path: Path) -> None:
    request = SegmentRequest(photo=photo(), pack=str(tmp_path))
    with pytest.raises(ModelMissing, match="segmenter"):
        run(request, QuietContext())
    folder = tiny.lite_segmenter(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_queries": 99}))
    with pytest.raises(ModelDamaged):
        run(request, QuietContext())
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "segment.json").write_text('{"threshold": "high"}')
    with pytest.raises(ModelDamaged, match=r"segment\.json"):
        run(request, QuietContext())


class Impatient:
    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        if stage.startswith("Finding"):
            raise Cancelled("Cancelled.")


def test_cancel(tmp_path: Path) -> None:
    tiny.lite_segmenter(tmp_path / "pack")
    request = SegmentRequest(photo=photo(), pack=str(tmp_path / "pack"))
    with pytest.raises(Cancelled):
        run(request, Impatient())
    assert run(request, QuietContext()).layout.layers


def test_the_engine_knows_the_job() -> None:
    assert load_handler(HANDLERS[SegmentRequest]) is run
