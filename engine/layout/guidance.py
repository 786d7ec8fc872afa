"""Guidance: what the user gave for the next object, and the map G of SmartMask Eq. 5."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.mask import Mask


class GuidanceMode(StrEnum):
    """The four guidance inputs of SmartMask section 3.2."""

    FREE = "free"
    BOX = "box"
    POINT = "point"
    SCRIBBLE = "scribble"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Where the next object goes; exactly the field of its mode is set.

    Attributes:
        box: For BOX, in canvas pixels.
        point: For POINT, (x, y) in canvas pixels.
        spread: For POINT, standard deviation of the blob in canvas pixels; None lets the model
            choose the size (the blob's width then says nothing about it).
        scribble: For SCRIBBLE, the pixels drawn over.
        outlined: The scribble is what an outline encloses, up to the object's edge. Set by
            `smartmask.outlined` for the model alone; no request has it.
    """

    mode: GuidanceMode = GuidanceMode.FREE
    box: Box | None = None
    point: tuple[float, float] | None = None
    spread: float | None = None
    scribble: Mask | None = None
    outlined: bool = False

    @classmethod
    def free(cls) -> Guidance:
        return cls()

    @classmethod
    def at_box(cls, box: Box) -> Guidance:
        return cls(mode=GuidanceMode.BOX, box=box)

    @classmethod
    def at_point(cls, x: float, y: float, *, spread: float | None = None) -> Guidance:
        return cls(mode=GuidanceMode.POINT, point=(x, y), spread=spread)

    @classmethod
    def from_scribble(cls, scribble: Mask) -> Guidance:
        return cls(mode=GuidanceMode.SCRIBBLE, scribble=scribble)


def checked(guidance: Guidance, canvas: Box) -> Guidance:
    """The guidance with its box or scribble cut to the canvas.

    Raises:
        InputError: The box has no area on the canvas, the point lies outside it, or the scribble
            leaves no pixel on it.
    """
    where = f"the canvas of {canvas.width} x {canvas.height} px"
    match guidance.mode:
        case GuidanceMode.FREE:
            return guidance
        case GuidanceMode.BOX:
            assert guidance.box is not None
            if guidance.box.is_empty:
                raise InputError(
                    f"The box {tuple(guidance.box)} has no size: width and height must be "
                    "at least 1 px."
                )
            cut = guidance.box.intersection(canvas)
            if cut.is_empty:
                raise InputError(f"The box {tuple(guidance.box)} lies outside {where}.")
            return Guidance.at_box(cut)
        case GuidanceMode.POINT:
            assert guidance.point is not None
            x, y = guidance.point
            if not (0 <= x < canvas.width and 0 <= y < canvas.height):
                raise InputError(f"The point {x:g},{y:g} lies outside {where}.")
            return guidance
        case GuidanceMode.SCRIBBLE:
            assert guidance.scribble is not None
            drawn = guidance.scribble.within(canvas)
            if not drawn.any():
                raise InputError(f"The scribble is empty on {where}: draw over it first.")
            return Guidance.from_scribble(Mask.from_array(drawn))
