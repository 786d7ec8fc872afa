"""What the render part of the engine knows: prompts, styles, and requests inside pictures."""

from __future__ import annotations

import time

from app.render.form import single
from app.render.images import png_of
from app.render.shots import Shot
from engine.layout.layout import Layout
from engine.render.request import RenderRequest, RenderResult


def prompt_of(layout: Layout) -> str:
    """What is drawn of the layout when the user says nothing else."""
    return layout.caption


def styles() -> tuple[tuple[str, str], ...]:
    """The style presets, as (what the user reads, name)."""
    return ()


def shots_of(result: RenderResult) -> tuple[Shot, ...]:
    """The pictures of a result, each with its request inside."""
    seconds = result.seconds.get("draw", 0.0) / max(len(result.pictures), 1)
    return tuple(
        Shot(
            png=png_of(picture.pixels),
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
    """The request inside a picture, None where there is none."""
    return None
