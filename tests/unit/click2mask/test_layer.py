"""What a click made, as a layer: its provenance tells enough to make it again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.click2mask.layer import layer_of, request_of, request_values
from engine.click2mask.request import ClickRequest, ClickResult
from engine.click2mask.run import run
from engine.errors import InputError
from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.project import open_project, save_project

WIDTH, HEIGHT = 96, 90
FENCE = Mask.filled(Box(30, 50, 40, 12))


def blob() -> Mask:
    """A shape that is neither a box nor in one piece of a row."""
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    disc = np.hypot(rows - 45, columns - 50) < 17
    disc[44:47, 45:52] = False
    return Mask.from_array(disc)


def ask(pack: Path, **changes: Any) -> ClickRequest:
    photo = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    values: dict[str, Any] = {"photo": photo, "clicks": ((50, 42),), "prompt": "a dog", "count": 1}
    return ClickRequest(**values | {"seed": 3, "pack": str(pack)} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"in_front": FENCE},
        {"shape": blob()},
        {"shape": blob(), "in_front": FENCE, "clicks": ((50, 42), (55, 47))},
        {"stop_at": 4, "preset": "fast", "count": 2},
    ],
)
def test_values_give_the_request_back(changes: dict[str, Any], tmp_path: Path) -> None:
    asked = ask(tmp_path, **changes)
    again = request_of(json.loads(json.dumps(request_values(asked))), asked.photo)
    assert replace(again, photo=asked.photo).photo is asked.photo
    for name in ("clicks", "prompt", "count", "seed", "preset", "pack", "stop_at"):
        assert getattr(again, name) == getattr(asked, name)
    assert (again.shape, again.in_front) == (asked.shape, asked.in_front)


@pytest.mark.parametrize("changes", [{"in_front": FENCE}, {"shape": blob(), "in_front": FENCE}])
def test_a_saved_layer_is_drawn_again_as_it_was(
    lite_pack: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    asked = ask(lite_pack, **changes)
    layer = only_layer(run(asked, QuietContext()))
    save_project(
        Layout(width=WIDTH, height=HEIGHT, caption="", layers=(layer,)), tmp_path / "a.ora"
    )
    kept = open_project(tmp_path / "a.ora").layout.layers[0]
    assert kept.provenance is not None and kept.provenance.kind == "click2mask"
    result = run(request_of(kept.provenance.request, asked.photo), QuietContext())
    assert only_layer(result).mask == layer.mask == kept.mask
    pixels = result.insertions[0].picture.pixels
    hidden = FENCE.on_canvas(WIDTH, HEIGHT)
    assert (pixels[hidden] == asked.photo[hidden]).all(), "what is nearer stays in front"


def only_layer(result: ClickResult) -> Layer:
    return layer_of(result, result.insertions[0])


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": ""},
        {"clicks": [[5000, 2]]},
        {"clicks": 7},
        {"preset": "quick"},
        {"shape": {"box": [0, 0, 5, 5], "text": "no mask"}},
        {"in_front": {"box": [0, 0, 5, 5]}},
    ],
)
def test_damaged_values_are_told(change: dict[str, Any], tmp_path: Path) -> None:
    asked = ask(tmp_path)
    with pytest.raises(InputError):
        request_of(request_values(asked) | change, asked.photo)
    values = request_values(asked)
    del values["seed"]
    with pytest.raises(InputError, match="click again"):
        request_of(values, asked.photo)
