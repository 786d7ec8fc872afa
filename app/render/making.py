"""What the render part of the engine knows: prompts, styles, and requests inside pictures."""

from __future__ import annotations

import time

from app.lacking import Lack, lack_of, lacks
from app.render.form import LITE, PackChoice, single
from app.render.shots import Shot
from engine.layout.layout import Layout
from engine.render.request import RenderRequest, RenderResult


def prompt_of(layout: Layout) -> str:
    """What is drawn of the layout when the user says nothing else. Takes a while for large ones."""
    from engine.render.prompt import prompt_of

    return prompt_of(layout)


def pack_choices() -> tuple[PackChoice, ...]:
    """The packs that can draw pictures, with what fits each."""
    from engine.errors import ScenewrightError
    from engine.models.state import PackStatus, pack_states
    from engine.render.defaults import defaults_of
    from engine.render.styles import styles_of

    found: list[PackChoice] = []
    for state in pack_states():
        if state.status is PackStatus.MISSING:
            continue
        try:
            defaults = defaults_of(state.name)
            styles = tuple((style.title, style.name) for style in styles_of(state.name))
        except ScenewrightError:
            continue
        found.append(
            PackChoice(
                name=state.name,
                title=state.title,
                styles=styles,
                size=defaults.size,
                smallest=defaults.smallest,
                largest=defaults.largest,
                steps=defaults.steps,
                guidance=defaults.guidance,
                control=defaults.control_scale,
            )
        )
    return tuple(found)


def drawing_lacks() -> Lack:
    """Why no pack can draw pictures; nothing where one can."""
    from engine.models.state import pack_states

    states = pack_states()
    if not all(lacks(RenderRequest, state) for state in states):
        return Lack()
    return lack_of(RenderRequest, LITE.name, states)


def shots_of(result: RenderResult) -> tuple[Shot, ...]:
    """The pictures of a result, each with its request inside."""
    from engine.render.metadata import png_bytes

    seconds = result.seconds.get("draw", 0.0) / max(len(result.pictures), 1)
    return tuple(
        Shot(
            png=png_bytes(result, picture),
            size=(picture.pixels.shape[1], picture.pixels.shape[0]),
            seed=picture.seed,
            prompt=result.prompt,
            pack=result.pack,
            made=time.time(),
            seconds=seconds,
            request=single(result.request, picture.seed),
        )
        for picture in result.pictures
    )


def request_of(png: bytes) -> RenderRequest | None:
    """The request inside a picture, None where there is none.

    Raises:
        InputError: There is one, but it is damaged or of a newer version.
    """
    from engine.render.metadata import KEY, request_of_png

    return request_of_png(png) if f"{KEY}\0".encode() in png else None
