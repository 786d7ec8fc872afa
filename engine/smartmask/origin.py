"""What a layer's provenance says of the request that drew it, checked; imports no Qt, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StrictInt, ValidationError

from engine.layout.geometry import Box
from engine.smartmask.finish import Edges, Finish
from engine.smartmask.following import FORM_LENGTH
from engine.smartmask.request import MAX_AMONG, MAX_SCALE, MAX_STEPS

_FAR = 1 << 20
"""Pixels; no canvas and no project file reaches further."""

_Whole = Annotated[StrictInt, Field(ge=-_FAR, le=_FAR)]
_Length = Annotated[StrictInt, Field(ge=0, le=_FAR)]
_Number = Annotated[float, Field(strict=True, ge=-_FAR, le=_FAR, allow_inf_nan=False)]
_Scale = Annotated[float, Field(strict=True, ge=0, le=MAX_SCALE, allow_inf_nan=False)]
_Four = tuple[_Whole, _Whole, _Length, _Length]
_Two = tuple[_Whole, _Whole]


class GuidanceValues(BaseModel):
    mode: Literal["free", "box", "point", "scribble"] = "free"
    box: _Four | None = None
    point: tuple[_Number, _Number] | None = None
    spread: _Number | None = None
    scribble_box: _Four | None = None
    scribble: str | None = None


class _Edges(BaseModel):
    box: _Four
    down: StrictBool
    slack: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
    meets: tuple[str, ...] = ()

    def edges(self) -> Edges:
        return Edges(box=Box(*self.box), down=self.down, slack=self.slack, meets=self.meets)


class _Finish(BaseModel):
    edges: _Edges | None = None
    seat: _Two | None = None
    mirror: tuple[StrictBool, StrictBool] = (False, False)
    shift: _Two = (0, 0)


class _Design(BaseModel):
    moved: _Two = (0, 0)
    """Where former versions kept how far a design had moved the mask."""


class RequestValues(BaseModel):
    """`Provenance.request` of a mask that SmartMask drew."""

    label: str
    caption: str = ""
    guidance: GuidanceValues = GuidanceValues()
    among: Annotated[StrictInt, Field(ge=1, le=MAX_AMONG)] | None = None
    steps: Annotated[StrictInt, Field(ge=1, le=MAX_STEPS)] | None = None
    style: str = "any"
    layout_scale: _Scale | None = None
    text_scale: _Scale | None = None
    beneath: tuple[str, ...] | None = None
    finish: _Finish = _Finish()
    place: _Four | None = None
    area: Annotated[StrictInt, Field(ge=0, le=_FAR**2)] = 0
    form: Annotated[str, Field(pattern=rf"^([0-9a-f]{{{FORM_LENGTH}}})?$")] = ""
    design: _Design | None = None

    def whole_finish(self) -> Finish:
        own = self.finish
        seat, shift = own.seat, own.shift
        if seat is None and self.design is not None:
            # Before designs kept a seat they kept it as a shift, and at first only in their mark.
            seat, shift = (shift if any(shift) else self.design.moved), (0, 0)
        return Finish(
            edges=own.edges and own.edges.edges(),
            seat=seat or (0, 0),
            mirror=own.mirror,
            shift=shift,
        )


def damaged(request: Mapping[str, Any]) -> frozenset[str]:
    """Keys of a request whose values no version of the program can have written."""
    try:
        RequestValues.model_validate(dict(request))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        return frozenset(str(one["loc"][0]) for one in found) & request.keys()
    return frozenset()
