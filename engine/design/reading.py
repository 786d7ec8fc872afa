"""From words to a scene, with the planner's errors turned into the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.errors import InputError
from planner.captions import parse_caption
from planner.elements import merged, parse_elements
from planner.errors import PlannerError
from planner.graph import settle
from planner.scene import Scene

Answer = TypeVar("Answer")


def read_scene(caption: str, elements: str = "") -> Scene:
    """The scene of a caption, of an element list ("3 dogs; bench; tree left of bench"), or both.

    With both, the list decides where they differ (see `planner.elements.merged`). Relations that
    contradict each other are dropped, which the scene's notes say.

    Raises:
        InputError: Neither names anything, or the words are too many.
    """
    if not caption.strip() and not elements.strip():
        raise InputError("There is nothing to design: say what the scene shows.")
    if not elements.strip():
        return settle(_told(lambda: parse_caption(caption)))
    listed = _told(lambda: parse_elements(elements, caption=caption))
    if not caption.strip():
        return settle(_asking(listed))
    try:
        said = parse_caption(caption)
    except PlannerError:
        # A caption that names nothing is still the context text; the list says what to place.
        return settle(_asking(listed))
    return settle(merged(said, listed))


def _asking(listed: Scene) -> Scene:
    """The scene of a list, unless the list only rules things out."""
    if not listed.elements:
        raise InputError("The list only says what is left out: say what the scene shows, too.")
    return listed


def _told(parse: Callable[[], Answer]) -> Answer:
    try:
        return parse()
    except PlannerError as error:
        raise InputError(str(error)) from error
