"""What the window says when models are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lacking import NEEDS, Lack, lack_of, lacks
from engine.click2mask.request import ClickRequest
from engine.models.state import ComponentState, PackState, PackStatus
from engine.render.request import RenderRequest
from engine.segment.request import SegmentRequest

GB = 1_000_000_000


def part(
    name: str, *, here: bool = False, gigabytes: int = 0, present: int = 0, stand_in: str = ""
) -> ComponentState:
    return ComponentState(
        name=name,
        title=name,
        needed_for="",
        licence="",
        licence_url="",
        repo="",
        optional=False,
        downloadable=gigabytes > 0,
        stand_in=stand_in,
        note="",
        status=PackStatus.INSTALLED if here else PackStatus.MISSING,
        bytes_present=present * GB,
        bytes_total=gigabytes * GB,
        folder=Path(name),
    )


def pack(title: str, *parts: ComponentState) -> PackState:
    return PackState(
        name=title.lower(),
        title=title,
        summary="",
        status=PackStatus.PARTIAL,
        bytes_present=0,
        bytes_total=0,
        licence="",
        folder=Path(title),
        shipped=False,
        removable=False,
        disk_free=0,
        components=parts,
    )


DRAWS, LAYS = "text_to_image", "controlnet_seg"
LITE = pack("Lite", part(DRAWS), part(LAYS), part("click_scorer"), part("segmenter"))
BIG = pack(
    "Big",
    part(DRAWS, gigabytes=4, present=1),
    part(LAYS, gigabytes=2),
    part("click_scorer", stand_in="lite"),
)
HUGE = pack(
    "Huge", part(DRAWS, gigabytes=40), part(LAYS, gigabytes=2), part("segmenter", here=True)
)
STATES = (LITE, BIG, HUGE)


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [
        (RenderRequest, "lite", "“Big” has them: 5.0 GB to download"),
        (RenderRequest, "big", "“Big” has them: 5.0 GB to download"),
        (RenderRequest, "huge", "“Huge” has them: 42.0 GB to download"),
        (SegmentRequest, "lite", "“Huge” has them: choose it"),
        (ClickRequest, "lite", "nothing that can be downloaded has all of them"),
    ],
)
def test_where_the_models_come_from_is_said(kind: type, asked: str, words: str) -> None:
    said = lack_of(kind, asked, STATES).words.replace("\u00a0", " ")
    assert said.startswith(NEEDS[kind][0]) and words in said


def test_a_model_that_stands_in_counts() -> None:
    lite = pack("Lite", part(DRAWS), part("click_scorer", here=True))
    lack = lack_of(ClickRequest, "lite", (lite, BIG))
    assert lack.pack == "big" and "“Big” has them: 3.0" in lack.words


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert lack_of(RenderRequest, "my own", STATES) == Lack()
    assert lack_of(str, "lite", STATES) == Lack()


def test_a_pack_that_has_all_lacks_nothing() -> None:
    assert lacks(RenderRequest, BIG)
    assert not lacks(RenderRequest, pack("All", part(DRAWS, here=True), part(LAYS, here=True)))
