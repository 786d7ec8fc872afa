"""Style presets: words that go behind the prompt, and words to keep away from. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import InputError


@dataclass(frozen=True, slots=True)
class Style:
    """One preset.

    Attributes:
        name: What requests, files and the command line call it.
        title: What the window calls it.
        words: Added to the end of the prompt.
        negative: Added to what the picture should not show.
    """

    name: str
    title: str
    words: str
    negative: str = ""


def _presets(*styles: Style) -> Mapping[str, Style]:
    return {style.name: style for style in styles}


# The words are the ones that the captions of generated scenes use of these drawings, so the
# lite model has read them in training (engine.data.world.STYLE_WORDS).
ILLUSTRATION = _presets(
    Style("fluent", "Modern flat", "modern flat drawing"),
    Style("noto", "Cartoon", "cartoon illustration"),
    Style("blob", "Bold cartoon", "bold cartoon drawing"),
    Style("twemoji", "Simple flat", "simple flat drawing"),
    Style("fx", "Bright flat", "bright flat drawing"),
    Style("clipart", "Clip art", "clip art"),
    Style("flat", "Plain flat", "plain flat drawing"),
    Style("ink", "Outlined", "outlined illustration"),
)

_PHOTO_FAULTS = "cartoon, painting, illustration, blurry, low quality, deformed"
_DRAWN_FAULTS = "photo, blurry, low quality, deformed"

GENERAL = _presets(
    Style(
        "photo",
        "Photo",
        "photograph, natural light, sharp focus, highly detailed",
        _PHOTO_FAULTS,
    ),
    Style(
        "cinematic",
        "Cinematic",
        "cinematic film still, dramatic lighting, shallow depth of field, film grain",
        _PHOTO_FAULTS,
    ),
    Style(
        "digital-art",
        "Digital art",
        "digital art, concept art, vivid colours, highly detailed",
        _DRAWN_FAULTS,
    ),
    Style("anime", "Anime", "anime illustration, cel shading, clean lines", _DRAWN_FAULTS),
    Style("oil", "Oil painting", "oil painting on canvas, visible brush strokes", _DRAWN_FAULTS),
    Style("watercolour", "Watercolour", "watercolour painting, soft washes, paper", _DRAWN_FAULTS),
    Style("pencil", "Pencil sketch", "pencil sketch, cross-hatching, monochrome", _DRAWN_FAULTS),
    Style("comic", "Comic", "comic book art, bold outlines, flat colours", _DRAWN_FAULTS),
    Style("flat", "Flat illustration", "flat vector illustration, simple shapes", _DRAWN_FAULTS),
    Style("clay", "Clay model", "plasticine model, stop motion, soft studio light", ""),
    Style("3d", "3D render", "3d render, physically based materials, global illumination", ""),
    Style("pixel", "Pixel art", "pixel art, 16-bit, limited palette", _DRAWN_FAULTS),
)

_SETS = {"illustration": ILLUSTRATION, "general": GENERAL}


def presets(kind: str) -> Mapping[str, Style]:
    """Presets by name for `PackDefaults.styles`, in the order of display."""
    return _SETS[kind]


def styles_of(pack: str) -> tuple[Style, ...]:
    """The presets that fit a pack; raises as `defaults.defaults_of`."""
    from engine.render.defaults import defaults_of

    return tuple(presets(defaults_of(pack).styles).values())


def style_named(name: str, kind: str) -> Style:
    """The preset of that name; "" is a style that changes nothing.

    Raises InputError for a name that the pack's presets do not have.
    """
    if not name:
        return Style("", "", "")
    found = presets(kind).get(name)
    if found is None:
        names = ", ".join(presets(kind))
        raise InputError(f"This pack has no style {name!r}; it has: {names}.")
    return found


def styled(text: str, style: Style) -> str:
    """The prompt with the style's words behind it."""
    return ", ".join(part for part in (text.rstrip(" .,"), style.words) if part)
